"""Measuring two things in turn, and a table of what came out."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Measurement", "compared", "seconds_of", "table"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One comparison: ``ours`` and ``other`` in ``unit``, and what their ratio should be.

    ``at_most`` is the target for ours / other, ``at_least`` that for other / ours; without either there is none.
    """

    name: str
    ours: float
    other: float
    against: str
    unit: str = "s"
    at_most: float | None = None
    at_least: float | None = None

    @property
    def ratio(self) -> float:
        """How many times the other it takes; with ``at_least`` how many times as fast it is."""
        return self.other / self.ours if self.at_least is not None else self.ours / self.other

    @property
    def met(self) -> bool:
        """Whether the target was met, or there is none."""
        if self.at_least is not None:
            return self.ratio >= self.at_least
        return self.at_most is None or self.ratio <= self.at_most

    @property
    def target(self) -> str:
        """The target as text."""
        if self.at_least is not None:
            return f"at least {self.at_least:g} times as fast"
        return "none" if self.at_most is None else f"at most {self.at_most:g} times"


def seconds_of(action: Callable[[], object]) -> float:
    """Give the seconds that one run takes."""
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def compared(ours: Callable[[], float], *others: Callable[[], float], rounds: int) -> list[float]:
    """Run all in turn, so many rounds; give the median of what each one returns, ours first."""
    results = [[action() for action in (ours, *others)] for _ in range(rounds)]
    return [statistics.median(column) for column in zip(*results, strict=True)]


def table(measurements: list[Measurement]) -> str:
    """Write measurements as a table, one a line."""
    rows = [("what", "ours", "other", "against", "ratio", "target", "")]
    for found in measurements:
        verdict = "" if found.target == "none" else "ok" if found.met else "MISSED"
        numbers = (f"{found.ours:.4g} {found.unit}", f"{found.other:.4g} {found.unit}")
        rows.append((found.name, *numbers, found.against, f"{found.ratio:.2f}", found.target, verdict))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
