"""Variables: put in where that is switched on, into the right places, and secret where they are to be."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from smtpshell.errors import ExitStatus, UsageError
from smtpshell.shell.batch import script
from smtpshell.shell.declaration.command import parse_call
from smtpshell.shell.language.variables import Variables
from smtpshell.transcript.redaction import Secrets
from tests.shell.support import Shell


@pytest.fixture
def variables() -> Variables:
    """Give some variables, none of them easy."""
    made = Variables(Secrets())
    for name, value in {
        "who": "a@b",
        "dash": "--exact",
        "odd": 'a "b" \\ c',
        "again": "${who}",
        "none": "",
    }.items():
        made.let(name, value)
    return made


FILLED = [
    ("NOOP", "NOOP"),
    ("RCPT TO:<${who}>", "RCPT TO:<a@b>"),
    ("${who}${who}", "a@ba@b"),
    ("x${none}y", "xy"),
    ("$${who} ${who}", "${who} a@b"),
    ("$$${who}", "$${who}"),
    ("$who $ { } $$ ${again}", "$who $ { } $$ ${who}"),
]


@pytest.mark.parametrize(("line", "expected"), FILLED)
def test_filled_in(variables: Variables, line: str, expected: str) -> None:
    """A name in braces is replaced once; all else stays."""
    assert variables.fill_in(line) == expected


WORDS = [
    ("/explain ${odd}", ('a "b" \\ c',)),
    ("/explain x${odd}", ('xa "b" \\ c',)),
    ('/explain "${odd} \\""', ('a "b" \\ c "',)),
    ("/explain '${odd}'", ("${odd}",)),
    ("/explain ${dash}", ("--exact",)),
    ("/explain ${none}", ("",)),
    ("/explain a $${who}", ("a", "${who}")),
    ("/raw ${who}", (b"a@b",)),
    ('/raw "${odd}\\r\\n"', (b'a "b" \\ c\r\n',)),
]


@pytest.mark.parametrize(("line", "expected"), WORDS)
def test_words_stay_words(variables: Variables, line: str, expected: tuple[object, ...]) -> None:
    """In a shell command a value is a part of its word, be there blanks, quotes or dashes in it."""
    assert parse_call(line, variables.fill_in_word).positional == expected


def test_an_option_has_its_value_filled_in(variables: Variables) -> None:
    """Behind the = of an option a variable is its value."""
    assert dict(
        parse_call(
            "/set hello --nonsense=${who}".replace("set hello --nonsense", "let x --env"), variables.fill_in_word
        ).named
    ) == {"env": "a@b"}


WRONG = [
    ("RCPT TO:<${whom}>", "no variable 'whom'; did you mean who?", (9, 16)),
    ("${}", "no variable ''; /let NAME VALUE gives one; $${ stands for ${ itself", (0, 3)),
    ("${who} ${x y}", "no variable 'x y'", (7, 13)),
    ("NOOP ${who", "braces of ${ are not closed; put }", (5, 10)),
]


@pytest.mark.parametrize(("line", "said", "span"), WRONG)
def test_wrong_places(variables: Variables, line: str, said: str, span: tuple[int, int]) -> None:
    """What cannot be filled in is said with its place."""
    with pytest.raises(UsageError) as caught:
        variables.fill_in(line)
    assert said in str(caught.value)
    assert (caught.value.line, caught.value.span) == (line, span)


LETS = [
    ("/let auth x", "no variable can be called auth"),
    ("/let 1 x", "cannot be a variable's name"),
    ("/let a.b x", "cannot be a variable's name"),
    ("/let nothing", "no variable 'nothing'"),
    ("/let nothing --remove", "no variable 'nothing'"),
    ("/let a b --env HOME", "a value and --env cannot be"),
    ("/let --remove", "--remove cannot be"),
    ("/let --secret", "--secret wants the name"),
    ("/let --secret a b", "a secret is not typed"),
    ("/let a --env SMTPSHELL_TEST_NO", "the environment has no SMTPSHELL_TEST_NO"),
    ("/let a --env SMTPSHELL_TEST_LINES", "holds a line end"),
    ("/let --secret a --env SMTPSHELL_TEST_SHORT", "too short to be hidden"),
    ("/let --secret a", "nobody can be asked for a; /let --secret NAME --env VARIABLE"),
]


@pytest.mark.parametrize(("line", "said"), LETS)
def test_let_refuses(offline: Shell, line: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What makes no sense is refused, and nothing is kept of it."""
    monkeypatch.setenv("SMTPSHELL_TEST_LINES", "a\r\nQUIT")
    monkeypatch.setenv("SMTPSHELL_TEST_SHORT", "ab")
    assert said in offline.say(line)
    assert [*offline.variables] == []
    assert offline.exit_status == ExitStatus.USAGE


