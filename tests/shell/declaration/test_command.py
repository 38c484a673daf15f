"""The table of shell commands: each is explained, parsed and checked from its one declaration."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from smtpshell.errors import UsageError
from smtpshell.protocol.parameters import Parameter
from smtpshell.session.endpoint import Endpoint
from smtpshell.shell.declaration.command import ShellCommand, load_commands, parse_call
from smtpshell.shell.language.syntax import words
from smtpshell.transcript.expectation import Expectation

COMMANDS = load_commands()

# name -> (line, positional arguments, options)
PARSED: dict[str, tuple[str, tuple[Any, ...], dict[str, Any]]] = {
    "export": ("/export one.smtp --to swaks --force", (Path("one.smtp"),), {"to": "swaks", "force": True}),
    "import": ("/import swaks.log --from swaks", (Path("swaks.log"),), {"from_": "swaks"}),
    "serve": (
        "/serve one.smtp --listen 127.0.0.1:2525 --once",
        (Path("one.smtp"),),
        {"listen": ("127.0.0.1", 2525), "once": True},
    ),
    "anonymize": ("/anonymize one.smtp --keep-lengths", (Path("one.smtp"),), {"keep_lengths": True}),
    "auth": ("/auth plain me --insecure", ("plain", "me"), {"insecure": True}),
    "bdat": ("/bdat 'a file' --chunk 64k --pipeline", (Path("a file"),), {"chunk": 65536, "pipeline": True}),
    "capabilities": ("/capabilities", (), {}),
    "certificate": ("/certificate", (), {}),
    "close": ("/close mx1 --all", ("mx1",), {"all": True}),
    "compare": ("/compare one.smtp one.smtp", (Path("one.smtp"), Path("one.smtp")), {}),
    "completion": ("/completion fish", ("fish",), {}),
    "config": ("/config --example", (), {"example": True}),
    "connect": (
        '/connect lmtp://[::1]:24 --source [::1]:4000 --tls-min 1.3 --proxy-header "v1 ::1 ::2" --verify --name a',
        (Endpoint("lmtp", "::1", 24),),
        {"source": "[::1]:4000", "tls_min": "1.3", "proxy_header": "v1 ::1 ::2", "verify": True, "name": "a"},
    ),
    "data": ('/data "a file" --exact', (Path("a file"),), {"exact": True}),
    "drop": ("/drop content --unread", ("content",), {"unread": True}),
    "each": ('/each --only mx1,2 NOOP  "a --x', ('NOOP  "a --x',), {"only": ("mx1", "2")}),
    "end": ("/end", (), {}),
    "explain": ("/explain 550 5.1.1", ("550", "5.1.1"), {}),
    "expect": (r"/expect 550,551 '5.1.1 \" *' to RCPT", ("550,551", r'"5.1.1 \\\" *"', "to", "RCPT"), {}),
    "expn": ("/expn class localhost", ("class", Endpoint("smtp", "localhost", 25)), {}),
    "findings": ("/findings", (), {}),
    "help": ("/help MAIL", ("MAIL",), {}),
    "let": ("/let rcpt a@b --secret --env X", ("rcpt", "a@b"), {"secret": True, "env": "X"}),
    "json-schema": ("/json-schema", (), {}),
    "hint": ("/hint", (), {}),
    "learn": ("/learn ./mine.smtp", ("./mine.smtp",), {}),
    "lessons": ("/lessons", (), {}),
    "mail-help": ("/mail-help localhost MAIL", (Endpoint("smtp", "localhost", 25), "MAIL"), {}),
    "mailbox": ("/mailbox teacher 2 --raw=out", ("teacher", 2), {"raw": Path("out")}),
    "hex": ("/hex 2", (2,), {}),
    "decode": ("/decode VXNl cg==", ("VXNl", "cg=="), {}),
    "more": ("/more", (), {}),
    "pipeline": ('/pipeline "MAIL FROM:<>" RSET', ("MAIL FROM:<>", "RSET"), {}),
    "practice": (
        "/practice once drop on DATA --listen [::1]:0 --fail 'RCPT 452 full' --fail MAIL --delay 2s --cut",
        ("once", "drop", "on", "DATA"),
        {
            "listen": ("::1", 0),
            "fail": (("fail", "RCPT", "452", "full"), ("fail", "MAIL")),
            "delay": ("delay", "2s"),
            "cut": True,
        },
    ),
    "proxy": (
        "/proxy --to mx.example.test --record kept/ --once",
        (),
        {"to": Endpoint("smtp", "mx.example.test", 25), "record": "kept/", "once": True},
    ),
    "quit": ("/quit", (), {}),
    "quit-after": ("/quit-after rcpt", ("rcpt",), {}),
    "raw": (r'/raw "a\x00\r\n\"\\"', (b'a\0\r\n"\\',), {}),
    "record": ("/record new.smtp --append", (Path("new.smtp"),), {"append": True}),
    "replay": (
        "/replay one.smtp --against localhost:25 --match text --set a=b --set c=d=e",
        (Path("one.smtp"),),
        {"against": (Endpoint("smtp", "localhost", 25),), "match": "text", "set": (("a", "b"), ("c", "d=e"))},
    ),
    "edit": ("/edit message.eml", (Path("message.eml"),), {}),
    "send": (
        "/send - --from '' --to a@b --to 'Ann <a@b>' --header 'X-A: b:c' --mail-parameter SIZE=1 --chunk 1m",
        (Path("-"),),
        {
            "from_": "",
            "to": ("a@b", "Ann <a@b>"),
            "header": (("X-A", "b:c"),),
            "mail_parameter": (Parameter("SIZE", "1"),),
            "chunk": 1048576,
        },
    ),
    "sessions": ("/sessions", (), {}),
    "switch": ("/switch 2", ("2",), {}),
    "set": ("/set timeout 3", ("timeout", "3"), {}),
    "shrink": (
        "/shrink one.smtp --until closed --down-to lines --output less.smtp",
        (Path("one.smtp"),),
        {"until": Expectation.parse("closed"), "down_to": "lines", "output": Path("less.smtp")},
    ),
    "source": ("/source 'a file'", (Path("a file"),), {}),
    "skip": ("/skip", (), {}),
    "starttls": ("/starttls", (), {}),
    "state": ("/state", (), {}),
    "unset": ("/unset timeout", ("timeout",), {}),
    "timing": ("/timing 5 --slowest --real", (5,), {"slowest": True, "real": True}),
    "vrfy": ("/vrfy student localhost", ("student", Endpoint("smtp", "localhost", 25)), {}),
}


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a folder with the files the lines name."""
    monkeypatch.chdir(tmp_path)
    for name in (
        "a file",
        "one.smtp",
        "session.smtp",
        "before.smtp",
        "after.smtp",
        "message.eml",
        "report.pdf",
        "letter.txt",
        "swaks.log",
        "debug.txt",
        "greeting.txt",
    ):
        Path(name).write_text("x")
    for name in (
        "transcripts/pipelining.smtp",
        "transcripts/pipelining-refused-recipient.smtp",
        "my drafts/broken.eml",
    ):
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
        assert parse_call(example.line).command is command
    for argument in command.arguments:
        assert len(argument.type.description) > 5
        assert argument.label in command.usage or "[OPTION ...]" in command.usage
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
    ("/set timeuot 3", "did you mean timeout?", (5, 12)),
    ("/unset", "/unset needs NAME", (6, 6)),
    ("/replay one.smtp --match all", "none of code", (25, 28)),
    ("/replay one.smtp --set x", "not NAME=VALUE", (23, 24)),
    ("/practice --listen 25", "not HOST:PORT", (19, 21)),
    ("/practice --delay soon", "a delay is a number of seconds", (18, 22)),
    ("/bdat 'a file' --chunk 64x", "no size such as 1000, 64k or 1m", (23, 26)),
    ("/bdat 'a file' --chunk 0", "no size", (23, 24)),
    ("/send --to a@b", "/send needs --from", (14, 14)),
    ("/send --from a@b --header X", "no header field such as", (26, 27)),
    ("/send --from a@b --mail-parameter 'A B'", "no parameter such as", (34, 39)),
    ("/drop lunch", "'lunch' is none of connect,", (6, 11)),
    ("/quit-after data", "'data' is none of connect,", (12, 16)),
    ("/connect --tls-max 4", "one of TLSv1, TLSv1.1", (19, 20)),
    ("/connect --source a:b", "ADDRESS or ADDRESS:PORT", (18, 21)),
    ("/connect --proxy-header v3", "v1 or v2 and two addresses", (24, 26)),
    ("/data 'a file' --exakt", "did you mean --exact? /data FILE", (15, 22)),
    ("/export one.smtp --to swaks --to text", "--to is given twice", (33, 37)),
    ("/export one.smtp --to swak", "none of text, markdown,", (22, 26)),
    ("/export one.smtp --to swak", "did you mean swaks?", (22, 26)),
    ("/export one.smtp", "/export needs --to", (16, 16)),
    ("/quit-after Rcpt", "did you mean rcpt?", (12, 16)),
    ("/vrfy student ftp://x", "no scheme", (14, 21)),
    ("/vrfy student smtp://me:secret@host", "credentials do not belong into a URL", (14, 35)),
    ("/send --from 'a\nb'".replace("\\n", "\n"), "an address has no line end", (13, 18)),
    ("/HELP", "did you mean /help?", (0, 5)),
    ("/", "there is no command /", (0, 1)),
    ("/x\x00", "there is no command /x", (0, 3)),
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
