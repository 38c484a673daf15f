"""What /explain is asked about: words, the last reply, a finding by its number."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, NoReturn

from smtpshell.errors import UsageError
from smtpshell.protocol.commands import Greeting
from smtpshell.protocol.events import ReplyReceived
from smtpshell.shell.help.topics import explain, explain_certificate, explain_reply
from smtpshell.shell.help.topics import topics as topic_names
from smtpshell.shell.language.nearest import meant

if TYPE_CHECKING:
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["explanation", "unknown"]

_HEAD: Final = 300
"""Characters of a reply that are repeated above its explanation."""

# Three digits without a sharp sign are a reply code.
_NUMBER: Final = re.compile(r"#([0-9]{1,9})|([0-9]{1,2}|[0-9]{4,9})")


def explanation(interpreter: Interpreter, topics: tuple[str, ...]) -> list[str]:
    """Give the lines that explain some words, without any the last reply.  Raises UsageError.

    Words of which one is unknown are taken together, as the text of a reply.
    """
    topics = topics or ("last",)
    missing = [topic for topic in topics if not (_NUMBER.fullmatch(topic) or topic in _SPECIAL or explain(topic))]
    if missing:
        return explain(" ".join(topics)) or unknown(missing[0])
    return [line for topic in topics for line in _about(interpreter, topic)]


def _about(interpreter: Interpreter, topic: str) -> list[str]:
    if number := _NUMBER.fullmatch(topic):
        return _finding(interpreter, int(number[1] or number[2]))
    special = _SPECIAL.get(topic)
    return special(interpreter) if special else explain(topic)


def unknown(topic: str) -> NoReturn:
    """Raise UsageError for a word that nothing is known about, with one that it may have meant."""
    from smtpshell.shell.declaration.command import COMMANDS

    names = [*COMMANDS, *(name for name, _ in topic_names(""))]
    hint = meant(topic, names, "give a verb, a code such as 550 or 5.1.1, a keyword, a reply")
    raise UsageError(f"nothing is known here about {topic!r}", hint=hint)


def _last(interpreter: Interpreter) -> list[str]:
    last = interpreter.last_answer
    if last is None:
        raise UsageError("there is no reply yet", hint="give a code, such as /explain 550")
    reply, answered = last.reply, Greeting.verb
    if isinstance(last, ReplyReceived):
        answered = last.command.move if last.command else ""
    octets = interpreter.secrets.redact_octets(" ".join(reply.texts).encode("utf-8", "surrogateescape"))
    text = octets.decode("utf-8", "backslashreplace")
    enhanced = str(reply.enhanced_status_code or "")
    head = f"{reply.code} to {answered or 'nothing'}: {text}"
    return [head[:_HEAD], *explain_reply(reply.code, enhanced, text, answered)]


def _certificate(interpreter: Interpreter) -> list[str]:
    report = interpreter.live.tls_report
    if report is None:
        raise UsageError("there is no TLS", hint="/starttls begins it")
    return [report.verdict, *explain_certificate(report.problem)]


def _finding(interpreter: Interpreter, number: int) -> list[str]:
    one = interpreter.findings.get(number)
    if one is None:
        count = interpreter.findings.count
        raise UsageError(f"there is no finding {number}", hint=f"there are {count}, /findings lists them")
    seen = interpreter.secrets.redact_text(f"#{one.number}, about {one.about}: {one.finding}")
    return [seen, *explain(one.finding.rule.rule_id)]


_SPECIAL: Final[Mapping[str, Callable[[Interpreter], list[str]]]] = {"last": _last, "certificate": _certificate}
"""Words that stand for something of the session."""
