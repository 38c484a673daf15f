"""Judges of AUTH and of the answers to its challenges.  No detail holds anything of a response."""

from __future__ import annotations

from typing import Final

from smtpshell.protocol.abnf import BASE64
from smtpshell.protocol.commands import Auth, AuthResponse
from smtpshell.protocol.judges.seen import CommandJudges, CommandSeen
from smtpshell.protocol.limits import COMMAND_LINE
from smtpshell.protocol.secret_spans import secret_span

__all__ = ["LOGIN_JUDGES", "PLAINTEXT"]

PLAINTEXT: Final = frozenset({"PLAIN", "LOGIN"})
"""Mechanisms that show the password to whoever listens (RFC 4616 6; LOGIN: draft-murchison-sasl-login)."""

# RFC 2195 2, RFC 2831 2.1: the first challenge holds what the response is made of.
_SERVER_FIRST: Final = frozenset({"CRAM-MD5", "DIGEST-MD5"})


def _in_clear(seen: CommandSeen) -> str | None:
    if seen.facts.tls or seen.verb == "XCLIENT" or secret_span(seen.command, seen.octets) is None:
        return None
    mechanism = seen.command.mechanism if isinstance(seen.command, Auth) else seen.facts.mechanism
    return mechanism.upper() if mechanism.upper() in PLAINTEXT else None


def _again(seen: CommandSeen) -> str | None:
    return "" if seen.verb == "AUTH" and seen.facts.authenticated else None


def _not_offered(seen: CommandSeen) -> str | None:
    offered = seen.facts.capabilities
    if not isinstance(seen.command, Auth) or offered is None or not offered.auth_mechanisms:
        return None
    mechanism = seen.command.mechanism.upper()
    return None if mechanism in offered.auth_mechanisms else mechanism[:40]


def _initial(seen: CommandSeen) -> str | None:
    return seen.command.initial_response if isinstance(seen.command, Auth) else None


def _initial_early(seen: CommandSeen) -> str | None:
    server_first = isinstance(seen.command, Auth) and seen.command.mechanism.upper() in _SERVER_FIRST
    return "" if server_first and _initial(seen) is not None else None


def _initial_too_long(seen: CommandSeen) -> str | None:
    too_long = _initial(seen) is not None and len(seen.octets) > COMMAND_LINE
    return f"{len(seen.octets)} octets, {COMMAND_LINE} allowed" if too_long else None


def _not_base64(seen: CommandSeen) -> str | None:
    if isinstance(seen.command, AuthResponse):
        told = seen.command.response
        return None if told == "*" or BASE64.fullmatch(told) else ""
    initial = _initial(seen)
    return None if initial is None or initial == "=" or BASE64.fullmatch(initial) else ""


LOGIN_JUDGES: Final[CommandJudges] = {
    "auth-in-clear": _in_clear,
    "auth-again": _again,
    "mechanism-not-offered": _not_offered,
    "initial-response-early": _initial_early,
    "initial-response-too-long": _initial_too_long,
    "response-not-base64": _not_base64,
}
"""Rule -> judge of AUTH, or of the answer to a challenge."""
