"""AUTH typed by hand: what is asked, and what goes out."""

from __future__ import annotations

from base64 import b64decode, b64encode

import pytest

from smtpshell.errors import RemoteProtocolError
from smtpshell.protocol.sasl import MECHANISMS
from smtpshell.shell.authentication import Questions

# mechanism, whether with an initial response, then (challenge, {question: what is typed}, the answer)
TABLE = [
    ("PLAIN", False, [(b"", {"user": "tim", "password": "tea"}, b"\0tim\0tea")]),
    ("plain", False, [(b"", {"user": "учитель", "password": "мел"}, "\0учитель\0мел".encode())]),
    ("LOGIN", False, [(b"Username:", {"user": "tim"}, b"tim"), (b"Password:", {"password": "tea"}, b"tea")]),
    ("LOGIN", True, [(b"Password:", {"password": "tea"}, b"tea")]),
    (
        # RFC 2195 2
        "CRAM-MD5",
        False,
        [
            (
                b"<1896.697170952@postoffice.reston.mci.net>",
                {"user": "tim", "password": "tanstaaftanstaaf"},
                b"tim b913a602c7eda7a495b4e6e7334d3890",
            )
        ],
    ),
    ("X-SECRET", False, [(b"who?", {"answer": "me"}, b"me"), (b"why?", {"answer": ""}, b"")]),
    ("PLAIN", True, [(b"more", {"answer": "x"}, b"x")]),
    ("SCRAM-SHA-256-PLUS", False, [(b"", {"answer": "n,,"}, b"n,,")]),
    ("EXTERNAL", False, [(b"", {}, b"")]),
]


@pytest.mark.parametrize(("mechanism", "initial", "steps"), TABLE, ids=range(len(TABLE)))
def test_questions_and_answers(
    mechanism: str, initial: bool, steps: list[tuple[bytes, dict[str, str], bytes]]
) -> None:
    """Each challenge asks what the mechanism needs then, and the answer is made of what was typed."""
    questions = Questions(mechanism, initial=initial)
    for challenge, typed, answer in steps:
        questions.challenged(b64encode(challenge).decode())
        for question, text in typed.items():
            assert questions.question == question
            questions.take(text)
        assert questions.question == ""
        assert b64decode(questions.answer()) == answer


def test_too_many_challenges_are_given_up() -> None:
    """A mechanism that has nothing more to say gives up instead of guessing."""
    questions = Questions("PLAIN")
    for expected in (b64encode(b"\0a\0b").decode(), "*"):
        questions.challenged("")
        if questions.question:
            questions.take("a")
            questions.take("b")
        assert questions.answer() == expected


def test_unreadable_challenge_is_answered_whole() -> None:
    """A challenge the mechanism cannot read is reported once, then the user answers it."""
    questions = Questions("CRAM-MD5")
    questions.challenged("?")
    questions.take("tim")
    questions.take("tea")
    with pytest.raises(RemoteProtocolError, match="not base64"):
        questions.answer()
    assert questions.question == "answer"
    questions.take("*x")
    assert b64decode(questions.answer()) == b"*x"


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_every_mechanism_asks_for_what_can_be_typed(mechanism: str) -> None:
    """No mechanism asks for something that nobody can type."""
    questions = Questions(mechanism)
    questions.challenged("")
    assert questions.question in ("", "user", "password", "token", "answer")
