"""Every example of every command, run at the prompt; tests/test_subcommands.py runs them as subcommands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from smtpshell.errors import ExitStatus
from smtpshell.shell.batch import script
from smtpshell.shell.declaration.command import ShellCommand
from smtpshell.shell.declaration.needs import NEEDS
from smtpshell.shell.help.examples import Example, examples_of, shown
from tests.shell.scenes import EXAMPLES, REFUSED, at_servers, set_scene
from tests.shell.support import Shell

# Those that serve until Ctrl-C are run as subcommands only.
AT_THE_PROMPT = [(command, example) for command, example in EXAMPLES if not command.serves]


def from_lines(shell: Shell, lines: Sequence[str]) -> None:
    """Run them as those of -c."""
    script.run_lines(shell, lines)


def from_a_file(shell: Shell, lines: Sequence[str]) -> None:
    """Run them as a script, with what a script has besides."""
    text = "\r\n".join(["# an example", "", *lines])
    Path("example.txt").write_text(text, encoding="utf-8-sig", newline="")
    shell.execute("/source example.txt")


@pytest.mark.parametrize("run", [from_lines, from_a_file])
@pytest.mark.parametrize(("command", "example"), AT_THE_PROMPT, ids=[example.line for _, example in AT_THE_PROMPT])
def test_example(
    command: ShellCommand,
    example: Example,
    run: Callable[[Shell, Sequence[str]], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is misunderstood, and nothing refused that was not meant to be, wherever its lines are from."""
    set_scene(monkeypatch, tmp_path, command, example)
    shell = Shell()
    need = NEEDS[command.needs]
    if need.connects:
        shell.open(None)
        need.reach(shell)
    with at_servers([*example.before, example.line, *example.behind]) as lines:
        run(shell, lines)
        shell.close()
    expected = ExitStatus.NEGATIVE if example.line in REFUSED else ExitStatus.EXPECTED
    assert shell.exit_status == expected, shell.text


BLOCK = """
    MAIL FROM:<>
    /x 1
        behind
    /x 2

    /x 3
"""


def test_block_of_examples() -> None:
    """Lines before an example hold up to an empty line, indented ones are behind it; shown they are as written."""
    found = examples_of("x", BLOCK)
    assert found == (
        Example("/x 1", ("MAIL FROM:<>",), ("behind",)),
        Example("/x 2", ("MAIL FROM:<>",)),
        Example("/x 3"),
    )
    assert list(shown(found)) == ["MAIL FROM:<>", "/x 1", "    behind", "/x 2", "/x 3"]
