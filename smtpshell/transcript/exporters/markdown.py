"""A transcript as Markdown for an issue tracker: a heading, the conversation in a fence, and the findings."""

from __future__ import annotations

import re

from smtpshell.transcript.exporters.mermaid import diagram
from smtpshell.transcript.exporters.plain import wire_lines
from smtpshell.transcript.exporters.telling import Turn, printable, tell
from smtpshell.transcript.model import Transcript

__all__ = ["export", "export_with_diagram"]

_FIELDS = ("server", "client", "date", "source", "shows")


def export(transcript: Transcript) -> str:
    """Give Markdown without a picture."""
    return _document(transcript, tell(transcript), "")


def export_with_diagram(transcript: Transcript) -> str:
    """Give Markdown with a Mermaid sequence diagram above the conversation."""
    turns = tell(transcript)
    return _document(transcript, turns, f"```mermaid\n{diagram(turns)}```\n\n")


def _document(transcript: Transcript, turns: list[Turn], picture: str) -> str:
    header = transcript.header
    heading = _inline(header.get("title") or "SMTP conversation")
    facts = [f"- {name}: {_inline(header.get(name))}\n" for name in _FIELDS if header.get(name)]
    text = "".join(line + "\n" for line in wire_lines(transcript))
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    findings = [
        f"- line {turn.number}: **{finding.rule.severity.name.lower()}** `{finding.rule.rule_id}`: "
        f"{_inline(str(finding))} ({finding.rule.source})\n"
        for turn in turns
        for finding in turn.findings
    ]
    found = "\nFindings:\n\n" + "".join(findings) if findings else ""
    return f"### {heading}\n\n{''.join(facts)}{chr(10) * bool(facts)}{picture}{fence}text\n{text}{fence}\n{found}"


def _inline(text: str) -> str:
    """Give text that Markdown takes for text: every sign that could be read as markup has a backslash."""
    return re.sub(r"([\\`*_{}\[\]<>()#+!|~@&])", r"\\\1", printable(text))
