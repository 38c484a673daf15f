"""The text of a configuration file: read as TOML, and where in it a key stands, for what is wrong with that."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from smtpshell.errors import UsageError

__all__ = ["Source"]

_PLACE: Final = re.compile(r" \(at (?:line (?P<line>[0-9]+), column (?P<column>[0-9]+)|end of document)\)\Z")

_LOOKS: Final = 50
"""Lines that are looked at closely for a key, and for the end of its value, so that no file takes us long."""

_FORM: Final = "`smtpshell config --example --no-config` shows the form"


class Source:
    """One file; ``tables`` is what it holds."""

    def __init__(self, octets: bytes, path: Path) -> None:
        self.path = path
        try:
            self._text = octets.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            before = octets[: error.start].decode("utf-8-sig", "replace")
            what = f"the octet 0x{octets[error.start]:02x} is no UTF-8"
            raise self._wrong(what, "save the file as UTF-8", *_position(before)) from None
        self._lines = re.findall(r"[^\n]*\n|[^\n]+", self._text)
        self.tables: Mapping[str, Any] = self._parsed()

    def wrong(self, keys: tuple[str, ...], what: str, hint: str) -> UsageError:
        """Give the error for what is wrong at a key, named with the tables it lies in."""
        return self._wrong(what, hint, *self._place(keys))

    def _parsed(self) -> Mapping[str, Any]:
        try:
            return tomllib.loads(self._text)
        except RecursionError:
            raise self._wrong("it is nested too deeply", _FORM) from None
        except tomllib.TOMLDecodeError as error:
            said = str(error)
            found = _PLACE.search(said)
            what = said[: found.start()] if found else said
            place = (
                (int(found["line"]), int(found["column"])) if found and found["line"] else _position(self._text)
            )
            raise self._wrong(what[:1].lower() + what[1:], _FORM, *place) from None
        except ValueError:
            # Python takes no numbers of thousands of digits.
            raise self._wrong("a number in it is too long", _FORM) from None

    def _wrong(self, what: str, hint: str, line: int = 0, column: int = 0) -> UsageError:
        where = f"{self.path}:{line}:{column}" if line else f"{self.path}"
        return UsageError(f"{where}: {what}", hint=hint)

    def _place(self, keys: tuple[str, ...]) -> tuple[int, int]:
        """Give line and column of a key; of the table it lies in where it cannot be found."""
        for depth in range(len(keys), 0, -1):
            for line, column in self._candidates(keys[depth - 1]):
                if self._begins(keys[:depth], line):
                    return line + 1, column + 1
        return 1, 1

    def _candidates(self, key: str) -> Iterator[tuple[int, int]]:
        """Give the lines, from 0, that have the key where one can stand, and where it stands."""
        pattern = re.compile(rf"""(?<![\w-])["']?{re.escape(key)}["']?(?=\s*[\].=])""")
        found = ((number, pattern.search(line)) for number, line in enumerate(self._lines))
        hits = [(number, hit.start()) for number, hit in found if hit]
        yield from hits[:_LOOKS]

    def _begins(self, keys: tuple[str, ...], line: int) -> bool:
        """Whether the key comes into being by the statement that begins with this line."""
        before = _loaded("".join(self._lines[:line]))
        if before is None or _has(before, keys):
            return False
        for end in range(line + 1, min(line + _LOOKS, len(self._lines)) + 1):
            after = _loaded("".join(self._lines[:end]))
            if after is not None:
                return _has(after, keys)
        return True  # a value of very many lines, and nothing that speaks against it


def _loaded(text: str) -> Mapping[str, Any] | None:
    try:
        return tomllib.loads(text)
    except ValueError:
        return None


def _has(table: Any, keys: tuple[str, ...]) -> bool:
    for key in keys:
        if not isinstance(table, dict) or key not in table:
            return False
        table = table[key]
    return True


def _position(before: str) -> tuple[int, int]:
    """Give line and column, from 1, of what comes behind a text."""
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
