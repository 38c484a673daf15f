"""A transcript as one HTML file: facts, findings, pictures, every exchange, a search; no network.

The page's own script and style are named by their hashes in its Content-Security-Policy, so that nothing else
could run even if text of the conversation became markup; and text stays text (svg.py).
"""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from hashlib import sha256
from importlib.resources import files
from typing import Final

from smtpshell.protocol.findings import Finding, Severity
from smtpshell.report import sequence, waterfall
from smtpshell.report.svg import Markup, element
from smtpshell.transcript.exporters.telling import Turn, tell
from smtpshell.transcript.model import EventLine, Transcript

__all__ = ["html_report"]

FOLDED: Final = 12
"""Lines; content that is longer is folded."""

_SIDES: Final = {"command": "C", "content": "C", "reply": "S", "event": "–", "prose": ""}
_WORDS: Final = {
    "command": "client",
    "content": "client, content",
    "reply": "server",
    "event": "event",
    "prose": "prose",
}


def html_report(transcript: Transcript) -> str:
    """Give the page of a redacted transcript; the same transcript gives the same octets."""
    turns = tell(transcript)
    style, script = _resource("report.css"), _resource("report.js")
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    title = transcript.header.get("title") or "SMTP conversation"
    head = "".join(
        [
            '<meta charset="utf-8">\n',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n',
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
            '<meta name="color-scheme" content="light dark">\n',
            element("title", title),
            f"\n<style>{style}</style>\n",
        ]
    )
    sections = [
        element("header", element("h1", title), _facts(transcript, turns)),
        _search(),
        _findings(turns),
        _sequence(turns),
        _waterfall(turns),
        element("section", element("h2", "Conversation"), *map(_turn, turns), id="conversation"),
    ]
    body = "\n".join([*sections, Markup(f"<script>{script}</script>")])
    content = f"<head>\n{head}</head>\n<body>\n<main>\n{body}\n</main>\n</body>"
    return f'<!doctype html>\n<html lang="en">\n{content}\n</html>\n'


def _resource(name: str) -> str:
    return files("smtpshell.report").joinpath(name).read_text("utf-8")


def _hash(content: str) -> str:
    return "sha256-" + b64encode(sha256(content.encode()).digest()).decode()


def _facts(transcript: Transcript, turns: list[Turn]) -> Markup:
    facts = [(name, value) for name, value in transcript.header.fields if name != "title" and value]
    facts += [
        ({"connected to": "peer"}.get(entry.name, entry.name), entry.argument)
        for entry in transcript.entries
        if isinstance(entry, EventLine) and entry.name in ("connected to", "tls")
    ]
    facts.append(("replies", _counted(turns)))
    times = [turn.last_seconds for turn in turns if turn.last_seconds is not None]
    if times:
        facts.append(("duration", waterfall.seconds(max(times))))
    sent, received = (sum(turn.octet_count for turn in turns if turn.side == side) for side in "CS")
    facts.append(("octets", f"{sent} from the client, {received} from the server"))
    rows = [element("div", element("dt", name), element("dd", value)) for name, value in facts]
    return element("dl", *rows)


def _counted(turns: list[Turn]) -> str:
    codes = Counter(turn.texts[-1].lstrip("\\")[:3] for turn in turns if turn.kind == "reply")
    return ", ".join(f"{codes[code]} × {code}" for code in sorted(codes)) or "none"


def _search() -> Markup:
    # The script shows it: without one there is nothing to search with.
    field = Markup('<input type="search" id="search" placeholder="Search the conversation" autocomplete="off">')
    label = element("label", "Search", for_="search")
    return element(
        "div", label, field, element("output", "", for_="search", id="found"), id="searching", hidden=True
    )


def _findings(turns: list[Turn]) -> Markup:
    found = [(turn, finding) for turn in turns for finding in turn.findings]
    found.sort(key=lambda pair: -pair[1].rule.severity)
    if not found:
        return element("section", element("h2", "Findings"), element("p", "Nothing deviates from the standards."))
    rows = [
        element("li", element("a", f"line {turn.number}", href=f"#line-{turn.number}"), " ", *_finding(finding))
        for turn, finding in found
    ]
    counts = Counter(finding.rule.severity for _, finding in found)
    summary = ", ".join(
        f"{counts[level]} {level.name.lower()}" for level in sorted(Severity, reverse=True) if counts[level]
    )
    return element(
        "section", element("h2", "Findings"), element("p", summary), element("ul", *rows, class_="findings")
    )


def _finding(finding: Finding) -> list[Markup | str]:
    rule = finding.rule
    level = rule.severity.name.lower()
    source = element("span", f"({rule.source})", class_="source")
    return [
        element("strong", level, class_=f"level {level}"),
        " ",
        element("code", rule.rule_id),
        f" {finding} ",
        source,
    ]


def _sequence(turns: list[Turn]) -> Markup:
    rows = sequence.arrows(turns)
    text = element("pre", sequence.twin(rows), id="sequence-text", tabindex="0")
    pieces = [element("h2", "Sequence"), sequence.picture(rows)]
    if len(rows) > sequence.LONGEST:
        pieces.append(element("p", f"The first {sequence.LONGEST} of {len(rows)} are drawn."))
    return element("section", *pieces, element("details", element("summary", "As text"), text), class_="picture")


def _waterfall(turns: list[Turn]) -> Markup:
    rows = waterfall.bars(turns)
    if not rows:
        return element("section", element("h2", "Timing"), element("p", "The transcript has no times."))
    text = element("div", waterfall.twin(rows), id="waterfall-text")
    folded = element("details", element("summary", "As text"), text)
    return element("section", element("h2", "Timing"), waterfall.picture(rows), folded, class_="picture")


def _turn(turn: Turn) -> Markup:
    texts = turn.texts
    if turn.kind == "prose":
        return (
            element("p", " ".join(texts), class_="turn prose", id=f"line-{turn.number}")
            if any(texts)
            else Markup()
        )
    lines = element("pre", Markup("\n").join(element("span", text) for text in texts))
    if turn.kind == "content" and len(texts) > FOLDED:
        summary = f"{len(texts)} lines, {turn.octet_count} octets of content"
        lines = element("details", element("summary", summary), lines)
    time = "" if turn.seconds is None else waterfall.seconds(turn.seconds)
    marks = [
        element("span", _SIDES[turn.kind], class_="side", title=_WORDS[turn.kind]),
        element("a", str(turn.number), href=f"#line-{turn.number}", class_="number", title="line of the file"),
        element("span", time, class_="time"),
    ]
    found = [element("li", *_finding(finding)) for finding in turn.findings]
    more = [element("ul", *found, class_="findings")] if found else []
    digit = texts[-1].lstrip("\\")[:1]
    kind = f"reply reply{digit}" if turn.kind == "reply" and digit in tuple("2345") else turn.kind
    return element(
        "article",
        element("div", *marks, class_="marks"),
        element("div", lines, *more, class_="said"),
        class_=f"turn {kind}",
        id=f"line-{turn.number}",
    )
