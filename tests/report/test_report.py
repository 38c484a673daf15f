"""The HTML report: one file that asks nothing of a network, in which hostile text stays text."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest

from smtpshell.report import html_report, sequence, waterfall
from smtpshell.report.svg import element
from smtpshell.transcript.exporters.redacting import redacted
from smtpshell.transcript.exporters.telling import tell
from smtpshell.transcript.model import Transcript
from smtpshell.transcript.syntax import parse, read
from tests.transcript.hostile import HOSTILE, SECRETS, with_secrets

FOLDER = Path(__file__).parent.parent.parent / "transcripts"
SAMPLES = sorted(FOLDER.glob("*.smtp"))

# Elements without content (HTML 13.1.2).
VOID = {"meta", "input"}
TAGS = {
    "html", "head", "meta", "title", "style", "body", "main", "header", "section", "article", "div", "span", "p",
    "h1", "h2", "dl", "dt", "dd", "ul", "li", "a", "strong", "code", "pre", "details", "summary", "label", "input",
    "output", "table", "thead", "tbody", "tr", "th", "td", "svg", "g", "line", "path", "rect", "text", "script",
}  # fmt: skip


class Page(HTMLParser):
    """A page taken apart: its elements with their attributes, the text inside each, and whether they nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[tuple[str, ...], str]] = []
        self.open: list[str] = []
        self.badly_nested: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.badly_nested.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append((tuple(self.open), data))

    def inside(self, tag: str) -> str:
        """Give all the text inside elements of that name."""
        return "".join(text for path, text in self.texts if tag in path)


def page(transcript: Transcript | str) -> Page:
    """Report a transcript, or the text of one."""
    return Page(html_report(redacted(parse(transcript) if isinstance(transcript, str) else transcript)))


def assert_safe(found: Page) -> None:
    """Assert that a page is well formed, loads nothing, and runs nothing but its own script."""
    assert (found.open, found.badly_nested) == ([], [])
    assert {tag for tag, _ in found.elements} <= TAGS
    names = {name for _, attributes in found.elements for name in attributes}
    assert [name for name in names if name.startswith("on") or name in ("src", "style", "srcset", "action")] == []
    links = [attributes["href"] for _, attributes in found.elements if "href" in attributes]
    ids = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {link[:1] for link in links} <= {"#"}
    assert {link[1:] for link in links} <= set(ids)
    assert len([tag for tag, _ in found.elements if tag == "script"]) == 1


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_sample_has_a_report(path: Path) -> None:
    """It is well formed, loads nothing, shows every line and is the same each time."""
    transcript = redacted(read(path))
    text = html_report(transcript)
    assert text == html_report(transcript)
    found = Page(text)
    assert_safe(found)
    shown = found.inside("article")
    for turn in tell(transcript):
        if turn.kind != "prose":
            assert "\n".join(turn.texts) in shown


def test_hostile_text_stays_text() -> None:
    """Tags, quotes, escape sequences and bidi controls from the conversation are shown, wherever they stand."""
    found = page(HOSTILE)
    assert_safe(found)
    assert found.inside("h1") == "A </title><script>alert(1)</script> server"
    assert "220 mx.example.test </script><svg onload=alert(1)>" in found.inside("article")
    assert "\\x1b]0;owned\\x07\\x1b[2J\\r\\n" in found.inside("article")
    assert "turned \\u202eevil\\u2066 round" in found.inside("article")
    everything = "".join(text for _, text in found.texts)
    assert re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028\u2029\u202e\u2066\ufeff]", everything) is None


def test_no_planted_secret_comes_out() -> None:
    """Credentials written into the file are not in the page."""
    text = html_report(redacted(with_secrets()))
    assert "${auth}" in text
    assert [secret for secret in SECRETS if secret in text] == []


