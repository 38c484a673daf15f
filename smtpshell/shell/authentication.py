"""AUTH typed by hand: what the user is asked at each challenge, and the answer made of what was said.

The mechanisms themselves are in protocol/sasl.py.  One that computes its answers asks for its credentials at the
first challenge and then answers by itself; LOGIN's two answers, and those to a mechanism that is not known
here or that began with an initial response, are typed whole.  All is encoded here: the user types plain text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpshell.errors import RemoteProtocolError

if TYPE_CHECKING:
    from smtpshell.protocol.sasl import Exchange, Mechanism

__all__ = ["USER", "Questions"]

USER: Final = "user"
"""The one question whose answer may be seen while it is typed."""

_TYPED: Final = {"LOGIN": (USER, "password")}
"""Mechanism -> what each of its challenges asks for, where the answer is just that."""

_WHOLE: Final = "answer"
_TYPEABLE: Final = frozenset({USER, "password", "token"})


class Questions:
    """The questions of one AUTH; ``question`` is the one asked now, "" where none is left and answer() is due."""

    def __init__(self, mechanism: str = "", *, initial: bool = False) -> None:
        self._mechanism: Mechanism | None = None
        name = mechanism.upper()
        self.question: str = ""
        self._typed = list(_TYPED.get(name, ()))[initial:]
        self._challenge = ""
        self._said: dict[str, str] = {}
        self._exchange: Exchange | None = None
        if name and not initial and name not in _TYPED:
            from smtpshell.protocol.sasl import MECHANISMS

            known = MECHANISMS.get(name)
            # What must come from elsewhere, like the binding to a TLS channel, nobody can type.
            self._mechanism = known if known and _TYPEABLE.issuperset(known.needs) else None

    def challenged(self, challenge: str) -> None:
        """Take a 334's text."""
        self._challenge = challenge
        self._said.pop(_WHOLE, None)
        if self._mechanism is None:
            self.question = self._typed.pop(0) if self._typed else _WHOLE
        else:
            self._ask()

    def take(self, text: str) -> None:
        """Take what was typed in answer to the question."""
        if self._mechanism is None:
            self._said[_WHOLE], self.question = text, ""
        else:
            self._said[self.question] = text
            self._ask()

    def answer(self) -> str:
        """Give the answer for the wire, "*" to give up where the mechanism has nothing to say.

        Raises RemoteProtocolError for a challenge the mechanism cannot read; the answer is then asked for whole.
        """
        from smtpshell.protocol.sasl import Credentials, decode, encode

        if self._mechanism is None:
            return encode(self._said[_WHOLE].encode("utf-8", "surrogateescape"))
        try:
            if self._exchange is None:
                self._exchange = self._mechanism.start(
                    Credentials(
                        user=self._said.get(USER, ""),
                        password=self._said.get("password", ""),
                        token=self._said.get("token", ""),
                    )
                )
                initial = next(self._exchange)
                if initial is not None:
                    return encode(initial)
            return encode(self._exchange.send(decode(self._challenge)))
        except StopIteration:
            return "*"
        except RemoteProtocolError:
            self._mechanism, self.question = None, _WHOLE
            raise

    def _ask(self) -> None:
        needs = self._mechanism.needs if self._mechanism else ()
        self.question = next((name for name in needs if name not in self._said), "")
