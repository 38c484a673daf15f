"""Judges of hellos: how the client names itself, and what the server's reply says of it and offers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Final

from smtpshell.protocol.abnf import KEYWORD
from smtpshell.protocol.commands import Ehlo, Helo, Lhlo
from smtpshell.protocol.extensions import EXTENSIONS, Capabilities
from smtpshell.protocol.judges.login import PLAINTEXT
from smtpshell.protocol.judges.seen import (
    CommandJudges,
    CommandSeen,
    ReplyJudge,
    ReplyJudges,
    ReplySeen,
    is_domain,
)
from smtpshell.protocol.limits import MESSAGE

__all__ = ["HELLOS", "HELLO_JUDGES", "HELLO_REPLY_JUDGES"]

HELLOS: Final = frozenset({"EHLO", "HELO", "LHLO"})
"""The verbs of a hello."""

# An address that lacks its brackets: four numbers, or colons among hexadecimal digits (RFC 5321 4.1.3).
_BARE_ADDRESS: Final = re.compile(r"[0-9]+(?:\.[0-9]+){3}|(?:IPv6:)?[0-9A-Fa-f]*:[0-9A-Fa-f:.]+", re.IGNORECASE)


def _name(seen: CommandSeen) -> str:
    return seen.command.argument if isinstance(seen.command, Ehlo | Helo | Lhlo) else ""


def _bare_address(seen: CommandSeen) -> str | None:
    return _name(seen)[:80] if _BARE_ADDRESS.fullmatch(_name(seen)) else None


def _no_domain(seen: CommandSeen) -> str | None:
    name = _name(seen)
    return name[:80] if name and _bare_address(seen) is None and not is_domain(name) else None


def _unqualified(seen: CommandSeen) -> str | None:
    name = _name(seen)
    alone = is_domain(name) and not name.startswith("[") and "." not in name
    return name[:80] if alone or name.lower() == "localhost.localdomain" else None


def _helo_literal(seen: CommandSeen) -> str | None:
    name = _name(seen)
    return name if seen.verb == "HELO" and name.startswith("[") and is_domain(name) else None


HELLO_JUDGES: Final[CommandJudges] = {
    "hello-no-domain": _no_domain,
    "hello-bare-address": _bare_address,
    "hello-unqualified": _unqualified,
    "helo-address-literal": _helo_literal,
    "hello-to-lmtp": lambda seen: seen.verb if seen.facts.lmtp and seen.verb in ("EHLO", "HELO") else None,
}
"""Rule -> judge of a hello."""


def _of_offers(judge: Callable[[Capabilities, ReplySeen], str | None]) -> ReplyJudge:
    """Make a judge that is asked only where a reply offers something."""

    def asked(seen: ReplySeen) -> str | None:
        offered = seen.capabilities
        return None if offered is None else judge(offered, seen)

    return asked


def _reply_no_domain(seen: ReplySeen) -> str | None:
    if seen.verb not in HELLOS or seen.reply.code != 250:
        return None
    first = seen.reply.texts[0].partition(" ")[0]
    return None if is_domain(first) else first[:40]


def _helo_offers(seen: ReplySeen) -> str | None:
    several = seen.verb == "HELO" and seen.reply.code == 250 and len(seen.reply.raw_lines) > 1
    return ", ".join(text.partition(" ")[0] for text in seen.reply.texts[1:6]) if several else None


def _keywords(seen: ReplySeen) -> list[str]:
    """Give the keywords as they were written, each as often as it stands there."""
    return [(text.split() or [""])[0] for text in seen.reply.texts[1:]] if seen.capabilities is not None else []


def _keyword_syntax(seen: ReplySeen) -> str | None:
    wrong = [keyword[:40] or "(empty)" for keyword in _keywords(seen) if not KEYWORD.fullmatch(keyword)]
    return ", ".join(wrong) or None


def _keyword_twice(seen: ReplySeen) -> str | None:
    count = Counter(keyword.upper() for keyword in _keywords(seen))
    return ", ".join(keyword for keyword, times in count.items() if times > 1) or None


def _keyword_parameter(offered: Capabilities, _: ReplySeen) -> str | None:
    wrong = [
        f"{keyword} {' '.join(words)}"
        for keyword, words in offered.items()
        if words and keyword in EXTENSIONS and not EXTENSIONS[keyword].parameters
    ]
    return ", ".join(wrong) or None


def _size_syntax(offered: Capabilities, _: ReplySeen) -> str | None:
    words = offered.get("SIZE", ())
    well = not words or (len(words) == 1 and words[0].isascii() and words[0].isdecimal() and len(words[0]) <= 20)
    return None if well else " ".join(words)


def _size_too_small(offered: Capabilities, _: ReplySeen) -> str | None:
    limit = offered.size_limit
    return f"{limit}" if limit and limit < MESSAGE else None


def _auth_no_mechanism(offered: Capabilities, _: ReplySeen) -> str | None:
    return "" if "AUTH" in offered and not offered.auth_mechanisms else None


def _auth_in_clear(offered: Capabilities, seen: ReplySeen) -> str | None:
    names = [] if seen.facts.tls else [name for name in offered.auth_mechanisms if name in PLAINTEXT]
    return " ".join(names) or None


def _lost(offered: Capabilities, seen: ReplySeen) -> str | None:
    before = seen.facts.offered_in_clear or ()
    return ", ".join(keyword for keyword in before if keyword not in offered and keyword != "STARTTLS") or None


def _gained(offered: Capabilities, seen: ReplySeen) -> str | None:
    before = seen.facts.offered_in_clear
    return (
        ", ".join(keyword for keyword in offered if keyword not in before) or None if before is not None else None
    )


HELLO_REPLY_JUDGES: Final[ReplyJudges] = {
    "hello-reply-no-domain": _reply_no_domain,
    "helo-offers": _helo_offers,
    "keyword-syntax": _keyword_syntax,
    "keyword-twice": _keyword_twice,
    "keyword-parameter": _of_offers(_keyword_parameter),
    "size-syntax": _of_offers(_size_syntax),
    "size-too-small": _of_offers(_size_too_small),
    "auth-no-mechanism": _of_offers(_auth_no_mechanism),
    "auth-offered-in-clear": _of_offers(_auth_in_clear),
    "requiretls-offered-in-clear": _of_offers(
        lambda offered, seen: "" if "REQUIRETLS" in offered and not seen.facts.tls else None
    ),
    "starttls-inside-tls": _of_offers(
        lambda offered, seen: "" if "STARTTLS" in offered and seen.facts.tls else None
    ),
    "offers-lost-in-tls": _of_offers(_lost),
    "offers-gained-in-tls": _of_offers(_gained),
    "binarymime-alone": _of_offers(
        lambda offered, _: "" if "BINARYMIME" in offered and "CHUNKING" not in offered else None
    ),
    "smtputf8-alone": _of_offers(
        lambda offered, _: "" if "SMTPUTF8" in offered and "8BITMIME" not in offered else None
    ),
}
"""Rule -> judge of the reply to a hello."""
