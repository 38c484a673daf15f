"""How far the sending of something long has come, how fast it goes, and what ends it halfway.

Nothing is shown in the first second.  Who sends reads from what sending() gives; who asks, or drops it, may be
another thread.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, Final, cast

from smtpshell.errors import ExitStatus, SmtpshellError, TransportError

if TYPE_CHECKING:
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["Dropped", "Progress", "sending"]

_QUIET: Final = 1.0
"""Seconds of sending in which nothing is shown."""

_STEP: Final = 0.2
"""Seconds between two looks at it, where it has a line of its own."""

_UNITS: Final = (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10))


class Dropped(SmtpshellError):
    """The user ended the sending halfway; nothing is wrong."""

    exit_status = ExitStatus.EXPECTED


class Progress:
    """The sending of ``total`` octets, 0 where nobody knows.

    ``interrupt`` has what is being sent fail.  With ``ends_itself`` the last octet ends the message, and nothing
    can be taken back behind it.
    """

    def __init__(
        self,
        total: int,
        *,
        interrupt: Callable[[], object],
        ends_itself: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.total = total
        self.sent: int = 0
        self.dropped: bool = False
        self._interrupt = interrupt
        self._ends_itself = ends_itself
        self._clock = clock
        self._began = clock()
        self._over = False
        self._lock = threading.Lock()

    @property
    def text(self) -> str:
        """Tell how much of it was sent, how fast, and how long it will take; "" in the first second."""
        elapsed = self._clock() - self._began
        if elapsed < _QUIET:
            return ""
        rate = self.sent / elapsed
        seconds = max(self.total - self.sent, 0) / rate if rate else 0.0
        left = f", {_clock_time(seconds)} left" if seconds else ""
        return f"{self._reached}, {_amount(int(rate))}/s{left}"

    @property
    def can_be_dropped(self) -> bool:
        """Whether drop() would end it."""
        return not self._over

    @property
    def _reached(self) -> str:
        return f"{_amount(self.sent)} of {_amount(self.total)}" if self.total else _amount(self.sent)

    def add(self, octets: int) -> None:
        """Note octets that are about to be sent.  Raises Dropped."""
        with self._lock:
            self._stop_if_dropped()
            self.sent += octets
            if self._ends_itself and self.sent >= self.total:
                self._over = True

    def finish(self) -> None:
        """Note that all was sent.  Raises Dropped."""
        with self._lock:
            self._stop_if_dropped()
            self._over = True

    def drop(self) -> bool:
        """End it halfway, from whichever thread; give whether that can still be."""
        with self._lock:
            if not self._over:
                self.dropped = True
        if self.dropped:
            self._interrupt()
        return self.dropped

    def as_dropped(self) -> Dropped:
        """Give the error that tells of the end."""
        return Dropped(
            f"dropped at {self._reached}: nothing is delivered",
            hint="/connect opens another connection",
        )

    def _stop_if_dropped(self) -> None:
        if self.dropped:
            raise self.as_dropped()


class _Watched:
    """A source whose reading is told to a Progress."""

    def __init__(self, source: BinaryIO, progress: Progress) -> None:
        self._source = source
        self._progress = progress
        self.seek = source.seek
        self.tell = source.tell

    def read(self, size: int = -1, /) -> bytes:
        """Give at most so many octets, b"" at the end.  Raises Dropped."""
        octets = self._source.read(size)
        self._progress.add(len(octets))
        return octets


@contextmanager
def _shown(progress: Progress, show: Callable[[str], object] | None) -> Iterator[None]:
    """Show a progress again and again, also while the sending hangs, and "" at its end."""
    if show is None:
        yield
        return
    over = threading.Event()

    def work() -> None:
        while not over.wait(_STEP):
            show(progress.text)

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    try:
        yield
    finally:
        over.set()
        worker.join()
        show("")


@contextmanager
def sending(interpreter: Interpreter, source: BinaryIO, *, ends_itself: bool = False) -> Iterator[BinaryIO]:
    """Have what is read from a source inside be the progress of the conversation that has the turn.

    Where that is dropped the connection is closed.  Raises Dropped.
    """
    session = interpreter.live
    total = 0
    if source.seekable():
        total = source.seek(0, os.SEEK_END)
        source.seek(0)
    progress = Progress(total, interrupt=session.interrupt, ends_itself=ends_itself)
    conversation = interpreter.current
    conversation.progress = progress
    try:
        with _shown(progress, interpreter.meter):
            yield cast("BinaryIO", _Watched(source, progress))
        progress.finish()
    except (TransportError, Dropped):
        if not progress.dropped:
            raise
        session.close()
        raise progress.as_dropped() from None
    finally:
        conversation.progress = None


def _amount(octets: int) -> str:
    for name, size in _UNITS:
        if octets >= size:
            return f"{octets / size:.1f} {name}"
    return f"{octets} octets"


def _clock_time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
