"""Many replays at once: results in order, JSON Lines, JUnit XML, one exit status."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from smtpshell.cli import main
from smtpshell.errors import ExitStatus
from smtpshell.practice import PracticeServer
from smtpshell.session.session import Session
from smtpshell.transcript.replay_many import Job, junit, replay_many
from smtpshell.transcript.syntax import parse
from tests.transcript.test_replay import Scripted

TEXT = "smtp-transcript: 1\n\nS: 220 mx\nC: NOOP\nS: 250 ok\nC: VRFY {}\nS: 252 maybe\nC: QUIT\nS: 221 bye\n"


def job(name: str, **replies: str) -> Job:
    """Give a replay against a server of its own."""
    server = Scripted(**{"VRFY": "252 maybe", **replies})
    return Job(transcript=parse(TEXT.format("x"), name), server=f"{name}.example.test", connect=server.session)


def tree(octets: bytes) -> ElementTree.Element:
    """Read XML that was written here."""
    return ElementTree.fromstring(octets)  # noqa: S314  it is our own


@pytest.mark.parametrize("at_once", [1, 4])
def test_results_come_in_order(at_once: int) -> None:
    """However many run at once, each job's comparisons and its result are told in the order of the jobs."""
    jobs = [job(f"{number}.smtp", **({"NOOP": "451 no"} if number % 3 == 0 else {})) for number in range(9)]
    told: list[str] = []
    found = list(
        replay_many(jobs, at_once=at_once, on_exchange=lambda job, exchange: told.append(job.transcript.path))
    )
    assert [done.job for done in found] == jobs
    assert told == [job.transcript.path for job in jobs for _ in range(4)]
    assert [len(done.result.mismatches) for done in found] == [1, 0, 0] * 3
    assert all(len(done.exchanges) == 4 for done in found)


def test_they_do_run_at_once() -> None:
    """Two jobs that wait for each other both end."""
    meeting = threading.Barrier(2, timeout=20)

    def connect() -> Session:
        meeting.wait()
        return Scripted(VRFY="252 maybe").session()

    jobs = [Job(transcript=parse(TEXT, "t"), server="s", connect=connect)] * 2
    assert [done.result.exit_status for done in replay_many(jobs, at_once=2)] == [ExitStatus.EXPECTED] * 2


def test_stopping_ends_each_at_its_first_difference() -> None:
    """The others go on."""
    jobs = [job("a", NOOP="451 no", VRFY="550 no"), job("b")]
    counts = [done.result.exchanges for done in replay_many(jobs, on_mismatch="stop")]
    assert counts == [2, 4]


def test_junit_says_all_there_is() -> None:
    """A suite a replay, a case a reply, failures with a reason, problems as errors, nothing XML cannot hold."""
    strange = job("b\x1b.smtp", NOOP="451 \x1b]0;evil\x07 <no> & \x00")
    unanswerable = Job(transcript=parse(TEXT.format("${x}"), "c"), server="s", connect=Scripted().session)
    octets = junit(replay_many([job("a"), strange, unanswerable]))
    root = tree(octets)
    assert (root.tag, dict(root.attrib)) == (
        "testsuites",
        {"name": "smtpshell replay", "tests": "9", "failures": "1", "errors": "1"},
    )
    suites = root.findall("testsuite")
    assert [suite.get("name") for suite in suites] == [
        "a against a.example.test",
        r"b\x1b.smtp against b\x1b.smtp.example.test",
        "c against s",
    ]
    for suite in suites:
        cases = suite.findall("testcase")
        assert suite.get("tests") == str(len(cases))
        assert suite.get("failures") == str(len(suite.findall("testcase/failure")))
        assert suite.get("errors") == str(len(suite.findall("testcase/error")))
        assert float(suite.get("time", "x")) >= 0
        assert all(case.get("name") and case.get("classname") for case in cases)
    assert [case.get("name") for case in suites[0]] == [
        "line 3: the greeting",
        "line 5: NOOP",
        "line 7: VRFY x",
        "line 9: QUIT",
    ]
    failure = suites[1].find("testcase/failure")
    assert failure is not None
    assert failure.get("message") == "code differs: 250 expected, 451 came"
    assert r"got      S= 451 \x1b]0;evil\x07 <no> & \x00" in (failure.text or "")
    error = suites[2].find("testcase/error")
    assert error is not None
    assert (error.get("type"), error.text) == ("UsageError", "c:6: no value for ${x}; give it with --set x=VALUE")
    assert b"\x1b" not in octets


@pytest.fixture(scope="module")
def servers() -> Iterator[list[str]]:
    """Run two practice servers."""
    with PracticeServer() as one, PracticeServer() as other:
        yield [one.url, other.url]


def test_many_files_against_many_servers(
    servers: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All combinations are replayed, each comparison is an object, and the exit status is that of the gravest."""
    right, wrong, results = tmp_path / "right.smtp", tmp_path / "wrong.smtp", tmp_path / "results.xml"
    right.write_text(TEXT.format("student").replace("252", "250"))
    wrong.write_text(TEXT.format("nobody").replace("221 bye", "550 no"))
    asked = ["replay", str(right), *(word for url in servers for word in ("--against", url)), "--jobs", "4"]
    assert main(asked) == 0
    assert capsys.readouterr().out.splitlines() == [
        *(f"{right} against {url}: 4 replies compared, all as recorded" for url in servers),
        "2 replays, all as recorded",
    ]
    assert main([*asked[:1], str(wrong), *asked[1:], "--json", "--stop", "--junit", str(results)]) == 1
    objects = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    exchanges = [item for item in objects if item["event"] == "exchange"]
    assert [(item["file"], item["server"]) for item in objects if item["event"] == "replayed"] == [
        (str(file), url) for url in servers for file in (wrong, right)
    ]
    assert {item["server"] for item in exchanges} == set(servers)
    assert sum(not item["matched"] for item in exchanges) == 2
    assert objects[-1] == {"event": "replayed all", "replays": 4, "different": 2}
    assert len(tree(results.read_bytes()).findall("testsuite")) == 4
    assert main([*asked, "--junit", str(tmp_path / "none" / "x.xml")]) == 2


def test_a_server_that_is_not_there_is_a_result(servers: list[str], tmp_path: Path) -> None:
    """It fails its own replays with the exit status of a failed connection, and is an error in the XML."""
    file, results = tmp_path / "t.smtp", tmp_path / "results.xml"
    file.write_text(TEXT.format("student").replace("252", "250"))
    with PracticeServer() as server:
        gone = server.url
    assert main(["replay", str(file), "--against", gone, "--against", servers[0], "--junit", str(results)]) == 3
    root = tree(results.read_bytes())
    assert (root.get("tests"), root.get("errors"), root.get("failures")) == ("5", "1", "0")
