"""Which reply belongs to which command, the same for a recording and for what happens now.

Both sides of a comparison are told of the same groups of lines; a tag then names what each reply answers.  So
a reply that only one of them has, after an honest difference, leaves the others paired right.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from smtpshell.protocol.commands import Command, Content
from smtpshell.protocol.connection import Connection

__all__ = ["GREETING", "Ledger", "Tag"]


@dataclass(frozen=True, slots=True)
class Tag:
    """What a reply answers: the ``ordinal``-th thing of its ``kind`` in the ``group``-th group sent.

    ``kind`` is "command", "content" (with the recipient, in LMTP) or "unsolicited".
    """

    group: int
    kind: str
    ordinal: int = 0


GREETING: Final = Tag(0, "command")


class Ledger:
    """Gives tags to what is outstanding at a Connection; ``group`` is the number of the last group sent."""

    def __init__(self, connection: Connection) -> None:
        self.group = 0
        self._connection = connection
        self._counts: Counter[tuple[int, str]] = Counter()
        # The command is kept with its tag, so that its id() stays its own.
        self._tags: dict[int, tuple[Command, Tag]] = {}
        self.note()

    def note(self) -> None:
        """Look at what has become outstanding since."""
        for command in self._connection.outstanding:
            self.tag(command)

    def tag(self, command: Command | None) -> Tag:
        """Give the tag of a command, or for None that of the next unsolicited reply."""
        if command is None:
            return self._next("unsolicited")
        if id(command) not in self._tags:
            kind = f"content {command.recipient or ''}" if isinstance(command, Content) else "command"
            self._tags[id(command)] = (command, self._next(kind))
        return self._tags[id(command)][1]

    def is_due(self, tag: Tag) -> bool:
        """Whether the reply with this tag is still to come."""
        return any(self.tag(command) == tag for command in self._connection.outstanding)

    def _next(self, kind: str) -> Tag:
        group = 0 if kind == "unsolicited" else self.group
        ordinal = self._counts[group, kind]
        self._counts[group, kind] += 1
        return Tag(group, kind, ordinal)
