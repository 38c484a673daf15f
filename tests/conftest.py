"""What every test may use without importing it: the real servers; how hypothesis searches; no configuration."""

from __future__ import annotations

import os

from hypothesis import settings

# Nobody's own configuration takes part; the programs that tests start inherit this.
os.environ["SMTPSHELL_CONFIG"] = os.devnull

# The same examples in every run, and no example judged by the clock: a machine may be busy.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")

pytest_plugins = ["tests.servers.aiosmtpd_server", "tests.servers.real_servers"]
