"""The receive buffer: octets cut anywhere become whole lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpshell.errors import RemoteProtocolError
from smtpshell.protocol.limits import UNBOUNDED
from smtpshell.protocol.receive_buffer import ReceiveBuffer
from tests.playbook import pieces

STREAM = st.lists(st.sampled_from([b"\r\n", b"\n", b"\r", b"250 ok", b"x"]), max_size=20).map(b"".join)


@given(STREAM, st.lists(st.integers(0, 60), max_size=8))
def test_lines_do_not_depend_on_the_cut(octets: bytes, ends: list[int]) -> None:
    """Each line ends at LF, and all octets come out, whatever the cut."""
    buffer = ReceiveBuffer()
    lines: list[bytes] = []
    for piece in pieces(octets, ends):
        buffer.feed(piece)
        lines += iter(buffer.next_line, None)
    *whole, rest = octets.split(b"\n")
    assert lines == [line + b"\n" for line in whole]
    assert (len(buffer), buffer.take_all(), len(buffer)) == (len(rest), rest, 0)


def test_taking_all() -> None:
    """Whole lines and the partial one come out together, once."""
    buffer = ReceiveBuffer()
    buffer.feed(b"250 a\r\n250 b\r\n25")
    assert buffer.next_line() == b"250 a\r\n"
    assert len(buffer) == 9
    assert buffer.take_all() == b"250 b\r\n25"
    assert buffer.next_line() is None
    buffer.feed(b"0 c\r\n")
    assert buffer.next_line() == b"0 c\r\n"


@pytest.mark.parametrize("octets", [b"x" * (UNBOUNDED + 1), b"x" * UNBOUNDED + b"\n"])
def test_a_line_past_all_bounds(octets: bytes) -> None:
    """A line longer than UNBOUNDED is refused, complete or not; one just as long is not."""
    buffer = ReceiveBuffer()
    buffer.feed(octets[1:])
    buffer.next_line()
    buffer = ReceiveBuffer()
    buffer.feed(octets)
    with pytest.raises(RemoteProtocolError, match="check the port"):
        buffer.next_line()
