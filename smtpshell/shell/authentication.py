"""Logging in by hand: what the user is asked at each challenge, and the answer made of it.

A mechanism is a row: what to ask at each step and how to answer.  PLAIN is RFC 4616, CRAM-MD5 RFC 2195, LOGIN a
draft that everybody implements (draft-murchison-sasl-login).  Encoding in base64 is done here, for the user types
plain text; that an answer is secret, the protocol core says.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

__all__ = ["MECHANISMS", "PASSWORD", "USER", "Exchange", "Mechanism", "encode", "strongest"]

USER: Final = "user"
PASSWORD: Final = "password"
ANSWER: Final = "answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mechanism:
    """One mechanism: ``steps`` are the questions asked for each answer, ``answer`` makes it.

    ``answer`` gets the step, the decoded challenge and what the user said.  ``plaintext`` ones give the password
    away to whoever reads the wire; ``initial`` ones may answer before any challenge (RFC 4954 4).
    """

    name: str
    strength: int
    plaintext: bool
    initial: bool
    steps: tuple[tuple[str, ...], ...]
    answer: Callable[[int, bytes, Mapping[str, str]], bytes]


def _plain(step: int, challenge: bytes, said: Mapping[str, str]) -> bytes:
    return "\0".join(["", said[USER], said[PASSWORD]]).encode("utf-8", "surrogateescape")


def _login(step: int, challenge: bytes, said: Mapping[str, str]) -> bytes:
    return said[PASSWORD if step else USER].encode("utf-8", "surrogateescape")


def _cram_md5(step: int, challenge: bytes, said: Mapping[str, str]) -> bytes:
    import hmac

    key, user = (said[name].encode("utf-8", "surrogateescape") for name in (PASSWORD, USER))
    return user + b" " + hmac.new(key, challenge, "md5").hexdigest().encode()


def _free(step: int, challenge: bytes, said: Mapping[str, str]) -> bytes:
    return said[ANSWER].encode("utf-8", "surrogateescape")


_ROWS: Final = (
    Mechanism(
        name="CRAM-MD5",
        strength=2,
        plaintext=False,
        initial=False,
        steps=((USER, PASSWORD),),
        answer=_cram_md5,
    ),
    Mechanism(name="PLAIN", strength=1, plaintext=True, initial=True, steps=((USER, PASSWORD),), answer=_plain),
    Mechanism(
        name="LOGIN",
        strength=0,
        plaintext=True,
        initial=False,
        steps=((USER,), (PASSWORD,)),
        answer=_login,
    ),
)

MECHANISMS: Final[Mapping[str, Mechanism]] = {row.name: row for row in _ROWS}
"""Name -> mechanism, the strongest first."""

_BY_HAND: Final = Mechanism(name="", strength=0, plaintext=True, initial=False, steps=(), answer=_free)


def strongest(offered: Iterable[str]) -> Mechanism | None:
    """Give the strongest known mechanism that was offered, or None."""
    known = [MECHANISMS[name] for name in offered if name in MECHANISMS]
    return max(known, key=lambda mechanism: mechanism.strength, default=None)


def encode(answer: bytes) -> str:
    """Write an answer in base64; an empty one is an empty line (RFC 4954 4)."""
    return b64encode(answer).decode()


@dataclass(slots=True)
class Exchange:
    """The answers of one AUTH typed one question at a time; ``question`` is what is asked now."""

    mechanism: Mechanism = _BY_HAND
    step: int = -1
    challenge: bytes = b""
    said: dict[str, str] = field(default_factory=dict)

    @classmethod
    def begin(cls, name: str) -> Exchange:
        """Begin one with a mechanism; where it is not known each answer is typed whole."""
        return cls(MECHANISMS.get(name.upper(), _BY_HAND))

    def challenged(self, challenge: str) -> None:
        """Take the text of a 334; one that is not base64 counts as empty (the core reports it)."""
        self.step += 1
        try:
            self.challenge = b64decode(challenge.encode("utf-8", "surrogateescape"), validate=True)
        except binascii.Error:
            self.challenge = b""
        # What was said at an earlier step, like LOGIN's user, is kept; a whole answer is asked for each time.
        self.said.pop(ANSWER, None)

    @property
    def question(self) -> str:
        """What is asked now: "user", "password", or "answer"; "" where everything was said."""
        steps = self.mechanism.steps
        asked = steps[self.step] if 0 <= self.step < len(steps) else (ANSWER,)
        return next((name for name in asked if name not in self.said), "")

    def take(self, text: str) -> str | None:
        """Take what was typed; give the answer for the wire once it is whole."""
        self.said[self.question] = text
        if self.question:
            return None
        answer = self.mechanism.answer if ANSWER not in self.said else _free
        return encode(answer(self.step, self.challenge, self.said))
