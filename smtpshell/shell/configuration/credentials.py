"""Where a user's name, password and token come from: a file, the environment, settings, a program, a question."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from smtpshell.errors import UsageError
from smtpshell.shell.display.render import visible

if TYPE_CHECKING:
    from smtpshell.protocol.sasl import Credentials
    from smtpshell.shell.interpreter import Interpreter
    from smtpshell.transcript.model import Transcript

__all__ = ["credentials", "from_environment", "password", "token", "user"]

_ENVIRONMENT: Final = "SMTPSHELL_"
_NAMES: Final = ("USER", "PASSWORD", "TOKEN")
_LINE: Final = re.compile(rf"\s*(?:{_ENVIRONMENT})?({'|'.join(_NAMES)})=(.*)")
_LARGEST: Final = 65536
"""Characters of a file of credentials; what is longer is another file."""


def user(interpreter: Interpreter, given: str = "") -> str:
    """Give the user's name.  Raises UsageError where nobody can be asked for it."""
    name = given or os.environ.get(f"{_ENVIRONMENT}USER", "") or interpreter.own_settings.user
    if name:
        return name
    if interpreter.ask_secret is None:
        raise UsageError("no user is given", hint="name one, or set SMTPSHELL_USER, or /set user")
    return interpreter.ask_secret(f"{_whose(interpreter)}user: ")


def password(interpreter: Interpreter, program: str = "") -> str:
    """Give the password; a ``program`` that prints it goes before all else.  Raises UsageError."""
    if not program and f"{_ENVIRONMENT}PASSWORD" in os.environ:
        return os.environ[f"{_ENVIRONMENT}PASSWORD"]
    if program := program or interpreter.own_settings.password_command:
        from smtpshell.shell.configuration.password_command import first_line

        return first_line(program, lambda: interpreter.cancelled)
    if interpreter.ask_secret is None:
        raise UsageError("no password is given", hint="set SMTPSHELL_PASSWORD, or use --password-command")
    return interpreter.ask_secret(f"{_whose(interpreter)}password: ")


def token() -> str:
    """Give the token that the environment has.  Raises UsageError."""
    found = from_environment().token
    if not found:
        raise UsageError("no token is given", hint="set SMTPSHELL_TOKEN")
    return found


def credentials(
    interpreter: Interpreter, transcripts: Iterable[Transcript], values: Iterable[str], file: Path | None
) -> Credentials | None:
    """Give what ``${auth}`` is computed from, None where no transcript has it or ``values`` give it.

    They come from the file, or from the environment, or else from settings and questions.  Raises UsageError.
    """
    from smtpshell.protocol.sasl import Credentials

    known = _read(file) if file else from_environment()
    if not (known.user or known.password or known.token) and "auth" not in values and _is_asked(transcripts):
        known = Credentials(user=user(interpreter), password=password(interpreter))
    if not (known.user or known.token):
        return None
    for secret in filter(None, (known.password, known.token)):
        interpreter.secrets.remember(secret)
    return known


def from_environment() -> Credentials:
    """Give the user, password and token that the environment has, "" for what it has not."""
    return _of({name: os.environ.get(_ENVIRONMENT + name, "") for name in _NAMES})


def _of(found: Mapping[str, str]) -> Credentials:
    from smtpshell.protocol.sasl import Credentials

    user, password, token = (found.get(name, "") for name in _NAMES)
    return Credentials(user=user, password=password, token=token)


def _is_asked(transcripts: Iterable[Transcript]) -> bool:
    from smtpshell.transcript.model import Line

    return any(
        isinstance(entry, Line) and entry.side == "C" and "auth" in entry.value_names
        for transcript in transcripts
        for entry in transcript.entries
    )


def _read(file: Path) -> Credentials:
    """Read lines such as USER=me; no message shows what stands in them.  Raises UsageError."""
    try:
        with file.open(encoding="utf-8", errors="surrogateescape") as stream:
            text = stream.read(_LARGEST)
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}", hint="name another file") from None
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        read = _LINE.fullmatch(line)
        if read is None:
            raise UsageError(f"{file}:{number}: no line of credentials", hint="write USER=, PASSWORD= or TOKEN=")
        found[read[1]] = read[2]
    if not found:
        raise UsageError(f"{file}: there are no credentials", hint="write USER=NAME and PASSWORD=PASSWORD lines")
    return _of(found)


def _whose(interpreter: Interpreter) -> str:
    """Name the session that it is asked for, where there are several."""
    return f"{visible(interpreter.label)} " if interpreter.several else ""
