"""A server that says what a test tells it to, when the test tells it to."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Final

from smtpshell.session.listener import Conversation, Listener

__all__ = ["ScriptedServer"]

_DEADLINE: Final = 20.0
"""Seconds until a line that never comes is missed."""


class ScriptedServer:
    """Answers each line at once by its verb, where ``replies`` has it; all else waits for say().

    A context manager; ``url`` says where it listens, ``heard`` what lines came, in their order.
    """

    def __init__(self, replies: Mapping[str, bytes] | None = None, greeting: bytes = b"220 scripted\r\n") -> None:
        self.heard: list[bytes] = []
        self._replies = dict(replies or {})
        self._greeting = greeting
        self._changed = threading.Condition()
        self._conversation: Conversation | None = None
        self._listener = Listener(self._converse)
        self.url = f"smtp://{self._listener.host}:{self._listener.port}"

    def say(self, octets: bytes) -> None:
        """Say something, asked or not, once the greeting is said."""
        self._greeted().send(octets)

    def expect(self, *lines: bytes) -> None:
        """Wait until exactly these lines have been heard since the connection began."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.heard) >= len(lines), _DEADLINE), self.heard
        assert self.heard == list(lines)

    def hang_up(self) -> None:
        """Close the connection after what was said."""
        self._greeted().interrupt()

    def __enter__(self) -> ScriptedServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()

    def _greeted(self) -> Conversation:
        """Wait for the client: it may be at its prompt before the connection is accepted here."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._conversation is not None, _DEADLINE)
        assert self._conversation is not None
        return self._conversation

    def _converse(self, conversation: Conversation) -> None:
        conversation.send(self._greeting)
        with self._changed:
            self._conversation = conversation
            self._changed.notify_all()
        unread = b""
        while octets := conversation.receive():
            *lines, unread = (unread + octets).split(b"\r\n")
            for line in lines:
                with self._changed:
                    self.heard.append(line)
                    self._changed.notify_all()
                conversation.send(self._replies.get(line.split(b" ")[0].decode("utf-8", "replace").upper(), b""))
