"""What several sessions showed of one line, side by side, the differences marked.

What is compared is a line of a reply with the same line of the same reply of the others; of what EHLO offers, the
line with the same keyword, wherever it stands.  Where the terminal is too narrow for columns the sessions come one
below the other, with the same marks.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from smtpshell.protocol.events import Event, Greeted, ReplyReceived
from smtpshell.protocol.replies import Reply
from smtpshell.shell.display.columns import width as width_of
from smtpshell.shell.display.paper import Paper
from smtpshell.shell.display.render import to_text, visible
from smtpshell.shell.display.styles import Fragments
from smtpshell.shell.outcome import Outcome
from smtpshell.transcript.redaction import Secrets

__all__ = ["Column", "compared"]

_NARROWEST: Final = 26
"""Characters a column needs; with less each session is shown below the other."""

_BETWEEN: Final = " | "

_SAME, _WORDS, _DIFFERENT = " ", "~", "!"
_STYLES: Final = {_SAME: "", _WORDS: "finding.note", _DIFFERENT: "finding.error"}

_REPLY: Final = "reply"
"""The kind of rows that are counted."""

_NUMBER: Final = re.compile(r"\A *#[0-9]+ ")
_KEYWORD: Final = re.compile(rb"[0-9]{3}[ -]([A-Za-z0-9][A-Za-z0-9-]*)")

Key = tuple[str, int, str]
"""What makes two rows the same one: their kind, which of that kind it is, the line or the keyword in it."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of a session: how it is shown, without its end, and the text and code that are compared."""

    key: Key
    shown: Fragments
    text: str
    code: int = 0


class Column:
    """What one session showed, in order."""

    def __init__(self, name: str, secrets: Secrets) -> None:
        self.name = name
        self.rows: list[_Row] = []
        self.replies: list[Reply] = []
        self._secrets = secrets
        self._count: Counter[str] = Counter()

    def observe(self, event: Event) -> None:
        """See an event, however it will be shown."""
        if not isinstance(event, Greeted | ReplyReceived):
            return
        self.replies.append(event.reply)
        for key, line in zip(_keys(event), event.reply.lines, strict=True):
            # Without code and hyphen: that a line is the last one is seen by what does not follow.
            text, shown = self._text(line.octets[4:]), self._text(line.octets)
            self.rows.append(
                _Row((_REPLY, len(self.replies), key), [("", visible(shown))], text, event.reply.code)
            )

    def take(self, event: Event | None, shown: Fragments) -> None:
        """Take what an event that was seen looks like; None is something that the shell says."""
        lines = _lines(shown)
        if isinstance(event, Greeted | ReplyReceived):
            for place, line in zip(range(-len(event.reply.lines), 0), lines, strict=False):
                self.rows[place] = replace(self.rows[place], shown=line)
        kind = type(event).__name__
        self._count[kind] += 1
        for place, line in enumerate(lines):
            # A finding's number is no difference.
            text = _NUMBER.sub("", to_text(line))
            self.rows.append(_Row((kind, self._count[kind], str(place)), line, text))

    def data(self) -> dict[str, Any]:
        """Give it as an object for programs."""
        replies = [
            {"code": reply.code, "lines": [self._text(line.octets) for line in reply.lines]}
            for reply in self.replies
        ]
        return {"session": self.name, "replies": replies}

    def _text(self, octets: bytes) -> str:
        return self._secrets.redact_octets(octets).decode("utf-8", "backslashreplace")


def compared(line: str, columns: Sequence[Column]) -> Outcome:
    """Show what became of a line at each session.  ``line`` is what programs are told, secrets replaced."""
    rows = _merged(columns)
    marks = {key: _mark(cells, len(columns)) for key, cells in rows.items()}
    count = Counter(mark for key, mark in marks.items() if key[0] == _REPLY)
    width = (Paper.of_stdout().width - 2 - len(_BETWEEN) * (len(columns) - 1)) // max(len(columns), 1)
    shown: Fragments = []
    if len(columns) > 1 and width < _NARROWEST:
        shown = _one_below_the_other(columns, marks)
    elif rows:
        shown = _side_by_side(columns, rows, marks, width)
    if len(columns) > 1 and (total := count.total()):
        told = f"{total} line{'s' if total > 1 else ''} compared: {count[_SAME]} the same"
        told += f", {count[_WORDS]} in other words ({_WORDS})" if count[_WORDS] else ""
        told += f", {count[_DIFFERENT]} different ({_DIFFERENT})" if count[_DIFFERENT] else ""
        shown.append(("note", f"{told}\n"))
    data = {
        "event": "each",
        "line": line,
        "sessions": [column.data() for column in columns],
        "same": count[_SAME],
        "other_words": count[_WORDS],
        "different": count[_DIFFERENT],
    }
    return Outcome(fragments=shown, data=data)


