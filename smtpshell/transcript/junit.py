"""Results as JUnit XML, the form that build servers read: test suites, each of test cases."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from smtpshell.errors import UsageError

__all__ = ["Case", "Suite", "document", "write_results"]

# What XML 1.0 (2.2) has no way to write, and the rest of the control characters.
_UNWRITABLE: Final = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One test case: with a ``why`` it failed, or an ``error`` (its kind) kept it from being held at all."""

    classname: str
    name: str
    why: str = ""
    details: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """One test suite; ``seconds`` is how long it took, ``notes`` what else there is to say."""

    name: str
    cases: Sequence[Case]
    seconds: float
    notes: Sequence[str] = ()


def document(name: str, suites: Sequence[Suite]) -> bytes:
    """Write suites as one document, UTF-8."""
    root = ElementTree.Element("testsuites", name=_text(name))
    for suite in suites:
        root.append(_suite(suite))
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    ElementTree.indent(root)
    written: bytes = ElementTree.tostring(root, "utf-8", xml_declaration=True)
    return written + b"\n"


def write_results(path: Path, xml: bytes) -> None:
    """Write a document to a file, over what is there.  Raises UsageError."""
    try:
        path.write_bytes(xml)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", hint="choose another name") from None


def _suite(found: Suite) -> ElementTree.Element:
    suite = ElementTree.Element(
        "testsuite",
        name=_text(found.name),
        tests=str(len(found.cases)),
        failures=str(sum(bool(case.why and not case.error) for case in found.cases)),
        errors=str(sum(bool(case.error) for case in found.cases)),
        time=f"{found.seconds:.3f}",
    )
    for case in found.cases:
        written = ElementTree.SubElement(suite, "testcase", classname=_text(case.classname), name=_text(case.name))
        if case.why:
            about = {"type": case.error} if case.error else {}
            told = ElementTree.SubElement(written, "error" if case.error else "failure", about)
            told.set("message", _text(case.why))
            told.text = _text(case.details)
    if found.notes:
        ElementTree.SubElement(suite, "system-out").text = _text("\n".join(found.notes))
    return suite


def _text(text: str) -> str:
    r"""Write characters that XML cannot have as ``\xHH``, as lines of a transcript do."""
    return _UNWRITABLE.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
