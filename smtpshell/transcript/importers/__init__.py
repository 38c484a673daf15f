"""Logs of other tools, made transcripts.

An importer makes turns of a source's rows, a file a source; the rest is shared:

    cleaning.py   takes off colours, container names, quotation, time stamps
    sniffing.py   finds out what wrote a log; never guesses
    sources.py    the table of all sources
    turns.py      what importers are made of
    assembly.py   turns -> transcripts; credentials out, gaps said
    asciinema.py  recordings of terminals, with any other log inside
    pcap.py       packet captures, with the extra ``pcap``
"""

from __future__ import annotations

from smtpshell.errors import UsageError
from smtpshell.transcript.importers import asciinema, pcap
from smtpshell.transcript.importers.assembly import assemble, connections
from smtpshell.transcript.importers.cleaning import clean
from smtpshell.transcript.importers.sniffing import choose
from smtpshell.transcript.importers.sources import SOURCES, WRAPPERS
from smtpshell.transcript.importers.turns import Turn
from smtpshell.transcript.model import Transcript
from smtpshell.transcript.redaction import Secrets

__all__ = ["SOURCES", "WRAPPERS", "import_log"]


def import_log(
    octets: bytes, name: str = "<log>", kind: str = "", secrets: Secrets | None = None
) -> tuple[Transcript, ...]:
    """Make transcripts of a log, one a connection in it.

    ``name`` names the log in messages and titles, ``kind`` says what wrote it (a key of SOURCES or WRAPPERS),
    else that is found out.  ``secrets`` learns the credentials found.  Raises UsageError where it is not known
    what wrote it, and where there is no conversation in it.
    """
    title, notes, turns = _turns(octets, name, kind)
    found = connections(turns)
    if not found:
        raise UsageError(
            f"{name}: there is no SMTP in this {title}", hint="is it the right file, and --from KIND?"
        )
    known = secrets or Secrets()
    made: list[Transcript] = []
    for _ in range(2):  # a credential of a later connection may stand in an earlier one
        made = [
            assemble(
                part,
                known,
                title=f"{name}{f', connection {number}' if len(found) > 1 else ''}: {title}",
                notes=notes,
            )
            for number, part in enumerate(found, 1)
        ]
    return tuple(made)


def _turns(octets: bytes, name: str, kind: str) -> tuple[str, list[str], list[Turn]]:
    """Give what the source is called, what is to be said about it, and its turns."""
    if kind == "pcap" or (not kind and pcap.is_capture(octets)):
        return "packet capture", ["Imported from the packet capture."], pcap.read_capture(octets, name)
    times: list[float] | None = None
    wrapped = ""
    if kind == "asciinema" or (not kind and asciinema.is_cast(octets)):
        octets, times = asciinema.screen(octets, name)
        kind, wrapped = "", " in a terminal recording"
    cleaned = clean(octets, times)
    source, view = choose(cleaned, name, kind)
    notes = [f"Imported from the {source.title}{wrapped}.", *source.lost]
    if view.removed:
        notes.append(f"Taken off before reading: {', '.join(view.removed)}.")
    return source.title, notes, list(source.read(view.rows))
