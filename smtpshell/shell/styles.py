"""Every style the shell's output uses, by a dotted name: a table, and its two spellings for a terminal.

Colours are the terminal's own sixteen (ANSI), so that the user's theme, dark or light, applies; what must be
seen on both is never white, black or yellow.  Meaning never rests on colour alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["SEQUENCES", "STYLES", "Fragments", "Style"]

Fragments = list[tuple[str, str]]
"""Output: (style name, text that is safe to print), line ends included; "" is the terminal's default."""


@dataclass(frozen=True, slots=True)
class Style:
    """One style: ``ansi`` in prompt_toolkit's words, ``token`` the Pygments token type it goes by."""

    name: str
    ansi: str
    token: str
    meaning: str


_ROWS: Final = (
    Style("reply.2", "ansigreen", "Generic.Inserted", "code of a positive reply"),
    Style("reply.3", "ansicyan", "Generic.Prompt", "code of an intermediate reply"),
    Style("reply.4", "ansimagenta", "Generic.Strong", "code of a transient refusal"),
    Style("reply.5", "ansired bold", "Generic.Error", "code of a permanent refusal"),
    Style("reply.6", "ansired reverse", "Error", "what cannot be read as a reply"),
    Style("reply.dash", "bold", "Punctuation", "hyphen of a reply that goes on"),
    Style("reply.enhanced", "ansiblue", "Number", "enhanced status code"),
    Style("ehlo.keyword", "ansicyan", "Name.Attribute", "keyword a server offers"),
    Style("address", "ansiblue", "Name.Entity", "path or address"),
    Style("verb", "bold", "Keyword", "verb"),
    Style("verb.unknown", "ansimagenta", "Name.Other", "word in a verb's place that is none"),
    Style("keyword", "bold", "Keyword.Pseudo", "FROM: or TO:"),
    Style("parameter", "ansicyan", "Name.Property", "name of a parameter"),
    Style("value", "", "String", "value of a parameter or argument"),
    Style("secret", "reverse", "String.Other", "what stands for a secret"),
    Style("command", "ansigreen", "Name.Function", "shell command"),
    Style("option", "ansicyan", "Name.Tag", "option of a shell command"),
    Style("dot.added", "ansimagenta bold", "Comment.Special", "dot that transparency added"),
    Style("control", "ansired", "String.Escape", "escaped control character"),
    Style("mark.client", "ansiblue", "Generic.Subheading", "mark of what we sent"),
    Style("mark.server", "ansigreen", "Generic.Heading", "mark of what the server sent"),
    Style("event", "ansimagenta", "Comment.Preproc", "what happened besides octets"),
    Style("finding.note", "ansiblue", "Generic.Output", "finding: worth knowing"),
    Style("finding.warning", "ansimagenta", "Generic.Emph", "finding: against a SHOULD"),
    Style("finding.error", "ansired", "Generic.Traceback", "finding: against a MUST"),
    Style("finding.danger", "ansired bold", "Generic.EmphStrong", "finding: known to be used in attacks"),
    Style("note", "ansibrightblack", "Comment", "what the shell says"),
    Style("heading", "bold", "Generic.Title", "first line of what the shell explains"),
    Style("state.here", "ansigreen bold", "Name.Class", "state that the replies have confirmed"),
    Style("state.assumed", "ansicyan bold", "Name.Builtin", "state that holds if all outstanding succeeds"),
    Style("session", "ansicyan bold", "Name.Namespace", "name of a session that is not the current one"),
    Style("error", "ansired bold", "Name.Exception", "error"),
    Style("prompt", "bold", "Name.Label", "the prompt"),
    Style("toolbar", "reverse", "Name.Decorator", "the toolbar"),
    Style("toolbar.good", "reverse", "Name.Decorator", "something in the toolbar that is as it should be"),
    Style("toolbar.bad", "ansired reverse bold", "Name.Decorator", "something in the toolbar to look at"),
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
    "reverse": "7",
}

SEQUENCES: Final[Mapping[str, str]] = {
    row.name: "\x1b[" + ";".join(_SGR[word] for word in row.ansi.split()) + "m" for row in _ROWS if row.ansi
}
"""Style name -> the escape sequence that switches it on; ESC[0m switches it off.  Plain styles are absent."""
