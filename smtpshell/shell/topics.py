"""What can be explained: codes, verbs, keywords, parameters and findings from the tables, ideas from texts.

One word may be several things (AUTH is a verb, a keyword and a parameter): all of them are told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from textwrap import wrap
from typing import Final

from smtpshell.protocol.enhanced_status_codes import CLASSES, EnhancedStatusCode
from smtpshell.protocol.extensions import EXTENSIONS
from smtpshell.protocol.findings import RULES
from smtpshell.protocol.parameters import PARAMETERS
from smtpshell.protocol.replies import ReplyClass
from smtpshell.protocol.reply_codes import REPLY_CODES, explain_code
from smtpshell.protocol.sequences import SEQUENCES
from smtpshell.protocol.states import MOVES
from smtpshell.protocol.verbs import VERBS
from smtpshell.shell.concepts import concept, concepts

__all__ = ["explain", "topics"]


def explain(word: str) -> list[str]:
    """Give lines that explain a word, one paragraph a meaning, the source in brackets; [] for an unknown one."""
    return [line for kind in _KINDS for line in kind(word)]


def topics(prefix: str) -> Iterator[tuple[str, str]]:
    """Give (word, what it is) for all that can be explained."""
    if prefix[:1].isdigit():
        yield from ((str(code), row.meaning) for code, row in REPLY_CODES.items())
        return
    yield "last", "the last reply"
    yield from ((name, row.purpose) for name, row in VERBS.items())
    yield from ((name, row.meaning) for name, row in EXTENSIONS.items() if name not in VERBS)
    yield from ((name, row.sentence) for name, row in RULES.items())
    yield from ((name, text.partition("\n")[0].removeprefix(f"{name}: ")) for name, text in concepts().items())


def _code(word: str) -> Iterator[str]:
    if not re.fullmatch(r"[1-9][0-9]{2}", word):
        return
    row = explain_code(int(word))
    yield f"{word}: {row.meaning} ({row.source})"
    if row.cause:
        yield f"  usual cause: {row.cause}"
    if row.remedy:
        yield f"  what to try: {row.remedy}"
    verbs = [verb for verb, sequence in SEQUENCES.items() if int(word) in sequence.codes]
    if verbs:
        yield f"  listed for: {', '.join(verbs)}"


def _enhanced(word: str) -> Iterator[str]:
    code = EnhancedStatusCode.parse(word)
    if code is not None and str(code) == word:
        yield f"{word}: {code.meaning} ({code.source})"
        yield f"  class {code.class_}: {CLASSES[code.class_]}"


def _verb(word: str) -> Iterator[str]:
    row = VERBS.get(word.upper())
    if row is None:
        return
    yield f"{row.syntax} ({row.source})"
    yield f"  {row.purpose}"
    yield from _order(row.name)
    yield from _replies(row.name, "replies")
    if row.name == "DATA":
        yield from _replies("CONTENT", "replies to the content")
    yield from _wrapped(
        "parameters",
        (
            rule.keyword + (f" (of {rule.extension})" if rule.extension and rule.extension != rule.keyword else "")
            for (verb, _), rule in PARAMETERS.items()
            if verb == row.name
        ),
    )
    yield f"  for example: {row.example}"


def _order(verb: str) -> Iterator[str]:
    """Say in which states a verb is in sequence, and where it leads to."""
    rows = {state: moves for state, moves in MOVES.items() if any(known == verb for known, _ in moves)}
    if not rows:
        yield "  sequence: no state of its own"
        return
    yield from _wrapped("in sequence when", (state.value for state in rows))
    leads = {
        f"{'' if class_ is ReplyClass.SUCCESS else f'{class_.value}yz '}to {target.value}"
        for state, moves in rows.items()
        for (known, class_), target in moves.items()
        if known == verb and target is not state
    }
    if leads:
        yield f"  leads {', '.join(sorted(leads, key=lambda lead: lead[0] != 't'))}"


def _replies(verb: str, what: str) -> Iterator[str]:
    sequence = SEQUENCES.get(verb)
    if sequence is None:
        return
    yield f"  {what}, besides 421 500 501 to anything ({sequence.source})"
    yield from (f"    {code} {explain_code(code).meaning}" for code in sorted(sequence.codes))


def _wrapped(what: str, words: Iterable[str]) -> Iterator[str]:
    if text := ", ".join(words):
        yield from wrap(
            f"{what}: {text}", 79, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False
        )


def _extension(word: str) -> Iterator[str]:
    row = EXTENSIONS.get(word.upper())
    if row is None:
        return
    yield f"EHLO keyword {row.keyword}: {row.meaning} ({row.source})"
    if row.parameters:
        yield f"  behind it: {row.parameters}"
    if row.verbs:
        yield f"  adds the verb {', '.join(row.verbs)}"
    added = [f"{rule.keyword} to {rule.verb}" for rule in PARAMETERS.values() if rule.extension == row.keyword]
    if added:
        yield f"  adds the parameter {', '.join(added)}"


def _parameter(word: str) -> Iterator[str]:
    for (verb, keyword), rule in PARAMETERS.items():
        if keyword == word.upper():
            shape = keyword if rule.value is None else f"{keyword}=..."
            yield f"parameter {shape} of {verb}: {rule.meaning} ({rule.source})"


def _finding(word: str) -> Iterator[str]:
    rule = RULES.get(word.lower())
    if rule is not None:
        yield f"finding {rule.rule_id}, a {rule.severity.name.lower()}: {rule.sentence} ({rule.source})"


_KINDS: Final[tuple[Callable[[str], Iterable[str]], ...]] = (
    _code,
    _enhanced,
    _verb,
    _extension,
    _parameter,
    _finding,
    concept,
)
