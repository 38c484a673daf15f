"""Which rules of findings.py an event breaks: one small judge a rule, tabled by what it looks at.

A judge is given one thing that happened and answers None (nothing wrong) or the detail for the finding, which
may be "".  Judges look, they decide nothing: the Connection goes on whatever they find.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from smtpshell.protocol import parameters, sequences
from smtpshell.protocol.abnf import match_path
from smtpshell.protocol.commands import Auth, AuthResponse, Command, Mail, Raw, Rcpt, secret_span
from smtpshell.protocol.extensions import Capabilities
from smtpshell.protocol.facts import Facts
from smtpshell.protocol.findings import RULES, Finding
from smtpshell.protocol.limits import AUTH_LINE, COMMAND_LINE, REPLY_LINE, TEXT_LINE
from smtpshell.protocol.replies import END_INSIDE_REPLY, UNPARSABLE, Reply, ReplyClass, ReplyLine
from smtpshell.protocol.states import State, verbs_in_sequence

__all__ = ["CommandSeen", "ContentJudge", "ReplySeen", "judge_command", "judge_reply"]


@dataclass(frozen=True, slots=True)
class CommandSeen:
    """A command about to go out.

    ``state`` is the one that holds if all outstanding commands succeed; ``unanswered`` is the last of them.
    """

    octets: bytes
    command: Command
    state: State
    facts: Facts
    unanswered: str

    @property
    def verb(self) -> str:
        """The verb in capitals, readable or not."""
        return self.command.move.removesuffix(" LAST")

    @property
    def path_command(self) -> Mail | Rcpt | None:
        """The command, where it carries a path and parameters."""
        return self.command if isinstance(self.command, Mail | Rcpt) else None

    @property
    def utf8(self) -> bool:
        """Whether SMTPUTF8 is in use in this mail transaction (RFC 6531 3.4)."""
        here = self.command.parameters if isinstance(self.command, Mail) else ()
        words = (*self.facts.parameters, *(parameter.keyword.upper() for parameter in here))
        return "SMTPUTF8" in words


# RFC 2920 3.1: these must be the last of a group; EHLO as well, since its answer decides what may follow.
_LAST_OF_GROUP: Final = frozenset(
    {"EHLO", "LHLO", "DATA", "VRFY", "EXPN", "TURN", "QUIT", "NOOP", "STARTTLS", "AUTH"}
)
_PLAINTEXT: Final = frozenset({"PLAIN", "LOGIN"})
# RFC 4648 4, in the strict form that RFC 4954 4 asks for.
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BARE_CR = re.compile(rb"\r(?!\n)")
_BARE_LF_END = re.compile(rb"(?<!\r)\n\Z")
_NO_TEXT = re.compile(rb"[1-9][0-9][0-9][- ]?[ \t\r]*\n")


def _out_of_sequence(seen: CommandSeen) -> str | None:
    allowed = verbs_in_sequence(seen.state)
    if seen.command.move in allowed or seen.verb not in sequences.SEQUENCES:
        return None
    after = {"CONTENT": "the content", "TLS": "a TLS handshake", "AUTH-RESPONSE": "the answer to a challenge"}
    due = ", ".join(after.get(verb, verb) for verb in allowed) or "nothing"
    return f"{seen.verb} in state {seen.state.value}, where {due} may come"


def _unknown_verb(seen: CommandSeen) -> str | None:
    known = seen.verb in sequences.SEQUENCES or (seen.facts.capabilities and seen.verb in seen.facts.capabilities)
    return None if known else seen.verb[:40]


def _path_syntax(seen: CommandSeen) -> str | None:
    command = seen.path_command
    if command is None or match_path(f"<{command.path}>", utf8=True):
        return None
    return f"<{command.path}>"


def _parameter_syntax(seen: CommandSeen) -> str | None:
    given = seen.path_command.parameters if seen.path_command else ()
    problems = [problem for parameter in given if (problem := parameters.check(parameter, seen.verb))]
    return "; ".join(problems) or None


def _parameter_not_offered(seen: CommandSeen) -> str | None:
    capabilities = seen.facts.capabilities
    if seen.path_command is None or capabilities is None:
        return None
    given = seen.path_command.parameters
    missing = [str(p) for p in given if not capabilities.offers_parameter(seen.verb, p.keyword, p.value)]
    return ", ".join(missing) or None


def _verb_not_offered(seen: CommandSeen) -> str | None:
    capabilities = seen.facts.capabilities
    known = seen.verb in sequences.SEQUENCES and seen.verb not in ("HELP", "VRFY", "EXPN")
    if capabilities is None or not known or capabilities.offers_verb(seen.verb):
        return None
    return seen.verb


def _size_exceeded(seen: CommandSeen) -> str | None:
    limit = seen.facts.capabilities.size_limit if seen.facts.capabilities else None
    command = seen.command
    if not limit or not isinstance(command, Mail):
        return None
    sizes = [p.value for p in command.parameters if p.keyword.upper() == "SIZE" and p.value and p.value.isdigit()]
    over = [size for size in sizes if int(size[:20]) > limit]
    return f"{over[0]} octets declared, {limit} allowed" if over else None


def _command_line_too_long(seen: CommandSeen) -> str | None:
    auth = isinstance(seen.command, Auth | AuthResponse)
    # An extension may raise the limit for its own parameters; beyond 2048 none of them does.
    given = bool(seen.path_command and seen.path_command.parameters)
    limit = AUTH_LINE if auth else 2048 if given else COMMAND_LINE
    return f"{len(seen.octets)} octets, {limit} allowed" if len(seen.octets) > limit else None


def _command_8bit(seen: CommandSeen) -> str | None:
    return None if seen.octets.isascii() or seen.utf8 else ""


def _auth_in_clear(seen: CommandSeen) -> str | None:
    if seen.facts.tls or secret_span(seen.command, seen.octets) is None:
        return None
    mechanism = seen.command.mechanism if isinstance(seen.command, Auth) else seen.facts.mechanism
    return mechanism.upper() if mechanism.upper() in _PLAINTEXT else None


def _pipelining_not_offered(seen: CommandSeen) -> str | None:
    if not seen.unanswered or seen.facts.offers("PIPELINING"):
        return None
    return f"{seen.unanswered} is still unanswered"


def _not_last_of_group(seen: CommandSeen) -> str | None:
    too_early = seen.unanswered in _LAST_OF_GROUP and seen.facts.offers("PIPELINING")
    return f"{seen.unanswered} is still unanswered" if too_early else None


CommandJudge = Callable[[CommandSeen], str | None]

COMMAND_JUDGES: Final[Mapping[str, CommandJudge]] = {
    "out-of-sequence": _out_of_sequence,
    "unknown-verb": _unknown_verb,
    "arguments-unreadable": lambda seen: (seen.command.problem or None) if isinstance(seen.command, Raw) else None,
    "path-syntax": _path_syntax,
    "space-before-path": lambda seen: "" if seen.path_command and re.search(rb":[ \t]+<", seen.octets) else None,
    "parameter-syntax": _parameter_syntax,
    "parameter-not-offered": _parameter_not_offered,
    "verb-not-offered": _verb_not_offered,
    "size-exceeded": _size_exceeded,
    "command-line-too-long": _command_line_too_long,
    "command-bare-lf": lambda seen: "" if _BARE_LF_END.search(seen.octets) else None,
    "command-bare-cr": lambda seen: "" if _BARE_CR.search(seen.octets) else None,
    "command-control": lambda seen: "" if _CONTROL.search(seen.octets) else None,
    "command-8bit": _command_8bit,
    "auth-in-clear": _auth_in_clear,
    "pipelining-not-offered": _pipelining_not_offered,
    "not-last-of-group": _not_last_of_group,
}

# What no judge but the general ones below may be asked about: the answer to a challenge is not a command.
_RESPONSE_JUDGES: Final = ("command-line-too-long", "command-bare-lf", "command-bare-cr", "auth-in-clear")


def judge_command(seen: CommandSeen) -> tuple[Finding, ...]:
    """Give what is wrong with a command about to be sent, in the table's order."""
    names = _RESPONSE_JUDGES if isinstance(seen.command, AuthResponse) else COMMAND_JUDGES
    details = ((name, COMMAND_JUDGES[name](seen)) for name in names)
    return tuple(Finding(RULES[name], detail) for name, detail in details if detail is not None)


