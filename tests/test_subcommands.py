"""Every shell command as a subcommand: its examples as --help shows them, and what can go wrong before.

They run in this process, but for those that serve until Ctrl-C and a few others that show it is no different.
"""

from __future__ import annotations

import io
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import smtpshell
from smtpshell.cli import main
from smtpshell.errors import ExitStatus
from smtpshell.practice import PracticeServer
from smtpshell.shell.declaration.arguments import as_subcommand, command_parser
from smtpshell.shell.declaration.command import ShellCommand, load_commands
from smtpshell.shell.declaration.needs import NEEDS
from smtpshell.shell.help.examples import Example
from tests.session.scripted import Peer, served
from tests.shell.scenes import EXAMPLES, REFUSED, at_servers, set_scene

PROGRAM = [sys.executable, "-m", "smtpshell"]
AS_PROCESSES = {"capabilities", "mailbox", "raw"}

SUBCOMMANDS = [(command, example) for command, example in EXAMPLES if as_subcommand(command, example)]
ONCE = [row for row in SUBCOMMANDS if not row[0].serves]
SERVING = [row for row in SUBCOMMANDS if row[0].serves]


@pytest.fixture(autouse=True)
def _empty_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give an empty standard input, and this tree to programs."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    monkeypatch.setenv("PYTHONPATH", str(Path(smtpshell.__file__).parent.parent))
    monkeypatch.delenv("NO_COLOR", raising=False)


def test_every_command_is_a_subcommand() -> None:
    """Each has an example at least that is one; the others go on from lines at the prompt."""
    assert {command.name for command, _ in SUBCOMMANDS} == set(load_commands())


