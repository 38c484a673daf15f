"""A transcript as a Mermaid sequence diagram, for trackers that draw what stands in a ``mermaid`` fence."""

from __future__ import annotations

import re
from typing import Final

from smtpshell.transcript.exporters.telling import Turn

__all__ = ["diagram"]

_LONGEST: Final = 60
"""Characters of a message's text; longer ones push the two sides apart."""

# What may stand as it is; Mermaid reads ";" and "#" as syntax, and HTML in the rest.
_SPECIAL: Final = re.compile(r"[^A-Za-z0-9 .,@/=_-]")


def diagram(turns: list[Turn]) -> str:
    """Give the diagram's source, without a fence."""
    lines = ["sequenceDiagram", "    participant C as client", "    participant S as server"]
    for turn in turns:
        if turn.side:
            arrow = "C->>S" if turn.side == "C" else "S-->>C"
            lines.append(f"    {arrow}: {_text(turn)}")
        elif turn.kind == "event":
            lines.append(f"    Note over C,S: {_escaped(_clipped(turn.texts[0]))}")
        lines += [f"    Note over C,S: {_escaped(finding.rule.rule_id)}" for finding in turn.findings]
    return "".join(line + "\n" for line in lines)


def _text(turn: Turn) -> str:
    if turn.kind == "content":
        return _escaped(f"content, {len(turn.entries)} lines" if len(turn.entries) > 1 else "content")
    more = f" (+{len(turn.entries) - 1} lines)" if len(turn.entries) > 1 else ""
    return _escaped(_clipped(turn.texts[0]) + more)


def _clipped(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda found: f"#{ord(found[0])};", text) or "#32;"
