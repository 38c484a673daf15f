"""Which lessons are done and where one stopped, kept in a file of the user's own.

The file is JSON: {"version": 1, "done": [KEY, ...], "at": KEY}.  One that cannot be read or written costs no
lesson: it is said once, and nothing is kept.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from smtpshell.errors import UsageError
from smtpshell.shell.private_file import write_private

__all__ = ["DATA", "Progress", "progress_path"]

DATA: Final = "SMTPSHELL_DATA"
"""Environment variable that names another folder for what is kept of lessons."""

_VERSION: Final = 1


def progress_path() -> Path:
    """Give the file that keeps the progress."""
    from platformdirs import user_data_path

    return Path(os.environ.get(DATA) or user_data_path("smtpshell")) / "lessons.json"


class Progress:
    """The progress as the file has it: ``done`` and ``at`` are keys; ``complain`` hears of a bad file."""

    def __init__(self, complain: Callable[[str], None]) -> None:
        self._path = progress_path()
        self._complain = complain
        self._usable = True
        self.done: list[str] = []
        self.at: str = ""
        self._read()

    def begin(self, key: str) -> None:
        """Note the lesson that is under way."""
        self._read()
        self.at = key
        self._write()

    def finish(self, key: str) -> None:
        """Note a lesson as done."""
        self._read()
        if key not in self.done:
            self.done.append(key)
        self.at = ""
        self._write()

    def _read(self) -> None:
        """Take what is in the file: another shell may have written it since."""
        try:
            kept = json.loads(self._path.read_bytes())
            done, at = kept["done"], kept["at"]
            if kept["version"] != _VERSION or not all(isinstance(key, str) for key in [*done, at]):
                raise ValueError("not as this version writes it")
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError) as error:
            self._give_up(f"{self._path}: cannot be read ({error}); progress is not kept, remove the file")
            return
        self.done, self.at = list(done), at

    def _write(self) -> None:
        if not self._usable:
            return
        text = json.dumps({"version": _VERSION, "done": self.done, "at": self.at}, indent=1)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_private(self._path, text + "\n", force=True)
        except (OSError, UsageError) as error:
            self._give_up(f"{self._path}: cannot be written ({error}); progress is not kept")

    def _give_up(self, why: str) -> None:
        if self._usable:
            self._usable = False
            self._complain(why)
