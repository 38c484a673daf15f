"""Fixtures that start Postfix, Exim and Dovecot once a session, and stop them at its end.

The scripts beside this file know how each is set up; here is only when it is
started, what it said about itself, and what happens on a machine without it: the
test is skipped with the reason, or fails where SMTPSHELL_REQUIRE_SERVERS=1.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRIPTS = Path(__file__).parent
PREFIX = Path(os.environ.get("SMTP_SERVERS_PREFIX", "/opt/smtp-servers"))

# What is there once install.sh has done its work.
INSTALLED = {
    "postfix": PREFIX / "postfix" / ".done",
    "exim": PREFIX / "exim" / ".done",
    "dovecot": Path("/usr/sbin/dovecot"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RealServer:
    """A running server, as its script describes it. A port it does not have is 0."""

    name: str
    ca_file: Path
    user: str
    password: str
    valid_recipient: str
    mailbox_dir: Path  # valid_recipient's maildir, its new/; made by the server with the first message
    log_file: Path
    smtp_port: int = 0
    proxied_port: int = 0  # wants a PROXY header before all else
    smtps_port: int = 0
    submission_port: int = 0
    lmtp_port: int = 0
    lmtp_socket: Path | None = None
    relay_dir: Path | None = None  # where what was submitted ends up, one file a message
    oauth_token: str = ""

    host = "127.0.0.1"

    @classmethod
    def from_lines(cls, name: str, text: str) -> RealServer:
        """Make one of the name=value lines a start script prints."""
        said = dict(line.split("=", 1) for line in text.splitlines())
        ports = {key: int(value) for key, value in said.items() if key.endswith("_port")}
        paths = {key: Path(value) for key, value in said.items() if key.endswith(("_dir", "_file", "_socket"))}
        return cls(name=name, **{**said, **ports, **paths})  # type: ignore[arg-type]  # checked by the tests


def wait_for_message(folder: Path, containing: bytes, *, seconds: float = 20.0) -> bytes:
    """Wait until a file in folder contains these octets; return the whole file's.

    The folder need not exist yet, and may hold what other tests sent. Fails the
    test when seconds have passed.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for file in folder.iterdir() if folder.is_dir() else ():
            if containing in (octets := file.read_bytes()):
                return octets
        time.sleep(0.02)
    pytest.fail(f"{folder} holds no message containing {containing!r} after {seconds} s")


def missing(name: str) -> str:
    """Say in one sentence why the server cannot be started here, or nothing."""
    if os.name != "posix" or os.geteuid() != 0:
        return f"{name} needs root to run under its own user"
    if not INSTALLED[name].exists():
        return f"{name} is not installed: on Debian 12, run tests/servers/install.sh as root"
    return ""


def do_without(reason: str) -> NoReturn:
    """Skip the test for what is not there; fail it where SMTPSHELL_REQUIRE_SERVERS=1."""
    if os.environ.get("SMTPSHELL_REQUIRE_SERVERS") == "1":
        pytest.fail(f"SMTPSHELL_REQUIRE_SERVERS=1, but {reason}")
    pytest.skip(reason)


@contextlib.contextmanager
def running(name: str) -> Iterator[RealServer]:
    """Start the named server in a folder of its own; stop it and remove the folder at the end."""
    if reason := missing(name):
        do_without(reason)
    # Not pytest's tmp_path: it is closed to the servers' users, and its name too long for a socket.
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-"))
    try:
        with _one_start_at_a_time():
            said = _script(name, "start", folder)
        yield RealServer.from_lines(name, said)
    finally:
        _script(name, "stop", folder)
        shutil.rmtree(folder, ignore_errors=True)  # a delivery under way may still be writing


@contextlib.contextmanager
def _one_start_at_a_time() -> Iterator[None]:
    """Keep workers apart: a port found free must still be free when the server binds it."""
    with (Path(tempfile.gettempdir()) / "smtpshell-servers.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _script(name: str, word: str, folder: Path) -> str:
    done = subprocess.run(
        [SCRIPTS / f"{name}.sh", word, folder],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=50,
    )
    if done.returncode != 0:
        pytest.fail(f"{name}.sh {word} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


@pytest.fixture(scope="session")
def postfix() -> Iterator[RealServer]:
    """Postfix: smtp_port, proxied_port, smtps_port, submission_port."""
    with running("postfix") as server:
        yield server


@pytest.fixture(scope="session")
def exim() -> Iterator[RealServer]:
    """Exim: smtp_port, smtps_port, submission_port."""
    with running("exim") as server:
        yield server


@pytest.fixture(scope="session")
def dovecot() -> Iterator[RealServer]:
    """Dovecot: lmtp_port, lmtp_socket, smtps_port, submission_port."""
    with running("dovecot") as server:
        yield server


@pytest.fixture(scope="session", params=["postfix", "exim", "dovecot"])
def real_server(request: pytest.FixtureRequest) -> RealServer:
    """Each of the three in turn."""
    server: RealServer = request.getfixturevalue(request.param)
    return server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what talks to a real server, so that `-m "not servers"` is the fast run."""
    for item in items:
        if {*INSTALLED, "real_server"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("servers")
