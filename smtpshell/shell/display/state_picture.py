"""The diagram of states, drawn from the table that the protocol core moves by (protocol/states.py).

States are rows, in the table's order.  Below each stand the commands that lead out of it; a line runs from them
to the right, up or down a lane, and back to the state they lead to.  All lines to one state share a lane.  What
leaves the state as it is stands behind its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from smtpshell.protocol.replies import ReplyClass
from smtpshell.protocol.states import MOVES, Moves, State
from smtpshell.shell.display.paper import Paper
from smtpshell.shell.display.styles import Fragments

__all__ = ["picture"]

_INDENT: Final = 7
"""Columns left of the commands."""

_STAYS: Final = "stays: "

_LANE: Final = 2
"""Columns a lane takes."""

_NARROWEST, _WIDEST = 60, 100
"""Columns: in fewer the words have no room, in more the lines are hard to follow."""

# What joins up, down, left and right -> the character; "cross" is where a line passes under another.
_PLAIN: Final = {"-": "-", "|": "|", "cross": "|", "<": "<", **dict.fromkeys(("dl", "ul", "udl"), "+")}
_UNICODE: Final = {"-": "─", "|": "│", "cross": "┼", "<": "◀", "dl": "┐", "ul": "┘", "udl": "┤"}


@dataclass(slots=True)
class _Row:
    """One row of the picture: its text, and the state whose lane a line runs to, or comes from, if any."""

    text: Fragments
    leads_to: State | None = None
    arrives: bool = False

    @property
    def length(self) -> int:
        return sum(len(text) for _, text in self.text)


@dataclass(frozen=True, slots=True)
class _Lane:
    """Where the lines to one state run: the column, and the rows from ``top`` to ``bottom``."""

    number: int
    top: int
    bottom: int

    def has(self, row: int) -> bool:
        return self.top <= row <= self.bottom


def picture(
    here: State | None = None,
    assumed: State | None = None,
    *,
    paper: Paper | None = None,
    moves: Mapping[State, Moves] = MOVES,
) -> Fragments:
    """Draw the states and their moves.

    ``here`` is the state that replies have confirmed, ``assumed`` the one that holds if all that is outstanding
    succeeds; both are marked, without either none is.
    """
    paper = paper or Paper()
    width = max(_NARROWEST, min(paper.width, _WIDEST))
    # How many lanes there are does not depend on how the labels are broken, only where they turn does.
    count = _count(_lanes(list(_rows(moves, here, assumed, width))))
    room = width - _LANE * count
    rows = list(_rows(moves, here, assumed, room - 2))
    lanes = _lanes(rows)
    return _drawn(rows, lanes, room, _UNICODE if paper.unicode else _PLAIN)


def _rows(moves: Mapping[State, Moves], here: State | None, assumed: State | None, room: int) -> Iterable[_Row]:
    room -= _INDENT
    for state, row in moves.items():
        words = _words(row)
        arrives = any(state in other.values() for source, other in moves.items() if source is not state)
        yield from _name(state, here, assumed, room, arrives=arrives)
        if state in words:
            lines = _broken(words.pop(state), room - len(_STAYS))
            yield from (
                _Row([("note", " " * _INDENT + (" " * len(_STAYS) if at else _STAYS) + line)])
                for at, line in enumerate(lines)
            )
        style = "verb" if state is here else ""
        for target, labels in words.items():
            *above, last = _broken(labels, room)
            yield from (_Row([(style, " " * _INDENT + text)]) for text in above)
            yield _Row([(style, " " * _INDENT + last)], leads_to=target)


def _name(state: State, here: State | None, assumed: State | None, room: int, *, arrives: bool) -> Iterable[_Row]:
    """Give the row of a state's name, marked where one is there; the remark has its own where it is too long."""
    mark, remark, style = "", "", "heading"
    if state is here:
        mark, style = "=>", "state.here"
        remark = "(you are here)" if assumed in (here, None) else "(you are here, by the replies so far)"
    elif state is assumed:
        mark, style, remark = "~>", "state.assumed", "(and here, if all outstanding succeeds)"
    name = f"{mark:<3}{state.value}"
    leads_to = state if arrives else None
    if len(name) + len(remark) + 4 <= room:
        shown: Fragments = [(style, name), ("note", f"  {remark}" if remark else "")]
        yield _Row(shown, leads_to=leads_to, arrives=arrives)
    else:
        yield _Row([(style, name)], leads_to=leads_to, arrives=arrives)
        yield _Row([("note", " " * _INDENT + remark)])


