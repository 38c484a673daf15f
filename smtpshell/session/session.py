"""A live session: pumps octets between a Transport and a Connection, and shows observers every event.

Blocking, in one thread at a time.  A loop of one's own watches fileno() and calls poll(), which never
blocks.  Nothing here reconnects, retries or decides; a negative reply is a value.

    with Session.connect("smtp://127.0.0.1:2525") as session:
        session.wait_for_replies()                      # the greeting
        reply = session.ehlo("client.example.test")
"""

from __future__ import annotations

import io
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Self

from smtpshell.errors import ConnectionLost, SmtpshellError, TimedOut, TransportError
from smtpshell.protocol.commands import Command, Content
from smtpshell.protocol.connection import Connection
from smtpshell.protocol.content import ContentEncoder
from smtpshell.protocol.events import Closed, Event, Greeted, ReplyReceived
from smtpshell.protocol.replies import Reply
from smtpshell.protocol.states import State
from smtpshell.session.endpoint import Endpoint, to_ascii
from smtpshell.session.sending import ONE_WRITE, SLICE, send_and_take
from smtpshell.session.timeouts import SENDING, TLS, Timeouts
from smtpshell.session.verbs import Verbs

if TYPE_CHECKING:
    from smtpshell.session.options import ConnectOptions
    from smtpshell.session.tls import TlsReport, TlsSettings
    from smtpshell.session.transport import Transport

__all__ = ["BLOCK", "Observer", "Session"]

BLOCK: Final = 131072
"""Octets of content read, stuffed and sent at once: measured, half or twice as many take longer."""

READS: Final = 4
"""Blocks of at most transport.RECEIVE_SIZE octets that one poll() takes, whatever the replies: under a second."""

Observer = Callable[[Event, float], Any]
"""Called with each event and the seconds since the connection began."""


