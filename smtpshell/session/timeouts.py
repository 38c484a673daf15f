"""How long a client waits in each phase, in seconds (RFC 5321 4.5.3.2, minimum values)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

__all__ = ["PHASES", "Phase", "Timeouts"]


@dataclass(frozen=True, slots=True)
class Phase:
    """How long one thing may take: ``seconds``, and who says so."""

    seconds: float
    source: str


CONNECT: Final = "TCP"
TLS: Final = "TLS"
SENDING: Final = "BLOCK"

PHASES: Final[Mapping[str, Phase]] = MappingProxyType(
    {
        CONNECT: Phase(
            30.0, "ours; RFC 5321 sets none for opening the connection, an operating system takes about 130 s"
        ),
        TLS: Phase(30.0, "ours; RFC 3207 sets none for the handshake"),
        "CONNECT": Phase(300.0, "RFC 5321 4.5.3.2.1"),
        "MAIL": Phase(300.0, "RFC 5321 4.5.3.2.2"),
        "RCPT": Phase(300.0, "RFC 5321 4.5.3.2.3"),
        "DATA": Phase(120.0, "RFC 5321 4.5.3.2.4"),
        SENDING: Phase(180.0, "RFC 5321 4.5.3.2.5"),
        "CONTENT": Phase(600.0, "RFC 5321 4.5.3.2.6"),
        "BDAT LAST": Phase(600.0, "RFC 5321 4.5.3.2.6, taken over for the last chunk"),
    }
)
"""Verb or phase -> how long it may take."""

_OTHER: Final = Phase(300.0, "RFC 5321 4.5.3.2.2, taken over for all other commands")


@dataclass(frozen=True, slots=True)
class Timeouts:
    """The limits of one session.  ``overall`` seconds replace every one of the table where given."""

    overall: float | None = None

    def seconds(self, phase: str) -> float:
        """Give the limit of a phase or verb in seconds."""
        return self.overall if self.overall is not None else PHASES.get(phase, _OTHER).seconds
