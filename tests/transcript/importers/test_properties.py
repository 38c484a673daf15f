"""Whatever is imported: a transcript that reads back, or one clear error; never anything else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtpshell.errors import UsageError
from smtpshell.transcript.importers import SOURCES, WRAPPERS, import_log
from smtpshell.transcript.syntax import parse, write

LOGS = [log.read_bytes() for log in sorted((Path(__file__).parent / "samples").glob("*.log"))]
HEADS = [
    b'{"version": 2}\n[0, "o", "',
    b"\xa1\xb2\xc3\xd4\0\2\0\4",
    b"220 mx\r\n",
    b"reply: b'",
    b"send: '",
    b"\x1b[",
]
PIECES = [line + b"\n" for log in LOGS for line in log.splitlines()] + HEADS


def holds(octets: bytes, kind: str) -> None:
    """Import, and write and read what comes of it."""
    try:
        made = import_log(octets, "log", kind)
    except UsageError:
        return
    assert made
    for transcript in made:
        assert parse(write(transcript)) == transcript


@pytest.mark.parametrize("kind", ["", *SOURCES, *WRAPPERS])
@given(pieces=st.lists(st.sampled_from(PIECES) | st.binary(max_size=40), max_size=30))
@settings(deadline=None, max_examples=60)
def test_lines_of_all_kinds(kind: str, pieces: list[bytes]) -> None:
    """Lines of every log in any order, octets between them, read as any kind."""
    holds(b"".join(pieces), kind)


@given(log=st.sampled_from(LOGS), cut=st.floats(0, 1), noise=st.binary(max_size=5))
@settings(deadline=None, max_examples=100)
def test_cut_short(log: bytes, cut: float, noise: bytes) -> None:
    """Logs cut anywhere, with octets that do not belong there."""
    at = int(len(log) * cut)
    holds(log[:at], "")
    holds(log[:at] + noise + log[at:], "")
