"""A password that a program prints: run without a shell, its first line is the password."""

from __future__ import annotations

import os
import selectors
import shlex
import subprocess
import time
from collections.abc import Callable
from typing import Final

from smtpshell.errors import UsageError

__all__ = ["first_line"]

_LIMIT: Final = 60.0
"""Seconds the program may take; whoever unlocks a keyring needs a few."""

_TICK: Final = 0.1
"""Seconds between two looks at whether the user has had enough."""

_BLOCK: Final = 65536
"""Octets read at once, and kept of each stream."""


def first_line(program: str, cancelled: Callable[[], bool]) -> str:
    """Run a program with its arguments and give the first line it prints, without the line end.

    It reads nothing from us.  ``cancelled`` is asked now and then whether to give up.  Raises UsageError, which
    names the program and no more than its complaint, where it cannot be run, fails, takes long or prints nothing.
    """
    try:
        arguments = shlex.split(program)
        running = subprocess.Popen(  # noqa: S603 (the user's own program, without a shell)
            arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
    except (OSError, ValueError, IndexError) as error:
        raise _failed(program, str(error)) from None
    with running:
        try:
            printed, complaint = _read(running, cancelled)
        except TimeoutError as error:
            running.kill()
            raise _failed(program, str(error), "/auth runs it again") from None
        status = running.wait()
    if status:
        why = f"killed by signal {-status}" if status < 0 else f"exit status {status}"
        raise _failed(program, f"{why}{f', {complaint}' if complaint else ''}")
    if not printed:
        raise _failed(program, "it printed no password")
    return printed.decode("utf-8", "surrogateescape")


def _read(running: subprocess.Popen[bytes], cancelled: Callable[[], bool]) -> tuple[bytes, str]:
    """Read until the program is done; give the first line of its output, and the last of its complaint."""
    kept = {stream: b"" for stream in (running.stdout, running.stderr) if stream}
    end = time.monotonic() + _LIMIT
    with selectors.DefaultSelector() as selector:
        for stream in kept:
            selector.register(stream, selectors.EVENT_READ, stream)
        while selector.get_map():
            if cancelled():
                raise TimeoutError("it was interrupted")
            if time.monotonic() > end:
                raise TimeoutError(f"it is not done after {_LIMIT:g} s")
            ready = selector.select(_TICK)
            # What it left running behind it may hold the streams open for ever.
            if not ready and running.poll() is not None:
                break
            for key, _ in ready:
                octets = os.read(key.fd, _BLOCK)
                # The rest of the output is read as well, so that the program can end, but not kept.
                kept[key.data] = (kept[key.data] + octets)[:_BLOCK]
                if not octets:
                    selector.unregister(key.fileobj)
    printed, complained = kept.values()
    last = complained.decode("utf-8", "replace").strip().rpartition("\n")[2]
    return printed.partition(b"\n")[0].removesuffix(b"\r"), last


def _failed(program: str, why: str, hint: str = "try it in a terminal") -> UsageError:
    name = program.split(maxsplit=1)[0] if program.strip() else "''"
    return UsageError(f"the password command {name} failed: {why}", hint=hint)