@pytest.mark.parametrize(("command", "example"), ONCE, ids=[example.line for _, example in ONCE])
def test_example(
    command: ShellCommand,
    example: Example,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """An example as --help shows it does its work, and says goodbye to the server."""
    set_scene(monkeypatch, tmp_path, command, example)
    with at_servers([as_subcommand(command, example)]) as (line,):
        arguments = shlex.split(line)[1:]
        if command.name in AS_PROCESSES:
            status = subprocess.run([*PROGRAM, *arguments], stdin=subprocess.DEVNULL, timeout=30).returncode
        else:
            status = main(arguments)
    said = capfd.readouterr()
    expected = ExitStatus.NEGATIVE if example.line in REFUSED else ExitStatus.EXPECTED
    assert (status, said.err) == (expected, ""), said.out
    if NEEDS[command.needs].connects:
        assert re.search(r"^-- closed by (server|client)$", said.out, re.MULTILINE)


@pytest.mark.parametrize(("command", "example"), SERVING, ids=[example.line for _, example in SERVING])
def test_serving_example(
    command: ShellCommand, example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that serves says where, answers there, and ends by Ctrl-C as expected."""
    set_scene(monkeypatch, tmp_path, command, example)
    with PracticeServer() as server, at_servers([as_subcommand(command, example)], free=True) as (line,):
        arguments = [
            re.sub(r"\A(smtp://mail\.example\.test|127\.0\.0\.1:0)\Z", server.url, word)
            if before == "--to"
            else word
            for before, word in zip(shlex.split(line), shlex.split(line)[1:], strict=False)
        ]
        with subprocess.Popen(
            [*PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as program:
            assert program.stdout is not None
            where = re.search(r"smtp://\S+", program.stdout.readline())
            assert where
            assert main([where[0], "-c", "NOOP", "-c", "QUIT"]) == 0
            if "--once" not in arguments:
                program.send_signal(signal.SIGINT)
            _, errors = program.communicate(timeout=30)
    assert (program.returncode, errors) == (0, "")


@pytest.mark.parametrize("command", load_commands().values(), ids=list(load_commands()))
def test_help(command: ShellCommand, capsys: pytest.CaptureFixture[str]) -> None:
    """--help is the declaration: summary, details, every argument, the examples that are subcommands."""
    with pytest.raises(SystemExit) as end:
        main([command.name, "--help"])
    assert end.value.code == 0
    said = capsys.readouterr().out
    assert command.summary in said
    assert command.details in said
    for argument in command.arguments:
        assert argument.label in said
    for example in command.examples:
        assert as_subcommand(command, example) in said
    assert ("-c LINE" in said) is NEEDS[command.needs].connects


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the program in this process; give exit status, output, errors."""

    def run(*arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        return (int(status), *capsys.readouterr())

    return run


def test_lines_before_and_behind(run: Run) -> None:
    """What is left open before a command stays open for it: here a message, in the middle of which it hangs up."""
    heard: list[bytes] = []

    def serve(peer: Peer) -> None:
        peer.say("220 mx\r\n")
        for answer in ("250 mx", "250 OK", "250 OK", "354 go on"):
            peer.line()
            peer.say(f"{answer}\r\n")
        heard.append(peer.line())
        peer.wait_for_close()

    said = ["EHLO me", "MAIL FROM:<a@b>", "RCPT TO:<c@d>", "DATA", "Subject: half a message"]
    with served(serve) as where:
        status, output, _ = run("drop", where, *(part for line in said for part in ("-c", line)))
    assert (status, heard) == (0, [b"Subject: half a message\r\n"])
    assert output.endswith("-- closed by client\n")


def test_lines_that_end_too_early(run: Run) -> None:
    """Lines behind a command that leave something open are wrong, as everywhere."""
    with PracticeServer() as server:
        status, _, errors = run("pipeline", server.url)
        assert (status, errors.count("\n")) == (2, 1)
        assert "what /pipeline collects has no end" in errors
        status, output, errors = run("state", server.url, "-c", "/nonsense", "--then", "NOOP")
        assert (status, errors.count("\n")) == (2, 1)
        assert "C: NOOP" not in output
        assert output.endswith("-- closed by server\n")


def test_tls_first(run: Run) -> None:
    """--starttls begins TLS before the command; where there is TLS already nothing more is said."""
    with PracticeServer() as server:
        status, output, _ = run("raw", server.url, "--starttls", r"NOOP\r\n")
        assert status == 0
        assert output.index("C: STARTTLS") < output.index("C: NOOP")
        status, output, _ = run("certificate", server.url, "--starttls")
        assert (status, output.count("C: STARTTLS")) == (0, 1)


def answers(*codes: str) -> Callable[[Peer], None]:
    """Make a server that says this, reading a line before each but the first, and then waits."""

    def serve(peer: Peer) -> None:
        for number, text in enumerate(codes):
            if number:
                peer.line()
            peer.say(f"{text}\r\n")
        peer.line()
        peer.say("221 Bye\r\n")
        peer.wait_for_close()

    return serve


REFUSALS = [
    (["state"], ["554 no"], 1, "the server refused the connection (554); nothing more was done"),
    (["state"], ["220 x", "502 no"], 1, "the server refused the hello (502); nothing more was done"),
    (["certificate"], ["220 x", "250 x", "454 no"], 1, "the server refused STARTTLS (454); nothing more was done"),
    (["raw", "--starttls", "x"], ["220 x", "250 x", "454 no"], 1, "the server refused STARTTLS (454)"),
    (["certificate"], ["HTTP/1.1 400 Bad Request"], 5, "the server refused the connection (600)"),
]


@pytest.mark.parametrize(("arguments", "codes", "status", "said"), REFUSALS)
def test_refused_before(run: Run, arguments: list[str], codes: list[str], status: int, said: str) -> None:
    """A server that refuses what a command needs is told goodbye; why nothing was done is one line."""
    with served(answers(*codes)) as where:
        found, output, errors = run(arguments[0], where, *arguments[1:])
    assert found == status, output
    assert errors.startswith(f"smtpshell: {said}")
    assert errors.count("\n") == 1


def test_options_that_a_command_has_itself() -> None:
    """A command's own option wins over the general one of that name; each stands once."""
    parser = command_parser(load_commands()["connect"])
    options = [option for action in parser._actions for option in action.option_strings]
    assert len(options) == len(set(options))
    assert {"--verify", "--timeout", "-4", "--source"} <= set(options)


def test_arguments_in_any_order(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Options may stand between arguments."""
    monkeypatch.chdir(tmp_path)
    Path("a.smtp").write_text("smtp-transcript: 1\n\nS* 220 *\nC: QUIT\nS* 221 *\n")
    with PracticeServer() as server:
        assert run("replay", "a.smtp", "--against", server.url, "a.smtp")[0] == 0
        status, output, _ = run("drop", server.url, "--unread", "ehlo", "--then", "EHLO me")
    assert status == 0
    assert "dropped after ehlo, its reply unread, as asked" in output
