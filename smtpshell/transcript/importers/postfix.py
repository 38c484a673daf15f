"""Postfix with -v in master.cf: syslog lines of smtpd(8), who is the server, and of smtp(8), who is the client."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from smtpshell.transcript.importers.turns import Kind, Row, Turn, client, server

__all__ = ["LOOKS", "read"]

LOOKS = re.compile(r"postfix\S*/\S+\[[0-9]+\]: [<>] \S+\[\S+\](?::[0-9]+)?: ")

_LINE = re.compile(r"postfix\S*/(\w+)\[([0-9]+)\]: (.*)")
_TRAFFIC = re.compile(r"([<>]) (\S+\[\S+?\](?::[0-9]+)?): ?(.*)")
_TLS = re.compile(r".*TLS connection established (?:from|to) .*?: (TLS\S+) with cipher (\S+)")
_SERVERS = ("smtpd", "postscreen")
"""Daemons that are the server; the others are clients."""


def read(rows: Sequence[Row]) -> Iterator[Turn]:
    """Read the log; a process has one connection at a time."""
    count: Counter[str] = Counter()
    for row in rows:
        if not (found := _LINE.search(row.text)):
            continue
        daemon, said = found[1], found[3]
        process = f"{daemon}[{found[2]}]"
        if said.startswith("connect from "):
            count[process] += 1
        connection = f"{process} {count[process]}"
        if tls := _TLS.match(said):
            text = f"tls {tls[1]} {tls[2]}"
            yield Turn(kind=Kind.EVENT, text=text, seconds=row.seconds, connection=connection)
        elif traffic := _TRAFFIC.match(said):
            inward = client if daemon in _SERVERS else server
            outward = server if daemon in _SERVERS else client
            for line in traffic[3].removesuffix("#012").removesuffix("#015").split("#012"):
                yield (inward if traffic[1] == "<" else outward)(line.removesuffix("#015"), row, connection)
