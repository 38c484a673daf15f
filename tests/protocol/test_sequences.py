"""Which replies may follow which command, row by row against the standards' own lists."""

from __future__ import annotations

import pytest

from smtpshell.protocol.sequences import ANY_COMMAND, SEQUENCES, is_listed

# RFC 5321 4.3.2, RFC 7504 5.1 and the extensions: verb -> intermediate, success, error
ROWS = {
    "CONNECT": ("", "220", "554 521"),
    "EHLO": ("", "250", "504 550 502"),
    "HELO": ("", "250", "504 550 502"),
    "LHLO": ("", "250", "504 550 502"),
    "MAIL": ("", "250", "552 451 452 550 553 503 455 555"),
    "RCPT": ("", "250 251", "550 551 552 553 450 451 452 503 455 555 556"),
    "DATA": ("354", "", "503 554"),
    "CONTENT": ("", "250", "552 554 451 452 450 550"),
    "RSET": ("", "250", ""),
    "VRFY": ("", "250 251 252", "550 551 553 502 504"),
    "EXPN": ("", "250 252", "550 500 502 504"),
    "HELP": ("", "211 214", "502 504"),
    "NOOP": ("", "250", ""),
    "QUIT": ("", "221", ""),
    "STARTTLS": ("", "220", "501 454"),
    "AUTH": ("334", "235", "432 454 500 501 503 504 534 535 538"),
    "AUTH-RESPONSE": ("334", "235", "432 454 500 501 534 535 538"),
    "BDAT": ("", "250", "503"),
    "ETRN": ("", "250 251 252 253", "458 459 500 501"),
    "ATRN": ("", "250", "450 451 453 502 530"),
    "SEND": ("", "250", "552 451 452 502"),
    "SOML": ("", "250", "552 451 452 502"),
    "SAML": ("", "250", "552 451 452 502"),
    "TURN": ("", "250", "502 503"),
    "BURL": ("", "250", "554 503 552 451"),
    "XCLIENT": ("", "220 250", "421 501 503 550"),
    "XFORWARD": ("", "250", "421 501 503 550"),
}


def test_every_row_is_in_the_list_above() -> None:
    """No row goes unchecked."""
    assert set(ROWS) == set(SEQUENCES)


@pytest.mark.parametrize("verb", ROWS)
def test_every_code_the_standard_lists_is_listed(verb: str) -> None:
    """No code that a standard allows after a verb is called unlisted, and each stands where it belongs."""
    intermediate, success, error = (tuple(map(int, codes.split())) for codes in ROWS[verb])
    row = SEQUENCES[verb]
    assert row.intermediate[: len(intermediate)] == intermediate
    assert row.success == success
    assert [code for code in error if not is_listed(verb, code)] == []


@pytest.mark.parametrize("verb", SEQUENCES)
def test_first_digits_fit_their_column(verb: str) -> None:
    """Success is 2yz, intermediate 3yz, error 4yz or 5yz, and no code stands twice."""
    row = SEQUENCES[verb]
    assert {code // 100 for code in row.success} <= {2}
    assert {code // 100 for code in row.intermediate} <= {3}
    assert {code // 100 for code in row.error} <= {4, 5}
    assert len(set(row.codes)) == len(row.codes)


@pytest.mark.parametrize("verb", [verb for verb in SEQUENCES if verb != "CONNECT"])
@pytest.mark.parametrize("code", ANY_COMMAND)
def test_any_command_may_get_these(verb: str, code: int) -> None:
    """RFC 5321 4.3.2: 421, 500 and 501 may follow every command."""
    assert is_listed(verb, code)


@pytest.mark.parametrize(
    ("verb", "code", "listed"),
    [
        ("CONNECT", 421, True),
        ("CONNECT", 500, False),
        ("CONNECT", 250, False),
        ("CONNECT", 530, False),
        ("MAIL", 530, True),
        ("RCPT", 523, True),
        ("NOOP", 530, False),
        ("QUIT", 530, False),
        ("EHLO", 530, False),
        ("QUIT", 250, False),
        ("NOOP", 220, False),
        ("MAIL", 251, False),
        ("MAIL", 354, False),
        ("DATA", 250, False),
        ("DATA", 354, True),
        ("CONTENT", 354, False),
        ("CONTENT", 353, True),
        ("RCPT", 541, False),
        ("XUNHEARDOF", 299, True),
    ],
)
def test_what_is_listed(verb: str, code: int, listed: bool) -> None:
    """Unlisted is what no standard allows there; a verb that no table knows may get anything."""
    assert is_listed(verb, code) is listed
