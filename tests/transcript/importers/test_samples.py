"""Logs written after real ones: each gives the transcripts that lie beside it, however it was copied."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from smtpshell.transcript.importers import import_log
from smtpshell.transcript.importers.sources import SOURCES
from smtpshell.transcript.model import EventLine, Line, Prose, Transcript
from smtpshell.transcript.syntax import parse, write

SAMPLES = Path(__file__).parent / "samples"
LOGS = sorted(SAMPLES.glob("*.log"))
# A password in clear and in base64, and an initial response; the samples hold them in every place they can stand.
PLANTED = [
    "planted-Pass1",
    "cGxhbnRlZC1QYXNzMQ==",
    "first-lesson",
    "Zmlyc3QtbGVzc29u",
    "AHN0dWRlbnQAZmlyc3QtbGVzc29u",
    "L1ogc2VjcmV0",
]


def said(transcript: Transcript) -> list[str]:
    """List the lines of the wire and the events, without times."""
    return [
        str(Line(entry.side, entry.mark, entry.text)) if isinstance(entry, Line) else str(entry)
        for entry in transcript.entries
        if isinstance(entry, Line | EventLine)
    ]


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.stem)
def test_sample(log: Path) -> None:
    """What is imported is what lies beside the log, reads back, and holds nothing that was planted."""
    made = import_log(log.read_bytes(), log.name)
    names = [f"{log.stem}-{number}" if len(made) > 1 else log.stem for number, _ in enumerate(made, 1)]
    for name, transcript in zip(names, made, strict=True):
        text = write(transcript)
        assert text == (SAMPLES / f"{name}.smtp").read_text("utf-8")
        assert parse(text) == transcript
        assert [planted for planted in PLANTED if planted in text] == []
    assert len(list(SAMPLES.glob(f"{log.stem}-[0-9].smtp")) or [log.stem]) == len(made)


def test_every_source_has_a_sample() -> None:
    """No importer goes unproven: a sample here, or a run of the tool itself in test_tools.py."""
    imported = {import_log(log.read_bytes(), log.name)[0].header.get("title").partition(": ")[2] for log in LOGS}
    by_tools = {"smtplib", "curl", "curl-trace"}
    assert {source.name for source in SOURCES.values() if source.title not in imported} == by_tools


def every_line(change: Callable[[str], str]) -> Callable[[str], str]:
    """Change each line of a text."""
    return lambda text: "".join(f"{change(line)}\n" for line in text.splitlines())


COPIES: dict[str, Callable[[str], str]] = {
    "quoted": every_line(lambda line: f"> {line}"),
    "quoted twice": every_line(lambda line: f">> {line}"),
    "quoted in a letter": lambda text: "Hello,\n\n" + every_line(lambda line: f"> {line}")(text) + "\nany idea?\n",
    "indented": every_line(lambda line: f"    {line}" if line else line),
    "indented by a tab": every_line(lambda line: f"\t{line}"),
    "in a container": every_line(lambda line: f"mail_1  | {line}"),
    "coloured": every_line(lambda line: f"\x1b[32m{line}\x1b[0m"),
    "fenced": lambda text: f"```\n{text}```\n",
    "with CRLF": every_line(lambda line: f"{line}\r"),
    "with a byte order mark": lambda text: f"\ufeff{text}",
    "stamped": every_line(lambda line: f"2026-11-24T09:30:00.250Z {line}"),
    "stamped with a level": every_line(lambda line: f"09:30:00 INFO {line}"),
    "quoted, coloured, indented": every_line(lambda line: f"> \x1b[1m  {line}\x1b[0m"),
}

MARKED = ["swaks-tls-error", "msmtp", "telnet", "dialogue", "rfc821", "exim-v", "postfix-smtpd", "phpmailer-html"]


@pytest.mark.parametrize("copy", COPIES)
@pytest.mark.parametrize("name", MARKED)
def test_copied(name: str, copy: str) -> None:
    """However a log was copied into a report, the conversation is the same, and what was taken off is said."""
    text = (SAMPLES / f"{name}.log").read_text("utf-8")
    plain = import_log(text.encode())
    copied = import_log(COPIES[copy](text).encode())
    assert [said(one) for one in copied] == [said(one) for one in plain]
    # What can be read as it stands is read as it stands.
    bare = copy in ("with CRLF", "with a byte order mark")
    if not bare and not (copy == "quoted in a letter" and name in ("postfix-smtpd", "phpmailer-html")):
        assert any(str(entry).startswith("# Taken off before reading: ") for entry in copied[0].entries)


def test_wrapped() -> None:
    """A line wrapped by a mailer is one line again."""
    log = b"""\
=== Trying mx.example.test:25...
=== Connected to mx.example.test.
<-  220 mx.example.test ESMTP Postfix, and a long text about what this
server does and does not accept
 -> EHLO client.example.test
<-  250 mx.example.test
"""
    (made,) = import_log(log)
    assert (
        "S: 220 mx.example.test ESMTP Postfix, and a long text about what this server does and does not accept"
        in (said(made))
    )


def test_times() -> None:
    """Time stamps become seconds since the first, over midnight too."""
    log = b"23:59:59.500 S: 220 mx\n23:59:59.750 C: EHLO a\n00:00:00.250 S: 250 mx\n"
    (made,) = import_log(log)
    assert [str(entry) for entry in made.entries if isinstance(entry, Line)] == [
        "[0.000] S: 220 mx",
        "[0.250] C: EHLO a",
        "[0.750] S: 250 mx",
    ]


def test_sides_are_settled_by_what_is_said() -> None:
    """Whatever the marks mean in a tool, the side whose lines open with a code is the server's."""
    (made,) = import_log(b"C: 220 mx\nS: EHLO a\nC: 250-mx\nC: 250 HELP\n", kind="dialogue")
    assert said(made) == ["S: 220 mx", "C: EHLO a", "S: 250-mx", "S: 250 HELP"]


