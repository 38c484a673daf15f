"""/hex and /decode: exact octets, what they stand for, and that no secret is among them."""

from __future__ import annotations

import base64
import re
import threading

import pytest

from smtpshell.protocol.commands import Auth
from smtpshell.protocol.events import CommandSent, ContentSent, ReplyReceived
from smtpshell.protocol.replies import Reply
from smtpshell.shell.display.decoding import ENCODINGS, decoded
from smtpshell.shell.display.exchanges import KEPT, Exchanges
from smtpshell.shell.display.hex_view import exchange_octets
from smtpshell.shell.display.render import to_text
from smtpshell.transcript.redaction import Secrets
from tests.session.scripted import Peer, served
from tests.shell.support import Shell

PASSWORD = "first-lesson"


def octets_in(view: str) -> bytes:
    """Read the hexadecimal digits of a view back."""
    return bytes.fromhex("".join(line[11:59] for line in view.splitlines() if re.match(r"[CS]: ", line)))


def now(shell: Shell, line: str) -> str:
    """Read what is there, run a line, wait for nothing; give what the line printed."""
    shell.readable()
    before = len(shell.printed)
    shell.execute(line)
    return to_text(shell.printed[before:])


# ---------------------------------------------------------------- /hex


def test_hex_both_ways(shell: Shell) -> None:
    """Sixteen octets a row, offsets, ASCII, both line ends to be seen."""
    shell.say("VRFY nobody-by-that-name")
    assert shell.say("/hex").splitlines()[:2] == [
        "C: 000000  56 52 46 59 20 6e 6f 62  6f 64 79 2d 62 79 2d 74  VRFY nobody-by-t",
        "C: 000010  68 61 74 2d 6e 61 6d 65  0d 0a                    hat-name←↓",
    ]
    reply = shell.last_reply
    assert reply is not None
    assert octets_in(shell.say("/hex")) == b"VRFY nobody-by-that-name\r\n" + reply.raw
    shell.say("NOOP")
    assert octets_in(shell.say("/hex 2")) == b"VRFY nobody-by-that-name\r\n" + reply.raw


def test_hex_of_odd_octets(shell: Shell) -> None:
    """Controls and what is no ASCII are dots; nothing of it is obeyed."""
    shell.say(r'/raw "NOOP \x1b[2J\x00\xff\x9b\n"')
    said = shell.say("/hex")
    assert "C: 000000  4e 4f 4f 50 20 1b 5b 32  4a 00 ff 9b 0a           NOOP .[2J...↓\n" in said
    assert shell.styles_of("1b") == {"control"}


def test_hex_without_an_exchange(offline: Shell) -> None:
    """One line says that there is none, or how many there are."""
    assert "nothing was said yet" in offline.say("/hex")
    offline.open(None)
    offline.wait()
    assert "only 1 exchanges are remembered" in offline.say("/hex 2")
    assert "220 practice" in offline.say("/hex")
    assert "is no number" in offline.say("/hex 0")


def test_hex_of_a_reply_that_is_not_whole() -> None:
    """What came so far is there, also of a line without end, of the greeting too."""
    seen = threading.Event()

    def script(peer: Peer) -> None:
        peer.say("220-hel")
        assert seen.wait(10)
        peer.say("lo\r\n220 hi\r\n")
        assert peer.line() == b"NOOP 1\r\n"
        peer.say("250-a\r\n25")
        assert peer.line() == b"NOOP 2\r\n"
        peer.say("0 b\r\n")
        peer.wait_for_close()

    with served(script) as where:
        shell = Shell()
        shell.open(where)
        while "hel" not in (view := now(shell, "/hex")):
            pass
        assert octets_in(view) == b"220-hel"
        assert "the reply is not whole yet" in view
        seen.set()
        shell.wait()
        shell.execute("NOOP 1")
        while "25\n" not in (view := now(shell, "/hex")):
            pass
        assert octets_in(view) == b"NOOP 1\r\n250-a\r\n25"
        shell.execute("NOOP 2")
        assert octets_in(now(shell, "/hex")) == b"NOOP 2\r\n"
        assert "no reply yet" in now(shell, "/hex")
        shell.close()


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_hex_has_no_secret(shell: Shell, mechanism: str) -> None:
    """What answers AUTH is not there, in no form and no length, whoever says it again."""
    shell.settings.auth = "raw"
    plain = base64.b64encode(f"\0student\0{PASSWORD}".encode()).decode()
    login = [base64.b64encode(text.encode()).decode() for text in ("student", PASSWORD)]
    shell.say(*([f"AUTH PLAIN {plain}"] if mechanism == "PLAIN" else ["AUTH LOGIN", *login]), f"VRFY {PASSWORD}")
    views = [shell.say(f"/hex {number}") for number in range(1, 5)]
    octets = b"\n".join(octets_in(view) for view in views)
    assert b"235 " in octets
    for secret in (PASSWORD, plain, *login):
        assert secret.encode() not in octets
        assert secret not in "".join(views)
    assert octets.count(b"${auth}\r\n") >= (2 if mechanism == "PLAIN" else 3)
    assert "${auth} stands for what nobody may see" in views[0]
    assert "secret" in shell.styles_of("24")


