"""The README's examples, run as a reader would run them.

A ```python block is executed in a namespace of its own. In a ```console block
each `$ smtpshell ...` line (a pipe into smtpshell included) is run by bash, the
blocks in order, in one folder, with transcripts/ beside; 127.0.0.1:2525 stands
for a practice server the test starts. What is shown below a line must be what it
printed: a line `...` stands for any lines, `...` in a line for any text. The exit
status is 0, unless `$ echo $?` shows another. Other `$` lines are not run.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.readme import with_command_list

if TYPE_CHECKING:
    from collections.abc import Iterator

from tests.session.scripted import Peer, served

PROJECT = Path(__file__).parent.parent
README = PROJECT / "README.md"
TEXT = README.read_text("utf-8") if README.exists() else ""

SHOWN_ADDRESS = "127.0.0.1:2525"
RUNS = re.compile(r"(?:smtpshell|\./\S+)(?: |$)|.*\| *smtpshell(?: |$)")
OF_THE_FIXTURE = re.compile(r"smtpshell practice\b")  # the test has started it already


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One fenced block: where it starts, what it is tagged, what it holds."""

    line: int
    tag: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One `$` line of a console block and the output shown below it."""

    command: str
    shown: str


def blocks(text: str, tag: str) -> list[Block]:
    """List the fenced blocks with that tag, in order."""
    fences = re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [
        Block(line=text.count("\n", 0, fence.start()) + 1, tag=tag, text=fence[2])
        for fence in fences
        if fence[1] == tag
    ]


def steps(block: Block) -> list[Step]:
    """Cut a console block at its `$` lines."""
    _, *parts = re.split(r"^\$ ", block.text, flags=re.MULTILINE)
    return [Step(command=part.partition("\n")[0].strip(), shown=part.partition("\n")[2]) for part in parts]


def marked_files(text: str) -> dict[str, str]:
    """Give the files that fenced blocks below a mark are, by name."""
    found = re.findall(r"^<!-- file (\S+) -->\n+```\w*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return dict(found)


def write_files(folder: Path) -> None:
    """Write the files of the README, those that are programs executable."""
    for name, content in marked_files(TEXT).items():
        (folder / name).write_text(content)
        (folder / name).chmod(0o755 if content.startswith("#!") else 0o644)


def as_regex(shown: str) -> str:
    """Turn shown output into a regular expression: `...` lines and `...` in lines match anything."""
    lines = [
        r"(?:.*\n)*?"
        if line.strip() == "..."
        else r"[^\n]*".join(map(re.escape, line.rstrip().split("..."))) + r"[ ]*\n"
        for line in shown.rstrip("\n").splitlines()
    ]
    return "".join(lines)


def marked_command(text: str, number: int) -> str:
    """Return the one line in the fenced sh block below the mark of that number."""
    found = re.findall(rf"<!-- command {number} -->\n+```sh\n([^\n]+)\n```", text)
    assert len(found) == 1, f"README.md: one `<!-- command {number} -->` with a one-line sh block is needed"
    return str(found[0])


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Give programs a home of their own, no colour, and this tree's smtpshell."""
    program = tmp_path / "bin" / "smtpshell"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\nexec "$PYTHON" -m smtpshell "$@"\n')
    program.chmod(0o755)
    return {
        **os.environ,
        "HOME": str(tmp_path),
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "NO_COLOR": "1",
        "PYTHON": sys.executable,
        "PYTHONPATH": str(PROJECT),
        "PYTHONUNBUFFERED": "1",
    }


@pytest.fixture
def practice_address(environment: dict[str, str]) -> Iterator[str]:
    """Run `smtpshell practice` on a port the system chooses; yield host:port as it announces it."""
    command = [sys.executable, "-m", "smtpshell", "practice", "--listen", "127.0.0.1:0"]
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as server:
        assert server.stdout is not None
        said = ""
        try:
            for line in server.stdout:
                said += line
                if found := re.search(r"127\.0\.0\.1:\d+", line):
                    yield found[0]
                    break
            else:
                pytest.fail(f"smtpshell practice announced no address: {said}")
        finally:
            server.terminate()


def run(command: str, folder: Path, environment: dict[str, str]) -> tuple[str, int]:
    """Run one line by bash with smtpshell in reach; return what it printed and its exit status."""
    script = f'smtpshell() {{ "$PYTHON" -m smtpshell "$@"; }}\n{command}'
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=30,
    )
    return done.stdout, done.returncode


def follow(text: str, address: str, folder: Path, environment: dict[str, str]) -> list[str]:
    """Run the console blocks of a README against the server at address; return the lines that were run."""
    ran = []
    for block in blocks(text, "console"):
        told = steps(block)
        for step, after in zip(told, [*told[1:], Step(command="", shown="")], strict=True):
            if not RUNS.match(step.command) or OF_THE_FIXTURE.match(step.command):
                continue
            where = f"README.md:{block.line}: $ {step.command}"
            printed, status = run(step.command.replace(SHOWN_ADDRESS, address), folder, environment)
            printed = printed.replace(address, SHOWN_ADDRESS)
            expected = int(after.shown) if after.command == "echo $?" else 0
            assert status == expected, f"{where}\nexit status {status}, {expected} expected, after\n{printed}"
            if step.shown.strip():
                same = re.fullmatch(as_regex(step.shown), printed.rstrip("\n") + "\n")
                assert same, f"{where}\nshows\n{step.shown}\nbut printed\n{printed}"
            ran.append(step.command)
    return ran


