"""The command /proxy, as the program of its own that it is."""

from __future__ import annotations

import json
import re
import signal
import smtplib
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from smtpshell.errors import SmtpshellError
from smtpshell.practice import USERS, PracticeServer
from smtpshell.shell.interpreter import Interpreter
from smtpshell.transcript.syntax import read

USER = USERS[0]


@pytest.fixture
def server() -> Iterator[PracticeServer]:
    """Run a practice server for one test."""
    with PracticeServer() as server:
        yield server


@contextmanager
def program(*arguments: str, before: tuple[str, ...] = ()) -> Iterator[tuple[subprocess.Popen[str], str, int]]:
    """Run `smtpshell proxy`, by way of ``before``; give it, its first line, and the port it listens on."""
    with subprocess.Popen(
        [*before, sys.executable, "-m", "smtpshell", "proxy", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout
            first = process.stdout.readline()
            found = re.search(r"(?:smtps?|lmtp)://127\.0\.0\.1:([0-9]+)", first)
            assert found, first + (process.stderr.read() if process.stderr else "")
            yield process, first, int(found[1])
        finally:
            process.kill()


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_runs_until_it_is_interrupted(server: PracticeServer, tmp_path: Path, end: signal.Signals) -> None:
    """Each conversation is told when it ends; the end is a summary, and exit status 0."""
    folder = f"{tmp_path}/kept/"
    ca_file = tmp_path / "ca.pem"
    with program("--to", server.url, "--record", folder, "--write-ca", str(ca_file)) as (process, first, port):
        assert f"to {server.url}, recording to {folder}; Ctrl-C ends it" in first
        assert process.stdout
        with smtplib.SMTP("localhost", port) as client:
            client.starttls(context=ssl.create_default_context(cafile=str(ca_file)))
            client.login(USER.name, USER.password)
            client.docmd("VRFY", "nobody")
        told = process.stdout.readline()
        assert re.search(r"127\.0\.0\.1:[0-9]+: [0-9]+ replies, 1 negative; .*/kept/0001-.*\.smtp$", told)
        process.send_signal(end)
        output, errors = process.communicate(timeout=10)
    assert output == "connections: 1, messages accepted: 0, negative replies: 1, failed: 0\n"
    assert (errors, process.returncode) == ("", 0)
    (recorded,) = Path(folder).iterdir()
    text = recorded.read_text()
    assert f"server: {server.url}\n" in text
    assert USER.password not in text


def test_once_as_json(server: PracticeServer, tmp_path: Path) -> None:
    """With --once the first connection's end is the proxy's; --json has an object for each thing told."""
    file = tmp_path / "one.smtp"
    with program("--to", server.url, "--record", str(file), "--once", "--json") as (process, first, port):
        smtplib.SMTP("127.0.0.1", port).quit()
        output, _ = process.communicate(timeout=10)
    begun, ended, summary = (json.loads(line) for line in [first, *output.splitlines()])
    assert (begun["event"], begun["to"], begun["record"]) == ("proxy", server.url, str(file))
    assert (ended["event"], ended["file"], ended["replies"], ended["problem"]) == ("proxied", str(file), 2, "")
    assert (summary["event"], summary["connections"], summary["failed"]) == ("summary", 1, 0)
    assert process.returncode == 0


def test_an_unreachable_server_is_told(tmp_path: Path) -> None:
    """The exit status is that of a connection that did not come about."""
    with PracticeServer() as gone:
        url = gone.url
    with program("--to", url, "--record", str(tmp_path / "one.smtp"), "--once") as (process, _, port):
        with pytest.raises(smtplib.SMTPConnectError):
            smtplib.SMTP("127.0.0.1", port)
        output, _ = process.communicate(timeout=10)
    assert "Connection refused" in output
    assert "failed: 1" in output
    assert process.returncode == 3


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--record", "{}"], "this file exists"),
        (["--record", "{}/x/"], "cannot record there"),
        (["--record", "{}-new", "--tls", "--no-tls"], "--tls and --no-tls exclude each other"),
        (["--record", "{}-new", "--write-ca", "{}"], "File exists"),
        (["--record", "{}-new", "--listen", "127.0.0.1:{port}"], "cannot listen on 127.0.0.1 port"),
    ],
)
def test_what_cannot_be(server: PracticeServer, tmp_path: Path, arguments: list[str], complaint: str) -> None:
    """It is refused in one line, before anything listens."""
    there = tmp_path / "there"
    there.write_text("x")
    words = [argument.format(there, port=server.port) for argument in arguments]
    done = subprocess.run(
        [sys.executable, "-m", "smtpshell", "proxy", "--to", server.url, *words],
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert complaint in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.returncode in (2, 3)
    assert there.read_text() == "x"


def test_a_full_disk_is_said_once(server: PracticeServer, tmp_path: Path) -> None:
    """The mail goes on, and what fitted is a transcript."""
    file = tmp_path / "one.smtp"

    # What measures coverage would write into the same little room.
    little_room = ("env", "-u", "COVERAGE_PROCESS_CONFIG", "sh", "-c", 'ulimit -f 1; exec "$@"', "sh")
    with program("--to", server.url, "--record", str(file), "--once", before=little_room) as (process, _, port):
        with smtplib.SMTP("127.0.0.1", port) as client:
            assert client.sendmail("a@example.org", ["student@example.test"], b"Subject: hi\r\n") == {}
        output, errors = process.communicate(timeout=10)
    assert output.count(f"{file}: File too large; nothing more is recorded\n") == 1
    assert "messages accepted: 1" in output
    assert (errors, process.returncode) == ("", 0)
    assert read(file).entries


def test_a_name_that_no_certificate_takes(tmp_path: Path) -> None:
    """The certificate is then for localhost alone."""
    ca_file = tmp_path / "ca.pem"
    place = ["--record", str(tmp_path / "one.smtp"), "--write-ca", str(ca_file)]
    with program("--to", "smtp://mail_1:25", *place) as (process, _, _):
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=10)
    assert (errors, process.returncode) == ("", 0)
    assert ca_file.read_text().startswith("-----BEGIN CERTIFICATE-----")


def test_the_prompt_is_not_blocked(offline: Interpreter) -> None:
    """Where another thread has the terminal, Ctrl-C could not end the proxy: it is refused."""
    told: list[SmtpshellError] = []
    offline.errors = told.append
    thread = threading.Thread(target=offline.execute, args=["/proxy --to localhost --record x.smtp"])
    thread.start()
    thread.join()
    assert [error.message for error in told] == ["/proxy serves until Ctrl-C and cannot share the prompt"]


def test_completion_offers_files(offline: Interpreter, tmp_path: Path) -> None:
    """Behind --record, as for every file."""
    (tmp_path / "kept").mkdir()
    line = f"/proxy --record {tmp_path}/"
    assert f"{tmp_path}/kept/" in [candidate.text for candidate in offline.completions(line, len(line))]
