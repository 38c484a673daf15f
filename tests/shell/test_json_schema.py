"""The JSON Schema of --json: every event that is written is in it, as it is written."""

from __future__ import annotations

import ast
import json
import os
import signal
import smtplib
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

import smtpshell
from smtpshell.cli import main
from smtpshell.practice import PracticeServer
from tests.session.scripted import Peer, served

SHELL = Path(smtpshell.__file__).parent / "shell"
SCHEMA: dict[str, Any] = json.loads(
    files("smtpshell.shell.batch").joinpath("json_lines.schema.json").read_text("utf-8")
)
BRANCHES = {name: branch for name, branch in SCHEMA["$defs"].items() if not name.startswith("-")}
VALIDATOR = Draft202012Validator(SCHEMA)
# Each branch by itself: what is wrong is told without what all the other branches want.
VALIDATORS = {
    name: VALIDATOR.evolve(schema={"$defs": SCHEMA["$defs"], **branch}) for name, branch in BRANCHES.items()
}

TRANSCRIPT = (
    "smtp-transcript: 1\n\nS: 220 mx\nC: EHLO me.test\nS: 250 mx\nC: VRFY nobody\nS: 550 no\nC: QUIT\nS: 221 bye\n"
)


def events_in_code() -> dict[str, list[str]]:
    """Give each "event" that a literal dictionary of the shell has, and where."""
    found: dict[str, list[str]] = {}
    for file in sorted(SHELL.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, ast.Dict):
                continue
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "event" and isinstance(value, ast.Constant):
                    found.setdefault(str(value.value), []).append(f"{file.relative_to(SHELL)}:{node.lineno}")
    return found


def check(line: str) -> str:
    """Hold one line of output to the schema; give its event."""
    said = json.loads(line)
    assert said["event"] in BRANCHES, f"json_lines.schema.json has no branch for {line}"
    try:
        VALIDATORS[said["event"]].validate(said)
        VALIDATOR.validate(said)
    except ValidationError as error:
        raise AssertionError(f"{error.message} in {line}") from None
    return str(said["event"])


# ---------------------------------------------------------------- conversations that write them

Written = Sequence[str]
Produce = Callable[["Runner"], Written]


