"""Text to Transcript and back, without loss in either direction.

Nothing is guessed and nothing is skipped: what is not well formed raises TranscriptSyntaxError with
path:line:column, what was expected and what stands there.  One thing is mended, and said in
``Transcript.repair``: a last line that a crash cut short.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from smtpshell.errors import TranscriptSyntaxError, UsageError
from smtpshell.transcript.escapes import escape
from smtpshell.transcript.model import (
    EVENTS,
    VERSION,
    Entry,
    EventLine,
    Header,
    Line,
    Malformed,
    Prose,
    Transcript,
)

__all__ = ["parse", "read", "write", "write_header"]

_FIRST_LINE: Final = f"smtp-transcript: {VERSION}"
_VERSION = re.compile(r"smtp-transcript: ([1-9][0-9]{0,8})")
_STAMP = re.compile(r"\[([0-9]+(?:\.[0-9]+)?)\] ")
_MARK = re.compile(r"\.\.\.|[:=~*]")
_EVENT_NAME = re.compile("|".join(sorted(map(re.escape, EVENTS), key=len, reverse=True)))

_Made = TypeVar("_Made")


def write(transcript: Transcript) -> str:
    """Give the text of a transcript; parse() gives an equal one back."""
    return write_header(transcript.header) + "".join(f"{entry}\n" for entry in transcript.entries)


def write_header(header: Header) -> str:
    """Give the header's text, with the blank line that ends it."""
    return "".join([f"{_FIRST_LINE}\n", *(f"{name}: {value}\n" for name, value in header.fields), "\n"])


def read(path: str | os.PathLike[str]) -> Transcript:
    """Read a transcript from a file.

    Raises UsageError where the file cannot be read, TranscriptSyntaxError where it is not well formed.
    """
    try:
        octets = Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", hint="is the name of the transcript right?") from None
    return parse(octets, str(path))


def parse(text: str | bytes, path: str = "<text>") -> Transcript:
    """Read a transcript from its text (octets as UTF-8); ``path`` names it in messages.

    Raises TranscriptSyntaxError.
    """
    broken = ""
    if isinstance(text, bytes):
        text, broken = _decoded(text, path)
    lines = text.split("\n")
    cut = lines.pop()
    if (cut or broken) and "\n\n" not in text:
        # Cut short inside the header: what is complete of it stands.
        lines, cut, broken = lines or [cut], "", ""
    reader = _Reader(path, lines)
    header = reader.header()
    repair = "" if reader.number <= len(lines) else "the file ends inside the header; nothing was recorded"
    entries = [reader.entry(line) for line in lines[reader.number :]]
    if cut or broken:
        entry, repair = _mended(reader, cut, broken)
        entries.append(entry)
    return Transcript(header, tuple(entries), path, f"{path}:{reader.number}: {repair}" if repair else "")


def _decoded(octets: bytes, path: str) -> tuple[str, str]:
    """Decode a file; a character cut short at its very end is given apart, escaped."""
    try:
        return octets.decode(), ""
    except UnicodeDecodeError as error:
        if error.end == len(octets) and error.reason == "unexpected end of data":
            return octets[: error.start].decode(), escape(octets[error.start :])
        line_start = octets.rfind(b"\n", 0, error.start) + 1
        raise TranscriptSyntaxError(
            f"expected valid UTF-8, found octet \\x{octets[error.start]:02x}",
            path=path,
            line=octets.count(b"\n", 0, error.start) + 1,
            column=len(octets[line_start : error.start].decode()) + 1,
            hint="write octets that are no text as \\xHH in a C= or S= line",
        ) from None


def _mended(reader: _Reader, cut: str, broken: str) -> tuple[Entry, str]:
    """Make the best of a last line without line end: itself where it can be read, else prose."""
    try:
        if not broken:
            return reader.entry(cut), "the last line has no line end and may be incomplete"
    except TranscriptSyntaxError:
        pass  # said below
    return Prose(f"# cut short: {cut}{broken}"), "the last line is cut short; kept as prose"


class _Reader:
    """Reads line by line; ``number`` is that of the line being read, from 1."""

    def __init__(self, path: str, lines: list[str]) -> None:
        self.path = path
        self.lines = lines
        self.number = 0

    def header(self) -> Header:
        self.number = 1
        first = self.lines[0] if self.lines else ""
        found = _VERSION.fullmatch(first)
        if not found:
            raise self.error(Malformed(first, 0, f"{_FIRST_LINE} (the first line of a transcript)"))
        if int(found[1]) != VERSION:
            raise TranscriptSyntaxError(
                f"expected {_FIRST_LINE}, found version {found[1]}",
                path=self.path,
                line=1,
                column=found.start(1) + 1,
                hint="a newer smtpshell can read it",
            )
        fields: list[tuple[str, str]] = []
        for line in self.lines[1:]:
            self.number += 1
            if not line:
                return Header(tuple(fields))
            fields.append(self.field(line))
        self.number += 1
        return Header(tuple(fields))

    def field(self, line: str) -> tuple[str, str]:
        name, separator, value = line.partition(": ")
        if not separator:
            raise self.error(Malformed(line, 0, "a field (name: value), or the blank line that ends the header"))
        self.made(lambda: Header(((name, ""),)), 0)
        self.made(lambda: Header((("title", value),)), len(name) + 2)
        return name, value

    def entry(self, line: str) -> Entry:
        """Read the next line, whatever it is."""
        self.number += 1
        if line.startswith("-- "):
            return self.event(line)
        if line.startswith("#") or not line.strip(" \t"):
            return self.made(lambda: Prose(line), 0)
        return self.wire_line(line)

    def event(self, line: str) -> EventLine:
        found = _EVENT_NAME.match(line, 3)
        if not found or line[found.end() : found.end() + 1] not in ("", " "):
            raise self.error(Malformed(line, 3, "one of the events " + ", ".join(EVENTS)))
        start = found.end() + 1
        if len(line) == start:
            raise self.error(Malformed(line, start - 1, "no blank at the end of the line"))
        return self.made(lambda: EventLine(found[0], line[start:]), start)

    def wire_line(self, line: str) -> Line:
        stamp = _STAMP.match(line)
        start = stamp.end() if stamp else 0
        if line.startswith("[") and not stamp:
            raise self.error(Malformed(line, 0, "[seconds] and one blank, such as [0.004] "))
        side = line[start : start + 1]
        if side not in ("C", "S") or not side:
            raise self.error(Malformed(line, start, "C or S, -- and an event, # and prose, or a blank line"))
        mark = _MARK.match(line, start + 1)
        if not mark or (mark[0] == "..." and side == "C"):
            raise self.error(Malformed(line, start + 1, "one of : = ~ *" + (" ..." if side == "S" else "")))
        text = line[mark.end() :]
        tight = not text and mark[0] != "..."
        if mark[0] != "..." and text:
            if text[0] != " ":
                raise self.error(Malformed(line, mark.end(), "a blank"))
            text = text[1:]
        time = stamp[1] if stamp else ""
        return self.made(lambda: Line(side, mark[0], text, time, tight), len(line) - len(text))

    def made(self, make: Callable[[], _Made], offset: int) -> _Made:
        """Make something of the line; what is wrong with it stands ``offset`` characters into the line."""
        try:
            return make()
        except Malformed as problem:
            raise self.error(problem, offset) from None

    def error(self, problem: Malformed, offset: int = 0) -> TranscriptSyntaxError:
        column = offset + problem.position + 1
        return TranscriptSyntaxError(str(problem), path=self.path, line=self.number, column=column)
