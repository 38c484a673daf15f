"""What took how long: a bar from each command to its reply; and the same as rows of a table.

Only what the transcript timed is drawn; nothing is guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from smtpshell.report.svg import Markup, element, number
from smtpshell.transcript.exporters.telling import Turn

__all__ = ["Bar", "bars", "picture", "seconds", "ticks", "twin"]

# Lengths in user units of SVG.
_WIDTH: Final = 640
_LEFT: Final = 190
_RIGHT: Final = 560
_ROW: Final = 22
_TOP: Final = 28
_CHARACTERS: Final = 22
"""Characters of a label that fit left of the bars."""
_STEPS: Final = (1, 2, 5)
"""A tick of the axis is one of these times a power of ten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One wait for the server: ``start`` and ``end`` in seconds since the connection began."""

    label: str
    code: str
    start: float
    end: float
    line: int


def bars(turns: list[Turn]) -> list[Bar]:
    """Give a bar for each reply whose time is known, and that of what it answers."""
    found: list[Bar] = []
    for index, turn in enumerate(turns):
        if turn.kind != "reply" or turn.last_seconds is None:
            continue
        greeting = turn.answers is None and all(earlier.side == "" for earlier in turns[:index])
        start = 0.0 if greeting else turn.answers.seconds if turn.answers else None
        if start is None or start > turn.last_seconds:
            continue
        label = "greeting" if greeting else _label(turn.answers)
        found.append(
            Bar(label=label, code=turn.texts[-1][:3], start=start, end=turn.last_seconds, line=turn.number)
        )
    return found


def _label(turn: Turn | None) -> str:
    return "" if turn is None else "content" if turn.kind == "content" else turn.texts[0]


def seconds(value: float) -> str:
    """Give a time with its unit, below a second in three digits and at most to a hundredth of a millisecond."""
    if value >= 0.9995:
        return f"{value:.3f} s"
    milliseconds = value * 1000
    return f"{number(round(milliseconds, 2 if milliseconds < 10 else 1 if milliseconds < 100 else 0))} ms"


def picture(rows: list[Bar]) -> Markup:
    """Draw the waterfall."""
    whole = max((row.end for row in rows), default=0) or 0.001
    scale = (_RIGHT - _LEFT) / whole
    height = _TOP + _ROW * len(rows) + 8
    pieces: list[Markup] = []
    for tick in ticks(whole):
        x = _LEFT + tick * scale
        pieces.append(element("line", x1=x, x2=x, y1=20, y2=height, class_="grid"))
        pieces.append(element("text", seconds(tick), x=x, y=14, text_anchor="middle", class_="tick"))
    for at, row in enumerate(rows):
        y = _TOP + _ROW * at
        label = row.label if len(row.label) <= _CHARACTERS else row.label[: _CHARACTERS - 1] + "…"
        x, width = _LEFT + row.start * scale, max((row.end - row.start) * scale, 2)
        drawn = element(
            "g",
            element("title", f"{row.label}: {row.code} after {seconds(row.end - row.start)}"),
            element("text", label, x=_LEFT - 8, y=y + 15, text_anchor="end"),
            element("rect", x=x, y=y + 4, width=width, height=_ROW - 8, rx=2, class_="bar"),
            element("text", seconds(row.end - row.start), x=x + width + 6, y=y + 15, class_="duration"),
            class_=f"reply reply{row.code[:1]}" if row.code[:1] in tuple("2345") else "reply",
        )
        pieces.append(element("a", drawn, href=f"#line-{row.line}"))
    return element(
        "svg",
        *pieces,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_WIDTH} {height}",
        class_="waterfall",
        role="group",
        aria_label="Timing waterfall",
        aria_describedby="waterfall-text",
    )


def ticks(whole: float) -> list[float]:
    """Give four ticks or so from 0 on, for so many seconds."""
    power = -6
    while True:
        for step in _STEPS:
            width: float = step * 10**power
            if whole / width <= 5:
                return [count * width for count in range(int(whole / width) + 1)]
        power += 1


def twin(rows: list[Bar]) -> Markup:
    """Say the same in a table."""
    heads = element("tr", *(element("th", name, scope="col") for name in ("command", "reply", "at", "waited")))
    body = [
        element(
            "tr",
            element("td", element("a", row.label, href=f"#line-{row.line}")),
            element("td", row.code),
            element("td", seconds(row.start)),
            element("td", seconds(row.end - row.start)),
        )
        for row in rows
    ]
    return element("table", element("thead", heads), element("tbody", *body))
