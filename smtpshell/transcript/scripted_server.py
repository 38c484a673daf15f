"""ScriptedServer: serves a transcript's server side on a port, to any client, and says what the client did.

What is said is decided in scripted_conversation.py; here octets go to and fro, and time, TLS and ends happen.
Each connection plays the transcript from its start; where it holds several connections, one after the other.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Final

from smtpshell.errors import ExitStatus, TransportError, UsageError
from smtpshell.session.endpoint import Endpoint
from smtpshell.session.listener import Conversation, Listener
from smtpshell.transcript.model import Transcript
from smtpshell.transcript.script import Beat, Close, Handshake, Pause, Reset, Say, scripts
from smtpshell.transcript.scripted_conversation import Deviation, ScriptedConversation

if TYPE_CHECKING:
    from smtpshell.session.tls_server import ServerContext

__all__ = ["GRACE", "TIMEOUT", "TLS", "ScriptedServer", "Verdict"]

TIMEOUT: Final = 300.0
"""Seconds to wait for a client (RFC 5321 4.5.3.2.7: at least five minutes)."""

GRACE: Final = 1.0
"""Seconds that close() gives clients that have not said all; what they said last may still be on its way."""

TLS: Final = {
    "starttls": "after STARTTLS, where the transcript has TLS begin",
    "implicit": "from the first octet",
    "no": "never",
}
"""When TLS begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one client did: how much it said, and what otherwise than recorded; ``problem`` ended it early."""

    number: int
    peer: str
    heard: int
    deviations: tuple[Deviation, ...]
    problem: str = ""

    @property
    def exit_status(self) -> ExitStatus:
        """What to tell a script."""
        return ExitStatus.NEGATIVE if self.deviations or self.problem else ExitStatus.EXPECTED

    @property
    def summary(self) -> str:
        """One line about it."""
        count = len(self.deviations)
        judged = f"{count} {'deviation' if count == 1 else 'deviations'}" if count else "all as recorded"
        ended = f"; {self.problem}" if self.problem else ""
        return f"connection {self.number} from {self.peer or 'a client'}: {self.heard} said, {judged}{ended}"

    def __str__(self) -> str:
        return "\n".join([self.summary, *map(str, self.deviations)])


class ScriptedServer:
    """Listens from start() to close(); a context manager.  ``host``, ``port`` and ``url`` say where.

    ``match`` is "tolerant" or "exact", by default as the transcript's header says; ``tls`` is a key of TLS, by
    default as recorded, and wants a ``tls_context_factory``.  ``on_verdict`` is told of each client when it is
    done, in another thread.  Raises UsageError for a transcript that cannot be served like that, and ConnectError
    from start().
    """

    def __init__(
        self,
        transcript: Transcript,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        match: str = "",
        tls: str = "",
        tls_context_factory: Callable[[], ServerContext] | None = None,
        on_verdict: Callable[[Verdict], object] | None = None,
        timeout: float = TIMEOUT,
    ) -> None:
        self.host: str = host
        self.port: int = port
        self.verdicts: list[Verdict] = []
        self._scripts = scripts(transcript)
        self._exact = (match or transcript.header.get("match")) == "exact"
        self._implicit_tls = tls == "implicit" or (not tls and self._scripts[0].implicit_tls)
        self._context = tls_context_factory
        self._on_verdict = on_verdict
        self._timeout = timeout
        self._listener: Listener | None = None
        self._changed = threading.Condition()
        self._begun = 0
        self._talks: set[ScriptedConversation] = set()
        self._stopping = threading.Event()
        starttls = any(script.starttls for script in self._scripts)
        if tls == "no" and starttls:
            raise UsageError(f"{transcript.path}: TLS begins in this transcript", hint="serve it with starttls")
        if (starttls or self._implicit_tls) and tls_context_factory is None:
            raise UsageError(f"{transcript.path}: TLS needs a certificate", hint="give tls_context_factory")

    def start(self) -> ScriptedServer:
        """Listen."""
        self._listener = Listener(self._converse, self.host, self.port)
        self.host, self.port = self._listener.host, self._listener.port
        return self

    def close(self) -> None:
        """End all conversations, those that are not through after a moment; may be called again."""
        with self._changed:
            self._changed.wait_for(lambda: all(talk.finished for talk in self._talks), GRACE)
        self._stopping.set()
        if self._listener is not None:
            self._listener.close()

    def __enter__(self) -> ScriptedServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def url(self) -> str:
        """Where to connect: "smtp://127.0.0.1:40025", "lmtp://..."."""
        scheme = "smtps" if self._implicit_tls else "lmtp" if self._scripts[0].lmtp else "smtp"
        return Endpoint(scheme, self.host, self.port).url

    @property
    def deviations(self) -> list[Deviation]:
        """What all clients that are done said otherwise."""
        with self._changed:
            return [deviation for verdict in self.verdicts for deviation in verdict.deviations]

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until a client is done; tell whether one is."""
        with self._changed:
            return self._changed.wait_for(lambda: bool(self.verdicts), seconds)

    # ---------------------------------------------------------------- inside

    def _converse(self, conversation: Conversation) -> None:
        with self._changed:
            self._begun += 1
            number = self._begun
            talk = ScriptedConversation(self._scripts[(number - 1) % len(self._scripts)], exact=self._exact)
            self._talks.add(talk)
        problem = ""
        try:
            self._carry(conversation, talk)
        except TransportError as error:
            problem = "" if talk.closed else error.message
            talk.ended("the connection was lost")
        verdict = Verdict(
            number=number,
            peer=conversation.peer,
            heard=talk.heard,
            deviations=tuple(talk.deviations),
            problem=problem,
        )
        with self._changed:
            self.verdicts.append(verdict)
            self._talks.discard(talk)
            if self._on_verdict:
                self._on_verdict(verdict)
            self._changed.notify_all()

    def _carry(self, conversation: Conversation, talk: ScriptedConversation) -> None:
        """Carry octets to and fro until either side is done."""
        conversation.set_timeout(self._timeout)
        if self._implicit_tls and self._context is not None:
            conversation.start_tls(self._context())
        self._perform(talk.begin(), conversation, talk)
        while not talk.closed:
            octets = conversation.receive()
            if not octets:
                talk.ended("the server was stopped" if conversation.closing else "the client closed")
                return
            beats = talk.receive_data(octets)
            self._perform(beats, conversation, talk)
            with self._changed:
                self._changed.notify_all()

    def _perform(self, beats: list[Beat], conversation: Conversation, talk: ScriptedConversation) -> None:
        for beat in beats:
            match beat:
                case Say(octets, cut=True):
                    for octet in octets:
                        conversation.send(bytes([octet]))
                case Say(octets):
                    conversation.send(octets)
                case Pause(seconds):
                    self._stopping.wait(seconds)
                case Handshake():
                    if self._context is not None and not conversation.tls:
                        conversation.start_tls(self._context())
                    talk.tls_started()
                case Reset():
                    conversation.reset()
                case Close():
                    return
