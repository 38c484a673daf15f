"""Variables of typed lines: /let gives them values, ${name} stands for one where /set variables is on.

$${ stands for ${ itself.  A value is put in as it is and not looked at again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from smtpshell.errors import UsageError
from smtpshell.shell.language.syntax import Word
from smtpshell.transcript.redaction import SHORTEST, Secrets

__all__ = ["Variables"]

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")

# $${ is ${ itself; else a name in braces, or braces that nobody closes.
_PLACE: Final = re.compile(r"(?P<escape>\$\$\{)|\$\{(?P<name>[^}]*)(?P<end>\}?)")

_TAKEN: Final = {"auth": "it stands for a secret that was taken out"}
"""Names that cannot be given -> why: what recordings and the history write of themselves."""


class Variables:
    """The variables of one shell; the values of secret ones are made known to ``secrets``."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._values: dict[str, str] = {}
        self._hidden: set[str] = set()

    def __iter__(self) -> Iterator[str]:
        """Give the names, sorted."""
        return iter(sorted(self._values))

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def let(self, name: str, value: str, *, secret: bool = False) -> None:
        """Give a variable its value; one that is ``secret`` stays so.

        Raises UsageError for a name that is none, for a value of more than a line, and for a secret too short to
        be taken out of anything.
        """
        self.check_name(name)
        if "\r" in value or "\n" in value:
            raise UsageError(f"the value of {name} holds a line end", hint="a variable is a part of one line")
        if secret or name in self._hidden:
            if len(value.encode("utf-8", "surrogateescape")) < SHORTEST:
                raise UsageError(
                    f"the value of {name} is too short to be hidden",
                    hint=f"a secret has {SHORTEST} octets or more",
                )
            self._hidden.add(name)
            self._secrets.remember(value)
        self._values[name] = value

    @staticmethod
    def check_name(name: str) -> None:
        """Raise UsageError for a name that no variable can have."""
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"{name!r} cannot be a variable's name",
                hint="write letters, digits, _ and -, and no digit or - first",
            )
        if name in _TAKEN:
            raise UsageError(f"no variable can be called {name}: {_TAKEN[name]}", hint="choose another name")

    def forget(self, name: str) -> None:
        """Drop a variable; a secret stays hidden wherever it comes up again.  Raises UsageError."""
        if name not in self._values:
            raise self.unknown(name)
        del self._values[name]
        self._hidden.discard(name)

    def shown(self, name: str) -> str:
        """Give a variable's value for people; of a secret one only that it is there."""
        return "(secret)" if name in self._hidden else self._secrets.redact_text(self._values[name])

    def fill_in(self, line: str, start: int = 0, end: int | None = None, spell: Callable[[str], str] = str) -> str:
        """Give a piece of a line with its variables put in, each as ``spell`` writes it.

        Raises UsageError, with the place in the line, for one that has no value or whose braces are not closed.
        """
        pieces: list[str] = []
        stop = len(line) if end is None else end
        at = start
        for found in _PLACE.finditer(line, start, stop):
            pieces.append(line[at : found.start()])
            at = found.end()
            if found["escape"]:
                pieces.append("${")
            elif not found["end"]:
                raise UsageError(
                    "the braces of ${ are not closed",
                    hint="put } behind the name, or write $${ for ${ itself",
                    line=line,
                    span=found.span(),
                )
            elif found["name"] not in self._values:
                raise self.unknown(found["name"], line, found.span())
            else:
                pieces.append(spell(self._values[found["name"]]))
        return "".join([*pieces, line[at:stop]])

    def fill_in_word(self, word: Word, line: str) -> Word:
        """Give a word of a shell command with its variables put in; it stays one word, whatever their values.

        In single quotes nothing is put in.  Raises what fill_in() raises.
        """
        if word.quote == "'" or "${" not in word.inner:
            return word
        if word.quote:
            return replace(word, inner=self.fill_in(line, word.start + 1, word.end - 1, _escaped))
        if word.inner.startswith("--"):
            return replace(word, inner=self.fill_in(line, word.start, word.end))
        # A value that begins with -- or holds quotes is no option and ends no word.
        return replace(word, inner=_escaped(self.fill_in(line, word.start, word.end)), quote='"')

    def completions(self, before: str) -> tuple[int, list[tuple[str, str]]] | None:
        """Give where the name begins that is being typed at the end of ``before``, and what it may be."""
        for found in _PLACE.finditer(before):
            if not (found["escape"] or found["end"]):
                # Braces that are not closed reach to the end of the line.
                return found.start("name"), [(f"{name}}}", self.shown(name)) for name in self]
        return None

    def unknown(self, name: str, line: str = "", span: tuple[int, int] | None = None) -> UsageError:
        """Give the error for a name that has no value."""
        from difflib import get_close_matches

        close = get_close_matches(name, self._values, n=1)
        escape = "; $${ stands for ${ itself" if line else ""
        hint = f"did you mean {close[0]}?" if close else f"/let NAME VALUE gives one{escape}"
        return UsageError(f"there is no variable {name!r}", hint=hint, line=line, span=span)


def _escaped(text: str) -> str:
    r"""Write text as it stands in double quotes: ``\`` before each quote and backslash."""
    return text.replace("\\", "\\\\").replace('"', '\\"')
