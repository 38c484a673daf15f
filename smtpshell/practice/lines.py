"""Whether a line a client sent can be a command at all: its length, its end, its octets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from smtpshell.practice.replies import reply
from smtpshell.protocol import commands
from smtpshell.protocol.command_reader import CommandHeard
from smtpshell.protocol.limits import AUTH_LINE, COMMAND_LINE
from smtpshell.protocol.replies import Reply

__all__ = ["LINE_LIMITS", "line_problem"]

# What the offered extensions add to a MAIL line: SIZE 26 (RFC 1870 3), BODY 17 (RFC 6152 2), SMTPUTF8 10 (RFC 6531
# 3.4), RET and ENVID 107 (RFC 3461 4.4), AUTH 500 (RFC 4954 3); to RCPT: NOTIFY and ORCPT 500 (RFC 3461 4).
_MAIL_LINE: Final = COMMAND_LINE + 26 + 17 + 10 + 107 + 500
_RCPT_LINE: Final = COMMAND_LINE + 500
_ASKING_LINE: Final = COMMAND_LINE + 10

LINE_LIMITS: Final[Mapping[type[commands.Command], int]] = {
    commands.Mail: _MAIL_LINE,
    commands.Send: _MAIL_LINE,
    commands.Soml: _MAIL_LINE,
    commands.Saml: _MAIL_LINE,
    commands.Rcpt: _RCPT_LINE,
    commands.Vrfy: _ASKING_LINE,
    commands.Expn: _ASKING_LINE,
    commands.Auth: AUTH_LINE,
    commands.AuthResponse: AUTH_LINE,
}
"""Command -> octets its line may have, CR LF included, where that is not COMMAND_LINE."""

# Of the control characters a command may hold a tab (RFC 5321 4.1.1 forbids it, too many clients send it).
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


def line_problem(heard: CommandHeard) -> Reply | None:
    """Refuse a line that is too long, does not end with CR LF, or is no text; None for a good one."""
    octets, length = heard.octets, len(heard.octets)
    limit = LINE_LIMITS.get(type(heard.command), COMMAND_LINE)
    if length > limit:
        return reply("answer too long" if limit == AUTH_LINE else "line too long", length=length, limit=limit)
    if not octets.endswith(b"\r\n"):
        return reply("bare LF")
    if _CONTROL.search(octets[:-2]):
        return reply("control character")
    try:
        octets.decode()
    except UnicodeDecodeError:
        return reply("not UTF-8")
    return None
