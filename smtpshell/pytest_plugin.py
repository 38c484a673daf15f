"""What smtpshell gives to pytest: fixtures.

Every pytest run on a machine with smtpshell installed imports this module, so
at its top it imports pytest and nothing else; each fixture imports what it
needs. It collects nothing of its own accord.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smtpshell.practice import PracticeServer


@pytest.fixture
def smtp_practice() -> Iterator[PracticeServer]:
    """Run a practice server on a free loopback port for the length of one test."""
    from smtpshell.practice import PracticeServer

    with PracticeServer() as server:
        yield server
