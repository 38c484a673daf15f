"""Our style names as prompt_toolkit's: the one place where the two meet."""

from __future__ import annotations

from functools import cache

from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.styles import BaseStyle, Style

from smtpshell.shell.styles import STYLES, Fragments

__all__ = ["palette", "styled"]

_BAR = "bg:ansidefault ansidefault reverse"
_LINE = "bg:ansidefault ansidefault noreverse"
# prompt_toolkit's own parts: reversed, so that they stand out on a dark theme and on a light one.
_OWN = {
    "bottom-toolbar": _BAR,
    "validation-toolbar": f"{_LINE} ansired bold",
    "auto-suggestion": "ansibrightblack",
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
def palette() -> BaseStyle:
    """Give the styles of everything that is shown."""
    names = {name: style.ansi for name, style in STYLES.items()}
    tokens = {f"pygments.{style.token.lower()}": style.ansi for style in STYLES.values()}
    return Style.from_dict({**tokens, **names, **_OWN})


def styled(fragments: Fragments) -> StyleAndTextTuples:
    """Give fragments the form that prompt_toolkit prints."""
    return [(f"class:{style}" if style else "", text) for style, text in fragments]
