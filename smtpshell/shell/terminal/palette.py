"""Our style names as prompt_toolkit's: the one place where the two meet."""

from __future__ import annotations

from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.styles import BaseStyle, Style

from smtpshell.shell.styles import STYLES, Fragments

__all__ = ["palette", "styled"]

# prompt_toolkit's own parts, in colours that follow the terminal's theme, dark or light.
_OWN = {
    "bottom-toolbar": "noreverse",
    "validation-toolbar": "noreverse ansired",
    "auto-suggestion": "ansibrightblack",
    "completion-menu": "bg:ansibrightblack ansiwhite",
    "completion-menu.completion.current": "reverse",
    "completion-menu.meta.completion": "bg:ansibrightblack ansiwhite",
    "completion-menu.meta.completion.current": "reverse",
}


def palette() -> BaseStyle:
    """Give the styles of everything that is shown."""
    names = {name: style.ansi for name, style in STYLES.items()}
    tokens = {f"pygments.{style.token.lower()}": style.ansi for style in STYLES.values()}
    return Style.from_dict({**tokens, **names, **_OWN})


def styled(fragments: Fragments) -> StyleAndTextTuples:
    """Give fragments the form that prompt_toolkit prints."""
    return [(f"class:{style}" if style else "", text) for style, text in fragments]
