"""A proxy between clients and a server that records every conversation: one file each, any number at once.

What either side says reaches the other unchanged and at once (session/duplex.py), and is overheard meanwhile
(joining.py).  TLS begins anew on both sides, so that its inside can be recorded; the client must accept the
proxy's certificate.  The proxy says nothing of its own, but 421 to a client whose server cannot be reached.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final

from smtpshell.errors import SmtpshellError, TransportError, UsageError
from smtpshell.protocol.events import Event
from smtpshell.session.duplex import Duplex, Ending
from smtpshell.session.listener import Conversation, Listener
from smtpshell.session.tcp import SocketTransport
from smtpshell.transcript.joining import Joining, Scribe
from smtpshell.transcript.proxied import Proxied
from smtpshell.transcript.recorder import Recorder

if TYPE_CHECKING:
    from smtpshell.session.session import Session
    from smtpshell.session.tls import TlsSettings
    from smtpshell.session.tls_server import ServerContext

__all__ = ["UNREACHABLE", "Proxy", "Records"]

UNREACHABLE: Final = b"421 4.4.1 the server behind this proxy cannot be reached\r\n"
"""What a client is told then (RFC 5321 3.8, RFC 3463 3.5); why is in the recording."""

_HANDSHAKE: Final = 30.0
"""Seconds that a client has for the handshake after STARTTLS."""


class Records:
    """Where the recordings go: one file a connection in a folder, or one file for the first connection.

    An existing folder is one, and so is a path that ends with a slash.  Files in a folder are
    NNNN-TIME.smtp, counted on from what is there.  Raises UsageError where nothing can be written.
    """

    def __init__(self, path: str | Path) -> None:
        self.folder: Path | None = None
        self._file = Path(path)
        self._lock = threading.Lock()
        self._taken = False
        if self._file.is_dir() or str(path).endswith("/"):
            self.folder = self._file
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                names = [entry.name for entry in self.folder.iterdir()]
            except OSError as error:
                raise UsageError(
                    f"{path}: cannot record there: {error.strerror}", hint="name another folder"
                ) from None
            before = [int(name[:4]) for name in names if name[:4].isascii() and name[:4].isdigit()]
            self._numbers = itertools.count(max(before, default=0) + 1)
        elif self._file.exists():
            raise UsageError(f"{path}: this file exists", hint="choose another name, or name a folder")
        elif not self._file.parent.is_dir():
            raise UsageError(f"{path}: there is no folder {self._file.parent}", hint="choose another name")

    def open(self, header: dict[str, str], on_failure: Callable[[str], object]) -> Recorder | None:
        """Begin a recording; None where this connection has none.  Raises UsageError."""
        with self._lock:
            if self.folder is not None:
                name = f"{next(self._numbers):04}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.smtp"
                path = self.folder / name
            elif self._taken:
                return None
            else:
                path, self._taken = self._file, True
        return Recorder(path, header=header, on_failure=on_failure)


class Proxy:
    """Listens on construction, until close(); a context manager.

    ``connect`` opens a connection to the server and is called for each client, in that client's thread, as
    are ``on_end``, with what came of it, and ``on_problem``, with a sentence.  ``header`` is for every
    recording.  ``tls_context_factory`` gives the certificate for clients; ``implicit_tls`` has them begin
    with TLS.  Without ``terminate`` what STARTTLS begins is passed on unread.  Raises ConnectError.
    """

    def __init__(
        self,
        connect: Callable[[], Session],
        records: Records,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        tls_context_factory: Callable[[], ServerContext],
        tls_settings: Callable[[], TlsSettings] | None = None,
        implicit_tls: bool = False,
        terminate: bool = True,
        header: dict[str, str] | None = None,
        on_end: Callable[[Proxied], object] = lambda proxied: None,
        on_problem: Callable[[str], object] = lambda problem: None,
    ) -> None:
        self._connect = connect
        self._records = records
        self._tls_context_factory = tls_context_factory
        self._tls_settings = tls_settings
        self._terminate = terminate
        self._header = header or {}
        self._on_end = on_end
        self._on_problem = on_problem
        self._implicit_tls = implicit_tls
        # TLS from the start is our own affair too: what fails then belongs into the recording.
        self._listener = Listener(self._serve, host, port)
        self.host: str = self._listener.host
        self.port: int = self._listener.port

    @property
    def where(self) -> str:
        """The address listened on."""
        return self._listener.where

    def close(self) -> None:
        """Stop, end every conversation, finish every recording; may be called again."""
        self._listener.close()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _serve(self, conversation: Conversation) -> None:
        header = {**self._header, "client": conversation.peer}
        recorder: Recorder | None = None
        try:
            recorder = self._records.open(header, self._on_problem)
        except UsageError as problem:
            self._on_problem(f"the connection from {conversation.peer} is not recorded: {problem.message}")
        relayed = _Relayed(recorder)
        try:
            self._relay(conversation, relayed)
        except OSError as error:
            what = error if isinstance(error, TransportError) else TransportError(error.strerror or str(error))
            relayed.fail(f"given up: {what.message}", what)
        finally:
            if recorder is not None:
                recorder.close()
            counts = relayed.joining.counts
            self._on_end(
                Proxied(
                    peer=conversation.peer,
                    path=recorder.path if recorder else "",
                    replies=counts.replies,
                    negative=counts.negative,
                    messages=counts.messages,
                    problem=relayed.problem,
                )
            )

    def _relay(self, conversation: Conversation, relayed: _Relayed) -> None:
        if self._implicit_tls and not self._greet_in_tls(conversation, relayed):
            return
        try:
            session = self._connect()
        except SmtpshellError as problem:
            relayed.fail(f"the server cannot be reached; the client was told 421: {problem.message}", problem)
            conversation.send(UNREACHABLE)
            return
        with session:
            relayed.happening("connected to", session.transport.peer)
            if session.tls_report:
                relayed.joining.tls_begun(session.tls_report.description)
            while (ending := self._join(conversation, session, relayed)) is None:
                if not self._start_tls(conversation, session, relayed):
                    return
            if ending.stopped:
                relayed.remark("the proxy was stopped here")
            relayed.joining.ended(by_server=ending.by_server, reset=ending.reset)

    def _greet_in_tls(self, conversation: Conversation, relayed: _Relayed) -> bool:
        """Do the handshake that a client begins with; tell whether the conversation goes on."""
        try:
            conversation.start_tls(self._tls_context_factory())
        except TransportError as problem:
            relayed.fail(f"TLS with the client failed: {problem.message}", problem)
            return False
        relayed.remark(f"the client began with TLS: {conversation.tls}, with the proxy's certificate")
        return True

    def _join(self, conversation: Conversation, session: Session, relayed: _Relayed) -> Ending | None:
        """Pass on what is said until one side ends it, or until TLS is due (None)."""
        joining = relayed.joining

        def heard(from_server: bool, octets: bytes) -> bool:
            joining.heard(from_server, octets)
            if joining.tls_due and not self._terminate:
                joining.stop_reading("what STARTTLS begins is not looked into")
            return joining.tls_due

        assert isinstance(session.transport, SocketTransport)  # noqa: S101 (what Session.connect() makes)
        duplex = Duplex(
            client=conversation.end(),
            server=session.transport.end(),
            heard=heard,
            stopping=lambda: conversation.closing,
        )
        return duplex.run()

    def _start_tls(self, conversation: Conversation, session: Session, relayed: _Relayed) -> bool:
        """Do both handshakes, the server's first; tell whether the conversation goes on."""
        who = "server"
        try:
            report = session.complete_tls(self._tls_settings() if self._tls_settings else None)
            relayed.joining.tls_begun(report.description)
            who = "client"
            if conversation.tls:
                raise TransportError("there is TLS already, TLS inside TLS is not possible here")
            conversation.set_timeout(_HANDSHAKE)
            conversation.start_tls(self._tls_context_factory())
        except TransportError as problem:
            relayed.fail(f"TLS with the {who} failed: {problem.message}", problem)
            relayed.joining.ended(by_server=who == "server")
            return False
        relayed.remark(f"the client's side of it: {conversation.tls}, with the proxy's certificate")
        return True


class _Relayed:
    """One conversation under way: its recording, if it has one, and what is known of it."""

    def __init__(self, recorder: Recorder | None) -> None:
        self.problem: SmtpshellError | None = None
        self._recorder = recorder
        self._began = time.monotonic()
        self.joining: Joining = Joining(Scribe(event=self._event, happening=self.happening, remark=self.remark))

    def fail(self, remark: str, problem: SmtpshellError) -> None:
        """Note what ended it."""
        self.problem = problem
        self.remark(remark)

    def remark(self, text: str) -> None:
        """Write a line for the reader."""
        if self._recorder is not None:
            self._recorder.write_prose(text)

    def happening(self, name: str, argument: str) -> None:
        """Write an event besides the protocol."""
        if self._recorder is not None:
            self._recorder.write_event(name, argument)

    def _event(self, event: Event) -> None:
        if self._recorder is not None:
            self._recorder(event, time.monotonic() - self._began)
