"""Elements of HTML and SVG as strings: text and attributes are escaped, elements inside are not."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from smtpshell.transcript.exporters.telling import printable

__all__ = ["Markup", "element", "number", "text"]


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()

    def join(self, pieces: Iterable[str]) -> Markup:
        """Join markup with markup."""
        return Markup(super().join(pieces))


def text(content: str) -> Markup:
    """Give text as markup in which nothing is a tag, and nothing hides or turns round what stands beside it."""
    return Markup(escape(printable(content)))


def element(name: str, *inside: str, **attributes: str | float | bool) -> Markup:
    """Give an element: strings inside become text, Markup stays.

    An underscore behind an attribute's name is dropped, others become hyphens; True gives it without a value,
    False leaves it out.
    """
    given = []
    for key, value in attributes.items():
        label = key.rstrip("_").replace("_", "-")
        if value is True:
            given.append(f" {label}")
        elif value is not False:
            spelt = value if isinstance(value, str) else number(value)
            given.append(f' {label}="{text(spelt)}"')
    content = "".join(piece if isinstance(piece, Markup) else text(piece) for piece in inside)
    return Markup(f"<{name}{''.join(given)}>{content}</{name}>")


def number(value: float) -> str:
    """Give a number as short as it can be, to a hundredth."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
