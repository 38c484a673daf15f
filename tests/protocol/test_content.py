"""Content on the wire: transparency, line ends, the end of mail data, in any cut."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smtpshell.protocol.content import ContentDecoder, ContentEncoder, repair_line_ends
from smtpshell.protocol.facts import Facts
from smtpshell.protocol.judges import ContentJudge
from smtpshell.protocol.limits import TEXT_LINE
from tests.playbook import pieces

# Octets dense in what matters here.
CONTENT = st.lists(st.sampled_from([b"\r\n", b"\n", b"\r", b".", b"..", b"x", b"\xff"]), max_size=20).map(b"".join)
ENDS = st.lists(st.integers(0, 50), max_size=8)


def encoded(blocks: list[bytes], *, repair: bool = True) -> bytes:
    """Give the wire form of content in blocks, with its end."""
    encoder = ContentEncoder(repair=repair)
    return b"".join(map(encoder.encode, blocks)) + encoder.finish()


def decoded(blocks: list[bytes]) -> tuple[bytes, bytes, int]:
    """Give content, what came behind its end, and how many look-alikes of the end were seen."""
    decoder = ContentDecoder()
    content = b""
    for number, block in enumerate(blocks, 1):
        content += decoder.decode(block)
        if decoder.ended:
            return content, decoder.take_rest() + b"".join(blocks[number:]), decoder.lookalikes
    raise AssertionError("the end of mail data was not found")


@pytest.mark.parametrize(
    ("content", "wire"),
    [
        (b"", b".\r\n"),
        (b"a", b"a\r\n.\r\n"),
        (b"a\r\n", b"a\r\n.\r\n"),
        (b"a\n", b"a\r\n.\r\n"),
        (b"a\r", b"a\r\n.\r\n"),
        (b".", b"..\r\n.\r\n"),
        (b".\n.\n", b"..\r\n..\r\n.\r\n"),
        (b"..a\r\n", b"...a\r\n.\r\n"),
        (b"a.\r\n", b"a.\r\n.\r\n"),
        (b"\n\n", b"\r\n\r\n.\r\n"),
        (b"\r\r\n\n\r", b"\r\n\r\n\r\n\r\n.\r\n"),
        (b"a\r.b\n", b"a\r\n..b\r\n.\r\n"),
    ],
)
def test_wire_form(content: bytes, wire: bytes) -> None:
    """Line ends become CRLF, dots at a line's start are doubled, nothing else changes, no empty line is added."""
    assert encoded([content]) == wire


@pytest.mark.parametrize(
    ("content", "wire"),
    [
        (b"\n.\n", b"\n.\n\r\n.\r\n"),
        (b"a\r.b", b"a\r.b\r\n.\r\n"),
        (b".\r\n.a", b"..\r\n..a\r\n.\r\n"),
        (b"a\r", b"a\r\r\n.\r\n"),
        (b"a\r\n", b"a\r\n.\r\n"),
    ],
)
def test_exact_wire_form(content: bytes, wire: bytes) -> None:
    """Without repair only CRLF makes a line: bare line ends, and dots behind them, go out as they are."""
    assert encoded([content], repair=False) == wire


def test_counts() -> None:
    """The encoder tells how much it took and how much it changed."""
    encoder = ContentEncoder()
    encoder.encode(b".a\r")
    encoder.encode(b"\n.b\nc\rd\r")
    encoder.finish()
    assert (encoder.octets_in, encoder.stuffed, encoder.repaired) == (11, 2, 3)


@given(CONTENT)
def test_repaired_line_ends(octets: bytes) -> None:
    """Every line end of any habit is CRLF afterwards, and there are as many as before."""
    repaired = repair_line_ends(octets)
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", repaired)
    assert repaired.split(b"\r\n") == re.split(rb"\r\n|\r|\n", octets)


@given(CONTENT, ENDS, st.booleans())
@example(b"a\r\n.b", [2, 3], True)
@example(b"a\r\n.b", [2, 3], False)
def test_the_wire_form_does_not_depend_on_the_cut(octets: bytes, ends: list[int], repair: bool) -> None:
    """However content is cut into blocks, the same octets go out."""
    assert encoded(list(pieces(octets, ends)), repair=repair) == encoded([octets], repair=repair)


@given(CONTENT, ENDS, ENDS)
def test_stuffed_then_unstuffed_with_repair(octets: bytes, ends: list[int], others: list[int]) -> None:
    """Content with CRLF only comes back octet for octet, with the line end that the last line must have."""
    canonical = repair_line_ends(octets)
    wire = encoded(list(pieces(canonical, ends)))
    expected = canonical if canonical.endswith(b"\r\n") or not canonical else canonical + b"\r\n"
    assert decoded(list(pieces(wire, others))) == (expected, b"", 0)


@given(CONTENT, ENDS, ENDS)
def test_stuffed_then_unstuffed_without_repair(octets: bytes, ends: list[int], others: list[int]) -> None:
    """Without repair any octets come back, bare line ends included."""
    wire = encoded(list(pieces(octets, ends)), repair=False)
    content, rest, _ = decoded(list(pieces(wire, others)))
    expected = octets if octets.endswith(b"\r\n") or not octets else octets + b"\r\n"
    assert (content, rest) == (expected, b"")


