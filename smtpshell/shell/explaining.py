"""What /explain is asked about: words, the last reply, a finding by its number."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NoReturn

from smtpshell.errors import UsageError
from smtpshell.shell.topics import explain

if TYPE_CHECKING:
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["explanation", "unknown"]

# Three digits without a sharp sign are a reply code.
_NUMBER: Final = re.compile(r"#([0-9]{1,9})|([0-9]{1,2}|[0-9]{4,9})")


def explanation(interpreter: Interpreter, topics: tuple[str, ...]) -> list[str]:
    """Give the lines that explain some words, without any the last reply.  Raises UsageError."""
    told: list[str] = []
    for topic in topics or ("last",):
        if number := _NUMBER.fullmatch(topic):
            told += _finding(interpreter, int(number[1] or number[2]))
        else:
            told += _last(interpreter) if topic == "last" else explain(topic) or unknown(topic)
    return told


def unknown(topic: str) -> NoReturn:
    """Raise UsageError for a word that nothing is known about, with one that it may have meant."""
    from difflib import get_close_matches

    from smtpshell.protocol.extensions import EXTENSIONS
    from smtpshell.protocol.findings import RULES
    from smtpshell.protocol.verbs import VERBS
    from smtpshell.shell.command import COMMANDS
    from smtpshell.shell.concepts import concepts

    names = [*COMMANDS, *concepts(), *RULES, *VERBS, *EXTENSIONS]
    close = get_close_matches(topic, names, n=1) or get_close_matches(topic.upper(), names, n=1)
    hint = f"did you mean {close[0]}?" if close else "give a verb, a code such as 550 or 5.1.1, a keyword"
    raise UsageError(f"nothing is known here about {topic!r}", hint=hint)


def _last(interpreter: Interpreter) -> list[str]:
    reply = interpreter.last_reply
    if reply is None:
        raise UsageError("there is no reply yet", hint="give a code, such as /explain 550")
    enhanced = reply.enhanced_status_code
    return [*explain(str(reply.code)), *(explain(str(enhanced)) if enhanced else ())]


def _finding(interpreter: Interpreter, number: int) -> list[str]:
    one = interpreter.findings.get(number)
    if one is None:
        count = interpreter.findings.count
        raise UsageError(f"there is no finding {number}", hint=f"there are {count}, /findings lists them")
    seen = interpreter.secrets.redact_text(f"#{one.number}, about {one.about}: {one.finding}")
    return [seen, *explain(one.finding.rule.rule_id)]