class Session(Verbs):
    """One connection to one server.

    ``connection`` is the protocol core, ``transport`` carries its octets, ``observers`` see each event in
    order, ``tls_report`` tells of the last handshake.  ``server_name`` is what TLS asks for, ``connecting`` how
    many seconds it took to connect.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        endpoint: Endpoint | None = None,
        server_name: str = "",
        timeouts: Timeouts | None = None,
        tls: TlsSettings | None = None,
        observers: Iterable[Observer] = (),
        strict: bool = False,
    ) -> None:
        self.transport = transport
        self.endpoint = endpoint
        self.server_name = server_name
        self.timeouts: Timeouts = timeouts or Timeouts()
        self.tls_settings = tls
        self.observers: list[Observer] = list(observers)
        self.connection: Connection = Connection(strict=strict)
        self.tls_report: TlsReport | None = None
        self.closed: bool = False
        self.connecting: float = 0.0
        self._ahead: deque[bytes] = deque()  # taken while sending, not read yet
        self._began = time.monotonic()
        self._content: ContentEncoder | None = None
        self._interrupted = False

    @classmethod
    def connect(
        cls,
        where: str | Endpoint,
        *,
        options: ConnectOptions | None = None,
        timeouts: Timeouts | None = None,
        tls: TlsSettings | None = None,
        observers: Iterable[Observer] = (),
        strict: bool = False,
    ) -> Self:
        """Connect, with TLS first where the endpoint wants it; the greeting is not waited for.

        For ``mx:`` the exchangers are tried in order, and ``endpoint`` is the one that accepted.

        Raises UsageError for an unreadable URL, ConnectError, TimedOut, ConnectionLost, TlsError.
        """
        from smtpshell.session import tcp

        endpoint = where if isinstance(where, Endpoint) else Endpoint.parse(where)
        timeouts = timeouts or Timeouts()
        began = time.monotonic()
        if endpoint.exchangers:
            transport, endpoint = tcp.connect_to_exchanger(endpoint, timeouts, options)
        else:
            transport = tcp.connect(endpoint, timeouts, options)
        session = cls(
            transport,
            endpoint=endpoint,
            server_name=to_ascii(endpoint.host),
            timeouts=timeouts,
            tls=tls,
            observers=observers,
            strict=strict,
        )
        session.connecting = time.monotonic() - began
        if endpoint.implicit_tls:
            try:
                session.complete_tls()
            except BaseException:
                session.close()
                raise
        return session

    @property
    def elapsed(self) -> float:
        """Seconds since the connection began."""
        return time.monotonic() - self._began

    def fileno(self) -> int:
        """Give the descriptor to watch for reading; -1 once closed."""
        return -1 if self.closed else self.transport.fileno()

    # ---------------------------------------------------------------- what goes out

    def send(self, command: Command) -> None:
        """Send one command and do not wait.  Raises TimedOut, ConnectionLost."""
        self._say(command.encode())

    def send_octets(self, octets: bytes) -> None:
        """Send octets exactly as they are, in one write; the core works out what they mean."""
        self._say(octets)

    def send_content(self, source: bytes | BinaryIO | Iterable[bytes], *, exact: bool = False) -> None:
        """Send content in answer to a 354: dots stuffed, bare line ends made CRLF unless ``exact``.

        May be called several times for parts of one message; end_content() ends it.  Memory does not grow
        with the source.
        """
        encoder = self._content = self._content or ContentEncoder(repair=not exact)
        for block in _blocks(source):
            self._require_open()
            self._transmit(self.connection.send_content(block, encoder), SENDING)

    def end_content(self) -> ContentEncoder:
        """End the content; give the encoder, which counted what it took and what it changed."""
        self._require_open()
        encoder = self._content or ContentEncoder()
        self._content = None
        self._transmit(self.connection.end_content(encoder), SENDING)
        return encoder

    # ---------------------------------------------------------------- what comes in

    def receive(self, timeout: float | None = None) -> list[Event]:
        """Wait until octets come (or the stream ends) and give the events they completed, perhaps none.

        ``timeout`` is in seconds; without it the phase's own limit holds (timeouts.py).  Raises TimedOut,
        ConnectionLost, TlsError, RemoteProtocolError.
        """
        awaited = self.connection.awaited
        phase = awaited.move if awaited else ""
        self.transport.set_timeout(timeout if timeout is not None else self.timeouts.seconds(phase))
        try:
            return self._take(self._receive())
        except TimedOut:
            raise
        except TransportError:
            self.close()
            raise

    def poll(self) -> list[Event]:
        """Give the events of whatever octets are there, never blocking; drains what TLS holds back as well.

        A server that never stops is read READS blocks at a time; the descriptor stays readable.
        """
        events: list[Event] = []
        for _ in range(READS):
            if self.closed:
                break
            try:
                octets = self._ahead.popleft() if self._ahead else self.transport.receive_ready()
            except TransportError:
                self.close()
                raise
            if octets is None:
                break
            events += self._take(octets)
            if self.connection.state is State.TLS:
                break
        return events

    def wait_for_replies(self, count: int | None = None) -> Reply | None:
        """Wait until ``count`` replies came, or until nothing is outstanding; give the last reply.

        None where nothing was outstanding.  The end of the stream ends the wait as well: the last reply may
        then be 621, or none.  Raises what receive() raises.
        """
        last: Reply | None = None
        while self.connection.awaited and not self.closed and (count is None or count > 0):
            for event in self.receive():
                if isinstance(event, _REPLIES):
                    last = event.reply
                    count = count if count is None else count - 1
        return last

    def execute(self, command: Command) -> Reply:
        """Send a command, wait for its own reply and give it.

        Raises ConnectionLost where the stream ended before any of it came; other errors as receive().
        """
        self.send(command)
        return self.reply_to(self.connection.newest)

    def reply_to(self, command: Command) -> Reply:
        """Wait for the reply to one of the outstanding commands and give it.

        Raises ConnectionLost where the stream ends before it; other errors as receive().
        """
        while not self.closed and self.connection.awaited:
            for event in self.receive():
                if isinstance(event, ReplyReceived) and event.command is command:
                    return event.reply
        raise _no_reply_to(command.move)

    def content_reply(self) -> list[Reply]:
        """Wait for what answers the content: one reply, with LMTP one for each accepted recipient.

        With PRDR it is 353, one for each accepted recipient, and one for all.
        """
        replies: list[Reply] = []
        while self._content_unanswered():
            for event in self.receive():
                if isinstance(event, ReplyReceived) and isinstance(event.command, Content):
                    replies.append(event.reply)
                elif isinstance(event, Closed) and any(isinstance(sent, Content) for sent in event.unanswered):
                    raise _no_reply_to(Content.verb)
        return replies

    def complete_tls(self, settings: TlsSettings | None = None) -> TlsReport:
        """Do the handshake that TlsWanted asks for (or that implicit TLS begins with).

        Raises TlsError, TimedOut, ConnectionLost; the session is closed then.
        """
        from smtpshell.session.tls import TlsSettings

        while self._ahead:  # in the clear: never to be read inside TLS (RFC 3207 4.2)
            self._take(self._ahead.popleft())
        self.transport.set_timeout(self.timeouts.seconds(TLS))
        try:
            report = self.transport.start_tls(settings or self.tls_settings or TlsSettings(), self.server_name)
        except SmtpshellError:
            self.close()
            raise
        self.tls_report = report
        self.connection.tls_established(report.description)
        self._publish()
        return report

    def interrupt(self) -> None:
        """Have what another thread sends fail with ConnectionLost, and end what it waits for: we close."""
        self._interrupted = True
        self.transport.interrupt()

    def close(self) -> None:
        """Close the connection without a word; may be called again."""
        if not self.closed:
            self.closed = True
            self.transport.close()
            self.connection.close()
            self._publish()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    # ---------------------------------------------------------------- inside

    def _content_unanswered(self) -> bool:
        awaited = self.connection.awaited
        return isinstance(awaited, Content) or (
            awaited is not None and any(isinstance(sent, Content) for sent in self.connection.outstanding)
        )

    def _require_open(self) -> None:
        """Raise ConnectionLost before anything is noted as sent on a closed connection."""
        if self.closed:
            raise ConnectionLost("the connection is closed", hint="connect again")

    def _say(self, octets: bytes) -> None:
        """Send commands, and work out what they mean while the server is at them, unless that may be refused."""
        self._require_open()
        at_once = SLICE if self.connection.awaited else ONE_WRITE
        if self.connection.strict or len(octets) > at_once:
            self._transmit(self.connection.send_octets(octets))
            return
        try:
            self._put(octets, SENDING)
        except BaseException as error:
            # Some of it may have gone out.
            self.connection.send_octets(octets)
            self._publish()
            if isinstance(error, ConnectionLost):
                self._read_last_words()
            raise
        self.connection.send_octets(octets)
        self._publish()

    def _transmit(self, octets: bytes, phase: str = SENDING) -> None:
        """Send octets and show their events; what the server said before it hung up is read first."""
        self._publish()
        try:
            self._put(octets, phase)
        except ConnectionLost:
            self._read_last_words()
            raise

    def _put(self, octets: bytes, phase: str) -> None:
        """Put octets on the wire, those of a big group as the server takes them."""
        seconds = self.timeouts.seconds(phase)
        self.transport.set_timeout(seconds)
        is_big_group = len(octets) > SLICE and len(self.connection.outstanding) > 1
        if is_big_group and self.transport.fileno() >= 0:
            send_and_take(self.transport, octets, seconds, self._ahead.append)
        else:
            self.transport.send(octets)

    def _read_last_words(self) -> None:
        try:
            while not self.closed:
                self._take(self._receive())
        except TransportError:
            self.close()

    def _receive(self) -> bytes:
        """Give what came while sending, else wait for more."""
        return self._ahead.popleft() if self._ahead else self.transport.receive()

    def _take(self, octets: bytes) -> list[Event]:
        if not octets and self._interrupted:
            self.close()
            return []
        if not octets:
            self.closed = True
            self.transport.close()
        try:
            self.connection.receive_data(octets)
        finally:
            events = self._publish()
        return events

    def _publish(self) -> list[Event]:
        events: list[Event] = []
        while (event := self.connection.next_event()) is not None:
            events.append(event)
            for observer in self.observers:
                observer(event, self.elapsed)
        return events


_REPLIES: Final = (Greeted, ReplyReceived)


def _no_reply_to(verb: str) -> ConnectionLost:
    return ConnectionLost(f"the server closed without a reply to {verb}", hint="its log may say why")


def _blocks(source: bytes | BinaryIO | Iterable[bytes]) -> Iterator[bytes]:
    if isinstance(source, bytes):
        if len(source) <= BLOCK:
            return iter((source,) if source else ())
        source = io.BytesIO(source)
    if hasattr(source, "read"):
        return iter(lambda: source.read(BLOCK), b"")
    return iter(source)
