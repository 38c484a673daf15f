"""Transcripts in the forms of others: one file a kind, all in the table below.

Every kind is made from a transcript that was redacted before; the pictures and the HTML report
are report/'s.

    telling.py     a transcript in turns, with findings; what text is safe to show
    redacting.py   credentials that stand in clear, taken out
    plain.py       C: and S: lines
    markdown.py    for an issue tracker
    mermaid.py     a sequence diagram for where Markdown is drawn
    json_document.py    for programs
    asciicast.py   a recording for asciinema's player
    swaks.py       a swaks command line
    python_script.py    a script that uses smtpshell
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from smtpshell.transcript.exporters import (
    asciicast,
    json_document,
    markdown,
    plain,
    python_script,
    swaks,
)
from smtpshell.transcript.model import Transcript

__all__ = ["EXPORTERS", "Exporter"]


@dataclass(frozen=True, slots=True)
class Exporter:
    """One kind: ``sentence`` says what it is, ``export`` makes it from a redacted transcript."""

    name: str
    sentence: str
    export: Callable[[Transcript], str]


EXPORTERS: Final[Mapping[str, Exporter]] = {
    exporter.name: exporter
    for exporter in (
        Exporter("text", "plain C: and S: lines", plain.export),
        Exporter("markdown", "fenced lines and findings, for an issue tracker", markdown.export),
        Exporter("mermaid", "the same with a Mermaid sequence diagram", markdown.export_with_diagram),
        Exporter("json", "one JSON object", json_document.export),
        Exporter("asciicast", "an asciicast v2 recording", asciicast.export),
        Exporter("swaks", "a swaks command line", swaks.export),
        Exporter("python", "a Python script that uses smtpshell", python_script.export),
    )
}
"""Name -> kind."""