@dataclass(frozen=True, slots=True)
class ReplySeen:
    """A reply that came in: ``verb`` is that of what it answers ("" where nothing was outstanding)."""

    reply: Reply
    verb: str
    facts: Facts

    @property
    def capabilities(self) -> Capabilities | None:
        """What this reply offers, where it is the positive reply to EHLO or LHLO."""
        if self.verb not in ("EHLO", "LHLO") or self.reply.code != 250:
            return None
        return Capabilities.from_reply_texts(self.reply.texts)


def _code_changes(seen: ReplySeen) -> str | None:
    codes = dict.fromkeys(line.code for line in seen.reply.lines)
    codes.pop(UNPARSABLE, None)
    return ", ".join(map(str, codes)) if len(codes) > 1 else None


def _code_out_of_range(seen: ReplySeen) -> str | None:
    # RFC 5321 4.2: Reply-code = %x32-35 %x30-35 %x30-39.
    code = seen.reply.code
    in_range = 2 <= code // 100 <= 5 and code // 10 % 10 <= 5
    return None if in_range or code in (UNPARSABLE, END_INSIDE_REPLY) else str(code)


def _code_unlisted(seen: ReplySeen) -> str | None:
    code = seen.reply.code
    readable = seen.reply.reply_class is not ReplyClass.UNREADABLE
    return (
        f"{code} to {seen.verb}" if readable and seen.verb and not sequences.is_listed(seen.verb, code) else None
    )


