"""Which rules of findings.py an event breaks: one small judge a rule, tabled by what it looks at.

A judge is given one thing that happened and answers None (nothing wrong) or the detail for the finding, which
may be "".  Judges look, they decide nothing: the Connection goes on whatever they find.

    seen.py     what they are given          order.py    the command's place, groups, verbs
    paths.py    paths and parameters         login.py    AUTH
    hellos.py   hellos and their replies     octets.py   lines of commands and of replies
    replies.py  what a reply means           content.py  content

Nearly all that happens is in order, and most judges have nothing to look at in it: before each table stands what
must be true for it to be asked.  What depends on the place alone is worked out once for each place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from smtpshell.protocol.commands import (
    Atrn,
    Auth,
    AuthResponse,
    Bdat,
    Burl,
    Command,
    Data,
    Ehlo,
    Etrn,
    Helo,
    Lhlo,
    Mail,
    Raw,
    Rcpt,
    Saml,
    Send,
    Soml,
    StartTls,
    Turn,
    Xclient,
    Xforward,
)
from smtpshell.protocol.facts import Facts
from smtpshell.protocol.findings import RULES, Finding
from smtpshell.protocol.judges.content import CONTENT_RULES, ContentJudge
from smtpshell.protocol.judges.hellos import HELLO_JUDGES, HELLO_REPLY_JUDGES, HELLOS
from smtpshell.protocol.judges.login import LOGIN_JUDGES
from smtpshell.protocol.judges.octets import LINE_JUDGES, REPLY_OCTET_JUDGES, has_odd_lines, has_odd_octets
from smtpshell.protocol.judges.order import (
    DISORDER_JUDGES,
    GROUP_JUDGES,
    UNREADABLE_JUDGES,
    VERB_JUDGES,
    has_odd_verb,
)
from smtpshell.protocol.judges.paths import (
    PARAMETER_JUDGES,
    PATH_JUDGES,
    RECIPIENT_JUDGES,
    has_odd_envelope,
    has_odd_path,
)
from smtpshell.protocol.judges.replies import (
    CODES_WITH_TEXT,
    ENHANCED_JUDGES,
    LMTP_JUDGES,
    NOTHING_DUE_JUDGES,
    PLACE_JUDGES,
    TEXT_JUDGES,
    VERBS_WITH_TEXT,
    has_odd_enhanced_code,
    is_odd_here,
)
from smtpshell.protocol.judges.seen import LONGEST_MOVE, CommandJudges, CommandSeen, ReplyJudges, ReplySeen
from smtpshell.protocol.replies import END_INSIDE_REPLY, Reply
from smtpshell.protocol.states import State

__all__ = [
    "COMMAND_JUDGES",
    "CONTENT_RULES",
    "REPLY_JUDGES",
    "CommandSeen",
    "ContentJudge",
    "ReplySeen",
    "judge_command",
    "judge_end",
    "judge_reply",
]


def _always(_: object) -> bool:
    return True


# For each table of judges: whether it may be asked in such a place at all, and whether in this very case.
_CommandTables = tuple[tuple[Callable[[CommandSeen], object], Callable[[CommandSeen], object], CommandJudges], ...]
_ReplyTables = tuple[tuple[Callable[[ReplySeen], object], Callable[[ReplySeen], object], ReplyJudges], ...]

_ORDER: Final[_CommandTables] = (
    (lambda seen: not seen.in_sequence, _always, DISORDER_JUDGES),
    (lambda seen: seen.unanswered, _always, GROUP_JUDGES),
)
_VERB: Final[_CommandTables] = ((_always, has_odd_verb, VERB_JUDGES),)
_HELLO: Final[_CommandTables] = ((_always, _always, HELLO_JUDGES),)
_PATH: Final[_CommandTables] = (
    (_always, has_odd_path, PATH_JUDGES),
    (_always, has_odd_envelope, RECIPIENT_JUDGES),
    (_always, lambda seen: seen.parameters, PARAMETER_JUDGES),
)
_LOGIN: Final[_CommandTables] = ((_always, _always, LOGIN_JUDGES),)
_LINE: Final[_CommandTables] = ((_always, has_odd_octets, LINE_JUDGES),)

# What is asked about any command, and what besides about some kinds; a line that cannot be read may be of any.
_ANY_KIND: Final = (*_ORDER, *_LINE)
_ALL: Final[_CommandTables] = (
    *_ORDER,
    (_always, _always, UNREADABLE_JUDGES),
    *(*_VERB, *_HELLO, *_PATH, *_LOGIN, *_LINE),
)
_BY_KIND: Final[Mapping[type[Command], _CommandTables]] = {
    **dict.fromkeys((StartTls, Data, Bdat, Burl, Etrn, Atrn, Turn, Xclient, Xforward), (*_ORDER, *_VERB, *_LINE)),
    **dict.fromkeys((Ehlo, Helo, Lhlo), (*_ORDER, *_HELLO, *_LINE)),
    **dict.fromkeys((Mail, Rcpt), (*_ORDER, *_PATH, *_LINE)),
    **dict.fromkeys((Send, Soml, Saml), (*_ORDER, *_VERB, *_PATH, *_LINE)),
    Auth: (*_ORDER, *_VERB, *_LOGIN, *_LINE),
    AuthResponse: (*_LOGIN, *_LINE),
    Raw: _ALL,
}

_REPLY: Final[_ReplyTables] = (
    (lambda seen: not seen.move or seen.reply.code == END_INSIDE_REPLY, _always, NOTHING_DUE_JUDGES),
    (is_odd_here, _always, PLACE_JUDGES),
    (_always, lambda seen: seen.facts.lmtp, LMTP_JUDGES),
    (_always, has_odd_enhanced_code, ENHANCED_JUDGES),
    (lambda seen: seen.reply.code in CODES_WITH_TEXT or seen.move in VERBS_WITH_TEXT, _always, TEXT_JUDGES),
    (lambda seen: seen.move in HELLOS, _always, HELLO_REPLY_JUDGES),
    (_always, has_odd_lines, REPLY_OCTET_JUDGES),
)

COMMAND_JUDGES: Final[CommandJudges] = {name: judge for _, _, table in _ALL for name, judge in table.items()}
"""Rule -> judge of commands, in the order in which they are asked."""

REPLY_JUDGES: Final[ReplyJudges] = {name: judge for _, _, table in _REPLY for name, judge in table.items()}
"""Rule -> judge of replies, likewise."""


def judge_command(seen: CommandSeen) -> tuple[Finding, ...]:
    """Give what is wrong with a command about to be sent, in the table's order."""
    found: list[Finding] = []
    kind: Any = type(seen.command)  # hashable, whatever its instances are
    for is_asked, table in _command_tables(kind, seen.move[:LONGEST_MOVE], seen.state, bool(seen.unanswered)):
        if is_asked(seen):
            details = [(rule_id, judge(seen)) for rule_id, judge in table.items()]
            found += [Finding(RULES[rule_id], detail) for rule_id, detail in details if detail is not None]
    return tuple(found)


