"""Takes off what mail, terminals and log collectors put around a log.

Colours, container names, quotation, back-quotes, indentation, time stamps: the same for all importers, in this
order.  What is taken off is told, so that the transcript can say so.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from typing import Final

from smtpshell.transcript.importers.turns import Row

__all__ = ["Cleaned", "clean", "unquoted"]

# ECMA-48 5.4: control sequences; and operating system commands, as terminals take them.
_ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[=>78()][0AB]?")
_CONTAINER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]* +\| ?")
_QUOTE = re.compile(r"> ?")
_FENCE = re.compile(r"\s*(?:```|~~~)\w*\s*")
_BACKQUOTED = re.compile(r"`([^`]*)`\s*")
_STAMP = re.compile(
    r"""(?:
        \[?(?:[0-9]{4}-[0-9]{2}-[0-9]{2}[T ])?(?P<time>[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]+)?)
        (?:Z|[+-][0-9]{2}:?[0-9]{2})?\]?:?
        |[A-Z][a-z]{2}[ ]{1,2}[0-9]{1,2}[ ](?P<syslog>[0-9]{2}:[0-9]{2}:[0-9]{2})
        |\[(?P<seconds>[0-9]+\.[0-9]{1,6})\]
    )[ \t]""",
    re.VERBOSE,
)
# A level behind a time stamp; JavaMail's own "DEBUG SMTP:" is no level.
_LEVEL = re.compile(r"(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR)[ \t](?!SMTP|JavaMail|Jakarta)")
# Some fill the short ones up to five letters.
_FILLED = re.compile(r"(?:TRACE|DEBUG|INFO |WARN |ERROR) (?!SMTP|JavaMail|Jakarta)")
_NOT_FILLED = re.compile(r"\b(?:INFO|WARN)[ \t]\S")

_DAY: Final = 86400.0
_FIRST: Final = 8
"""Lines that decide whether a file has time stamps."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Rows of a source, and what was taken off them, each in a few words."""

    rows: tuple[Row, ...]
    removed: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The rows as one text, for looking at."""
        return "\n".join(row.text for row in self.rows)


def clean(octets: bytes, times: list[float] | None = None) -> Cleaned:
    """Cut a source into rows and take off what is around all of them.

    ``times`` are the seconds of its lines, where whoever calls knows them.
    """
    text = octets.decode("utf-8-sig", "surrogateescape")
    removed: list[str] = []
    bare = _ESCAPES.sub("", text)
    _tell(removed, bare != text, "terminal escapes")
    lines = [line.rstrip("\r") for line in bare.split("\n")]
    if lines and not lines[-1]:
        lines.pop()
    if _most(lines, _CONTAINER):
        lines = [_CONTAINER.sub("", line, count=1) for line in lines]
        removed.append("container names")
    while _all(lines, _QUOTE):
        lines = [_QUOTE.sub("", line, count=1) for line in lines]
        _tell(removed, "quotation marks" not in removed, "quotation marks")
    lines = _unwrapped(lines, removed)
    return Cleaned(tuple(_stamped(lines, times, removed)), tuple(removed))


def unquoted(cleaned: Cleaned) -> Cleaned:
    """Give only what is quoted, one level less: a log inside a letter."""
    rows = tuple(
        Row(row.number, _QUOTE.sub("", row.text, count=1), row.seconds)
        for row in cleaned.rows
        if _QUOTE.match(row.text)
    )
    return Cleaned(rows, (*cleaned.removed, "quotation marks and the text around what is quoted"))


def _unwrapped(lines: list[str], removed: list[str]) -> list[str]:
    """Take off code fences, back-quotes and indentation."""
    if any(_FENCE.fullmatch(line) for line in lines):
        lines = ["" if _FENCE.fullmatch(line) else line for line in lines]
        removed.append("code fences")
    if _all(lines, _BACKQUOTED):
        lines = [_BACKQUOTED.sub(r"\1", line) for line in lines]
        removed.append("back-quotes")
    flush = textwrap.dedent("\n".join(lines)).split("\n")
    _tell(removed, [line for line in flush if line] != [line for line in lines if line.strip()], "indentation")
    return flush


def _stamped(lines: list[str], times: list[float] | None, removed: list[str]) -> list[Row]:
    """Take off time stamps and levels, where the first lines have them; one in the middle alone is text."""
    rows: list[Row] = []
    first = [line for line in lines if line.strip() and not line[0].isspace()][:_FIRST]
    if sum(_STAMP.match(line) is not None for line in first) * 2 < max(len(first), 1):
        known = times or []
        return [Row(n, line, known[n - 1] if n <= len(known) else None) for n, line in enumerate(lines, 1)]
    removed.append("time stamps")
    filled = not any(_NOT_FILLED.search(line) for line in lines)
    zero: float | None = None
    last = 0.0
    for number, stamped in enumerate(lines, 1):
        line, seconds = stamped, None
        while found := _STAMP.match(line):
            seconds = _seconds(found) if seconds is None else seconds
            line = line[found.end() :]
        if seconds is not None:
            level = (_FILLED if filled else _LEVEL).match(line)
            line = line[level.end() :] if level else line
            zero = seconds if zero is None else zero
            last = seconds - zero if seconds >= zero else seconds - zero + _DAY
        rows.append(Row(number, line, None if seconds is None else last))
    return rows


def _seconds(stamp: re.Match[str]) -> float:
    """Give the seconds since midnight, or whatever a bare number counts from."""
    if stamp["seconds"]:
        return float(stamp["seconds"])
    hours, minutes, seconds = (stamp["time"] or stamp["syslog"]).replace(",", ".").split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def _tell(removed: list[str], whether: bool, what: str) -> None:
    if whether:
        removed.append(what)


def _all(lines: list[str], pattern: re.Pattern[str]) -> bool:
    """Whether every line that is not blank opens so (a blank one may)."""
    written = [line for line in lines if line.strip()]
    return bool(written) and all(pattern.match(line) for line in written)


def _most(lines: list[str], pattern: re.Pattern[str]) -> bool:
    """Whether more than half of the lines that are not blank open so."""
    written = [line for line in lines if line.strip()]
    return sum(pattern.match(line) is not None for line in written) * 2 > len(written)