def _enhanced_class_mismatch(seen: ReplySeen) -> str | None:
    wrong = [
        f"{line.code} with {code}"
        for line in seen.reply.lines
        if (code := line.enhanced_status_code) is not None and code.class_ != line.code // 100 != 3
    ]
    return wrong[0] if wrong else None


def _enhanced_code_misplaced(seen: ReplySeen) -> str | None:
    if seen.verb not in ("CONNECT", "EHLO", "HELO", "LHLO") or not seen.reply.is_positive:
        return None
    code = seen.reply.enhanced_status_code
    return f"{code} in the reply to {seen.verb}" if code else None


def _auth_offered_in_clear(seen: ReplySeen) -> str | None:
    offered = seen.capabilities
    if seen.facts.tls or offered is None:
        return None
    return " ".join(name for name in offered.auth_mechanisms if name.upper() in _PLAINTEXT) or None


def _any_line(test: Callable[[bytes], object]) -> Callable[[ReplySeen], str | None]:
    """Make a judge of the lines' octets; the detail says which line it is where there are several."""

    def judge(seen: ReplySeen) -> str | None:
        lines = seen.reply.raw_lines
        at = next((number for number, raw in enumerate(lines, 1) if test(raw)), 0)
        return None if not at else f"line {at} of {len(lines)}" if len(lines) > 1 else ""

    return judge


ReplyJudge = Callable[[ReplySeen], str | None]

REPLY_JUDGES: Final[Mapping[str, ReplyJudge]] = {
    "unsolicited-reply": lambda seen: None if seen.verb else "",
    "end-inside-reply": lambda seen: "" if seen.reply.code == END_INSIDE_REPLY else None,
    "reply-unreadable": _any_line(lambda raw: raw.endswith(b"\n") and ReplyLine(raw).code == UNPARSABLE),
    "code-out-of-range": _code_out_of_range,
    "code-unlisted": _code_unlisted,
    "code-changes": _code_changes,
    "enhanced-class-mismatch": _enhanced_class_mismatch,
    "enhanced-code-misplaced": _enhanced_code_misplaced,
    "reply-bare-lf": _any_line(_BARE_LF_END.search),
    "reply-bare-cr": _any_line(_BARE_CR.search),
    "reply-control": _any_line(_CONTROL.search),
    "reply-line-too-long": _any_line(lambda raw: len(raw) > REPLY_LINE),
    "reply-no-text": _any_line(_NO_TEXT.match),
    "reply-8bit": _any_line(lambda raw: not raw.isascii()),
    "greeting-no-domain": lambda seen: "" if seen.verb == "CONNECT" and not seen.reply.text.strip() else None,
    "auth-offered-in-clear": _auth_offered_in_clear,
    "starttls-inside-tls": lambda seen: (
        "" if seen.facts.tls and seen.capabilities is not None and "STARTTLS" in seen.capabilities else None
    ),
    "challenge-not-base64": lambda seen: (
        "" if seen.reply.code == 334 and not _BASE64.fullmatch(seen.reply.texts[-1]) else None
    ),
}


