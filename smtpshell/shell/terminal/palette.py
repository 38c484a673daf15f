"""Our style names as prompt_toolkit's: the one place where the two meet."""

from __future__ import annotations

from functools import cache

from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.styles import BaseStyle, Style

from smtpshell.shell.display.styles import STYLES, Fragments

__all__ = ["palette", "styled"]

_BAR = "bg:ansidefault ansidefault reverse"
_LINE = "bg:ansidefault ansidefault noreverse"
# prompt_toolkit's own parts: reversed, so that they stand out on a dark theme and on a light one.
_OWN = {
    "bottom-toolbar": _BAR,
    "completion-menu": _BAR,
    "completion-menu.completion": _BAR,
    "completion-menu.completion.current": f"{_LINE} bold",
    "completion-menu.meta.completion": _BAR,
    "completion-menu.meta.completion.current": f"{_LINE} bold",
    "completion.unfit": "dim",
    "scrollbar.background": _BAR,
    "scrollbar.button": _LINE,
}


@cache
def palette(theme: str) -> BaseStyle:
    """Give the styles of everything that is shown, in a theme."""
    names = {name: style.ansi(theme) for name, style in STYLES.items()}
    tokens = {f"pygments.{style.token.lower()}": style.ansi(theme) for style in STYLES.values()}
    own = {
        "validation-toolbar": f"{_LINE} {names['error']}",
        # What was not typed must look so, without colours too.
        "auto-suggestion": names["note"] or "underline",
    }
    return Style.from_dict({**tokens, **names, **_OWN, **own})


def styled(fragments: Fragments) -> StyleAndTextTuples:
    """Give fragments the form that prompt_toolkit prints."""
    return [(f"class:{style}" if style else "", text) for style, text in fragments]