def test_let_and_list(offline: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """/let gives, takes from the environment, shows and forgets."""
    monkeypatch.setenv("SMTPSHELL_TEST_WHO", "me@example.test")
    assert "there are none" in offline.say("/let")
    assert offline.say("/let rcpt student@example.test").startswith("rcpt student@example.test\n")
    offline.say("/let sender --env SMTPSHELL_TEST_WHO", "/let bell \x07")
    shown = offline.say("/let")
    assert shown == (
        "bell   \\x07\nrcpt   student@example.test\nsender me@example.test\n"
        "  ${name} in a line stands for the value after /set variables on\n"
    )
    offline.say("/set variables on", "/let copy ${rcpt}", "/let rcpt --remove")
    assert offline.say("/let") == "bell   \\x07\ncopy   student@example.test\nsender me@example.test\n"


def test_off_unless_switched_on(shell: Shell) -> None:
    """What is typed is what is sent, until /set variables on; then what was sent is shown."""
    shell.say("/let rcpt teacher@example.test", "MAIL FROM:<student@example.test>")
    assert "<${rcpt}>" in shell.say("RCPT TO:<${rcpt}>")
    shell.say("/set variables on")
    said = shell.say("RCPT TO:<${rcpt}>")
    assert said.startswith("  RCPT TO:<teacher@example.test>\n250 ")
    assert shell.say("NOOP $${rcpt}").startswith("  NOOP ${rcpt}\n250 ")
    assert shell.say("//x ${rcpt}").startswith("  /x teacher@example.test\n")


def test_an_unknown_name_is_not_sent(shell: Shell) -> None:
    """A line with an unknown name stays here, with a caret at the place; at the prompt it is not even entered."""
    shell.say("/set variables on")
    assert shell.say("RCPT TO:<${rcpt}>").startswith("RCPT TO:<${rcpt}>\n         ^^^^^^^\nthere is no variable")
    for line, start in (("RCPT TO:<${rcpt}>", 9), ("//x${y}", 3), ("/explain ${y}", 9), ("/data ${y", 6)):
        error = shell.check(line)
        assert error is not None
        assert error.span is not None
        assert error.span[0] == start
    assert shell.check("RCPT TO:<$${rcpt}>") is None
    shell.settings.variables = False
    assert shell.check("RCPT TO:<${rcpt}>") is None


def test_never_in_content_nor_answers(shell: Shell) -> None:
    """Content is the user's own; an answer to AUTH may be a password with ${ in it."""
    lines = b"""/set variables on
/let rcpt teacher@example.test
MAIL FROM:<student@example.test>
RCPT TO:<${rcpt}>
DATA
Subject: ${rcpt} ${nothing}
.
AUTH CRAM-MD5
student
${rcpt}
"""
    script.run(shell, io.BytesIO(lines))
    assert shell.practice is not None
    assert b"Subject: ${rcpt} ${nothing}" in shell.practice.mailboxes.mailbox("teacher").messages[0].content
    assert "535 " in shell.text
    assert shell.exit_status == ExitStatus.NEGATIVE


def test_groups(shell: Shell) -> None:
    """Lines that go out together are filled in as well, and none is sent where one cannot be."""
    shell.say("/set variables on", "/let rcpt teacher@example.test", "MAIL FROM:<student@example.test>")
    assert shell.say("/pipeline", "RCPT TO:<${rcpt}>", "/end").count("250 ") == 1
    assert shell.say('/pipeline "RCPT TO:<${rcpt}>" NOOP').count("250 ") == 2
    before = len(shell.text)
    shell.pipeline(["RCPT TO:<${rcpt}>", "NOOP ${nothing}"])
    assert "no variable 'nothing'" in shell.text[before:]
    assert shell.say("NOOP").count("250 ") == 1


def test_a_line_in_a_variable_is_for_the_server(shell: Shell) -> None:
    """A value that begins with a slash makes no shell command of the line."""
    shell.say("/set variables on", "/let x /quit", "/let y //z")
    assert "500 " in shell.say("${x}")
    assert shell.say("${y}").startswith("  //z\n")
    assert not shell.finished


def test_secrets(shell: Shell, tmp_path: Path) -> None:
    """A secret is asked for, sent as it is, and hidden in all that is shown and kept, for good."""
    asked: list[str] = []

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return "open sesame"

    shell.ask_secret = ask
    shell.record(tmp_path / "kept.smtp")
    shell.say(
        "/set variables on", "/let --secret word", "NOOP ${word}", "/let", "VRFY ${word}", "/let word changed"
    )
    shell.say(
        "/let copy ${word}", "/let", "/let word --remove", "VRFY open sesame", "NOOP changed", "/nonsense ${word}"
    )
    shell.stop_recording()
    assert asked == ["word: "]
    kept = (tmp_path / "kept.smtp").read_text()
    for text in (shell.text, kept):
        assert "sesame" not in text
        assert "changed" not in text
    assert "C: NOOP ${auth}\n" in kept
    assert "word (secret)" in shell.text
    assert shell.secrets.redact_line("NOOP open sesame") == "NOOP ${auth}"


def test_a_secret_is_one_in_every_session(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was hidden in one session is hidden in those that begin later, and in those there were."""
    monkeypatch.setenv("SMTPSHELL_TEST_WORD", "open sesame")
    assert shell.practice is not None
    shell.say(
        "/set variables on", f"/connect {shell.practice.url}", "/let --secret word --env SMTPSHELL_TEST_WORD"
    )
    shell.say("VRFY ${word}", "/switch 1", "VRFY ${word}", f"/connect {shell.practice.url}", "VRFY ${word}")
    assert shell.text.count("VRFY ${auth}\n") == 3
    assert "sesame" not in shell.text
