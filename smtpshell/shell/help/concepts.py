"""Ideas that /help explains, each a text in concepts/; a file dropped in there is one more.

A text's first line is its name and what it is about.  Lines below "try:" that stand further in can be typed at the
practice server after EHLO.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

__all__ = ["concept", "concepts", "lines_to_try"]


@cache
def concepts() -> Mapping[str, str]:
    """Give the texts by name."""
    found = files(__package__).joinpath("concepts").iterdir()
    texts = {
        each.name.removesuffix(".txt"): each.read_text("utf-8") for each in found if each.name.endswith(".txt")
    }
    return dict(sorted(texts.items()))


def concept(word: str) -> list[str]:
    """Give the lines that explain an idea; [] for none of these."""
    return concepts().get(word.lower(), "").splitlines()


def lines_to_try(name: str) -> list[str]:
    """Give the lines that a text proposes to type."""
    _, _, rest = concepts()[name].partition("  try:\n")
    return [line.strip() for line in rest.splitlines() if line.startswith("    ")]
