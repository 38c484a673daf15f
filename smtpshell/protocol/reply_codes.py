"""Reply codes: what each means, what usually causes it, what to try.

RFC 5321 4.2.2 and 4.2.3, the extensions' own, and three from outside the protocol: 600, 621 and 700.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["FIRST_DIGITS", "REPLY_CODES", "SECOND_DIGITS", "ReplyCode", "explain_code"]


@dataclass(frozen=True, slots=True)
class ReplyCode:
    """One code; ``cause`` is "" where nothing went wrong, ``remedy`` is what to do next."""

    code: int
    meaning: str
    source: str
    cause: str = ""
    remedy: str = ""


_ROWS: Final = (
    ReplyCode(
        211,
        "system status, or an answer to HELP",
        "RFC 5321 4.2.3",
        remedy="read it; HELP with a verb asks for more",
    ),
    ReplyCode(214, "help for a person", "RFC 5321 4.2.3", remedy="read it; HELP with a verb asks for more"),
    ReplyCode(
        220,
        "the service is ready; to STARTTLS: begin the handshake",
        "RFC 5321 4.2.3, RFC 3207 4",
        remedy="EHLO; behind STARTTLS the handshake",
    ),
    ReplyCode(
        221,
        "the service closes the connection",
        "RFC 5321 4.2.3",
        remedy="nothing more can be sent; /connect opens another",
    ),
    ReplyCode(235, "the login succeeded", "RFC 4954 6", remedy="go on; MAIL counts as yours now"),
    ReplyCode(250, "done", "RFC 5321 4.2.3", remedy="go on; /state says what may come"),
    ReplyCode(
        251,
        "not a local user, will be forwarded",
        "RFC 5321 4.2.3, 3.4",
        remedy="go on; note the path that the text gives",
    ),
    ReplyCode(
        252,
        "cannot verify the user, but will take the message and try",
        "RFC 5321 4.2.3, 3.5.3",
        remedy="ask by RCPT, or send and see",
    ),
    ReplyCode(
        253,
        "messages are pending for the node, and their delivery was started",
        "RFC 1985 5.1",
        remedy="wait; the mail comes by another connection",
    ),
    ReplyCode(
        334,
        "a challenge in base64; the answer is due",
        "RFC 4954 4",
        remedy="answer in base64, or * to give up; /set auth plain encodes for you",
    ),
    ReplyCode(
        353,
        "replies for each recipient follow, then one for all",
        "draft-hall-prdr",
        remedy="read a reply for each recipient, and one for all",
    ),
    ReplyCode(
        354,
        "send the content, end it with a lone dot",
        "RFC 5321 4.2.3",
        remedy="send the content; a line that is a lone dot ends it",
    ),
    ReplyCode(
        355,
        "where to go on with an interrupted message",
        "RFC 1845 5",
        remedy="send the rest of the content from the octet it names",
    ),
    ReplyCode(
        421,
        "the service is not available and closes the connection",
        "RFC 5321 4.2.3, 3.8",
        "overload, too many connections, a time-out, a shutdown",
        "connect again later",
    ),
    ReplyCode(
        432,
        "the password must be changed first",
        "RFC 4954 6",
        "the account is being moved to another mechanism",
        "log in once by another way, or change the password",
    ),
    ReplyCode(
        450,
        "the mailbox is not available now",
        "RFC 5321 4.2.3",
        "greylisting, a locked mailbox, a policy",
        "try the same again in some minutes",
    ),
    ReplyCode(
        451,
        "a local error in processing",
        "RFC 5321 4.2.3",
        "the server's own trouble, or greylisting",
        "try again later; the server's log knows more",
    ),
    ReplyCode(
        452,
        "not enough storage, or too many recipients",
        "RFC 5321 4.2.3, 4.5.3.1.10",
        "a full disk or mailbox, or more recipients than it takes at once",
        "send the rest of the recipients in a further transaction",
    ),
    ReplyCode(453, "you have no mail", "RFC 2645 5.2.1", "nothing is queued for the domains", "ask later"),
    ReplyCode(
        454,
        "TLS, or the login, is not possible now",
        "RFC 3207 4, RFC 4954 6",
        "no certificate, or the password store is down",
        "try later; the server's log knows more",
    ),
    ReplyCode(
        455,
        "the parameters cannot be met now",
        "RFC 5321 4.1.1.11",
        "an extension's resource is short",
        "try later, or without the parameter",
    ),
    ReplyCode(458, "cannot queue messages for the node", "RFC 1985 5.1", "the server's own trouble", "try later"),
    ReplyCode(
        459,
        "the node is not allowed",
        "RFC 1985 5.1",
        "the server does not queue for it",
        "check the node's name",
    ),
    ReplyCode(
        500,
        "syntax error, command not recognised",
        "RFC 5321 4.2.3, 4.2.4",
        "a misspelt verb, a line too long, or a verb the server does not have",
        "look at the verb; EHLO says which extensions there are",
    ),
    ReplyCode(
        501,
        "syntax error in the arguments",
        "RFC 5321 4.2.3",
        "a missing bracket, a blank too many, base64 that is none",
        "/help VERB shows how it is written",
    ),
    ReplyCode(
        502,
        "the command is known and not implemented",
        "RFC 5321 4.2.4",
        "the administrator turned it off",
        "go without it",
    ),
    ReplyCode(
        503,
        "commands are out of sequence",
        "RFC 5321 4.1.4",
        "a command before the one it needs",
        "/state says what may come",
    ),
    ReplyCode(
        504,
        "an argument is not implemented",
        "RFC 5321 4.2.3",
        "to AUTH: the mechanism is not there",
        "EHLO's AUTH line lists the mechanisms",
    ),
    ReplyCode(
        521,
        "the host takes no mail at all",
        "RFC 7504 3",
        "it was set up to refuse all",
        "look at the MX records",
    ),
    ReplyCode(
        523,
        "encryption is needed",
        "registry of RFC 5248",
        "the server wants TLS first",
        "STARTTLS, then EHLO again",
    ),
    ReplyCode(
        524,
        "encryption is needed for this mechanism",
        "registry of RFC 5248",
        "a plaintext mechanism without TLS",
        "STARTTLS, then EHLO again",
    ),
    ReplyCode(
        525,
        "the account is disabled",
        "registry of RFC 5248",
        "the administrator turned it off",
        "ask the administrator",
    ),
    ReplyCode(
        530,
        "a login or TLS is needed first",
        "RFC 4954 6, RFC 3207 4",
        "the server does not serve strangers",
        "STARTTLS, EHLO, AUTH, then again",
    ),
    ReplyCode(
        534, "the mechanism is too weak", "RFC 4954 6", "policy for this account", "use a stronger mechanism"
    ),
    ReplyCode(
        535,
        "the credentials are wrong",
        "RFC 4954 6",
        "a wrong user name or password, or an account that may not submit",
        "check the user name's form (with or without the domain)",
    ),
    ReplyCode(
        538,
        "encryption is needed for this mechanism",
        "RFC 4954 6, historic",
        "a plaintext mechanism without TLS",
        "STARTTLS, then EHLO again",
    ),
    ReplyCode(
        550,
        "refused: no such mailbox, no access, or policy",
        "RFC 5321 4.2.3",
        "an unknown recipient, relaying that is denied, or a policy",
        "the enhanced code and the text say which",
    ),
    ReplyCode(
        551,
        "not a local user, try the path that is given",
        "RFC 5321 4.2.3, 3.4",
        "the user has moved",
        "send to the path in the reply",
    ),
    ReplyCode(
        552,
        "storage exceeded",
        "RFC 5321 4.2.3",
        "the message is larger than the limit or the mailbox has room for",
        "EHLO's SIZE says the limit",
    ),
    ReplyCode(
        553,
        "the mailbox's name is not allowed",
        "RFC 5321 4.2.3",
        "bad syntax, or a sender that is not yours",
        "look at the address",
    ),
    ReplyCode(
        554,
        "the transaction failed; as greeting: no service here",
        "RFC 5321 4.2.3, 3.1",
        "policy, content that was refused, no valid recipients",
        "the enhanced code and the text say which",
    ),
    ReplyCode(
        555,
        "parameters not recognised or not implemented",
        "RFC 5321 4.1.1.11",
        "an extension that was not offered",
        "EHLO says which extensions there are",
    ),
    ReplyCode(
        556,
        "the recipient's domain takes no mail",
        "RFC 7504 4",
        "its MX record is the null one (RFC 7505)",
        "the address is wrong, or cannot get mail",
    ),
    ReplyCode(
        600,
        "the line cannot be read as a reply",
        "smtpshell; from a client of 1995",
        "this is not an SMTP server, or TLS is spoken in the clear or the other way round",
        "check port and scheme",
    ),
    ReplyCode(
        621,
        "the stream ended inside a reply",
        "smtpshell; from a client of 1995",
        "the server crashed, or something between closed the connection",
        "the server's log may say why",
    ),
    ReplyCode(
        700,
        "some recipients were refused, the others have the message",
        "smtpshell; from a client of 1995",
        "see each recipient's own reply",
        "repair the refused addresses and send to them again",
    ),
)

REPLY_CODES: Final[Mapping[int, ReplyCode]] = {row.code: row for row in _ROWS}
"""Code -> what it means."""

FIRST_DIGITS: Final[Mapping[int, str]] = {
    1: "preliminary: no command of SMTP allows it",
    2: "done",
    3: "going well, the server waits for more",
    4: "refused for now, a later try may succeed",
    5: "refused, do not repeat it as it was",
}
"""RFC 5321 4.2.1."""

SECOND_DIGITS: Final[Mapping[int, str]] = {
    0: "about syntax",
    1: "information",
    2: "about the connection",
    5: "about the mail system",
}
"""RFC 5321 4.2.1; 3 and 4 are not specified."""


def explain_code(code: int) -> ReplyCode:
    """Give what a code means; an unlisted one is read by its first and second digit."""
    known = REPLY_CODES.get(code)
    if known:
        return known
    first = FIRST_DIGITS.get(code // 100, "no code of SMTP")
    second = SECOND_DIGITS.get(code // 10 % 10, "of a kind that is not specified")
    return ReplyCode(code, f"not listed anywhere; by its digits: {first}, {second}", "RFC 5321 4.2.1")
