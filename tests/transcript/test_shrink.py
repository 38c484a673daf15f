"""Shrinking: what a fault does not need goes, what it needs stays, and the replays are counted."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from smtpshell.cli import main
from smtpshell.errors import ConnectError, UsageError
from smtpshell.protocol.command_reader import CommandHeard, CommandReader, ContentHeard
from smtpshell.protocol.sasl import Credentials
from smtpshell.session.listener import Conversation, Listener
from smtpshell.session.memory import MemoryTransport
from smtpshell.session.session import Session
from smtpshell.transcript.expectation import Expectation
from smtpshell.transcript.model import Transcript
from smtpshell.transcript.shrink import Shrunk, minimized, shrink
from smtpshell.transcript.syntax import parse, read, write


class Faulty:
    """A server that says yes to everything, until ``fault`` sees something in all it heard on this connection."""

    def __init__(self, fault: Callable[[list[str]], str]) -> None:
        self.fault = fault
        self.heard: list[str] = []
        self.reader = CommandReader()

    def answer(self, octets: bytes) -> bytes | None:
        """Answer what a client sends; None hangs up."""
        self.reader.receive_data(octets)
        said = b""
        while (heard := self.reader.next_heard()) is not None:
            if isinstance(heard, CommandHeard):
                self.heard.append(heard.octets.decode().rstrip())
                reply = self.fault(self.heard) or {"DATA": "354 go", "QUIT": "221 bye"}.get(
                    heard.command.move, "250 ok"
                )
            elif isinstance(heard, ContentHeard):
                self.heard += heard.wire.decode().splitlines()
                reply = (self.fault(self.heard) or "250 kept") if heard.ended else ""
            else:
                continue
            if reply == "HANG UP":
                return None
            if reply.startswith("354"):
                self.reader.expect_content()
            said += f"{reply}\r\n".encode() if reply else b""
        return said

    def session(self) -> Session:
        """Connect to it, in memory."""
        return Session(MemoryTransport(self.answer, opening=b"220 mx\r\n"))

    def serve(self, conversation: Conversation) -> None:
        """Be the handler of a Listener."""
        conversation.send(b"220 mx\r\n")
        while octets := conversation.receive():
            answer = self.answer(octets)
            if answer is None:
                return
            conversation.send(answer)
            if self.heard[-1] == "QUIT":
                return


def pair(heard: list[str]) -> str:
    """Fail a recipient after a VRFY of the postmaster and, later, a NOOP with a word in it."""
    after = heard[heard.index("VRFY postmaster") :] if "VRFY postmaster" in heard else []
    return "451 4.3.0 trapped" if "NOOP now" in after and heard[-1].startswith("RCPT") else ""


def sixty() -> str:
    """Give a conversation of sixty exchanges with the pair somewhere in it, far apart."""
    lines = ["S: 220 mx", "C: EHLO client.example.test", "S: 250 mx"]
    for number in range(11):
        said = [
            f"MAIL FROM:<a{number}@example.test>",
            f"RCPT TO:<b{number}@example.test>",
            f"NOOP {number}",
            "RSET",
        ]
        said[2:2] = ["VRFY postmaster" if number == 3 else "NOOP now" if number == 8 else "HELP"]
        for text in said:
            lines += [f"C: {text}", "S: 451 4.3.0 trapped" if number > 8 and "RCPT" in text else "S: 250 ok"]
    lines += [
        "C: MAIL FROM:<z@example.test>",
        "C: RCPT TO:<z@example.test>",
        "C: DATA",
        "S: 250 ok",
        "S: 451 trapped",
    ]
    lines += ["S: 354 go", "C: Subject: x", "C: .", "S: 250 ok", "C: QUIT", "S: 221 bye", "-- closed by server"]
    return "smtp-transcript: 1\ntitle: Sixty\n\n# prose\n" + "\n".join(lines) + "\n"


def shrunk(text: str, fault: Callable[[list[str]], str], until: str, **options: str) -> Shrunk:
    """Shrink a transcript against a faulty server in memory."""
    return shrink(parse(text, "t"), lambda: Faulty(fault).session(), Expectation.parse(until), **options)  # type: ignore[arg-type]


def body(transcript: Transcript) -> list[str]:
    """Give a transcript's lines below the header."""
    return [str(entry) for entry in transcript.entries]


def test_sixty_exchanges_become_the_three_that_matter() -> None:
    """A pair of commands far apart, and where the fault shows, is all that is left; replays are counted."""
    found = shrunk(sixty(), pair, "code 451 to RCPT", down_to="exchanges")
    assert (found.before, found.after) == (60, 3)
    assert body(found.transcript)[:6] == [
        "S: 220 mx",
        "C: VRFY postmaster",
        "S: 250 ok",
        "C: NOOP now",
        "S: 250 ok",
        body(found.transcript)[5],
    ]
    assert body(found.transcript)[5].startswith("C: RCPT TO:<")
    assert found.transcript.header.get("title") == "Sixty"
    assert 10 < found.replays < 150
    again = shrunk(sixty(), pair, "code 451 to RCPT", down_to="exchanges")
    assert again == found


def test_octets_go_last() -> None:
    """What is left of each line is what the fault needs of it, and the result still shows it."""
    found = shrunk(sixty(), pair, r"reply ~ 4\.3\.0")
    assert body(found.transcript)[1::2] == ["C: VRFY postmaster", "C: NOOP now", "C: RCPT"]
    assert shrunk(write(found.transcript), pair, "code 451").after == 3


