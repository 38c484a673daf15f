"""Terminals of other systems: lines read by a thread, keys by prompt_toolkit alone, loops that take no signals."""

from __future__ import annotations

import asyncio
import io
import os
import pty
import sys
import threading

import pytest
from prompt_toolkit.input.vt100 import Vt100Input

from smtpshell.shell.terminal.keyboard import keyboard
from smtpshell.shell.terminal.paste import PasteInput
from smtpshell.shell.terminal.typed import EchoingLines, TerminalLines, on_signal, typed_lines


def test_without_termios_a_thread_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each line comes when it is there, its end as LF, then the end; that a secret is seen is said."""
    monkeypatch.setitem(sys.modules, "termios", None)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"EHLO me\r\nNOOP\nQUIT")))

    async def read() -> list[bytes]:
        lines = typed_lines()
        assert isinstance(lines, EchoingLines)
        assert lines.echo(True) == ""
        assert "can be read on the screen" in lines.echo(False)
        taken: list[bytes] = []
        ended = asyncio.Event()

        def take(octets: bytes) -> None:
            taken.append(octets)
            if not octets:
                ended.set()

        lines.begin(take)
        await asyncio.wait_for(ended.wait(), 20)
        lines.end()
        return taken

    assert asyncio.run(read()) == [b"EHLO me\n", b"NOOP\n", b"QUIT", b""]


def test_lines_after_the_end_of_the_loop_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that waits for one is left alone, and does no harm when it comes."""
    read_end, write_end = os.pipe()
    stream = os.fdopen(read_end, "r")
    monkeypatch.setattr(sys, "stdin", stream)

    async def begin() -> None:
        EchoingLines().begin(lambda octets: None)

    asyncio.run(begin())
    os.write(write_end, b"NOOP\n")
    os.close(write_end)
    for thread in [thread for thread in threading.enumerate() if thread.name == "typed lines"]:
        thread.join(20)
    stream.close()


def test_with_termios_the_loop_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """The echo can be switched off, and is as it was found at the end."""
    master, slave = pty.openpty()
    with os.fdopen(slave, "r") as stdin, os.fdopen(master, "r+b", buffering=0) as keys:
        monkeypatch.setattr(sys, "stdin", stdin)

        async def read() -> bytes:
            lines = typed_lines()
            assert isinstance(lines, TerminalLines)
            taken: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
            lines.begin(taken.set_result)
            assert lines.echo(False) == ""
            keys.write(b"secret\n")
            octets = await asyncio.wait_for(taken, 20)
            lines.end()
            return octets

        assert asyncio.run(read()) == b"secret\n"
        keys.write(b"seen\n")
        assert b"secret" not in keys.read(100)


def test_keys_come_another_way_where_there_is_no_posix(monkeypatch: pytest.MonkeyPatch) -> None:
    """What prompt_toolkit has for the system is taken; here it is its own plain input."""
    master, slave = pty.openpty()
    with os.fdopen(slave, "r") as stdin:
        assert isinstance(keyboard(stdin), PasteInput)
        monkeypatch.setitem(sys.modules, "smtpshell.shell.terminal.paste", None)
        found = keyboard(stdin)
        assert isinstance(found, Vt100Input)
        assert not isinstance(found, PasteInput)
    os.close(master)


def test_loops_without_signals_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """And so are signals that the system has not."""

    def refuse(*arguments: object) -> None:
        raise NotImplementedError

    async def ask() -> None:
        numbers: list[int] = []
        monkeypatch.setattr(asyncio.get_running_loop(), "add_signal_handler", refuse)
        on_signal("SIGTERM", numbers.append)
        on_signal("SIGNOTHING", numbers.append)

    asyncio.run(ask())