class Runner:
    """Runs the program with --json at a practice server, in a folder of its own."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.url = ""
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Written:
        main([*arguments, "--json"])
        return self._capsys.readouterr().out.splitlines()

    def lines(self, *lines: str) -> Written:
        """Run lines at the practice server."""
        return self(self.url, *(word for line in lines for word in ("-c", line)))


def mail(run: Runner) -> Written:
    """Send a message by hand, in TLS, with every kind of answer on the way."""
    return run.lines(
        "EHLO me.test",
        "/starttls",
        "/certificate",
        "AUTH LOGIN",
        "student",
        "first-lesson",
        "MAIL FROM:<me@example.test> SIZE=99",
        "RCPT TO:<nobody@example.test>",
        "RCPT TO:<student@example.test>",
        "DATA",
        ".hi \u00e9",
        ".",
        "/expect 2yz",
        "/state",
        "QUIT",
    )


def chunks(run: Runner) -> Written:
    """Send one in chunks, and make mistakes."""
    Path("m").write_bytes(b"x\n.\n")
    lines = ["MAIL FROM:<>", "EHLO x", "MAIL FROM:<>", "RCPT TO:<student@example.test>", "/bdat m --chunk 2"]
    return run.lines(*lines, "FROB \u202e", "/findings", "/raw 'NOOP\\n'", "/expect 251 to NOOP")


def of_the_shell(run: Runner) -> Written:
    """Ask the shell itself."""
    lines = [
        "/set",
        "/set timeout",
        "/let name value",
        "/let",
        "/explain 550 5.1.1",
        "/explain",
        "/practice",
        "/config",
        "/config --example",
        "/completion fish",
        "NOOP",
        "/hex",
        "/decode VXNlcm5hbWU6",
    ]
    return run(*(word for line in [*lines, "/practice --mischief", "/nonsense"] for word in ("-c", line)))


def smuggled(run: Runner) -> Written:
    """Begin TLS at a server that says more than it should, and one that goes away."""

    def says_more(peer: Peer) -> None:
        peer.say("220 mx\r\n")
        peer.answer("250-mx\r\n250 STARTTLS", "220 go\r\n250 evil")

    def leaves(peer: Peer) -> None:
        peer.say("220 mx \x1b\xff\r\n")
        peer.line()

    with served(says_more) as where:
        said = list(run(where, "-c", "/starttls"))
    with served(leaves) as where:
        return said + list(run(where, "-c", "NOOP", "-c", "/expect closed"))


def several(run: Runner) -> Written:
    """Have two sessions."""
    return run.lines(
        "EHLO me.test", f"/connect {run.url}", "NOOP", "/sessions", "/switch 1", "/each NOOP", "/timing"
    )


def nobody(run: Runner) -> Written:
    """Connect to nobody."""
    return run("127.0.0.1:1", "-c", "NOOP")


def placed(run: Runner) -> Written:
    """Go wrong in a script."""
    Path("s.txt").write_text("NOOP\n/expect 250\n/expect 251\n")
    first = run(run.url, "s.txt", "--keep-going")
    Path("s.txt").write_text("/nonsense\n")
    return [*first, *run(run.url, "s.txt")]


def sending(run: Runner) -> Written:
    """Send by one command."""
    to = ["--to", "student@example.test", "--to", "nobody@example.test"]
    return run("send", run.url, "--from", "me@example.test", *to, "--count", "2")


def asking(run: Runner) -> Written:
    """Ask one question each."""
    return [line for name in ("teacher", "nobody") for line in run("vrfy", name, run.url)]


def transcripts(run: Runner) -> Written:
    """Do all there is to do with transcripts."""
    Path("a.smtp").write_text(TRANSCRIPT)
    Path("b.smtp").write_text(TRANSCRIPT.replace("nobody", "teacher").replace("221 bye", "421 bye"))
    Path("swaks.log").write_text("=== Connected to mx.\n<-  220 mx\n -> QUIT\n<-  221 bye\n")
    shrink = ("shrink", "a.smtp", "--against", run.url, "--until", "550 to VRFY")
    runs = [
        ("replay", "a.smtp", "b.smtp", "--against", run.url),
        ("compare", "a.smtp", "b.smtp"),
        ("anonymize", "a.smtp"),
        ("anonymize", "a.smtp", "--output", "c.smtp"),
        shrink,
        (*shrink, "--output", "d.smtp"),
        ("export", "a.smtp", "--to", "markdown"),
        ("import", "swaks.log"),
        ("explain", "PIPELINING"),
        ("json-schema",),
    ]
    return [line for arguments in runs for line in run(*arguments)]


def served_once(run: Runner) -> Written:
    """Play a transcript's server to a client that strays from it."""
    Path("a.smtp").write_text(TRANSCRIPT)
    return beside("serve", "a.smtp", "--once")


def proxied(run: Runner) -> Written:
    """Stand between a client and the practice server."""
    return beside("proxy", "--to", run.url, "--record", "kept/", "--once")


def practising(run: Runner) -> Written:
    """Run the practice server alone."""
    return beside("practice", "--listen", "127.0.0.1:0")


def learning(run: Runner) -> Written:
    """Play a lesson, with all that one may do in it."""
    lines = ["/learn 1", "NOOP", "/hint", "EHLO me.test", *["/skip"] * 5, "/lessons"]
    return run(*(word for line in lines for word in ("-c", line)))


