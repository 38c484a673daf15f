"""Replays many transcripts against many servers, several at once, and writes the results as JUnit XML.

Each replay has its connection and its thread; results come in the order of the jobs, however long each took.
A replay that cannot be done is a result like another.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from smtpshell.errors import SmtpshellError
from smtpshell.protocol.sasl import Credentials
from smtpshell.session.session import Session
from smtpshell.transcript.junit import Case, Suite, document
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


def junit(done: Iterable[Replayed]) -> bytes:
    """Give the results as JUnit XML: a test suite a replay, a test case a reply."""
    return document("smtpshell replay", [_suite(found) for found in done])


def _suite(found: Replayed) -> Suite:
    path = found.job.transcript.path
    cases = [
        Case(
            classname=path,
            name=f"line {exchange.line}: {exchange.command or 'the greeting'}",
            why=exchange.why,
            details=str(exchange),
        )
        for exchange in found.exchanges
    ]
    if (problem := found.result.problem) is not None:
        whole = "the whole of it"
        kind = type(problem).__name__
        cases.append(Case(classname=path, name=whole, why=problem.message, details=str(problem), error=kind))
    return Suite(
        name=f"{path} against {found.job.server}", cases=cases, seconds=found.seconds, notes=found.result.notes
    )
