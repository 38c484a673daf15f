"""The program: what its arguments mean, which mode they ask for, and the exit status.

Every shell command is a subcommand, arguments and --help included (shell/declaration/).  --version is answered
before anything is imported; each mode imports what it needs.

    0    as expected
    1    a negative reply (4yz, 5yz) that no /expect wanted, a failed /expect, or a mismatch in a replay
    2    the arguments, a line or a file cannot be understood
    3    no connection, no answer in time, connection lost, stream ended inside a reply (621)
    4    TLS failed
    5    the peer's octets cannot be read as SMTP (600)
    70   a fault of smtpshell itself (EX_SOFTWARE of sysexits.h); SMTPSHELL_DEBUG=1 shows where
    130  interrupted
    141  whoever read the output has gone (128 + SIGPIPE)
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # type checkers know the name; importing typing would double the time --version takes
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from smtpshell.errors import SmtpshellError
    from smtpshell.shell.configuration.config import Config
    from smtpshell.shell.configuration.settings import Settings
    from smtpshell.shell.declaration.command import Call, ShellCommand
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["main"]

_FAULT, _NO_READER = 70, 141
_INPUT = "standard input"

_NO_PROMPT = "what runs without a prompt"
"""What sets echo there, whatever the configuration says: programs read the output."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program with these arguments (else those of the process); give its exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments in (["--version"], ["-V"]):
        from smtpshell import __version__

        print(f"smtpshell {__version__}")
        return 0
    return _guarded(arguments)


def _guarded(arguments: list[str]) -> int:
    """Run, and make one line and a status of whatever goes wrong."""
    import os

    from smtpshell.errors import ExitStatus, SmtpshellError

    try:
        status = _run(arguments)
        sys.stdout.flush()
    except SmtpshellError as error:
        _complain(error)
        return error.exit_status
    except KeyboardInterrupt:
        return ExitStatus.INTERRUPTED
    except BrokenPipeError:
        # Python flushes standard output at its end, and would complain then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _NO_READER
    except Exception as fault:
        if os.environ.get("SMTPSHELL_DEBUG"):
            raise
        what = f"{type(fault).__name__}: {fault}".replace("\n", " ")
        _complain_line(f"a fault of its own, {what}; SMTPSHELL_DEBUG=1 shows where, please report it")
        return _FAULT
    return status


def _run(arguments: list[str]) -> int:
    import os

    from smtpshell.errors import UsageError
    from smtpshell.shell.declaration.arguments import main_parser
    from smtpshell.shell.declaration.command import load_commands
    from smtpshell.shell.language.nearest import nearest

    for stream in (sys.stdout, sys.stderr):
        # Text a locale cannot write is escaped; it must not end the conversation.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    subcommands = load_commands()
    if arguments and arguments[0] in subcommands:
        return _subcommand(subcommands[arguments[0]], arguments[1:])
    parsed = main_parser(subcommands).parse_args(arguments)
    if parsed.url in subcommands:
        raise UsageError(f"{parsed.url} is a command, and comes first", hint=f"smtpshell {parsed.url} --help")
    if parsed.script not in (None, "-") and not os.path.exists(parsed.script):  # noqa: PTH110 (it is loaded)
        close = nearest(parsed.url, subcommands)
        if close:
            raise UsageError(f"there is no command {parsed.url}", hint=f"did you mean {close}?")
    if not (_scripted(parsed) or parsed.json) and sys.stdin is not None and sys.stdin.isatty():
        return _live(parsed)
    return _batch(parsed)


def _scripted(parsed: argparse.Namespace) -> bool:
    """Whether the arguments say what to run; raises UsageError where they say it twice."""
    from smtpshell.errors import UsageError

    if parsed.lines is not None and parsed.script is not None:
        raise UsageError("-c and a script exclude each other", hint="put the lines into the script")
    if parsed.junit is not None and parsed.lines is None and parsed.script is None:
        raise UsageError("--junit needs a script", hint="name a file, or - for standard input")
    return parsed.lines is not None or parsed.script is not None


# ---------------------------------------------------------------- modes


def _live(parsed: argparse.Namespace) -> int:
    """Hold a conversation at the prompt."""
    from smtpshell.shell.batch.streams import printer
    from smtpshell.shell.declaration.arguments import config_of, keep_variables, settings_of
    from smtpshell.shell.interpreter import Interpreter
    from smtpshell.shell.terminal import repl

    config = config_of(parsed)
    settings = settings_of(parsed, config)
    interpreter = Interpreter(printer(settings), settings)
    interpreter.config = config
    keep_variables(interpreter.variables, parsed)
    if parsed.record:
        interpreter.record(parsed.record, server=parsed.url or interpreter.start_practice().url)
    return repl.run(interpreter, parsed.url)


