"""The server's ear: what a client's octets mean, in any cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpshell.errors import RemoteProtocolError
from smtpshell.protocol.command_reader import ChunkHeard, CommandHeard, CommandReader, ContentHeard, Heard, Mode
from smtpshell.protocol.commands import AuthResponse, Bdat, Data, Mail, Noop, Quit, Raw
from smtpshell.protocol.limits import UNBOUNDED
from tests.playbook import CUTS, Cut, pieces


def all_heard(reader: CommandReader) -> list[Heard]:
    """Take all that is ready."""
    return list(iter(reader.next_heard, None))


def joined(heard: list[Heard]) -> list[Heard]:
    """Join the blocks that only a cut keeps apart."""
    result: list[Heard] = []
    for one in heard:
        before = result[-1] if result else None
        if isinstance(one, ChunkHeard) and isinstance(before, ChunkHeard) and not before.ended:
            result[-1] = ChunkHeard(before.octets + one.octets, one.last, one.ended)
        elif isinstance(one, ContentHeard) and isinstance(before, ContentHeard) and not before.ended:
            result[-1] = ContentHeard(
                before.octets + one.octets, before.wire + one.wire, one.ended, one.lookalikes
            )
        else:
            result.append(one)
    return result


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_a_conversation(cut: Cut) -> None:
    """Commands, content, chunks and answers are told apart, each with its octets."""
    reader = CommandReader()

    def hear(octets: bytes) -> list[Heard]:
        heard: list[Heard] = []
        for piece in cut(octets):
            reader.receive_data(piece)
            heard += all_heard(reader)
        return joined(heard)

    assert hear(b"noop\nMAIL FROM:<>\r\nDATA\r\n") == [
        CommandHeard(b"noop\n", Noop()),
        CommandHeard(b"MAIL FROM:<>\r\n", Mail("")),
        CommandHeard(b"DATA\r\n", Data()),
    ]
    reader.expect_content()
    assert hear(b"..a\r\n.b\n.\n\r\n.\r\nQUIT\r\n") == [
        ContentHeard(b".a\r\nb\n.\n\r\n", b"..a\r\n.b\n.\n\r\n.\r\n", True, 1),
        CommandHeard(b"QUIT\r\n", Quit()),
    ]
    assert hear(b"BDAT 4\r\n.\r\nxBDAT 0 LAST\r\nNOOP\r\n") == [
        CommandHeard(b"BDAT 4\r\n", Bdat(4)),
        ChunkHeard(b".\r\nx", False, True),
        CommandHeard(b"BDAT 0 LAST\r\n", Bdat(0, last=True)),
        ChunkHeard(b"", True, True),
        CommandHeard(b"NOOP\r\n", Noop()),
    ]
    reader.expect_auth_response()
    assert hear(b"QUIT\r\nQUIT\r\n") == [
        CommandHeard(b"QUIT\r\n", AuthResponse("QUIT")),
        CommandHeard(b"QUIT\r\n", Quit()),
    ]
    assert hear(b"what?\r\n") == [CommandHeard(b"what?\r\n", Raw(b"what?\r\n"))]


def test_empty_content() -> None:
    """A lone dot right away is content of no octets."""
    reader = CommandReader()
    reader.expect_content()
    reader.receive_data(b".\r\n")
    assert all_heard(reader) == [ContentHeard(b"", b".\r\n", True, 0)]
    assert reader.mode is Mode.COMMAND


def test_taking_all() -> None:
    """At a boundary the octets that were not read yet can be taken out."""
    reader = CommandReader()
    reader.receive_data(b"NOOP\r\nQUI")
    assert reader.take_all() == b"NOOP\r\nQUI"
    assert reader.next_heard() is None
    reader.receive_data(b"NOOP\r\n")
    assert all_heard(reader) == [CommandHeard(b"NOOP\r\n", Noop())]


def test_a_line_without_end() -> None:
    """A client that never ends its line is refused."""
    reader = CommandReader()
    reader.receive_data(b"x" * (UNBOUNDED + 1))
    with pytest.raises(RemoteProtocolError, match="no line end within") as caught:
        reader.next_heard()
    assert caught.value.octets == b"x" * 64


SPEECH = st.lists(
    st.sampled_from([b"NOOP\r\n", b"BDAT 3\r\n", b"BDAT 2 LAST\r\n", b"abc", b".\r\n", b"\n", b"\r", b"DATA\r\n"]),
    max_size=10,
).map(b"".join)


@given(SPEECH, st.booleans(), st.lists(st.integers(0, 80), max_size=8))
def test_what_is_heard_does_not_depend_on_the_cut(octets: bytes, content: bool, ends: list[int]) -> None:
    """In any cut the same is heard, and no octet is lost."""
    results = []
    for cut in ([octets], list(pieces(octets, ends))):
        reader = CommandReader()
        if content:
            reader.expect_content()
        heard: list[Heard] = []
        for piece in cut:
            reader.receive_data(piece)
            heard += all_heard(reader)
        wire = b"".join(one.wire if isinstance(one, ContentHeard) else one.octets for one in heard)
        assert wire + reader.take_all() == octets
        results.append(joined(heard))
    assert results[0] == results[1]
