"""The proxy between real clients and the practice server, and between clients and servers that misbehave."""

from __future__ import annotations

import base64
import gc
import re
import shutil
import smtplib
import socket
import ssl
import threading
import tracemalloc
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest

from smtpshell.errors import ExitStatus, UsageError
from smtpshell.practice import USERS, PracticeServer
from smtpshell.protocol.sasl import Credentials
from smtpshell.session.listener import Conversation, Listener
from smtpshell.session.session import Session
from smtpshell.transcript.model import EventLine
from smtpshell.transcript.proxy import UNREACHABLE, Records
from smtpshell.transcript.replay import replay
from tests.practice.test_clients import CLIENTS, CONTENT, RECIPIENT, SENDER, Job, only_message
from tests.transcript.proxied import Running, proxying, said, text_of

USER = USERS[0]


@pytest.fixture
def server() -> Iterator[PracticeServer]:
    """Run a practice server for one test."""
    with PracticeServer() as server:
        yield server


@pytest.fixture
def running(server: PracticeServer, tmp_path: Path) -> Iterator[Running]:
    """Run a proxy in front of it."""
    with proxying(server.url, tmp_path) as running:
        yield running


def forms(password: str, user: str) -> list[str]:
    """Give the forms in which a password goes over the wire."""
    whole = [password, f"\0{user}\0{password}", f"{user}\0{user}\0{password}"]
    return [password, *(base64.b64encode(form.encode()).decode() for form in whole)]


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "STARTTLS and AUTH"])
@pytest.mark.parametrize("client", CLIENTS)
def test_real_clients(server: PracticeServer, running: Running, tmp_path: Path, client: str, secure: bool) -> None:
    """The message arrives octet for octet, its recording has no secret, and replays against the same server."""
    with warnings.catch_warnings():
        # aiosmtplib ends its loop without waiting for the end of TLS.
        warnings.simplefilter("ignore", ResourceWarning)
        CLIENTS[client](Job(cast("PracticeServer", running), tmp_path, secure))
        gc.collect()
    message = only_message(server)
    assert (message.content, message.tls, message.user) == (CONTENT, secure, USER.name if secure else "")
    proxied, transcript = running.ended()
    assert (proxied.messages, proxied.problem) == (1, None)
    assert CONTENT.replace(b"\r\n.", b"\r\n..") in said(transcript, "C")
    assert not [form for form in forms(USER.password, USER.name) if form in text_of(transcript)]
    assert ("${auth}" in text_of(transcript)) == secure
    credentials = Credentials(user=USER.name, password=USER.password)
    result = replay(transcript, lambda: Session.connect(server.url), credentials=credentials)
    assert [str(mismatch) for mismatch in result.mismatches] == []
    assert result.exit_status is ExitStatus.EXPECTED
    assert len(server.mailboxes.mailbox(RECIPIENT).messages) == 2


def test_twenty_at_once(server: PracticeServer, running: Running) -> None:
    """Each conversation gets a file of its own, with its own message, though all are open together."""
    together = threading.Barrier(20, timeout=20)

    def deliver(number: int) -> None:
        with smtplib.SMTP(running.host, running.port) as client:
            client.ehlo()
            together.wait()
            client.sendmail(SENDER, [RECIPIENT], f"Subject: message {number}.\r\n\r\n")

    threads = [threading.Thread(target=deliver, args=[number]) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    transcripts = [running.ended()[1] for _ in threads]
    assert sorted(path.name[:4] for path in running.folder.iterdir()) == [f"{n:04}" for n in range(1, 21)]
    found = [re.findall(rb"message ([0-9]+)\.", said(transcript, "C")) for transcript in transcripts]
    assert sorted(int(number) for (number,) in found) == list(range(20))
    assert len(server.mailboxes.mailbox(RECIPIENT).messages) == 20


def test_a_recording_is_private_and_says_where_from(server: PracticeServer, running: Running) -> None:
    """Mode 0600; the address connected to; the client's in the header."""
    with smtplib.SMTP(running.host, running.port) as client:
        client.noop()
    proxied, transcript = running.ended()
    assert Path(proxied.path).stat().st_mode & 0o777 == 0o600
    assert transcript.entries[0] == EventLine("connected to", f"{server.host}:{server.port}")
    assert transcript.header.get("client") == proxied.peer
    assert str(proxied) == f"{proxied.peer}: 3 replies; {proxied.path}"


def test_numbers_go_on(server: PracticeServer, tmp_path: Path) -> None:
    """A folder with recordings gets more, none is overwritten."""
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "0041-before.smtp").write_text("old")
    with proxying(server.url, tmp_path) as running:
        smtplib.SMTP(running.host, running.port).quit()
        proxied, _ = running.ended()
    assert Path(proxied.path).name.startswith("0042-")


