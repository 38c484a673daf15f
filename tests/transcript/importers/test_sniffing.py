"""What wrote a log is found out or asked for; it is never guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from smtpshell.errors import UsageError
from smtpshell.transcript.importers import import_log
from smtpshell.transcript.importers.cleaning import clean
from smtpshell.transcript.importers.sniffing import sniff

SAMPLES = Path(__file__).parent / "samples"


@pytest.mark.parametrize("log", sorted(SAMPLES.glob("*.log")), ids=lambda log: log.stem)
def test_one_source_fits(log: Path) -> None:
    """Every sample looks like one source and no other."""
    assert len(sniff(clean(log.read_bytes()))) == 1


REFUSED = {
    "two tools in one file": (
        "=== Trying mx:25...\n<-  220 mx\nsend: 'ehlo a\\r\\n'\n",
        "log: this may be swaks or smtplib; say which with --from KIND",
    ),
    "no dialogue": (
        "Dear all,\n\nmail does not arrive.\n",
        "log: no known source looks like this; say what it is",
    ),
    "nothing": ("", "log: no known source looks like this"),
    "a transcript": ("smtp-transcript: 1\n\nS: 220 mx\n", "log: this is a transcript already"),
    "nmap": ("|_smtp-commands: mx.example.test, PIPELINING, SIZE\n", "log: this is a report of nmap"),
    "octets": ("\x00\x01\x02", "log: no known source looks like this"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    """Whatever is unknown or fits twice is refused in one line that says what to do."""
    text, expected = REFUSED[case]
    with pytest.raises(UsageError) as refused:
        import_log(text.encode(), "log")
    assert str(refused.value).startswith(expected)


def test_said_by_hand() -> None:
    """Of a file with two tools' lines the one that was named is read."""
    log = REFUSED["two tools in one file"][0].encode()
    assert "output of swaks" in import_log(log, "log", "swaks")[0].header.get("title")
    assert "smtplib" in import_log(log, "log", "smtplib")[0].header.get("title")


def test_named_and_empty() -> None:
    """A source that was named, and has no line of it, gives no transcript."""
    with pytest.raises(UsageError, match="there is no SMTP in this output of swaks"):
        import_log(b"Dear all,\n", "log", "swaks")


def test_unknown_kind() -> None:
    """A kind that there is not is refused, with those that there are."""
    with pytest.raises(UsageError, match="there is no importer 'pine'; --from takes one of swaks, smtplib"):
        import_log(b"x", "log", "pine")
