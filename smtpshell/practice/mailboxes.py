"""Who lives at the practice server and how each behaves: three tables, and the place where messages are kept.

MAILBOXES says who, BEHAVIOURS what each kind of mailbox answers, by names of replies.py.  A new inhabitant
is a new row.  Speaking SMTP is left to receiver.py and transaction.py; this is what they ask.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from smtpshell.errors import UsageError

__all__ = [
    "BEHAVIOURS",
    "DOMAIN",
    "MAILBOXES",
    "Behaviour",
    "DeliveredMessage",
    "Mailbox",
    "MailboxRow",
    "Mailboxes",
]

DOMAIN: Final = "example.test"
"""The one domain that is local here (RFC 2606 2 keeps .test free for this)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What a mailbox answers, as names of replies.

    ``first`` answers the first RCPT of each client instead of ``recipient``; ``content`` refuses after the
    content; ``asked`` is the answer to VRFY.
    """

    recipient: str = "recipient ok"
    first: str = ""
    content: str = ""
    asked: str = "user"


BEHAVIOURS: Final[Mapping[str, Behaviour]] = {
    "accepts": Behaviour(),
    "list": Behaviour(asked="a list"),
    "unknown": Behaviour(recipient="unknown mailbox", asked="no such user"),
    "full": Behaviour(recipient="mailbox full"),
    "greylists": Behaviour(first="greylisted"),
    "moved": Behaviour(recipient="moved", asked="moved"),
    "forwards": Behaviour(recipient="will forward", asked="will forward"),
    "refuses content": Behaviour(content="content refused"),
    "elsewhere": Behaviour(asked="cannot verify"),
}
"""Behaviour -> replies.  "elsewhere" is any mailbox of another domain, once the client has logged in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxRow:
    """One mailbox: ``name`` is its local-part, ``sentence`` says to people what it does.

    ``target`` is where it has moved or forwards to, ``members`` are the names on a list, ``terminal`` tells
    whether its user sits at one (RFC 821 3.4).
    """

    name: str
    behaviour: str
    sentence: str
    full_name: str = ""
    target: str = ""
    members: tuple[str, ...] = ()
    terminal: bool = False

    @property
    def mailbox(self) -> str:
        """The name with the domain."""
        return self.name if "@" in self.name else f"{self.name}@{DOMAIN}"

    @property
    def entry(self) -> str:
        """How VRFY and EXPN write it (RFC 5321 3.5.1)."""
        return f"{self.full_name} <{self.mailbox}>".lstrip()


