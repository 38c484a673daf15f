"""What all conversations of one practice server share, and what a conversation knows of its client."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from smtpshell.practice.mailboxes import Mailboxes
from smtpshell.practice.mischief import Mischief
from smtpshell.practice.users import USERS, User

__all__ = ["MAX_RECIPIENTS", "SIZE_LIMIT", "Client", "Site"]

SIZE_LIMIT: Final = 64 * 1024 * 1024
"""Octets of content taken; RFC 5321 4.5.3.1.7 asks for 64 KiB at least.  Messages are kept in memory."""

MAX_RECIPIENTS: Final = 1000
"""Recipients of one message; RFC 5321 4.5.3.1.8 asks for 100 at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One server's inhabitants, rules and mischief.  ``offers_tls`` says whether STARTTLS can work."""

    mailboxes: Mailboxes = field(default_factory=Mailboxes)
    users: tuple[User, ...] = USERS
    lmtp: bool = False
    offers_tls: bool = True
    size_limit: int = SIZE_LIMIT
    max_recipients: int = MAX_RECIPIENTS
    mischief: Mischief = field(default_factory=Mischief)

    @property
    def protocol(self) -> str:
        """What is spoken here: SMTP or LMTP."""
        return "LMTP" if self.lmtp else "SMTP"


@dataclass(slots=True, kw_only=True)
class Client:
    """What is known of the client at the other end: all but ``address`` and ``tls`` is what it said.

    ``hello`` is the verb it said hello with, ``domain`` the name behind that, ``user`` who logged in.
    """

    address: str
    tls: bool = False
    hello: str = ""
    domain: str = ""
    user: str = ""
