"""The findings of one conversation, numbered as they come: the number is shown, and /explain takes it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from smtpshell.protocol.events import CommandSent, ContentSent, Discarded, Event, Greeted, ReplyReceived
from smtpshell.protocol.findings import Finding

__all__ = ["KEPT", "Numbered", "NumberedFindings"]

KEPT: Final = 10_000
"""Findings that are kept; a server that never stops to misbehave must not fill the memory."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """One finding: its number from 1 on, the seconds since the connection began, and what it was about."""

    number: int
    seconds: float
    about: str
    finding: Finding


class NumberedFindings:
    """The last KEPT findings, in order; ``count`` tells how many there were."""

    def __init__(self) -> None:
        self.count: int = 0
        self._kept: deque[Numbered] = deque(maxlen=KEPT)

    def add(self, event: Event, seconds: float) -> None:
        """Give what was found about an event its numbers."""
        for finding in getattr(event, "findings", ()):
            self.count += 1
            self._kept.append(Numbered(self.count, seconds, _about(event), finding))

    def first_of(self, event: Event) -> int:
        """Give the number of the first finding about an event, which was the last to be added."""
        return self.count - len(getattr(event, "findings", ())) + 1

    def get(self, number: int) -> Numbered | None:
        """Give a finding by its number; None where there is none, or not any more."""
        at = number - (self.count - len(self._kept)) - 1
        return self._kept[at] if 0 <= at < len(self._kept) else None

    def __iter__(self) -> Iterator[Numbered]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)


def _about(event: Event) -> str:
    """Name an event as the conversation shows it."""
    match event:
        case CommandSent():
            return event.command.move
        case ContentSent():
            return "the chunk" if event.chunk else "the content"
        case Greeted():
            return f"the greeting, {event.reply.code}"
        case ReplyReceived():
            return f"{event.reply.code} to {event.command.move if event.command else 'nothing'}"
        case Discarded():
            return "what came behind the reply to STARTTLS"
        case _:
            return "the end of the connection"