def beside(*arguments: str) -> Written:
    """Run the program as one of its own, be its client, and end it."""
    environment = {**os.environ, "PYTHONPATH": str(SHELL.parent.parent), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "smtpshell", *arguments, "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as program:
        assert program.stdout is not None
        first = program.stdout.readline()
        port = int(json.loads(first)["url"].rpartition(":")[2])
        with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
            client.ehlo("me.test")
            client.verify("somebody")
        if arguments[0] == "practice":
            program.send_signal(signal.SIGTERM)
        return [first, *program.communicate(timeout=20)[0].splitlines()]


# what is run -> the events that must be among what it writes
RUNS: dict[Produce, set[str]] = {
    mail: {
        *(
            "connected",
            "greeting",
            "command",
            "reply",
            "tls",
            "certificate",
            "certificates",
            "continue",
            "content",
        ),
        *("expectation", "state", "closed"),
    },
    chunks: {"content", "findings", "expectation", "error"},
    of_the_shell: {
        "settings",
        "config",
        "example",
        "variables",
        "completion",
        "explanation",
        "practice",
        "error",
        "octets",
        "decoded",
    },
    smuggled: {"discarded", "error", "closed", "expectation"},
    several: {"sessions", "switched", "each", "timing", "reply"},
    nobody: {"error"},
    placed: {"error", "expectation"},
    sending: {"sent"},
    asking: {"answer"},
    transcripts: {
        *("exchange", "replayed", "replayed all", "compared", "compared exchange", "anonymized", "shrunk"),
        *("export", "import", "explanation", "schema"),
    },
    served_once: {"serving", "served", "served-all"},
    proxied: {"proxy", "proxied", "summary"},
    practising: {"practice"},
    learning: {"lesson", "lessons"},
}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Runner]:
    """Give what runs the program at a practice server."""
    monkeypatch.chdir(tmp_path)
    runner = Runner(capsys)
    with PracticeServer() as server:
        runner.url = server.url
        yield runner


@pytest.mark.parametrize("produce", RUNS, ids=[produce.__name__ for produce in RUNS])
def test_what_is_written_is_in_the_schema(run: Runner, produce: Produce) -> None:
    """Every line is one event, with the fields of its branch and no others."""
    written = [check(line) for line in produce(run)]
    assert RUNS[produce] <= set(written)


# ---------------------------------------------------------------- the schema itself


def test_it_is_a_schema() -> None:
    """It is one of draft 2020-12, and each branch says its event, what it is, and that nothing else is in it."""
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["unevaluatedProperties"] is False
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    references = {each["$ref"].removeprefix("#/$defs/").replace("%20", " ") for each in SCHEMA["oneOf"]}
    assert references == set(BRANCHES)
    for name, branch in BRANCHES.items():
        assert branch["properties"]["event"] == {"const": name}
        assert "event" in branch["required"]
        assert set(branch["required"]) <= set(branch["properties"])
        assert branch["description"].endswith(".")


def test_every_event_of_the_code_has_its_branch() -> None:
    """Who adds an event describes it in json_lines.schema.json and has RUNS above write it."""
    code = events_in_code()
    missing = {name: places for name, places in code.items() if name not in BRANCHES}
    assert missing == {}
    assert set(BRANCHES) - set(code) == set()
    assert set().union(*RUNS.values()) == set(BRANCHES)


REFUSED = [
    {"event": "lunch"},
    {"seconds": 1},
    {"event": "connected"},
    {"event": "connected", "to": "mx", "by": "tcp"},
    {"event": "closed", "seconds": 1, "by": "nobody", "unanswered": []},
    {"event": "reply", "seconds": 1, "code": "250", "enhanced": None, "lines": [], "to": None},
    {"event": "anonymized", "file": "x"},
    ["event"],
]


@pytest.mark.parametrize("said", REFUSED, ids=str)
def test_what_is_not_in_it_is_refused(said: object) -> None:
    """Unknown events, fields and values are not valid."""
    assert not VALIDATOR.is_valid(said)


def test_the_command_prints_it(run: Runner, capsys: pytest.CaptureFixture[str]) -> None:
    """As it is in the package, for any validator; and at the prompt."""
    assert main(["json-schema"]) == 0
    assert json.loads(capsys.readouterr().out) == SCHEMA
