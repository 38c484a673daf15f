"""Commands: built for the wire, read back from it, and what of them is secret."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpshell.protocol.command_parser import COMMANDS, parse
from smtpshell.protocol.commands import (
    Atrn,
    Auth,
    AuthResponse,
    Bdat,
    Burl,
    Command,
    Content,
    Data,
    Ehlo,
    Etrn,
    Expn,
    Greeting,
    Helo,
    Help,
    Lhlo,
    Mail,
    Noop,
    Quit,
    Raw,
    Rcpt,
    Rset,
    Saml,
    Send,
    Soml,
    StartTls,
    Turn,
    Vrfy,
    Xclient,
    Xforward,
)
from smtpshell.protocol.parameters import Parameter
from smtpshell.protocol.secret_spans import secret_span

WIRE: list[tuple[Command, bytes]] = [
    (Ehlo("client.example.test"), b"EHLO client.example.test\r\n"),
    (Ehlo("[IPv6:::1]"), b"EHLO [IPv6:::1]\r\n"),
    (Helo("client"), b"HELO client\r\n"),
    (Lhlo("client"), b"LHLO client\r\n"),
    (Mail(""), b"MAIL FROM:<>\r\n"),
    (Mail("a@b", (Parameter("SIZE", "5"), Parameter("SMTPUTF8"))), b"MAIL FROM:<a@b> SIZE=5 SMTPUTF8\r\n"),
    (Mail("grüße@b"), "MAIL FROM:<grüße@b>\r\n".encode()),
    (Mail('"a> b"@c'), b'MAIL FROM:<"a> b"@c>\r\n'),
    (Rcpt("a@b", (Parameter("NOTIFY", "NEVER"),)), b"RCPT TO:<a@b> NOTIFY=NEVER\r\n"),
    (Send("a@b"), b"SEND FROM:<a@b>\r\n"),
    (Soml("a@b"), b"SOML FROM:<a@b>\r\n"),
    (Saml("a@b"), b"SAML FROM:<a@b>\r\n"),
    (Data(), b"DATA\r\n"),
    (Bdat(0), b"BDAT 0\r\n"),
    (Bdat(86, last=True), b"BDAT 86 LAST\r\n"),
    (Burl("imap://a/b"), b"BURL imap://a/b\r\n"),
    (Burl("imap://a/b", last=True), b"BURL imap://a/b LAST\r\n"),
    (Rset(), b"RSET\r\n"),
    (Vrfy("teacher"), b"VRFY teacher\r\n"),
    (Expn("class"), b"EXPN class\r\n"),
    (Help(), b"HELP\r\n"),
    (Help("MAIL"), b"HELP MAIL\r\n"),
    (Noop(), b"NOOP\r\n"),
    (Noop("are you there"), b"NOOP are you there\r\n"),
    (Quit(), b"QUIT\r\n"),
    (StartTls(), b"STARTTLS\r\n"),
    (Auth("PLAIN"), b"AUTH PLAIN\r\n"),
    (Auth("PLAIN", "AGEAYg=="), b"AUTH PLAIN AGEAYg==\r\n"),
    (Auth("EXTERNAL", "="), b"AUTH EXTERNAL =\r\n"),
    (Etrn("example.test"), b"ETRN example.test\r\n"),
    (Atrn(), b"ATRN\r\n"),
    (Atrn("a.test,b.test"), b"ATRN a.test,b.test\r\n"),
    (Turn(), b"TURN\r\n"),
    (Xclient("ADDR=192.0.2.1 NAME=a"), b"XCLIENT ADDR=192.0.2.1 NAME=a\r\n"),
    (Xforward("NAME=a"), b"XFORWARD NAME=a\r\n"),
]


@pytest.mark.parametrize(("command", "octets"), WIRE)
def test_wire_form_and_back(command: Command, octets: bytes) -> None:
    """A command has one wire form, and reading that gives the command again, in small letters as well."""
    assert command.encode() == octets
    assert parse(octets) == command
    verb, blank, rest = octets.partition(b" ")
    assert parse(verb.lower() + blank + rest) == command


def test_every_verb_is_tried_above() -> None:
    """No verb is without an example."""
    assert {command.verb for command, _ in WIRE} == set(COMMANDS)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"", ""),
        (b"\r\n", ""),
        (b"XYZZY plugh\r\n", ""),
        (b" NOOP\r\n", ""),
        (b"NOOP\0\r\n", ""),
        (b"EHLO\r\n", "EHLO needs an argument"),
        (b"DATA now\r\n", "DATA takes no argument"),
        (b"MAIL a@b\r\n", "MAIL wants FROM:<path>, the path in angle brackets"),
        (b"MAIL FROM:a@b\r\n", "MAIL wants FROM:<path>, the path in angle brackets"),
        (b"MAIL TO:<a@b>\r\n", "MAIL wants FROM:<path>, the path in angle brackets"),
        (b"RCPT TO:<a@b\r\n", "the path's closing angle bracket is missing, or something is stuck to it"),
        (b"RCPT TO:<a@b>X=1\r\n", "the path's closing angle bracket is missing, or something is stuck to it"),
        (b"BDAT\r\n", "BDAT wants the chunk's size in octets, and LAST behind it on the last chunk"),
        (b"BDAT -1\r\n", "BDAT wants the chunk's size in octets, and LAST behind it on the last chunk"),
        (b"BURL\r\n", "BURL wants a URL, and LAST behind it on the last part"),
        (b"BURL a b\r\n", "BURL wants a URL, and LAST behind it on the last part"),
        (b"AUTH\r\n", "AUTH wants a mechanism and at most one initial response"),
        (b"AUTH A B C\r\n", "AUTH wants a mechanism and at most one initial response"),
    ],
)
def test_what_cannot_be_read_is_raw(line: bytes, problem: str) -> None:
    """A line that is no command keeps its octets, and says why a known verb could not be read."""
    command = parse(line)
    assert command == Raw(line, problem)
    assert command.encode() == line


def test_moves() -> None:
    """The last chunk has a key of its own in the table of states; an unread line has its first word."""
    assert [Bdat(1).move, Bdat(1, last=True).move, Burl("u").move, Burl("u", last=True).move] == [
        "BDAT",
        "BDAT LAST",
        "BURL",
        "BURL LAST",
    ]
    assert [Raw(b"data now\r\n").move, Raw(b"\r\n").move, Raw(b"\xff x").move] == [
        "DATA",
        "(empty line)",
        "\ufffd",
    ]


def test_commands_without_octets() -> None:
    """The greeting and the end of the content are answered, but are no lines."""
    assert (Greeting().encode(), Content("a@b").encode(), AuthResponse("AA==").encode()) == (b"", b"", b"AA==\r\n")


WORD = st.text(string.ascii_letters + string.digits + "-._=+/@<>:[]{}!é", min_size=1, max_size=12)
SENTENCE = st.lists(WORD, min_size=1, max_size=3).map(" ".join)
LOCAL = st.text(string.ascii_letters + ".!#+é", max_size=8) | st.text(' a>.\\"', max_size=6).map(
    lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
)
PATH = st.builds("{}@{}".format, LOCAL, st.text(string.ascii_lowercase, max_size=5)) | st.just("")
PARAMETERS = st.lists(
    st.builds(Parameter, st.text(string.ascii_uppercase, min_size=1, max_size=5), st.none() | WORD), max_size=3
).map(tuple)
BUILT = st.one_of(
    *(st.builds(kind) for kind in (Data, Rset, Quit, StartTls, Turn)),
    *(st.builds(kind, SENTENCE) for kind in (Ehlo, Helo, Lhlo, Vrfy, Expn, Etrn, Xclient, Xforward)),
    *(st.builds(kind, st.just("") | SENTENCE) for kind in (Help, Noop, Atrn)),
    *(st.builds(kind, PATH, PARAMETERS) for kind in (Mail, Rcpt, Send, Soml, Saml)),
    st.builds(Bdat, st.integers(0, 10**19), st.booleans()),
    st.builds(Burl, WORD, st.booleans()),
    st.builds(Auth, WORD, st.none() | WORD),
)


@given(BUILT)
def test_any_command_built_parses_back_to_itself(command: Command) -> None:
    """Whatever a command holds, its wire form reads back as the same command."""
    assert parse(command.encode()) == command


@given(st.binary(max_size=40))
def test_any_line_can_be_read(line: bytes) -> None:
    """No octets raise anything, and secrets lie within the line."""
    command = parse(line)
    start, end = secret_span(command, line) or (0, 0)
    assert 0 <= start <= end <= len(line)


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        (b"AUTH PLAIN AGEAYg==\r\n", b"AGEAYg=="),
        (b"auth plain  AGEAYg== \r\n", b"AGEAYg=="),
        (b"  AUTH PLAIN AGEAYg==\r\n", b"AGEAYg=="),
        (b"AUTH\tPLAIN\tAGEAYg==\n", b"AGEAYg=="),
        (b"AUTH PLAIN AGE AYg==\r\n", b"AGE AYg=="),
        (b"AUTH PLAIN\r\n", b""),
        (b"AUTH EXTERNAL =\r\n", b""),
        (b"NOOP AUTH PLAIN AGEAYg==\r\n", b""),
    ],
)
def test_secrets_of_auth(line: bytes, secret: bytes) -> None:
    """What stands behind the mechanism is secret, however it is written."""
    start, end = secret_span(parse(line), line) or (0, 0)
    assert line[start:end] == secret


@pytest.mark.parametrize(
    ("line", "secret"),
    [(b"AGEAYg==\r\n", b"AGEAYg=="), (b"a b\n", b"a b"), (b"*\r\n", b""), (b"=\r\n", b""), (b"\r\n", b"")],
)
def test_secrets_of_an_answer(line: bytes, secret: bytes) -> None:
    """An answer to a challenge is secret as a whole; giving up and saying nothing are not."""
    start, end = secret_span(AuthResponse("x"), line) or (0, 0)
    assert line[start:end] == secret


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        (b"XCLIENT NAME=mx.example.test ADDR=192.0.2.1 LOGIN=user\r\n", b""),
        (b"XCLIENT ADDR=192.0.2.1 SESSION=abc PORT=25\r\n", b"abc"),
        (
            b"xclient session=abc addr=192.0.2.1 FORWARD=dXNlcg== helo=x\r\n",
            b"abc addr=192.0.2.1 FORWARD=dXNlcg==",
        ),
        (b" XCLIENT SESSION=abc", b"abc"),
        (b"XCLIENT SESSION=\r\n", b""),
        (b"XFORWARD NAME=mx.example.test IDENT=1\r\n", b""),
        (b"NOOP SESSION=abc\r\n", b""),
    ],
)
def test_secrets_of_xclient(line: bytes, secret: bytes) -> None:
    """What a proxy hands on beyond who the client is may let others in."""
    start, end = secret_span(parse(line), line) or (0, 0)
    assert line[start:end] == secret
