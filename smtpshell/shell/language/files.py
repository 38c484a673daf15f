"""File names for completion: what a path may be continued to, with a word on each file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

__all__ = ["files"]

_MOST: Final = 1000
"""Names that are proposed; more nobody reads."""

_TITLES: Final = 100
"""Transcripts that are opened for their titles."""

_HEAD: Final = 2048
"""Octets of a transcript in which its title is looked for."""


def files(prefix: str, first: str = "") -> Iterator[tuple[str, str]]:
    """Give (path, what it is) for what begins so: files that end with ``first``, then folders, then other files.

    What begins with a dot is left out unless the prefix does.  A folder that cannot be read has nothing in it.
    """
    folder, _, name = prefix.rpartition("/")
    shown = folder + "/" if "/" in prefix else ""
    try:
        with os.scandir(Path(shown or ".").expanduser()) as entries:
            found = [
                entry
                for entry in entries
                if entry.name.startswith(name) and (name or not entry.name.startswith("."))
            ]
    except (OSError, RuntimeError, ValueError):
        return
    ranked = sorted((_rank(entry, first), entry.name, entry) for entry in found)
    for number, (rank, _, entry) in enumerate(islice(ranked, _MOST)):
        if rank == _FOLDER:
            yield f"{shown}{entry.name}/", "folder"
        else:
            title = _title(entry) if rank == _FIRST and first == ".smtp" and number < _TITLES else ""
            yield f"{shown}{entry.name}", title or _size(entry)


_FIRST, _FOLDER, _OTHER = range(3)


def _rank(entry: os.DirEntry[str], first: str) -> int:
    try:
        if entry.is_dir():
            return _FOLDER
    except OSError:
        pass  # a link into nowhere is a name all the same
    return _FIRST if first and entry.name.endswith(first) else _OTHER


def _size(entry: os.DirEntry[str]) -> str:
    try:
        size = float(entry.stat().st_size)
    except OSError:
        return ""
    for unit in ("octets", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"


def _title(entry: os.DirEntry[str]) -> str:
    """Give the title in a transcript's header (transcript/syntax.py), or "" where there is none."""
    try:
        if not entry.is_file():
            return ""
        with Path(entry.path).open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return ""
    for line in head.partition(b"\n\n")[0].split(b"\n"):
        name, colon, value = line.partition(b":")
        if colon and name.strip().lower() == b"title":
            return value.strip().decode("utf-8", "replace")
    return ""
