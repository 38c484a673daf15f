"""Time limits: the standard's minima, phase by phase."""

from __future__ import annotations

import pytest

from smtpshell.protocol.states import MOVES
from smtpshell.session.timeouts import CONNECT, PHASES, SENDING, TLS, Timeouts


@pytest.mark.parametrize(
    ("phase", "minutes"),
    [("CONNECT", 5), ("MAIL", 5), ("RCPT", 5), ("DATA", 2), (SENDING, 3), ("CONTENT", 10), ("BDAT LAST", 10)],
)
def test_minima_of_the_standard(phase: str, minutes: int) -> None:
    """RFC 5321 4.5.3.2 gives these, in minutes."""
    assert Timeouts().seconds(phase) == minutes * 60


def test_every_verb_has_a_limit() -> None:
    """No phase waits for ever, the standard's nor one of ours."""
    for phase in [CONNECT, TLS, *(verb for row in MOVES.values() for verb, _ in row), "XYZZY", ""]:
        assert 0 < Timeouts().seconds(phase) <= 600


def test_one_limit_for_all() -> None:
    """What the user gives replaces every row."""
    assert {Timeouts(1.5).seconds(phase) for phase in (*PHASES, "NOOP")} == {1.5}
