"""What the practice server can say: one table, a row a reply, and how a row becomes octets.

A row has the reply code, the enhanced status code (RFC 2034: on every line of every 2yz, 4yz and 5yz, but
never on the greeting, the answer to EHLO, HELO or LHLO, and a 3yz) and the text.
Which reply is given, and when, is for the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from smtpshell.protocol.limits import REPLY_LINE
from smtpshell.protocol.replies import Reply

__all__ = ["HOST_NAME", "REPLIES", "ReplyRow", "reply", "reply_lines"]

HOST_NAME: Final = "practice.example.test"
"""What the server calls itself (RFC 2606 2 keeps .test free for this)."""


@dataclass(frozen=True, slots=True)
class ReplyRow:
    """One reply: ``status`` is its enhanced status code or "", ``text`` may name values in braces."""

    code: int
    status: str
    text: str


REPLIES: Final[Mapping[str, ReplyRow]] = {
    # the connection
    "greeting": ReplyRow(
        220, "", f"{HOST_NAME} {{protocol}} smtpshell practice server; HELP practice says who lives here"
    ),
    "hello": ReplyRow(250, "", f"{HOST_NAME} greets {{domain}}"),
    "goodbye": ReplyRow(221, "2.0.0", f"{HOST_NAME} closes the connection; come again"),
    "shutting down": ReplyRow(421, "4.3.2", f"{HOST_NAME} is being shut down, closing the connection"),
    "too slow": ReplyRow(421, "4.4.2", f"{HOST_NAME} has waited long enough, closing the connection"),
    "endless line": ReplyRow(421, "4.7.0", f"{HOST_NAME} sees no end of that line, closing the connection"),
    "ready for TLS": ReplyRow(220, "2.0.0", "Begin the TLS handshake"),
    "no TLS": ReplyRow(454, "4.7.0", "TLS is not available here"),
    "TLS is on": ReplyRow(503, "5.5.1", "TLS is on already"),
    # commands that cannot be read or are not due
    "unknown verb": ReplyRow(500, "5.5.1", "Command not recognised; HELP lists those that are"),
    "not here": ReplyRow(502, "5.5.1", "{verb} is not implemented here"),
    "wrong hello": ReplyRow(500, "5.5.1", "This is {protocol}: say {hello}"),
    "bad argument": ReplyRow(501, "5.5.4", "{problem}"),
    "bad hello": ReplyRow(501, "5.5.4", "{verb} wants one domain or address literal"),
    "out of sequence": ReplyRow(503, "5.5.1", "{verb} is not due now; what is: {due}"),
    "line too long": ReplyRow(500, "5.5.2", "Line of {length} octets, {limit} allowed"),
    "answer too long": ReplyRow(
        500, "5.5.6", "Line of {length} octets in an authentication exchange, {limit} allowed"
    ),
    "bare LF": ReplyRow(500, "5.5.2", "A line ends with CR LF; this one ended with LF alone"),
    "control character": ReplyRow(500, "5.5.2", "A command holds no control characters but the CR LF of its end"),
    "not UTF-8": ReplyRow(500, "5.5.2", "A command is ASCII or UTF-8"),
    # the mail transaction
    "sender ok": ReplyRow(250, "2.1.0", "Reverse-path <{path}> accepted"),
    "sender syntax": ReplyRow(
        501, "5.1.7", "That is no reverse-path: a mailbox with its domain, or nothing, in <>"
    ),
    "recipient ok": ReplyRow(250, "2.1.5", "Forward-path <{path}> accepted"),
    "recipient syntax": ReplyRow(
        501, "5.1.3", "That is no forward-path: a mailbox with its domain, or postmaster, in <>"
    ),
    "path too long": ReplyRow(501, "5.1.0", "Path of {length} octets with its brackets, {limit} allowed"),
    "path needs SMTPUTF8": ReplyRow(
        553, "5.6.7", "A path beyond ASCII needs SMTPUTF8 behind the reverse-path of MAIL"
    ),
    "unknown parameter": ReplyRow(555, "5.5.4", "{keyword} is no parameter of {verb} that was offered"),
    "needs EHLO": ReplyRow(555, "5.5.4", "Parameters need EHLO, you said HELO"),
    "repeated parameter": ReplyRow(501, "5.5.4", "{keyword} was given twice"),
    "too large": ReplyRow(552, "5.3.4", "Message of {size} octets, {limit} allowed"),
    "too many recipients": ReplyRow(
        452, "4.5.3", "{limit} recipients are enough for one message; send it again for the rest"
    ),
    "unknown mailbox": ReplyRow(550, "5.1.1", "No mailbox <{path}> here"),
    "relaying denied": ReplyRow(550, "5.7.1", "No relaying to <{path}> without AUTH"),
    "mailbox full": ReplyRow(452, "4.2.2", "Mailbox <{path}> is full"),
    "greylisted": ReplyRow(450, "4.7.1", "Greylisted: <{path}> accepts on the second try"),
    "moved": ReplyRow(551, "5.1.6", "User not local; please try <{target}>"),
    "will forward": ReplyRow(251, "2.1.5", "User not local; will forward to <{target}>"),
    "no terminal": ReplyRow(450, "4.2.1", "<{path}> sits at no terminal; SOML or SAML would reach the mailbox"),
    "go ahead": ReplyRow(354, "", "Send the content, end with a line that is a lone dot"),
    "binary needs BDAT": ReplyRow(503, "5.5.1", "BODY=BINARYMIME wants BDAT, not DATA"),
    "chunk ok": ReplyRow(250, "2.0.0", "Chunk taken, {size} octets in all"),
    "chunk after failure": ReplyRow(503, "5.5.1", "An earlier chunk failed; RSET clears it"),
    "kept": ReplyRow(250, "2.0.0", "Message of {size} octets kept; nothing leaves this server"),
    "kept for one": ReplyRow(250, "2.0.0", "Message of {size} octets kept for <{path}>"),
    "content refused": ReplyRow(554, "5.6.0", "<{path}> does not like this message"),
    "ok": ReplyRow(250, "2.0.0", "OK"),
    # asking
    "user": ReplyRow(250, "2.1.5", "{entries}"),
    "no such user": ReplyRow(550, "5.1.1", "No user <{name}> here"),
    "ambiguous": ReplyRow(553, "5.1.4", "Ambiguous; possibilities are\n{entries}"),
    "a list": ReplyRow(550, "5.1.0", "That is a mailing list, not a user; ask EXPN"),
    "not a list": ReplyRow(550, "5.2.4", "That is a user, not a mailing list; ask VRFY"),
    "members": ReplyRow(250, "2.1.5", "{entries}"),
    "cannot verify": ReplyRow(252, "2.1.5", "Cannot say whether <{name}> exists; send to it and see"),
    "answer needs SMTPUTF8": ReplyRow(
        550, "5.6.8", "The answer is beyond ASCII; put SMTPUTF8 behind the argument"
    ),
    "name needs SMTPUTF8": ReplyRow(550, "5.6.7", "A name beyond ASCII needs SMTPUTF8 behind it"),
    "help": ReplyRow(214, "2.0.0", "{text}"),
    "no help": ReplyRow(504, "5.5.4", "No help on that; HELP lists what there is"),
    # authentication
    "challenge": ReplyRow(334, "", "{challenge}"),
    "logged in": ReplyRow(235, "2.7.0", "You are logged in"),
    "bad credentials": ReplyRow(535, "5.7.8", "User and password do not fit; HELP practice lists them"),
    "cancelled": ReplyRow(501, "5.0.0", "Authentication cancelled"),
    "bad base64": ReplyRow(501, "5.5.2", "That is not base64"),
    "bad response": ReplyRow(501, "5.5.2", "{problem}"),
    "unknown mechanism": ReplyRow(504, "5.5.4", "No mechanism of that name; there are {mechanisms}"),
    "server speaks first": ReplyRow(
        501, "5.7.0", "{mechanism} begins with a challenge, not with an initial response"
    ),
    "logged in already": ReplyRow(503, "5.5.1", "You are logged in already"),
}
"""Name of a reply -> its row.  Codes: RFC 5321 4.2.3, 4954 6, 3207 4; statuses: RFC 3463 and the IANA registry."""


def reply(name: str, /, **values: object) -> Reply:
    """Give a reply of the table, its braces filled in."""
    row = REPLIES[name]
    return reply_lines(row.code, row.text.format(**values).split("\n"), status=row.status)


def reply_lines(code: int, texts: Iterable[str], *, status: str = "") -> Reply:
    """Build a reply of any number of lines; text goes out as UTF-8, cut to what a reply line may hold."""
    texts = [f"{status} {text}" if status else text for text in texts]
    lines = [f"{code}-{text}" for text in texts[:-1]] + [f"{code} {texts[-1]}"]
    return Reply(code, tuple(_fitting(line) + b"\r\n" for line in lines))


def _fitting(line: str) -> bytes:
    return line.encode()[: REPLY_LINE - 2].decode("utf-8", "ignore").encode()
