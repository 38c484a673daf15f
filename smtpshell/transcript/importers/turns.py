"""What importers are made of: rows of text in, turns of a conversation out, and two ways from one to the other.

An importer gives a table of marks (``marked``), or its log has no marks and the sides are told apart by what is
said (``unmarked``).  What turns mean together is decided in assembly.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

__all__ = [
    "CODE",
    "VERB",
    "Kind",
    "Mark",
    "Row",
    "Turn",
    "client",
    "drop",
    "encoded",
    "event",
    "hidden",
    "marked",
    "note",
    "server",
    "settled",
    "unmarked",
    "wire_lines",
]

CODE: Final = re.compile(r"([2-5][0-5][0-9])(?:[ \t-]|$)")
"""How a server's line opens (RFC 5321 4.2)."""

_GREETING: Final = re.compile(rb"(?:220|421|521|554)(?:[ -]|\r?\n|$)")

VERB: Final = re.compile(
    r"(?:EHLO|HELO|LHLO|MAIL|RCPT|DATA|BDAT|RSET|NOOP|QUIT|HELP|VRFY|EXPN|AUTH|STARTTLS|ETRN|BURL|XCLIENT|XFORWARD)\b",
    re.IGNORECASE,
)
"""How a client's line opens, where nothing else tells whose it is."""

_WRAPPED: Final = 55
"""Characters; mailers wrap no shorter line than that."""


class Kind(Enum):
    """What a turn is."""

    CLIENT = "C"
    SERVER = "S"
    NOTE = "note"
    """Prose of the tool that is worth keeping."""
    EVENT = "event"
    """An event of the transcript format: its name and argument."""
    HIDDEN = "hidden"
    """Something went over the wire here that the source does not show; ``text`` says what."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a source, cleaned: its number from 1, its text, its time.

    Octets that are no UTF-8 are surrogates in the text.  ``seconds`` count from the first time stamp; None where
    the line has none.
    """

    number: int
    text: str
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One line of the wire with its line end, or what is said about it; ``connection`` tells several apart."""

    kind: Kind
    octets: bytes = b""
    text: str = ""
    seconds: float | None = None
    connection: str = ""


def encoded(text: str) -> bytes:
    """Give the octets that text stands for."""
    return text.encode("utf-8", "surrogateescape")


def wire_lines(octets: bytes) -> list[bytes]:
    """Cut octets behind each LF; a CR alone ends no line."""
    return re.findall(rb"[^\n]*\n|[^\n]+", octets)


def client(text: str, row: Row, connection: str = "") -> Turn:
    """Make a line of the client; CRLF is added."""
    return Turn(kind=Kind.CLIENT, octets=encoded(text) + b"\r\n", seconds=row.seconds, connection=connection)


def server(text: str, row: Row, connection: str = "") -> Turn:
    """Make a line of the server; CRLF is added."""
    return Turn(kind=Kind.SERVER, octets=encoded(text) + b"\r\n", seconds=row.seconds, connection=connection)


def note(text: str, row: Row, connection: str = "") -> Turn:
    """Keep what the tool says."""
    return Turn(kind=Kind.NOTE, text=text, seconds=row.seconds, connection=connection)


def hidden(text: str, row: Row, connection: str = "") -> Turn:
    """Say that something is not shown."""
    return Turn(kind=Kind.HIDDEN, text=text, seconds=row.seconds, connection=connection)


def drop(text: str, row: Row, connection: str = "") -> None:
    """Leave a line out: it repeats another, or tells nothing of the conversation."""


def event(name: str, form: str = "{}") -> Callable[[str, Row], Turn]:
    """Give a maker of events; ``form`` is filled with what the mark's group holds."""

    def make(text: str, row: Row) -> Turn:
        said = f"{name} {form.format(text)}".strip()
        return Turn(kind=Kind.EVENT, text=said, seconds=row.seconds)

    return make


@dataclass(frozen=True, slots=True)
class Mark:
    """A line that matches ``pattern`` (its last group is the text) is made a turn by ``make``."""

    pattern: re.Pattern[str]
    make: Callable[[str, Row], Turn | None]

    @classmethod
    def of(cls, pattern: str, make: Callable[[str, Row], Turn | None]) -> Mark:
        """Make a mark of a pattern's text."""
        return cls(re.compile(pattern), make)


def marked(rows: Iterable[Row], marks: Sequence[Mark]) -> Iterator[Turn]:
    """Read rows by their marks, the first that matches.

    A line without a mark below a long line is the rest of it, wrapped; any other is left out.
    """
    pending: Turn | None = None
    length = 0
    for row in rows:
        found = next(((mark, said) for mark in marks if (said := mark.pattern.match(row.text))), None)
        if found:
            if pending:
                yield pending
            mark, said = found
            pending, length = mark.make(said[said.re.groups] or "", row), len(row.text)
        elif pending and pending.octets and length >= _WRAPPED and row.text.strip():
            rest = encoded(row.text.strip())
            pending, length = replace(pending, octets=pending.octets[:-2] + b" " + rest + b"\r\n"), len(row.text)
        else:
            length = 0
    if pending:
        yield pending


def unmarked(rows: Sequence[Row], asides: Sequence[Mark] = ()) -> Iterator[Turn]:
    """Read rows that have no marks: the server's lines open with a code, the client's do not.

    After a 354 all is the client's, up to the lone dot, in a source that has the client's lines at all.
    ``asides`` are lines of the tool that stand between.
    """
    echoed = any(VERB.match(row.text) for row in rows)
    content = replying = answering = False
    for row in rows:
        aside = next(((mark, said) for mark in asides if (said := mark.pattern.match(row.text))), None)
        if aside and not (content and not row.text.strip()):
            mark, said = aside
            if (turn := mark.make(said[said.re.groups] or "", row)) is not None:
                yield turn
            continue
        opening = CODE.match(row.text)
        if content:
            yield client(row.text, row)
            content = row.text != "."
        elif opening or (replying and row.text):
            yield server(row.text, row)
            replying = row.text[3:4] == "-" if opening else replying
            content = echoed and not replying and row.text.startswith("354")
            answering = not replying and row.text.startswith("334")
        elif row.text.strip() or answering:
            yield client(row.text, row)
            answering = False


def settled(turns: Sequence[Turn]) -> list[Turn]:
    """Swap the sides where the lines that open with a code are the client's: tools differ in what marks mean."""
    coded = {side: _coded([turn for turn in turns if turn.kind is side]) for side in (Kind.CLIENT, Kind.SERVER)}
    if coded[Kind.CLIENT] <= coded[Kind.SERVER]:
        return list(turns)
    other = {Kind.CLIENT: Kind.SERVER, Kind.SERVER: Kind.CLIENT}
    return [replace(turn, kind=other.get(turn.kind, turn.kind)) for turn in turns]


def _coded(turns: Sequence[Turn]) -> tuple[bool, float]:
    """Tell how much one side looks like a server: it greets; the share of its lines that open with a code."""
    if not turns:
        return False, 0.0
    codes = sum(CODE.match(turn.octets[:4].decode("latin-1").rstrip()) is not None for turn in turns)
    return _GREETING.match(turns[0].octets) is not None, codes / len(turns)
