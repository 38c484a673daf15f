"""msmtp --debug: arrows, below the settings of the account, which may hold a command that prints the password."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from smtpshell.transcript.importers.turns import Mark, Row, Turn, client, drop, event, marked, note, server

__all__ = ["LOOKS", "read"]

LOOKS = re.compile(r"^<-- (?:220|421|554)[ -]", re.MULTILINE)

_MARKS = (
    Mark.of(r"[a-z_]+(?: [a-z]+)? = |using account|reading recipients|loaded ", drop),
    Mark.of(r"(?:TLS session parameters|TLS certificate information):", drop),
    Mark.of(r"\s+\((TLS[0-9.]+\).*)", event("tls", "({}")),
    Mark.of(r"\s{2,}", drop),
    Mark.of(r"msmtp: (.*)", note),
    Mark.of(r"<--(?: (.*))?$", server),
    Mark.of(r"-->(?: (.*))?$", client),
)


def read(rows: Sequence[Row]) -> Iterator[Turn]:
    """Read what msmtp prints about a conversation."""
    settings = dict(setting for row in rows if len(setting := row.text.split(" = ", 1)) == 2)
    if "host" in settings and "port" in settings:
        yield event("connected to")(f"{settings['host']}:{settings['port']}", rows[0])
    yield from marked(rows, _MARKS)
