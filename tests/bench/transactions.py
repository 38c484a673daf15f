"""Whole mail transactions in one session, against a server nobody here wrote: Postfix's smtp-sink."""

from __future__ import annotations

import getpass
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from smtpshell.session.session import Session
from tests.bench.measure import Measurement, compared, seconds_of
from tests.servers.real_servers import PREFIX

__all__ = ["transactions"]

ENVELOPE = (b"MAIL FROM:<a@example.test>\r\n", b"RCPT TO:<b@example.test>\r\n", b"DATA\r\n")
CONTENT = (
    b"Subject: one of many\r\n\r\n"
    + b"A line of the message, of about seventy octets, as lines of mail are.\r\n" * 12
)
END = b".\r\n"


@contextmanager
def smtp_sink() -> Iterator[int]:
    """Run smtp-sink; give its port.  Raises FileNotFoundError where Postfix is not installed."""
    program = shutil.which("smtp-sink", path=f"{PREFIX}/postfix/usr/sbin:/usr/sbin:/usr/bin")
    if program is None:
        raise FileNotFoundError("smtp-sink is not there: tests/servers/install.sh brings Postfix")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    user = ["-u", "nobody"] if getpass.getuser() == "root" else []
    with subprocess.Popen([program, *user, f"127.0.0.1:{port}", "10"], stderr=subprocess.DEVNULL) as process:
        try:
            for _ in count():
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except ConnectionRefusedError:
                    if process.poll() is not None:
                        raise
            yield port
        finally:
            process.kill()


def by_socket(port: int, number: int) -> None:
    """Do so many transactions lock-step: send a line, wait for its reply."""
    with socket.create_connection(("127.0.0.1", port)) as plain:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain.recv(1000)
        for octets in (b"EHLO c.example.test\r\n", *(*ENVELOPE, CONTENT + END) * number):
            plain.sendall(octets)
            plain.recv(1000)


def lock_step(port: int, number: int) -> None:
    """Do the same by a Session, everything understood and judged."""
    with Session.connect(f"127.0.0.1:{port}") as session:
        session.wait_for_replies()
        session.ehlo("c.example.test")
        for _ in range(number):
            session.mail("a@example.test")
            session.rcpt("b@example.test")
            session.data()
            session.send_content(CONTENT)
            session.end_content()
            session.content_reply()


def pipelined(port: int, number: int) -> None:
    """Do the same with each envelope in one write (RFC 2920)."""
    with Session.connect(f"127.0.0.1:{port}") as session:
        session.wait_for_replies()
        session.ehlo("c.example.test")
        for _ in range(number):
            session.send_octets(b"".join(ENVELOPE))
            session.wait_for_replies()
            session.send_content(CONTENT)
            session.end_content()
            session.content_reply()


def transactions(number: int, rounds: int) -> list[Measurement]:
    """Give how long so many transactions take by a Session, lock-step and pipelined, and by a plain socket."""
    with smtp_sink() as port:
        ours, group, raw = compared(
            lambda: seconds_of(lambda: lock_step(port, number)),
            lambda: seconds_of(lambda: pipelined(port, number)),
            lambda: seconds_of(lambda: by_socket(port, number)),
            rounds=rounds,
        )
    against = "raw socket, lock-step"
    return [
        Measurement(name=f"{number} transactions", ours=ours, other=raw, against=against, at_most=1.4),
        Measurement(name=f"{number} transactions, pipelined", ours=group, other=raw, against=against, at_most=0.8),
    ]