def test_hex_cuts_no_secret_in_two() -> None:
    """Where what was kept ends inside a secret, the beginning of it is not there either; the rest is counted."""
    secrets = Secrets()
    secrets.remember(PASSWORD)
    octets = b"x" * (KEPT - 5) + PASSWORD.encode()
    exchanges = Exchanges()
    exchanges.observe(ContentSent(octets=octets, ended=True), 0)
    exchanges.observe(ReplyReceived(reply=Reply.from_lines(octets), command=None), 0)
    for number in (1, 2):
        exchange = exchanges.last(number)
        assert exchange is not None
        view = to_text(exchange_octets(exchange, secrets).fragments)
        assert not octets_in(view).endswith(b"f")
        assert re.search(r"  and [0-9]+ more octets, not kept\n", view)


def test_hex_of_a_secret_that_crosses_rows() -> None:
    """A secret is replaced before rows are made."""
    secrets = Secrets()
    command = Auth("PLAIN", "x" * 40)
    event = CommandSent(octets=command.encode(), command=command, secret=(11, 51))
    exchanges = Exchanges()
    exchanges.observe(event, 0)
    exchange = exchanges.last()
    assert exchange is not None
    assert octets_in(to_text(exchange_octets(exchange, secrets).fragments)) == b"AUTH PLAIN ${auth}\r\n"


# ---------------------------------------------------------------- /decode

DECODED = [
    ("VXNlcm5hbWU6", "base64", "Username:"),
    ("it says eyJzdGF0dXMiOiI0MDEifQ==", "base64", '{"status":"401"}'),
    ("G1szMW0=", "base64", "\x1b[31m"),
    ("/////w==", "base64", "\udcff\udcff\udcff\udcff"),
    ("Zm9v", "base64", "foo"),
    ("=?utf-8?Q?caf=C3=A9_x?= and =?utf-8?B?w6k=?=", "encoded words", "café x and é"),
    ("=?utf-8?B?w6k=?= =?utf-8?B?w6k=?=", "encoded words", "éé"),
    ("caf=C3=A9 a=b", "quoted-printable", "café a=b"),
    ("a =\nb", "quoted-printable", "a b"),
    ("rfc822;a+2Bb+3Dc@x", "xtext", "rfc822;a+b=c@x"),
    (r"utf-8;\x{E9}\x{1F600}", "utf-8-addr-xtext", "utf-8;é😀"),
    ("Hi +AOkA6Q-x", "UTF-7", "Hi ééx"),
    ("550 <a@xn--bcher-kva.example> no", "A-label", "550 <a@bücher.example> no"),
]


@pytest.mark.parametrize(("text", "name", "result"), DECODED, ids=[text for text, _, _ in DECODED])
def test_decoded(text: str, name: str, result: str) -> None:
    """A text is read by the encoding it is written in, and by no other."""
    assert [(encoding.name, found) for encoding, found in decoded(text)] == [(name, result)]


@pytest.mark.parametrize(
    "text",
    ["", "hello world", "2.1.5 Recipient <teacher@example.test> accepted", "test", "deadbeef", "=?x?Q?a?=",
     "=?utf-8?B?a?=", "=?utf-8?X?a?=", "a=b", r"\x{110000}", r"\x{D800}", "xn--", "xn--\xff", "====", "+zz-"],
)  # fmt: skip
def test_decodes_as_nothing(text: str) -> None:
    """A sentence, a word, and what only looks encoded are no encoding of anything."""
    assert decoded(text) == []


def test_each_encoding_is_tested() -> None:
    """The table above has a row for each of the encodings."""
    assert {name for _, name, _ in DECODED} == {encoding.name for encoding in ENCODINGS}


def test_decode_at_the_prompt(shell: Shell) -> None:
    """A text that is given, or what the server said last; controls are shown and not obeyed."""
    assert shell.say("/decode G1szMW0=") == "  base64 (RFC 4648 4): \\x1b[31m\n"
    assert "this decodes as nothing; known are base64, " in shell.say("/decode hello world")
    shell.say("AUTH LOGIN", "*", "NOOP")
    assert shell.say("/decode") == "  base64 (RFC 4648 4): Username:\n"


def test_decode_finds_nothing(offline: Shell) -> None:
    """One line says so, before anything was said and where nothing was encoded."""
    assert "what was said last decodes as nothing" in offline.say("/decode")
    offline.open(None)
    offline.wait()
    assert "what was said last decodes as nothing" in offline.say("/decode")


def test_decode_keeps_secrets(shell: Shell) -> None:
    """A known one is not shown; the answer of PLAIN, once decoded, is not kept anywhere."""
    shell.secrets.remember(PASSWORD)
    text = base64.b64encode(f"it is {PASSWORD}!".encode()).decode()
    assert shell.say(f"/decode {text}") == "  base64 (RFC 4648 4): it is ${auth}!\n"
    other = base64.b64encode(b"\0me\0hush-hush").decode()
    assert "hush-hush" in shell.say(f"/decode {other}")
    shell.secrets.remember("bm90IGZvciB5b3U=")
    assert shell.say("/decode bm90IGZvciB5b3U=") == "  base64 (RFC 4648 4): ${auth}\n"
    assert shell.secrets.redact_line(f"/decode {other}") == "/decode ${auth}"
    assert shell.secrets.redact_text("hush-hush") == "${auth}"
