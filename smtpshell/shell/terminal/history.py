"""The lines typed before, one file a host, readable by their owner alone and free of secrets.

A file holds one line each, oldest first, UTF-8 with undecodable octets kept.  It is made with mode 0600, never
changed to it later, and a line passes through ``redact`` before it is kept anywhere, memory included.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from prompt_toolkit.history import History

__all__ = ["HostHistory", "history_path"]

_STATE_DIR: Final = "SMTPSHELL_STATE_DIR"
"""Environment variable that names another folder for what is kept between sessions."""

_LIMIT: Final = 5000
"""Lines of the past that are offered; the file keeps all."""

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

    def append_string(self, string: str) -> None:
        super().append_string(self._redact(string))

    def load_history_strings(self) -> Iterable[str]:
        """Give the lines, newest first."""
        try:
            octets = self._path.read_bytes() if self._path else b""
        except FileNotFoundError:
            return ()
        except OSError as error:
            self._give_up(error)
            return ()
        lines = octets.decode("utf-8", "surrogateescape").split("\n")[:-1]
        return reversed(lines[-_LIMIT:])

    def store_string(self, string: str) -> None:
        if self._path is None:
            return
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            opened = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            with os.fdopen(opened, "wb") as file:
                file.write(string.replace("\n", " ").encode("utf-8", "surrogateescape") + b"\n")
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        self._path = None
        self._complain(f"history is not kept: {error.strerror}: {error.filename}")
