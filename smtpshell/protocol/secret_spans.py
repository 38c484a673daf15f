"""Which octets of a line that goes out are a secret: what AUTH says, what XCLIENT hands on."""

from __future__ import annotations

import re
from typing import Final

from smtpshell.protocol.commands import Auth, AuthResponse, Command, Raw, Xclient

__all__ = ["secret_span"]

# The mechanism's name is no secret, what stands behind it is (RFC 4954 4).
_AUTH_SECRET = re.compile(rb"[ \t]*AUTH[ \t]+[^ \t\r\n]+[ \t]+([^\r\n]*[^\r\n \t])", re.IGNORECASE)


_MAY_HOLD_SECRETS: Final = (Auth, Xclient, Raw)

# Postfix XCLIENT_README and Dovecot's own: what says who the client is.  Whatever else a proxy hands on (a
# session's cookie, forwarded fields) may let others in.
_PUBLIC_ATTRIBUTES: Final = (
    rb"NAME|REVERSE_NAME|ADDR|PORT|PROTO|HELO|LOGIN|DESTNAME|DESTADDR|DESTPORT|TTL|TIMEOUT|CLIENT-TRANSPORT"
)
_XCLIENT: Final = re.compile(rb"[ \t]*XCLIENT[ \t]", re.IGNORECASE)
_XCLIENT_SECRET: Final = re.compile(
    rb"[ \t](?!(?:%s)=)[^ \t\r\n=]+=([^ \t\r\n]+)" % _PUBLIC_ATTRIBUTES, re.IGNORECASE
)


def secret_span(command: Command, octets: bytes) -> tuple[int, int] | None:
    """Give (start, end) of the octets of a line that must not be kept or shown, or None.

    Secret are an initial response and the answer to a challenge, however they are written, and from the first to
    the last value that XCLIENT hands on beyond who the client is.  An answer that is "*", "=" or empty tells
    nothing.
    """
    if isinstance(command, AuthResponse):
        end = len(octets.rstrip(b"\r\n"))
        return None if octets[:end] in (b"", b"*", b"=") else (0, end)
    if not isinstance(command, _MAY_HOLD_SECRETS):
        return None
    if _XCLIENT.match(octets):
        spans = [found.span(1) for found in _XCLIENT_SECRET.finditer(octets)]
        return (spans[0][0], spans[-1][1]) if spans else None
    found = _AUTH_SECRET.match(octets)
    return found.span(1) if found and found[1] != b"=" else None
