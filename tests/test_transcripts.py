"""The sample conversations: each is well formed, says what it shows, and is true."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from smtpshell.errors import ExitStatus
from smtpshell.practice import USERS, PracticeServer
from smtpshell.protocol.connection import Connection
from smtpshell.protocol.findings import RULES, Rule, Severity
from smtpshell.protocol.sasl import Credentials
from smtpshell.protocol.states import State
from smtpshell.session.session import Session
from smtpshell.transcript.escapes import unescape
from smtpshell.transcript.model import EventLine, Line, Prose, Transcript
from smtpshell.transcript.replay import replay
from smtpshell.transcript.syntax import parse, read, write

FOLDER = Path(__file__).parent.parent / "transcripts"
SAMPLES = [read(path) for path in sorted(FOLDER.glob("*.smtp"))]
PRACTICE = [sample for sample in SAMPLES if "practice" in sample.header.words("tags")]
CREDENTIALS = Credentials(user=USERS[0].name, password=USERS[0].password)


def name(transcript: Transcript) -> str:
    """Name a sample in the tests' ids."""
    return Path(transcript.path).stem


def test_there_are_enough() -> None:
    """A dozen at least that the practice server can repeat, and a dozen that RFCs show."""
    assert len(PRACTICE) >= 12
    assert sum("rfc" in sample.header.words("tags") for sample in SAMPLES) >= 12


@pytest.mark.parametrize("sample", SAMPLES, ids=name)
def test_it_reads_and_writes_back(sample: Transcript) -> None:
    """Reading and writing change nothing, not an octet."""
    octets = Path(sample.path).read_bytes()
    assert write(sample).encode() == octets
    assert parse(write(sample)) == sample
    assert sample.repair == ""


@pytest.mark.parametrize("sample", SAMPLES, ids=name)
def test_it_says_what_it_shows(sample: Transcript) -> None:
    """Title, source with a section, what it shows, tags, and prose for the reader."""
    for field in ("title", "source", "shows", "tags"):
        assert sample.header.get(field), f"{sample.path}: no {field}"
    assert sample.header.get("source").startswith("RFC ")
    assert any(isinstance(entry, Prose) and entry.text.startswith("# ") for entry in sample.entries)


def conversed(transcript: Transcript) -> Iterable[Rule]:
    """Let the core live through a sample, its server's lines as they stand; give the rules that were broken."""
    connection = Connection()
    values = {"auth": b"AHN0dWRlbnQAc2VjcmV0"}
    for entry in transcript.entries:
        if isinstance(entry, Line) and entry.side == "C":
            connection.send_octets(entry.octets(values))
        elif isinstance(entry, Line):
            octets = entry.octets() if entry.is_exact else entry.text.replace("*", "PDFAbXg+").encode() + b"\r\n"
            connection.receive_data(octets)
        elif isinstance(entry, EventLine) and entry.name == "discarded":
            connection.receive_data(unescape(entry.argument[1:-1]))
        elif isinstance(entry, EventLine) and entry.name == "tls":
            assert connection.state is State.TLS
            connection.tls_established(entry.argument)
        elif isinstance(entry, EventLine) and entry.name == "closed by":
            connection.receive_data(b"")
        elif isinstance(entry, EventLine) and entry.name == "connected to":
            connection = Connection()
        while (event := connection.next_event()) is not None:
            yield from (finding.rule for finding in getattr(event, "findings", ()))
    assert connection.outstanding == ()


@pytest.mark.parametrize("sample", SAMPLES, ids=name)
def test_the_core_finds_what_the_header_says(sample: Transcript) -> None:
    """Nothing serious is wrong with a sample but what its header's ``findings`` lists, and that is found.

    In an example of an RFC's nothing lesser is wrong either, but what ``warnings`` lists.
    """
    broken = set(conversed(sample))
    assert {rule.rule_id for rule in broken if rule.severity >= Severity.ERROR} == set(
        sample.header.words("findings")
    )
    if "rfc" in sample.header.words("tags"):
        lesser = {rule.rule_id for rule in broken if rule.severity is Severity.WARNING}
        assert lesser == set(sample.header.words("warnings"))
    written = {
        entry.argument.partition(":")[0]
        for entry in sample.entries
        if isinstance(entry, EventLine) and entry.name == "finding"
    }
    assert written <= set(RULES)


@pytest.mark.parametrize("sample", PRACTICE, ids=name)
def test_the_practice_server_repeats_it(sample: Transcript) -> None:
    """Replayed against a fresh practice server, every reply has the code that was recorded."""
    with PracticeServer(lmtp="lmtp" in sample.header.words("tags")) as server:
        result = replay(sample, lambda: Session.connect(server.url), credentials=CREDENTIALS)
    assert [str(mismatch) for mismatch in result.mismatches] == []
    assert result.problem is None
    assert result.exit_status is ExitStatus.EXPECTED
    assert result.exchanges > 3
