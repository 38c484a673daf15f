"""swaks: four characters in front of each line say whose it is, and whether inside TLS."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from smtpshell.transcript.importers.turns import Mark, Row, Turn, client, drop, event, marked, note, server

__all__ = ["LOOKS", "read"]

LOOKS = re.compile(r"^\s?=== Trying .*\.\.\.|^<[-~][ ]{2}220[ -]", re.MULTILINE)

_MARKS = (
    Mark.of(r"\s?=== Trying (.+:[0-9]+)\.\.\.", event("connected to")),
    Mark.of(r"\s?=== TLS started with cipher (.*)", event("tls")),
    Mark.of(r"\s?=== Connection closed with remote host", event("closed by", "client")),
    Mark.of(r"\s?=== (TLS peer.*)", note),
    Mark.of(r"\s?=== ", drop),
    Mark.of(r"\*\*\* Remote host closed connection", event("closed by", "server")),
    Mark.of(r"\s?\*\*\* (.*)", note),
    Mark.of(r"\s?<(?:\*\*|~\*) Timeout \(([0-9]+) secs?\)", event("timed out after", "{} s")),
    Mark.of(r"\s?<(?:-|~|\*\*|~\*) {1,2}(.*)", server),
    Mark.of(r"\s{0,2}[-~]>(?: (.*))?$", client),
)


def read(rows: Sequence[Row]) -> Iterator[Turn]:
    """Read the output of swaks."""
    return marked(rows, _MARKS)
