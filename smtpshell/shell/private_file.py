"""Writes what a command made to a file that only its owner can read, as transcripts are."""

from __future__ import annotations

import os
from pathlib import Path

from smtpshell.errors import UsageError

__all__ = ["write_private"]


def write_private(path: Path, text: str, *, force: bool | None = None) -> None:
    """Write text as UTF-8, line ends as they are; a file that is there is replaced with ``force`` only.

    None is for commands without --force.

    Raises UsageError for a file that is there, and for what the system refuses.
    """
    from smtpshell.transcript.recorder import MODE

    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if force else os.O_EXCL)
    try:
        with os.fdopen(os.open(path, flags, MODE), "w", encoding="utf-8", newline="") as file:
            file.write(text)
    except FileExistsError:
        other = ", or replace it (--force)" if force is not None else ""
        raise UsageError(f"{path}: this file exists", hint=f"choose another name{other}") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot write there: {error.strerror}", hint="choose another name") from None
