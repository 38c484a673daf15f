"""The receive buffer: octets cut anywhere become whole replies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpshell.errors import RemoteProtocolError
from smtpshell.protocol.limits import UNBOUNDED
from smtpshell.protocol.receive_buffer import ReceiveBuffer
from smtpshell.protocol.replies import Reply
from tests.playbook import pieces

STREAM = st.lists(st.sampled_from([b"\r\n", b"\n", b"\r", b"250 ok", b"x"]), max_size=20).map(b"".join)


@given(STREAM, st.lists(st.integers(0, 60), max_size=8))
def test_replies_do_not_depend_on_the_cut(octets: bytes, ends: list[int]) -> None:
    """The same replies come in any cut, and all octets are in them or still in the buffer."""
    whole, cut = ReceiveBuffer(), ReceiveBuffer()
    whole.feed(octets)
    expected = list(whole.replies())
    replies: list[Reply] = []
    for piece in pieces(octets, ends):
        cut.feed(piece)
        replies += cut.replies()
    assert replies == expected
    rest = cut.end()
    assert rest == whole.end()
    assert b"".join(reply.raw for reply in replies) + (rest.raw if rest else b"") == octets


@pytest.mark.parametrize(
    ("octets", "replies"),
    [
        (b"250 a\r\n", [Reply(250, (b"250 a\r\n",))]),
        (b"250-a\r\n250 b\r\n", [Reply(250, (b"250-a\r\n", b"250 b\r\n"))]),
        (b"250-a\r\n451 b\n", [Reply(451, (b"250-a\r\n", b"451 b\n"))]),
        (b"250-a\r\nwhat\r\n250 b\r\n", [Reply(250, (b"250-a\r\n", b"what\r\n", b"250 b\r\n"))]),
        (b"what\r\nnow-\r\n", [Reply(600, (b"what\r\n",)), Reply(600, (b"now-\r\n",))]),
        (b"\n\n", [Reply(600, (b"\n",)), Reply(600, (b"\n",))]),
        (b"250-a\r\n25", []),
    ],
)
def test_where_a_reply_ends(octets: bytes, replies: list[Reply]) -> None:
    """The last line has no hyphen; what cannot be read is a reply of its own, or part of one."""
    buffer = ReceiveBuffer()
    buffer.feed(octets)
    assert list(buffer.replies()) == replies


def test_taking_all() -> None:
    """Whole lines and the partial one come out together, once."""
    buffer = ReceiveBuffer()
    buffer.feed(b"250 a\r\n250 b\r\n25")
    assert next(buffer.replies()).text == "a"
    assert len(buffer) == 9
    assert buffer.take_all() == b"250 b\r\n25"
    assert (len(buffer), buffer.end()) == (0, None)
    buffer.feed(b"250 c\r\n")
    assert [reply.text for reply in buffer.replies()] == ["c"]


@pytest.mark.parametrize("octets", [b"x" * (UNBOUNDED + 1), b"x" * UNBOUNDED + b"\n"])
def test_a_line_past_all_bounds(octets: bytes) -> None:
    """A line longer than UNBOUNDED is refused, complete or not; one just as long is not."""
    buffer = ReceiveBuffer()
    buffer.feed(octets[1:])
    assert len(list(buffer.replies())) == octets.count(b"\n")
    buffer = ReceiveBuffer()
    buffer.feed(octets)
    with pytest.raises(RemoteProtocolError, match="check the port"):
        list(buffer.replies())