def test_console_examples(practice_address: str, tmp_path: Path, environment: dict[str, str]) -> None:
    """Every smtpshell line of the README does what is shown below it, and there is one at least."""
    (tmp_path / "transcripts").symlink_to(PROJECT / "transcripts")
    write_files(tmp_path)
    assert follow(TEXT, practice_address, tmp_path, environment)


@pytest.mark.parametrize("block", [pytest.param(b, id=f"line {b.line}") for b in blocks(TEXT, "python")])
def test_python_example(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python block runs to its end as a program of its own; its own asserts hold."""
    monkeypatch.chdir(tmp_path)
    program = compile("\n" * block.line + block.text, str(README), "exec")
    exec(program, {"__name__": "__main__"})  # noqa: S102 (the README is ours)
    assert program.co_filename == str(README)


def test_command_list() -> None:
    """The list of commands is that of the table; `python -m tests.readme` writes it anew."""
    assert TEXT.count("<!-- commands -->") == 2
    assert with_command_list(TEXT) == TEXT, "run python -m tests.readme"


def test_both_commands_are_marked() -> None:
    """Command 1 installs and starts the shell, command 2 installs and tests; CI takes command 2 from here."""
    assert "pip install" in marked_command(TEXT, 1)
    assert marked_command(TEXT, 1).endswith("smtpshell")
    assert "'.[test]'" in marked_command(TEXT, 2)
    assert marked_command(TEXT, 2).endswith("pytest -n auto")


SHOWN = [
    ("a\nb\n", "a\nb\n", True),
    ("a\n...\nd\n", "a\nb\nc\nd\n", True),
    ("a\n...\n", "a\n", True),
    ("250 queued as ...\n", "250 queued as 1F.\n", True),
    ("a ... c\n", "a\nc\n", False),
    ("a.b\n", "axb\n", False),
    ("a\n", "a\nb\n", False),
]


@pytest.mark.parametrize(("shown", "printed", "same"), SHOWN, ids=range(len(SHOWN)))
def test_shown_output_is_compared(shown: str, printed: str, same: bool) -> None:
    """Only `...` is forgiving; every other character stands for itself."""
    assert bool(re.fullmatch(as_regex(shown), printed)) is same


# server ("" is the practice server), the seconds of the limit -> what the plug-in says, its exit status
CHECKS = {
    "fine": ("", "60", r"SMTP OK - ([0-9.]+) s \| time=\1s;60", 0),
    "slow": ("", "0", r"SMTP WARNING - ([0-9.]+) s \| time=\1s;0", 1),
    "gone": ("127.0.0.1:1", "5", r"SMTP CRITICAL - cannot connect to 127.0.0.1:1: .*", 2),
    "nonsense": ("a:b:c", "5", r"SMTP UNKNOWN - .*", 3),
}


def refuses(peer: Peer) -> None:
    """Greet with a refusal, and with what would be performance data."""
    peer.say("554 no | mail here\r\n")
    peer.wait_for_close()


@pytest.mark.parametrize("name", CHECKS)
def test_the_plug_in(name: str, practice_address: str, tmp_path: Path, environment: dict[str, str]) -> None:
    """It says in one line what a monitor wants to know, with the exit status that it knows."""
    server, limit, said, status = CHECKS[name]
    write_files(tmp_path)
    printed, ended = run(f"./check_smtp {server or practice_address} {limit}", tmp_path, environment)
    assert re.fullmatch(said, printed.rstrip("\n")), printed
    assert ended == status


def test_the_plug_in_at_a_server_that_refuses(tmp_path: Path, environment: dict[str, str]) -> None:
    """What the server says is told, but never as performance data."""
    write_files(tmp_path)
    with served(refuses) as where:
        said = run(f"./check_smtp {where}", tmp_path, environment)
    assert said == ("SMTP CRITICAL - expected 220, got 554 no   mail here\n", 2)


def test_the_cron_job(practice_address: str, tmp_path: Path, environment: dict[str, str]) -> None:
    """It is silent where all is well, and tells everything where it is not."""
    write_files(tmp_path)
    (line,) = re.findall(r"^\$ (.*\|\| cat .*)$", TEXT, re.MULTILINE)
    assert run(line.replace(SHOWN_ADDRESS, practice_address), tmp_path, environment) == ("", 0)
    script = tmp_path / "smoke.txt"
    script.write_text(script.read_text().replace("5.1.1", "5.7.1"))
    printed, _ = run(line.replace(SHOWN_ADDRESS, practice_address), tmp_path, environment)
    assert "smoke.txt:6:1: expected 550 5.7.1, got 550 5.1.1 No mailbox" in printed
    assert "C: RCPT TO:<nobody@example.test>" in printed


def test_a_wrong_example_is_seen(tmp_path: Path, environment: dict[str, str]) -> None:
    """An example whose program fails or prints something else is reported with its line."""
    (tmp_path / "smtpshell.py").write_text("print('220 ready')\nraise SystemExit(1)\n")
    environment["PYTHONPATH"] = str(tmp_path)
    fence = "```"
    readme = f"Hello\n\n{fence}console\n$ smtpshell -c QUIT\n220 ready\n{{}}{fence}\n"
    told = "$ echo $?\n1\n"
    assert follow(readme.format(told), "127.0.0.1:1", tmp_path, environment) == ["smtpshell -c QUIT"]
    with pytest.raises(AssertionError, match=r"README.md:3: .*\n *exit status 1, 0 expected"):
        follow(readme.format(""), "127.0.0.1:1", tmp_path, environment)
    with pytest.raises(AssertionError, match=r"shows\n *221 ready\n *\n *but printed\n *220 ready"):
        follow(readme.format(told).replace("220", "221"), "127.0.0.1:1", tmp_path, environment)
