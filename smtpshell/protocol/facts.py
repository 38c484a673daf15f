"""What is known of a session besides the order of its commands.

Facts can be combined with any state: TLS is on, somebody is logged in, these keywords were offered.  A new
hello replaces what was offered; TLS makes all of it unknown again (RFC 3207 4.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from smtpshell.protocol.commands import Auth, AuthResponse, Command, Mail, Rcpt, Saml, Send, Soml
from smtpshell.protocol.extensions import Capabilities
from smtpshell.protocol.replies import Reply

__all__ = ["Facts"]

_BEGINNING: Final = (Mail, Send, Soml, Saml)
_TELLING: Final = frozenset(
    {
        *("EHLO", "HELO", "LHLO", "XCLIENT", "STARTTLS", "AUTH", "AUTH-RESPONSE"),
        *(kind.verb for kind in _BEGINNING),
        *("RCPT", "BDAT LAST"),
    }
)
"""The moves whose replies say something besides where the session stands."""


@dataclass(slots=True)
class Facts:
    """The facts of one session, kept up to date by its Connection.

    ``hello`` is the verb of the hello that was accepted ("EHLO", "HELO", "LHLO" or ""), ``reverse_path`` and
    ``forward_paths`` are those the server accepted in the open mail transaction, without brackets.
    ``parameters`` are those of its MAIL, ``asked`` those of the MAIL that went out last, answered or not.
    ``offered_in_clear`` is what had been offered when STARTTLS was accepted; ``last_chunk_sent`` tells that BDAT
    LAST has ended the message before (RFC 3030 2).
    """

    tls: bool = False
    hello: str = ""
    capabilities: Capabilities | None = None
    mechanism: str = ""
    authenticated: bool = False
    reverse_path: str | None = None
    forward_paths: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    offered_in_clear: Capabilities | None = None
    last_chunk_sent: bool = False

    @property
    def lmtp(self) -> bool:
        """Whether this is LMTP: each accepted recipient gets a reply of its own (RFC 2033 4.2)."""
        return self.hello == "LHLO"

    def offers(self, keyword: str) -> bool:
        """Whether the last hello's reply offered the keyword, which is given in capitals."""
        return self.capabilities is not None and keyword in self.capabilities.keywords

    def ask(self, command: Command) -> None:
        """Take in what a command that goes out says of the mail transaction it begins."""
        if isinstance(command, _BEGINNING):
            self.asked = tuple([str(parameter).upper() for parameter in command.parameters])

    def learn(self, command: Command, reply: Reply) -> None:
        """Take in what a reply to a command says; whether it ends a mail transaction is for the states to say."""
        verb, positive = command.move, 200 <= reply.code < 300
        if verb not in _TELLING:
            return
        if positive and (verb == "BDAT LAST" or isinstance(command, Mail)):
            self.last_chunk_sent = verb == "BDAT LAST"
        # By the verb, not the class: a hello without a name cannot be read, and yet may be accepted.
        if verb in ("EHLO", "HELO", "LHLO") and positive:
            self.end_transaction()
            self.hello = verb
            self.capabilities = Capabilities.from_reply_texts(reply.texts[:1] if verb == "HELO" else reply.texts)
        elif verb == "XCLIENT" and reply.code == 220:
            self.start_over(tls=self.tls)
        elif verb == "STARTTLS" and positive:
            self.offered_in_clear = self.capabilities
        elif isinstance(command, _BEGINNING) and positive:
            self.end_transaction()
            self.reverse_path = command.path
            self.parameters = tuple(str(parameter).upper() for parameter in command.parameters)
        elif isinstance(command, Rcpt) and positive:
            self.forward_paths = (*self.forward_paths, command.path)
        elif isinstance(command, Auth | AuthResponse):
            self.mechanism = command.mechanism if isinstance(command, Auth) else self.mechanism
            self.authenticated = self.authenticated or reply.code == 235

    def end_transaction(self) -> None:
        """Forget the mail transaction's buffers (RFC 5321 4.1.1.5)."""
        self.reverse_path = None
        self.forward_paths = ()
        self.parameters = ()

    def start_over(self, *, tls: bool) -> None:
        """Forget everything learned, as both sides must once TLS is on (RFC 3207 4.2)."""
        self.end_transaction()
        self.tls = tls
        self.hello = ""
        self.capabilities = None
        self.mechanism = ""
        self.authenticated = False
