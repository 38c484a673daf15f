"""One method a verb: each sends its command, waits for the reply and gives it.

They say what the standard's verbs are called; what they may answer is in protocol/sequences.py.  Paths are
given without angle brackets; "" is the null reverse-path.  All raise TimedOut, ConnectionLost, TlsError and
RemoteProtocolError as Session.execute() does; a negative reply is a value.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from smtpshell.protocol import commands
from smtpshell.protocol.parameters import Parameter
from smtpshell.protocol.replies import Reply

if TYPE_CHECKING:
    from smtpshell.protocol.connection import Connection
    from smtpshell.session.tls import TlsReport, TlsSettings

__all__ = ["Verbs"]


class Verbs(ABC):
    """The verbs of SMTP, for Session to inherit."""

    connection: Connection

    @abstractmethod
    def execute(self, command: commands.Command) -> Reply:
        """Send a command and give its reply."""

    @abstractmethod
    def send_octets(self, octets: bytes) -> None:
        """Send octets as they are, in one write."""

    @abstractmethod
    def reply_to(self, command: commands.Command) -> Reply:
        """Wait for the reply to a command that was sent."""

    @abstractmethod
    def complete_tls(self, settings: TlsSettings | None = None) -> TlsReport:
        """Do the TLS handshake."""

    def ehlo(self, domain: str) -> Reply:
        """Say EHLO with the client's domain or address literal."""
        return self.execute(commands.Ehlo(domain))

    def helo(self, domain: str) -> Reply:
        """Say HELO with the client's domain."""
        return self.execute(commands.Helo(domain))

    def lhlo(self, domain: str) -> Reply:
        """Say LHLO, the hello of LMTP."""
        return self.execute(commands.Lhlo(domain))

    def mail(self, reverse_path: str, *parameters: Parameter) -> Reply:
        """Begin a mail transaction."""
        return self.execute(commands.Mail(reverse_path, parameters))

    def rcpt(self, forward_path: str, *parameters: Parameter) -> Reply:
        """Name one recipient."""
        return self.execute(commands.Rcpt(forward_path, parameters))

    def data(self) -> Reply:
        """Ask to send content; after 354 use send_content(), end_content(), content_reply()."""
        return self.execute(commands.Data())

    def bdat(self, chunk: bytes, *, last: bool = False) -> Reply:
        """Send one chunk in one write with its command; no dots are stuffed (RFC 3030)."""
        self.send_octets(commands.Bdat(len(chunk), last).encode() + chunk)
        return self.reply_to(self.connection.newest)

    def send_from(self, reverse_path: str) -> Reply:
        """Say SEND: to a terminal (RFC 821)."""
        return self.execute(commands.Send(reverse_path))

    def soml(self, reverse_path: str) -> Reply:
        """Say SOML: to a terminal or else a mailbox (RFC 821)."""
        return self.execute(commands.Soml(reverse_path))

    def saml(self, reverse_path: str) -> Reply:
        """Say SAML: to a terminal and a mailbox (RFC 821)."""
        return self.execute(commands.Saml(reverse_path))

    def rset(self) -> Reply:
        """Drop the mail transaction."""
        return self.execute(commands.Rset())

    def vrfy(self, name: str) -> Reply:
        """Ask whether a name is a user's or a mailbox."""
        return self.execute(commands.Vrfy(name))

    def expn(self, name: str) -> Reply:
        """Ask who is on a list."""
        return self.execute(commands.Expn(name))

    def help(self, topic: str = "") -> Reply:
        """Ask for help."""
        return self.execute(commands.Help(topic))

    def noop(self, text: str = "") -> Reply:
        """Ask for a sign of life."""
        return self.execute(commands.Noop(text))

    def etrn(self, node: str) -> Reply:
        """Ask the server to start its queue for a node."""
        return self.execute(commands.Etrn(node))

    def turn(self) -> Reply:
        """Offer to swap the roles."""
        return self.execute(commands.Turn())

    def quit(self) -> Reply:
        """Say goodbye; the server closes after its 221."""
        return self.execute(commands.Quit())

    def starttls(self, settings: TlsSettings | None = None) -> Reply:
        """Ask for TLS and, where the server agrees, do the handshake; say EHLO again after it."""
        reply = self.execute(commands.StartTls())
        if reply.code == 220:
            self.complete_tls(settings)
        return reply

    def auth(self, mechanism: str, initial_response: str | None = None) -> Reply:
        """Begin an AUTH exchange; ``initial_response`` is base64, or "=" for an empty one."""
        return self.execute(commands.Auth(mechanism, initial_response))

    def auth_response(self, response: str) -> Reply:
        """Answer a challenge in base64, or give up with "*"."""
        return self.execute(commands.AuthResponse(response))
