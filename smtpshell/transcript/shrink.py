"""Cuts a transcript down to what shows a fault: delta debugging, each try a replay against the server.

First whole turns are left out, then lines of content and pauses, then characters of what is left of the client's
lines (ddmin of Zeller and Hildebrandt, 2002, by complements).  What the fault does not need goes; hellos, TLS and
AUTH stay where it does.  The same transcript is never replayed twice, and the order of tries is always the same.

The server's lines stay as recorded.  Prose, findings and other remarks are left out.  Chunks keep their octets,
since BDAT says how many there are, and whatever needs values at replay keeps its characters and its TLS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from smtpshell.errors import ConnectError, UsageError
from smtpshell.protocol.sasl import Credentials
from smtpshell.session.session import Session
from smtpshell.transcript.answers import check_values
from smtpshell.transcript.expectation import Expectation
from smtpshell.transcript.model import Entry, EventLine, Line, Transcript
from smtpshell.transcript.replay import replay
from smtpshell.transcript.syntax import write
from smtpshell.transcript.turns import Turn, turns
from smtpshell.transcript.watch import Watch

__all__ = ["Shrunk", "minimized", "shrink"]

_Unit = TypeVar("_Unit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shrunk:
    """What is left: ``before`` and ``after`` count exchanges, the greeting aside; ``replays`` what it took."""

    transcript: Transcript
    before: int
    after: int
    replays: int


def shrink(
    transcript: Transcript,
    connect: Callable[[], Session],
    until: Expectation,
    *,
    match: str | None = None,
    values: Mapping[str, str] | None = None,
    credentials: Credentials | None = None,
    down_to: str = "octets",
    on_replay: Callable[[int, int], object] | None = None,
) -> Shrunk:
    """Give the smallest part of a transcript whose replay still shows ``until``.

    ``connect`` opens a connection for each try; ``match``, ``values`` and ``credentials`` are those of replay().
    ``on_replay`` is told after each how many there were, and how many entries the last one had.

    ``down_to`` is exchanges, lines or octets: how far it goes.

    Raises UsageError where a replay of the whole does not show it, ConnectError where the server is not there.
    """
    check_values(transcript, values or {}, credentials)

    def replayed(candidate: Transcript) -> bool:
        watches: list[Watch] = []

        def watched() -> Session:
            session = connect()
            watches.append(Watch())
            session.observers.append(watches[-1])
            return session

        result = replay(candidate, watched, match=match, values=values, credentials=credentials)
        if isinstance(result.problem, ConnectError):
            raise result.problem
        return until.shown(watches, result)

    shrinking = _Shrinking(transcript, replayed, on_replay)
    if not shrinking.holds(transcript.entries):
        raise UsageError(
            f"{transcript.path}: a replay of it does not show that", hint="see what smtpshell replay shows"
        )
    before = _exchanges(transcript)
    shrinking.leave_out_turns()
    if down_to != "exchanges":
        shrinking.leave_out_lines()
    if down_to == "octets":
        shrinking.leave_out_characters()
    left = shrinking.transcript
    return Shrunk(transcript=left, before=before, after=_exchanges(left), replays=shrinking.replays)


def minimized(units: Sequence[_Unit], holds: Callable[[Sequence[_Unit]], bool]) -> list[_Unit]:
    """Leave out as many of the units as possible while ``holds``, until no single one more can go (ddmin)."""
    left = list(units)
    parts = 2
    while left:
        size = -(-len(left) // parts)
        for start in range(0, len(left), size):
            fewer = left[:start] + left[start + size :]
            if holds(fewer):
                left, parts = fewer, max(parts - 1, 2)
                break
        else:
            if size == 1:
                break
            parts = min(parts * 2, len(left))
    return left


class _Shrinking:
    """A transcript on its way down; ``entries`` are what is left of it."""

    def __init__(
        self,
        transcript: Transcript,
        replayed: Callable[[Transcript], bool],
        on_replay: Callable[[int, int], object] | None,
    ) -> None:
        self.replays = 0
        self.transcript = transcript
        self._replayed = replayed
        self._on_replay = on_replay
        self._known: dict[str, bool] = {}

    def holds(self, entries: Sequence[Entry]) -> bool:
        """Tell whether these entries, replayed, still show it; known answers are given again."""
        candidate = replace(self.transcript, entries=tuple(entries))
        text = write(candidate)
        if text not in self._known:
            if not any(isinstance(entry, Line) for entry in entries):
                return False
            self._known[text] = self._replayed(candidate)
            self.replays += 1
            if self._on_replay:
                self._on_replay(self.replays, len(entries))
        return self._known[text]

    def leave_out_turns(self) -> None:
        """Leave out turns; the greeting stays, and what needs values keeps the TLS it had."""
        entries = self.transcript.entries
        every = turns(self.transcript)
        fixed = every[:1] if every[0].command is None else []
        needed = _tls_needed(self.transcript, every)

        def chosen(kept: Sequence[Turn]) -> list[Entry]:
            return [
                entries[index]
                for index in sorted(frozenset[int]().union(*(turn.entries for turn in (*fixed, *kept))))
            ]

        def holds(kept: Sequence[Turn]) -> bool:
            there = {*fixed, *kept}
            safe = all(needed.get(turn, turn) in there for turn in kept)
            return safe and self.holds(chosen(kept))

        self._keep(chosen(minimized(every[len(fixed) :], holds)))

    def leave_out_lines(self) -> None:
        """Leave out lines of content, and pauses."""
        entries = self.transcript.entries
        lines = [
            index for turn in turns(self.transcript) if not _is_chunk(entries, turn) for index in turn.content
        ]
        pauses = [
            index for index, entry in enumerate(entries) if isinstance(entry, EventLine) and entry.name == "pause"
        ]
        units = sorted({*(index for index in lines if str(entries[index]) != "C: ."), *pauses})

        def chosen(kept: Sequence[int]) -> list[Entry]:
            dropped = set(units).difference(kept)
            return [entry for index, entry in enumerate(entries) if index not in dropped]

        self._keep(chosen(minimized(units, lambda kept: self.holds(chosen(kept)))))

    def leave_out_characters(self) -> None:
        """Leave out characters of the client's lines, one line after the other."""
        entries = self.transcript.entries
        for index in [index for turn in turns(self.transcript) for index in _open(entries, turn)]:
            line = entries[index]
            if isinstance(line, Line):
                self._shorten(index, line)

    def _shorten(self, index: int, line: Line) -> None:
        body, ending, _ = line.octets().decode("utf-8", "surrogateescape").partition("\r\n")

        def chosen(kept: Sequence[str]) -> list[Entry]:
            octets = ("".join(kept) + ending).encode("utf-8", "surrogateescape")
            shorter = Line.of("C", octets, line.time)
            return [*self.transcript.entries[:index], shorter, *self.transcript.entries[index + 1 :]]

        self._keep(chosen(minimized(body, lambda kept: bool(kept) and self.holds(chosen(kept)))))

    def _keep(self, entries: Sequence[Entry]) -> None:
        self.transcript = replace(self.transcript, entries=tuple(entries))


