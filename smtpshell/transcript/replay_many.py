"""Replays many transcripts against many servers, several at once, and writes the results as JUnit XML.

Each replay has its connection and its thread; results come in the order of the jobs, however long each took.
A replay that cannot be done is a result like another.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from xml.etree import ElementTree

from smtpshell.errors import SmtpshellError
from smtpshell.protocol.sasl import Credentials
from smtpshell.session.session import Session
from smtpshell.transcript.model import Transcript
from smtpshell.transcript.replay import replay
from smtpshell.transcript.replay_result import Exchange, ReplayResult

__all__ = ["Job", "Replayed", "junit", "replay_many"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A transcript and the server it is for; ``connect`` is called in another thread where several run at once."""

    transcript: Transcript
    server: str
    connect: Callable[[], Session]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """A job that is done: each comparison, what came of all, and how many ``seconds`` it took."""

    job: Job
    exchanges: tuple[Exchange, ...]
    result: ReplayResult
    seconds: float


def replay_many(
    jobs: Sequence[Job],
    *,
    at_once: int = 1,
    match: str | None = None,
    values: Mapping[str, str] | None = None,
    credentials: Credentials | None = None,
    on_mismatch: str = "continue",
    on_exchange: Callable[[Job, Exchange], object] | None = None,
) -> Iterator[Replayed]:
    """Replay each job, ``at_once`` of them at the same time, and give the results in the order of the jobs.

    The options are those of replay().  ``on_exchange`` is told of each comparison: at once where one job runs at a
    time, else when the job's turn has come, always in the thread of the caller.
    """

    def done(job: Job, told: Callable[[Job, Exchange], object] | None) -> Replayed:
        exchanges: list[Exchange] = []

        def note(exchange: Exchange) -> None:
            exchanges.append(exchange)
            if told:
                told(job, exchange)

        began = time.monotonic()
        try:
            result = replay(
                job.transcript,
                job.connect,
                match=match,
                values=values,
                credentials=credentials,
                on_mismatch=on_mismatch,
                on_exchange=note,
            )
        except SmtpshellError as problem:
            result = ReplayResult(exchanges=0, matched=0, problem=problem)
        return Replayed(job=job, exchanges=tuple(exchanges), result=result, seconds=time.monotonic() - began)

    if at_once == 1:
        yield from (done(job, on_exchange) for job in jobs)
        return
    with ThreadPoolExecutor(at_once, "replay") as pool:
        for found in pool.map(lambda job: done(job, None), jobs):
            if on_exchange:
                for exchange in found.exchanges:
                    on_exchange(found.job, exchange)
            yield found


# What XML 1.0 (2.2) has no way to write, and the rest of the control characters.
_UNWRITABLE = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(done: Iterable[Replayed]) -> bytes:
    """Give the results as JUnit XML: a test suite a replay, a test case a reply."""
    root = ElementTree.Element("testsuites", name="smtpshell replay")
    for found in done:
        root.append(_suite(found))
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    ElementTree.indent(root)
    written: bytes = ElementTree.tostring(root, "utf-8", xml_declaration=True)
    return written + b"\n"


def _suite(found: Replayed) -> ElementTree.Element:
    path = found.job.transcript.path
    problem = found.result.problem
    suite = ElementTree.Element(
        "testsuite",
        name=_text(f"{path} against {found.job.server}"),
        tests=str(len(found.exchanges) + (problem is not None)),
        failures=str(len(found.result.mismatches)),
        errors=str(int(problem is not None)),
        time=f"{found.seconds:.3f}",
    )
    for exchange in found.exchanges:
        name = f"line {exchange.line}: {exchange.command or 'the greeting'}"
        case = ElementTree.SubElement(suite, "testcase", classname=_text(path), name=_text(name))
        if not exchange.matched:
            ElementTree.SubElement(case, "failure", message=_text(exchange.why)).text = _text(str(exchange))
    if problem is not None:
        case = ElementTree.SubElement(suite, "testcase", classname=_text(path), name="the whole of it")
        kind = type(problem).__name__
        ElementTree.SubElement(case, "error", type=kind, message=_text(problem.message)).text = _text(str(problem))
    if found.result.notes:
        ElementTree.SubElement(suite, "system-out").text = _text("\n".join(found.result.notes))
    return suite


def _text(text: str) -> str:
    r"""Write characters that XML cannot have as ``\xHH``, as lines of a transcript do."""
    return _UNWRITABLE.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
