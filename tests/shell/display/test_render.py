"""Events as styled text, and what a hostile server cannot do with it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import wcwidth

from smtpshell.protocol.commands import Auth, AuthResponse, Ehlo, Mail, Vrfy
from smtpshell.protocol.events import (
    Closed,
    CommandSent,
    ContentSent,
    ContinuationRequested,
    Discarded,
    Event,
    Greeted,
    ReplyReceived,
    TlsStarted,
    Wanted,
)
from smtpshell.protocol.findings import RULES, Finding
from smtpshell.protocol.replies import END_INSIDE_REPLY, Reply
from smtpshell.shell.configuration.settings import Settings
from smtpshell.shell.display.render import (
    CONTENT_SHOWN,
    Renderer,
    finding_lines,
    styled,
    to_text,
    visible,
    visible_line,
)
from smtpshell.transcript.redaction import Secrets

VISIBLE = [
    ("plain\ttext\n", "plain\ttext\n"),
    ("é ж 漢", "é ж 漢"),
    ("\x1b[2J", r"\x1b[2J"),
    ("\x07\x08\x00\x7f", r"\x07\x08\x00\x7f"),
    ("a\rb", r"a\rb"),
    ("\x85\x9b", r"\u0085\u009b"),
    (b"caf\xe9", r"caf\xe9"),
    ("\u202eabc\u2066", r"\u202eabc\u2066"),
    ("a\u200bb\ufeff", r"a\u200bb\ufeff"),
    ("\U000e0041", r"\U000e0041"),
    ("\ud800", r"\ud800"),
    ("e\u0301 o\u0308\u0323", "e\u0301 o\u0308\u0323"),
    ("\u0301a 5\u0338 -\u0336 <\u20dd", r"\u0301a 5\u0338 -\u0336 <\u20dd"),
    ("שלום 250 مرحبا", "שלום 250 مرحبا"),
    ("a\u2067b\u2069c\u061c\u200f", r"a\u2067b\u2069c\u061c\u200f"),
    ("漢字 ｶﾞ 한글 😀 ❤\ufe0f 1\ufe0f\u20e3", "漢字 ｶﾞ 한글 😀 ❤\ufe0f 1\ufe0f\u20e3"),
    ("me\ufe0f@x\ufe00", r"me\ufe0f@x\ufe00"),
    ("👩\u200d👧", r"👩\u200d👧"),
    ("a\u3164b\u115f\uffa0\u034f", r"a\u3164b\u115f\uffa0\u034f"),
    ("a\U000e0100", r"a\U000e0100"),
]


@pytest.mark.parametrize(("text", "shown"), VISIBLE)
def test_visible(text: str | bytes, shown: str) -> None:
    """Controls, bidi and invisible characters and odd octets are shown; TAB, LF and letters stay."""
    assert visible(text) == shown
    if isinstance(text, str):
        assert to_text(styled("x", text)) == shown


def test_nothing_invisible_in_all_of_unicode() -> None:
    """No control, separator or bidi control passes, and nothing without width but what is drawn on a letter."""
    passed = [character for character in map(chr, range(0x110000)) if visible(f"a{character}") == f"a{character}"]
    assert len(passed) > 1_000_000
    kinds = {character: unicodedata.category(character) for character in passed}
    assert {character for character, kind in kinds.items() if kind in ("Cc", "Cs", "Zl", "Zp")} == {"\t", "\n"}
    bidi = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI", "BN", "B"}
    assert {character for character in passed if unicodedata.bidirectional(character) in bidi} == {"\n"}
    # Format characters with a width are Arabic signs; the medial vowels of Hangul are drawn on what they follow.
    drawn = {"Mn", "Me", "Mc", "Cn"}
    without = {character for character, kind in kinds.items() if kind not in drawn and wcwidth(character) == 0}
    assert all("\u1161" <= character <= "\u11ff" or "\ud7b0" <= character <= "\ud7fb" for character in without)


@given(st.text())
def test_one_line_stays_one_line(text: str) -> None:
    """What visible_line() gives has no line end in it, as a terminal or Python sees it."""
    assert len(visible_line(text).replace("\t", "").splitlines()) <= 1


@given(st.binary())
def test_visible_is_safe_and_shows_everything(octets: bytes) -> None:
    """Whatever the octets, what is printed has no control but TAB and LF, and can be written as UTF-8."""
    shown = visible(octets)
    shown.encode("utf-8")
    assert all(character.isprintable() or character in "\t\n" or not character.isascii() for character in shown)
    assert not set(map(chr, range(0x80, 0xA0))) & set(shown)
    assert to_text(styled("", octets.decode("utf-8", "surrogateescape"))) == shown


def rendered(*events: Event, echo: bool = True, secrets: Secrets | None = None) -> str:
    """Render events in order."""
    renderer = Renderer(Settings(echo=echo), secrets or Secrets())
    return "".join(to_text(renderer.render(event, 1.5)) for event in events)


EHLO = Reply.from_lines(b"250-mx.example.test\r\n", b"250 SIZE 10\r\n")
ECHOED = [
    (CommandSent(octets=b"NOOP x\r\n", command=Ehlo("x")), "C: NOOP x\n"),
    (CommandSent(octets=b"NO\x1bOP\n", command=Ehlo("x")), "C: NO\\x1bOP\n"),
    (
        CommandSent(octets=b"AUTH PLAIN AGE=\r\n", command=Auth("PLAIN", "AGE="), secret=(11, 15)),
        "C: AUTH PLAIN ${auth}\n",
    ),
    (CommandSent(octets=b"AGE=\r\n", command=AuthResponse("AGE="), secret=(0, 4)), "C: ${auth}\n"),
    (CommandSent(octets=b"*\r\n", command=AuthResponse("*")), "C: *\n"),
    (Greeted(reply=Reply.from_lines(b"220 hello\r\n")), "S: 220 hello\n"),
    (ReplyReceived(reply=EHLO, command=Ehlo("x")), "S: 250-mx.example.test\nS: 250 SIZE 10\n"),
    (
        ReplyReceived(reply=Reply.from_lines(b"250 \x1b]0;x\x07 \xe9\n"), command=None),
        "S: 250 \\x1b]0;x\\x07 \\xe9\n",
    ),
    (
        ReplyReceived(reply=Reply.from_lines(b"hello\r\n"), command=None),
        "S: hello\n600 this cannot be read as a reply; is it an SMTP server at all?\n",
    ),
    (
        ReplyReceived(reply=Reply(END_INSIDE_REPLY, (b"250-a\r\n", b"25")), command=None),
        "S: 250-a\nS: 25\n621 the stream ended inside the reply\n",
    ),
    (TlsStarted(description="TLSv1.3 X verified=no"), "-- tls TLSv1.3 X verified=no\n"),
    (Discarded(octets=b"250 evil\r\n"), '-- discarded "250 evil\\r\\n"\n'),
    (Closed(by_server=True), "-- closed by server\n"),
    (Closed(by_server=False), "-- closed by client\n"),
    (ContinuationRequested(wanted=Wanted.CONTENT), ""),
    (
        ContinuationRequested(wanted=Wanted.AUTH_RESPONSE, challenge="VXNlcm5hbWU6"),
        "  the challenge says: Username:\n",
    ),
    (
        ContinuationRequested(wanted=Wanted.AUTH_RESPONSE, challenge="G1sySgo="),
        "  the challenge says: \\x1b[2J\\n\n",
    ),
    (ContinuationRequested(wanted=Wanted.AUTH_RESPONSE, challenge="?"), "  the challenge is not base64\n"),
]


@pytest.mark.parametrize(("event", "shown"), ECHOED, ids=range(len(ECHOED)))
def test_events_in_batch(event: Event, shown: str) -> None:
    """Without a terminal every line has its direction mark, and what is not octets begins with two dashes."""
    assert rendered(event) == shown


def test_events_at_the_prompt() -> None:
    """At the prompt the typed line is on the screen already, and replies need no mark."""
    sent = CommandSent(octets=b"NOOP\r\n", command=Ehlo("x"))
    assert (
        rendered(sent, ReplyReceived(reply=EHLO, command=Ehlo("x")), echo=False)
        == "250-mx.example.test\n250 SIZE 10\n"
    )


def test_times() -> None:
    """With times on, the seconds stand before each line."""
    renderer = Renderer(Settings(times=True), Secrets())
    assert to_text(renderer.render(ReplyReceived(reply=EHLO, command=None), 1.5)).startswith("[1.500] 250-mx")


def test_only_the_answer_to_ehlo_offers_keywords() -> None:
    """The first word below the first line is a keyword in the answer to EHLO, and a word elsewhere."""
    renderer = Renderer(Settings(), Secrets())
    assert ("ehlo.keyword", "SIZE") in renderer.render(ReplyReceived(reply=EHLO, command=Ehlo("x")), 0)
    assert ("ehlo.keyword", "SIZE") not in renderer.render(ReplyReceived(reply=EHLO, command=Vrfy("x")), 0)


def test_added_dots_have_their_own_style() -> None:
    """A stuffed line is shown as it goes out, the added dot apart; the lone dot was not added."""
    renderer = Renderer(Settings(echo=False), Secrets())
    shown = renderer.render(ContentSent(octets=b"..hidden\r\nplain\r\n.\r\n", ended=True), 0)
    assert shown == [("mark.client", "C: "), ("dot.added", "."), ("", ".hidden"), ("", "\n")]
    assert rendered(ContentSent(octets=b"..a\r\nb\r\n.\r\n", ended=True)) == "C: ..a\nC: b\nC: .\n"


def test_content_is_the_same_in_any_cut() -> None:
    """Blocks of content may be cut anywhere; lines are shown whole."""
    wire = b"Subject: x\r\n\r\n..dot\r\nlast\r\n.\r\n"
    whole = rendered(ContentSent(octets=wire, ended=True))
    for at in range(1, len(wire)):
        assert rendered(ContentSent(octets=wire[:at]), ContentSent(octets=wire[at:], ended=True)) == whole


def test_long_content_is_counted_not_shown() -> None:
    """Of a big message the beginning is shown, the rest is a number, and the next message begins anew."""
    block = b"x" * 98 + b"\r\n"
    shown = rendered(*[ContentSent(octets=block * 100)] * 5, ContentSent(octets=b".\r\n", ended=True))
    assert len(shown) < CONTENT_SHOWN + 1000
    assert shown.endswith(f"  and {50003 - CONTENT_SHOWN} more octets of content, not shown\n")


def test_chunks_have_no_dots_to_add() -> None:
    """BDAT knows no transparency: its dots are content."""
    renderer = Renderer(Settings(echo=True), Secrets())
    shown = renderer.render(ContentSent(octets=b".a\r\n", chunk=True, ended=True), 0)
    assert ("dot.added", ".") not in shown
    assert to_text(shown) == "C: .a\n"


def test_findings_stand_below() -> None:
    """A finding is one line: its number, severity, id, sentence, detail, source."""
    finding = Finding(RULES["auth-in-clear"], "PLAIN\x1b")
    assert finding_lines([finding]) == [
        (
            "finding.danger",
            "  #1 danger auth-in-clear: credentials go over the wire without TLS: PLAIN\\x1b (RFC 4954 4)\n",
        )
    ]
    event = ReplyReceived(reply=EHLO, command=Mail("a"), findings=(finding, finding))
    shown = to_text(Renderer(Settings(), Secrets()).render(event, 0, first=7)).splitlines()
    assert [line.partition(":")[0] for line in shown[2:]] == [
        "  #7 danger auth-in-clear",
        "  #8 danger auth-in-clear",
    ]


def test_a_secret_a_server_quotes_is_hidden() -> None:
    """A password, or its base64, is not shown when a reply or content repeats it."""
    secrets = Secrets()
    secrets.remember("first-lesson")
    reply = Reply.from_lines(b"535 bad password first-lesson\r\n")
    assert rendered(ReplyReceived(reply=reply, command=None), secrets=secrets) == "S: 535 bad password ${auth}\n"
    shown = rendered(ContentSent(octets=b"it is first-lesson\r\n.\r\n", ended=True), secrets=secrets)
    assert shown == "C: it is ${auth}\nC: .\n"
