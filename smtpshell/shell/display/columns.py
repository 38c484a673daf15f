"""How many columns of a terminal a text takes, for what is to stand in line below it."""

from __future__ import annotations

__all__ = ["beginning", "padded", "width"]


def width(text: str) -> int:
    """Give the columns of a text without controls: two for each wide character, none for a combining one."""
    if text.isascii():
        return len(text)
    from wcwidth import wcwidth

    return sum([max(wcwidth(character), 0) for character in text])


def padded(text: str, columns: int) -> str:
    """Give the text with blanks up to so many columns."""
    return text + " " * (columns - width(text))


def beginning(text: str, columns: int) -> str:
    """Give as much of the text's beginning as fits into so many columns."""
    if text.isascii():
        return text[:columns]
    while width(text) > columns:
        text = text[:-1]
    return text
