"""What can be explained: codes, verbs, keywords, findings and more from the tables, ideas from texts.

One word may be several things (AUTH is a verb, a keyword and a parameter): all of them are told.  What a thing is
stands in its own table, what usually causes it and what to try in protocol/advice/.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from smtpshell.protocol.advice import Advice
from smtpshell.protocol.advice.answers import ANSWERS
from smtpshell.protocol.advice.certificates import CERTIFICATE_PROBLEMS, certificate_problem
from smtpshell.protocol.advice.enhanced_codes import ENHANCED_CODES
from smtpshell.protocol.advice.extensions import EXTENSION_ADVICE
from smtpshell.protocol.advice.mechanisms import MECHANISM_ADVICE
from smtpshell.protocol.advice.parameters import PARAMETER_ADVICE
from smtpshell.protocol.advice.rules import RULE_ADVICE
from smtpshell.protocol.advice.states import STATES
from smtpshell.protocol.advice.texts import KnownText, known_texts
from smtpshell.protocol.advice.vendor_codes import vendor_codes
from smtpshell.protocol.enhanced_status_codes import CLASSES, DETAILS, EnhancedStatusCode
from smtpshell.protocol.extensions import EXTENSIONS
from smtpshell.protocol.findings import RULES
from smtpshell.protocol.parameters import PARAMETERS
from smtpshell.protocol.reply_codes import REPLY_CODES, explain_code
from smtpshell.protocol.sasl import MECHANISMS
from smtpshell.protocol.sequences import SEQUENCES
from smtpshell.protocol.states import State, verbs_in_sequence
from smtpshell.protocol.verbs import VERBS
from smtpshell.shell.help.concepts import concept, concepts
from smtpshell.shell.help.verb_topics import explain_verb

__all__ = ["explain", "explain_certificate", "explain_reply", "topics"]

_ANSWERING: Final = {
    "CONNECT": "as greeting",
    "CONTENT": "to the content",
    "AUTH-RESPONSE": "to an answer to AUTH",
}
_REPLY: Final = re.compile(
    r"(?P<code>[2-6][0-9]{2})?[- ]?(?P<enhanced>[245]\.[0-9]{1,3}\.[0-9]{1,3})?\s*(?P<text>.*)", re.DOTALL
)
_REFUSED: Final = 400
_UNREADABLE: Final = 600
_SUCCESS: Final = 2
"""Class of an enhanced status code that reports success."""


def explain(topic: str) -> list[str]:
    """Give lines that explain a word or a text, a paragraph for each meaning; [] where nothing is known.

    A text of several words is read as a reply, or as what is wrong with a certificate.
    """
    told = [line for kind in _KINDS for line in kind(topic)]
    found = _REPLY.fullmatch(topic.strip())
    if told or found is None or " " not in topic.strip():
        return told
    return explain_reply(int(found["code"] or 0), found["enhanced"] or "", found["text"]) or explain_certificate(
        topic
    )


def explain_reply(code: int, enhanced: str, text: str, verb: str = "") -> list[str]:
    """Explain a reply by all that is known of it: its text, its codes, and what it answers ("" where unknown).

    Advice is given once, the most particular there is: that about the text, else that about the codes.
    """
    refused = code == 0 or _REFUSED <= code < _UNREADABLE
    known = next(known_texts(f"{enhanced} {text}"), None) if refused else None
    told = _text(known) if known else []
    status = EnhancedStatusCode.parse(enhanced)
    if status is not None:
        # X.0.0 is said where there was nothing to say.
        vague = known is not None or (status.subject, status.detail) == (0, 0)
        told += [*_status(status), *(() if vague else _advised(_of_status(status)))]
    if code:
        row, answer = explain_code(code), ANSWERS.get((verb.removesuffix(" LAST"), code))
        told.append(f"{code}: {row.meaning} ({row.source})")
        if known is None and (answer or status is None):
            told += _advised(answer or Advice(row.cause, row.remedy), remedy=_remedy(code))
    return told


def explain_certificate(problem: str) -> list[str]:
    """Explain why a certificate proves nothing, by the words that say so."""
    found = certificate_problem(problem)
    if found is None:
        return []
    return [_with_source(f"{found.name} certificate: {found.meaning}", found.source), *_advised(found)]


def topics(prefix: str) -> Iterator[tuple[str, str]]:
    """Give (word, what it is) for all that can be explained."""
    if prefix[:1].isdigit():
        yield from ((str(code), row.meaning) for code, row in REPLY_CODES.items())
        if prefix[1:2] == ".":
            yield from ((f"{prefix[0]}.{subject}.{detail}", row[0]) for (subject, detail), row in DETAILS.items())
        return
    yield "last", "the last reply"
    yield from ((name, row.purpose) for name, row in VERBS.items())
    yield from ((name, row.meaning) for name, row in EXTENSIONS.items() if name not in VERBS)
    yield from ((keyword, row.meaning) for (_, keyword), row in PARAMETERS.items() if keyword not in EXTENSIONS)
    yield from ((name, row.meaning) for name, row in MECHANISM_ADVICE.items())
    # Those that are written as a verb is, or as an idea, are offered as such and told of all the same.
    taken = {*(name.lower() for name in VERBS), *concepts()}
    yield from ((state.value, row.meaning) for state, row in STATES.items() if state.value not in taken)
    yield from ((name, row.sentence) for name, row in RULES.items())
    yield from ((name, text.partition("\n")[0].removeprefix(f"{name}: ")) for name, text in concepts().items())


def _advised(advice: Advice | None, cause: str = "usual cause", remedy: str = "what to try") -> list[str]:
    told = [(cause, advice.cause), (remedy, advice.remedy)] if advice else []
    return [f"  {label}: {text}" for label, text in told if text]


def _remedy(code: int) -> str:
    return "what to try" if code >= _REFUSED else "what comes next"


def _with_source(text: str, source: str) -> str:
    return f"{text} ({source})" if source else text


def _code(word: str) -> Iterator[str]:
    if not re.fullmatch(r"[1-9][0-9]{2}", word):
        return
    code = int(word)
    row = explain_code(code)
    yield f"{word}: {row.meaning} ({row.source})"
    yield from _advised(Advice(row.cause, row.remedy), remedy=_remedy(code))
    for verb, answered in ANSWERS:
        if answered == code:
            advice = ANSWERS[verb, answered]
            yield f"  {_ANSWERING.get(verb, f'to {verb}')}: {advice.cause} -> {advice.remedy}"
    verbs = [verb for verb, sequence in SEQUENCES.items() if code in sequence.codes]
    if verbs:
        yield f"  listed for: {', '.join(verbs)}"


def _enhanced(word: str) -> Iterator[str]:
    code = EnhancedStatusCode.parse(word)
    if code is not None and str(code) == word:
        yield from _status(code)
        yield from _advised(_of_status(code))


def _status(code: EnhancedStatusCode) -> list[str]:
    told = [f"{code}: {code.meaning} ({code.source})", f"  class {code.class_}: {CLASSES[code.class_]}"]
    if code.class_ > _SUCCESS and (own := next(vendor_codes(code.subject, code.detail), None)):
        told.append(f"  at {own.vendor}: {own.meaning} ({own.source})")
    return told


def _of_status(code: EnhancedStatusCode) -> Advice | None:
    """Give the advice about a refusal; class 2 reports success."""
    if code.class_ == _SUCCESS:
        return None
    registered = ENHANCED_CODES.get((code.subject, code.detail))
    return registered or next(vendor_codes(code.subject, code.detail), None)


def _text(row: KnownText) -> list[str]:
    says = f", as said by {row.says}" if row.says else ""
    return [_with_source(f"{row.name}: {row.meaning}{says}", row.source), *_advised(row)]


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
    yield from _advised(EXTENSION_ADVICE.get(row.keyword), "usual trouble", "to try it")


def _parameter(word: str) -> Iterator[str]:
    name = word.partition("=")[0].upper()
    for (verb, keyword), rule in PARAMETERS.items():
        if keyword == name:
            shape = keyword if rule.value is None else f"{keyword}=..."
            yield f"parameter {shape} of {verb}: {rule.meaning} ({rule.source})"
            yield f"  offered by the EHLO keyword {rule.extension}"
            yield from _advised(PARAMETER_ADVICE.get((verb, keyword)), "usual trouble", "to try it")


def _mechanism(word: str) -> Iterator[str]:
    row = MECHANISM_ADVICE.get(word.upper())
    if row is not None:
        yield f"SASL mechanism {word.upper()}: {row.meaning} ({row.source})"
        known = MECHANISMS.get(word.upper())
        if known is not None and known.plaintext:
            yield "  shows the secret to whoever listens: use it inside TLS"
        yield from _advised(row, "usual trouble")


def _state(word: str) -> Iterator[str]:
    """Explain a state, which is written small: RCPT is the verb, rcpt is both."""
    for state in State:
        if state.value == word:
            row = STATES[state]
            yield f"state {word}: {row.meaning} ({row.source})"
            yield f"  may come: {', '.join(verbs_in_sequence(state)) or 'nothing'}"
            yield from _advised(row, "usual trouble", "to go on")


def _finding(word: str) -> Iterator[str]:
    rule = RULES.get(word.lower())
    if rule is not None:
        yield f"finding {rule.rule_id}, a {rule.severity.name.lower()}: {rule.sentence} ({rule.source})"
        yield from _advised(RULE_ADVICE.get(rule.rule_id))


def _tls(word: str) -> Iterator[str]:
    """Explain an alert of TLS or a reason of OpenSSL, by its name with blanks or underscores."""
    from smtpshell.session.tls_failures import ALERTS, REASONS

    name = word.upper().replace(" ", "_")
    if name in ALERTS:
        yield f"TLS alert {name.replace('_', ' ').lower()}, number {ALERTS[name].number} (RFC 8446 6)"
        yield f"  what to try: {ALERTS[name].hint}"
    elif name in REASONS:
        yield f"failure of TLS: {name.replace('_', ' ').lower()} (OpenSSL)"
        yield f"  what to try: {REASONS[name]}"


def _certificate(word: str) -> Iterator[str]:
    if any(word.lower() == problem.name for problem in CERTIFICATE_PROBLEMS):
        yield from explain_certificate(word)


_KINDS: Final[tuple[Callable[[str], Iterable[str]], ...]] = (
    _code,
    _enhanced,
    explain_verb,
    _extension,
    _parameter,
    _mechanism,
    _state,
    _finding,
    concept,
    _certificate,
    _tls,
)
