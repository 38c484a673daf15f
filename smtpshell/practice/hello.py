"""The answer to EHLO, HELO and LHLO: who greets whom, and what is offered."""

from __future__ import annotations

import re
from typing import Final

from smtpshell.practice.authentication import MECHANISMS
from smtpshell.practice.replies import reply, reply_lines
from smtpshell.practice.site import Client, Site
from smtpshell.protocol.commands import Ehlo, Helo, Lhlo
from smtpshell.protocol.replies import Reply

__all__ = ["KEYWORDS", "answer_hello"]

KEYWORDS: Final = (
    "SIZE {size}",  # RFC 1870
    "8BITMIME",  # RFC 6152
    "SMTPUTF8",  # RFC 6531
    "PIPELINING",  # RFC 2920
    "CHUNKING",  # RFC 3030
    "BINARYMIME",  # RFC 3030
    "DSN",  # RFC 3461
    "ENHANCEDSTATUSCODES",  # RFC 2034
    "AUTH {mechanisms}",  # RFC 4954
    "HELP",  # RFC 5321
    "VRFY",
    "EXPN",
    "SEND",  # RFC 5321 F.6: a server that has these three must say so
    "SOML",
    "SAML",
)
"""What is offered to all; STARTTLS comes on top where it can be had."""

# RFC 5321 4.1.1.1 wants a domain or an address literal; what is no name at all but one printable word of
# ASCII passes too, since nobody checks it and real clients send such.
_NAME = re.compile(r"[!-~]{1,255}")


def answer_hello(command: Ehlo | Helo | Lhlo, site: Site, client: Client) -> Reply:
    """Answer the hello and note in ``client`` what it said, if it may be so."""
    if not _NAME.fullmatch(command.argument):
        return reply("bad hello", verb=command.verb)
    client.hello, client.domain = command.verb, command.argument
    greeting = reply("hello", domain=command.argument)
    if isinstance(command, Helo):
        return greeting
    values = {"size": site.size_limit, "mechanisms": " ".join(MECHANISMS)}
    keywords = [keyword.format(**values) for keyword in KEYWORDS]
    if site.offers_tls and not client.tls:
        keywords.append("STARTTLS")  # RFC 3207 4.2: never again inside TLS
    return reply_lines(greeting.code, [greeting.text, *keywords])