def _exchanges(transcript: Transcript) -> int:
    return sum(turn.command is not None for turn in turns(transcript))


def _tls_needed(transcript: Transcript, every: Sequence[Turn]) -> dict[Turn, Turn]:
    """Give, for each turn that needs values and was inside TLS, the turn that began TLS."""
    needed: dict[Turn, Turn] = {}
    tls: Turn | None = None
    for turn in every:
        happened = [
            entry.name for index in turn.happened if isinstance(entry := transcript.entries[index], EventLine)
        ]
        lines = [entry for index in turn.said if isinstance(entry := transcript.entries[index], Line)]
        if tls is not None and any(line.value_names for line in lines):
            needed[turn] = tls
        tls = turn if "tls" in happened else None if "connected to" in happened else tls
    return needed


def _is_chunk(entries: Sequence[Entry], turn: Turn) -> bool:
    command = entries[turn.command] if turn.command is not None else None
    return isinstance(command, Line) and command.text.upper().startswith("BDAT")


def _open(entries: Sequence[Entry], turn: Turn) -> list[int]:
    """Give the lines of a turn whose characters may be left out."""
    if _is_chunk(entries, turn) or any(
        isinstance(entry := entries[i], Line) and entry.value_names for i in turn.said
    ):
        return []
    return [index for index in turn.said if isinstance(entries[index], Line) and str(entries[index]) != "C: ."]
