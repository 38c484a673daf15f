"""Expectations: what /expect takes, what it is held against, and what it makes of the exit status."""

from __future__ import annotations

import socket
from collections.abc import Callable
from io import BytesIO

import pytest

from smtpshell.errors import ExitStatus, UnexpectedReply
from smtpshell.shell.batch.script import run, run_lines
from smtpshell.shell.exchange import KEPT, Check
from tests.session.scripted import Peer, served
from tests.shell.support import Shell

REFUSED = "RCPT TO:<x@example.test>"  # out of order: 503 5.5.1
ENVELOPE = ["MAIL FROM:<me@example.test>", "RCPT TO:<student@example.test>", "RCPT TO:<nobody@example.test>"]

# lines -> the exit status
HOLD = [
    (["NOOP", "/expect 250"], 0),
    (["NOOP", "/expect 2yz", "/expect 250,251", "/expect 2.0.0"], 0),
    ([REFUSED, "/expect 503"], 0),
    ([REFUSED, '/expect 5.5.1 "503 *" ~ [A-Z]'], 0),
    ([REFUSED, "NOOP", "/expect 250"], 1),
    ([REFUSED, "/expect 503", REFUSED], 1),
    ([REFUSED, "/set timeout 5", "/help", "/expect 503"], 0),
    ([REFUSED, "/set nothing", "/expect 503"], 2),
    (["EHLO me", '/expect "* greets me" to EHLO', '/expect "SIZE *"'], 0),
    (['/pipeline "NOOP" "RCPT TO:<x@example.test>" "VRFY student"', "/expect 503 to RCPT", "/expect 250"], 0),
    (['/pipeline "NOOP" "RCPT TO:<x@example.test>" "VRFY nobody"', "/expect 503 to RCPT"], 1),
    (["/pipeline", "NOOP", "VRFY nobody", "/end", "/expect 250 to NOOP", "/expect 550"], 0),
    ([*ENVELOPE, "/expect 550 to RCPT", "DATA", "hi", ".", "/expect 354 to DATA", "/expect 250 to CONTENT"], 0),
    (["/send --from me@example.test --to student@example.test --to nobody@example.test", "/expect 250"], 1),
    (
        ["/send --from me@example.test --to student@example.test --to nobody@example.test", "/expect 550 to RCPT"],
        0,
    ),
    (["QUIT", "/expect 221"], 0),
    (["/drop rcpt", ENVELOPE[0], ENVELOPE[1], "# cut", "", "/expect 250 to RCPT"], 0),
    (["/expect 250"], 0),
]


@pytest.mark.parametrize(("lines", "status"), HOLD, ids=[" | ".join(lines) for lines, _ in HOLD])
def test_what_holds(shell: Shell, lines: list[str], status: int) -> None:
    """It looks back at all that the last line led to, and a refusal that was expected is none."""
    run_lines(shell, lines)
    assert "got" not in shell.text
    assert shell.exit_status == status, shell.text


# lines -> what is said
FAIL = [
    (["NOOP", "/expect 251"], "expected 251, got 250 2.0.0 OK"),
    ([REFUSED, "/expect 250"], "expected 250, got 503 5.5.1"),
    (["EHLO me", "/expect 500"], "expected 500, got 250-practice.example.test greets me (and 16 more lines)"),
    (["NOOP", "/expect 250 to MAIL"], "expected 250 to MAIL, got no reply to MAIL"),
    (["NOOP", "/expect closed"], "expected closed, got an open connection"),
    (["QUIT", "/expect closed"], "expected closed, got an open connection"),
    (["NOOP", '/expect "ok"'], 'expected "ok", got 250'),
    (["NOOP", "/expect ~ ^Nothing"], "expected ~ ^Nothing, got 250"),
]


@pytest.mark.parametrize(("lines", "said"), FAIL, ids=[" | ".join(lines) for lines, _ in FAIL])
def test_what_does_not_hold(shell: Shell, lines: list[str], said: str) -> None:
    """One line says what was expected and what came; the script ends there, with exit status 1."""
    shell.settings.timeout = 0.2 if "closed" in said else 5
    run_lines(shell, [*lines, "VRFY teacher"])
    assert said in shell.text
    assert "Tess" not in shell.text
    assert shell.exit_status == ExitStatus.NEGATIVE


def test_going_on(shell: Shell) -> None:
    """With on-failure continue the rest is run, and the exit status is 1 all the same."""
    run_lines(shell, ["/set on-failure continue", "NOOP", "/expect 500", "/expect 501", "VRFY teacher"])
    assert shell.text.count("expected 50") == 2
    assert "Tess" in shell.text
    assert shell.exit_status == ExitStatus.NEGATIVE


WRONG = ["/expect", "/expect 999", "/expect never", '/expect 250 "a" b', "/expect ~ (", "/expect mismatch"]


@pytest.mark.parametrize("line", WRONG)
def test_what_cannot_be_expected(shell: Shell, line: str) -> None:
    """Other words are a usage error, and the script ends."""
    run_lines(shell, ["NOOP", line, "VRFY teacher"])
    assert "Tess" not in shell.text
    assert shell.exit_status == ExitStatus.USAGE


