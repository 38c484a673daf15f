"""The user's editor: which one, and how a text or a file goes through it.

A text lies in a file that its owner alone can read, in a folder that is removed with all the editor left there.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from smtpshell.errors import UsageError

__all__ = ["edit_file", "edit_text"]

_VARIABLES: Final = ("VISUAL", "EDITOR")
"""Environment variables that name the editor, the first that is set counts."""

_USUAL: Final = ("editor", "nano", "vi", "notepad")
"""Programs to look for where neither is set: Debian's choice of the machine's owner, then what is everywhere."""

_HINT: Final = "set VISUAL or EDITOR"
_ENCODING: Final = ("utf-8", "surrogateescape")


def edit_text(text: str, suffix: str = ".txt") -> str:
    """Have a text edited and give it back, lines ended by LF, without the last line end.

    Raises UsageError where there is no editor or it failed; what it made is dropped then.
    """
    with tempfile.TemporaryDirectory(prefix="smtpshell-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / f"lines{suffix}"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(text.encode(*_ENCODING) + (b"\n" if text else b""))
        edit_file(path)
        try:
            edited = path.read_bytes()
        except OSError as error:
            raise UsageError(
                f"the editor left nothing to read: {error.strerror}", hint="the line is as it was"
            ) from None
    return edited.decode(*_ENCODING).replace("\r\n", "\n").removesuffix("\n")


def edit_file(path: Path) -> None:
    """Have a file edited where it is.  Raises UsageError where there is no editor or it failed."""
    name, words = _editor()
    try:
        # The user's own program, without a shell.
        status = subprocess.run([*words, str(path)], check=False).returncode  # noqa: S603
    except OSError as error:
        raise UsageError(f"the editor {name} cannot be run: {error.strerror}", hint=_HINT) from None
    if status:
        ended = f"ended with status {status}" if status > 0 else f"was killed by signal {-status}"
        raise UsageError(f"the editor {name} {ended}", hint="nothing of it was taken")


def _editor() -> tuple[str, list[str]]:
    """Give the editor's name as its user wrote it, and its words.  Raises UsageError."""
    for variable in _VARIABLES:
        if name := os.environ.get(variable, "").strip():
            try:
                return name, shlex.split(name, posix=os.name != "nt")
            except ValueError as error:
                raise UsageError(f"{variable} cannot be understood: {error}", hint="mend its quotes") from None
    for name in _USUAL:
        if found := shutil.which(name):
            return name, [found]
    raise UsageError("there is no editor", hint=_HINT)
