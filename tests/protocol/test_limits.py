"""The sizes of RFC 5321 4.5.3.1, and what extensions add to a line."""

from __future__ import annotations

import pytest

from smtpshell.protocol import limits


@pytest.mark.parametrize(
    ("name", "maximum", "exceeded"),
    [
        ("local-part", 64, 501),
        ("domain", 255, 501),
        ("path", 256, 501),
        ("command line", 512, 500),
        ("reply line", 512, 0),
        ("text line", 1000, 500),
        ("message", 65536, 552),
        ("recipients", 100, 452),
        ("AUTH line", 12288, 500),
    ],
)
def test_each_limit_is_the_rfcs(name: str, maximum: int, exceeded: int) -> None:
    """Every row has the number of RFC 5321 4.5.3.1 (or RFC 4954 4) and the code that answers its breach."""
    (row,) = (row for row in limits.LIMITS if row.name == name)
    assert (row.maximum, row.exceeded) == (maximum, exceeded)


def test_every_limit_is_in_the_test_above() -> None:
    """The table has no tenth row that nobody checks."""
    assert len(limits.LIMITS) == 9


@pytest.mark.parametrize(
    ("verb", "offered", "octets"),
    [
        ("MAIL", "", 512),
        ("MAIL", "SIZE", 512 + 26),
        ("MAIL", "SIZE 8BITMIME SMTPUTF8", 512 + 26 + 17 + 10),
        ("MAIL", "DSN", 512 + 107),
        ("RCPT", "SIZE DSN", 512 + 500),
        ("VRFY", "SMTPUTF8", 512),
        ("MAIL", "REQUIRETLS", 512 + len(" REQUIRETLS")),
        ("NOOP", "SIZE DSN SMTPUTF8", 512),
        ("AUTH", "AUTH", 12288),
        ("AUTH-RESPONSE", "AUTH", 12288),
        ("MAIL", "AUTH", 512 + 500),
        ("MAIL", "PIPELINING XUNHEARDOF", 512),
    ],
)
def test_extensions_lengthen_the_lines_of_their_verbs(verb: str, offered: str, octets: int) -> None:
    """A line may be longer by what each offered extension adds to its verb, and by nothing else."""
    assert limits.command_line_limit(verb, offered.split()) == octets


def test_cut_off_is_past_every_limit() -> None:
    """A line within any limit, all extensions offered, is never cut off."""
    everything = {row.extension for row in limits.INCREMENTS}
    assert limits.command_line_limit("MAIL", everything) < limits.UNBOUNDED
    assert max(row.maximum for row in limits.LIMITS) < limits.UNBOUNDED
