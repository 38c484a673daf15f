"""/help: one screen of everything; commands, families, verbs and ideas, each from its own declaration."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from smtpshell.errors import ExitStatus
from smtpshell.protocol.parameters import PARAMETERS
from smtpshell.protocol.sequences import SEQUENCES
from smtpshell.protocol.verbs import VERBS
from smtpshell.shell.batch import script
from smtpshell.shell.declaration.command import ShellCommand, load_commands
from smtpshell.shell.help.concepts import concepts, lines_to_try
from smtpshell.shell.help.examples import shown
from smtpshell.shell.help.overview import LINES, WIDTH, families, overview
from tests.shell.scenes import at_servers
from tests.shell.support import Shell

COMMANDS = load_commands()


def fits(text: str) -> None:
    """Hold a text to one screen of 24 lines and 80 columns, a prompt below it."""
    rows = text.splitlines()
    assert len(rows) <= LINES, f"{len(rows)} lines, {LINES} fit"
    assert [row for row in rows if len(row) > WIDTH] == []


def test_help_fits_one_screen(offline: Shell) -> None:
    """/help names every command and every idea, on one screen."""
    said = offline.say("/help")
    fits(said)
    words = said.replace(",", " ").replace(".", " ").split()
    assert {f"/{name}" for name in COMMANDS} <= set(words)
    assert set(concepts()) <= set(words)


@pytest.mark.parametrize("count", [1, 40, 100])
@pytest.mark.parametrize("files", [1, 8, 40])
def test_overview_of_any_table(count: int, files: int) -> None:
    """However many commands and families there are, each command is named in the lines there are."""
    some = next(iter(COMMANDS.values()))
    made = {}
    for number in range(count):

        def function() -> None:
            """Do nothing."""

        function.__module__ = f"nowhere.family{number % files}"
        made[f"command{number}"] = replace(some, name=f"command{number}", function=function)
    rows = overview(made, 16)
    assert len(rows) <= 16
    assert max(map(len, rows)) <= WIDTH
    assert {word for row in rows for word in row.split() if word.startswith("/")} == {f"/{name}" for name in made}


@pytest.mark.parametrize("family", families(COMMANDS.values()))
def test_family(offline: Shell, family: str) -> None:
    """/help FAMILY tells of each of its commands in a line."""
    said = offline.say(f"/help {family}")
    for member in families(COMMANDS.values())[family]:
        assert f"/{member.name}" in said
        assert member.summary in said


@pytest.mark.parametrize("command", COMMANDS.values(), ids=list(COMMANDS))
def test_command(offline: Shell, command: ShellCommand) -> None:
    """/help COMMAND gives usage, details, what each argument is, and the examples; a slash leaves out all else."""
    said = offline.say(f"/help /{command.name}")
    assert said in offline.say(f"/help {command.name}")
    told = [line.strip() for line in said.splitlines()]
    assert told[:2] == [command.usage, command.summary]
    assert {line.strip() for line in command.details.splitlines()} <= {*told, ""}
    for argument in command.arguments:
        assert f"{argument.label:<18} {argument.type.description}" in told
    assert [line.strip() for line in shown(command.examples)] == told[told.index("for example:") + 1 :]


@pytest.mark.parametrize("verb", VERBS.values(), ids=list(VERBS))
def test_verb(offline: Shell, verb: object) -> None:
    """/help VERB gives syntax, purpose, sequence, replies with their meaning, parameters, an example."""
    row = VERBS[getattr(verb, "name", "")]
    said = offline.say(f"/help {row.name.lower()}")
    assert said.startswith(f"{row.syntax} ({row.source})\n  {row.purpose}\n")
    assert "in sequence when: " in said or "sequence: no state" in said
    assert f"for example: {row.example}\n" in said
    if row.name in SEQUENCES:
        assert all(f"    {code} " in said for code in SEQUENCES[row.name].codes)
    assert all(keyword in said for name, keyword in PARAMETERS if name == row.name)


def test_sequence_of_a_verb(offline: Shell) -> None:
    """Where a verb leads to is told by the class of its reply."""
    assert "  in sequence when: ready\n  leads to mail, 3yz to rcpt\n" in offline.say("/help MAIL")
    assert "  leads 3yz to content\n" in offline.say("/help DATA")
    assert "leads" not in offline.say("/help NOOP")
    assert "replies to the content" in offline.say("/help DATA")


@pytest.mark.parametrize("name", concepts())
def test_idea(offline: Shell, name: str) -> None:
    """An idea is told on one screen, begins with its name, and /explain knows it as well."""
    text = concepts()[name]
    fits(text)
    assert text.startswith(f"{name}: ")
    assert all(row.startswith("  ") or not row for row in text.splitlines()[1:])
    assert text in offline.say(f"/help {name.upper()}") + "\n"
    assert text in offline.say(f"/explain {name}") + "\n"
    assert name in [candidate.text for candidate in offline.completions(f"/help {name[:3]}", 9)]


@pytest.mark.parametrize("name", [name for name in concepts() if lines_to_try(name)])
def test_lines_to_try(shell: Shell, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a text proposes to type works at the practice server after EHLO."""
    monkeypatch.chdir(tmp_path)
    with at_servers(lines_to_try(name)) as lines:
        script.run_lines(shell, lines)
    assert shell.exit_status is ExitStatus.EXPECTED, shell.text


UNKNOWN = [
    ("/help recrod", "nothing is known here about 'recrod'; did you mean record?"),
    ("/help enevlope", "did you mean envelope?"),
    ("/help rcptt", "did you mean RCPT?"),
    ("/explain verb-not-offerd", "did you mean verb-not-offered?"),
    ("/help qqqq", "give a verb, a code such as 550 or 5.1.1, a keyword"),
]


@pytest.mark.parametrize(("line", "said"), UNKNOWN)
def test_unknown_word(offline: Shell, line: str, said: str) -> None:
    """A word that nothing is known about is refused with the nearest that is."""
    assert said in offline.say(line)
    assert offline.exit_status is ExitStatus.USAGE
