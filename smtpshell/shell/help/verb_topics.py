"""A verb explained: how it is written, where it is in sequence and leads to, its replies, its parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import wrap

from smtpshell.protocol.advice.answers import ANSWERS
from smtpshell.protocol.parameters import PARAMETERS
from smtpshell.protocol.replies import ReplyClass
from smtpshell.protocol.reply_codes import explain_code
from smtpshell.protocol.sequences import SEQUENCES
from smtpshell.protocol.states import MOVES
from smtpshell.protocol.verbs import VERBS

__all__ = ["explain_verb"]


def explain_verb(word: str) -> Iterator[str]:
    """Give the lines that explain a verb, in any case; none for what is no verb."""
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
    for code in sorted(sequence.codes):
        yield from _reply(verb, code)
    unlisted = sorted(code for answered, code in ANSWERS if answered == verb and code not in sequence.codes)
    if unlisted:
        yield "  also seen"
        for code in unlisted:
            yield from _reply(verb, code)


def _reply(verb: str, code: int) -> Iterator[str]:
    yield f"    {code} {explain_code(code).meaning}"
    if advice := ANSWERS.get((verb, code)):
        yield f"        {advice.cause} -> {advice.remedy}"


def _wrapped(what: str, words: Iterable[str]) -> Iterator[str]:
    if text := ", ".join(words):
        yield from wrap(
            f"{what}: {text}", 79, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False
        )
