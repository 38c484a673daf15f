"""What only POSIX has is used where it can be missing, and nowhere else.

These run on one system: they show that nothing needs what Windows has not, not that Windows does the rest.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import smtpshell

PACKAGE = Path(smtpshell.__file__).parent

MODULES = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"}
"""Modules that Windows has not."""

NAMES = {
    "AF_UNIX", "O_CLOEXEC", "O_NOFOLLOW", "O_NONBLOCK", "SIGALRM", "SIGHUP", "SIGKILL", "SIGTSTP", "SIGWINCH",
    "add_reader", "add_signal_handler", "add_writer", "chown", "fchmod", "fork", "getuid", "killpg", "mkfifo",
    "pipe", "set_blocking", "setsid", "ttyname", "wait4",
}  # fmt: skip
"""Attributes that Windows, or its loops, have not or cannot use."""

ALLOWED = {
    ("session/listener.py", "AF_UNIX"): "only for the path of a unix socket, which endpoint.py refuses elsewhere",
    ("session/tcp.py", "AF_UNIX"): "behind hasattr(), with an error that says so",
    ("shell/terminal/history.py", "fcntl"): "in a try: no lock there",
    ("shell/terminal/paste.py", "prompt_toolkit.input.posix_utils"): "keyboard.py goes without it",
    ("shell/terminal/paste.py", "prompt_toolkit.input.vt100"): "keyboard.py goes without it",
    ("shell/terminal/turns.py", "add_reader"): "for sockets, in a SelectorEventLoop: that works everywhere",
    ("shell/terminal/typed.py", "termios"): "in a try: lines are read by a thread there",
    ("shell/terminal/typed.py", "add_reader"): "where there is termios",
    ("shell/terminal/typed.py", "add_signal_handler"): "NotImplementedError is expected",
    ("transcript/recorder.py", "fchmod"): "behind hasattr()",
}
"""(file, what) -> why it does no harm."""


def used(path: Path) -> set[str]:
    """Give what of all that a file uses."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Import():
                found |= {name.name for name in node.names} & MODULES
            case ast.ImportFrom(module=str(module)):
                found |= {module} & MODULES
                if module in ("prompt_toolkit.input.posix_utils", "prompt_toolkit.input.vt100"):
                    found.add(module)
            case ast.Attribute(attr=name) if name in NAMES and ast.unparse(node.value) != "self":
                found.add(name)
    return found


def test_what_only_posix_has_is_known() -> None:
    """Each use is listed with the reason why its absence does no harm, and nothing is listed that is not used."""
    found = {(path.relative_to(PACKAGE).as_posix(), name) for path in PACKAGE.rglob("*.py") for name in used(path)}
    assert found == set(ALLOWED)


WITHOUT = f"""
import asyncio, os, signal, socket, sys

for name in {sorted(MODULES - {"posix"})}:
    sys.modules[name] = None
for module, names in ((os, ("fchmod", "getuid", "O_CLOEXEC", "O_NOFOLLOW", "set_blocking", "mkfifo", "fork")),
                      (socket, ("AF_UNIX",)), (signal, ("SIGHUP", "SIGTSTP", "SIGWINCH", "SIGALRM"))):
    for name in names:
        delattr(module, name)

def not_there(*arguments):
    raise NotImplementedError

def socketpair():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        one = socket.create_connection(listening.getsockname())
        return one, listening.accept()[0]

socket.socketpair = socketpair
asyncio.SelectorEventLoop.add_signal_handler = not_there
"""
"""What a program says first to find a system like Windows."""

IMPORT_ALL = """
import importlib, pkgutil, smtpshell
for module in pkgutil.walk_packages(smtpshell.__path__, "smtpshell."):
    if module.name not in ("smtpshell.__main__", "smtpshell.shell.terminal.paste"):
        importlib.import_module(module.name)
"""

CONVERSE = """
from smtpshell.cli import main
sys.exit(main(sys.argv[1:]))
"""


def run(code: str, *arguments: str, cwd: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run a program that finds no POSIX."""
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent), "SMTPSHELL_STATE_DIR": str(cwd)}
    return subprocess.run(
        [sys.executable, "-c", WITHOUT + code, *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        env=environment,
        cwd=cwd,
        timeout=50,
    )


def test_every_module_can_be_imported(tmp_path: Path) -> None:
    """But the one that stands in for what prompt_toolkit does elsewhere."""
    done = run(IMPORT_ALL, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_conversation_without_a_terminal(tmp_path: Path) -> None:
    """Practice server, TLS, a recording, a file that only its owner may read: all by the same code."""
    lines = [
        "/starttls",
        "/record a.smtp --force",
        "NOOP",
        "/record off",
        "/export a.smtp --to html --output a.html",
    ]
    done = run(CONVERSE, *[word for line in lines for word in ("-c", line)], cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "250 2.0.0" in done.stdout
    assert "C: NOOP" in (tmp_path / "a.smtp").read_text()


@pytest.mark.parametrize("url", ["lmtp+unix:///run/lmtp", "/run/lmtp"])
def test_a_unix_socket_is_refused_in_one_line(tmp_path: Path, url: str) -> None:
    """Where the system has none."""
    done = run(CONVERSE, url, "-c", "NOOP", cwd=tmp_path)
    assert done.returncode == 3
    assert "unix" in done.stderr
    assert "Traceback" not in done.stderr
