"""The lines typed before, one file a host, readable by their owner alone and free of secrets.

A file holds one line each, oldest first, UTF-8 with undecodable octets kept.  It is made with mode 0600, never
changed to it later, and a line passes through ``redact`` before it is kept anywhere, memory included.  Several
shells may write to it: each appends whole lines, and whoever finds it too long cuts it under a lock, so that no
shell loses what another one stores.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from prompt_toolkit.auto_suggest import AutoSuggest, Suggestion
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.history import History

__all__ = ["LIMIT", "SLACK", "HistorySuggestion", "HostHistory", "history_path"]

_STATE_DIR: Final = "SMTPSHELL_STATE_DIR"
"""Environment variable that names another folder for what is kept between sessions."""

LIMIT: Final = 50_000
"""Lines of the past that are offered, and that are left when a file is cut."""

SLACK: Final = 10_000
"""Lines more than that before a file is cut, so that this is not done at each start."""

_LONGEST: Final = 4096
"""Characters of a line that is kept on disk; what is longer was pasted."""

_MOST: Final = 16 << 20
"""Octets at the end of a file that are read, whatever else is in it."""

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")
"""What a host's name (or a socket's path) may not bring into a file name."""


def history_path(host: str) -> Path:
    """Give the file that keeps the lines typed at a host."""
    from platformdirs import user_state_path

    folder = Path(os.environ.get(_STATE_DIR) or user_state_path("smtpshell"))
    return folder / "history" / (_UNSAFE.sub("_", host).strip("._") or "nowhere")


class HostHistory(History):
    """The lines typed at one host.

    ``redact`` takes the secrets out of a line.  A file that cannot be read or written is reported once, by
    ``complain``, and the lines are kept in memory only.
    """

    def __init__(self, host: str, *, redact: Callable[[str], str], complain: Callable[[str], None]) -> None:
        super().__init__()
        self.host = host
        self._redact = redact
        self._complain = complain
        self._path: Path | None = history_path(host)
        self._found: tuple[str, int] = ("", 0)

    @property
    def newest_first(self) -> list[str]:
        """All lines; the file is read when they are wanted first."""
        if not self._loaded:
            self._loaded_strings = list(self.load_history_strings())
            self._loaded = True
        return self._loaded_strings

    def append_string(self, string: str) -> None:
        self._found = ("", 0)
        line = self._redact(string.replace("\n", " "))
        if self.newest_first[:1] != [line]:
            super().append_string(line)

    def newest(self, beginning: str) -> str:
        """Give the newest line that begins so and goes on, or "".

        What was found for a beginning is remembered: no newer line can fit a longer one.
        """
        lines = self.newest_first
        known, at = self._found
        if not known or not beginning.startswith(known):
            at = 0
        fitting = (i for i in range(at, len(lines)) if lines[i].startswith(beginning) and lines[i] != beginning)
        at = next(fitting, len(lines))
        self._found = (beginning, at)
        return lines[at] if at < len(lines) else ""

    def load_history_strings(self) -> Iterable[str]:
        """Give the lines, newest first."""
        try:
            lines = self._read()
        except OSError as error:
            self._give_up(error)
            return ()
        return [line.decode("utf-8", "surrogateescape") for line in reversed(lines[-LIMIT:])]

    def store_string(self, string: str) -> None:
        if self._path is None or len(string) > _LONGEST:
            return
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _locked(self._path) as file:
                file.write(string.encode("utf-8", "surrogateescape") + b"\n")
        except OSError as error:
            self._give_up(error)

    def _read(self) -> list[bytes]:
        """Read the file, and cut it where it has grown too long."""
        if self._path is None or not self._path.exists():
            return []
        with _locked(self._path) as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _MOST))
            octets = file.read()
            lines = octets.split(b"\n")[len(octets) < size : -1]
            if len(lines) > LIMIT + SLACK or len(octets) < size:
                lines = lines[-LIMIT:]
                self._replace(self._path, b"\n".join(lines) + b"\n")
        return lines

    def _replace(self, path: Path, octets: bytes) -> None:
        """Put another file in its place, whole or not at all; Windows refuses while another shell has it open."""
        other = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with os.fdopen(os.open(other, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(octets)
            with contextlib.suppress(PermissionError):
                other.replace(path)
        finally:
            other.unlink(missing_ok=True)

    def _give_up(self, error: OSError) -> None:
        self._path = None
        self._complain(
            f"history is not kept: {error.strerror or error}: {error.filename or history_path(self.host)}"
        )


class HistorySuggestion(AutoSuggest):
    """Suggests how a line may go on, by the newest one that began so."""

    def get_suggestion(self, buffer: Buffer, document: Document) -> Suggestion | None:
        text, history = document.text, buffer.history
        if not text.strip() or "\n" in text or not isinstance(history, HostHistory):
            return None
        line = history.newest(text)
        return Suggestion(line[len(text) :]) if line else None


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[BinaryIO]:
    """Open a file to read it and to append, made for its owner alone, no other shell at it meanwhile."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            _lock(descriptor)
            # Another shell may have put a shorter one in its place while we waited.
            if _is(path, descriptor):
                yield file
                return


def _is(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _lock(descriptor: int) -> None:
    """Wait until no other shell has the file; the lock ends with the descriptor.  Nothing where there is none."""
    try:
        import fcntl
    except ImportError:
        return
    # A file system of another machine may know no locks.
    with contextlib.suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_EX)
