"""Compares two transcripts: turn by turn, aligned, then line by line.

Turns are aligned by what the client said, then by the verb alone.  The server's lines and content are compared at
the level text (matching.fold): hosts, queue ids, times and numbers may differ.  Commands are compared as they are.
Times, prose and findings are left aside; how the comparison is shown is left to others.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final, TypeVar

from smtpshell.protocol.command_parser import parse
from smtpshell.transcript.matching import fold
from smtpshell.transcript.model import Entry, EventLine, Line, Transcript
from smtpshell.transcript.turns import Turn, turns

__all__ = ["Kind", "LinePair", "TurnPair", "compare"]


class Kind(StrEnum):
    """How two turns, or two lines, stand to each other."""

    EQUAL = "equal"
    CHANGED = "changed"
    ONLY_IN_A = "only in A"
    ONLY_IN_B = "only in B"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePair:
    """A line of either transcript as (line number, text), None where there is no such line."""

    kind: Kind
    a: tuple[int, str] | None
    b: tuple[int, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnPair:
    """A turn of either transcript; ``command`` is what the client said, "" for the greeting."""

    kind: Kind
    command: str
    lines: tuple[LinePair, ...]


_Thing = TypeVar("_Thing")


def compare(a: Transcript, b: Transcript) -> list[TurnPair]:
    """Give the turns of both in order, aligned."""
    sides = _Side(a), _Side(b)
    found = []
    for one, other in _aligned(sides[0].turns, sides[1].turns, [_Side.key, _Side.verb], sides):
        lines = tuple(_lines(sides, one, other))
        if one is None or other is None:
            kind = Kind.ONLY_IN_B if one is None else Kind.ONLY_IN_A
        else:
            kind = Kind.EQUAL if all(line.kind is Kind.EQUAL for line in lines) else Kind.CHANGED
        command = sides[0].command(one) if one is not None else sides[1].command(other) if other else ""
        found.append(TurnPair(kind=kind, command=command, lines=lines))
    return found


class _Side:
    """One of the two transcripts."""

    def __init__(self, transcript: Transcript) -> None:
        self.transcript = transcript
        self.turns = turns(transcript)

    def command(self, turn: Turn) -> str:
        return "" if turn.command is None else _spelt(self.transcript.entries[turn.command])[3:]

    def key(self, turn: Turn) -> Hashable:
        return self.command(turn)

    def verb(self, turn: Turn) -> Hashable:
        line = self.transcript.entries[turn.command] if turn.command is not None else None
        if not isinstance(line, Line) or not line.is_exact:
            return ""
        return parse(line.octets(dict.fromkeys(line.value_names, b"x"))).move

    def lines(self, turn: Turn | None) -> list[tuple[int, Entry, str]]:
        """Give the lines of a turn: number, entry, and what must be the same of it."""
        found = []
        for index in sorted(turn.entries) if turn is not None else ():
            entry = self.transcript.entries[index]
            folded = isinstance(entry, Line) and (entry.side == "S" or (turn and index in turn.content))
            key = _folded(entry) if folded or isinstance(entry, EventLine) else _spelt(entry)
            found.append((self.transcript.line_number(index), entry, key))
        return found


def _spelt(entry: Entry) -> str:
    """Write an entry without its time."""
    return str(Line(entry.side, entry.mark, entry.text)) if isinstance(entry, Line) else str(entry)


# What is said of TLS and of addresses differs between any two runs.
_BY_NAME: Final = ("connected to", "tls")


def _folded(entry: Entry) -> str:
    if isinstance(entry, EventLine):
        return entry.name if entry.name in _BY_NAME else str(entry)
    if isinstance(entry, Line) and entry.is_exact:
        return f"{entry.side}{entry.mark} {fold(entry.text)}"
    return _spelt(entry)


def _aligned(
    a: Sequence[Turn],
    b: Sequence[Turn],
    keys: Sequence[Callable[[_Side, Turn], Hashable]],
    sides: tuple[_Side, _Side],
) -> Iterator[tuple[Turn | None, Turn | None]]:
    """Pair turns by the first of the keys, what is left between by the next."""
    if not keys:
        yield from ((turn, None) for turn in a)
        yield from ((None, turn) for turn in b)
        return
    key, *others = keys
    for same, one, other in _blocks(
        [key(sides[0], turn) for turn in a], [key(sides[1], turn) for turn in b], a, b
    ):
        if same:
            yield from zip(one, other, strict=True)
        else:
            yield from _aligned(one, other, others, sides)


def _blocks(
    keys_a: Sequence[Hashable], keys_b: Sequence[Hashable], a: Sequence[_Thing], b: Sequence[_Thing]
) -> Iterator[tuple[bool, Sequence[_Thing], Sequence[_Thing]]]:
    """Cut both into stretches that are the same and stretches that are not."""
    matcher = SequenceMatcher(None, keys_a, keys_b, autojunk=False)
    for what, a_from, a_to, b_from, b_to in matcher.get_opcodes():
        yield what == "equal", a[a_from:a_to], b[b_from:b_to]


def _lines(sides: tuple[_Side, _Side], one: Turn | None, other: Turn | None) -> Iterator[LinePair]:
    a, b = sides[0].lines(one), sides[1].lines(other)
    for same, left, right in _blocks([key for *_, key in a], [key for *_, key in b], a, b):
        if same:
            for (number, entry, _), (at, also, _) in zip(left, right, strict=True):
                yield LinePair(kind=Kind.EQUAL, a=(number, _spelt(entry)), b=(at, _spelt(also)))
            continue
        common = min(len(left), len(right))
        for (number, entry, _), (at, also, _) in zip(left[:common], right[:common], strict=True):
            yield LinePair(kind=Kind.CHANGED, a=(number, _spelt(entry)), b=(at, _spelt(also)))
        for number, entry, _ in left[common:]:
            yield LinePair(kind=Kind.ONLY_IN_A, a=(number, _spelt(entry)), b=None)
        for number, entry, _ in right[common:]:
            yield LinePair(kind=Kind.ONLY_IN_B, a=None, b=(number, _spelt(entry)))