def test_one_file_is_for_the_first_connection(tmp_path: Path) -> None:
    """Later ones have none, and what is there already is refused, as is a folder that cannot be."""
    records = Records(tmp_path / "one.smtp")
    recorder = records.open({}, print)
    assert recorder is not None
    recorder.close()
    assert records.open({}, print) is None
    for path in (tmp_path / "one.smtp", tmp_path / "missing" / "one.smtp", f"{tmp_path}/one.smtp/"):
        with pytest.raises(UsageError, match=re.escape(str(tmp_path))):
            Records(path)


def test_without_its_folder_the_mail_still_goes(server: PracticeServer, running: Running) -> None:
    """That nothing is recorded is said, and ends no conversation."""
    shutil.rmtree(running.folder)
    with smtplib.SMTP(running.host, running.port) as client:
        assert client.sendmail(SENDER, [RECIPIENT], CONTENT) == {}
    proxied = running.told.get(timeout=10)
    assert (proxied.path, proxied.messages) == ("", 1)
    (problem,) = running.problems
    assert problem.startswith(f"the connection from {proxied.peer} is not recorded: ")


# ---------------------------------------------------------------- TLS


def test_clients_may_begin_with_tls(server: PracticeServer, tmp_path: Path) -> None:
    """Though the server behind is in the clear; the recording says both."""
    with proxying(server.url, tmp_path, implicit_tls=True) as running:
        context = ssl.create_default_context(cafile=running.ca_file())
        with smtplib.SMTP_SSL("localhost", running.port, context=context) as client:
            assert client.sendmail(SENDER, [RECIPIENT], CONTENT) == {}
        _, transcript = running.ended()
    assert text_of(transcript).partition("\n\n")[2].startswith("# the client began with TLS: TLSv1.")
    assert not any(isinstance(entry, EventLine) and entry.name == "tls" for entry in transcript.entries)
    assert only_message(server).content == CONTENT


def test_servers_may_begin_with_tls(tmp_path: Path) -> None:
    """Though the client is in the clear; the replay begins with TLS likewise."""
    with PracticeServer(implicit_tls=True) as server, proxying(server.url, tmp_path) as running:
        with smtplib.SMTP(running.host, running.port) as client:
            assert client.sendmail(SENDER, [RECIPIENT], CONTENT) == {}
        _, transcript = running.ended()
        result = replay(transcript, lambda: Session.connect(server.url))
    assert isinstance(transcript.entries[1], EventLine)
    assert transcript.entries[1].name == "tls"
    assert result.exit_status is ExitStatus.EXPECTED


@pytest.mark.parametrize("implicit", [False, True])
def test_a_client_that_does_not_trust_the_proxy(server: PracticeServer, tmp_path: Path, implicit: bool) -> None:
    """Its handshake fails, and the recording says whose."""
    with proxying(server.url, tmp_path, implicit_tls=implicit) as running:
        distrustful = ssl.create_default_context()

        def connect() -> None:
            if implicit:
                smtplib.SMTP_SSL("localhost", running.port, context=distrustful)
            else:
                smtplib.SMTP("localhost", running.port).starttls(context=distrustful)

        with pytest.raises(ssl.SSLCertVerificationError):
            connect()
        proxied, transcript = running.ended()
    assert proxied.problem is not None
    assert "# TLS with the client failed: " in text_of(transcript)


