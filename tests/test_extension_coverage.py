"""Every extension has been heard in use: with a real server, or in a transcript."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from smtpshell.protocol.connection import Connection
from smtpshell.protocol.events import Event, ReplyReceived
from smtpshell.protocol.extensions import EXTENSIONS, Extension
from smtpshell.protocol.parameters import PARAMETERS
from smtpshell.transcript.model import EventLine, Line, Transcript
from tests.conformance.columns import COLUMNS
from tests.conformance.features import FEATURES
from tests.servers.real_servers import INSTALLED
from tests.test_transcripts import SAMPLES


def works_somewhere(keyword: str) -> bool:
    """Whether a row of the conformance table says of Postfix, Exim or Dovecot that it works."""
    real = [at for at, column in enumerate(COLUMNS) if column.server in INSTALLED]
    rows = [feature.cells.split() for feature in FEATURES if feature.keyword == keyword]
    return any(cells[at] == "yes" for cells in rows for at in real)


def events(transcript: Transcript) -> Iterator[tuple[Connection, Event]]:
    """Let the core live through a transcript; give each event with the connection it came from."""
    connection = Connection()
    for entry in transcript.entries:
        if isinstance(entry, EventLine) and entry.name == "connected to":
            connection = Connection()
        elif isinstance(entry, EventLine) and entry.name == "tls":
            connection.tls_established()
        elif isinstance(entry, Line) and entry.side == "C":
            connection.send_octets(entry.octets({"auth": b"AA=="}))
        elif isinstance(entry, Line) and entry.is_exact:
            connection.receive_data(entry.octets())
        while (event := connection.next_event()) is not None:
            yield connection, event


def is_used(extension: Extension, transcript: Transcript) -> bool:
    """Whether a transcript offers the extension and a verb or parameter of it, if there is one, is accepted."""
    words = {
        *extension.verbs,
        *(verb.keyword for verb in PARAMETERS.values() if verb.extension == extension.keyword),
    }
    for connection, event in events(transcript):
        if not connection.facts.offers(extension.keyword):
            continue
        if not words:
            return True
        if isinstance(event, ReplyReceived) and event.command and event.reply.code < 400:
            said = event.command.encode().decode("utf-8", "surrogateescape").upper().split()
            if words & {word.partition("=")[0] for word in said}:
                return True
    return False


@pytest.mark.parametrize("extension", EXTENSIONS.values(), ids=lambda extension: extension.keyword)
def test_an_extension_is_heard_in_use(extension: Extension) -> None:
    """A real server offers it and it works there, or a transcript shows it offered and used."""
    shown = any(is_used(extension, transcript) for transcript in SAMPLES)
    assert shown or works_somewhere(extension.keyword)