# ---------------------------------------------------------------- what is compared with what


def _keys(event: Greeted | ReplyReceived) -> Iterable[str]:
    """Name each line of a reply: by its number, or by the keyword that EHLO offers in it."""
    command = event.command if isinstance(event, ReplyReceived) else None
    offers = command is not None and command.move in ("EHLO", "LHLO") and event.reply.is_positive
    seen: Counter[str] = Counter()
    for number, line in enumerate(event.reply.lines):
        keyword = _KEYWORD.match(line.octets) if offers and number else None
        name = keyword[1].decode().upper() if keyword else str(number)
        seen[name] += 1
        yield f"{name} {seen[name]}"


def _merged(columns: Sequence[Column]) -> dict[Key, list[_Row | None]]:
    """Put the rows of all columns in one order: that of the first, what others add before what comes behind it."""
    order: list[Key] = []
    for column in columns:
        keys = {row.key for row in column.rows}
        places = {key: place for place, key in enumerate(order)}
        merged: list[Key] = []
        done = 0
        for row in column.rows:
            if row.key not in places:
                while done < len(order) and order[done] not in keys:
                    merged.append(order[done])
                    done += 1
                merged.append(row.key)
            elif places[row.key] >= done:
                merged += order[done : places[row.key] + 1]
                done = places[row.key] + 1
        order = merged + order[done:]
    by_key = [{row.key: row for row in column.rows} for column in columns]
    return {key: [rows.get(key) for rows in by_key] for key in order}


def _mark(cells: Sequence[_Row | None], count: int) -> str:
    rows = [row for row in cells if row is not None]
    if len(rows) < count or len({row.code for row in rows}) > 1:
        return _DIFFERENT
    return _SAME if len({row.text for row in rows}) == 1 else _WORDS


# ---------------------------------------------------------------- how it is shown


def _side_by_side(
    columns: Sequence[Column], rows: dict[Key, list[_Row | None]], marks: dict[Key, str], width: int
) -> Fragments:
    heads = [[("heading", visible(column.name))] for column in columns]
    shown = _row(_SAME, heads, width)
    for key, cells in rows.items():
        shown += _row(marks[key], [row.shown if row else [] for row in cells], width)
    return shown


def _one_below_the_other(columns: Sequence[Column], marks: dict[Key, str]) -> Fragments:
    shown: Fragments = []
    for column in columns:
        shown.append(("heading", visible(f"{column.name}\n")))
        for row in column.rows:
            mark = marks[row.key]
            shown += [(_STYLES[mark], f"{mark} "), *row.shown, ("", "\n")]
    return shown


def _row(mark: str, cells: Iterable[Fragments], width: int) -> Fragments:
    """Lay out one row, as many lines high as its highest cell; nothing is behind the last cell."""
    wrapped = [_wrapped(cell, width) for cell in cells]
    shown: Fragments = []
    for number in range(max(len(lines) for lines in wrapped)):
        line: Fragments = [(_STYLES[mark], mark if number == 0 else " "), ("", " ")]
        for place, lines in enumerate(wrapped):
            cell = lines[number] if number < len(lines) else []
            last = place == len(wrapped) - 1
            between = _BETWEEN.rstrip() if last and not cell else _BETWEEN
            line += [("note", between), *cell] if place else cell
            if not last:
                line.append(("", " " * (width - sum(width_of(text) for _, text in cell))))
        shown += [*line, ("", "\n")]
    return shown


def _wrapped(line: Fragments, width: int) -> list[Fragments]:
    """Cut a line into pieces of at most so many columns, behind a blank where one is near."""
    cuts = _cuts(to_text(line), width)
    pieces: list[Fragments] = [[]]
    at = 0
    for style, text in line:
        begin, end = at, at + len(text)
        while cuts and cuts[0] < end:
            pieces[-1].append((style, text[at - begin : cuts[0] - begin]))
            pieces.append([])
            at = cuts.pop(0)
        pieces[-1].append((style, text[at - begin :]))
        at = end
    return [[(style, text.replace("\t", " ")) for style, text in piece] for piece in pieces]


def _cuts(text: str, width: int) -> list[int]:
    """Give the places where a text is cut."""
    cuts: list[int] = []
    start, taken, behind_blank = 0, 0, 0
    for at, character in enumerate(text):
        taken += width_of(character)
        if taken > width:
            start = behind_blank if behind_blank > start + width // 2 else at
            cuts.append(start)
            taken = width_of(text[start : at + 1])
        if character in " \t":
            behind_blank = at + 1
    return cuts


def _lines(shown: Fragments) -> Iterator[Fragments]:
    """Cut into lines, without their ends."""
    line: Fragments = []
    for style, text in shown:
        first, *more = text.split("\n")
        line.append((style, first))
        for begun in more:
            yield line
            line = [(style, begun)]
    if any(text for _, text in line):
        yield line