def test_a_server_whose_handshake_fails(tmp_path: Path) -> None:
    """The client is let go, and the recording says why."""

    def serve(conversation: Conversation) -> None:
        conversation.send(b"220 mx\r\n")
        conversation.receive()
        conversation.send(b"220 go\r\n")
        conversation.receive()
        conversation.send(b"this is no TLS\r\n")

    with Listener(serve) as listener, proxying(f"smtp://{listener.where}", tmp_path) as running:
        with socket.create_connection((running.host, running.port), 10) as client:
            client.sendall(b"STARTTLS\r\n")
            assert everything(client) == b"220 mx\r\n220 go\r\n"
        proxied, transcript = running.ended()
    assert proxied.problem is not None
    assert proxied.problem.exit_status is ExitStatus.TLS
    assert "# TLS with the server failed: " in text_of(transcript)


def test_tls_can_be_passed_on_unread(server: PracticeServer, tmp_path: Path) -> None:
    """The client then sees the server's own certificate, and the recording that something was said."""
    with proxying(server.url, tmp_path, terminate=False) as running:
        with smtplib.SMTP("localhost", running.port) as client:
            client.starttls(context=ssl.create_default_context(cafile=server.ca_file()))
            client.login(USER.name, USER.password)
            assert client.sendmail(SENDER, [RECIPIENT], CONTENT) == {}
        _, transcript = running.ended()
    text = text_of(transcript)
    assert "# what STARTTLS begins is not looked into; from here on everything is passed on" in text
    assert re.search(
        "# passed on and not recorded: [0-9]+ octets from the server, [0-9]+ octets from the client", text
    )
    assert "MAIL" not in text
    assert only_message(server).tls


# ---------------------------------------------------------------- what goes wrong


def everything(client: socket.socket) -> bytes:
    """Receive until the end."""
    return b"".join(iter(lambda: client.recv(65536), b""))


