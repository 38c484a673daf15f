"""The program: modes, exit statuses, one line for every error, nothing that leaks."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import smtpshell
from smtpshell.cli import main
from smtpshell.practice import PracticeServer
from smtpshell.shell.declaration.arguments import main_parser
from smtpshell.shell.declaration.command import load_commands
from tests.session.scripted import Peer, served

PROGRAM = [sys.executable, "-m", "smtpshell"]
PASSWORD = "first-lesson"
INITIAL = "AHN0dWRlbnQAZmlyc3QtbGVzc29u"


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Give an empty standard input, no credentials, and a folder of its own."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    monkeypatch.setenv("PYTHONPATH", str(Path(smtpshell.__file__).parent.parent))
    monkeypatch.chdir(tmp_path)
    for name in ("SMTPSHELL_USER", "SMTPSHELL_PASSWORD", "SMTPSHELL_TOKEN", "SMTPSHELL_DEBUG", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def practice() -> Iterator[PracticeServer]:
    """Run a practice server."""
    with PracticeServer() as server:
        yield server


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run the program in this process; give exit status, output, errors."""

    def run(*arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        return (int(status), *capsys.readouterr())

    return run


def typed(monkeypatch: pytest.MonkeyPatch, octets: bytes) -> None:
    """Put octets on standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(octets)))


Run = Callable[..., tuple[int, str, str]]


# ---------------------------------------------------------------- modes


def test_lines(run: Run, practice: PracticeServer) -> None:
    """-c runs lines in order and prints the whole conversation with direction marks."""
    status, output, errors = run(practice.url, "-c", "EHLO me.test", "-c", "VRFY teacher", "-c", "QUIT")
    assert (status, errors) == (0, "")
    assert output.startswith(f"-- connected to {practice.host}:{practice.port}\nS: 220 ")
    assert "C: EHLO me.test\nS: 250-practice.example.test greets me.test\n" in output
    assert "C: VRFY teacher\nS: 250 2.1.5 Tess Teacher <teacher@example.test>\n" in output
    assert output.endswith("-- closed by server\n")


def test_standard_input(run: Run, practice: PracticeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without -c the lines come from standard input; content is stuffed and arrives as it was."""
    lines = b"EHLO me\nMAIL FROM:<student@example.test>\nRCPT TO:<teacher@example.test>\nDATA\n.x\n\xff\n.\nQUIT\n"
    typed(monkeypatch, lines)
    status, output, _ = run(practice.url)
    assert status == 0
    assert "C: ..x\nC: \\xff\n" in output
    (message,) = practice.mailboxes.mailbox("teacher").messages
    assert message.content == b".x\r\n\xff\r\n"


def test_no_url_is_the_practice_server(run: Run) -> None:
    """Without a URL the lines go to a practice server of our own."""
    status, output, _ = run("-c", "EHLO me", "-c", "QUIT")
    assert status == 0
    assert "smtpshell practice server" in output


def test_json(run: Run, practice: PracticeServer) -> None:
    """--json writes one object a line, events in their order."""
    status, output, _ = run(practice.url, "--json", "-c", "EHLO me", "-c", "RCPT TO:<x@y>", "-c", "QUIT")
    said = [json.loads(line) for line in output.splitlines()]
    assert status == 1
    assert [row["event"] for row in said] == [
        "connected",
        "greeting",
        *["command", "reply"] * 3,
        "closed",
    ]
    assert [row.get("code") for row in said if "code" in row] == [220, 250, 503, 221]


def test_record_then_replay(run: Run, practice: PracticeServer) -> None:
    """--record makes a transcript; replayed it is as recorded, and a difference is exit status 1."""
    assert run(practice.url, "--record", "x.smtp", "-c", "EHLO me", "-c", "EXPN class", "-c", "QUIT")[0] == 0
    status, output, _ = run("replay", "x.smtp", "--against", practice.url)
    assert (status, output) == (0, "x.smtp: 4 replies compared, all as recorded\n")
    file = Path("x.smtp")
    file.write_text(re.sub(r"(?m)S: 250([- ]2\.1\.5)", r"S: 550\1", file.read_text()))
    status, output, _ = run("replay", "x.smtp", "--against", practice.url)
    assert status == 1
    assert "4 replies compared, 1 different" in output
    assert "expected S: 550" in output
    status, output, _ = run("replay", "x.smtp", "--against", practice.url, "--json")
    rows = [json.loads(line) for line in output.splitlines()]
    assert [row["event"] for row in rows] == ["exchange"] * 4 + ["replayed"]
    assert [row["matched"] for row in rows[:-1]].count(False) == 1


def test_explain(run: Run) -> None:
    """The subcommand explain tells what a code means."""
    status, output, _ = run("explain", "550", "5.1.1")
    assert status == 0
    assert output.startswith("550: ")
    assert "no such mailbox" in output


def test_variables(run: Run, practice: PracticeServer) -> None:
    """--var gives values to lines where --variables says so; without it what is typed is what is sent."""
    _, output, _ = run(practice.url, "--variables", "--var", "x=a b=c", "-c", "NOOP ${x}", "-c", "QUIT")
    assert "C: NOOP a b=c\n" in output
    _, output, _ = run(practice.url, "--var", "x=a", "-c", "NOOP ${x}", "-c", "QUIT")
    assert "C: NOOP ${x}\n" in output
    for given, why in (
        ("x", "'x' is not NAME=VALUE"),
        ("auth=x", "called auth"),
        ("x=a\nQUIT", "holds a line end"),
    ):
        status, _, errors = run(practice.url, "--var", given, "-c", "QUIT")
        assert status == 2
        assert why in errors


def test_starttls(run: Run, practice: PracticeServer) -> None:
    """--starttls comes first; a certificate nobody vouches for is said loudly, and --verify refuses it."""
    status, output, _ = run(practice.url, "--starttls", "-c", "QUIT")
    assert status == 0
    assert "NOT VERIFIED: " in output
    status, _, errors = run(practice.url, "--starttls", "--verify", "-c", "QUIT")
    assert status == 4
    assert errors.count("\n") == 1
    authority = practice.ca_file()
    name = "practice.example.test"
    status, output, _ = run(
        practice.url, "--starttls", "--verify", "--ca-file", authority, "--tls-name", name, "-c", "QUIT"
    )
    assert status == 0
    assert "verified=yes" in output


PARTIES = ["--from", "me@example.test", "--to", "student@example.test"]


def test_send(run: Run, practice: PracticeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Send connects, sends what is on standard input as it is, shows the conversation, and says QUIT."""
    typed(monkeypatch, b"Subject: x\n\n.\n\xff")
    status, output, errors = run("send", practice.url, "-", *PARTIES, "--hello", "me.example.test")
    assert (status, errors) == (0, "")
    assert "C: EHLO me.example.test\n" in output
    assert output.endswith("-- closed by server\n")
    (message,) = practice.mailboxes.mailbox("student").messages
    assert message.content == b"Subject: x\r\n\r\n.\r\n\xff\r\n"


def test_send_as_json(run: Run, practice: PracticeServer) -> None:
    """With --json what came of it is an object, and some refused is exit status 1."""
    status, output, _ = run("send", practice.url, *PARTIES, "--to", "nobody@example.test", "--json")
    (sent,) = [row for row in map(json.loads, output.splitlines()) if row["event"] == "sent"]
    assert status == 1
    assert (sent["number"], sent["code"], sent["accepted"]) == (1, 250, ["student@example.test"])
    assert [(row["recipient"], row["code"]) for row in sent["refused"]] == [("nobody@example.test", 550)]


def test_send_needs_a_password(run: Run, practice: PracticeServer) -> None:
    """Without a password and somebody to ask it is exit status 2, and the server is told goodbye."""
    status, output, errors = run("send", practice.url, *PARTIES, "--auth", "auto", "--user", "student")
    assert status == 2
    assert errors == "smtpshell: no password is given; set SMTPSHELL_PASSWORD, or use --password-command\n"
    assert "C: QUIT" in output
    assert "MAIL" not in output


def test_send_stopped(run: Run, practice: PracticeServer) -> None:
    """A conversation that was cut as asked is what was expected."""
    status, output, errors = run("send", practice.url, *PARTIES, "--drop-after", "data")
    assert (status, errors) == (0, "")
    assert output.endswith("  dropped after data, as asked\n-- closed by client\n")


ASKED = [
    (["vrfy", "student"], [], 0, "250 2.1.5 Sam Student <student@example.test>\n"),
    (["vrfy", "nobody"], [], 1, "550 5.1.1 No user <nobody> here\n"),
    (["expn", "class"], [], 0, "250-2.1.5 Sam Student"),
    (["mail-help"], ["MAIL"], 0, "214-2.0.0 MAIL FROM:"),
]


@pytest.mark.parametrize(("before", "behind", "status", "said"), ASKED)
def test_questions(
    run: Run, practice: PracticeServer, before: list[str], behind: list[str], status: int, said: str
) -> None:
    """A question of one line prints the reply, and its class is the exit status."""
    found, output, errors = run(*before, practice.url, *behind)
    assert (found, errors) == (status, "")
    assert output.startswith(said)
    assert json.loads(run(*before, practice.url, *behind, "--json")[1])["code"] == int(said[:3])


def test_identity(run: Run) -> None:
    """What a proxy says of the client comes first, from the address that was asked for."""
    heard: list[tuple[bytes, str]] = []

    def serve(peer: Peer) -> None:
        heard.append((peer.line(), peer.socket.getpeername()[0]))
        peer.say("220 mx\r\n")
        peer.wait_for_close()

    header = ["--proxy-header", "v1", "192.0.2.1:4000", "192.0.2.2:25"]
    with served(serve) as where:
        assert run(where, *header, "--source", "127.0.0.9", "-4", "-c", "/drop")[0] == 0
    assert heard == [(b"PROXY TCP4 192.0.2.1 192.0.2.2 4000 25\r\n", "127.0.0.9")]


def test_certificate_for_another_name(run: Run, practice: PracticeServer) -> None:
    """A certificate for another name is refused by --verify with exit status 4."""
    arguments = ["--verify", "--ca-file", practice.ca_file(), "--tls-name", "other.example.test"]
    status, output, errors = run(practice.url, "--starttls", *arguments, "-c", "QUIT")
    assert status == 4
    assert "smtpshell: " in errors
    assert "C: QUIT" not in output


def test_no_secret_anywhere(
    run: Run, practice: PracticeServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Password, its base64 and the initial response are in no output, error, JSON or recording."""
    monkeypatch.setenv("SMTPSHELL_USER", "student")
    monkeypatch.setenv("SMTPSHELL_PASSWORD", PASSWORD)
    everything = ""
    for number, line in enumerate(["/auth PLAIN --insecure", "/auth LOGIN --insecure", f"AUTH PLAIN {INITIAL}"]):
        for form in ("--color=never", "--json"):
            said = ["-c", "EHLO me", "-c", line, "-c", f"NOOP {PASSWORD}", "-c", "QUIT"]
            status, output, errors = run(practice.url, form, "--record", f"{number}{form}.smtp", *said)
            assert status == 0, output + errors
            assert '"code": 235' in output or "S: 235" in output
            everything += output + errors
    everything += "".join(file.read_text() for file in tmp_path.glob("*.smtp"))
    assert "${auth}" in everything
    for secret in (PASSWORD, INITIAL, "Zmlyc3QtbGVzc29u"):
        assert secret not in everything


# ---------------------------------------------------------------- what goes wrong

ESCAPES = b"220 \x1b[2J\x9b\x07 hi\r\n"


def says(*octets: str) -> Callable[[Peer], None]:
    """Make a script that says this, reading a line before each but the first."""

    def script(peer: Peer) -> None:
        for number, text in enumerate(octets):
            if number:
                peer.line()
            peer.say(text)

    return script


def speaks_on_after_starttls(peer: Peer) -> None:
    """Agree to TLS, then go on in the clear."""
    says("220 x\r\n", "220 y\r\n")(peer)
    peer.until(b"\x16")  # the first octet of a ClientHello (RFC 8446 5.1: handshake)
    peer.say("554 z\r\n")


def silent(peer: Peer) -> None:
    """Say nothing."""
    peer.wait_for_close()


# what it does, with what arguments, the exit status, what the error says
HOSTILE: dict[str, tuple[Callable[[Peer], None], list[str], int, str]] = {
    "end inside a reply": (says("220-x"), ["-c", "NOOP"], 3, ""),
    "no SMTP": (says("HTTP/1.1 400 Bad Request\r\n"), ["-c", "NOOP"], 5, ""),
    "silence": (silent, ["--timeout", "0.1", "-c", "NOOP"], 3, "no greeting"),
    "refusal": (says("554 no\r\n"), [], 1, ""),
    "gone": (says("220 x\r\n", ""), ["-c", "NOOP", "-c", "NOOP"], 3, ""),
    "a line without end": (says("220 " + "x" * (2 << 20)), ["-c", "NOOP"], 5, "no line end within"),
    "no TLS": (speaks_on_after_starttls, ["-c", "STARTTLS", "-c", "NOOP"], 4, "TLS"),
}


@pytest.mark.parametrize(("script", "arguments", "status", "said"), HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_server(
    run: Run, script: Callable[[Peer], None], arguments: list[str], status: int, said: str
) -> None:
    """Each has its exit status, at most a line of errors, and no traceback."""
    with served(script) as where:
        found, output, errors = run(where, *arguments)
    assert found == status, output + errors
    assert all(line.startswith("smtpshell: ") for line in errors.splitlines())
    assert len(errors.splitlines()) <= 1
    assert said in errors


def test_refused_port(run: Run) -> None:
    """A port nobody listens on is one line that asks the right question, and exit status 3."""
    with served(says("554 no\r\n")) as where:
        run(where)
    status, _, errors = run(where, "-c", "NOOP")
    assert status == 3
    assert re.fullmatch(r"smtpshell: cannot connect to .*refused; is the server running.*\n", errors)


@pytest.mark.parametrize("form", ["--color=always", "--color=never", "--json"])
def test_control_characters_never_come_through(run: Run, form: str) -> None:
    """Whatever the form of the output, what a server sends is shown and not obeyed."""
    with served(lambda peer: peer.say(ESCAPES)) as where:
        _, output, _ = run(where, form)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", output) if form == "--color=always" else output
    assert "x1b" in plain or "u001b" in plain
    assert all(character.isprintable() or character == "\n" for character in plain)


WRONG = [
    (["--nonsense"], 2, "unrecognized arguments: --nonsense; see smtpshell --help"),
    (["ftp://x"], 2, "no scheme"),
    (["smtp://me:secret@host"], 2, "credentials do not belong into a URL"),
    (["host:99999"], 2, "cannot read"),
    (["nosuchhost.invalid", "-c", "NOOP"], 3, "is the name spelt right?"),
    (["/nosuch/socket", "-c", "NOOP"], 3, "is this its socket?"),
    (["-c", "/data nofile"], 2, "there is no file nofile"),
    (["--record", "no/folder/x.smtp", "-c", "NOOP"], 2, "no/folder/x.smtp"),
    (["--timeout", "soon"], 2, "timeout cannot be 'soon'"),
    (["--color", "red"], 2, "color cannot be 'red'"),
    (["explian", "550"], 2, "there is no command explian; did you mean explain?"),
    (["replay", "bad.smtp", "--agaisnt", "h"], 2, "did you mean --against? see smtpshell replay --help"),
    (["--jsn"], 2, "did you mean --json? see smtpshell --help"),
    (["replay"], 2, "/replay needs a transcript"),
    (["--json", "state"], 2, "state is a command, and comes first; smtpshell state --help"),
    (["replay", "nofile", "--against", "h"], 2, "there is no file nofile"),
    (["replay", "bad.smtp", "--against", "127.0.0.1:1"], 2, "bad.smtp:3:2: "),
    (["replay", "other.txt", "--against", "127.0.0.1:1"], 2, "other.txt:1"),
    (["explain", "nonsense-word"], 2, "nothing is known here about"),
    (["send", "127.0.0.1:1"], 2, "the following arguments are required: --from; see smtpshell send --help"),
    (["send", "127.0.0.1:1", "--from", "a@b", "--to", "c@d"], 3, "refused; is the server running"),
    (["vrfy", "x", "127.0.0.1:1"], 3, "refused; is the server running"),
    (["--source", "x:y", "-c", "NOOP"], 2, "source cannot be 'x:y'; give ADDRESS or ADDRESS:PORT"),
    (["--proxy-header", "v3", "a", "b", "-c", "NOOP"], 2, "v1 or v2 and two addresses"),
    (["-6", "127.0.0.1:1", "-c", "NOOP"], 3, "by IPv6"),
    (["--tls-min", "9", "-c", "NOOP"], 2, "give one of TLSv1, "),
    (["practice", "--listen", "x"], 2, "not HOST:PORT"),
    (["practice", "--listen", "192.0.2.1:25"], 3, "192.0.2.1"),
]


@pytest.mark.parametrize(("arguments", "status", "said"), WRONG, ids=[" ".join(row[0]) for row in WRONG])
def test_wrong_arguments(run: Run, arguments: list[str], status: int, said: str) -> None:
    """What cannot be done is one line on standard error that says what to do, and its exit status."""
    Path("bad.smtp").write_text("smtp-transcript: 1\n\nC foo\n")
    Path("other.txt").write_text("hello\n")
    found, _, errors = run(*arguments)
    assert found == status
    assert errors.startswith("smtpshell: ")
    assert errors.count("\n") == 1
    assert said in errors
    assert "secret@" not in errors or "credentials" in errors


def test_a_fault_of_our_own_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug is one line and exit status 70; SMTPSHELL_DEBUG=1 lets the traceback out."""
    monkeypatch.setattr(sys, "stdin", object())
    status, _, errors = run("-c", "NOOP")
    assert status == 70
    assert re.fullmatch(r"smtpshell: a fault of its own, AttributeError: .*SMTPSHELL_DEBUG=1.*\n", errors)
    monkeypatch.setenv("SMTPSHELL_DEBUG", "1")
    with pytest.raises(AttributeError):
        run("-c", "NOOP")


# ---------------------------------------------------------------- the arguments themselves


def test_help_fits_one_screen(capsys: pytest.CaptureFixture[str]) -> None:
    """--help names every subcommand and option on one screen; test_subcommands.py has each one's own --help."""
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    said = capsys.readouterr().out
    rows = said.splitlines()
    assert len(rows) <= 24
    assert max(map(len, rows)) <= 79
    assert set(load_commands()) <= set(re.findall(r"[\w-]+", said))
    for action in main_parser(load_commands())._actions:
        assert any(re.search(rf"(?<!\S){option}(?![\w-])", said) for option in action.option_strings or ["URL"])


@pytest.mark.parametrize(
    ("variables", "arguments", "coloured"),
    [
        ({}, [], False),
        ({}, ["--color=always"], True),
        ({"NO_COLOR": "1"}, ["--color=always"], True),
        ({}, ["--color=never"], False),
    ],
)
def test_colour(
    run: Run, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], arguments: list[str], coloured: bool
) -> None:
    """A pipe gets no colour unless it is asked for; asking wins over NO_COLOR."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert ("\x1b[" in run("explain", "550", *arguments)[1]) is coloured


# ---------------------------------------------------------------- as a process


def test_version() -> None:
    """--version prints one line."""
    done = subprocess.run([*PROGRAM, "--version"], capture_output=True, text=True, timeout=30)
    assert re.fullmatch(r"smtpshell \d+\.\d+\.\d+\n", done.stdout)
    assert (done.returncode, done.stderr) == (0, "")


def test_practice_runs_until_interrupted() -> None:
    """The practice server prints its URL and inhabitants, serves, and ends by Ctrl-C or SIGTERM quietly."""
    for ending in (signal.SIGINT, signal.SIGTERM):
        with subprocess.Popen(
            [*PROGRAM, "practice"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as server:
            assert server.stdout is not None
            url = server.stdout.readline().split()[-1]
            rest = [server.stdout.readline() for _ in range(8)]
            assert any("student, password first-lesson" in line for line in rest)
            assert main([url, "-c", "EHLO me", "-c", "QUIT"]) == 0
            server.send_signal(ending)
            _, errors = server.communicate(timeout=10)
            assert (server.returncode, errors) == (0, "")


def test_interrupted() -> None:
    """Ctrl-C while waiting is exit status 130, without a traceback."""
    greeted = b""

    def script(peer: Peer) -> None:
        peer.say("220 hi\r\n")
        nonlocal greeted
        greeted = peer.line()
        program.send_signal(signal.SIGINT)
        peer.wait_for_close()

    with served(script) as where:
        program = subprocess.Popen(
            [*PROGRAM, where, "-c", "NOOP"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        _, errors = program.communicate(timeout=30)
    assert (program.returncode, errors, greeted) == (130, "", b"NOOP\r\n")


def test_output_nobody_reads() -> None:
    """A reader that has gone ends the program quietly."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*PROGRAM, "explain", "550"], stdout=writing, stderr=subprocess.PIPE, text=True, timeout=30
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")
