"""What every test may use without importing it: the real servers."""

from __future__ import annotations

pytest_plugins = ["tests.servers.aiosmtpd_server", "tests.servers.real_servers"]
