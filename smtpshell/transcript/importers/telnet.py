"""telnet and nc: what a terminal shows, without marks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from smtpshell.transcript.importers.turns import Mark, Row, Turn, drop, event, unmarked

__all__ = ["LOOKS", "read"]

LOOKS = re.compile(
    r"^Escape character is|\A\s*220[ -]|^(?:Ncat: )?Connect(?:ed|ion) to \S+ .*succeeded!", re.MULTILINE
)

_ASIDES = (
    Mark.of(r"Trying |Escape character is |telnet> |telnet: |\$ ", drop),
    Mark.of(r"Connected to (.*?)\.$", event("connected to")),
    Mark.of(r"Connection to (\S+) .*succeeded!$", event("connected to")),
    Mark.of(r"(?:Ncat: )?Connected to (\S+:[0-9]+)\.", event("connected to")),
    Mark.of(r"Connection closed by foreign host\.", event("closed by", "server")),
    Mark.of(r"Connection closed\.", event("closed by", "client")),
)


def read(rows: Sequence[Row]) -> Iterator[Turn]:
    """Read what telnet or nc shows."""
    return unmarked(rows, _ASIDES)
