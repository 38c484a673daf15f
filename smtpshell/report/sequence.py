"""A conversation as a sequence diagram: two lifelines, an arrow for each turn; and the same as lines of text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from smtpshell.report.svg import Markup, element, text
from smtpshell.transcript.exporters.telling import Turn

__all__ = ["LONGEST", "Arrow", "arrows", "picture", "twin"]

LONGEST: Final = 300
"""Arrows that are drawn; of more the rest is only in the text below."""

# Lengths in user units of SVG, which are CSS pixels where the picture has room.
_WIDTH: Final = 640
_CLIENT: Final = 40
_SERVER: Final = 600
_ROW: Final = 34
_TOP: Final = 44
_CHARACTERS: Final = 68
"""Characters of one label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """One row: ``direction`` is "C" (from the client), "S" (from the server) or "" for an event over both."""

    direction: str
    label: str
    style: str
    line: int
    findings: tuple[str, ...]


def arrows(turns: list[Turn]) -> list[Arrow]:
    """Give a row for each turn but prose."""
    return [
        Arrow(
            direction=turn.side,
            label=_label(turn),
            style=_style(turn),
            line=turn.number,
            findings=tuple(finding.rule.rule_id for finding in turn.findings),
        )
        for turn in turns
        if turn.kind != "prose"
    ]


def _label(turn: Turn) -> str:
    count = len(turn.entries)
    if turn.kind == "content":
        return f"content, {count} {'line' if count == 1 else 'lines'}"
    return turn.texts[-1 if turn.kind == "reply" else 0] + (f" (+{count - 1})" if count > 1 else "")


def _style(turn: Turn) -> str:
    digit = turn.texts[-1].lstrip("\\")[:1]
    return f"reply reply{digit}" if turn.kind == "reply" and digit in "2345" else turn.kind


def picture(rows: list[Arrow]) -> Markup:
    """Draw the diagram; each row leads to its turn in the page."""
    drawn = rows[:LONGEST]
    height = _TOP + _ROW * len(drawn) + 12
    lifelines = [
        piece
        for name, x in (("client", _CLIENT), ("server", _SERVER))
        for piece in (
            element("text", name, x=x, y=20, text_anchor="middle", class_="party"),
            element("line", x1=x, x2=x, y1=28, y2=height, class_="lifeline"),
        )
    ]
    body = [_drawn(row, _TOP + _ROW * at) for at, row in enumerate(drawn)]
    return element(
        "svg",
        *lifelines,
        *body,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_WIDTH} {height}",
        class_="sequence",
        role="group",
        aria_label="Sequence diagram",
        aria_describedby="sequence-text",
    )


def _drawn(row: Arrow, top: int) -> Markup:
    middle = (_CLIENT + _SERVER) / 2
    y = top + 22
    pieces = [element("title", row.label)]
    if row.direction:
        start, end = (_CLIENT, _SERVER) if row.direction == "C" else (_SERVER, _CLIENT)
        back = -7 if end > start else 7
        pieces += [
            element("line", x1=start, x2=end, y1=y, y2=y, class_="arrow"),
            element("path", d=f"M{end + back} {y - 4} L{end} {y} L{end + back} {y + 4}", class_="head"),
        ]
    else:
        pieces.append(
            element("rect", x=_CLIENT - 20, y=top + 4, width=_SERVER - _CLIENT + 40, height=_ROW - 8, rx=4)
        )
    label = row.label if len(row.label) <= _CHARACTERS else row.label[: _CHARACTERS - 1] + "…"
    pieces.append(element("text", label, x=middle, y=top + (15 if row.direction else 21), text_anchor="middle"))
    if row.findings:
        side = _CLIENT - 22 if row.direction == "C" else _SERVER + 22
        pieces.append(
            element("text", "▲", element("title", ", ".join(row.findings)), x=side, y=y + 4, class_="flag")
        )
    return element("a", element("g", *pieces, class_=row.style), href=f"#line-{row.line}")


def twin(rows: list[Arrow]) -> Markup:
    """Say the same in lines of text."""
    who = {"C": "client to server: ", "S": "server to client: ", "": "both: "}
    return Markup("\n").join(
        text(who[row.direction] + row.label + (f"  [{', '.join(row.findings)}]" if row.findings else ""))
        for row in rows
    )