MAIL = """smtp-transcript: 1

S: 220 mx
C: EHLO c
S: 250 mx
C: MAIL FROM:<a@b>
C: RCPT TO:<c@d>
C: DATA
S: 250 ok
S: 250 ok
S: 354 go
-- pause 0
C: Subject: x
C:
C: one
C: a magic word
C: three
C: .
S: 554 no
C: NOOP
S: 250 ok
"""


def test_lines_of_content_go_before_octets() -> None:
    """Content is cut line by line, never its end, then octet by octet."""

    def magic(heard: list[str]) -> str:
        return "554 no" if heard[-1] == "." and any("magic" in line for line in heard) else ""

    lines = shrunk(MAIL, magic, "code 554 to content", down_to="lines")
    assert body(lines.transcript)[1:] == ["C: DATA", "S: 354 go", "C: a magic word", "C: .", "S: 554 no"]
    octets = shrunk(MAIL, magic, "code 5yz to CONTENT")
    assert body(octets.transcript)[1:] == ["C: DATA", "S: 354 go", "C: magic", "C: .", "S: 554 no"]
    assert octets.replays > lines.replays


EXPECTATIONS = [
    ("code 250 to MAIL", "C: MAIL FROM:<a@b>"),
    ("mismatch to RCPT", "C: RCPT TO:<c@d>"),
    ("closed to NOOP", "C: NOOP"),
    ("closed", "C: NOOP"),
    ("reply ~ ^550 to RCPT", "C: RCPT TO:<c@d>"),
    ("reply ~ (we said no to you)", "C: RCPT TO:<c@d>"),
]


@pytest.mark.parametrize(("until", "left"), EXPECTATIONS)
def test_an_expectation_finds_its_exchange(until: str, left: str) -> None:
    """Each kind, with and without the command it is for, leaves one exchange."""

    def fault(heard: list[str]) -> str:
        return {"RCPT TO:<c@d>": "550 we said no to you", "NOOP": "HANG UP"}.get(heard[-1], "")

    assert body(shrunk(MAIL, fault, until, down_to="exchanges").transcript)[1] == left


@pytest.mark.parametrize("text", ["", "code", "code 999", "reply 5", "reply ~ (", "closed by", "never to MAIL"])
def test_what_is_no_expectation_is_said(text: str) -> None:
    """Other words are a usage error that lists what there is."""
    with pytest.raises(UsageError, match=r"expectation; there are 250, |no regular expression"):
        Expectation.parse(text)


def test_what_never_showed_cannot_be_shrunk() -> None:
    """The whole is tried first, and a server that is not there is no fault of the transcript."""
    with pytest.raises(UsageError, match="t: a replay of it does not show that"):
        shrunk(MAIL, lambda heard: "", "code 451")
    with Listener(lambda conversation: None) as listener:
        gone = listener.where
    with pytest.raises(ConnectError):
        shrink(parse(MAIL), lambda: Session.connect(gone), Expectation.parse("closed"))


def test_credentials_keep_the_tls_they_had() -> None:
    """No try says inside AUTH in the clear what was said inside TLS, though the fault needs no TLS."""
    text = (
        "smtp-transcript: 1\n\nS: 220 mx\nC: EHLO c\nS: 250 mx\nC: STARTTLS\nS: 220 go\n-- tls x\n"
        "C: AUTH PLAIN ${auth}\nS: 235 ok\nC: NOOP\nS: 250 ok\n"
    )
    heard: list[str] = []

    def fault(said: list[str]) -> str:
        heard.append(said[-1])
        return "451 no" if said[-1] == "NOOP" else "454 no TLS" if said[-1] == "STARTTLS" else ""

    # The server has no TLS now, so that even the whole must not send the password.
    with pytest.raises(UsageError, match="does not show"):
        shrink(
            parse(text),
            lambda: Faulty(fault).session(),
            Expectation.parse("code 451"),
            credentials=Credentials(user="user", password="pass"),
        )
    assert not any(line.startswith("AUTH") for line in heard)
    with pytest.raises(UsageError, match="computed from credentials"):
        shrink(parse(text), lambda: Faulty(fault).session(), Expectation.parse("code 451"))


def test_ddmin_leaves_what_is_needed() -> None:
    """Whatever subset is needed is found, none of it can go, and nothing is asked for twice in vain."""
    needed = {3, 40, 41, 97}
    asked: list[Sequence[int]] = []

    def holds(units: Sequence[int]) -> bool:
        asked.append(units)
        return needed <= set(units)

    assert minimized(range(100), holds) == sorted(needed)
    assert len(asked) < 200
    assert minimized([1], lambda units: True) == []


def test_the_subcommand_writes_what_is_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Over a real connection, to a new private file or to the output, with the number of replays."""
    file, small = tmp_path / "t.smtp", tmp_path / "small.smtp"
    file.write_text(sixty())
    with Listener(lambda conversation: Faulty(pair).serve(conversation)) as listener:
        asked = [
            "shrink",
            str(file),
            "--against",
            listener.where,
            "--until",
            "code 451 to RCPT",
            "--down-to",
            "exchanges",
        ]
        assert main([*asked, "--output", str(small)]) == 0
        assert f"{file}: 3 of 60 exchanges left, after " in capsys.readouterr().out
        assert len(read(small).entries) == 7
        assert small.stat().st_mode & 0o777 == 0o600
        assert main([*asked, "--output", str(small)]) == 2
        assert f"{small}: this file exists" in capsys.readouterr().err
        assert main([*asked, "--json"]) == 0
        shown = json.loads(capsys.readouterr().out)
        assert (shown["after"], parse(shown["transcript"])) == (3, read(small))
    assert main(["shrink", str(file), "--against", "127.0.0.1:1", "--until", "some day"]) == 2
    assert "is no expectation" in capsys.readouterr().err
