"""JUnit XML of a script: a case an expectation, and whatever else made the exit status."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from smtpshell.cli import main
from smtpshell.practice import PracticeServer


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder of its own."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def practice() -> Iterator[PracticeServer]:
    """Run a practice server."""
    with PracticeServer() as server:
        yield server


def results(url: str, script: str, *options: str) -> tuple[int, ElementTree.Element]:
    """Run a script, give the exit status and the one test suite."""
    Path("s.txt").write_text(script)
    status = main([url, "s.txt", "--junit", "results.xml", *options])
    root = ElementTree.fromstring(Path("results.xml").read_bytes())  # noqa: S314 (written here)
    assert (root.tag, root.get("name"), len(root)) == ("testsuites", "smtpshell script", 1)
    assert {name: root.get(name) for name in ("tests", "failures", "errors")} == {
        name: root[0].get(name) for name in ("tests", "failures", "errors")
    }
    return status, root[0]


def test_a_case_an_expectation(practice: PracticeServer) -> None:
    """Each has its place and the command; a failure has the whole exchange, secrets aside."""
    Path("inner.txt").write_text("VRFY nobody\n/expect 550 5.1.1\n")
    script = (
        "EHLO me.test\n/expect 250\nAUTH PLAIN AHN0dWRlbnQAZmlyc3QtbGVzc29u\n/expect 535\n"
        "/source inner.txt\nQUIT\n/expect 221\n"
    )
    status, suite = results(practice.url, script, "--keep-going")
    assert status == 1
    assert suite.get("name") == f"s.txt against {practice.url}"
    assert [(case.get("classname"), case.get("name")) for case in suite] == [
        ("s.txt", "s.txt:2: EHLO me.test"),
        ("s.txt", "s.txt:4: AUTH PLAIN ${auth}"),
        ("inner.txt", "inner.txt:2: VRFY nobody"),
        ("s.txt", "s.txt:7: QUIT"),
    ]
    (failure,) = suite.findall("testcase/failure")
    assert str(failure.get("message")).startswith("expected 535, got 235 2.7.0 ")
    assert str(failure.text).startswith("s.txt:4: expected 535, got 235 ")
    assert "\nC: AUTH PLAIN ${auth}\nS: 235 " in str(failure.text)
    assert "AHN0" not in Path("results.xml").read_text()


# script -> the cases, what the failure or error says, the exit status
ENDS = {
    "all is well": ("NOOP\n/expect 250\nQUIT\n", ["s.txt:2: NOOP"], "", 0),
    "the first failure": (
        "NOOP\n/expect 251\n/expect 252\n",
        ["s.txt:2: NOOP"],
        "expected 251, got 250 2.0.0 OK",
        1,
    ),
    "an error": ("NOOP\n/nonsense\n", ["s.txt:2:1"], "there is no command /nonsense", 2),
    "a refusal": ("VRFY nobody\n", ["the whole of it"], "exit status 1: something came that nothing expected", 1),
    "nothing": ("", [], "", 0),
}


@pytest.mark.parametrize("name", ENDS)
def test_what_ends_a_script(name: str, practice: PracticeServer) -> None:
    """No bad exit status is without a failure or an error."""
    script, cases, said, status = ENDS[name]
    found, suite = results(practice.url, script)
    assert found == status
    assert [case.get("name") for case in suite] == cases
    told = [*suite.findall("testcase/failure"), *suite.findall("testcase/error")]
    assert [element.get("message") for element in told] == ([said] if said else [])


def test_no_connection_is_an_error() -> None:
    """It is told in the file too."""
    status, suite = results("127.0.0.1:1", "NOOP\n")
    assert status == 3
    (error,) = suite.findall("testcase/error")
    assert error.get("type") == "ConnectError"


def test_lines_of_the_command_line(practice: PracticeServer) -> None:
    """Lines of -c have no numbers; their expectations are counted."""
    main([practice.url, "-c", "NOOP", "-c", "/expect 250", "-c", "/expect 2yz", "--junit", "results.xml"])
    root = ElementTree.fromstring(Path("results.xml").read_bytes())  # noqa: S314 (written here)
    assert [case.get("name") for case in root[0]] == ["expectation 1: NOOP", "expectation 2: NOOP"]


def test_files_that_will_not_do(practice: PracticeServer, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that is not there is told before anything is sent; so is a use without a script."""
    assert main([practice.url, "-c", "NOOP", "--junit", "no/results.xml"]) == 2
    assert "there is no folder no" in capsys.readouterr().err
    assert main([practice.url, "-c", "NOOP", "--junit", "/dev/full"]) == 2
    assert "/dev/full: No space left on device; choose another name" in capsys.readouterr().err
    assert main([practice.url, "--junit", "results.xml"]) == 2
    assert capsys.readouterr().err == "smtpshell: --junit needs a script; name a file, or - for standard input\n"
