"""Ending another thread's wait."""

from __future__ import annotations

import gc
import os
import selectors
import threading

import pytest

from smtpshell.session.waking import Waker


def test_a_wait_is_ended_once() -> None:
    """By a call before it or while it lasts, however many there were."""
    waker = Waker()
    assert not waker.taken()
    for _ in range(100_000):
        waker.wake()
    with selectors.DefaultSelector() as selector:
        selector.register(waker, selectors.EVENT_READ)
        assert selector.select(0)
        assert waker.taken()
        assert not waker.taken()
        assert not selector.select(0)
        threading.Thread(target=waker.wake).start()
        assert selector.select(10)
    waker.close()


def test_forgotten_it_leaves_nothing_open() -> None:
    """Also in a circle, where the order of ends is nobody's to say."""
    waker = Waker()
    waker.wake()
    descriptor = waker.fileno()
    circle: list[object] = [waker]
    circle.append(circle)
    del waker, circle
    gc.collect()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


def test_closed_it_begins_anew() -> None:
    """A shell that goes on after close() can be interrupted again."""
    waker = Waker()
    waker.wake()
    waker.close()
    waker.close()
    assert not waker.taken()
    waker.wake()
    assert waker.taken()
    waker.close()
