"""The word that somebody may have meant."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["meant", "nearest"]


def nearest(word: str, words: Iterable[str]) -> str:
    """Give the word that is most like it, whatever the case; "" where none is like it."""
    from difflib import get_close_matches

    by_fold = {each.casefold(): each for each in words}
    close = get_close_matches(word.casefold(), by_fold, n=1)
    return by_fold[close[0]] if close else ""


def meant(word: str, words: Iterable[str], otherwise: str) -> str:
    """Ask whether the nearest word was meant, or give another hint where none is near."""
    close = nearest(word, words)
    return f"did you mean {close}?" if close else otherwise
