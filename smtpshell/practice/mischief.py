"""Mischief: how the practice server misbehaves on request.  A table of kinds, and the rules that are on.

A rule is a kind and what its words say ("fail RCPT 452 mailbox full"); "once" before it makes it end with its
first use.  The rules change while conversations run: receiver.py asks for those about a step (fail, drop, close),
server.py for those about how a reply goes out (delay, cut, garbage).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from smtpshell.errors import UsageError
from smtpshell.protocol.verbs import VERBS

__all__ = ["GARBAGE", "KINDS", "STEPS", "Garbage", "Kind", "Mischief", "Rule", "read_rule"]

STEPS: Final[Mapping[str, str]] = {
    "CONNECT": "the greeting",
    **{name: f"the reply to {name}" for name in VERBS},
    "AUTH-RESPONSE": "the reply to the answer to a challenge",
    "CONTENT": "the reply behind the content",
}
"""Step of a conversation that a rule may be about -> its reply."""

_LONGEST: Final = 3600.0
"""Seconds of the longest delay; nobody waits for more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing to do wrong: ``kind`` is a key of KINDS, ``step`` of STEPS or "" for all of them.

    ``seconds`` is a delay; ``code``, ``status`` and ``text`` are a refusal; ``how`` is on or after, or a key of
    GARBAGE.  ``words`` made the rule; ``once`` ends it with its first use.
    """

    kind: str
    step: str = ""
    seconds: float = 0.0
    code: int = 0
    status: str = ""
    text: str = ""
    how: str = ""
    words: str = ""
    once: bool = False

    def __str__(self) -> str:
        return f"{'once ' if self.once else ''}{self.words}"

    @property
    def sentence(self) -> str:
        """What it does, in one clause."""
        kind = KINDS[self.kind]
        named = {
            "reply": STEPS.get(self.step, ""),
            "seconds": f"{self.seconds:g}",
            "refusal": f"{self.code} {self.status} {self.text}".replace("  ", " "),
            "where": "instead of" if self.how == "on" else "behind",
            "garbage": GARBAGE[self.how].meaning if self.how in GARBAGE else "",
        }
        return kind.does.format(**named)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of mischief: how it is written, what it does (with braces for what its words say), who reads those.

    ``read`` raises ValueError with one clause.
    """

    usage: str
    does: str
    read: Callable[[list[str]], Rule]


@dataclass(frozen=True, slots=True)
class Garbage:
    """What may be wrong with the octets of a reply, and what makes it so."""

    meaning: str
    change: Callable[[bytes], bytes]


def _other_code(octets: bytes) -> bytes:
    return (b"250" if octets[:3] != b"250" else b"299") + b"-another code in the same reply\r\n" + octets


GARBAGE: Final[Mapping[str, Garbage]] = {
    "line": Garbage("a line that is no reply before it", lambda octets: b"this is no reply\r\n" + octets),
    "binary": Garbage("octets that are no text instead of it", lambda octets: b"\x00\xff\xfe\x80\x1b\x9b\r\n"),
    "controls": Garbage(
        "orders to the terminal in its text", lambda octets: octets[:4] + b"\x1b[2J\x07\xc2\x9b31m" + octets[4:]
    ),
    "bare-lf": Garbage("lines that end with LF alone", lambda octets: octets.replace(b"\r\n", b"\n")),
    "codes": Garbage("a code that changes inside it", _other_code),
}
"""Kind of garbage -> what it does to a reply; the first is taken where none is named."""

_DURATION: Final = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)(ms|s)?")
# RFC 2034 4: an enhanced status code opens the text.
_STATUS: Final = re.compile(r"([45]\.[0-9]{1,3}\.[0-9]{1,3})(?: +|\Z)")
# These two have no enhanced status code (RFC 2034 4), whatever they are answered.
_WITHOUT_STATUS: Final = ("CONNECT", "EHLO", "HELO", "LHLO")


def _step(words: list[str]) -> str:
    step = words.pop(0).upper() if words else ""
    if step not in STEPS:
        said = f"{step!r} is no step" if step else "no step is named"
        raise ValueError(f"{said}; steps are {', '.join(STEPS)}")
    return step


def _delay(words: list[str]) -> Rule:
    found = _DURATION.fullmatch(words.pop(0)) if words else None
    seconds = float(found[1]) / (1000 if found[2] == "ms" else 1) if found else -1.0
    if not 0 <= seconds <= _LONGEST:
        raise ValueError(f"a delay is a number of seconds up to {_LONGEST:g}, such as 2s, 0.5 or 300ms")
    return Rule(kind="delay", seconds=seconds)


