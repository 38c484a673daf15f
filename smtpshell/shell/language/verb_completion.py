"""What may stand at the cursor of a line for the server: verbs, paths, parameters and their values, other words.

What fits now comes first.  What does not comes behind it, its reason in brackets: out of sequence (and what has to
come before), not offered, done already.  Nothing is asked of the server, and nothing is forbidden.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Final

from smtpshell.protocol.parameters import PARAMETERS, ParameterRule
from smtpshell.protocol.replies import ReplyClass
from smtpshell.protocol.states import MOVES, State, is_in_sequence
from smtpshell.protocol.verbs import VERBS

if TYPE_CHECKING:
    from smtpshell.practice.mailboxes import Mailbox
    from smtpshell.protocol.extensions import Capabilities
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["VALUES", "addresses", "parameters", "smtp_candidates", "steps_before"]

Pairs = Iterator[tuple[str, str]]

VALUES: Final[Mapping[tuple[str, str], Mapping[str, str]]] = {
    ("MAIL", "BODY"): {
        "7BIT": "lines of ASCII",
        "8BITMIME": "lines, octets above 127 among them",
        "BINARYMIME": "any octets, sent by BDAT",
    },
    ("MAIL", "RET"): {"FULL": "the whole message", "HDRS": "its header only"},
    ("MAIL", "AUTH"): {"<>": "nobody, or not to be told"},
    ("MAIL", "MT-PRIORITY"): {"0": "as usual", "4": "urgent", "-4": "may wait"},
    ("RCPT", "NOTIFY"): {
        "NEVER": "no notice at all",
        "FAILURE": "when it cannot be delivered",
        "FAILURE,DELAY": "that, and when it takes long",
        "SUCCESS": "when it is delivered",
        "SUCCESS,FAILURE,DELAY": "whatever becomes of it",
    },
}
"""(verb, parameter) -> values worth proposing, and what they mean."""

_NOT_OFFERED: Final = "not offered"
_HELLO: Final = {"EHLO", "HELO", "LHLO"}
_WITH_PATH: Final = {"MAIL": "FROM:<", "SEND": "FROM:<", "SOML": "FROM:<", "SAML": "FROM:<", "RCPT": "TO:<"}
_STEPS: Final = ("RSET", "EHLO", "MAIL", "RCPT")
"""The verbs that are told as steps to where another one is in sequence, those first that lead there best."""


def smtp_candidates(interpreter: Interpreter, before: str) -> Iterator[tuple[int, str, str]]:
    """Give (where it begins, text, what it is) for a line up to the cursor, however that text begins."""
    verb, blank, rest = before.partition(" ")
    if not blank:
        yield from ((0, *pair) for pair in _verbs(interpreter))
        return
    name = verb.upper()
    start = len(before) - len(rest.rpartition(" ")[2])
    if opening := _WITH_PATH.get(name):
        if ">" in rest:
            yield from ((start, *pair) for pair in parameters(interpreter, name, rest))
        else:
            paths = dict(_paths(interpreter, name))
            yield from ((len(verb) + 1, f"{opening}{path}>", meta) for path, meta in paths.items())
    elif name == "BDAT" and rest.count(" ") == 1:
        yield start, "LAST", "the last chunk of the content"
    elif " " not in rest:
        yield from ((start, *pair) for pair in _words(interpreter, name))


# ---------------------------------------------------------------- verbs


def _verbs(interpreter: Interpreter) -> Pairs:
    hello = _hello(interpreter)
    verbs = [verb for verb in VERBS if verb not in _HELLO or verb == hello or (verb == "HELO" and hello == "EHLO")]
    reasons = {verb: _why_not(interpreter, verb, hello) for verb in verbs}
    # The hello where it is due; then what is in sequence in few states, since that is what comes next.
    due = hello if _state(interpreter) is State.GREETED else ""
    for verb in sorted(verbs, key=lambda verb: (verb != due, sum(is_in_sequence(state, verb) for state in State))):
        if not reasons[verb]:
            yield verb, VERBS[verb].purpose
    # Then what is fewest steps away, last what the server does not know.
    for verb in sorted(verbs, key=lambda verb: (reasons[verb] == _NOT_OFFERED, reasons[verb].count(","))):
        if reasons[verb]:
            yield verb, f"({reasons[verb]}) {VERBS[verb].purpose}"


def _why_not(interpreter: Interpreter, verb: str, hello: str) -> str:
    """Say why a verb does not fit now, or give ""."""
    session = interpreter.session
    if session is None:
        return "not connected"
    connection, state = session.connection, _state(interpreter)
    facts = connection.facts
    if state is State.CLOSED:
        return "not connected"
    if facts.tls and verb == "STARTTLS":
        return "TLS is on already"
    if facts.authenticated and verb == "AUTH":
        return "logged in already"
    if facts.capabilities is not None and not facts.capabilities.offers_verb(verb):
        return _NOT_OFFERED
    if is_in_sequence(state, verb):
        return ""
    steps = [hello if step == "EHLO" else step for step in steps_before(state, verb)]
    return f"after {', '.join(steps)}" if steps else "out of sequence"


@cache
def steps_before(state: State, verb: str) -> tuple[str, ...]:
    """Give the fewest commands that lead from a state to one where a verb is in sequence; () where none do."""
    ways: deque[tuple[State, tuple[str, ...]]] = deque([(state, ())])
    known = {state}
    while ways:
        here, steps = ways.popleft()
        if steps and is_in_sequence(here, verb):
            return steps
        for step in _STEPS:
            there = MOVES[here].get((step, ReplyClass.SUCCESS))
            if there is not None and there not in known:
                known.add(there)
                ways.append((there, (*steps, step)))
    return ()


def _state(interpreter: Interpreter) -> State:
    return interpreter.session.connection.assumed_state if interpreter.session else State.GREETED


def _hello(interpreter: Interpreter) -> str:
    session = interpreter.session
    return "LHLO" if session and session.endpoint and session.endpoint.lmtp else "EHLO"


# ---------------------------------------------------------------- what stands behind them


def addresses(interpreter: Interpreter, verb: str) -> Pairs:
    """Give the addresses that were named before, and those of the practice server."""
    boxes = {box.row.mailbox: box.row.sentence for box in _mailboxes(interpreter)}
    for path, meta in interpreter.addresses.named(verb):
        yield path, f"{meta}; {boxes[path]}" if path in boxes else meta
    yield from boxes.items()


def _paths(interpreter: Interpreter, verb: str) -> Pairs:
    """Give what may be a path; the first of two that are the same counts."""
    found: dict[str, str] = {}
    if verb != "RCPT":
        found[""] = "the null reverse-path: no bounces"
    for path, meta in addresses(interpreter, verb):
        found.setdefault(path, meta)
    yield from found.items()


def parameters(interpreter: Interpreter, verb: str, rest: str) -> Pairs:
    """Give the parameters that fit behind some of a verb, or the values of the one that ``rest`` ends with."""
    *given, current = rest.split(" ")
    keyword, equals, _ = current.partition("=")
    capabilities = _capabilities(interpreter)
    if equals:
        yield from _values(interpreter, verb, keyword)
        return
    taken = {word.partition("=")[0].upper() for word in given}
    missing: list[tuple[str, str]] = []
    for (owner, name), rule in PARAMETERS.items():
        if owner == verb and name not in taken:
            text = _written(rule)
            if capabilities is None or capabilities.offers_parameter(verb, name):
                yield text, rule.meaning
            else:
                missing.append((text, f"(not offered) {rule.meaning}"))
    yield from missing


def _values(interpreter: Interpreter, verb: str, keyword: str) -> Pairs:
    capabilities = _capabilities(interpreter)
    values = dict(VALUES.get((verb, keyword.upper()), {}))
    if keyword.upper() == "ORCPT":
        values = {f"rfc822;{path}": meta for path, meta in addresses(interpreter, verb)}
    for value, meaning in values.items():
        offered = capabilities is None or capabilities.offers_parameter(verb, keyword, value)
        yield f"{keyword}={value}", meaning if offered else f"(not offered) {meaning}"


def _written(rule: ParameterRule) -> str:
    return rule.keyword if rule.value is None else f"{rule.keyword}="


def _words(interpreter: Interpreter, verb: str) -> Iterable[tuple[str, str]]:
    """Give what commonly stands behind a verb that takes a word."""
    if verb in _HELLO:
        return [(interpreter.settings.hello, "our name (/set hello)")]
    if verb == "AUTH":
        return _mechanisms(interpreter)
    if verb in ("VRFY", "EXPN"):
        boxes = {box.row.name: box.row.sentence for box in _mailboxes(interpreter)}
        return [*boxes.items(), *interpreter.addresses.named("RCPT")]
    if verb == "HELP":
        return [(row.name, row.purpose) for row in VERBS.values()]
    return ()


def _mechanisms(interpreter: Interpreter) -> Pairs:
    from smtpshell.protocol.sasl import MECHANISMS

    offered = interpreter.offered_mechanisms
    yield from ((name, "offered") for name in offered)
    yield from ((name, "(not offered)") for name in MECHANISMS if name not in offered)


def _mailboxes(interpreter: Interpreter) -> Iterable[Mailbox]:
    return interpreter.practice.mailboxes if interpreter.practice else ()


def _capabilities(interpreter: Interpreter) -> Capabilities | None:
    return interpreter.session.connection.facts.capabilities if interpreter.session else None
