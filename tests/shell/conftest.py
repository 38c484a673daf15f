"""A shell for each test, connected to a practice server of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from smtpshell.shell.interpreter import Interpreter
from tests.shell.support import Shell


@pytest.fixture
def shell() -> Iterator[Shell]:
    """Give a shell that has greeted the practice server by EHLO."""
    shell = Shell()
    shell.open(None)
    shell.wait()
    shell.say("EHLO client.example.test")
    shell.printed.clear()
    yield shell
    shell.close()


@pytest.fixture(autouse=True)
def _no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take credentials out of the environment."""
    for name in ("USER", "PASSWORD", "TOKEN"):
        monkeypatch.delenv(f"SMTPSHELL_{name}", raising=False)


@pytest.fixture(autouse=True)
def _no_progress(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep the progress of lessons where no other test, and nobody else, has any."""
    monkeypatch.setenv("SMTPSHELL_DATA", str(tmp_path_factory.mktemp("data")))
    monkeypatch.delenv("SMTPSHELL_LESSONS", raising=False)


@pytest.fixture
def offline() -> Iterator[Interpreter]:
    """Give a shell without a connection."""
    shell = Shell()
    yield shell
    shell.close()