def test_a_server_that_cannot_be_reached(tmp_path: Path) -> None:
    """The client gets 421, the recording says why."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    with proxying(f"smtp://127.0.0.1:{port}", tmp_path) as running:
        with socket.create_connection((running.host, running.port), 10) as client:
            assert everything(client) == UNREACHABLE
        proxied, transcript = running.ended()
    assert proxied.problem is not None
    assert proxied.problem.exit_status is ExitStatus.CONNECTION
    assert f"the client was told 421: cannot connect to 127.0.0.1:{port}: Connection refused" in text_of(
        transcript
    )


def received_until(client: socket.socket, wanted: bytes) -> bytes:
    """Receive until something was said."""
    octets = b""
    while wanted not in octets:
        octets += client.recv(65536)
    return octets


def after_quit(client: socket.socket) -> None:
    """Say QUIT."""
    client.sendall(b"QUIT\r\n")


def half_closed(client: socket.socket) -> None:
    """Say all at once and stop sending."""
    client.sendall(b"NOOP\r\nNOOP\r\nQUIT\r\n")
    client.shutdown(socket.SHUT_WR)


def inside_a_line(client: socket.socket) -> None:
    """Go without the end of a line."""
    client.sendall(b"NO")
    client.close()


def inside_content(client: socket.socket) -> None:
    """Go in the middle of a message."""
    client.sendall(b"EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<student@example.test>\r\nDATA\r\n")
    received_until(client, b"\n354")
    client.sendall(b"Subject: cut")
    client.close()


GOODBYES: dict[Callable[[socket.socket], None], str] = {
    after_quit: "S: 221 2.0.0",
    half_closed: "S: 221 2.0.0",
    inside_a_line: "-- closed by client",
    inside_content: "C= Subject: cut\n-- closed by client",
}


@pytest.mark.parametrize(("leave", "recorded"), GOODBYES.items())
def test_a_client_that_leaves(running: Running, leave: Callable[[socket.socket], None], recorded: str) -> None:
    """Whenever it goes, what was said is recorded up to there."""
    with socket.create_connection((running.host, running.port), 10) as client:
        received_until(client, b"220 ")
        leave(client)
        if client.fileno() >= 0:
            assert everything(client).endswith(b"come again\r\n")
    proxied, transcript = running.ended()
    assert proxied.problem is None
    assert recorded in text_of(transcript)


def test_a_server_that_leaves_with_421(tmp_path: Path) -> None:
    """An unasked 421, in the middle of what the client says, reaches it and is recorded."""

    def serve(conversation: Conversation) -> None:
        conversation.send(b"220 mx\r\n")
        conversation.receive()
        conversation.send(b"421 4.3.2 \x1b[31mgoing down\r\n")

    with Listener(serve) as listener, proxying(f"smtp://{listener.where}", tmp_path) as running:
        with socket.create_connection((running.host, running.port), 10) as client:
            client.sendall(b"EHLO client.exam")
            assert everything(client) == b"220 mx\r\n421 4.3.2 \x1b[31mgoing down\r\n"
        _, transcript = running.ended()
    text = text_of(transcript)
    assert "S= 421 4.3.2 \\x1b[31mgoing down\\r\\n" in text
    assert "-- closed by server\n" in text


def test_the_proxy_is_stopped(server: PracticeServer, tmp_path: Path) -> None:
    """Every open conversation ends with it, and its recording says so."""
    with proxying(server.url, tmp_path) as running:
        client = smtplib.SMTP(running.host, running.port)
        client.ehlo()
    _, transcript = running.ended()
    assert "# the proxy was stopped here\n-- closed by client\n" in text_of(transcript)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        client.noop()


def test_memory_is_flat_for_huge_content(tmp_path: Path) -> None:
    """64 MiB pass and are recorded in less than 8 MiB of memory."""
    line = b"x" * 1022 + b"\r\n"
    rounds = 64
    received = 0

    def serve(conversation: Conversation) -> None:
        nonlocal received
        conversation.send(b"220 mx\r\n")
        conversation.receive()
        conversation.send(b"354 go\r\n")
        while octets := conversation.receive():
            received += len(octets)
            if received == rounds * 1024 * len(line) + len(b".\r\n"):
                conversation.send(b"250 kept\r\n")

    with Listener(serve) as listener, proxying(f"smtp://{listener.where}", tmp_path) as running:
        with socket.create_connection((running.host, running.port), 60) as client:
            client.sendall(b"DATA\r\n")
            received_until(client, b"354 go\r\n")
            tracemalloc.start()
            try:
                for _ in range(rounds):
                    client.sendall(line * 1024)
                client.sendall(b".\r\n")
                received_until(client, b"250 kept")
                assert tracemalloc.get_traced_memory()[1] < 8 << 20
            finally:
                tracemalloc.stop()
        proxied = running.told.get(timeout=20)
    assert proxied.messages == 1
    assert Path(proxied.path).stat().st_size > rounds << 20


def test_a_peer_that_says_one_octet_at_a_time(server: PracticeServer, running: Running) -> None:
    """Each octet passes alone, and whole lines are recorded."""
    script = b"EHLO client.example.test\r\nMAIL FROM:<a@example.test>\r\nQUIT\r\n"
    with socket.create_connection((running.host, running.port), 10) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for octet in script:
            client.sendall(bytes([octet]))
        heard = everything(client)
    _, transcript = running.ended()
    assert said(transcript, "C") == script
    assert said(transcript, "S") == heard


def test_octets_behind_starttls_pass_too(server: PracticeServer, running: Running) -> None:
    """A client that says more before TLS does so to the server; the evidence is kept."""
    with socket.create_connection((running.host, running.port), 10) as client:
        received_until(client, b"220 ")
        client.sendall(b"EHLO client.example.test\r\n")
        received_until(client, b"\r\n250 ")
        client.sendall(b"STARTTLS\r\nNOOP injected\r\n")
        received_until(client, b"220 2.0.0")
        context = ssl.create_default_context(cafile=running.ca_file())
        with context.wrap_socket(client, server_hostname="localhost") as inside:
            inside.sendall(b"QUIT\r\n")
            everything(inside)
    _, transcript = running.ended()
    assert b"STARTTLS\r\nNOOP injected\r\nQUIT\r\n" in said(transcript, "C")


def test_tls_inside_tls_is_given_up(server: PracticeServer, tmp_path: Path) -> None:
    """A client that began with TLS and says STARTTLS is let go, with the reason recorded."""
    with proxying(server.url, tmp_path, implicit_tls=True) as running:
        context = ssl.create_default_context(cafile=running.ca_file())
        with smtplib.SMTP_SSL("localhost", running.port, context=context) as client:
            client.ehlo()
            assert client.docmd("STARTTLS")[0] == 220
            with pytest.raises(smtplib.SMTPServerDisconnected):
                client.noop()
        _, transcript = running.ended()
    assert "# TLS with the client failed: there is TLS already" in text_of(transcript)
