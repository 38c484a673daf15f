"""The client's side of one SMTP conversation, without I/O: commands and octets in, octets and events out.

    connection = Connection()
    octets = connection.send(Ehlo("client.example.test"))   # put these on the wire
    connection.receive_data(octets_from_the_wire)           # b"" when the stream has ended
    while event := connection.next_event(): ...

Rules: outstanding commands are a queue and a reply belongs to its head.  Nothing is refused and nothing is
thrown away; what deviates comes as findings on the event (``strict=True`` raises instead).  What happened
outside the protocol (the handshake) is told with tls_established().
"""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from smtpshell.errors import LocalProtocolError, RemoteProtocolError
from smtpshell.protocol.command_reader import ChunkHeard, CommandHeard, CommandReader, ContentHeard, Mode
from smtpshell.protocol.commands import Auth, AuthResponse, Command, Content, Greeting, Raw
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
    Wanted,
)
from smtpshell.protocol.facts import Facts
from smtpshell.protocol.findings import RULES, Finding, Severity
from smtpshell.protocol.judges import CommandSeen, ContentJudge, ReplySeen, judge_command, judge_end, judge_reply
from smtpshell.protocol.receive_buffer import ReceiveBuffer
from smtpshell.protocol.replies import Reply
from smtpshell.protocol.secret_spans import secret_span
from smtpshell.protocol.states import State, after_success, next_state

__all__ = ["Connection"]

# On Python 3.11 a member looked up in its class takes seven times as long as a name of the module's.
_AUTH, _CLOSED, _CONTENT, _READY, _TLS = State.AUTH, State.CLOSED, State.CONTENT, State.READY, State.TLS


