"""The addresses that were named in this shell, each with what became of it: completion proposes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from smtpshell.protocol.commands import Mail, Rcpt
from smtpshell.protocol.events import CommandSent, Event, ReplyReceived

__all__ = ["Addresses"]

_LIMIT: Final = 200
"""Addresses of a kind that are remembered, the newest."""

_KINDS: Final = {Mail: "sender", Rcpt: "recipient"}


class Addresses:
    """Remembers paths by the kind of command, the newest last, each with the last reply to it."""

    def __init__(self) -> None:
        self._seen: dict[type, dict[str, str]] = {kind: {} for kind in _KINDS}

    def observe(self, event: Event) -> None:
        """See one event of a session."""
        match event:
            case CommandSent(command=Mail() | Rcpt() as command) if command.path:
                self._note(type(command), command.path, "")
            case ReplyReceived(command=Mail() | Rcpt() as command) if command.path:
                enhanced = event.reply.enhanced_status_code
                self._note(type(command), command.path, f": {event.reply.code} {enhanced or ''}".rstrip())
            case _:
                pass

    def named(self, verb: str) -> Iterator[tuple[str, str]]:
        """Give (path, what it was) for a verb, the newest first, those of the other kind behind them."""
        for kind in sorted(_KINDS, key=lambda kind: (kind is Rcpt) != (verb == "RCPT")):
            for path, reply in reversed(self._seen[kind].items()):
                yield path, f"{_KINDS[kind]}{reply}"

    def _note(self, kind: type, path: str, reply: str) -> None:
        seen = self._seen[kind]
        seen[path] = reply or seen.get(path, "")
        if reply == "":
            seen[path] = seen.pop(path)
        if len(seen) > _LIMIT:
            del seen[next(iter(seen))]
