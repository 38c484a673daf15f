"""What every test may use without importing it: the real servers, and the mark of the tests that do."""

from __future__ import annotations

import pytest

from tests.servers.real_servers import INSTALLED

pytest_plugins = ["tests.servers.aiosmtpd_server", "tests.servers.real_servers"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what talks to a real server, so that `-m "not servers"` is the fast run."""
    for item in items:
        if {*INSTALLED, "real_server"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("servers")
