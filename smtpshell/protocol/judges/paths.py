"""Judges of what MAIL and RCPT carry: the path, its lengths, how many there are, and the parameters behind it."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from smtpshell.protocol import parameters
from smtpshell.protocol.commands import Mail, Rcpt
from smtpshell.protocol.judges.seen import CommandJudges, CommandSeen
from smtpshell.protocol.limits import DOMAIN, LOCAL_PART, PATH, RECIPIENTS
from smtpshell.protocol.parameters import PARAMETERS, Parameter

__all__ = ["PARAMETER_JUDGES", "PATH_JUDGES", "RECIPIENT_JUDGES", "has_odd_envelope", "has_odd_path"]

# Atoms and labels of letters and digits: no path of this form and length breaks a rule.
_ORDINARY: Final = re.compile(r"[A-Za-z0-9]+(?:[._+-][A-Za-z0-9]+)*@[A-Za-z0-9]+(?:[.-][A-Za-z0-9]+)*")
_BLANK_BEFORE_PATH: Final = re.compile(rb":[ \t]+<")


def has_odd_path(seen: CommandSeen) -> bool:
    """Whether PATH_JUDGES may have something to say, as about few paths."""
    path = seen.path_command.path if seen.path_command else "a@b"
    return len(path) > LOCAL_PART or _ORDINARY.fullmatch(path) is None


def _octets(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))


def _path_syntax(seen: CommandSeen) -> str | None:
    return f"<{seen.path_command.path}>" if seen.path_command and seen.path is None else None


def _null_forward_path(seen: CommandSeen) -> str | None:
    return "" if isinstance(seen.command, Rcpt) and seen.path is not None and seen.path.is_null else None


def _bare_postmaster_sends(seen: CommandSeen) -> str | None:
    mailbox = seen.path.mailbox if seen.path else None
    return "" if mailbox and not mailbox.domain and not isinstance(seen.command, Rcpt) else None


def _path_8bit(seen: CommandSeen) -> str | None:
    beyond = seen.path_command is not None and not seen.path_command.path.isascii()
    return "" if beyond and "SMTPUTF8" not in seen.words_in_use() else None


def _too_long(octets: int, limit: int) -> str | None:
    return f"{octets} octets, {limit} allowed" if octets > limit else None


def _local_part_too_long(seen: CommandSeen) -> str | None:
    mailbox = seen.path.mailbox if seen.path else None
    return _too_long(_octets(mailbox.local_part), LOCAL_PART) if mailbox else None


def _domain_too_long(seen: CommandSeen) -> str | None:
    mailbox = seen.path.mailbox if seen.path else None
    return _too_long(_octets(mailbox.domain), DOMAIN) if mailbox else None


def _path_too_long(seen: CommandSeen) -> str | None:
    return _too_long(_octets(seen.path_command.path) + len("<>"), PATH) if seen.path_command else None


def _source_route(seen: CommandSeen) -> str | None:
    return ", ".join(seen.path.source_route) or None if seen.path else None


def _address_literal(seen: CommandSeen) -> str | None:
    mailbox = seen.path.mailbox if seen.path else None
    return mailbox.domain if mailbox and mailbox.domain.startswith("[") else None


PATH_JUDGES: Final[CommandJudges] = {
    "path-syntax": _path_syntax,
    "null-forward-path": _null_forward_path,
    "bare-postmaster-sends": _bare_postmaster_sends,
    "path-8bit": _path_8bit,
    "local-part-too-long": _local_part_too_long,
    "domain-too-long": _domain_too_long,
    "path-too-long": _path_too_long,
    "source-route": _source_route,
    "address-literal": _address_literal,
}
"""Rule -> judge of a path that is not ordinary."""


def _recipients_many(seen: CommandSeen) -> str | None:
    # Said once, at the first of them.
    over = isinstance(seen.command, Rcpt) and len(seen.facts.forward_paths) == RECIPIENTS
    return f"{RECIPIENTS} are accepted already" if over else None


def _recipients_over_limit(seen: CommandSeen) -> str | None:
    limits = seen.facts.capabilities.get("LIMITS", ()) if seen.facts.capabilities else ()
    given = [word.partition("=")[2] for word in limits if word.upper().startswith("RCPTMAX=")]
    if not isinstance(seen.command, Rcpt) or not given or not given[0].isdecimal():
        return None
    maximum = int(given[0][:6])  # RFC 9422 3: at most six digits
    return f"RCPTMAX is {maximum}" if len(seen.facts.forward_paths) >= maximum else None


def has_odd_envelope(seen: CommandSeen) -> bool:
    """Whether RECIPIENT_JUDGES may have something to say, as about few."""
    many = len(seen.facts.forward_paths) >= RECIPIENTS or seen.facts.offers("LIMITS")
    return many or b": " in seen.octets or b":\t" in seen.octets


RECIPIENT_JUDGES: Final[CommandJudges] = {
    "space-before-path": lambda seen: "" if seen.path_command and _BLANK_BEFORE_PATH.search(seen.octets) else None,
    "recipients-many": _recipients_many,
    "recipients-over-limit": _recipients_over_limit,
}
"""Rule -> judge of a command with a path, ordinary or not."""


def _never_combined(parameter: Parameter) -> bool:
    words = (parameter.value or "").upper().split(",")
    return parameter.keyword.upper() == "NOTIFY" and len(words) > 1 and "NEVER" in words


def _misplaced(seen: CommandSeen, parameter: Parameter) -> bool:
    keyword = parameter.keyword.upper()
    other = "RCPT" if seen.verb == "MAIL" else "MAIL"
    return (seen.verb, keyword) not in PARAMETERS and (other, keyword) in PARAMETERS


def _parameter_syntax(seen: CommandSeen) -> str | None:
    given = [parameter for parameter in seen.parameters if not _never_combined(parameter)]
    problems = [problem for parameter in given if (problem := parameters.check(parameter, seen.verb))]
    return "; ".join(problems) or None


def _parameter_twice(seen: CommandSeen) -> str | None:
    count = Counter(parameter.keyword.upper() for parameter in seen.parameters)
    return ", ".join(keyword for keyword, times in count.items() if times > 1) or None


def _parameter_misplaced(seen: CommandSeen) -> str | None:
    return ", ".join(str(p) for p in seen.parameters if _misplaced(seen, p)) or None


def _parameter_not_offered(seen: CommandSeen) -> str | None:
    offered = seen.facts.capabilities
    if offered is None:
        return None
    given = [p for p in seen.parameters if not _misplaced(seen, p)]
    return ", ".join(str(p) for p in given if not offered.offers_parameter(seen.verb, p.keyword, p.value)) or None


def _size_exceeded(seen: CommandSeen) -> str | None:
    limit = seen.facts.capabilities.size_limit if seen.facts.capabilities else None
    if not limit or not isinstance(seen.command, Mail):
        return None
    sizes = [p.value for p in seen.parameters if p.keyword.upper() == "SIZE" and p.value and p.value.isdecimal()]
    over = [size for size in sizes if int(size[:20]) > limit]
    return f"{over[0]} octets declared, {limit} allowed" if over else None


def _requiretls_in_clear(seen: CommandSeen) -> str | None:
    asked = any(parameter.keyword.upper() == "REQUIRETLS" for parameter in seen.parameters)
    return "" if asked and not seen.facts.tls else None


PARAMETER_JUDGES: Final[CommandJudges] = {
    "parameter-syntax": _parameter_syntax,
    "parameter-twice": _parameter_twice,
    "parameter-misplaced": _parameter_misplaced,
    "parameter-not-offered": _parameter_not_offered,
    "size-exceeded": _size_exceeded,
    "notify-never-combined": lambda seen: "" if any(map(_never_combined, seen.parameters)) else None,
    "requiretls-in-clear": _requiretls_in_clear,
}
"""Rule -> judge of a command with parameters."""