def _fail(words: list[str]) -> Rule:
    step = _step(words)
    code = words.pop(0) if words and words[0][:1].isdigit() else "451"
    if not re.fullmatch("[45][0-9]{2}", code):
        raise ValueError(f"{code!r} is no refusal: a code from 400 to 599")
    text = " ".join(words)
    words.clear()
    if not text.isprintable():
        raise ValueError("the text of a reply has no control characters")
    status = _STATUS.match(text)
    text = text[status.end() :] if status else text
    given = "" if step in _WITHOUT_STATUS else status[1] if status else f"{code[0]}.0.0"
    return Rule(kind="fail", step=step, code=int(code), status=given, text=text or "Refused, as you asked")


def _drop(words: list[str]) -> Rule:
    how = words.pop(0).lower() if words else ""
    if how not in ("on", "after"):
        raise ValueError("write drop on STEP (no reply comes) or drop after STEP (behind the reply)")
    return Rule(kind="drop", how=how, step=_step(words))


def _cut(words: list[str]) -> Rule:
    if words[:1] == ["replies"]:
        words.pop(0)
    return Rule(kind="cut")


def _garbage(words: list[str]) -> Rule:
    how = words.pop(0).lower() if words else next(iter(GARBAGE))
    if how not in GARBAGE:
        raise ValueError(f"{how!r} is no garbage; there is {', '.join(GARBAGE)}")
    return Rule(kind="garbage", how=how)


def _close(words: list[str]) -> Rule:
    return Rule(kind="close")


KINDS: Final[Mapping[str, Kind]] = {
    "delay": Kind("delay SECONDS", "waits {seconds} s before each reply", _delay),
    "fail": Kind("fail STEP [CODE] [TEXT]", "makes {reply}: {refusal}", _fail),
    "drop": Kind("drop on|after STEP", "hangs up {where} {reply}", _drop),
    "cut": Kind("cut replies", "sends replies octet by octet", _cut),
    "garbage": Kind("garbage [KIND]", "sends with each reply {garbage}", _garbage),
    "close": Kind("close", "says 421 and closes, to who is connected and to who comes", _close),
}
"""Kind -> how it is written, what it does."""


def read_rule(words: Sequence[str]) -> Rule:
    """Read the words of a rule, such as ("once", "fail", "RCPT", "452").  Raises UsageError."""
    left = [word for word in words if word]
    once = left[:1] == ["once"]
    left = left[once:]
    written = " ".join(left)
    kind = KINDS.get(left.pop(0).lower()) if left else None
    usage = ", ".join(kind.usage for kind in KINDS.values())
    if kind is None:
        raise UsageError(f"{written!r} is no mischief", hint=f"there is {usage}; once before it; off ends all")
    try:
        rule = kind.read(left)
    except ValueError as error:
        raise UsageError(f"{written}: {error}", hint=f"it is written: {kind.usage}") from None
    if left:
        raise UsageError(f"{written}: {' '.join(left)!r} is too much", hint=f"it is written: {kind.usage}")
    return replace(rule, words=written, once=once)


class Mischief:
    """The rules that are on, for every conversation of a server; any thread may ask and change."""

    def __init__(self, rules: Sequence[Rule] = ()) -> None:
        self.rules: tuple[Rule, ...] = tuple(rules)
        self._lock = threading.Lock()
        self._changed = threading.Event()

    def add(self, rule: Rule) -> None:
        """Switch a rule on, in the place of one of the same kind about the same step."""
        with self._lock:
            kept = [one for one in self.rules if (one.kind, one.step) != (rule.kind, rule.step)]
            self._change((*kept, rule))

    def off(self) -> None:
        """Switch all rules off."""
        with self._lock:
            self._change(())

    def take(self, kind: str, step: str = "") -> Rule | None:
        """Give the rule of a kind about a step, to be applied now; None where there is none."""
        if not self.rules:
            return None
        with self._lock:
            return self._taken(kind, step)

    def delay(self) -> None:
        """Wait as a rule wants, in the thread of one conversation; a change of the rules ends that."""
        with self._lock:
            # Both at once, so that no change comes between them unseen.
            rule, changed = self._taken("delay", ""), self._changed
        if rule is not None:
            changed.wait(rule.seconds)

    def _taken(self, kind: str, step: str) -> Rule | None:
        found = next((rule for rule in self.rules if (rule.kind, rule.step) == (kind, step)), None)
        if found is not None and found.once:
            self.rules = tuple(rule for rule in self.rules if rule is not found)
        return found

    def _change(self, rules: tuple[Rule, ...]) -> None:
        self.rules = rules
        self._changed.set()
        self._changed = threading.Event()
