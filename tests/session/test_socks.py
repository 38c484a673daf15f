"""Connections through a proxy nobody here wrote (microsocks), and what is said where there is none."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from smtpshell.cli import main
from smtpshell.errors import ConnectError, TimedOut, UsageError
from smtpshell.practice import PracticeServer
from smtpshell.session.options import ConnectOptions
from smtpshell.session.session import Session
from smtpshell.session.timeouts import Timeouts
from tests.servers.real_servers import do_without
from tests.session.dns_responder import answered
from tests.session.scripted import Peer, free_port, served


@pytest.fixture
def proxy() -> Iterator[str]:
    """Run a SOCKS 5 proxy; give its URL."""
    program = shutil.which("microsocks")
    if program is None:
        do_without("microsocks is not installed: apt-get install microsocks")
    port = free_port()
    with subprocess.Popen([program, "-i", "127.0.0.1", "-p", str(port)], stderr=subprocess.DEVNULL) as process:
        try:
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except ConnectionRefusedError:
                    assert process.poll() is None
            yield f"socks5://127.0.0.1:{port}"
        finally:
            process.kill()


def test_a_server_behind_it(proxy: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The proxy looks the name up; the conversation, TLS included, is as any other."""
    with PracticeServer() as server:
        url = f"smtp://localhost:{server.port}"
        lines = ["-c", "EHLO me", "-c", "/starttls", "-c", "NOOP", "-c", "QUIT"]
        assert main([url, "--through", proxy, *lines]) == 0
    output = capsys.readouterr().out
    assert "-- tls TLSv1.3" in output
    assert "C: QUIT\nS: 221" in output


def test_a_header_goes_ahead(proxy: str) -> None:
    """What is said before all else is said to the server, behind the proxy."""
    heard: list[bytes] = []

    def script(peer: Peer) -> None:
        heard.append(peer.socket.recv(100))
        peer.say("220 mx\r\n")

    options = ConnectOptions(through=proxy, proxy_header=b"PROXY UNKNOWN\r\n")
    with served(script) as where, Session.connect(where, options=options) as session:
        session.wait_for_replies(1)
        assert session.transport.peer == where
    assert heard == [b"PROXY UNKNOWN\r\n"]


def test_a_mail_exchanger_behind_it(proxy: str) -> None:
    """Which host takes a domain's mail is asked here, where that is asked there."""
    with PracticeServer() as server, answered({"school.test MX": ("10 localhost.",)}) as nameserver:
        options = ConnectOptions(through=proxy, nameserver=nameserver)
        with Session.connect(f"mx:school.test:{server.port}", options=options) as session:
            assert session.server_name == "localhost"
            assert session.wait_for_replies() is not None


def test_what_the_proxy_refuses(proxy: str) -> None:
    """A server that is not there is the proxy's to tell."""
    with pytest.raises(ConnectError, match=rf"cannot connect to 127\.0\.0\.1 port [0-9]+ through {proxy}: "):
        Session.connect(f"127.0.0.1:{free_port()}", options=ConnectOptions(through=proxy))


def test_no_proxy_there() -> None:
    """It is the proxy that is not reached, and the message says so."""
    url = f"socks5://127.0.0.1:{free_port()}"
    with pytest.raises(ConnectError, match=f"^cannot reach {url}: .*Connection refused"):
        Session.connect("mx.example.test", options=ConnectOptions(through=url))


def test_a_silent_proxy() -> None:
    """One that says nothing is a time-out."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"socks5://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(TimedOut, match=f"^cannot reach {url}: nothing came in time"):
            Session.connect("mx.example.test", options=ConnectOptions(through=url), timeouts=Timeouts(0.1))


def test_one_that_speaks_something_else() -> None:
    """What is no proxy is said in one line."""
    with (
        served(lambda peer: peer.say("220 mx, not a proxy\r\n")) as where,
        pytest.raises(ConnectError, match=rf"through socks5://{where}: "),
    ):
        Session.connect("mx.example.test", options=ConnectOptions(through=f"socks5://{where}"))


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"through": "socks5://me:secret@host:1080"}, "is no proxy; write socks5://HOST:PORT"),
        ({"through": "host:1080"}, "is no proxy"),
        ({"through": "socks5://host:65536"}, "is no proxy"),
        ({"through": "socks5://host:1080", "source_address": "127.0.0.1"}, "the proxy chooses the addresses"),
        ({"through": "socks5://host:1080", "family": "6"}, "the proxy chooses the addresses"),
    ],
)
def test_what_cannot_be(options: dict[str, str], complaint: str) -> None:
    """It is refused before anything is connected."""
    with pytest.raises(UsageError, match=complaint):
        ConnectOptions(**options)  # type: ignore[arg-type]


def test_a_unix_socket_has_no_proxy() -> None:
    """There is no way through one."""
    with pytest.raises(UsageError, match="is a unix socket"):
        Session.connect("smtp+unix:///run/x", options=ConnectOptions(through="socks5://host:1080"))


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said how to get it."""
    monkeypatch.setitem(sys.modules, "python_socks", None)
    with pytest.raises(UsageError, match=r"not there; install it: pip install 'smtpshell\[socks\]'"):
        Session.connect("mx.example.test", options=ConnectOptions(through="socks5://127.0.0.1:9"))
