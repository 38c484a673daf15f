"""What every test has without importing it: the real servers; how hypothesis searches; nothing of the user's."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# pytest compiles our modules itself, and Python 3.11 cannot do that in two threads at a time: what a client's
# thread and a server's would both import with the first handshake is there before.
import smtpshell.session.tls
import smtpshell.session.tls_server  # noqa: F401

# Nobody's own configuration takes part; the programs that tests start inherit this.
os.environ["SMTPSHELL_CONFIG"] = os.devnull

# The same examples in every run, and no example judged by the clock: a machine may be busy.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


@pytest.fixture(scope="session", autouse=True)
def _no_progress_in_lessons(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep the progress of lessons away from the user's own; the programs that tests start inherit this."""
    os.environ["SMTPSHELL_DATA"] = str(tmp_path_factory.mktemp("data"))
    os.environ.pop("SMTPSHELL_LESSONS", None)


pytest_plugins = ["tests.servers.aiosmtpd_server", "tests.servers.real_servers"]
