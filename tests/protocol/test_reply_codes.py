"""Reply codes: the standards' lists are complete, and what no list has is read by its digits."""

from __future__ import annotations

import pytest

from smtpshell.protocol.reply_codes import REPLY_CODES, explain_code

LISTS = {
    "RFC 5321 4.2.3": "211 214 220 221 250 251 252 354 421 450 451 452 455 "
    "500 501 502 503 504 550 551 552 553 554 555",
    "RFC 4954": "235 334 432 454 500 501 530 534 535 538",
    "RFC 1985": "250 251 252 253 458 459",
    "RFC 7504": "521 556",
    "registry of RFC 5248": "523 524 525",
    "RFC 1845, 2645, draft-hall-prdr": "355 453 353",
    "our own": "600 621 700",
}


@pytest.mark.parametrize("source", LISTS)
def test_every_listed_code_is_explained(source: str) -> None:
    """No code that a standard lists is missing from the table."""
    assert [code for code in map(int, LISTS[source].split()) if code not in REPLY_CODES] == []


@pytest.mark.parametrize("code", [code for code in REPLY_CODES if code >= 400])
def test_every_refusal_has_a_cause_and_a_remedy(code: int) -> None:
    """Whoever is refused learns what usually causes it and what to try."""
    row = REPLY_CODES[code]
    assert row.cause
    assert row.remedy


def test_listed_code_is_explained_by_its_row() -> None:
    """A listed code's explanation is its row in the table."""
    assert explain_code(550) is REPLY_CODES[550]


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (299, "not listed anywhere; by its digits: done, of a kind that is not specified"),
        (259, "not listed anywhere; by its digits: done, about the mail system"),
        (310, "not listed anywhere; by its digits: going well, the server waits for more, information"),
        (420, "by its digits: refused for now, a later try may succeed, about the connection"),
        (541, "by its digits: refused, do not repeat it as it was, of a kind that is not specified"),
        (509, "by its digits: refused, do not repeat it as it was, about syntax"),
        (999, "by its digits: no code of SMTP, of a kind that is not specified"),
    ],
)
def test_unlisted_code_is_read_by_its_digits(code: int, says: str) -> None:
    """An unlisted code means what its first digit means, the second adds what it is about (RFC 5321 4.2.1)."""
    explained = explain_code(code)
    assert explained.code == code
    assert explained.meaning.endswith(says)
    assert explained.source == "RFC 5321 4.2.1"