def _batch(parsed: argparse.Namespace) -> int:
    """Run the lines of -c, of a script or of standard input."""
    from pathlib import Path

    from smtpshell.errors import ExitStatus
    from smtpshell.shell.batch import script
    from smtpshell.shell.batch.source import Source
    from smtpshell.shell.configuration.layers import Layer
    from smtpshell.shell.declaration.arguments import config_of, keep_variables, settings_of

    config = config_of(parsed)
    settings = settings_of(parsed, config)
    settings.set("echo", "on", layer=Layer.ARGUMENT, origin=_NO_PROMPT)
    # Whether the script is there is known before anything is said to a server.
    source = None if parsed.script in (None, "-") else script.opened(Path(parsed.script))
    interpreter = _interpreter(settings, json=parsed.json)
    interpreter.config = config
    results = None
    if parsed.junit is not None:
        from smtpshell.shell.batch.script_results import ScriptResults

        results = ScriptResults(interpreter, {None: "-c", "-": _INPUT}.get(parsed.script, parsed.script))
    try:
        keep_variables(interpreter.variables, parsed)
        if parsed.record:
            interpreter.record(parsed.record, server=parsed.url or interpreter.start_practice().url)
        interpreter.open(parsed.url)
        if interpreter.exit_status >= ExitStatus.USAGE:
            pass  # told already, and there is nobody to talk to
        elif parsed.lines is not None:
            script.run_lines(interpreter, parsed.lines)
        elif source is not None or sys.stdin is not None:
            script.run(interpreter, source or Source(sys.stdin.buffer, _INPUT))
        if results is not None:
            results.write(parsed.junit, parsed.url or "the practice server")
        return interpreter.exit_status
    finally:
        interpreter.close()
        if source is not None:
            source.close()


def _subcommand(command: ShellCommand, arguments: list[str]) -> int:
    """Run one shell command as the program's own job."""
    from smtpshell.shell.configuration.layers import Layer
    from smtpshell.shell.declaration.arguments import (
        call_of,
        command_parser,
        config_of,
        keep_variables,
        settings_of,
    )
    from smtpshell.shell.declaration.needs import NEEDS
    from smtpshell.shell.declaration.subcommand import run_subcommand

    parsed = command_parser(command).parse_intermixed_args(arguments)
    config = config_of(parsed)
    settings = settings_of(parsed, config)
    if command.stays and not parsed.json and sys.stdin is not None and sys.stdin.isatty():
        return _live_after(call_of(command, parsed)[0], settings, config)
    if NEEDS[command.needs].connects or command.stays:
        settings.set("echo", "on", layer=Layer.ARGUMENT, origin=_NO_PROMPT)
    interpreter = _interpreter(settings, json=parsed.json)
    interpreter.config = config
    try:
        keep_variables(interpreter.variables, parsed)
        run_subcommand(interpreter, *call_of(command, parsed))
        return interpreter.exit_status
    finally:
        interpreter.close()


def _live_after(call: Call, settings: Settings, config: Config) -> int:
    """Run a command, and hold the conversation that it begins at the prompt."""
    from smtpshell.shell.batch.streams import printer
    from smtpshell.shell.interpreter import Interpreter
    from smtpshell.shell.terminal import repl

    interpreter = Interpreter(printer(settings), settings)
    interpreter.config = config

    def begin() -> None:
        with interpreter.reporting():
            call.run(interpreter)

    return repl.run(interpreter, opening=begin)


def _interpreter(settings: Settings, *, json: bool) -> Interpreter:
    """Make an interpreter that writes to standard output, for people or as JSON, and errors to standard error."""
    from smtpshell.shell.batch.json_lines import JsonLines
    from smtpshell.shell.batch.streams import meter, printer, write
    from smtpshell.shell.interpreter import Interpreter

    interpreter = Interpreter((lambda fragments: None) if json else printer(settings), settings)
    lines = JsonLines(write, interpreter.secrets, label=lambda: interpreter.label) if json else None
    if lines is not None:
        interpreter.events, interpreter.outcomes = lines.event, lines.outcome

    def report(error: SmtpshellError) -> None:
        if lines is not None:
            lines.error(error)
        _complain(error, interpreter.secrets.redact_text, session=interpreter.label)

    interpreter.errors = report
    if sys.stderr is not None and sys.stderr.isatty():
        interpreter.meter = meter(sys.stderr)
    if sys.stdin is not None and sys.stdin.isatty():
        from getpass import getpass

        interpreter.ask_secret = getpass
    return interpreter


def _complain(error: SmtpshellError, redact: Callable[[str], str] = str, session: str = "") -> None:
    """Write an error in one line: its session, its place in a script or else its line, where it has them."""
    from smtpshell.errors import UsageError

    where = f"{error.line}: " if isinstance(error, UsageError) and error.line and not error.place else ""
    _complain_line(redact(f"{session and f'{session}: '}{where}{error.told}"))


def _complain_line(text: str) -> None:
    from smtpshell.shell.display.render import visible

    sys.stdout.flush()
    print(f"smtpshell: {visible(text)}".replace("\n", "\\n"), file=sys.stderr)