MAILBOXES: Final[tuple[MailboxRow, ...]] = (
    MailboxRow(
        name="student",
        full_name="Sam Student",
        behaviour="accepts",
        sentence="takes everything; sits at a terminal, so SEND works as well",
        terminal=True,
    ),
    MailboxRow(name="teacher", full_name="Tess Teacher", behaviour="accepts", sentence="takes everything"),
    MailboxRow(
        name="postmaster",
        full_name="The Postmaster",
        behaviour="accepts",
        sentence="takes everything, also as <postmaster> without a domain",
    ),
    MailboxRow(
        name="учитель",
        full_name="Учитель",
        behaviour="accepts",
        sentence="takes everything; the path needs SMTPUTF8",
    ),
    MailboxRow(name="nobody", behaviour="unknown", sentence="does not exist: 550 5.1.1, like any name not listed"),
    MailboxRow(
        name="class",
        full_name="The whole class",
        behaviour="list",
        sentence="is a list, EXPN shows who is on it; each of them gets the message",
        members=("student", "teacher"),
    ),
    MailboxRow(name="full", full_name="Fay Full", behaviour="full", sentence="is full: 452 4.2.2"),
    MailboxRow(
        name="slow-start",
        full_name="Stan Slow",
        behaviour="greylists",
        sentence="is greylisted: 450 4.7.1 on a client's first try, 250 from the second on",
    ),
    MailboxRow(
        name="moved",
        full_name="Mo Moved",
        behaviour="moved",
        target=f"teacher@{DOMAIN}",
        sentence="has moved to teacher: 551 says where to",
    ),
    MailboxRow(
        name="graduate",
        full_name="Grace Graduate",
        behaviour="forwards",
        target="grace@alumni.example.test",
        sentence="forwards: 251 says where to, and the message is kept there under that name",
    ),
    MailboxRow(
        name="picky",
        full_name="Pat Picky",
        behaviour="refuses content",
        sentence="is accepted, then refuses whatever the content is: 554 5.6.0",
    ),
    MailboxRow(
        name="ann.smith",
        full_name="Ann Smith",
        behaviour="accepts",
        sentence="is one Smith of two: VRFY Smith is ambiguous",
    ),
    MailboxRow(name="jon.smith", full_name="Jon Smith", behaviour="accepts", sentence="is the other Smith"),
)
"""Every mailbox of the domain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredMessage:
    """One message as it was delivered to one mailbox: the content to the octet, and the envelope beside it.

    ``content`` is what the client meant, dots unstuffed, nothing added: a relay must put a Received line
    before it (RFC 5321 4.4), but this server passes nothing on, and what was sent is what people compare.
    Parameters are as typed ("RET=HDRS"); ``client`` is an address, ``domain`` what it said in its hello, ``user``
    who had logged in, or "".
    """

    reverse_path: str
    forward_path: str
    content: bytes
    received: datetime
    verb: str = "MAIL"
    mail_parameters: tuple[str, ...] = ()
    rcpt_parameters: tuple[str, ...] = ()
    client: str = ""
    domain: str = ""
    tls: bool = False
    user: str = ""


@dataclass(slots=True, kw_only=True)
class Mailbox:
    """One mailbox and what it holds: ``messages``, oldest first, and what was shown on the ``terminal``."""

    row: MailboxRow
    messages: list[DeliveredMessage] = field(default_factory=list)
    terminal: list[DeliveredMessage] = field(default_factory=list)


class Mailboxes:
    """All mailboxes of one server; safe to use from several threads."""

    def __init__(self, rows: tuple[MailboxRow, ...] = MAILBOXES) -> None:
        self._lock = threading.Lock()
        self._boxes = {_key(row.mailbox): Mailbox(row=row) for row in rows}
        self._tried: set[tuple[str, str]] = set()

    def __iter__(self) -> Iterator[Mailbox]:
        with self._lock:
            return iter(list(self._boxes.values()))

    def mailbox(self, name: str) -> Mailbox:
        """Give a mailbox by its name, with or without the domain.  Raises UsageError for an unknown one."""
        found = self._boxes.get(_key(name))
        if found is None:
            known = ", ".join(box.row.name for box in self)
            raise UsageError(f"there is no mailbox {name!r}", hint=f"there are {known}")
        return found

    def find(self, name: str) -> MailboxRow | None:
        """Give the row of a mailbox, None for a domain that is not ours; a name nobody has gets one too."""
        key = _key(name)
        if not key.endswith(f"@{DOMAIN}"):
            return None
        found = self._boxes.get(key)
        return found.row if found else MailboxRow(name=name, behaviour="unknown", sentence="does not exist")

    def matching(self, name: str) -> list[MailboxRow]:
        """Give the rows a person may mean: the mailbox of that name, else all that have it in their full name."""
        name = name.strip().removeprefix("<").removesuffix(">")
        exact = self.find(name)
        if exact is None or exact.behaviour != "unknown" or "@" in name:
            return [exact] if exact else []
        wanted = name.casefold()
        named = [(box.row, box.row.full_name.casefold()) for box in self]
        return [row for row, full_name in named if wanted in (full_name, *full_name.split())]

    def first_try(self, client: str, row: MailboxRow) -> bool:
        """Tell whether this client has never tried this mailbox before, and note that now it has."""
        with self._lock:
            first = (client, row.mailbox) not in self._tried
            self._tried.add((client, row.mailbox))
            return first

    def deliver(self, row: MailboxRow, message: DeliveredMessage, *, mailbox: bool, terminal: bool) -> None:
        """Keep a message where its row says: with the members of a list, at the target, or at home."""
        for name in row.members or (row.target or row.mailbox,):
            with self._lock:
                box = self._boxes.setdefault(
                    _key(name),
                    Mailbox(row=MailboxRow(name=name, behaviour="elsewhere", sentence="lives elsewhere")),
                )
                if mailbox:
                    box.messages.append(message)
                if terminal and box.row.terminal:
                    box.terminal.append(message)


# RFC 5321 4.1.2 Quoted-string; the quotes and backslashes are no part of the name.
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"(@.*)?', re.DOTALL)


def _key(name: str) -> str:
    """Write a mailbox the one way it is looked up by: small letters, unquoted, with a domain."""
    quoted = _QUOTED.fullmatch(name)
    if quoted:
        name = re.sub(r"\\(.)", r"\1", quoted[1]) + (quoted[2] or "")
    return (name if "@" in name else f"{name}@{DOMAIN}").casefold()