class Connection:
    """One conversation, seen from the client.

    ``state`` is what the replies so far confirm; ``assumed_state`` what holds if all that is outstanding
    succeeds; ``facts`` is everything known besides order.  With ``strict`` a finding of severity ERROR or
    DANGER raises LocalProtocolError (about what would be sent; nothing was, nothing changed) or
    RemoteProtocolError (about what came; its events are there all the same).
    """

    def __init__(self, *, strict: bool = False) -> None:
        self.strict = strict
        self.state: State = State.CONNECTED
        self._assumed: State | None = State.GREETED
        self.facts: Facts = Facts()
        self.closed: bool = False
        self._outstanding: deque[_Sent] = deque([_Sent(Greeting(), b"")])
        self._events: deque[Event] = deque()
        self._received = ReceiveBuffer()
        self._heard = CommandReader()
        self._content_judge: ContentJudge | None = None
        self._breach: RemoteProtocolError | None = None

    @property
    def outstanding(self) -> tuple[Command, ...]:
        """What the server still has to answer, oldest first; the greeting counts until it has come."""
        return tuple([sent.command for sent in self._outstanding])

    @property
    def newest(self) -> Command:
        """What went out last of all that is outstanding; IndexError where nothing is."""
        return self._outstanding[-1].command

    @property
    def awaited(self) -> Command | None:
        """What the next reply answers, or None where none is due."""
        return self._outstanding[0].command if self._outstanding else None

    @property
    def assumed_state(self) -> State:
        """The state that holds if all that is outstanding succeeds."""
        if self._assumed is None:
            self._assumed = after_success(self.state, (sent.command.move for sent in self._outstanding))
        return self._assumed

    @property
    def partial_reply(self) -> tuple[bytes, ...]:
        """The lines of the reply that is coming in, as far as they are here."""
        return self.partial_reply_from(0)

    @property
    def partial_octets(self) -> bytes:
        """All that is here of the reply that is coming in, the beginning of a line included."""
        return b"".join(self._received.reply_begun) + self._received.partial_line

    def partial_reply_from(self, line: int) -> tuple[bytes, ...]:
        """Give the lines of the reply that is coming in, the first ``line`` of them left out."""
        return tuple(self._received.reply_begun[line:])

    @property
    def wanted(self) -> Wanted | None:
        """What the server waits for instead of a command."""
        return _WANTED.get(self.state) if self.assumed_state is self.state else None

    @property
    def chunk_wanted(self) -> bool:
        """Whether the octets of a BDAT chunk are due next."""
        return self._heard.mode is Mode.CHUNK

    # ---------------------------------------------------------------- what goes out

    def send(self, command: Command) -> bytes:
        """Give a command's octets for the wire and note it outstanding."""
        return self.send_octets(command.encode())

    def send_octets(self, octets: bytes) -> bytes:
        """Note octets that go out exactly as they are, cut anywhere; understood like a server would.

        Raises LocalProtocolError in a strict connection.
        """
        if self.strict:
            self._rehearse(octets)
        self._heard.receive_data(octets)
        while (heard := self._heard.next_heard()) is not None:
            if isinstance(heard, CommandHeard):
                self._note_command(heard)
            elif isinstance(heard, ChunkHeard):
                self._note_chunk(heard)
            else:
                self._note_content(heard.wire, ended=heard.ended)
        return octets

    def send_content(self, octets: bytes, encoder: ContentEncoder) -> bytes:
        """Give the wire form of a block of content made by ``encoder``; end it with end_content()."""
        wire = encoder.encode(octets)
        self._note_content(wire, ended=False, repaired=encoder.repair)
        return wire

    def end_content(self, encoder: ContentEncoder) -> bytes:
        """Give the octets that end the content, and wait for its reply (LMTP: for each recipient's)."""
        wire = encoder.finish()
        self._note_content(wire, ended=True, repaired=encoder.repair)
        self._heard.expect_command()
        return wire

    def tls_established(self, description: str = "") -> None:
        """Go on inside TLS: the handshake that TlsWanted asked for, or implicit TLS, is done.

        Everything learned before is forgotten (RFC 3207 4.2).  With implicit TLS call it before the greeting.
        """
        if self.state is _TLS:
            self.state = self._assumed = State.GREETED
        self.facts.start_over(tls=True)
        self._events.append(TlsStarted(description=description))

    # ---------------------------------------------------------------- what comes in

    def receive_data(self, octets: bytes) -> None:
        """Take octets from the server, cut anywhere; b"" means that it closed.

        Events they complete are then ready from next_event().  Raises RemoteProtocolError for a line
        without end (limits.UNBOUNDED octets), and for findings in a strict connection.
        """
        if not octets:
            self._end(by_server=True)
        elif self.state is _TLS:
            self._discard(octets)
        else:
            self._received.feed(octets)
            self._read_replies()
        if self._breach is not None:
            breach, self._breach = self._breach, None
            raise breach

    def close(self) -> None:
        """Note that our own side closes the connection."""
        self._end(by_server=False)

    def next_event(self) -> Event | None:
        """Give the next event, or None when there is none yet."""
        return self._events.popleft() if self._events else None

    # ---------------------------------------------------------------- inside

    def _rehearse(self, octets: bytes) -> None:
        """Raise LocalProtocolError where these octets would break a rule; nothing is changed by it."""
        rehearsal = copy.deepcopy(self)
        rehearsal.strict = False
        rehearsal._events.clear()
        rehearsal.send_octets(octets)
        while isinstance(event := rehearsal.next_event(), CommandSent | ContentSent):
            self._refuse(event.findings)

    def _refuse(self, findings: tuple[Finding, ...]) -> None:
        if self.strict and (worst := _worst(findings)):
            raise LocalProtocolError(str(worst), hint=f"see {worst.rule.source}")

    def _read_replies(self) -> None:
        for reply in self._received.replies():
            self._reply_complete(reply)
            if self.state is _TLS and len(self._received):
                self._discard(self._received.take_all())

    def _note_command(self, heard: CommandHeard) -> None:
        command = heard.command
        earlier = self._outstanding[-1].command if self._outstanding else None
        if isinstance(command, Raw) and isinstance(earlier, Auth | AuthResponse) and not command.problem:
            # Typed ahead while AUTH is unanswered: it can only be an answer, and it is secret.
            command = AuthResponse(heard.octets.rstrip(b"\r\n").decode("utf-8", "surrogateescape"))
        unanswered = earlier.move if earlier else ""
        state, move = self.assumed_state, command.move
        findings = judge_command(CommandSeen(heard.octets, command, state, self.facts, unanswered))
        self.facts.ask(command)
        self._outstanding.append(_Sent(command, heard.octets))
        self._assumed = after_success(state, (move,))
        secret = secret_span(command, heard.octets)
        self._events.append(CommandSent(octets=heard.octets, command=command, secret=secret, findings=findings))

    def _note_chunk(self, heard: ChunkHeard) -> None:
        if self._content_judge is None:
            self._content_judge = ContentJudge(self.facts, chunks=True)
        findings = self._content_judge.judge(heard.octets)
        self._events.append(ContentSent(octets=heard.octets, chunk=True, ended=heard.ended, findings=findings))
        if heard.ended and heard.last:
            self._content_judge = None

    def _note_content(self, wire: bytes, *, ended: bool, repaired: bool = False) -> None:
        if self._content_judge is None:
            self._content_judge = ContentJudge(self.facts, repaired=repaired)
        findings = self._content_judge.judge(wire, ended=ended)
        self._refuse(findings)
        self._events.append(ContentSent(octets=wire, ended=ended, findings=findings))
        if ended:
            self._content_judge = None
            self._outstanding.extend(self._content_answers())
            self._assumed = after_success(self.assumed_state, ("CONTENT",))

    def _content_answers(self) -> list[_Sent]:
        """Give what is outstanding once the content has ended: LMTP answers for each recipient (RFC 2033 4.2)."""
        recipients = self.facts.forward_paths if self.facts.lmtp else ()
        return [_Sent(Content(recipient), b"") for recipient in recipients or (None,)]

    def _reply_complete(self, reply: Reply) -> None:
        command = self._outstanding.popleft().command if self._outstanding else None
        move = command.move if command else ""
        if move in _LAST_PARTS and self.facts.lmtp and reply.code not in _ANSWERS_TO_THE_LINE:
            # This reply is the first recipient's (RFC 2033 4.3); the others' come next.
            self._outstanding.extendleft(reversed(self._content_answers()[1:]))
        if reply.code == _RECIPIENTS_FOLLOW and (move == "CONTENT" or move in _LAST_PARTS):
            answers = [Content(recipient) for recipient in self.facts.forward_paths]
            self._outstanding.extendleft(_Sent(answer, b"") for answer in (Content(), *reversed(answers)))
        findings = judge_reply(ReplySeen(reply, move, self.facts, self.state))
        if self.strict:
            self._remember_breach(findings, reply.raw)
        if isinstance(command, Greeting):
            self._events.append(Greeted(reply=reply, findings=findings))
        else:
            self._events.append(ReplyReceived(reply=reply, command=command, findings=findings))
        before = self.state
        self._move(move, reply)
        if command is not None:
            self.facts.learn(command, reply)
        if self.state is _READY and before is not _READY:
            self.facts.end_transaction()
            if not self._outstanding:
                self._content_judge = None
        if self.state in _WAITING:
            self._continue(reply)

    def _move(self, move: str, reply: Reply) -> None:
        """Move on, but leave CONTENT only with the last of LMTP's replies."""
        more_of_it = move == "CONTENT" and self._outstanding and self._outstanding[0].command.move == move
        if more_of_it and reply.code != 421:
            return
        if self._outstanding:
            assumed = after_success(self.state, (move,))
            self.state = next_state(self.state, move, reply)
            if self.state is not assumed:
                self._assumed = None
        else:
            self.state = self._assumed = next_state(self.state, move, reply)

    def _continue(self, reply: Reply) -> None:
        """Say what must happen next where it is not a command."""
        if self.state is _CONTENT and reply.code == 354:
            self._events.append(ContinuationRequested(wanted=Wanted.CONTENT))
            self._expect_content()
        elif self.state is _AUTH and reply.code == 334:
            if not self._outstanding:
                self._heard.expect_auth_response()
            self._events.append(ContinuationRequested(wanted=Wanted.AUTH_RESPONSE, challenge=reply.texts[-1]))
        elif self.state is _TLS:
            self._outstanding.clear()
            self._events.append(TlsWanted())

    def _expect_content(self) -> None:
        """Take what goes out next for content, and lines that went out ahead of the 354 up to the lone dot."""
        unfinished = self._heard.take_all()
        self._heard.expect_content()
        ended = False
        while self._outstanding and not ended:
            self._heard.receive_data(self._outstanding.popleft().octets)
            while isinstance(heard := self._heard.next_heard(), ContentHeard):
                ended = heard.ended
        self._heard.receive_data(unfinished)
        if ended:
            self._outstanding.extendleft(reversed(self._content_answers()))
        self._assumed = None

    def _discard(self, octets: bytes) -> None:
        findings = (Finding(RULES["octets-before-tls"], f"{len(octets)} octets"),)
        self._remember_breach(findings, octets)
        self._events.append(Discarded(octets=octets, findings=findings))

    def _end(self, *, by_server: bool) -> None:
        if self.closed:
            return
        self.closed = True
        unfinished_reply = self._received.end()
        if unfinished_reply is not None:
            self._reply_complete(unfinished_reply)
        unfinished = self._heard.take_all()
        if unfinished:
            command = Raw(unfinished)
            self._events.append(CommandSent(octets=unfinished, command=command, secret=(0, len(unfinished))))
        before, self.state, self._assumed = self.state, _CLOSED, _CLOSED
        unanswered = self.outstanding
        self._outstanding.clear()
        findings = judge_end(before, unanswered, inside_reply=unfinished_reply is not None) if by_server else ()
        self._remember_breach(findings, b"")
        self._events.append(Closed(by_server=by_server, unanswered=unanswered, findings=findings))

    def _remember_breach(self, findings: tuple[Finding, ...], octets: bytes) -> None:
        """Keep the first breach for receive_data() to raise when all octets are read."""
        if self.strict and self._breach is None and (worst := _worst(findings)):
            self._breach = RemoteProtocolError(str(worst), hint=f"see {worst.rule.source}", octets=octets)


@dataclass(slots=True)
class _Sent:
    """Something outstanding, with the octets that went out for it."""

    command: Command
    octets: bytes


# A refusal of the BDAT line itself says nothing of any recipient: syntax, sequence, or the end (RFC 5321 4.3.2).
_ANSWERS_TO_THE_LINE = frozenset({421, 500, 501, 502, 503, 504})
_LAST_PARTS = frozenset({"BDAT LAST", "BURL LAST"})  # what ends the content without a lone dot
_RECIPIENTS_FOLLOW = 353  # draft-hall-prdr: a reply for each recipient comes next, then one for all
_WAITING = frozenset({_CONTENT, _AUTH, _TLS})  # where something must follow that is no command
_WANTED = {_CONTENT: Wanted.CONTENT, _AUTH: Wanted.AUTH_RESPONSE}


def _worst(findings: Iterable[Finding]) -> Finding | None:
    """Give the first finding that a strict connection does not let pass."""
    return next((finding for finding in findings if finding.rule.severity >= Severity.ERROR), None)
