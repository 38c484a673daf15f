"""PracticeServer: a Listener whose handler is a Receiver, and what people may ask of it.

All of SMTP is in receiver.py; here octets go to and fro, and TLS and time limits happen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final

from smtpshell.errors import TimedOut
from smtpshell.practice.contexts import ServerTls
from smtpshell.practice.mailboxes import Mailboxes
from smtpshell.practice.mischief import GARBAGE, Mischief, read_rule
from smtpshell.practice.receiver import Receiver
from smtpshell.practice.site import SIZE_LIMIT, Site
from smtpshell.session.endpoint import Endpoint
from smtpshell.session.listener import Conversation, Listener

__all__ = ["TIMEOUT", "PracticeServer"]

TIMEOUT: Final = 300.0
"""Seconds to wait for a client (RFC 5321 4.5.3.2.7: at least five minutes)."""


class PracticeServer:
    """A server to practise on, in threads, on a loopback port that the system chooses; a context manager.

    ``lmtp`` speaks LMTP instead of SMTP, ``implicit_tls`` begins each connection with TLS, ``unix_path``
    listens on a unix socket.  ``mailboxes`` holds what was delivered, also after close().
    Raises ConnectError from start() where it cannot listen.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        lmtp: bool = False,
        implicit_tls: bool = False,
        unix_path: str | None = None,
        size_limit: int = SIZE_LIMIT,
        timeout: float = TIMEOUT,
    ) -> None:
        self.mailboxes: Mailboxes = Mailboxes()
        self.host: str = host
        self.port: int = port
        self._implicit_tls = implicit_tls
        self._unix_path = unix_path
        self._timeout = timeout
        self._site = Site(mailboxes=self.mailboxes, lmtp=lmtp, size_limit=size_limit)
        self._listener: Listener | None = None
        self._tls = ServerTls()
        self._ca_file: Path | None = None

    def start(self) -> PracticeServer:
        """Listen; ``host``, ``port`` and ``url`` say where."""
        self._listener = Listener(
            self._converse,
            self.host,
            self.port,
            tls_context_factory=self._tls.context,
            implicit_tls=self._implicit_tls,
            unix_path=self._unix_path,
        )
        if not self._unix_path:
            self.host, self.port = self._listener.host, self._listener.port
        return self

    def close(self) -> None:
        """Say 421 to every client, end all conversations, remove the file of ca_file(); may be called again."""
        self._site.mischief.off()
        if self._listener is not None:
            self._listener.close()
        if self._ca_file is not None:
            self._ca_file.unlink(missing_ok=True)

    def __enter__(self) -> PracticeServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def url(self) -> str:
        """Where to connect: "smtp://127.0.0.1:40025", "lmtp+unix:///tmp/socket"."""
        protocol = "lmtp" if self._site.lmtp else "smtp"
        if self._unix_path:
            return Endpoint(f"{protocol}+unix", path=self._unix_path).url
        return Endpoint("smtps" if self._implicit_tls else protocol, self.host, self.port).url

    @property
    def ca_pem(self) -> bytes:
        """The authority behind the server's certificate, as PEM."""
        return self._tls.ca_pem

    def ca_file(self) -> str:
        """Write ca_pem to a temporary file, for clients that want one; give its path.  close() removes it."""
        import tempfile

        if self._ca_file is None:
            with tempfile.NamedTemporaryFile(prefix="practice-ca-", suffix=".pem", delete=False) as file:
                file.write(self.ca_pem)
            self._ca_file = Path(file.name)
        return str(self._ca_file)

    @property
    def mischief(self) -> Mischief:
        """What it does wrong now."""
        return self._site.mischief

    def misbehave(self, words: Sequence[str]) -> None:
        """Switch a rule of mischief on, by its words, such as ("fail", "RCPT", "452"); ("off",) ends all.

        Raises UsageError.
        """
        if list(words) == ["off"]:
            self.mischief.off()
            return
        rule = read_rule(words)
        if rule.kind != "close" or not rule.once:
            self.mischief.add(rule)
        if rule.kind == "close" and self._listener is not None:
            self._listener.interrupt()

    def _converse(self, conversation: Conversation) -> None:
        """Carry one client's octets to a Receiver and the replies back, until either side is done."""
        conversation.set_timeout(self._timeout)
        address = conversation.peer.rpartition(":")[0] or conversation.peer
        receiver = Receiver(self._site, address=address, tls=bool(conversation.tls))
        self._say(conversation, [receiver.greeting()])
        while not receiver.closed:
            try:
                octets = conversation.receive()
            except TimedOut:
                conversation.send(receiver.goodbye("too slow"))
                return
            if octets:
                self._say(conversation, receiver.replies(octets))
            elif conversation.closing:
                conversation.send(receiver.goodbye("shutting down"))
            else:
                return
            if receiver.tls_wanted:
                conversation.start_tls(self._tls.context())
                receiver.tls_started()

    def _say(self, conversation: Conversation, replies: Iterable[bytes]) -> None:
        """Send replies in one write, or in the manner that mischief wants."""
        mischief = self._site.mischief
        if not mischief.rules:
            conversation.send(b"".join(replies))
            return
        for octets in filter(None, replies):
            mischief.delay()
            garbage = mischief.take("garbage")
            said = GARBAGE[garbage.how].change(octets) if garbage else octets
            for piece in [said[at : at + 1] for at in range(len(said))] if mischief.take("cut") else [said]:
                conversation.send(piece)
