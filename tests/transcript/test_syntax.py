"""Text to Transcript and back: lossless, exact about errors, forgiving about a crash."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpshell.errors import TranscriptSyntaxError, UsageError
from smtpshell.transcript.escapes import escape, find_bad_escape, unescape
from smtpshell.transcript.model import EventLine, Header, Line, Malformed, Prose, Transcript
from smtpshell.transcript.syntax import parse, read, write

EVERYTHING = """\
smtp-transcript: 1
title: Every kind of line
x-own: kept,  spaces and all\x20
empty:\x20

# Prose, kept: byte for byte ✓
-- connected to 127.0.0.1:2525
[0.004] S: 220 mx.example.test ESMTP
[12] C: EHLO client.example.test

C:
C:\x20
C= bare\\rCR \\n \\t \\\\ \\x00\\xff
S= 250 no line end
S~ 250 2\\.0\\.0 queued as [0-9A-F]+
S* 250-*
S...
C~ MAIL FROM:<.*>
C* RCPT *
C: ${user} and $${literal and ${auth}
-- tls TLSv1.3 TLS_AES_256_GCM_SHA384 verified=no
-- tls
-- discarded "250 evil\\r\\n\\x22"
-- reset by server
-- timed out after 30 s
-- finding reply-bare-lf: a reply line ends in a bare LF
-- pause 0.5
-- cut
-- content octets=12
-- content octets=12 sha256=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 file=big one.eml
   \x09
S: 250 a\ttab, blanks at the end \x20
-- closed by client
"""


def test_every_kind_of_line_comes_back() -> None:
    """A file with all of the grammar is read and written octet for octet."""
    transcript = parse(EVERYTHING)
    assert write(transcript) == EVERYTHING
    assert parse(write(transcript)) == transcript
    assert transcript.repair == ""


def test_fields_of_a_line_are_apart() -> None:
    """Time, side, mark and text are read into fields, and line numbers are the file's."""
    transcript = parse(EVERYTHING)
    assert transcript.header.get("title") == "Every kind of line"
    assert transcript.entries[2] == Line("S", ":", "220 mx.example.test ESMTP", "0.004")
    assert transcript.entries[1] == EventLine("connected to", "127.0.0.1:2525")
    assert EVERYTHING.split("\n")[transcript.line_number(2) - 1] == str(transcript.entries[2])


def parsed(text: str | bytes) -> Transcript | TranscriptSyntaxError:
    """Give the transcript, or the error that says why there is none."""
    try:
        return parse(text)
    except TranscriptSyntaxError as error:
        return error


TEXT = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=30)
PLAIN = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.just("\t"), max_size=30)
TIME = st.sampled_from(["", "0", "0.004", "17.50"])


