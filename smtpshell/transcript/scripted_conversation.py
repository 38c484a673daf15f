"""The server's side of a transcript, spoken to one client: octets in, beats to perform out, no sockets.

The client is expected to follow the recording.  Where it does not, that is noted, and it is answered as sensibly
as can be: with the recorded reply to the same command further on, where there is one, else 503.  RCPT, DATA,
BDAT and content are not looked for beyond the next MAIL, since they would belong to another message.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from smtpshell.errors import RemoteProtocolError
from smtpshell.protocol.command_reader import CommandHeard, CommandReader, ContentHeard, Heard
from smtpshell.protocol.commands import Auth, AuthResponse, Bdat, Raw
from smtpshell.protocol.events import Wanted
from smtpshell.transcript.client_lines import fits, keeps, spelt
from smtpshell.transcript.redaction import Secrets
from smtpshell.transcript.script import CONTENT, Beat, Close, Cue, Handshake, Reset, Say, Script

__all__ = ["Deviation", "ScriptedConversation", "table"]

_OF_ONE_MESSAGE: Final = frozenset({"RCPT", "DATA", "BDAT", CONTENT})

_UNSCRIPTED: Final = {
    "NOOP": "250 2.0.0 Ok",
    "RSET": "250 2.0.0 Ok",
    "QUIT": "221 2.0.0 Bye",
    CONTENT: "451 4.3.0 The transcript ends before this message does",
}
"""Verb -> the answer where the transcript has none; 503 for the others."""

_NOT_HERE: Final = "503 5.5.1 The transcript does not have this here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """Something the client said otherwise: ``line`` of the file at ``path``, the lines expected and got, why."""

    path: str
    line: int
    expected: str
    got: str
    why: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.why}\n  expected {self.expected}\n  got      {self.got}"


def table(deviations: list[Deviation] | tuple[Deviation, ...]) -> str:
    """Write deviations as a table: where, what was expected, what came."""
    rows = [("", "expected", "got")]
    rows += [(f"{one.path}:{one.line}", one.expected, one.got) for one in deviations]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return "\n".join(f"{where:<{widths[0]}}  {expected:<{widths[1]}}  {got}" for where, expected, got in rows)


class ScriptedConversation:
    """One client's conversation.  Perform what begin() and receive_data() give, in order.

    After a Handshake call tls_started().  ``closed`` means that a Close or Reset was given.  ``heard`` counts what
    the client said, ``deviations`` are what it said otherwise.  ``exact`` holds its lines to every octet.
    """

    def __init__(self, script: Script, *, exact: bool = False) -> None:
        self.closed: bool = False
        self.heard: int = 0
        self.deviations: list[Deviation] = []
        self._script = script
        self._exact = exact
        self._reader = CommandReader()
        self._place = 1  # the connection itself is the first cue
        self._left_out: set[int] = set()
        self._secrets = Secrets()
        self._block = bytearray()
        self._block_move = CONTENT
        self._content_octets = 0
        self._after_auth = False
        self._handshaking = False

    @property
    def finished(self) -> bool:
        """Whether the client has said all that the transcript has it say."""
        return self.closed or self._place == len(self._script.cues)

    def begin(self) -> list[Beat]:
        """Give what is done first: mostly the greeting."""
        return self._play(self._script.cues[0])

    def tls_started(self) -> None:
        """Go on inside TLS; what came ahead of the handshake is forgotten (RFC 3207 4.2)."""
        self._reader.take_all()
        self._handshaking = False

    def receive_data(self, octets: bytes) -> list[Beat]:
        """Take octets from the client, cut anywhere; give what is to be done."""
        self._reader.receive_data(octets)
        beats: list[Beat] = []
        try:
            while not (self.closed or self._handshaking) and (heard := self._reader.next_heard()) is not None:
                beats += self._take(heard)
        except RemoteProtocolError as error:
            self._deviate("a line without end", str(error.message))
            self.closed = True
            beats += [Say(b"500 5.5.2 Line too long\r\n"), Close()]
        return _joined(beats)

    def ended(self, how: str = "the client closed") -> None:
        """Take the end of the connection, which the script did not bring about."""
        if not self.finished:
            self._deviate("the client left early", f"({how})")
        self.closed = True

    # ---------------------------------------------------------------- inside

    def _take(self, heard: Heard) -> list[Beat]:
        if isinstance(heard, CommandHeard):
            command = heard.command
            if isinstance(command, Auth | AuthResponse):
                self._secrets.remember(
                    command.initial_response or "" if isinstance(command, Auth) else command.response
                )
            if isinstance(command, Bdat):
                self._block[:], self._block_move = heard.octets, command.move
                self._content_octets = len(heard.octets)
                return []
            # Behind a refused AUTH a line that is no command can only be an answer, and secret.
            stray = self._after_auth and isinstance(command, Raw) and not command.problem
            self._after_auth = isinstance(command, Auth | AuthResponse) or stray
            move = "AUTH-RESPONSE" if stray else command.move
            return self._answer(move, heard.octets)
        octets = heard.wire if isinstance(heard, ContentHeard) else heard.octets
        self._content_octets += len(octets)
        if self._next is not None and keeps(self._next, exact=self._exact):
            self._block += octets
        if not heard.ended and not self._enough:
            return []
        self._content_octets = 0
        said, move = bytes(self._block), CONTENT if isinstance(heard, ContentHeard) else self._block_move
        self._block.clear()
        return self._answer(move, said)

    @property
    def _enough(self) -> bool:
        """Whether as much of a content is here as there was when the recorded server ended it."""
        cue = self._next
        return cue is not None and cue.unfinished and self._content_octets >= len(cue.octets)

    @property
    def _next(self) -> Cue | None:
        return self._script.cues[self._place] if self._place < len(self._script.cues) else None

    def _answer(self, move: str, octets: bytes) -> list[Beat]:
        self.heard += 1
        got = "(the content)" if move == CONTENT else spelt(move, octets, self._secrets)
        found = self._find(move, octets)
        if found is None and move == "QUIT" and self._next is None:
            return self._unscripted(move)  # a recording that ends early, as a log may; all clients say it
        if found is None:
            self._deviate("the transcript does not have this here", got)
            return self._unscripted(move)
        cue = self._script.cues[found]
        if found < self._place:
            self._deviate("said later than recorded", got)
            self._left_out.discard(found)
            return self._play(cue)
        if found > self._place:
            self._deviate(f"{found - self._place} left out by the client", got)
            self._left_out.update(range(self._place, found))
        elif not self._fits(cue, move, octets):
            self._deviate("the content differs" if move == CONTENT else "the arguments differ", got)
        self._place = found + 1
        return self._play(cue)

    def _fits(self, cue: Cue, move: str, octets: bytes) -> bool:
        same = cue.verb == move.partition(" ")[0]
        return (same or (cue.wild and CONTENT not in (cue.move, move))) and fits(cue, octets, exact=self._exact)

    def _find(self, move: str, octets: bytes) -> int | None:
        """Find the cue that what was heard is for: the next one, else one like it further on."""
        if self._next is not None and self._fits(self._next, move, octets):
            return self._place
        verb = move.partition(" ")[0]
        ahead: list[int] = []
        for place in range(self._place, len(self._script.cues)):
            cue = self._script.cues[place]
            if verb in _OF_ONE_MESSAGE and cue.verb == "MAIL":
                break
            ahead.append(place)
            if verb == "AUTH-RESPONSE":
                break
        alike = [place for place in ahead if self._script.cues[place].verb == verb]
        due = alike[:1] if alike[:1] == [self._place] and verb not in _OF_ONE_MESSAGE else []
        fitting = [place for place in ahead if self._fits(self._script.cues[place], move, octets)]
        missed = [place for place in sorted(self._left_out) if self._fits(self._script.cues[place], move, octets)]
        return next(iter([*due, *fitting, *missed, *alike]), None)

    def _play(self, cue: Cue) -> list[Beat]:
        if cue.asks is Wanted.CONTENT:
            self._reader.expect_content()
        elif cue.asks is Wanted.AUTH_RESPONSE:
            self._reader.expect_auth_response()
        self._handshaking = any(isinstance(beat, Handshake) for beat in cue.beats)
        self.closed = any(isinstance(beat, Close | Reset) for beat in cue.beats)
        return list(cue.beats)

    def _unscripted(self, move: str) -> list[Beat]:
        say = Say(f"{_UNSCRIPTED.get(move, _NOT_HERE)}\r\n".encode())
        self.closed = move == "QUIT"
        return [say, Close()] if self.closed else [say]

    def _deviate(self, why: str, got: str) -> None:
        cue = self._next or self._script.cues[-1]
        if self._next is None:
            expected = "(nothing more)"
        elif cue.move == CONTENT:
            expected = "(the content)"
        else:
            expected = str(cue.lines[0][1]) if cue.wild else spelt(cue.move, bytes(cue.octets), self._secrets)
        redacted = self._secrets.redact_text(expected)
        self.deviations.append(
            Deviation(path=self._script.path, line=cue.line, expected=redacted, got=got, why=why)
        )


def _joined(beats: list[Beat]) -> list[Beat]:
    """Join what is said in one go, so that it goes out in one write."""
    joined: list[Beat] = []
    for beat in beats:
        before = joined[-1] if joined else None
        if isinstance(before, Say) and isinstance(beat, Say) and not before.cut and not beat.cut:
            joined[-1] = Say(before.octets + beat.octets)
        else:
            joined.append(beat)
    return joined
