"""Replies: what their octets say, and that none of them is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpshell.protocol.enhanced_status_codes import EnhancedStatusCode
from smtpshell.protocol.replies import END_INSIDE_REPLY, UNPARSABLE, Reply, ReplyClass, ReplyLine


@pytest.mark.parametrize(
    ("raw", "code", "continues", "text"),
    [
        (b"250 ok\r\n", 250, False, "ok"),
        (b"250-more\r\n", 250, True, "more"),
        (b"250\r\n", 250, False, ""),
        (b"250-\r\n", 250, True, ""),
        (b"250 \r\n", 250, False, ""),
        (b"250", 250, False, ""),
        (b"250\tok\n", 250, False, "ok"),
        (b"999 what\r\n", 999, False, "what"),
        (b"250ok\r\n", UNPARSABLE, False, "250ok"),
        (b"2500-x\r\n", UNPARSABLE, False, "2500-x"),
        (b"050 x\r\n", UNPARSABLE, False, "050 x"),
        (b"600-x\r\n", UNPARSABLE, False, "600-x"),
        (b"621 x\r\n", UNPARSABLE, False, "621 x"),
        (b"\r\n", UNPARSABLE, False, ""),
        (b"", UNPARSABLE, False, ""),
        ("250 grüße\r\n".encode(), 250, False, "grüße"),
        (b"250 \xff\r\n", 250, False, "\udcff"),
        (b"\xb2\xb5\xb0 x\r\n", UNPARSABLE, False, "\udcb2\udcb5\udcb0 x"),
    ],
)
def test_parts_of_a_line(raw: bytes, code: int, continues: bool, text: str) -> None:
    """A line gives its code, whether more follow, and its text."""
    line = ReplyLine(raw)
    assert (line.code, line.continues, line.text) == (code, continues, text)


@given(st.binary(max_size=20))
def test_text_keeps_every_octet(octets: bytes) -> None:
    """Text made octets again is what stood behind the code, in any encoding."""
    line = ReplyLine(b"250 " + octets + b"\r\n")
    assert line.text.encode("utf-8", "surrogateescape") == octets


def test_parts_of_a_reply() -> None:
    """The last line gives the code; texts, classes and enhanced codes are derived."""
    reply = Reply.from_lines(b"250-2.1.0 one\r\n", b"250 2.1.5 two\r\n")
    assert reply.code == 250
    assert reply.raw == b"250-2.1.0 one\r\n250 2.1.5 two\r\n"
    assert reply.texts == ["2.1.0 one", "2.1.5 two"]
    assert reply.text == "2.1.0 one\n2.1.5 two"
    assert reply.enhanced_status_code == EnhancedStatusCode(2, 1, 5)
    assert [line.enhanced_status_code for line in reply.lines] == [
        EnhancedStatusCode(2, 1, 0),
        EnhancedStatusCode(2, 1, 5),
    ]
    assert str(reply) == "250 2.1.5 two"
    assert reply.is_positive


def test_a_reply_without_lines() -> None:
    """A stream that ends where a reply should begin has none."""
    reply = Reply(END_INSIDE_REPLY, ())
    assert (str(reply), reply.text, reply.enhanced_status_code, reply.is_positive) == ("621", "", None, False)


@pytest.mark.parametrize(
    ("code", "class_", "positive"),
    [
        (150, ReplyClass.PRELIMINARY, True),
        (250, ReplyClass.SUCCESS, True),
        (354, ReplyClass.INTERMEDIATE, True),
        (450, ReplyClass.TRANSIENT, False),
        (550, ReplyClass.PERMANENT, False),
        (UNPARSABLE, ReplyClass.UNREADABLE, False),
        (END_INSIDE_REPLY, ReplyClass.UNREADABLE, False),
        (999, ReplyClass.UNREADABLE, False),
    ],
)
def test_classes(code: int, class_: ReplyClass, positive: bool) -> None:
    """The first digit decides."""
    reply = Reply(code, (b"",))
    assert (reply.reply_class, reply.is_positive) == (class_, positive)
