"""Judges of what a reply means: whether its code may come here, and the texts that machines read."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from smtpshell.protocol.abnf import BASE64
from smtpshell.protocol.enhanced_status_codes import DETAILS, EnhancedStatusCode
from smtpshell.protocol.extensions import Capabilities
from smtpshell.protocol.facts import Facts
from smtpshell.protocol.judges.seen import LONGEST_MOVE, ReplyJudges, ReplySeen, is_domain
from smtpshell.protocol.replies import END_INSIDE_REPLY, Reply, ReplyClass
from smtpshell.protocol.sequences import SEQUENCES, is_listed
from smtpshell.protocol.states import State, is_in_sequence

__all__ = [
    "CODES_WITH_TEXT",
    "ENHANCED_JUDGES",
    "LMTP_JUDGES",
    "NOTHING_DUE_JUDGES",
    "PLACE_JUDGES",
    "TEXT_JUDGES",
    "VERBS_WITH_TEXT",
    "has_odd_enhanced_code",
    "is_odd_here",
]

# RFC 2034 4: the greeting and the reply to a hello have no enhanced status code, nor has a 3yz reply.
_WITHOUT_ENHANCED: Final = frozenset({"CONNECT", "EHLO", "HELO", "LHLO"})
_LAST_PARTS: Final = frozenset({"BDAT LAST", "BURL LAST"})


def _unsolicited(seen: ReplySeen) -> str | None:
    return "" if not seen.move and seen.state is not State.CLOSED else None


def _after_goodbye(seen: ReplySeen) -> str | None:
    return "" if not seen.move and seen.state is State.CLOSED else None


def _code_unlisted(seen: ReplySeen) -> str | None:
    code = seen.reply.code
    readable = seen.reply.reply_class is not ReplyClass.UNREADABLE
    return f"{code} to {seen.verb}" if readable and seen.move and not is_listed(seen.verb, code) else None


def _accepted_out_of_sequence(seen: ReplySeen) -> str | None:
    if not seen.reply.is_positive or seen.verb not in SEQUENCES or is_in_sequence(seen.state, seen.move):
        return None
    # What answers content came in order, wherever it stands; DATA may be taken and its end refused (RFC 2920 3.1).
    deserved = seen.verb not in ("CONTENT", "AUTH-RESPONSE") and (seen.verb, seen.state) != ("DATA", State.MAIL)
    return f"{seen.verb} in state {seen.state.value}" if deserved else None


def _lmtp_unaddressed(seen: ReplySeen) -> str | None:
    unaddressed = (
        seen.facts.lmtp and seen.state is State.MAIL and (seen.verb == "DATA" or seen.move in _LAST_PARTS)
    )
    return f"{seen.reply.code} to {seen.verb}" if unaddressed and seen.reply.is_positive else None


def _lmtp_accepts_hello(seen: ReplySeen) -> str | None:
    accepted = seen.facts.lmtp and seen.verb in ("EHLO", "HELO") and seen.reply.is_positive
    return f"{seen.reply.code} to {seen.verb}" if accepted else None


def _replies_unasked(seen: ReplySeen) -> str | None:
    return "" if seen.reply.code == 353 and seen.move and "PRDR" not in seen.facts.parameters else None


@lru_cache(maxsize=256)
def _enhanced(opening: bytes) -> EnhancedStatusCode | None:
    """Read the first word behind the code; the same few come again and again."""
    return EnhancedStatusCode.parse(opening.decode("latin-1"))


def _enhanced_of(seen: ReplySeen) -> EnhancedStatusCode | None:
    raw = seen.reply.raw_lines[-1]
    return (
        _enhanced(raw[4:_OPENING].partition(b" ")[0].rstrip())
        if raw[4:5] in _CLASS_DIGITS and raw[5:6] == b"."
        else None
    )


_OPENING: Final = 16  # octets of a line that hold its code and an enhanced one
_OFFERED: Final = Capabilities.from_reply_texts(("", "ENHANCEDSTATUSCODES"))
_CLASS_DIGITS: Final = (b"2", b"4", b"5")


def _is_due(seen: ReplySeen) -> bool:
    """Whether an enhanced status code is due in a reply, once they were offered (RFC 2034 4)."""
    # XCLIENT's 220 is a greeting anew.
    greets = seen.verb in _WITHOUT_ENHANCED or (seen.verb == "XCLIENT" and seen.reply.code == 220)
    return not greets and seen.reply.code // 100 in (2, 4, 5)


def _enhanced_missing(seen: ReplySeen) -> str | None:
    missing = seen.facts.offers("ENHANCEDSTATUSCODES") and _is_due(seen) and _enhanced_of(seen) is None
    return f"{seen.reply.code} to {seen.verb}" if missing and seen.move else None


def _enhanced_misplaced(seen: ReplySeen) -> str | None:
    if _is_due(seen) or not seen.reply.is_positive or not (code := _enhanced_of(seen)):
        return None
    return f"{code} in the reply to {seen.verb}"


def _enhanced_unknown(seen: ReplySeen) -> str | None:
    code = _enhanced_of(seen)
    return None if code is None or (code.subject, code.detail) in DETAILS else str(code)


NOTHING_DUE_JUDGES: Final[ReplyJudges] = {
    "unsolicited-reply": _unsolicited,
    "reply-after-goodbye": _after_goodbye,
    "end-inside-reply": lambda seen: "" if seen.reply.code == END_INSIDE_REPLY else None,
}
"""Rule -> judge of a reply to nothing, or of none."""

PLACE_JUDGES: Final[ReplyJudges] = {
    "code-unlisted": _code_unlisted,
    "accepted-out-of-sequence": _accepted_out_of_sequence,
}
"""Rule -> judge of a reply whose code is not expected where it comes."""

LMTP_JUDGES: Final[ReplyJudges] = {
    "lmtp-content-unaddressed": _lmtp_unaddressed,
    "lmtp-accepts-hello": _lmtp_accepts_hello,
}
"""Rule -> judge of an LMTP server's reply."""


