"""The table of shell commands: each is explained, parsed and checked from its one declaration."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from smtpshell.errors import UsageError
from smtpshell.session.endpoint import Endpoint
from smtpshell.shell.command import ShellCommand, load_commands, parse_call
from smtpshell.shell.syntax import words

COMMANDS = load_commands()

# name -> (line, positional arguments, options)
PARSED: dict[str, tuple[str, tuple[Any, ...], dict[str, Any]]] = {
    "auth": ("/auth plain me --insecure", ("PLAIN", "me"), {"insecure": True}),
    "capabilities": ("/capabilities", (), {}),
    "close": ("/close", (), {}),
    "connect": ("/connect lmtp://[::1]:24", (Endpoint("lmtp", "::1", 24),), {}),
    "data": ('/data "a file" --exact', (Path("a file"),), {"exact": True}),
    "drop": ("/drop", (), {}),
    "explain": ("/explain 550 5.1.1", ("550", "5.1.1"), {}),
    "findings": ("/findings", (), {}),
    "help": ("/help MAIL", ("MAIL",), {}),
    "mailbox": ("/mailbox teacher 2 --raw=out", ("teacher", 2), {"raw": Path("out")}),
    "practice": ("/practice --listen [::1]:0", (), {"listen": ("::1", 0)}),
    "quit": ("/quit", (), {}),
    "raw": (r'/raw "a\x00\r\n\"\\"', (b'a\0\r\n"\\',), {}),
    "record": ("/record new.smtp --append", (Path("new.smtp"),), {"append": True}),
    "replay": (
        "/replay one.smtp --against localhost:25 --match text --set a=b --set c=d=e",
        (Path("one.smtp"),),
        {"against": Endpoint("smtp", "localhost", 25), "match": "text", "set": (("a", "b"), ("c", "d=e"))},
    ),
    "set": ("/set timeout 3", ("timeout", "3"), {}),
    "starttls": ("/starttls", (), {}),
    "state": ("/state", (), {}),
}


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a folder with the files the lines name."""
    monkeypatch.chdir(tmp_path)
    for name in ("a file", "one.smtp", "session.smtp", "message.eml"):
        Path(name).write_text("x")
    for name in ("transcripts/pipelining.smtp", "my drafts/broken.eml"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text("x")


def test_every_command_has_a_parsed_line() -> None:
    """The table above is the table of commands."""
    assert set(PARSED) == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_line_becomes_call(name: str) -> None:
    """A line becomes the command with typed values, by position and by name."""
    line, positional, named = PARSED[name]
    call = parse_call(line)
    assert (call.command.name, call.positional, dict(call.named)) == (name, positional, named)


@pytest.mark.parametrize("command", COMMANDS.values(), ids=list(COMMANDS))
def test_every_command_explains_itself(command: ShellCommand) -> None:
    """Each has a summary of one sentence, examples that parse, and arguments that are described."""
    assert re.fullmatch(r"[A-Z][^\n]{10,100}\.", command.summary)
    assert command.examples
    for example in command.examples:
        assert parse_call(example).command is command
    for argument in command.arguments:
        assert len(argument.type.description) > 5
        assert argument.label in command.usage
        assert type(argument.type).__doc__


@pytest.mark.parametrize("command", COMMANDS.values(), ids=list(COMMANDS))
def test_every_command_refuses_what_it_has_not(command: ShellCommand) -> None:
    """An option that a command does not have is refused with its usage and its place."""
    line = f"/{command.name} --nonsense"
    with pytest.raises(UsageError, match=re.escape(command.usage)) as caught:
        parse_call(line)
    assert caught.value.span == (len(command.name) + 2, len(line))


WRONG = [
    ("/nonsense", "no command /nonsense", (0, 9)),
    ("/recrod x", "did you mean /record", (0, 7)),
    ("/data", "needs FILE", (5, 5)),
    ("/data nofile", "no file nofile", (6, 12)),
    ("/data .", "is a folder", (6, 7)),
    ("/data 'a file' more", "takes no more arguments", (15, 19)),
    ("/data 'a file' --exact=1", "takes no value", (15, 24)),
    ("/mailbox x 0", "no number from 1 on", (11, 12)),
    ("/mailbox x 1 --raw", "--raw needs FILE", (13, 18)),
    ("/mailbox x 1 --raw no/such/file", "no folder no/such", (19, 31)),
    ('/raw "\\q"', "is no escape", (5, 9)),
    ("/connect a:b:c", "cannot read", (9, 14)),
    ("/set nothing", "no setting 'nothing'", (5, 12)),
    ("/replay one.smtp --match all", "none of code", (25, 28)),
    ("/replay one.smtp --set x", "not NAME=VALUE", (23, 24)),
    ("/practice --listen 25", "not HOST:PORT", (19, 21)),
    ('/data "a', "quote is not closed", (6, 8)),
]


@pytest.mark.parametrize(("line", "said", "span"), WRONG)
def test_wrong_line_is_refused_with_its_place(line: str, said: str, span: tuple[int, int]) -> None:
    """What is wrong is said in one line, and where, for a caret."""
    with pytest.raises(UsageError) as caught:
        parse_call(line)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert (caught.value.line, caught.value.span) == (line, span)


def test_two_dashes_end_the_options() -> None:
    """Behind -- a word that looks like an option is an argument, and so is one in quotes."""
    assert parse_call("/explain -- --exact").positional == ("--exact",)
    assert parse_call("/explain '--exact'").positional == ("--exact",)
    assert words("/explain --")[1].text == "--"
