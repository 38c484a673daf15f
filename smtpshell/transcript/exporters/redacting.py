"""Credentials that stand in clear in a transcript, taken out before it takes another form.

A recording has none; one written by hand, or imported, may.
"""

from __future__ import annotations

from dataclasses import replace

from smtpshell.protocol.events import CommandSent
from smtpshell.transcript.escapes import escape, unescape
from smtpshell.transcript.exporters.telling import VALUES, walk
from smtpshell.transcript.model import Entry, EventLine, Header, Line, Prose, Transcript
from smtpshell.transcript.redaction import AUTH, Secrets

__all__ = ["redacted"]


def redacted(transcript: Transcript, secrets: Secrets | None = None) -> Transcript:
    """Give the transcript with what its AUTH exchanges say, and the secrets known already, as ``${auth}``."""
    secrets = secrets or Secrets()
    spans: dict[int, tuple[int, int]] = {}
    for turn, events in walk(transcript):
        lines = [entry for entry in turn.entries if isinstance(entry, Line)]
        if any("auth" in line.value_names for line in lines):
            continue
        for event in events:
            secrets.observe(event)
            if isinstance(event, CommandSent) and event.secret:
                whole = len(lines) == 1 and lines[0].octets(VALUES) == event.octets
                for at in range(turn.number, turn.number + len(turn.entries)):
                    spans[at] = event.secret if whole else (0, 1 << 30)
    entries = tuple(
        _redacted_entry(entry, secrets, spans.get(transcript.line_number(index)))
        for index, entry in enumerate(transcript.entries)
    )
    fields = tuple((name, secrets.redact_text(value)) for name, value in transcript.header.fields)
    return replace(transcript, header=Header(fields), entries=entries)


def _redacted_entry(entry: Entry, secrets: Secrets, span: tuple[int, int] | None) -> Entry:
    if isinstance(entry, Prose):
        return Prose(secrets.redact_text(entry.text))
    if isinstance(entry, EventLine):
        return replace(entry, argument=_redacted_escaped(entry.argument, secrets))
    if span and entry.is_exact and not entry.value_names:
        return _without(entry, *span)
    if not entry.text:
        return entry
    if entry.mark == "=":
        return replace(entry, text=_redacted_escaped(entry.text, secrets))
    return replace(entry, text=secrets.redact_text(entry.text))


def _without(line: Line, start: int, end: int) -> Line:
    """Give a client's line with ``${auth}`` in place of some of its octets."""
    octets = line.octets()
    before, after = octets[:start], octets[end:]
    mark = Line.of("C", before + after).mark
    if mark == ":":
        text = before.decode().replace("${", "$${") + AUTH + after[:-2].decode()
    else:
        text = escape(before).replace("${", "$${") + AUTH + escape(after)
    return replace(line, mark=mark, text=text, tight=False)


def _redacted_escaped(text: str, secrets: Secrets) -> str:
    """Replace secrets in text with escapes, which is left as it stands where there is none."""
    octets = unescape(text)
    if secrets.found_in(octets):
        return escape(secrets.redact_octets(octets)) if "\\" in text else secrets.redact_text(text)
    return text
