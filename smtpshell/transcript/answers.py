"""What goes to the wire where a transcript says ``${name}``: values given, and SASL answers computed.

``${auth}`` is whatever the mechanism answers at this place (protocol/sasl.py), from the challenge that really
came.  Outside AUTH, where a recorder found the password in some other line, it is the password.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from smtpshell.errors import UsageError
from smtpshell.protocol.sasl import MECHANISMS, Credentials, Exchange, decode, encode
from smtpshell.transcript.model import Line, Transcript

__all__ = ["Answers", "check_values"]

_AUTH_COMMAND: Final = re.compile(r"[ \t]*AUTH[ \t]+([^ \t\\]+)", re.IGNORECASE)


def check_values(transcript: Transcript, values: Mapping[str, str], credentials: Credentials | None) -> None:
    """Raise UsageError for the first line whose values are not given, or that cannot be sent at all."""
    for index, entry in enumerate(transcript.entries):
        if not isinstance(entry, Line) or entry.side != "C":
            continue
        where = f"{transcript.path}:{transcript.line_number(index)}"
        if not entry.is_exact:
            raise UsageError(
                f"{where}: C{entry.mark} is an expectation, it cannot be sent", hint="write a C: line"
            )
        for name in entry.value_names:
            if name == "auth" and "auth" not in values and credentials is None:
                raise UsageError(f"{where}: ${{auth}} is computed from credentials", hint="give user and password")
            if name != "auth" and name not in values:
                raise UsageError(f"{where}: no value for ${{{name}}}", hint=f"give it with --set {name}=VALUE")


class Answers:
    """Fills in the lines of one replay.  ``challenge`` is the last 334's text, as it came."""

    def __init__(self, values: Mapping[str, str], credentials: Credentials | None) -> None:
        self.challenge = ""
        self._values = {name: value.encode("utf-8", "surrogateescape") for name, value in values.items()}
        self._credentials = credentials or Credentials()
        self._mechanism = ""
        self._missing: list[str] = []
        self._exchange: Exchange | None = None
        self._initial: bytes | None = None

    def octets(self, line: Line, where: str, *, answering: bool) -> bytes:
        """Give a line's octets; ``answering`` tells that it answers a challenge.

        Raises UsageError, with ``where`` in front, for an answer that cannot be computed.
        """
        begun = None if answering else _AUTH_COMMAND.match(line.text)
        if begun:
            self._start(begun[1].upper())
        if "auth" not in line.value_names or "auth" in self._values:
            return line.octets(self._values)
        if begun:
            initial, self._initial = self._initial, None
            answer = (encode(initial) or "=") if initial is not None else self._respond(b"", where)
        elif answering:
            answer = self._answer(where)
        else:
            answer = self._credentials.password
        return line.octets({**self._values, "auth": answer.encode("utf-8", "surrogateescape")})

    def _start(self, mechanism: str) -> None:
        known = MECHANISMS.get(mechanism)
        self._mechanism = mechanism
        self._missing = [name for name in known.needs if not getattr(self._credentials, name)] if known else []
        self._exchange = known.start(self._credentials) if known and not self._missing else None
        self._initial = next(self._exchange) if self._exchange else None

    def _answer(self, where: str) -> str:
        """Answer the challenge that came; the first one, where nothing was sent ahead, asks for the initial."""
        if self._initial is not None:
            initial, self._initial = self._initial, None
            return encode(initial)
        return self._respond(decode(self.challenge), where)

    def _respond(self, challenge: bytes, where: str) -> str:
        if self._exchange is None:
            reason = (
                f"needs {' and '.join(self._missing)}" if self._missing else "is no mechanism that is known here"
            )
            raise UsageError(
                f"{where}: AUTH {self._mechanism} {reason}", hint="give the answer with --set auth=VALUE"
            )
        try:
            return encode(self._exchange.send(challenge))
        except StopIteration:
            raise UsageError(f"{where}: {self._mechanism} has nothing more to answer here") from None
