"""A transcript as one JSON object, ASCII only, for programs.

    {"smtp-transcript": 1,
     "header": [[NAME, VALUE], ...],
     "turns": [{"kind": "command" | "content" | "reply" | "event" | "prose",
                "line": LINE OF THE FILE,
                "side": "C" | "S" | null,
                "seconds": SINCE THE CONNECTION BEGAN | null,
                "verb": OF A COMMAND THE CORE CAN READ | null,
                "code": OF A REPLY | null,
                "entries": [AS THEY STAND IN THE FILE, ...],
                "findings": [{"rule": ID, "severity": "note" | "warning" | "error" | "danger",
                              "sentence": TEXT, "source": STANDARD}, ...]}, ...]}

The entries, joined by line ends below the header, are the file again, but for recorded findings that the core
makes too.
"""

from __future__ import annotations

import json
from typing import Any

from smtpshell.protocol.replies import ReplyLine
from smtpshell.transcript.exporters.telling import Turn, tell
from smtpshell.transcript.model import VERSION, Line, Transcript

__all__ = ["export"]


def export(transcript: Transcript) -> str:
    """Give the object, indented."""
    document = {
        "smtp-transcript": VERSION,
        "header": [[name, value] for name, value in transcript.header.fields],
        "turns": [_turn(turn) for turn in tell(transcript)],
    }
    return json.dumps(document, indent=1) + "\n"


def _turn(turn: Turn) -> dict[str, Any]:
    return {
        "kind": turn.kind,
        "line": turn.number,
        "side": turn.side or None,
        "seconds": turn.seconds,
        "verb": (turn.command.move or None) if turn.command else None,
        "code": _code(turn),
        "entries": [str(entry) for entry in turn.entries],
        "findings": [
            {
                "rule": finding.rule.rule_id,
                "severity": finding.rule.severity.name.lower(),
                "sentence": str(finding),
                "source": finding.rule.source,
            }
            for finding in turn.findings
        ],
    }


def _code(turn: Turn) -> int | None:
    last = turn.entries[-1]
    if turn.kind != "reply" or not isinstance(last, Line) or not last.is_exact:
        return None
    return ReplyLine(last.octets()).code
