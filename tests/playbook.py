r"""Conversations as tests: what is sent, what comes, and what a Connection must make of it.

    (
        Playbook()
        .server("220 mx.example.test\r\n").sees("<- 220 to CONNECT")
        .client("EHLO client\r\n").sees("-> EHLO client")
        .server("250 mx.example.test\r\n").sees("<- 250 to EHLO")
        .run()
    )

run() plays the conversation several times: each stream whole, one octet at a time, and in random cuts (by
fixed seeds).  However the octets are cut, the events must be the same.  Where they differ from what
was written, the whole conversation is shown as a diff with arrows.

One event is one line:

    -> EHLO client                a command; a secret's octets are stars
    -> 12 octets of content       blocks are joined; "of chunk" for BDAT, "ended" for the last
    <- 250 to EHLO                a reply and what it answers; "to nothing" where none was due
    ?  content                    what the server waits for: content, auth-response CHALLENGE, tls
    *  closed by server           tls ..., discarded N octets, closed by server|us, unanswered QUIT
    !! RemoteProtocolError: ...   what was raised

A finding follows its event as " !rule-id".
"""

from __future__ import annotations

import difflib
import random
from collections.abc import Callable, Iterator
from itertools import groupby, pairwise

from smtpshell.errors import ProtocolError
from smtpshell.protocol.commands import Command
from smtpshell.protocol.connection import Connection
from smtpshell.protocol.content import ContentEncoder
from smtpshell.protocol.events import (
    Closed,
    CommandSent,
    ContentSent,
    ContinuationRequested,
    Discarded,
    Event,
    Greeted,
    ReplyReceived,
    TlsStarted,
    TlsWanted,
)
from smtpshell.protocol.findings import RULES

__all__ = ["CUTS", "Playbook", "described", "octets_of", "pieces"]

Cut = Callable[[bytes], Iterator[bytes]]


def octets_of(text: str | bytes) -> bytes:
    """Give the octets of what a test wrote: text stands for octets 0 to 255."""
    return text if isinstance(text, bytes) else text.encode("latin-1")


def pieces(octets: bytes, ends: list[int]) -> Iterator[bytes]:
    """Cut octets at these places, wherever they lie."""
    places = sorted({0, len(octets), *(end % (len(octets) + 1) for end in ends)})
    return (octets[start:end] for start, end in pairwise(places))


def _whole(octets: bytes) -> Iterator[bytes]:
    yield octets


def _single(octets: bytes) -> Iterator[bytes]:
    return (octets[at : at + 1] for at in range(len(octets)))


def _random(seed: int) -> Cut:
    def cut(octets: bytes) -> Iterator[bytes]:
        chance = random.Random(seed)  # noqa: S311 (not a secret, the same cuts every time)
        return pieces(octets, [chance.randrange(len(octets) + 1) for _ in range(chance.randint(1, 6))])

    return cut


CUTS: dict[str, Cut] = {
    "whole": _whole,
    "one octet at a time": _single,
    **{f"cut with seed {seed}": _random(seed) for seed in range(8)},
}
"""How a stream may arrive."""


def described(events: list[Event]) -> list[str]:
    """Write events as lines; blocks that only a cut keeps apart are joined."""
    lines: list[str] = []
    for _, group in groupby(events, _joined):
        same = list(group)
        findings = [f.rule.rule_id for event in same for f in getattr(event, "findings", ())]
        if len(same) > 1:
            findings = sorted(set(findings), key=list(RULES).index)
        lines.append(_line(same) + "".join(f" !{rule_id}" for rule_id in findings))
    return lines


def _joined(event: Event) -> object:
    if isinstance(event, ContentSent):
        return ("content", event.chunk)
    return "discarded" if isinstance(event, Discarded) else id(event)