def closes(peer: Peer) -> None:
    """Hang up without an answer."""
    peer.say("220 hello\r\n")
    peer.line()


def resets(peer: Peer) -> None:
    """Reset the connection, octets of the client unread."""
    peer.say("220 hello\r\n")
    peer.line()
    peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def speaks_http(peer: Peer) -> None:
    """Answer in another protocol."""
    peer.say("220 hello\r\n")
    peer.line()
    peer.say("HTTP/1.0 400 Bad Request\r\n")
    peer.wait_for_close()


def ends_inside(peer: Peer) -> None:
    """Close in the middle of a reply."""
    peer.say("220 hello\r\n")
    peer.line()
    peer.say("250-first\r\n")


def leaves(peer: Peer) -> None:
    """Answer, and then hang up unasked."""
    peer.say("220 hello\r\n")
    peer.line()
    peer.say("250 ok\r\n")


# what a server does -> the lines that expect it, the exit status without them
GONE = [
    (closes, ["/expect closed", "/expect closed to NOOP"], 3),
    (resets, ["/expect closed"], 3),
    (speaks_http, ["/expect 600"], 5),
    (ends_inside, ["/expect 621", "# fine", "/expect closed"], 3),
    (leaves, ["/expect closed", "/expect 250"], 0),
]


@pytest.mark.parametrize(("does", "expected", "status"), GONE, ids=[row[0].__name__ for row in GONE])
def test_a_server_that_goes(does: Callable[[Peer], None], expected: list[str], status: int) -> None:
    """It ends a script with its status, unless that is what was expected; other lines are never said."""
    for lines, outcome in ((expected, 0), ([], status), (["# nothing", "/expect 250 to MAIL"], max(1, status))):
        shell = Shell()
        with served(does) as where:
            shell.open(where)
            run_lines(shell, ["NOOP", *lines])
            assert shell.exit_status == outcome, shell.text
            shell.close()


def test_nothing_is_said_behind_the_end() -> None:
    """Lines behind one that lost the server are not run, whatever they are."""
    shell = Shell()
    with served(closes) as where:
        shell.open(where)
        run_lines(shell, ["NOOP", "/help", "/expect closed"])
        shell.close()
    assert "-- closed by server\n" in shell.text
    assert "/help" not in shell.text
    assert shell.exit_status == ExitStatus.CONNECTION


def test_the_greeting_is_a_reply() -> None:
    """A server that greets with 554 can be expected to; what came before a script can not be made good in it."""

    def refuses(peer: Peer) -> None:
        peer.say("554 no mail here\r\n")
        peer.wait_for_close()

    for lines, status in ((["/expect 554"], 0), (["/expect 554 to GREETING"], 0), ([], 1)):
        shell = Shell()
        with served(refuses) as where:
            shell.open(where)
            run_lines(shell, lines)
            run_lines(shell, ["/expect 554"])
            assert shell.exit_status == status
            shell.close()


def test_checks_are_told_without_secrets(shell: Shell) -> None:
    """Whoever listens is told of each: where it stands, what was answered, all that was said."""
    checks: list[Check] = []
    shell.checks = checks.append
    lines = b"AUTH PLAIN AHN0dWRlbnQAZmlyc3QtbGVzc29u\n/expect 535\n"
    run(shell, BytesIO(lines))
    (check,) = checks
    assert (check.holds, check.command, check.expected) == (False, "AUTH PLAIN ${auth}", "535")
    assert check.got.startswith("235 ")
    assert check.exchange == f"C: AUTH PLAIN ${{auth}}\nS: {check.got}"
    assert check.place is None


def test_an_exchange_is_written_down(shell: Shell) -> None:
    """Content is counted, not kept, and of very many replies only the last are."""
    checks: list[Check] = []
    shell.checks = checks.append
    run_lines(shell, [*ENVELOPE[:2], "DATA", "hi", "there", ".", "/expect 250"])
    assert "C: DATA\nS: 354 " in checks[0].exchange
    assert "\nC: (4 octets of content)\nS: 250 " not in checks[0].exchange
    assert "\nC: (14 octets of content)\nS: 250 " in checks[0].exchange
    group = " ".join(["VRFY", *["NOOP"] * (KEPT + 1)])
    run_lines(shell, [f"/pipeline {group}", "/expect 250"])
    assert checks[1].exchange.count("\n") < KEPT
    # The refusal of VRFY is not there any more, and counts.
    assert shell.exit_status == ExitStatus.NEGATIVE


def test_a_typed_expectation(shell: Shell) -> None:
    """At the prompt it waits for the reply, and an error has no place."""
    shell.execute("NOOP")
    shell.execute("/expect 250")
    assert "  as expected: 250\n" in shell.text
    errors: list[Exception] = []
    shell.errors = errors.append
    shell.execute("/expect 251")
    (error,) = errors
    assert isinstance(error, UnexpectedReply)
    assert error.told == str(error)


def test_the_shell_knows_what_may_be_expected(shell: Shell) -> None:
    """Completion offers the forms."""
    offered = {candidate.text for candidate in shell.completions("/expect ", 8)}
    assert {"250", "5yz", "closed", "to"} <= offered
    assert "mismatch" not in offered
