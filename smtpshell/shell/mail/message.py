"""Messages to send: made of header fields, text and attachments, of a template, or a file as it is.

A message is a seekable file of octets: it can be sent again, its size is known, and memory does not grow with it.
  What is made here has CRLF line ends; a file that is sent as it is never gets parsed.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from smtpshell.errors import UsageError
from smtpshell.protocol.content import repair_line_ends
from smtpshell.session.endpoint import to_ascii
from smtpshell.shell.batch.source import FileOrHere, HereDocument, here_document

if TYPE_CHECKING:
    from email.message import EmailMessage

    from smtpshell.shell.interpreter import Interpreter

__all__ = [
    "PLACEHOLDERS",
    "STANDARD_INPUT",
    "Draft",
    "address_of",
    "content_of",
    "filled_in",
    "opened",
    "with_ascii_domain",
]

_ENCODING: Final = ("utf-8", "surrogateescape")

STANDARD_INPUT: Final = Path("-")
"""What stands for standard input where a file is wanted."""

_IN_MEMORY: Final = 1 << 20
"""Octets of standard input that are kept in memory; more goes to a temporary file."""

PLACEHOLDERS: Final[Mapping[str, str]] = {
    "date": "now, as RFC 5322 3.3 writes it",
    "message-id": "a new one, in angle brackets",
    "from": "the From address",
    "to": "the To addresses",
    "cc": "the Cc addresses",
    "subject": "the subject",
    "body": "the text",
    "count": "which copy it is, from 1",
}
"""Name in a template, as in ${date} -> what stands there in its place."""

# RFC 5322 3.4: name-addr ends in an angle-addr.
_NAMED: Final = re.compile(r"<([^<>]*)>\s*\Z")
# Two dollar signs before a brace stand for one, and for no placeholder.
_PLACEHOLDER: Final = re.compile(rb"\$?\$\{([^}\s]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a message is made of.

    Addresses are as they were given, with or without a name.  ``headers`` replace what would be made of the rest,
    or come in addition.  ``host`` is the right side of the Message-ID and of the sender of a bounce.
    """

    sender: str
    to: Sequence[str]
    cc: Sequence[str] = ()
    subject: str = ""
    headers: Sequence[tuple[str, str]] = ()
    body: str = ""
    attachments: Sequence[Path] = ()
    host: str = ""

    def octets(self, *, utf8: bool, eight_bit: bool) -> bytes:
        """Give the message; ``utf8`` allows UTF-8 in header fields, ``eight_bit`` in the text, unencoded.

        Raises UsageError for a file that cannot be read or a field that cannot be written.
        """
        message = _new_message(utf8=utf8, eight_bit=eight_bit)
        values = self.values(1)
        replaced = {name.lower() for name, _ in self.headers}
        made = [(name, values[key]) for name, key in _FIELDS if values[key] and name.lower() not in replaced]
        for name, value in [*made, *self.headers]:
            try:
                message[name] = value
            except (ValueError, UnicodeError) as error:
                raise UsageError(f"cannot write the field {name}: {error}", hint="send a whole file") from None
        message.set_content(self.body)
        for path in self.attachments:
            _attach(message, path)
        return message.as_bytes()

    def values(self, count: int) -> dict[str, str]:
        """Give what the placeholders of a template stand for."""
        from email.utils import format_datetime, localtime, make_msgid

        return {
            "date": format_datetime(localtime()),
            "message-id": make_msgid(domain=self.host),
            "from": self.sender or f"MAILER-DAEMON@{self.host}",
            "to": ", ".join(self.to),
            "cc": ", ".join(self.cc),
            "subject": self.subject,
            "body": self.body.removesuffix("\n"),
            "count": str(count),
        }


_FIELDS: Final = (
    ("Date", "date"),
    ("Message-ID", "message-id"),
    ("From", "from"),
    ("To", "to"),
    ("Cc", "cc"),
    ("Subject", "subject"),
)
"""(header field, the value it has), in the order they are written."""


def filled_in(template: bytes, values: Mapping[str, str]) -> bytes:
    """Fill a template's placeholders in and make its line ends CRLF.  Raises UsageError for an unknown one."""

    def value(found: re.Match[bytes]) -> bytes:
        if found[0].startswith(b"$$"):
            return found[0][1:]
        name = found[1].decode(*_ENCODING)
        if name not in values:
            known = " ".join(f"${{{known}}}" for known in values)
            raise UsageError(
                f"the template has a placeholder ${{{name}}}", hint=f"there are {known}; $${{ is literal"
            )
        return values[name].encode(*_ENCODING)

    return repair_line_ends(_PLACEHOLDER.sub(value, template))


def content_of(interpreter: Interpreter, file: FileOrHere) -> BinaryIO:
    """Open a file, or take the lines of the script that runs, so that it can be read again.  Raises UsageError."""
    return here_document(interpreter, file) if isinstance(file, HereDocument) else opened(file)


def opened(path: Path) -> BinaryIO:
    """Open a file, or take standard input, so that it can be read again.  Raises UsageError."""
    import shutil
    import tempfile

    try:
        if path == STANDARD_INPUT:
            source: BinaryIO = _standard_input()
        else:
            source = path.open("rb")
            if source.seekable():
                return source
        copy = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 (given away)
        with source:
            shutil.copyfileobj(source, copy)
        copy.seek(0)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", hint="name another file") from None
    return copy  # type: ignore[return-value]  # it has all that a BinaryIO has


def _standard_input() -> BinaryIO:
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError("standard input is the terminal here", hint="name a file, or pipe the text in")
    return sys.stdin.buffer


def address_of(text: str) -> str:
    """Give the address alone of "Name <address>"; an address without a name is left as it is."""
    found = _NAMED.search(text)
    return found[1] if found else text.strip()


def with_ascii_domain(text: str) -> str:
    """Write the domain of an address in A-labels, where that makes all of the address ASCII (RFC 5891).

    Raises UsageError for labels that IDNA does not allow.
    """
    address = address_of(text)
    local, at, domain = address.rpartition("@")
    if not at or domain.isascii() or not local.isascii():
        return text
    start = text.rindex(address)
    return f"{text[:start]}{local}@{to_ascii(domain)}{text[start + len(address) :]}"


def _new_message(*, utf8: bool, eight_bit: bool) -> EmailMessage:
    from email.message import EmailMessage
    from email.policy import EmailPolicy

    class Lenient(EmailPolicy):
        """SMTP's policy, but a field may be there as often as the user wants it."""

        def header_max_count(self, name: str) -> int | None:
            return None

    return EmailMessage(policy=Lenient(linesep="\r\n", utf8=utf8, cte_type="8bit" if eight_bit else "7bit"))


def _attach(message: EmailMessage, path: Path) -> None:
    from mimetypes import guess_type

    try:
        octets = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", hint="attach another file") from None
    kind, encoding = guess_type(path.name)
    main, _, sub = (kind if kind and not encoding else "application/octet-stream").partition("/")
    if main in ("multipart", "message"):
        # Those would have to be parsed; as octets they arrive as they are.
        main, sub = "application", "octet-stream"
    message.add_attachment(octets, maintype=main, subtype=sub, filename=path.name)