# Lines of one code in range (RFC 5321 4.2), short enough, text in each, no enhanced code of another class, CRLF.
_IN_ORDER = re.compile(
    rb"(?=(([2-5])[0-5][0-9]))(?:\1[- ](?!(?!\2)[245]\.)(?=[ \t]*[!-~])[\t -~]{1,%d}+\r\n)++" % (REPLY_LINE - 6)
)
# What is left to ask about a reply whose octets are in order, as nearly all are.
_OF_MEANING: Final = (
    "unsolicited-reply",
    "end-inside-reply",
    "code-unlisted",
    "enhanced-code-misplaced",
    "auth-offered-in-clear",
    "starttls-inside-tls",
    "challenge-not-base64",
)


def judge_reply(seen: ReplySeen) -> tuple[Finding, ...]:
    """Give what is wrong with a reply, in the table's order."""
    names = _OF_MEANING if _IN_ORDER.fullmatch(seen.reply.raw) else REPLY_JUDGES
    details = [(name, REPLY_JUDGES[name](seen)) for name in names]
    return tuple([Finding(RULES[name], detail) for name, detail in details if detail is not None])


class ContentJudge:
    """Looks at content on its way out, block by block, and reports each breach once a message.

    ``repaired`` tells that no bare line end can be there any more, so none is looked for.
    """

    def __init__(self, facts: Facts, *, repaired: bool = False) -> None:
        self._room = 0  # octets that the line begun may still have; 0 at the start of a line
        self._ends_in_cr = False
        self._due: dict[str, Callable[[bytes], bool]] = {}
        if not repaired:
            self._due["content-bare-line-end"] = self._has_bare_line_end
        self._due["content-line-too-long"] = self._has_long_line
        if not any(word.startswith("BODY=") for word in facts.parameters):
            self._due["content-8bit"] = lambda octets: not octets.isascii()

    def judge(self, octets: bytes) -> tuple[Finding, ...]:
        """Give what is wrong with the next block in its wire form, as far as not reported before."""
        new = [name for name, breaks in self._due.items() if breaks(octets)]
        for name in new:
            del self._due[name]
        return tuple(Finding(RULES[name]) for name in new)

    def _has_bare_line_end(self, octets: bytes) -> bool:
        pairs = octets.count(b"\r\n")
        bare_lf = octets.count(b"\n") - pairs - (self._ends_in_cr and octets.startswith(b"\n"))
        ends_in_cr = octets.endswith(b"\r")
        bare_cr = octets.count(b"\r") - pairs - ends_in_cr + (self._ends_in_cr and not octets.startswith(b"\n"))
        self._ends_in_cr = ends_in_cr
        return bool(bare_lf or bare_cr)

    def _has_long_line(self, octets: bytes) -> bool:
        # Leap from line end to line end, each leap as far as a line may reach: most lines are never looked at.
        position, end, room = 0, len(octets), self._room
        while position < end:
            line_end = octets.rfind(b"\n", position, position + (room or TEXT_LINE))
            if line_end >= 0:
                position, room = line_end + 1, 0
            elif not room:
                # A dot that opens a line is not counted, the server takes it off (RFC 5321 4.5.3.1.6).
                room = TEXT_LINE + octets.startswith(b".", position)
            elif end - position < room:
                position, room = end, room - (end - position)
            else:
                return True
        self._room = room
        return False
