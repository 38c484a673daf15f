"""Judges of a command's place: is it in order, may it go out before the last reply, was its verb offered."""

from __future__ import annotations

from typing import Final

from smtpshell.protocol.judges.seen import CommandJudges, CommandSeen
from smtpshell.protocol.sequences import SEQUENCES
from smtpshell.protocol.states import State, verbs_in_sequence

__all__ = ["DISORDER_JUDGES", "GROUP_JUDGES", "UNREADABLE_JUDGES", "VERB_JUDGES", "has_odd_verb"]

# RFC 2920 3.1: these must be the last of a group; EHLO as well, since its answer decides what may follow.
_LAST_OF_GROUP: Final = frozenset(
    {"EHLO", "LHLO", "DATA", "VRFY", "EXPN", "TURN", "QUIT", "NOOP", "STARTTLS", "AUTH"}
)
_TRANSACTION: Final = frozenset({State.MAIL, State.RCPT, State.CHUNKS})
_BEGIN: Final = frozenset({"MAIL", "SEND", "SOML", "SAML"})
# RFC 5321 4.3.2 and RFC 3207 4: an argument to these is an error.
_WITHOUT_ARGUMENT: Final = frozenset({"DATA", "RSET", "QUIT", "STARTTLS", "TURN"})
_OBSOLETE: Final = frozenset({"SEND", "SOML", "SAML", "TURN"})
# Known to every server, announced or not (RFC 5321 4.5.1, 4.1.1).
_ALWAYS: Final = frozenset({"HELP", "VRFY", "EXPN"})
_USUAL: Final = "DATA"  # offered by nobody, obsolete nowhere, and in every mail transaction

_AFTER: Final = {
    "CONTENT": "the content",
    "TLS": "a TLS handshake",
    "AUTH-RESPONSE": "the answer to a challenge",
}


def _after_goodbye(seen: CommandSeen) -> str | None:
    return seen.verb if seen.state is State.CLOSED and not seen.in_sequence else None


def _mail_inside_transaction(seen: CommandSeen) -> str | None:
    return seen.verb if seen.verb in _BEGIN and seen.state in _TRANSACTION else None


def _data_after_bdat(seen: CommandSeen) -> str | None:
    return "" if seen.verb == "DATA" and seen.state is State.CHUNKS else None


def _bdat_after_last(seen: CommandSeen) -> str | None:
    over = seen.facts.last_chunk_sent or seen.unanswered == "BDAT LAST"
    return "" if seen.verb == "BDAT" and seen.state is State.READY and over else None


def _auth_in_transaction(seen: CommandSeen) -> str | None:
    return "" if seen.verb == "AUTH" and seen.state in _TRANSACTION else None


def _no_hello_after_tls(seen: CommandSeen) -> str | None:
    due = seen.state is State.GREETED and seen.facts.tls and seen.facts.offered_in_clear is not None
    return seen.verb if due and seen.verb in SEQUENCES and not seen.in_sequence else None


_SPECIAL: Final[CommandJudges] = {
    "command-after-goodbye": _after_goodbye,
    "mail-inside-transaction": _mail_inside_transaction,
    "data-after-bdat": _data_after_bdat,
    "bdat-after-last": _bdat_after_last,
    "auth-in-transaction": _auth_in_transaction,
    "no-hello-after-tls": _no_hello_after_tls,
}


def _out_of_sequence(seen: CommandSeen) -> str | None:
    """Report what no rule of its own does."""
    if seen.in_sequence or seen.verb not in SEQUENCES:
        return None
    if any(judge(seen) is not None for judge in _SPECIAL.values()):
        return None
    due = ", ".join(_AFTER.get(verb, verb) for verb in verbs_in_sequence(seen.state)) or "nothing"
    return f"{seen.verb} in state {seen.state.value}, where {due} may come"


DISORDER_JUDGES: Final[CommandJudges] = {**_SPECIAL, "out-of-sequence": _out_of_sequence}
"""Rule -> judge of a command that is not in sequence."""


def _unanswered(seen: CommandSeen) -> str:
    return f"{seen.unanswered} is still unanswered"


def _before_greeting(seen: CommandSeen) -> str | None:
    return "" if seen.unanswered == "CONNECT" else None


def _pipelining_not_offered(seen: CommandSeen) -> str | None:
    early = seen.unanswered not in ("", "CONNECT") and not seen.facts.offers("PIPELINING")
    return _unanswered(seen) if early and not seen.is_response else None


def _not_last_of_group(seen: CommandSeen) -> str | None:
    too_early = seen.unanswered in _LAST_OF_GROUP and seen.facts.offers("PIPELINING")
    return _unanswered(seen) if too_early and not seen.is_response else None


GROUP_JUDGES: Final[CommandJudges] = {
    "before-greeting": _before_greeting,
    "pipelining-not-offered": _pipelining_not_offered,
    "not-last-of-group": _not_last_of_group,
}
"""Rule -> judge of a command that goes out before the last reply is there."""


def _unknown_verb(seen: CommandSeen) -> str | None:
    offered = seen.facts.capabilities
    known = seen.verb in SEQUENCES or (offered is not None and seen.verb in offered)
    return None if known else seen.verb[:40]


def _argument_missing(seen: CommandSeen) -> str | None:
    return seen.verb if len(seen.words) == 1 and seen.verb in SEQUENCES else None


def _argument_not_allowed(seen: CommandSeen) -> str | None:
    return seen.verb if len(seen.words) > 1 and seen.verb in _WITHOUT_ARGUMENT else None


def _arguments_unreadable(seen: CommandSeen) -> str | None:
    problem = getattr(seen.command, "problem", "")
    told = len(seen.words) < 2 or seen.verb in _WITHOUT_ARGUMENT
    return problem if problem and not told else None


UNREADABLE_JUDGES: Final[CommandJudges] = {
    "unknown-verb": _unknown_verb,
    "argument-missing": _argument_missing,
    "argument-not-allowed": _argument_not_allowed,
    "arguments-unreadable": _arguments_unreadable,
}
"""Rule -> judge of a line that cannot be read."""


def _verb_not_offered(seen: CommandSeen) -> str | None:
    offered = seen.facts.capabilities
    asked = offered is not None and seen.verb in SEQUENCES and seen.verb not in _ALWAYS
    return seen.verb if asked and offered is not None and not offered.offers_verb(seen.verb) else None


def _binarymime_by_data(seen: CommandSeen) -> str | None:
    return "" if seen.verb == "DATA" and "BODY=BINARYMIME" in seen.facts.asked else None


def has_odd_verb(seen: CommandSeen) -> bool:
    """Whether VERB_JUDGES may have something to say, as about none of the usual verbs."""
    return seen.verb != _USUAL or "BODY=BINARYMIME" in seen.facts.asked


VERB_JUDGES: Final[CommandJudges] = {
    "verb-not-offered": _verb_not_offered,
    "verb-obsolete": lambda seen: seen.verb if seen.verb in _OBSOLETE else None,
    "starttls-again": lambda seen: "" if seen.verb == "STARTTLS" and seen.facts.tls else None,
    "binarymime-by-data": _binarymime_by_data,
}
"""Rule -> judge of a verb that not every session allows."""