def made(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """Leave out what could not be made."""
    return strategy.filter(lambda value: value is not None)


def line(side: str, mark: str, text: str, time: str) -> Line | None:
    """Make a line, or None where its text cannot stand in one."""
    try:
        return Line(side, mark, text, time)
    except Malformed:
        return None


LINES = made(st.builds(line, st.sampled_from("CS"), st.sampled_from(":=~*"), PLAIN, TIME))
OCTETS = st.builds(Line.of, st.sampled_from("CS"), st.binary(max_size=40) | st.just(b"250 ok\r\n"), TIME)
ENTRIES = (
    LINES
    | OCTETS
    | st.just(Line("S", "..."))
    | st.just(Line("C", ":", tight=True))
    | st.sampled_from([EventLine("cut"), EventLine("tls"), EventLine("pause", "2")])
    | TEXT.map(lambda text: Prose("#" + text))
    | st.sampled_from(["", " ", "\t "]).map(Prose)
)
HEADERS = st.lists(st.tuples(st.from_regex(r"\A[A-Za-z][A-Za-z0-9-]*\Z"), PLAIN)).map(tuple).map(Header)


@given(HEADERS, st.lists(ENTRIES))
def test_written_then_read_is_the_same(header: Header, entries: list[Line | EventLine | Prose]) -> None:
    """Whatever can be made can be written and read back."""
    transcript = Transcript(header, tuple(entries))
    text = write(transcript)
    assert parse(text) == transcript
    assert write(parse(text.encode())) == text


@given(st.text() | st.lists(st.sampled_from(EVERYTHING.split("\n"))).map("\n".join))
def test_read_then_written_is_the_same(text: str) -> None:
    """Any text is either read without loss or refused with its place."""
    text = "smtp-transcript: 1\n\n" + text + "\n"
    result = parsed(text)
    if isinstance(result, Transcript):
        assert write(result) == text
    else:
        assert 1 <= result.line <= text.count("\n")
        assert result.column >= 1


@given(st.binary())
def test_octets_survive(octets: bytes) -> None:
    """Octets in are octets out, whichever mark carries them, `${` and backslashes included."""
    for side in "CS":
        assert Line.of(side, octets).octets() == octets
    assert unescape(escape(octets)) == octets
    assert find_bad_escape(escape(octets)) is None


@given(st.binary(max_size=400))
def test_any_octets_are_read_or_refused(octets: bytes) -> None:
    """No file makes the reader fall over."""
    result = parsed(b"smtp-transcript: 1\n\n" + octets)
    assert isinstance(result, Transcript) or result.column >= 1


VALUES = [
    ("C: RCPT TO:<${to}>", b"RCPT TO:<a@b>\r\n"),
    ("C: $${to} costs $5", b"${to} costs $5\r\n"),
    ("C: $$${to}", b"$${to}\r\n"),
    (r"C= \x24${to}\n", b"$a@b\n"),
    ("C: ${to}${to}", b"a@ba@b\r\n"),
    ("S: 250 ${to}", b"250 ${to}\r\n"),
]


@pytest.mark.parametrize(("text", "octets"), VALUES, ids=range(len(VALUES)))
def test_values_are_filled_in(text: str, octets: bytes) -> None:
    """`${name}` takes its value in a client's line, `$${` is a literal, a server's line has none."""
    entry = parse(f"smtp-transcript: 1\n\n{text}\n").entries[0]
    assert isinstance(entry, Line)
    assert entry.octets({"to": b"a@b"}) == octets


BROKEN = [
    ("", 1, 1, "expected smtp-transcript: 1", "the end of the line"),
    ("smtp-transcript: 2\n\n", 1, 18, "expected smtp-transcript: 1, found version 2", "newer"),
    ("smtp-transcript: x\n\n", 1, 1, "expected smtp-transcript: 1", "smtp-transcript: x"),
    ("\ufeffsmtp-transcript: 1\n\n", 1, 1, "expected smtp-transcript: 1", ""),
    ("smtp-transcript: 1\ntitle\n\n", 2, 1, "name: value", "title"),
    ("smtp-transcript: 1\n9: x\n\n", 2, 1, "field's name", "9"),
    ("smtp-transcript: 1\ntitle: a\x1bb\n\n", 2, 9, "control characters", "\\x1b"),
    ("smtp-transcript: 1\n\nX: hello\n", 3, 1, "C or S", "X: hello"),
    ("smtp-transcript: 1\n\nC hello\n", 3, 2, "one of : = ~ *", " hello"),
    ("smtp-transcript: 1\n\nC...\n", 3, 2, "one of : = ~ *", "..."),
    ("smtp-transcript: 1\n\nS... x\n", 3, 5, "nothing more", " x"),
    ("smtp-transcript: 1\n\nS:220 x\n", 3, 3, "a blank", "220 x"),
    ("smtp-transcript: 1\n\n[1.] S: x\n", 3, 1, "[seconds]", "[1.] S: x"),
    ("smtp-transcript: 1\n\n[1.5] S: 220 \r\n", 3, 14, "S= carries them", "\\r"),
    ("smtp-transcript: 1\n\nC: a\x00\n", 3, 5, "C= carries them", "\\x00"),
    ("smtp-transcript: 1\n\nC= a\\q\n", 3, 5, "escapes", "\\\\q"),
    ("smtp-transcript: 1\n\nC= \\x4\n", 3, 4, "escapes", "\\\\x4"),
    ("smtp-transcript: 1\n\nC: a ${b\n", 3, 6, "${name}", "${b"),
    ("smtp-transcript: 1\n\nS~ 250 (\n", 3, 8, "a regular expression", "("),
    ("smtp-transcript: 1\n\n-- exploded\n", 3, 4, "one of the events", "exploded"),
    ("smtp-transcript: 1\n\n-- closed by me\n", 3, 14, "server or client", "me"),
    ("smtp-transcript: 1\n\n-- pause soon\n", 3, 10, "seconds", "soon"),
    ("smtp-transcript: 1\n\n-- cut \n", 3, 7, "no blank at the end", " "),
]


@pytest.mark.parametrize(("text", "line", "column", "expected", "found"), BROKEN, ids=range(len(BROKEN)))
def test_errors_say_where_what_and_what_instead(
    text: str, line: int, column: int, expected: str, found: str
) -> None:
    """An error is path:line:column, what was expected, what stands there."""
    with pytest.raises(TranscriptSyntaxError) as caught:
        parse(text, "a.smtp")
    assert str(caught.value).startswith(f"a.smtp:{line}:{column}: expected ")
    assert expected in str(caught.value)
    assert found in str(caught.value)
    assert "\n" not in str(caught.value)


def test_octets_that_are_no_utf8_are_refused() -> None:
    """A file that is not UTF-8 is refused at the octet."""
    with pytest.raises(TranscriptSyntaxError, match=r"^b:3:5: expected valid UTF-8, found octet \\xff"):
        parse(b"smtp-transcript: 1\n\nS: \xc3\xff 250\n".replace(b"\xc3", b"a"), "b")


CUT = [
    ("S: 250 o", Line("S", ":", "250 o"), "may be incomplete"),
    ("S", Prose("# cut short: S"), "kept as prose"),
    ("[0.0", Prose("# cut short: [0.0"), "kept as prose"),
    ("-- clos", Prose("# cut short: -- clos"), "kept as prose"),
    ("C= a\\x4", Prose("# cut short: C= a\\x4"), "kept as prose"),
]


@pytest.mark.parametrize(("last", "entry", "said"), CUT, ids=range(len(CUT)))
def test_a_cut_last_line_is_mended_and_said(last: str, entry: Line | Prose, said: str) -> None:
    """What a crash left of the last line is kept, and the transcript says so."""
    transcript = parse(f"smtp-transcript: 1\n\nS: 220 a\n{last}", "c.smtp")
    assert transcript.entries[-1] == entry
    assert transcript.repair.startswith("c.smtp:4: ")
    assert said in transcript.repair
    assert parse(write(transcript)) == transcript


def test_every_beginning_of_a_file_is_read() -> None:
    """A file cut at any octet behind its first line is read, and loses one line at most."""
    octets = EVERYTHING.encode()
    whole = parse(octets)
    for length in range(len("smtp-transcript: 1"), len(octets)):
        transcript = parse(octets[:length])
        kept = len(transcript.entries) - 1
        assert transcript.entries[:kept] == whole.entries[: max(kept, 0)]
        complete = octets[:length].endswith(b"\n") and b"\n\n" in octets[:length]
        assert bool(transcript.repair) != complete


def test_a_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    """A file that cannot be read is one line that names it."""
    with pytest.raises(UsageError, match=r"gone.smtp: No such file"):
        read(tmp_path / "gone.smtp")