def judge_reply(seen: ReplySeen) -> tuple[Finding, ...]:
    """Give what is wrong with a reply, in the table's order."""
    found: list[Finding] = []
    for is_asked, table in _reply_tables(seen.move[:LONGEST_MOVE], seen.reply.code, seen.state):
        if is_asked(seen):
            details = [(rule_id, judge(seen)) for rule_id, judge in table.items()]
            found += [Finding(RULES[rule_id], detail) for rule_id, detail in details if detail is not None]
    return tuple(found)


@lru_cache(maxsize=1024)
def _command_tables(
    kind: type[Command], move: str, state: State, unanswered: bool
) -> tuple[tuple[Callable[[CommandSeen], object], CommandJudges], ...]:
    """Give the tables that may be asked about a command of this kind in this place, whatever is in it."""
    command = AuthResponse("") if kind is AuthResponse else Raw(move.encode())
    seen = CommandSeen(b"", command, state, Facts(), "CONNECT" if unanswered else "")
    return tuple((asked, table) for may, asked, table in _BY_KIND.get(kind, _ANY_KIND) if may(seen))


@lru_cache(maxsize=1024)
def _reply_tables(
    move: str, code: int, state: State
) -> tuple[tuple[Callable[[ReplySeen], object], ReplyJudges], ...]:
    """Give the tables that may be asked about a reply with this code in this place, whatever it says."""
    seen = ReplySeen(Reply(code, ()), move, Facts(), state)
    return tuple((asked, table) for may, asked, table in _REPLY if may(seen))


# Where a server may leave without a word: it has said goodbye, it takes no mail (RFC 7504 3), the handshake
# failed, it is not the server any more.
_MAY_LEAVE: Final = frozenset({State.CLOSED, State.REFUSED, State.TLS, State.TURNED})


def judge_end(state: State, unanswered: tuple[Command, ...], *, inside_reply: bool) -> tuple[Finding, ...]:
    """Give what is wrong with the end of the stream from the server, which came in this state."""
    if unanswered:
        return (Finding(RULES["closed-unanswered"], ", ".join(command.move for command in unanswered)),)
    return () if inside_reply or state in _MAY_LEAVE else (Finding(RULES["closed-without-goodbye"]),)
