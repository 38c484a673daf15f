"""Watches a session for what an expectation may speak of: replies, what they answer, the server's leaving."""

from __future__ import annotations

from collections import deque

from smtpshell.protocol.events import Closed, CommandSent, ContentSent, Event, Greeted, ReplyReceived
from smtpshell.protocol.replies import Reply

__all__ = ["Watch"]


class Watch:
    """An observer of one session: each reply with the verb it answers, and whether the server went away.

    With ``keep`` only so many replies, the last.
    """

    def __init__(self, keep: int | None = None) -> None:
        self.replies: deque[tuple[str, Reply]] = deque(maxlen=keep)
        self.closed_after: str | None = None
        self._last = "GREETING"

    def __call__(self, event: Event, seconds: float) -> None:
        match event:
            case CommandSent():
                self._last = event.command.move
            case ContentSent(ended=True):
                self._last = "CONTENT"
            case Greeted():
                self.replies.append(("GREETING", event.reply))
            case ReplyReceived():
                self.replies.append((event.command.move if event.command else self._last, event.reply))
            case Closed(by_server=True):
                said_goodbye = self.replies and self.replies[-1][0] == "QUIT"
                if event.unanswered:
                    self.closed_after = event.unanswered[0].move
                elif not said_goodbye:
                    self.closed_after = self._last
            case _:
                pass  # nothing that an expectation speaks of

    def lost(self) -> None:
        """Note that the connection was lost without a proper end."""
        self.closed_after = self.closed_after or self._last
