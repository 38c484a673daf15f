"""What a shell command came to: what to show, and what it means for the exit status."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from smtpshell.errors import ExitStatus
from smtpshell.shell.display.styles import Fragments

__all__ = ["Outcome", "lines"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """``fragments`` are for people, ``data`` for ``--json`` (None: nothing to say there)."""

    fragments: Fragments
    status: ExitStatus = ExitStatus.EXPECTED
    data: Mapping[str, Any] | None = None


def lines(*texts: str, style: str = "note", heading: str = "") -> Outcome:
    """Make an outcome of lines in one style, below an optional heading; control characters are made visible."""
    from smtpshell.shell.display.render import visible

    rows: Iterable[tuple[str, str]] = ((style, text) for text in texts)
    shown: Fragments = [("heading", visible(heading) + "\n")] if heading else []
    shown += [(name, visible(text) + "\n") for name, text in rows]
    return Outcome(fragments=shown)
