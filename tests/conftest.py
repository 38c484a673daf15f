"""What every test may use without importing it: the real servers; and how hypothesis searches."""

from __future__ import annotations

from hypothesis import settings

# The same examples in every run, and no example judged by the clock: a machine may be busy.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")

pytest_plugins = ["tests.servers.aiosmtpd_server", "tests.servers.real_servers"]
