r"""What a replay is watched for, in a few words: the language of ``shrink --until``.

    code 550            a reply with that code; 5yz (or 55x) stands for any digit
    reply ~ REGEX       a reply with a line in which the regular expression is found
    closed              the server closes or resets the connection without having been asked to by QUIT
    mismatch            a reply differs from the recording, at the match level

Each of them may end in ``to VERB``: only what answers that command counts.  VERB is a verb (BDAT LAST is one of
its own), or CONTENT for what comes after the final dot, or GREETING.  A REGEX that ends in such words is put in
parentheses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from smtpshell.errors import ConnectionLost, UsageError
from smtpshell.protocol.commands import parse
from smtpshell.protocol.events import Closed, CommandSent, ContentSent, Event, Greeted, ReplyReceived
from smtpshell.protocol.replies import Reply
from smtpshell.transcript.replay_result import ReplayResult

__all__ = ["Expectation", "Watch"]

_FORMS: Final = re.compile(
    r"(?:(?P<code>code)\s+(?P<digits>[2-5][0-9xyz]{2})|(?P<reply>reply)\s*~\s*(?P<regex>\S.*?)|(?P<bare>closed|mismatch))"
    r"(?:\s+to\s+(?P<to>[A-Za-z][A-Za-z0-9-]*(?:\s+LAST)?))?",
    re.IGNORECASE,
)


class Watch:
    """An observer of one session: each reply with the verb it answers, and whether the server went away."""

    def __init__(self) -> None:
        self.replies: list[tuple[str, Reply]] = []
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """``kind`` is code, reply, closed or mismatch; ``pattern`` is looked for in replies; ``verb`` "" is any."""

    kind: str
    pattern: re.Pattern[str] = re.compile("")
    verb: str = ""

    @classmethod
    def parse(cls, text: str) -> Expectation:
        """Read an expectation.  Raises UsageError."""
        found = _FORMS.fullmatch(text.strip())
        if found is None:
            hint = "code 550, reply ~ REGEX, closed or mismatch, each with or without: to MAIL"
            raise UsageError(f"{text!r} is no expectation", hint=hint)
        kind = (found["code"] or found["reply"] or found["bare"]).lower()
        verb = " ".join((found["to"] or "").upper().split())
        regex = re.sub("[xyz]", "[0-9]", found["digits"].lower()) if found["digits"] else found["regex"]
        try:
            return cls(kind=kind, pattern=re.compile(regex or ""), verb=verb)
        except re.error as error:
            raise UsageError(f"{text!r}: no regular expression: {error}") from None

    def shown(self, watches: list[Watch], result: ReplayResult) -> bool:
        """Tell whether a replay showed it; ``watches`` observed its sessions, in order."""
        if isinstance(result.problem, ConnectionLost) and watches:
            watches[-1].lost()
        return any(not self.verb or verb == self.verb for verb in self._verbs(watches, result))

    def _verbs(self, watches: list[Watch], result: ReplayResult) -> Iterator[str]:
        """Give the verb at each place where it was seen."""
        if self.kind == "mismatch":
            yield from (_verb(exchange.command) for exchange in result.mismatches)
        elif self.kind == "closed":
            yield from (watch.closed_after for watch in watches if watch.closed_after is not None)
        else:
            for watch in watches:
                yield from (verb for verb, reply in watch.replies if self._found_in(reply))

    def _found_in(self, reply: Reply) -> bool:
        if self.kind == "code":
            return self.pattern.fullmatch(f"{reply.code:03}") is not None
        lines = (line.octets.decode("utf-8", "surrogateescape") for line in reply.lines)
        return any(map(self.pattern.search, lines))


def _verb(command: str) -> str:
    """Give the verb of a command as a replay's result names it."""
    if not command:
        return "GREETING"
    return (
        "CONTENT" if command == "the content" else parse(f"{command}\r\n".encode("utf-8", "surrogateescape")).move
    )
