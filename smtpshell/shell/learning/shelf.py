"""Where lessons are found: in the package, in a folder of the teacher's, or one by its path."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from smtpshell.errors import UsageError
from smtpshell.shell.learning.lesson import Lesson, read_lesson

__all__ = ["FOLDER", "Shelved", "find", "shelved"]

FOLDER: Final = "SMTPSHELL_LESSONS"
"""Environment variable that names a folder with more lessons."""

_SUFFIX: Final = ".smtp"
_NUMBERED: Final = re.compile(r"0*([0-9]+)-(.+)")


@dataclass(frozen=True, slots=True)
class Shelved:
    """A lesson that is there, not read yet; ``name`` is its file's without the suffix."""

    name: str
    file: Traversable
    own: bool = False

    @property
    def key(self) -> str:
        """What its progress is kept under: the name of one of ours, the path of another."""
        return str(Path(str(self.file)).resolve()) if self.own else self.name

    @property
    def names(self) -> tuple[str, ...]:
        """What it may be called: "01-first-mail", "first-mail", "1"."""
        found = _NUMBERED.fullmatch(self.name)
        return (self.name, found[2], found[1]) if found else (self.name,)

    def read(self) -> Lesson:
        """Read it.  Raises UsageError, TranscriptSyntaxError."""
        try:
            octets = self.file.read_bytes()
        except OSError as error:
            raise UsageError(f"{self.file}: {error.strerror}", hint="/lessons lists those there are") from None
        return read_lesson(octets, str(self.file), self.key)


def shelved(folder: str = "") -> list[Shelved]:
    """Give the lessons of the package, then those of the folder and of FOLDER, each in the order of their names.

    Raises UsageError for a folder that cannot be read.
    """
    found = [Shelved(name, file) for name, file in _in(files("smtpshell") / "lessons")]
    for more in dict.fromkeys(filter(None, (folder, os.environ.get(FOLDER, "")))):
        try:
            found += [Shelved(name, file, own=True) for name, file in _in(Path(more).expanduser())]
        except OSError as error:
            raise UsageError(
                f"{more}: no lessons there: {error.strerror}",
                hint=f"/set lessons and {FOLDER} name folders of .smtp files",
            ) from None
    return found


def find(name: str, folder: str = "") -> Shelved:
    """Find a lesson by its name, its number, or the path of its file.  Raises UsageError."""
    if "/" in name or name.endswith(_SUFFIX):
        path = Path(name).expanduser()
        return Shelved(path.name.removesuffix(_SUFFIX), path, own=True)
    wanted = name.lstrip("0") if name.isdigit() else name
    for lesson in shelved(folder):
        if wanted in lesson.names:
            return lesson
    raise UsageError(f"there is no lesson {name!r}", hint="/lessons lists them; a path (./mine.smtp) is one too")


def _in(folder: Traversable) -> Iterator[tuple[str, Traversable]]:
    """Give the lessons in a folder."""
    found = {file.name.removesuffix(_SUFFIX): file for file in folder.iterdir() if file.name.endswith(_SUFFIX)}
    yield from sorted(found.items())
