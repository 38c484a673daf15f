"""Every style the shell's output uses, by a dotted name, and the themes that give it its colours: two tables.

A style names what a colour is for (good, bad ...), a theme which of the terminal's own sixteen (ANSI) that is: the
user's palette applies.  Meaning never rests on colour alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

__all__ = ["STYLES", "THEMES", "Fragments", "Style", "sequences"]

Fragments = list[tuple[str, str]]
"""Output: (style name, text that is safe to print), line ends included; "" is the terminal's default."""


@dataclass(frozen=True, slots=True)
class Style:
    """One style: ``look`` in roles of THEMES and prompt_toolkit's words, ``token`` its Pygments token type."""

    name: str
    look: str
    token: str
    meaning: str

    def ansi(self, theme: str = "default") -> str:
        """Give its look in a theme, in prompt_toolkit's words."""
        roles = THEMES[theme]
        words = [word for role in self.look.split() for word in roles.get(role, role).split()]
        return " ".join(dict.fromkeys(words))


THEMES: Final[Mapping[str, Mapping[str, str]]] = {
    # Readable on black and on white: that leaves three hues of the sixteen.
    "default": {
        "good": "ansibrightblue bold",
        "info": "ansibrightblue",
        "caution": "ansimagenta",
        "bad": "ansired",
        "quiet": "ansibrightblack",
    },
    "dark": {
        "good": "ansigreen",
        "info": "ansicyan",
        "caution": "ansiyellow",
        "bad": "ansibrightred",
        "quiet": "ansibrightblack",
    },
    "light": {
        "good": "ansiblue bold",
        "info": "ansiblue",
        "caution": "ansimagenta",
        "bad": "ansired",
        "quiet": "ansibrightblack",
    },
    "mono": {"good": "bold", "info": "", "caution": "underline", "bad": "bold underline", "quiet": ""},
}
"""Theme -> role -> how it looks; the setting "theme"."""


_ROWS: Final = (
    Style("reply.2", "good", "Generic.Inserted", "code of a positive reply"),
    Style("reply.3", "info", "Generic.Prompt", "code of an intermediate reply"),
    Style("reply.4", "caution", "Generic.Strong", "code of a transient refusal"),
    Style("reply.5", "bad bold", "Generic.Error", "code of a permanent refusal"),
    Style("reply.6", "bad reverse", "Error", "what cannot be read as a reply"),
    Style("reply.dash", "bold", "Punctuation", "hyphen of a reply that goes on"),
    Style("reply.enhanced", "quiet", "Number", "enhanced status code"),
    Style("ehlo.keyword", "info", "Name.Attribute", "keyword a server offers"),
    Style("address", "info", "Name.Entity", "path or address"),
    Style("verb", "bold", "Keyword", "verb"),
    Style("verb.unknown", "caution", "Name.Other", "word in a verb's place that is none"),
    Style("keyword", "bold", "Keyword.Pseudo", "FROM: or TO:"),
    Style("parameter", "info", "Name.Property", "name of a parameter"),
    Style("value", "", "String", "value of a parameter or argument"),
    Style("secret", "reverse", "String.Other", "what stands for a secret"),
    Style("command", "good", "Name.Function", "shell command"),
    Style("option", "info", "Name.Tag", "option of a shell command"),
    Style("dot.added", "caution bold", "Comment.Special", "dot that transparency added"),
    Style("control", "bad", "String.Escape", "escaped control character"),
    Style("mark.client", "info", "Generic.Subheading", "mark of what we sent"),
    Style("mark.server", "good", "Generic.Heading", "mark of what the server sent"),
    Style("event", "caution", "Comment.Preproc", "what happened besides octets"),
    Style("finding.note", "info", "Generic.Output", "finding: worth knowing"),
    Style("finding.warning", "caution", "Generic.Emph", "finding: against a SHOULD"),
    Style("finding.error", "bad", "Generic.Traceback", "finding: against a MUST"),
    Style("finding.danger", "bad bold", "Generic.EmphStrong", "finding: known to be used in attacks"),
    Style("note", "quiet", "Comment", "what the shell says"),
    Style("heading", "bold", "Generic.Title", "first line of what the shell explains"),
    Style("state.here", "good bold", "Name.Class", "state that the replies have confirmed"),
    Style("state.assumed", "info bold", "Name.Builtin", "state that holds if all outstanding succeeds"),
    Style("session", "info bold", "Name.Namespace", "name of a session that is not the current one"),
    Style("error", "bad bold", "Name.Exception", "error"),
    Style("prompt", "bold", "Name.Label", "the prompt"),
    Style("toolbar", "reverse", "Name.Decorator", "the toolbar"),
    Style("toolbar.good", "reverse", "Name.Decorator", "something in the toolbar that is as it should be"),
    Style("toolbar.bad", "bad reverse bold", "Name.Decorator", "something in the toolbar to look at"),
)

STYLES: Final[Mapping[str, Style]] = {row.name: row for row in _ROWS}
"""Style name -> style."""

_COLOURS: Final = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "gray")
# ECMA-48 8.3.117: 30-37 the eight colours; 90-97, by convention of terminals, their bright ones.
_SGR: Final = {
    **{f"ansi{colour}": str(30 + number) for number, colour in enumerate(_COLOURS)},
    **{f"ansibright{colour}": str(90 + number) for number, colour in enumerate(_COLOURS)},
    "ansibrightblack": "90",
    "bold": "1",
    "underline": "4",
    "reverse": "7",
}


@cache
def sequences(theme: str) -> Mapping[str, str]:
    """Give style name -> the escape sequence that switches it on (ESC[0m: off); plain styles are absent."""
    looks = {row.name: row.ansi(theme) for row in _ROWS}
    return {
        name: "\x1b[" + ";".join(_SGR[word] for word in look.split()) + "m" for name, look in looks.items() if look
    }
