"""Judges of octets alone: the line of a command, the lines of a reply, whatever they mean."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from smtpshell.protocol.judges.seen import (
    BARE_CR,
    BARE_LF_END,
    CONTROL,
    CommandJudges,
    CommandSeen,
    ReplyJudge,
    ReplyJudges,
    ReplySeen,
)
from smtpshell.protocol.limits import COMMAND_LINE, REPLY_LINE, command_line_limit
from smtpshell.protocol.replies import END_INSIDE_REPLY, UNPARSABLE, ReplyClass, ReplyLine

__all__ = ["LINE_JUDGES", "REPLY_OCTET_JUDGES", "has_odd_lines", "has_odd_octets"]

# A line of printable ASCII and CRLF, no longer than any may be, without blanks at its end.
_COMMAND_IN_ORDER: Final = re.compile(rb"[\t -~]{0,%d}[!-~]\r\n" % (COMMAND_LINE - 3))
_TRAILING: Final = re.compile(rb"[ \t]\r?\n\Z")


def has_odd_octets(seen: CommandSeen) -> bool:
    """Whether LINE_JUDGES may have something to say, as about few lines."""
    return _COMMAND_IN_ORDER.fullmatch(seen.octets) is None


def _line_too_long(seen: CommandSeen) -> str | None:
    verb = "AUTH" if seen.is_response else seen.verb
    limit = command_line_limit(verb, seen.facts.capabilities or ())
    return f"{len(seen.octets)} octets, {limit} allowed" if len(seen.octets) > limit else None


def _command_8bit(seen: CommandSeen) -> str | None:
    if seen.octets.isascii() or seen.is_response or "SMTPUTF8" in seen.words_in_use():
        return None
    # A path has a rule of its own.
    told = seen.path_command is not None and not seen.path_command.path.isascii()
    return None if told else ""


def _of_commands(test: Callable[[bytes], object]) -> Callable[[CommandSeen], str | None]:
    """Make a judge of a command's octets; the answer to a challenge is none."""
    return lambda seen: "" if not seen.is_response and test(seen.octets) else None


LINE_JUDGES: Final[CommandJudges] = {
    "command-line-too-long": _line_too_long,
    "command-bare-lf": lambda seen: "" if BARE_LF_END.search(seen.octets) else None,
    "command-bare-cr": lambda seen: "" if BARE_CR.search(seen.octets) else None,
    "command-control": _of_commands(CONTROL.search),
    "command-8bit": _command_8bit,
    "command-trailing-space": _of_commands(_TRAILING.search),
}
"""Rule -> judge of a command's octets."""

# Lines of one code in range (RFC 5321 4.2), short enough, text in each, no enhanced code of another class, CRLF.
_REPLY_IN_ORDER: Final = re.compile(
    rb"(?=(([2-5])[0-5][0-9]))(?:\1[- ](?!(?!\2)[245]\.)(?=[ \t]*[!-~])[\t -~]{1,%d}+\r\n)++" % (REPLY_LINE - 6)
)
_SHORT: Final = 64  # octets
# An empty challenge is a code, a space and no text (RFC 4954 4).
_NO_TEXT: Final = re.compile(rb"(?!334 \r?\n)[1-9][0-9][0-9][- ]?[ \t\r]*\n")
_TAB: Final = re.compile(rb"[1-9][0-9][0-9]\t")


def has_odd_lines(seen: ReplySeen) -> bool:
    """Whether REPLY_OCTET_JUDGES may have something to say, as about few replies."""
    raw = seen.reply.raw
    return _is_odd(raw) if len(raw) <= _SHORT else _REPLY_IN_ORDER.fullmatch(raw) is None


@lru_cache(maxsize=256)
def _is_odd(raw: bytes) -> bool:
    """Tell it of a short reply: the same few come again and again."""
    return _REPLY_IN_ORDER.fullmatch(raw) is None


_TOLD: Final = 5  # codes of one reply that are told; a hostile one may have hundreds


def _code_changes(seen: ReplySeen) -> str | None:
    codes = dict.fromkeys(line.code for line in seen.reply.lines)
    codes.pop(UNPARSABLE, None)
    told = [*map(str, codes)][:_TOLD] + (["..."] if len(codes) > _TOLD else [])
    return ", ".join(told) if len(codes) > 1 else None


def _code_preliminary(seen: ReplySeen) -> str | None:
    return str(seen.reply.code) if seen.reply.reply_class is ReplyClass.PRELIMINARY else None


def _code_out_of_range(seen: ReplySeen) -> str | None:
    # RFC 5321 4.2: Reply-code = %x32-35 %x30-35 %x30-39.
    code = seen.reply.code
    in_range = 1 <= code // 100 <= 5 and code // 10 % 10 <= 5
    return None if in_range or code in (UNPARSABLE, END_INSIDE_REPLY) else str(code)


def _enhanced_class_mismatch(seen: ReplySeen) -> str | None:
    wrong = [
        f"{line.code} with {code}"
        for line in seen.reply.lines
        if (code := line.enhanced_status_code) is not None and code.class_ != line.code // 100 != 3
    ]
    return wrong[0] if wrong else None


def _any_line(test: Callable[[bytes], object]) -> ReplyJudge:
    """Make a judge of the lines' octets; the detail says which line it is where there are several."""

    def judge(seen: ReplySeen) -> str | None:
        lines = seen.reply.raw_lines
        at = next((number for number, raw in enumerate(lines, 1) if test(raw)), 0)
        return None if not at else f"line {at} of {len(lines)}" if len(lines) > 1 else ""

    return judge


REPLY_OCTET_JUDGES: Final[ReplyJudges] = {
    "reply-unreadable": _any_line(lambda raw: raw.endswith(b"\n") and ReplyLine(raw).code == UNPARSABLE),
    "code-preliminary": _code_preliminary,
    "code-out-of-range": _code_out_of_range,
    "code-changes": _code_changes,
    "enhanced-class-mismatch": _enhanced_class_mismatch,
    "reply-bare-lf": _any_line(BARE_LF_END.search),
    "reply-bare-cr": _any_line(BARE_CR.search),
    "reply-control": _any_line(CONTROL.search),
    "reply-line-too-long": _any_line(lambda raw: len(raw) > REPLY_LINE),
    "reply-tab": _any_line(_TAB.match),
    "reply-no-text": _any_line(_NO_TEXT.match),
    "reply-8bit": _any_line(lambda raw: not raw.isascii()),
}
"""Rule -> judge of a reply's octets."""
