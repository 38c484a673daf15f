"""What is longer than the screen of a prompt: its beginning is shown, the rest is kept for /more.

Without a prompt there is no limit: scripts and pipes get everything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from smtpshell.shell.configuration.settings import Settings
from smtpshell.shell.display.styles import Fragments

__all__ = ["Pages"]

_FREE: Final = 5
"""Rows left free: the line typed, what tells of the rest, the last line, the next prompt, the toolbar."""

_LEAST: Final = 5
"""Lines shown on a screen of whatever height."""


class Pages:
    """The limit, and the one rest that is kept: that of what was shown last.

    ``rows`` tells how many the screen of the prompt has, None where there is no prompt; ``pager`` shows text in a
    program of its own, and says whether it could.
    """

    def __init__(self, settings: Settings) -> None:
        self.rows: Callable[[], int] | None = None
        self.pager: Callable[[Fragments], bool] | None = None
        self._settings = settings
        self._rest: Callable[[], Fragments] | None = None

    @property
    def limit(self) -> int | None:
        """How many lines of one thing are shown at once, None for all."""
        if self.rows is None or self._settings.pager == "off":
            return None
        return max(self.rows() - _FREE, _LEAST)

    def cut(self, fragments: Fragments) -> Fragments:
        """Give what of it is shown, and keep the rest."""
        limit = self.limit
        count = sum([text.count("\n") for _, text in fragments])
        if limit is None or count <= limit + 1:
            return fragments
        shown, rest = _after_line(fragments, limit)
        return [*shown, self.keep(count - limit, lambda: rest)]

    def keep(self, count: int, rest: Callable[[], Fragments], what: str = "lines") -> tuple[str, str]:
        """Keep what so many lines are made of; give the line that tells of them."""
        self._rest = rest
        return "note", f"… {count:,} more {what}; /more shows them\n"

    def take(self) -> Fragments:
        """Give the rest that is kept, once; nothing where there is none."""
        rest, self._rest = self._rest, None
        return rest() if rest else []


def _after_line(fragments: Fragments, number: int) -> tuple[Fragments, Fragments]:
    """Cut behind the end of that line."""
    shown: Fragments = []
    for place, (style, text) in enumerate(fragments):
        lines = text.split("\n", number)
        if len(lines) > number:
            at = len(text) - len(lines[-1])
            return [*shown, (style, text[:at])], [(style, text[at:]), *fragments[place + 1 :]]
        number -= len(lines) - 1
        shown.append((style, text))
    return shown, []
