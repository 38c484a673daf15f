"""Jakarta Mail (JavaMail) with mail.debug: bare traffic among DEBUG lines; stack traces repeat replies."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from smtpshell.transcript.importers.turns import VERB, Mark, Row, Turn, drop, event, note, unmarked

__all__ = ["LOOKS", "read"]

LOOKS = re.compile(r"^DEBUG SMTP: |^DEBUG: (?:JavaMail|Jakarta Mail) version", re.MULTILINE)

_ASIDES = (
    Mark.of(r'DEBUG SMTP: trying to connect to host "(.*)", port ([0-9]+), isSSL false', drop),
    Mark.of(r"DEBUG SMTPS?: (AUTH \S+ (?:command trace suppressed|succeeded|failed))", note),
    Mark.of(r"DEBUG SMTPS?: (got response code .*|could not connect .*|EOF.*)", note),
    Mark.of(r"DEBUG(?: [A-Z0-9]+)?:", drop),
)
_CONNECT = re.compile(r'DEBUG SMTPS?: trying to connect to host "(.*)", port ([0-9]+), isSSL (true|false)')
_TRACE = re.compile(
    r"(?:[a-z_]+\.)+\w*(?:Exception|Error)\b|Exception in thread|Caused by: |\s+at |\s*nested exception is:"
)


def read(rows: Sequence[Row]) -> Iterator[Turn]:
    """Read the output; nothing between an exception and the client's next command is traffic."""
    kept: list[Row] = []
    tracing = False
    for row in rows:
        if found := _CONNECT.match(row.text):
            yield from unmarked(kept, _ASIDES)
            kept, tracing = [], False
            yield event("connected to")(f"{found[1]}:{found[2]}", row)
            if found[3] == "true":
                yield event("tls")("", row)
            continue
        tracing = (tracing or _TRACE.match(row.text) is not None) and not VERB.match(row.text)
        if not tracing:
            kept.append(row)
    yield from unmarked(kept, _ASIDES)
