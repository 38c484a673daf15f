"""The scripts for bash, zsh and fish, loaded into those shells: what Tab makes of a line.

A shell that is missing is a reason to skip, or to fail where SMTPSHELL_REQUIRE_SERVERS=1.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

from smtpshell.errors import ExitStatus
from smtpshell.shell.declaration.shell_completion import completion_script
from tests.servers.real_servers import do_without
from tests.shell.support import Shell

ENVIRONMENT = {"TERM": "dumb", "INPUTRC": "/dev/null", "LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]}

# Ctrl-U clears the line, Ctrl-G prints it; a list is printed at the first Tab.
SET_UP = {
    "bash": [
        "bind 'set show-all-if-ambiguous on' 'set completion-query-items 0' 'set page-completions off'",
        "bind 'set enable-bracketed-paste off' 'set bell-style none' 2>/dev/null",
        'bind -x \'"\\C-g": printf "LINE<%s>\\n" "$READLINE_LINE"\'',
        "source ./script; PS1='> '",
    ],
    "zsh": [
        "PROMPT='> '; PROMPT_SP=; LISTMAX=1000; unset zle_bracketed_paste",
        "setopt no_beep no_auto_menu no_list_ambiguous",
        'bindkey -e; show() { print -r -- "LINE<$BUFFER>" }; zle -N show; bindkey "^G" show',
        'autoload -U compinit; compinit -u -D; eval "$(<script)"',
    ],
}
START = {"bash": ["--norc", "--noprofile", "-i"], "zsh": ["-f", "-i"]}

# a line -> what Tab makes of its last word; several: what is proposed
CASES: dict[str, tuple[str, ...]] = {
    "smtpshell certif": ("certificate",),
    "smtpshell sta": ("starttls", "state"),
    "smtpshell subm": ("submission://", "submissions://"),
    "smtpshell --tls-m": ("--tls-max", "--tls-min"),
    "smtpshell --color al": ("always",),
    "smtpshell --record mess": ("message.eml",),
    "smtpshell smtp://127.0.0.1:2525 mess": ("message.eml",),
    "smtpshell smtp://127.0.0.1:2525 --rec": ("--record",),
    "smtpshell mail-h": ("mail-help",),
    "smtpshell export one.smtp --to m": ("markdown", "mermaid"),
    "smtpshell export on": ("one.smtp",),
    "smtpshell data smtp://127.0.0.1:2525 mess": ("message.eml",),
    "smtpshell data smtp://127.0.0.1:2525 --ex": ("--exact",),
    "smtpshell replay one.smtp --against lm": ("lmtp://", "lmtp+unix://"),
    "smtpshell replay one.smtp --match co": ("code",),
    "smtpshell vrfy student smtps:": ("smtps://",),
    "smtpshell help envel": ("envelope",),
    "smtpshell completion fi": ("fish",),
    "smtpshell send h:25 --ca-file mess": ("message.eml",),
}

Complete = Callable[[str], set[str]]


def installed(shell: str) -> str:
    """Give a shell's path."""
    path = shutil.which(shell)
    if path is None:
        do_without(f"{shell} is not installed; tests/servers/install.sh brings it")
    return path


@pytest.fixture(scope="module", params=["bash", "zsh", "fish"])
def complete(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Complete]:
    """Give a function that has a shell complete a line, in a folder with some files."""
    shell = str(request.param)
    path = installed(shell)
    folder = tmp_path_factory.mktemp(shell)
    (folder / "script").write_text(completion_script(shell, Shell()))
    (folder / "one.smtp").touch()
    (folder / "message.eml").touch()
    environment = {**ENVIRONMENT, "HOME": str(folder)}
    if shell == "fish":
        yield lambda line: by_fish(path, folder, environment, line)
        return
    typist = pexpect.spawn(
        path, START[shell], env=environment, cwd=str(folder), encoding="utf-8", dimensions=(60, 200), timeout=20
    )
    for line in SET_UP[shell]:
        typist.sendline(line)
    typist.sendline("echo REA''DY")
    typist.expect("READY\r\n")
    yield lambda line: by_typing(typist, line)
    typist.close(force=True)


def by_fish(path: str, folder: Path, environment: dict[str, str], line: str) -> set[str]:
    """Ask fish what it would propose."""
    done = subprocess.run(
        [path, "--no-config", "-c", f"source script; complete -C '{line}'"],
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment,
        timeout=30,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return {row.partition("\t")[0] for row in done.stdout.splitlines()}


def by_typing(typist: pexpect.spawn[str], line: str) -> set[str]:
    """Type a line and Tab; give the last word that came of it, or the words that were listed."""
    typist.send(f"{line}\t\x07")
    typist.expect(r"LINE<([^\r\n]*)>\r\n")
    found = typist.match
    assert isinstance(found, re.Match)
    typist.send("\x15")
    # zsh tells what each is, bash lists some in a row; the other rows are the line itself.
    listed = [re.sub(r" -- .*", "", row) for row in str(typist.before).splitlines() if "smtpshell " not in row]
    return {word for row in listed for word in row.split() if word not in (">", "#", "%")} or {
        str(found[1]).split()[-1]
    }


@pytest.mark.parametrize("line", CASES)
def test_line(complete: Complete, line: str) -> None:
    """Tab knows subcommands, options, choices, files and where URLs begin, also behind an address with colons."""
    found = complete(line)
    assert found == {*CASES[line]}


def test_every_subcommand(complete: Complete) -> None:
    """Each command is proposed."""
    from smtpshell.shell.declaration.command import load_commands

    assert set(load_commands()) <= complete("smtpshell ")


def test_without_shtab(offline: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the extra is missing one line says how to get it."""
    monkeypatch.setitem(sys.modules, "shtab", None)
    said = offline.say("/completion bash")
    assert said == "completion needs shtab; pip install 'smtpshell[completion]'\n"
    assert offline.exit_status is ExitStatus.USAGE