@given(CONTENT, st.sampled_from([b"", b"QUIT\r\n", b".\r\n", b"\r\n.\r\n"]), ENDS)
def test_the_end_is_found_in_any_cut(octets: bytes, rest: bytes, ends: list[int]) -> None:
    """Only CRLF dot CRLF ends the content; what stands behind it is left alone."""
    wire = encoded([octets]) + rest
    content, behind, lookalikes = decoded(list(pieces(wire, ends)))
    assert (content, behind, lookalikes) == decoded([wire])
    assert behind == rest


@pytest.mark.parametrize("end", [b"\n.\n", b"\r\n.\n", b"\n.\r\n", b"\r.\r\n", b"\r\n.\r", b"\r.\r", b"\n.\r"])
def test_lookalikes_do_not_end_the_content(end: bytes) -> None:
    """A lone dot between other line ends is content, and is counted, however it is cut."""
    wire = b"a" + end + b"b\r\n.\r\n"
    for blocks in ([wire], [wire[at : at + 1] for at in range(len(wire))]):
        content, rest, lookalikes = decoded(blocks)
        assert (content, rest) == (b"a" + end.replace(b"\r\n.", b"\r\n") + b"b\r\n", b"")
        assert lookalikes == 1


def test_the_decoder_holds_back_little() -> None:
    """Content is given on as it comes: at most four octets wait for what follows."""
    decoder = ContentDecoder()
    given_on = len(decoder.decode(b"x" * 100_000 + b"\r\n.\r"))
    assert given_on == 100_000


def findings(blocks: list[bytes], facts: Facts, *, repaired: bool = False) -> list[str]:
    """Give what a judge says of content in these blocks."""
    judge = ContentJudge(facts, repaired=repaired)
    return sorted(finding.rule.rule_id for block in blocks for finding in judge.judge(block))


@given(CONTENT, ENDS)
def test_findings_do_not_depend_on_the_cut(octets: bytes, ends: list[int]) -> None:
    """The same breaches are found however the content is cut."""
    octets += b"\r\n"
    bare = bool(re.search(rb"\r(?!\n)|(?<!\r)\n", octets))
    lone = re.findall(rb"(\r\n|(?<!\r)\n|\r(?!\n))\.(?=(\r\n|\n|\r))", b"\r\n" + octets)
    broken = {
        "content-8bit": b"\xff" in octets,
        "content-bare-line-end": bare,
        "content-lookalike": any(pair != (b"\r\n", b"\r\n") for pair in lone),
        "content-nul": b"\0" in octets,
    }
    assert findings(list(pieces(octets, ends)), Facts()) == [rule_id for rule_id, is_so in broken.items() if is_so]


@given(CONTENT, ENDS)
def test_the_size_is_counted_without_what_is_added(octets: bytes, ends: list[int]) -> None:
    """Neither added dots nor the end of mail data are counted, however the wire form is cut (RFC 1870 4)."""
    wire = encoded([octets])
    size = len(wire) - len(b".\r\n") - wire.count(b"\r\n.") - wire.startswith(b".") + 1
    for declared, over in ((size, []), (size - 1, ["content-over-declared"])):
        judge = ContentJudge(Facts(asked=(f"SIZE={declared}", "BODY=BINARYMIME")), repaired=True)
        blocks = list(pieces(wire, ends))
        found = [judge.judge(block, ended=number == len(blocks)) for number, block in enumerate(blocks, 1)]
        assert [finding.rule.rule_id for new in found for finding in new] == over * (declared >= 0)


# Line lengths around the limit, CRLF included, some of them with a doubled dot that is not counted.
LINES = st.lists(
    st.tuples(st.sampled_from([b"", b".."]), st.sampled_from([1, TEXT_LINE - 3, TEXT_LINE - 2, TEXT_LINE - 1])),
    max_size=4,
)


@given(LINES, st.lists(st.integers(0, 4200), max_size=6))
@example([(b"..", TEXT_LINE - 3)], [])
@example([(b"", 1), (b"..", TEXT_LINE - 3)], [4])
@example([(b"", 1), (b"..", TEXT_LINE - 3)], [1])
def test_long_lines_are_found_in_any_cut(lines: list[tuple[bytes, int]], ends: list[int]) -> None:
    """A line of more than 1000 octets is found, a doubled dot not counted (RFC 5321 4.5.3.1.6)."""
    octets = b"".join(dots + b"x" * size + b"\r\n" for dots, size in lines)
    too_long = any(len(dots[1:]) + size + 2 > TEXT_LINE for dots, size in lines)
    assert findings(list(pieces(octets, ends)), Facts()) == ["content-line-too-long"] * too_long


def test_each_breach_is_reported_once() -> None:
    """A message with many bare line ends has one finding."""
    assert findings([b"a\n", b"b\n", b"c\n"], Facts()) == ["content-bare-line-end"]


def test_8bit_is_allowed_where_it_was_announced() -> None:
    """With BODY= on MAIL octets beyond ASCII are no breach."""
    announced = Facts(asked=("BODY=8BITMIME",))
    assert findings([b"\xff\r\n"], announced) == []
