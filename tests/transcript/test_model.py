"""Entries that cannot be written cannot be made."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from smtpshell.transcript.model import EventLine, Header, Line, Malformed, Prose

UNWRITABLE: list[tuple[Callable[[], object], str]] = [
    (lambda: Line("X", ":", "hello"), "C or S"),
    (lambda: Line("C", "..."), "C or S"),
    (lambda: Line("S", ":", "250 ok", "soon"), "seconds"),
    (lambda: Line("S", "...", "more"), "nothing more"),
    (lambda: Line("C", ":", "NOOP", tight=True), "nothing more"),
    (lambda: Line("C", ":", "two\r\nlines"), "without control characters"),
    (lambda: Line("C", ":", "\udcff"), "valid UTF-8"),
    (lambda: EventLine("vanished"), "one of the events"),
    (lambda: EventLine("tls", "a\nb"), "without control characters"),
    (lambda: Prose("no hash"), "a hash"),
    (lambda: Prose("# two\n# lines"), "one line"),
    (lambda: Header((("a b", "c"),)), "a field's name"),
    (lambda: Header((("title", "two\nlines"),)), "without control characters"),
]


@pytest.mark.parametrize(("make", "expected"), UNWRITABLE, ids=range(len(UNWRITABLE)))
def test_what_cannot_be_written_is_refused(make: Callable[[], object], expected: str) -> None:
    """Construction says what was expected, before anything reaches a file."""
    with pytest.raises(Malformed, match=f"^expected .*{expected}"):
        make()


def test_a_line_tells_its_time() -> None:
    """Seconds are a number where they are known, None where not; they are written as they were read."""
    assert Line("S", ":", "250 ok", "17.50").seconds == 17.5
    assert Line("S", ":", "250 ok").seconds is None
    assert str(Line("S", ":", "250 ok", "17.50")) == "[17.50] S: 250 ok"


def test_a_header_gives_its_fields() -> None:
    """The first field of a name counts; lists are separated by commas or blanks."""
    header = Header((("tags", "tls, auth  lmtp"), ("tags", "other")))
    assert header.words("tags") == ("tls", "auth", "lmtp")
    assert header.get("title", "none") == "none"
