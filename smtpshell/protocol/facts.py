"""What is known of a session besides the order of its commands.

Facts can be combined with any state: TLS is on, somebody is logged in, these keywords were offered.  A new
hello replaces what was offered; TLS makes all of it unknown again (RFC 3207 4.2).
"""

from __future__ import annotations

from dataclasses import dataclass

from smtpshell.protocol.extensions import Capabilities

__all__ = ["Facts"]


@dataclass(slots=True)
class Facts:
    """The facts of one session, kept up to date by its Connection.

    ``hello`` is the verb of the hello that was accepted ("EHLO", "HELO", "LHLO" or ""), ``reverse_path`` and
    ``forward_paths`` are those the server accepted in the open mail transaction, without brackets.
    """

    tls: bool = False
    hello: str = ""
    capabilities: Capabilities | None = None
    mechanism: str = ""
    authenticated: bool = False
    reverse_path: str | None = None
    forward_paths: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()

    @property
    def lmtp(self) -> bool:
        """Whether this is LMTP: each accepted recipient gets a reply of its own (RFC 2033 4.2)."""
        return self.hello == "LHLO"

    def offers(self, keyword: str) -> bool:
        """Whether the last hello's reply offered the keyword."""
        return self.capabilities is not None and keyword in self.capabilities

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