def test_content_is_no_conversation() -> None:
    """Between the 354 and the lone dot nothing is a reply or a command, whatever it looks like."""
    log = "S: 220 mx\nC: DATA\nS: 354 go\nC: 250 ok\nC: AUTH PLAIN eA==\nC: ${name}\nC: .\nS: 250 kept\n"
    (made,) = import_log(log.encode())
    assert said(made)[3:] == ["C: 250 ok", "C: AUTH PLAIN eA==", "C: $${name}", "C: .", "S: 250 kept"]


def test_control_characters_stay_escaped() -> None:
    """What a server sent to harm a terminal is kept as exact octets."""
    (made,) = import_log(b"send: 'ehlo a\\r\\n'\nreply: b'250 \\x1b]0;x\\x07\\xff\\n'\n")
    assert said(made)[-1] == r"S= 250 \x1b]0;x\x07\xff\n"


CREDENTIALS = {
    "an initial response": "C: AUTH PLAIN AHN0dWRlbnQAZmlyc3QtbGVzc29u\nS: 535 wrong: first-lesson\n",
    "LOGIN": "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: c3R1ZGVudA==\nS: 334 UGFzc3dvcmQ6\n"
    "C: Zmlyc3QtbGVzc29u\nS: 535 Zmlyc3QtbGVzc29u is wrong\n",
    "an answer that looks like a command": "C: AUTH PLAIN\nS: 334 \nC: first-lesson\nS: 535 no\n",
    "decoded": "C: AUTH PLAIN \\0student\\0first-lesson\nS: 535 first-lesson?\n",
    "before it was said": "(it is first-lesson)\nC: AUTH PLAIN AHN0dWRlbnQAZmlyc3QtbGVzc29u\nS: 535 no\n",
    "as a lone command later": "C: AUTH LOGIN\nS: 334 UGFzc3dvcmQ6\nC: Zmlyc3QtbGVzc29u\nS: 235 ok\n"
    "C: NOOP first-lesson\nS: 250 ok\n",
}


@pytest.mark.parametrize("case", CREDENTIALS)
def test_credentials(case: str) -> None:
    """A credential is ${auth} wherever it stands, also where the server or the tool repeats it."""
    for made in import_log(f"S: 220 mx\nC: EHLO a\nS: 250 mx\n{CREDENTIALS[case]}".encode()):
        text = write(made)
        assert "${auth}" in text
        assert [planted for planted in PLANTED if planted in text] == []


def test_answer_that_is_not_shown() -> None:
    """A challenge that was answered, though the log does not show it, has an answer in the transcript."""
    (made,) = import_log(b"S: 220 mx\nC: AUTH CRAM-MD5\nS: 334 PDFAbXg+\nS: 235 ok\n")
    assert said(made)[2:] == ["S: 334 PDFAbXg+", "C: ${auth}", "S: 235 ok"]
    assert Prose("# The answer to the challenge is not in the source.") in made.entries


GAPS = {
    "a reply without end": ("S: 220 mx\nC: EHLO a\nS: 250-mx\nC: QUIT\n", "# The reply above is incomplete"),
    "a source that ends in a reply": ("S: 220 mx\nC: EHLO a\nS: 250-mx\n", "# The reply above is incomplete"),
    "a handshake that failed": ("S: 220 mx\nC: STARTTLS\nS: 220 go\n", "# The source ends at the TLS handshake."),
    "no greeting": ("C: EHLO a\nS: 250 mx\n", "# The greeting is not in the source"),
    "an empty line": ("S: 220 mx\nC: NOOP\nS: \nS: 250 ok\n", "# An empty line of the server was here."),
}


@pytest.mark.parametrize("gap", GAPS)
def test_gaps(gap: str) -> None:
    """What is missing in a log is said where it is missing."""
    log, expected = GAPS[gap]
    (made,) = import_log(log.encode(), kind="dialogue")
    assert any(str(entry).startswith(expected) for entry in made.entries)


def cast(version: int, *shown: tuple[float, str]) -> bytes:
    """Write an asciinema recording."""
    if version == 1:
        return json.dumps({"version": 1, "width": 80, "height": 24, "stdout": shown}).encode()
    events = [[seconds, "o", text] for seconds, text in shown]
    return "".join(f"{json.dumps(line)}\n" for line in [{"version": version, "width": 80}, *events]).encode()


SHOWN = [
    (0.5, "=== Trying mx:25...\r\n<-  220 mx ES"),
    (0.75, "MTP\r\n\x1b[1m -> QUIY\b \bT\x1b[0m\r\n<-  221 bye\r\n"),
]


@pytest.mark.parametrize("version", [1, 2, 3])
def test_asciinema(version: int) -> None:
    """A recording of a terminal gives the log that was seen there, with its times."""
    (made,) = import_log(cast(version, *SHOWN), "seen.cast")
    last = "0.750" if version == 2 else "1.250"
    assert [str(entry) for entry in made.entries if isinstance(entry, Line)] == [
        "[0.500] S: 220 mx ESMTP",
        f"[{last}] C: QUIT",
        f"[{last}] S: 221 bye",
    ]
    assert made.entries[0] == Prose("# Imported from the output of swaks in a terminal recording.")
