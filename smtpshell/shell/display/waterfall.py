"""A waterfall of exchanges for a terminal: a row each, with a bar from the command to its reply.

Between two exchanges a person types and thinks; that time is left out of the scale unless it is asked for, or the
bars would be dots.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import accumulate
from statistics import median
from typing import Final

from smtpshell.report.waterfall import seconds, ticks
from smtpshell.shell.display.columns import beginning, padded, width
from smtpshell.shell.display.paper import Paper
from smtpshell.shell.display.render import visible_line
from smtpshell.shell.display.styles import Fragments
from smtpshell.shell.display.timings import Timed

__all__ = ["cut", "summary", "waterfall"]

_TOOK: Final = 8
"""Columns of the seconds."""

_AT: Final = 9
"""Columns of the time at which it began; narrow terminals do without."""

_ROOMY: Final = 64
"""Columns from which on there is room for that, and for numbers."""

_PLAIN, _UNICODE = ("=", "#"), ("▒", "█")
"""What bars are made of: content on its way, waiting for the reply."""

_SCALE: Final = {"2": "reply.2", "3": "reply.3", "4": "reply.4", "5": "reply.5"}
"""First digit of the reply -> the bar's style."""


def waterfall(
    rows: Sequence[Timed],
    *,
    paper: Paper,
    redact: Callable[[str], str] = str,
    real: bool = False,
    aligned: bool = False,
) -> Fragments:
    """Draw exchanges in the order they have.

    ``real`` keeps the time between them in the scale; with ``aligned`` all bars begin at the same line.
    """
    roomy = paper.width >= _ROOMY
    label = max(10, min(paper.width // 3, 48) - (6 if roomy else 4))
    left = (5 + _AT + 1 if roomy else 0) + label + 5 + _TOOK + 1
    drawn = [_from_zero(row) for row in rows] if aligned else rows
    scale = _Scale(drawn, paper.width - left, real=real)
    shown: Fragments = [("note", f"{' ' * left}{_axis(scale)}\n")]
    for row, bar in zip(rows, drawn, strict=True):
        head = f"{row.number or '':>4} {round(row.sent, 3) + 0.0:>{_AT}.3f} " if roomy else ""
        style = _SCALE.get(row.reply[:1], "event")
        shown += [
            ("note", head),
            ("", cut(visible_line(redact(row.label)), label)),
            (style, f" {row.reply[:4]:<4}"),
            ("", f"{seconds(row.seconds):>{_TOOK}} "),
            *_bar(bar, scale, style, _UNICODE if paper.unicode else _PLAIN),
            ("", "\n"),
        ]
        if row.octets:
            rate = f", {_octets(row.octets / row.seconds)}/s to the reply" if row.seconds else ""
            shown.append(("note", f"{' ' * (len(head) + 2)}{_octets(row.octets)}{rate}\n"))
    return shown


def summary(rows: Sequence[Timed], shown: Sequence[Timed]) -> list[str]:
    """Say what is shown of how much, how long it took in all, and which took longest."""
    waited = _Scale(rows, 1, real=False).whole
    longest = max(rows, key=lambda row: row.seconds)
    whole = max(row.done for row in rows) - rows[0].sent
    which = f"number {longest.number}" if longest.number else "connecting"
    told = [
        f"{seconds(whole)} in all, {seconds(waited)} of that waiting for the server",
        f"median {seconds(median(row.seconds for row in rows))}, longest {seconds(longest.seconds)} ({which})",
    ]
    if len(shown) < len(rows):
        told.append(f"{len(shown)} of {len(rows)} are shown; /timing {len(rows)} shows all")
    return told


def cut(text: str, columns: int) -> str:
    """Give text that takes exactly so many columns: padded, or cut with two dots where something is missing."""
    return padded(text if width(text) <= columns else f"{beginning(text, columns - 2)}..", columns)


def _octets(count: float) -> str:
    """Give a number of octets in the unit that suits it."""
    for unit in ("octets", "kB", "MB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} GB"


class _Scale:
    """Maps times to columns: ``whole`` seconds, never 0, to ``room`` columns."""

    def __init__(self, rows: Sequence[Timed], room: int, *, real: bool) -> None:
        self._busy: list[tuple[float, float]] = []
        for row in sorted(rows, key=lambda row: row.sent):
            if self._busy and (real or row.sent <= self._busy[-1][1]):
                self._busy[-1] = (self._busy[-1][0], max(self._busy[-1][1], row.done))
            else:
                self._busy.append((row.sent, row.done))
        self._before = list(accumulate((end - start for start, end in self._busy), initial=0.0))
        self.whole = max(self._before[-1], 1e-6)
        self.room = room

    def column(self, time: float) -> float:
        """Give the column of a time at which something was going on."""
        at = bisect_right(self._busy, time, key=lambda one: one[0]) - 1
        passed = self._before[at] + time - self._busy[at][0]
        return min(passed, self._before[at + 1]) * self.room / self.whole


def _from_zero(row: Timed) -> Timed:
    return replace(row, sent=0.0, done=row.seconds, flown=row.flown - row.sent)


def _bar(row: Timed, scale: _Scale, style: str, characters: tuple[str, str]) -> Fragments:
    start = min(int(scale.column(row.sent)), scale.room - 1)
    end = min(max(round(scale.column(row.done)), start + 1), scale.room)
    flown = min(max(int(scale.column(row.flown)), start), end) if row.octets else start
    return [
        ("", " " * start),
        ("mark.client", characters[0] * (flown - start)),
        (style, characters[1] * (end - flown)),
    ]


def _axis(scale: _Scale) -> str:
    """Write as many round numbers as have room, each beginning where it stands."""
    every = ticks(scale.whole)
    marks = [(int(tick * scale.room / scale.whole), f"|{_tick(tick, scale.whole)}") for tick in every]
    width = max(len(text) for _, text in marks)
    # Every second of them, or third and so on, where they stand too close.
    step = next(step for step in range(1, len(marks) + 1) if not marks[step:] or marks[step][0] > width)
    line = ""
    for at, text in marks[::step]:
        line = line.ljust(at) + text if at + len(text) <= scale.room else line
    return line


def _tick(value: float, whole: float) -> str:
    return f"{value:g} s" if whole >= 1 else f"{value * 1000:g} ms"