def test_the_policy_lets_only_our_own_script_and_style_in() -> None:
    """Content-Security-Policy names both by their hashes, and forbids all else."""
    text = html_report(parse(HOSTILE))
    policy = next(attributes["content"] for tag, attributes in Page(text).elements if "http-equiv" in attributes)
    allowed = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert allowed["default-src"] == allowed["base-uri"] == allowed["form-action"] == "'none'"
    for tag in ("style", "script"):
        (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = b64encode(sha256(content.encode()).digest()).decode()
        assert allowed[f"{tag}-src"] == f"'sha256-{digest}'"


def test_the_style_loads_nothing() -> None:
    """No url(), no @import, and both colour schemes."""
    style = page(HOSTILE).inside("style")
    assert "url(" not in style
    assert "@import" not in style
    assert "prefers-color-scheme: dark" in style


TIMED = """smtp-transcript: 1
title: Slow
server: smtp://mx.example.test:25

-- connected to 192.0.2.1:25
[0.5] S: 220 mx.example.test ESMTP
[0.6] C: EHLO c.example.test
[0.7] S: 250-mx.example.test
[0.75] S: 250 PIPELINING
[1] C: MAIL FROM:<a@example.test>
[1] C: RCPT TO:<b@example.test>
[1.1] S: 250 Ok
[3.1] S: 550 5.1.1 No
C: QUIT
S: 221 Bye
"""


def test_facts() -> None:
    """The header's fields, where it went, how many replies of which code, how long it took."""
    found = page(TIMED)
    facts = found.inside("dl")
    for fact in ("smtp://mx.example.test:25", "192.0.2.1:25", "1 × 220, 1 × 221, 2 × 250, 1 × 550", "3.100 s"):
        assert fact in facts
    assert found.inside("h1") == "Slow"


def test_the_waterfall_and_its_twin_tell_the_same() -> None:
    """A bar for each reply that is timed, from its own command on, pipelined or not."""
    rows = waterfall.bars(tell(parse(TIMED)))
    assert [(row.label, row.code, row.start, row.end) for row in rows] == [
        ("greeting", "220", 0.0, 0.5),
        ("EHLO c.example.test", "250", 0.6, 0.75),
        ("MAIL FROM:<a@example.test>", "250", 1.0, 1.1),
        ("RCPT TO:<b@example.test>", "550", 1.0, 3.1),
    ]
    drawn, told = Page(waterfall.picture(rows)), Page(waterfall.twin(rows))
    widths = [float(attributes["width"]) for tag, attributes in drawn.elements if tag == "rect"]
    assert [round(width / widths[0], 1) for width in widths] == [1.0, 0.3, 0.2, 4.2]
    for row in rows:
        waited = waterfall.seconds(row.end - row.start)
        assert f"{row.label}: {row.code} after {waited}" in drawn.inside("title")
        assert f"{row.label}{row.code}{waterfall.seconds(row.start)}{waited}" in told.inside("tbody")


def test_without_times_there_is_no_waterfall() -> None:
    """The report says so."""
    found = page("smtp-transcript: 1\n\nS: 220 mx.example.test\n")
    assert "The transcript has no times." in found.inside("section")
    assert [attributes["class"] for tag, attributes in found.elements if tag == "svg"] == ["sequence"]


def test_the_sequence_and_its_twin_tell_the_same() -> None:
    """An arrow for each turn, in its direction, and a line of text with the findings."""
    rows = sequence.arrows(tell(parse(TIMED)))
    assert [(row.direction, row.label) for row in rows[:4]] == [
        ("", "connected to 192.0.2.1:25"),
        ("S", "220 mx.example.test ESMTP"),
        ("C", "EHLO c.example.test"),
        ("S", "250 PIPELINING (+1)"),
    ]
    drawn, told = Page(sequence.picture(rows)), Page(element("pre", sequence.twin(rows)))
    for row in rows:
        assert row.label in drawn.inside("text")
        assert row.label in told.inside("pre")
        assert all(rule in told.inside("pre") and rule in drawn.inside("title") for rule in row.findings)
    arrows = [attributes for tag, attributes in drawn.elements if attributes.get("class") == "arrow"]
    rightwards = [float(arrow["x1"]) < float(arrow["x2"]) for arrow in arrows]
    assert rightwards == [row.direction == "C" for row in rows if row.direction]


def test_a_long_conversation_is_drawn_in_part() -> None:
    """The picture ends after its limit and says so; its text and the conversation are whole."""
    lines = "".join(f"C: NOOP {at}\nS: 250 Ok\n" for at in range(200))
    found = page(f"smtp-transcript: 1\n\nS: 220 mx.example.test\n{lines}")
    assert f"The first {sequence.LONGEST} of 401 are drawn." in found.inside("section")
    assert "NOOP 199" not in found.inside("svg")
    assert "NOOP 199" in found.inside("details")
    assert "NOOP 199" in found.inside("article")


def test_long_content_is_folded() -> None:
    """The fold says how much it holds; short content stands open."""
    begun = "smtp-transcript: 1\n\nS: 220 mx\nC: DATA\nS: 354 go on\n"
    found = page(begun + "C: line\n" * 20 + "C: .\nS: 250 Ok\n")
    assert "21 lines, 123 octets of content" in found.inside("summary")
    assert "octets of content" not in page(begun + "C: line\nC: .\nS: 250 Ok\n").inside("summary")


def test_the_worst_finding_stands_first() -> None:
    """Findings are listed once above, by weight, and again where they belong."""
    found = page(read(FOLDER / "octets-before-tls.smtp"))
    section = found.inside("section")
    assert "1 danger, 1 note" in section
    assert section.index("octets-before-tls") < section.index("offers-gained-in-tls")
    assert "octets-before-tls" in found.inside("article")
    assert "Nothing deviates" in page("smtp-transcript: 1\n\nS: 220 mx.example.test\n").inside("section")
