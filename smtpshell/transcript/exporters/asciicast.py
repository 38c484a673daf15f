"""A transcript as an asciicast v2 recording: the conversation appears line by line, as it was timed.

Where the file has no times, half a second passes before each turn.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final

from smtpshell.transcript.exporters.telling import Turn, printable, tell
from smtpshell.transcript.model import Transcript

__all__ = ["export"]

_PAUSE: Final = 0.5
"""Seconds before a turn whose time is not known."""
_WIDTH: Final = 100
"""Columns."""
_HEIGHT: Final = 30
"""Rows."""

# What is said -> SGR parameters (ECMA-48 8.3.117) of the terminal's own colours.
_COLOURS: Final = {"command": "36", "content": "2", "2": "32", "3": "34", "4": "33", "5": "31", "event": "2"}


def export(transcript: Transcript) -> str:
    """Give the recording: a header, then one event a turn, as lines of ASCII JSON."""
    header: dict[str, Any] = {"version": 2, "width": _WIDTH, "height": _HEIGHT}
    if title := transcript.header.get("title"):
        header["title"] = printable(title)
    if (stamp := _timestamp(transcript.header.get("date"))) is not None:
        header["timestamp"] = stamp
    lines: list[Any] = [header]
    now = 0.0
    for turn in tell(transcript):
        if turn.kind == "prose":
            continue
        now = max(now, turn.seconds) if turn.seconds is not None else round(now + _PAUSE, 3)
        lines.append([now, "o", _shown(turn)])
    return "".join(json.dumps(line) + "\n" for line in lines)


def _timestamp(date: str) -> int | None:
    try:
        moment = datetime.fromisoformat(date)
    except ValueError:
        return None
    return int(moment.timestamp()) if moment.tzinfo else None


def _shown(turn: Turn) -> str:
    colour = _COLOURS.get(turn.texts[0][:1] if turn.kind == "reply" else turn.kind, "0")
    mark = f"{turn.side}: " if turn.side else "-- "
    said = "".join(f"\x1b[{colour}m{mark}{text}\x1b[0m\r\n" for text in turn.texts)
    found = (f"\x1b[33m   {printable(str(finding))}\x1b[0m\r\n" for finding in turn.findings)
    return said + "".join(found)