def _words(row: Moves) -> dict[State, list[str]]:
    """Give for each state that a row leads to the verbs, with the classes of replies by which they do."""
    targets: dict[State, dict[str, list[ReplyClass]]] = {}
    for (verb, class_), target in row.items():
        targets.setdefault(target, {}).setdefault(verb, []).append(class_)
    return {
        target: [verb + _classes(classes, sum(other == verb for other, _ in row)) for verb, classes in by.items()]
        for target, by in targets.items()
    }


def _classes(classes: list[ReplyClass], of: int) -> str:
    """Name the classes of replies a verb moves by; alone it stands for its success, "any" is all it can get."""
    if classes == [ReplyClass.SUCCESS]:
        return ""
    if len(classes) == of > 2:
        return " any"
    return " " + " or ".join(f"{class_.value}yz" for class_ in classes)


def _broken(words: list[str], room: int) -> list[str]:
    """Join words by commas, in lines of at most so many columns."""
    lines = [words[0]]
    for word in words[1:]:
        if len(lines[-1]) + len(word) + 3 > room:
            lines[-1] += ","
            lines.append(word)
        else:
            lines[-1] += f", {word}"
    return lines


def _lanes(rows: list[_Row]) -> dict[State, _Lane]:
    """Give each state that lines lead to a lane, the short ones first and so farthest left."""
    spans: dict[State, list[int]] = {}
    for number, row in enumerate(rows):
        if row.leads_to is not None:
            spans.setdefault(row.leads_to, []).append(number)
    lanes: dict[State, _Lane] = {}
    for state, span in sorted(spans.items(), key=lambda item: item[1][-1] - item[1][0]):
        top, bottom = span[0], span[-1]
        # One row between two lanes in a column, or their corners would look like one line.
        taken = {lane.number for lane in lanes.values() if lane.top <= bottom + 1 and top <= lane.bottom + 1}
        number = next(number for number in range(len(spans)) if number not in taken)
        lanes[state] = _Lane(number, top, bottom)
    return lanes


def _count(lanes: Mapping[State, _Lane]) -> int:
    """Give how many lanes stand side by side."""
    return len({lane.number for lane in lanes.values()})


def _drawn(rows: list[_Row], lanes: Mapping[State, _Lane], room: int, characters: Mapping[str, str]) -> Fragments:
    count = _count(lanes)
    shown: Fragments = []
    for number, row in enumerate(rows):
        own = lanes[row.leads_to] if row.leads_to is not None else None
        line = characters["-"] * (room - row.length) if own else " " * (room - row.length)
        if row.arrives:
            line = f" {characters['<']}{line[2:]}"
        elif own:
            line = f" {line[1:]}"
        for lane in range(count):
            passes = own is not None and lane <= own.number
            line += characters["-"] if passes else " "
            line += _cell(number, lane, own, lanes, characters)
        shown += [*row.text, ("note", line.rstrip() + "\n")]
    return shown


def _cell(
    row: int, number: int, own: _Lane | None, lanes: Mapping[State, _Lane], characters: Mapping[str, str]
) -> str:
    """Draw a lane in one row."""
    if own is not None and number == own.number:
        return characters[f"{'u' if row > own.top else ''}{'d' if row < own.bottom else ''}l"]
    runs = any(lane.number == number and lane.has(row) for lane in lanes.values())
    if own is not None and number < own.number:
        return characters["cross" if runs else "-"]
    return characters["|"] if runs else " "