def has_odd_enhanced_code(seen: ReplySeen) -> bool:
    """Whether ENHANCED_JUDGES have something to say about the code that opens the text, or is missing there."""
    reply, offered = seen.reply, seen.facts.offers("ENHANCEDSTATUSCODES")
    return _is_odd(reply.code, reply.raw_lines[-1][:_OPENING], seen.move[:LONGEST_MOVE], offered)


@lru_cache(maxsize=1024)
def _is_odd(code: int, opening: bytes, move: str, offered: bool) -> bool:
    facts = Facts(capabilities=_OFFERED if offered else None)
    seen = ReplySeen(Reply(code, (opening,)), move, facts, State.READY)
    return any(judge(seen) is not None for judge in ENHANCED_JUDGES.values())


ENHANCED_JUDGES: Final[ReplyJudges] = {
    "enhanced-code-missing": _enhanced_missing,
    "enhanced-code-misplaced": _enhanced_misplaced,
    "enhanced-code-unknown": _enhanced_unknown,
}
"""Rule -> judge of the enhanced status code, which may be missing."""


def is_odd_here(seen: ReplySeen) -> bool:
    """Whether PLACE_JUDGES have something to say about a reply with this code."""
    return any(judge(seen) is not None for judge in PLACE_JUDGES.values())


_PATH: Final = re.compile(r"<[^<>\s]+>|[^\s@]@[^\s@]")
_RECIPIENTS: Final = re.compile(r"too many .*recipients|\b5\.5\.3\b", re.IGNORECASE)


def _first_word(seen: ReplySeen) -> str:
    """Give the first word of the text that is no enhanced status code."""
    words = seen.reply.texts[0].split()
    return next((word for word in words[:2] if EnhancedStatusCode.parse(word) is None), "")


def _greeting_no_domain(seen: ReplySeen) -> str | None:
    if seen.verb != "CONNECT" or seen.reply.code != 220:
        return None
    word = _first_word(seen)
    return None if is_domain(word) else word[:40]


def _greeting_several_lines(seen: ReplySeen) -> str | None:
    count = len(seen.reply.raw_lines)
    return f"{count} lines" if seen.verb == "CONNECT" and seen.reply.code == 220 and count > 1 else None


def _goodbye_no_domain(seen: ReplySeen) -> str | None:
    if seen.reply.code not in (221, 421):
        return None
    word = _first_word(seen)
    return None if is_domain(word) else word[:40]


def _forward_path_missing(seen: ReplySeen) -> str | None:
    due = seen.reply.code == 551 or (seen.reply.code == 251 and seen.verb in ("RCPT", "VRFY"))
    return str(seen.reply.code) if due and not _PATH.search(seen.reply.text) else None


def _vrfy_no_mailbox(seen: ReplySeen) -> str | None:
    named = seen.verb != "VRFY" or seen.reply.code != 250 or _PATH.search(seen.reply.text)
    return None if named else ""


def _recipients_552(seen: ReplySeen) -> str | None:
    return "" if seen.move == "RCPT" and seen.reply.code == 552 and _RECIPIENTS.search(seen.reply.text) else None


def _challenge_not_base64(seen: ReplySeen) -> str | None:
    return "" if seen.reply.code == 334 and not BASE64.fullmatch(seen.reply.texts[-1]) else None


TEXT_JUDGES: Final[ReplyJudges] = {
    "greeting-no-domain": _greeting_no_domain,
    "greeting-several-lines": _greeting_several_lines,
    "goodbye-no-domain": _goodbye_no_domain,
    "forward-path-missing": _forward_path_missing,
    "vrfy-no-mailbox": _vrfy_no_mailbox,
    "recipients-552": _recipients_552,
    "challenge-not-base64": _challenge_not_base64,
    "replies-unasked": _replies_unasked,
}
"""Rule -> judge of a text that a machine reads (RFC 5321 4.2)."""

CODES_WITH_TEXT: Final = frozenset({221, 251, 334, 353, 421, 551, 552})
"""The codes whose text TEXT_JUDGES look at, whatever the verb."""

VERBS_WITH_TEXT: Final = frozenset({"CONNECT", "VRFY"})
"""The verbs the text of whose replies they look at."""
