"""What the first moments of smtpshell load, told by the content of sys.modules and not by the clock."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

HEAVY = {
    "asyncio",
    "cryptography",
    "dns",
    "email",
    "importlib.metadata",
    "platformdirs",
    "prompt_toolkit",
    "pygments",
    "ssl",
    "tomllib",
    "trustme",
}

IMPORT = "import smtpshell"
COMMAND = """
import runpy
try:
    runpy.run_module("smtpshell", run_name="__main__", alter_sys=True)
except SystemExit as end:
    assert not end.code, end.code
"""

# what is said on the command line -> the code that says it, and what must appear on standard output
STARTS = {
    "import": (IMPORT, [], ""),
    "version": (COMMAND, ["--version"], "smtpshell"),
    "help": (COMMAND, ["--help"], "usage"),
}


def modules_after(code: str, arguments: list[str]) -> tuple[set[str], str]:
    """Run code in a fresh interpreter; return the modules that loaded beyond its own, and its output."""
    script = (
        f"import sys\nbefore = set(sys.modules)\nsys.argv[0] = 'smtpshell'\n{code}\n"
        "print(*sorted(set(sys.modules) - before), sep='\\n', file=sys.stderr)"
    )
    # A coverage run measures subprocesses by loading itself into them: not into these.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        text=True,
        env=environment,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split()), done.stdout


@pytest.mark.parametrize("start", STARTS)
def test_start_loads_nothing_heavy(start: str) -> None:
    """Importing the package, --version and --help load no terminal, TLS, DNS or event loop code."""
    code, arguments, said = STARTS[start]
    loaded, output = modules_after(code, arguments)
    assert "smtpshell" in loaded
    assert said in output.lower()
    assert loaded & HEAVY == set()


def test_the_probe_sees_a_heavy_import() -> None:
    """The same probe reports a module that was loaded, so that an empty answer means something."""
    loaded, _ = modules_after("import smtpshell, ssl", [])
    assert loaded & HEAVY == {"ssl"}


def test_pytest_plugin_loads_nothing_of_ours() -> None:
    """A pytest run that does not use smtpshell pays for one small module."""
    loaded, _ = modules_after("import pytest; before = set(sys.modules); import smtpshell.pytest_plugin", [])
    assert {name for name in loaded if name.startswith("smtpshell")} == {
        "smtpshell",
        "smtpshell.pytest_plugin",
    }
    assert loaded & HEAVY == set()
