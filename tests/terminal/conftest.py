"""Fixtures of the terminal's tests: the practice server in this process, whose mailboxes can be looked into."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from smtpshell.practice import PracticeServer


@pytest.fixture
def practice() -> Iterator[PracticeServer]:
    """Start a practice server of the test's own."""
    with PracticeServer() as server:
        yield server
