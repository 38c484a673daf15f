"""Enhanced status codes: found at the head of a text only, and explained down to the subject."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpshell.protocol.enhanced_status_codes import CLASSES, DETAILS, SUBJECTS, EnhancedStatusCode


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("5.1.1 no such user", EnhancedStatusCode(5, 1, 1)),
        ("2.0.0", EnhancedStatusCode(2, 0, 0)),
        ("4.7.28\tslow down", EnhancedStatusCode(4, 7, 28)),
        ("5.999.999 local", EnhancedStatusCode(5, 999, 999)),
        ("5.01.001 leading zeros", EnhancedStatusCode(5, 1, 1)),
        ("3.1.1 no such class", None),
        ("5.1 too short", None),
        ("5.1.1.1 too long", None),
        ("5.1.1000 too large", None),
        ("5.1.1: stuck to a colon", None),
        (" 5.1.1 behind a blank", None),
        ("user 5.1.1 in the middle", None),
        ("٥.1.1 another script's digit", None),
        ("", None),
    ],
)
def test_code_is_read_where_it_opens_a_text(text: str, code: EnhancedStatusCode | None) -> None:
    """The code stands first in the text and alone, as RFC 2034 4 says, or there is none."""
    assert EnhancedStatusCode.parse(text) == code


@given(
    st.builds(EnhancedStatusCode, st.sampled_from(sorted(CLASSES)), st.integers(0, 999), st.integers(0, 999)),
)
def test_what_is_written_is_read_back(code: EnhancedStatusCode) -> None:
    """Every code survives being written and read."""
    assert EnhancedStatusCode.parse(str(code)) == code
    assert EnhancedStatusCode.parse(f"{code} text") == code


@pytest.mark.parametrize(
    ("text", "meaning", "source"),
    [
        ("5.1.1", "no such mailbox there", "RFC 3463 3.2"),
        ("5.7.8", "the credentials are wrong", "RFC 4954 6"),
        ("4.2.77", "unregistered, about: mailbox", "RFC 3463 3"),
        ("5.9.1", "unregistered, about: an unknown subject", "RFC 3463 3"),
    ],
)
def test_unregistered_detail_is_read_by_its_subject(text: str, meaning: str, source: str) -> None:
    """A code nobody registered still says what it is about."""
    code = EnhancedStatusCode.parse(text)
    assert code is not None
    assert (code.meaning, code.source) == (meaning, source)


@pytest.mark.parametrize(("subject", "last"), [(0, 0), (1, 10), (2, 4), (3, 6), (4, 7), (5, 6), (6, 10), (7, 30)])
def test_every_subject_is_listed_without_a_gap(subject: int, last: int) -> None:
    """The registry numbers the details of a subject from 0 on, and the table has them all."""
    assert subject in SUBJECTS
    assert [detail for of, detail in DETAILS if of == subject] == list(range(last + 1))