def _line(events: list[Event]) -> str:
    first = events[0]
    match first:
        case CommandSent():
            start, end = first.secret or (0, 0)
            shown = first.octets[:start] + b"*" * (end - start) + first.octets[end:]
            return "-> " + shown.removesuffix(b"\r\n").decode("ascii", "backslashreplace")
        case ContentSent():
            blocks = [event for event in events if isinstance(event, ContentSent)]
            count = sum(len(block.octets) for block in blocks)
            ended = ", ended" if blocks[-1].ended else ""
            return f"-> {count} octets of {'chunk' if first.chunk else 'content'}{ended}"
        case Greeted():
            return f"<- {first.reply.code} to CONNECT"
        case ReplyReceived():
            answered = first.command.move if first.command else "nothing"
            recipient = getattr(first.command, "recipient", None)
            return f"<- {first.reply.code} to {answered}" + (f" for {recipient}" if recipient else "")
        case ContinuationRequested():
            return f"?  {first.wanted.value} {first.challenge}".rstrip()
        case TlsWanted():
            return "?  tls"
        case TlsStarted():
            return f"*  tls {first.description}".rstrip()
        case Discarded():
            octets = b"".join(event.octets for event in events if isinstance(event, Discarded))
            return f"*  discarded {len(octets)} octets"
        case Closed():
            unanswered = ", ".join(command.move for command in first.unanswered)
            return f"*  closed by {'server' if first.by_server else 'us'}" + (
                f", unanswered {unanswered}" if unanswered else ""
            )


class Playbook:
    """One conversation: steps in order, and the events that are expected after each."""

    def __init__(self, *, strict: bool = False) -> None:
        self._strict = strict
        self._steps: list[Callable[[Connection, Cut], None]] = []
        self._expected: list[str] = []

    def server(self, octets: str | bytes) -> Playbook:
        """The server sends these octets."""
        return self._step(lambda connection, cut: self._each(cut, octets, connection.receive_data))

    def client(self, octets: str | bytes | Command) -> Playbook:
        """The client sends a line or lines exactly as written, or a command."""
        if isinstance(octets, Command):
            octets = octets.encode()
        return self._step(lambda connection, cut: self._each(cut, octets, connection.send_octets))

    def content(self, octets: str | bytes, *, exact: bool = False) -> Playbook:
        """The client sends this content, stuffed, with its end."""

        def send(connection: Connection, cut: Cut) -> None:
            encoder = ContentEncoder(repair=not exact)
            self._each(cut, octets, lambda block: connection.send_content(block, encoder))
            connection.end_content(encoder)

        return self._step(send)

    def tls(self, description: str = "") -> Playbook:
        """The handshake is done."""
        return self._step(lambda connection, _: connection.tls_established(description))

    def server_closes(self) -> Playbook:
        """The stream from the server ends."""
        return self._step(lambda connection, _: connection.receive_data(b""))

    def client_closes(self) -> Playbook:
        """Our own side closes."""
        return self._step(lambda connection, _: connection.close())

    def check(self, look: Callable[[Connection], bool], meaning: str = "") -> Playbook:
        """Something must be true of the connection at this point."""

        def step(connection: Connection, _: Cut) -> None:
            assert look(connection), meaning or f"state {connection.state}, {connection.facts}"

        return self._step(step)

    def sees(self, *lines: str) -> Playbook:
        """Expect these events, and no others, since the last time."""
        self._expected += lines
        return self

    def run(self) -> Connection:
        """Play it in every way of cutting; give the connection of the last."""
        connection = Connection()
        for name, cut in CUTS.items():
            connection = Connection(strict=self._strict)
            got = self._play(connection, cut)
            if got != self._expected:
                diff = difflib.ndiff(self._expected, got)
                raise AssertionError(
                    f"{name}: - was written, + was seen\n" + "\n".join(line.rstrip("\n") for line in diff)
                )
        return connection

    def greeted(self, *offers: str, hello: str = "EHLO") -> Playbook:
        """Begin with a greeting and a hello that offers these keywords."""
        lines = ["mx.example.test", *offers]
        reply = "".join(f"250-{line}\r\n" for line in lines[:-1]) + f"250 {lines[-1]}\r\n"
        return (
            self.server("220 mx.example.test ESMTP\r\n")
            .sees("<- 220 to CONNECT")
            .client(f"{hello} client.example.test\r\n")
            .sees(f"-> {hello} client.example.test")
            .server(reply)
            .sees(f"<- 250 to {hello}")
        )

    def _step(self, step: Callable[[Connection, Cut], None]) -> Playbook:
        self._steps.append(step)
        return self

    @staticmethod
    def _each(cut: Cut, octets: str | bytes, take: Callable[[bytes], object]) -> None:
        for piece in cut(octets_of(octets)):
            take(piece)

    def _play(self, connection: Connection, cut: Cut) -> list[str]:
        lines: list[str] = []
        for step in self._steps:
            raised = ""
            try:
                step(connection, cut)
            except ProtocolError as error:
                raised = f"!! {type(error).__name__}: {error.message}"
            lines += described(list(iter(connection.next_event, None)))
            lines += [raised] if raised else []
        return lines
