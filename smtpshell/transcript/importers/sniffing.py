"""Finds out what wrote a log.  It never guesses: one source fits, or an error names those that might."""

from __future__ import annotations

from smtpshell.errors import UsageError
from smtpshell.transcript.importers.cleaning import Cleaned, unquoted
from smtpshell.transcript.importers.sources import NOT_DIALOGUES, SOURCES, Source

__all__ = ["choose", "sniff"]

_KINDS = ", ".join(SOURCES)


def sniff(cleaned: Cleaned) -> list[Source]:
    """List the sources that the text looks like."""
    text = cleaned.text
    return [source for source in SOURCES.values() if source.looks.search(text)]


def choose(cleaned: Cleaned, name: str, kind: str = "") -> tuple[Source, Cleaned]:
    """Give the source of a text named ``name``, and the text to be read: as it is, or what is quoted in it.

    ``kind`` is what a person said it is.  Raises UsageError where that is unknown, and where nothing or more than
    one source fits.
    """
    for pattern, what in NOT_DIALOGUES:
        if pattern.search(cleaned.text):
            raise UsageError(f"{name}: this {what}", hint="import reads logs of conversations")
    if kind and kind not in SOURCES:
        raise UsageError(f"there is no importer {kind!r}", hint=f"--from takes one of {_KINDS}")
    views = (cleaned, unquoted(cleaned))
    for view in views:
        found = sniff(view)
        if kind and SOURCES[kind] in found:
            return SOURCES[kind], view
        if not kind and len(found) == 1:
            return found[0], view
        if not kind and found:
            names = " or ".join(source.name for source in found)
            raise UsageError(f"{name}: this may be {names}", hint="say which with --from KIND")
    if kind:
        return SOURCES[kind], cleaned
    raise UsageError(
        f"{name}: no known source looks like this", hint=f"say what it is with --from KIND, one of {_KINDS}"
    )
