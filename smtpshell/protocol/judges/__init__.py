"""Which rules of findings.py an event breaks: one small judge a rule, tabled by what it looks at.

A judge is given one thing that happened and answers None (nothing wrong) or the detail for the finding, which
may be "".  Judges look, they decide nothing: the Connection goes on whatever they find.

    seen.py     what they are given          order.py    the command's place, groups, verbs
    paths.py    paths and parameters         login.py    AUTH
    hellos.py   hellos and their replies     octets.py   lines of commands and of replies
    replies.py  what a reply means           content.py  content

Nearly all that happens is in order, and most judges have nothing to look at in it: before each table stands what
must be true for it to be asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

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
from smtpshell.protocol.findings import RULES, Finding
from smtpshell.protocol.judges.content import CONTENT_RULES, ContentJudge
from smtpshell.protocol.judges.hellos import HELLO_JUDGES, HELLO_REPLY_JUDGES, HELLOS
from smtpshell.protocol.judges.login import LOGIN_JUDGES
from smtpshell.protocol.judges.octets import LINE_JUDGES, REPLY_OCTET_JUDGES, command_in_order, reply_in_order
from smtpshell.protocol.judges.order import DISORDER_JUDGES, GROUP_JUDGES, UNREADABLE_JUDGES, VERB_JUDGES
from smtpshell.protocol.judges.paths import PARAMETER_JUDGES, PATH_JUDGES, RECIPIENT_JUDGES, is_ordinary
from smtpshell.protocol.judges.replies import (
    CODES_WITH_TEXT,
    ENHANCED_JUDGES,
    LMTP_JUDGES,
    NOTHING_DUE_JUDGES,
    PLACE_JUDGES,
    TEXT_JUDGES,
    VERBS_WITH_TEXT,
    is_expected,
)
from smtpshell.protocol.judges.seen import CommandJudges, CommandSeen, ReplyJudges, ReplySeen
from smtpshell.protocol.replies import END_INSIDE_REPLY
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


_CommandTables = tuple[tuple[Callable[[CommandSeen], object], CommandJudges], ...]
_ReplyTables = tuple[tuple[Callable[[ReplySeen], object], ReplyJudges], ...]

_ORDER: Final[_CommandTables] = (
    (lambda seen: not seen.in_sequence, DISORDER_JUDGES),
    (lambda seen: seen.unanswered, GROUP_JUDGES),
)
_VERB: Final[_CommandTables] = ((_always, VERB_JUDGES),)
_HELLO: Final[_CommandTables] = ((_always, HELLO_JUDGES),)
_PATH: Final[_CommandTables] = (
    (lambda seen: seen.path_command and not is_ordinary(seen.path_command.path), PATH_JUDGES),
    (_always, RECIPIENT_JUDGES),
    (lambda seen: seen.parameters, PARAMETER_JUDGES),
)
_LOGIN: Final[_CommandTables] = ((_always, LOGIN_JUDGES),)
_LINE: Final[_CommandTables] = ((lambda seen: not command_in_order(seen.octets), LINE_JUDGES),)

# What is asked about any command, and what besides about some kinds; a line that cannot be read may be of any.
_ANY_KIND: Final = (*_ORDER, *_LINE)
_ALL: Final[_CommandTables] = (*_ORDER, (_always, UNREADABLE_JUDGES), *_VERB, *_HELLO, *_PATH, *_LOGIN, *_LINE)
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
    (lambda seen: not seen.move or seen.reply.code == END_INSIDE_REPLY, NOTHING_DUE_JUDGES),
    (lambda seen: not is_expected(seen.move, seen.reply.code, seen.state), PLACE_JUDGES),
    (lambda seen: seen.facts.lmtp, LMTP_JUDGES),
    (lambda seen: seen.facts.capabilities or seen.reply.raw_lines[-1][5:6] == b".", ENHANCED_JUDGES),
    (lambda seen: seen.reply.code in CODES_WITH_TEXT or seen.move in VERBS_WITH_TEXT, TEXT_JUDGES),
    (lambda seen: seen.move in HELLOS, HELLO_REPLY_JUDGES),
    (lambda seen: not reply_in_order(seen.reply.raw), REPLY_OCTET_JUDGES),
)

COMMAND_JUDGES: Final[CommandJudges] = {name: judge for _, table in _ALL for name, judge in table.items()}
"""Rule -> judge of commands, in the order in which they are asked."""

REPLY_JUDGES: Final[ReplyJudges] = {name: judge for _, table in _REPLY for name, judge in table.items()}
"""Rule -> judge of replies, likewise."""


def judge_command(seen: CommandSeen) -> tuple[Finding, ...]:
    """Give what is wrong with a command about to be sent, in the table's order."""
    found: list[Finding] = []
    for is_asked, table in _BY_KIND.get(type(seen.command), _ANY_KIND):
        if is_asked(seen):
            details = [(rule_id, judge(seen)) for rule_id, judge in table.items()]
            found += [Finding(RULES[rule_id], detail) for rule_id, detail in details if detail is not None]
    return tuple(found)


def judge_reply(seen: ReplySeen) -> tuple[Finding, ...]:
    """Give what is wrong with a reply, in the table's order."""
    found: list[Finding] = []
    for is_asked, table in _REPLY:
        if is_asked(seen):
            details = [(rule_id, judge(seen)) for rule_id, judge in table.items()]
            found += [Finding(RULES[rule_id], detail) for rule_id, detail in details if detail is not None]
    return tuple(found)


# Where a server may leave without a word: it has said goodbye, it takes no mail (RFC 7504 3), the handshake
# failed, it is not the server any more.
_MAY_LEAVE: Final = frozenset({State.CLOSED, State.REFUSED, State.TLS, State.TURNED})


def judge_end(state: State, unanswered: tuple[Command, ...], *, inside_reply: bool) -> tuple[Finding, ...]:
    """Give what is wrong with the end of the stream from the server, which came in this state."""
    if unanswered:
        return (Finding(RULES["closed-unanswered"], ", ".join(command.move for command in unanswered)),)
    return () if inside_reply or state in _MAY_LEAVE else (Finding(RULES["closed-without-goodbye"]),)
