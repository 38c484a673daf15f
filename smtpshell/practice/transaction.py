"""One mail transaction: what MAIL, RCPT and the content said, whether it may be so, and where it is kept.

In which order they may come is left to receiver.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from smtpshell.practice.mailboxes import BEHAVIOURS, DeliveredMessage, MailboxRow
from smtpshell.practice.replies import reply
from smtpshell.practice.site import Client, Site
from smtpshell.protocol import parameters
from smtpshell.protocol.abnf import Path, match_path
from smtpshell.protocol.commands import Mail, Rcpt, Saml, Send, Soml
from smtpshell.protocol.limits import PATH
from smtpshell.protocol.parameters import Parameter
from smtpshell.protocol.replies import Reply

__all__ = ["OFFERED_PARAMETERS", "Recipient", "Transaction", "check_mail"]

OFFERED_PARAMETERS: Final = {
    "MAIL": frozenset({"SIZE", "BODY", "SMTPUTF8", "RET", "ENVID", "AUTH"}),
    "RCPT": frozenset({"NOTIFY", "ORCPT"}),
}
"""Verb -> the parameters that the keywords of EHLO bring (RFC 1870, 6152, 3030, 6531, 3461, 4954)."""

# RFC 5321 4.1.1.2-3: only MAIL may have the null path, only RCPT postmaster without a domain.
_ACCEPTABLE: Final[Mapping[str, Callable[[Path], bool]]] = {
    "MAIL": lambda path: path.mailbox is None or path.mailbox.domain != "",
    "RCPT": lambda path: path.mailbox is not None,
}
_SYNTAX_REPLY: Final = {"MAIL": "sender syntax", "RCPT": "recipient syntax"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """An accepted forward-path and whose it is."""

    path: str
    row: MailboxRow
    parameters: tuple[str, ...]


class Transaction:
    """An open mail transaction; a new one for each MAIL that was accepted."""

    def __init__(self, site: Site, client: Client, command: Mail | Send | Soml | Saml) -> None:
        self._site = site
        self._client = client
        self._mail = command
        self._recipients: list[Recipient] = []
        self._content = bytearray()
        self._utf8 = _has(command.parameters, "SMTPUTF8")
        self.size: int = 0
        self.binary: bool = _has(command.parameters, "BODY", "BINARYMIME")
        self.chunk_failed = False

    @property
    def too_large(self) -> Reply | None:
        """The refusal, where more content came than is taken."""
        limit = self._site.size_limit
        return reply("too large", size=self.size, limit=limit) if self.size > limit else None

    def rcpt(self, command: Rcpt) -> Reply:
        """Answer RCPT, and note the recipient where the answer is positive."""
        refusal = _check("RCPT", command.path, command.parameters, self._utf8, self._client.hello)
        if refusal is not None:
            return refusal
        if len(self._recipients) >= self._site.max_recipients:
            return reply("too many recipients", limit=self._site.max_recipients)
        parsed = match_path(f"<{command.path}>", utf8=True)
        mailbox = str(parsed and parsed.mailbox)  # without the source route (RFC 5321 3.6.1: ignored)
        row = self._site.mailboxes.find(mailbox)
        if row is None:
            if not self._client.user:
                return reply("relaying denied", path=command.path)
            row = MailboxRow(name=mailbox, behaviour="elsewhere", sentence="lives elsewhere")
        answer = reply(self._recipient_reply(row), path=command.path, target=row.target)
        if answer.is_positive:
            given = tuple(map(str, command.parameters))
            self._recipients.append(Recipient(path=command.path, row=row, parameters=given))
        return answer

    def _recipient_reply(self, row: MailboxRow) -> str:
        behaviour = BEHAVIOURS[row.behaviour]
        if behaviour.first and self._site.mailboxes.first_try(self._client.address, row):
            return behaviour.first
        # RFC 821 3.4: a user without a terminal may be refused to SEND, here, with 450.
        if self._mail.verb == "SEND" and behaviour.recipient == "recipient ok" and not row.terminal:
            return "no terminal"
        return behaviour.recipient

    def add(self, octets: bytes) -> None:
        """Take a block of content; beyond the limit it is counted and dropped."""
        self.size += len(octets)
        self._content += octets
        if self.size > self._site.size_limit:
            self._content.clear()

    def finish(self, refusal: Reply | None = None) -> Iterator[Reply]:
        """Keep the message or refuse it: one reply, but in LMTP one for each recipient (RFC 2033 4.2).

        ``refusal`` refuses it whatever it is.
        """
        if (refusal := refusal or self.too_large) is not None:
            yield from [refusal] * (len(self._recipients) if self._site.lmtp else 1)
            return
        content = bytes(self._content)
        refusing = [one for one in self._recipients if BEHAVIOURS[one.row.behaviour].content]
        if self._site.lmtp:
            for recipient in self._recipients:
                yield self._finish_one(recipient, content)
        elif refusing:
            yield reply(BEHAVIOURS[refusing[0].row.behaviour].content, path=refusing[0].path)
        else:
            for recipient in self._recipients:
                self._deliver(recipient, content)
            yield reply("kept", size=self.size)

    def _finish_one(self, recipient: Recipient, content: bytes) -> Reply:
        refusal = BEHAVIOURS[recipient.row.behaviour].content
        if not refusal:
            self._deliver(recipient, content)
        return reply(refusal or "kept for one", path=recipient.path, size=self.size)

    def _deliver(self, recipient: Recipient, content: bytes) -> None:
        verb, client = self._mail.verb, self._client
        message = DeliveredMessage(
            reverse_path=self._mail.path,
            forward_path=recipient.path,
            content=content,
            received=datetime.now(UTC),
            verb=verb,
            mail_parameters=tuple(map(str, self._mail.parameters)),
            rcpt_parameters=recipient.parameters,
            client=client.address,
            domain=client.domain,
            tls=client.tls,
            user=client.user,
        )
        # RFC 821 3.4: SEND to the terminal, SOML to it or else the mailbox, SAML to both.
        on_terminal = verb != "MAIL" and recipient.row.terminal
        in_mailbox = verb == "SAML" or not on_terminal
        self._site.mailboxes.deliver(recipient.row, message, mailbox=in_mailbox, terminal=on_terminal)


def check_mail(command: Mail | Send | Soml | Saml, site: Site, client: Client) -> Reply | None:
    """Refuse what MAIL (or SEND, SOML, SAML) must not say, or give None."""
    utf8 = _has(command.parameters, "SMTPUTF8")
    refusal = _check("MAIL", command.path, command.parameters, utf8, client.hello)
    if refusal is not None:
        return refusal
    size = next((int(given.value or 0) for given in command.parameters if given.keyword.upper() == "SIZE"), 0)
    return reply("too large", size=size, limit=site.size_limit) if size > site.size_limit else None


def _has(given: Iterable[Parameter], keyword: str, value: str = "") -> bool:
    return any(
        one.keyword.upper() == keyword and (not value or (one.value or "").upper() == value) for one in given
    )


def _check(verb: str, path: str, given: Iterable[Parameter], utf8: bool, hello: str) -> Reply | None:
    return _check_parameters(verb, given, hello) or _check_path(verb, path, utf8)


def _check_path(verb: str, path: str, utf8: bool) -> Reply | None:
    """Refuse a path that is none, is too long, or goes beyond ASCII where SMTPUTF8 was not asked for."""
    length = len(path.encode()) + 2
    if length > PATH:
        return reply("path too long", length=length, limit=PATH)
    parsed = match_path(f"<{path}>", utf8=True)
    if parsed is None or not _ACCEPTABLE[verb](parsed):
        return reply(_SYNTAX_REPLY[verb])
    return None if utf8 or path.isascii() else reply("path needs SMTPUTF8")


def _check_parameters(verb: str, given: Iterable[Parameter], hello: str) -> Reply | None:
    """Refuse the first parameter that was not offered, is repeated, or has a value it must not have."""
    seen: set[str] = set()
    for parameter in given:
        keyword = parameter.keyword.upper()
        if hello == "HELO":
            return reply("needs EHLO")
        if keyword not in OFFERED_PARAMETERS[verb]:
            return reply("unknown parameter", keyword=_plain(keyword), verb=verb)
        if keyword in seen:
            return reply("repeated parameter", keyword=keyword)
        if problem := parameters.check(parameter, verb):
            return reply("bad argument", problem=_plain(problem))
        seen.add(keyword)
    return None


def _plain(text: str) -> str:
    """Write what a client sent in ASCII: no UTF-8 in a reply before SMTPUTF8 was asked for (RFC 6531 3.7.4.1)."""
    return text.encode("ascii", "backslashreplace").decode()
