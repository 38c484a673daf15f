"""PROXY headers: their octets as the specification has them, and what two servers understand."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass, field
from typing import Any

import pytest
import trustme
from aiosmtpd.proxy_protocol import ProxyData

from smtpshell.errors import ExitStatus, UsageError
from smtpshell.session.options import ConnectOptions
from smtpshell.session.proxy_protocol import ProxiedConnection, version_1, version_2
from smtpshell.session.session import Session
from smtpshell.session.timeouts import Timeouts
from tests.servers.aiosmtpd_server import AiosmtpdServer, serving
from tests.servers.real_servers import RealServer, wait_for_message
from tests.session.scripted import Peer, served

SIGNATURE = bytes.fromhex("0d0a0d0a000d0a515549540a")
V4 = ProxiedConnection(source="192.0.2.1", source_port=56324, destination="198.51.100.11", destination_port=25)
V6 = ProxiedConnection(source="2001:DB8::1", source_port=1, destination="2001:db8::2", destination_port=65535)
UNIX = ProxiedConnection(source="/run/a", destination="/run/b")


@pytest.mark.parametrize(
    ("connection", "expected"),
    [
        (V4, b"PROXY TCP4 192.0.2.1 198.51.100.11 56324 25\r\n"),
        (V6, b"PROXY TCP6 2001:db8::1 2001:db8::2 1 65535\r\n"),
        (None, b"PROXY UNKNOWN\r\n"),
    ],
)
def test_version_1(connection: ProxiedConnection | None, expected: bytes) -> None:
    """The line of version 1: family, addresses in canonical form, ports."""
    assert version_1(connection) == expected


@pytest.mark.parametrize(
    ("connection", "expected"),
    [
        (V4, bytes.fromhex("21 11 000c c0000201 c633640b dc04 0019")),
        (
            V6,
            bytes.fromhex(
                "21 21 0024 20010db8000000000000000000000001 20010db8000000000000000000000002 0001 ffff"
            ),
        ),
        (UNIX, b"\x21\x31\x00\xd8" + b"/run/a".ljust(108, b"\0") + b"/run/b".ljust(108, b"\0")),
        (None, b"\x21\x00\x00\x00"),
    ],
)
def test_version_2(connection: ProxiedConnection | None, expected: bytes) -> None:
    """The octets of version 2: signature, version and command, family and transport, length, addresses, ports."""
    assert version_2(connection) == SIGNATURE + expected


def test_version_2_of_the_proxy_itself() -> None:
    """LOCAL is another command; addresses may go with it and are ignored."""
    assert version_2(None, local=True) == SIGNATURE + b"\x20\x00\x00\x00"
    assert version_2(V4, local=True)[12:16] == b"\x20\x11\x00\x0c"


def test_version_2_with_more_fields() -> None:
    """Type, length and value follow the addresses, and count."""
    fields = [(0x02, b"mail.example.test"), (0x04, b"")]
    plain, longer = version_2(V4), version_2(V4, extra=fields)
    assert longer[:14] == plain[:14]
    assert longer[14:16] == (12 + 3 + 17 + 3).to_bytes(2, "big")
    assert longer[28:] == b"\x02\x00\x11mail.example.test\x04\x00\x00"


def proxied(source: str, destination: str, source_port: int = 0) -> ProxiedConnection:
    """Describe a connection in one line."""
    return ProxiedConnection(source=source, destination=destination, source_port=source_port)


@pytest.mark.parametrize("encode", [version_1, version_2])
@pytest.mark.parametrize(
    ("connection", "message"),
    [
        (proxied("192.0.2.1", "::1"), "cannot join IPv4 192.0.2.1 to IPv6 ::1"),
        (proxied("192.0.2.1", "/run/a"), "cannot join IPv4 192.0.2.1 to unix /run/a"),
        (proxied("localhost", "::1"), "'localhost' is no address"),
        (proxied("fe80::1%eth0", "::1"), "no room for the zone of fe80::1%eth0"),
        (proxied("::1", "::1", 65536), "no port 65536"),
        (proxied("::1", "::1", -1), "no port -1"),
    ],
)
def test_what_no_header_can_say(encode: Any, connection: ProxiedConnection, message: str) -> None:
    """What cannot be encoded is refused before anything is sent, exit 2."""
    with pytest.raises(UsageError) as caught:
        encode(connection)
    assert message in str(caught.value)
    assert caught.value.exit_status is ExitStatus.USAGE


def test_what_one_version_cannot_say() -> None:
    """Version 1 has no unix sockets; version 2 has room for so much only."""
    with pytest.raises(UsageError, match="version 1 of the PROXY header has no unix addresses; use version 2"):
        version_1(UNIX)
    with pytest.raises(UsageError, match="at most 108 octets"):
        version_2(proxied("/" + "x" * 108, "/run/b"))
    with pytest.raises(UsageError, match="a field of type 256"):
        version_2(None, extra=[(256, b"")])
    with pytest.raises(UsageError, match="65541 octets do not fit"):
        version_2(None, extra=[(4, b"x" * 40_000), (4, b"x" * 25_535)])


@dataclass(slots=True, kw_only=True)
class ProxiedServer(AiosmtpdServer):
    """aiosmtpd that wants a PROXY header, and keeps what it read from it."""

    options: dict[str, Any] = field(default_factory=lambda: {"proxy_protocol_timeout": 5.0})
    seen: list[ProxyData] = field(default_factory=list)

    async def handle_PROXY(self, server: Any, session: Any, envelope: Any, data: ProxyData) -> bool:  # noqa: N802 (aiosmtpd's name)
        """Keep what came, and accept it."""
        self.seen.append(data)
        return True


def reach(server: ProxiedServer, header: bytes) -> ProxyData:
    """Connect with a header, say EHLO, and give what the server read."""
    session = Session.connect(
        f"{server.host}:{server.port}", options=ConnectOptions(proxy_header=header), timeouts=Timeouts(5.0)
    )
    with session:
        assert session.ehlo("client.example.test").code == 250
        session.quit()
    return server.seen[-1]


@pytest.mark.parametrize("encode", [version_1, version_2])
@pytest.mark.parametrize("connection", [V4, V6])
def test_aiosmtpd_reads_addresses(encode: Any, connection: ProxiedConnection) -> None:
    """The aiosmtpd server reads both addresses and ports from either version."""
    server = ProxiedServer()
    with serving(server):
        data = reach(server, encode(connection))
    assert (str(data.src_addr), data.src_port) == (connection.source.lower(), connection.source_port)
    assert (str(data.dst_addr), data.dst_port) == (connection.destination, connection.destination_port)


def test_aiosmtpd_reads_the_rest() -> None:
    """The aiosmtpd server reads an unknown client, the proxy itself, unix sockets and further fields."""
    server = ProxiedServer()
    with serving(server):
        assert reach(server, version_1(None)).protocol == 0
        unspecified = reach(server, version_2(None))
        assert (unspecified.command, unspecified.family, unspecified.protocol) == (1, 0, 0)
        assert reach(server, version_2(None, local=True)).command == 0
        unix = reach(server, version_2(UNIX))
        assert unix.src_addr == b"/run/a".ljust(108, b"\0")
        fields = reach(server, version_2(V4, extra=[(0x02, b"mail.example.test")])).tlv
        assert fields is not None
        assert fields["AUTHORITY"] == b"mail.example.test"


@pytest.mark.parametrize("encode", [version_1, version_2])
def test_postfix_believes_the_header(postfix: RealServer, encode: Any) -> None:
    """Postfix writes the proxied client into the message, as if it had come from there."""
    options = ConnectOptions(proxy_header=encode(V4))
    body = b"Subject: proxied by " + encode.__name__.encode() + b"\r\n\r\nHello\r\n"
    with Session.connect(f"{postfix.host}:{postfix.proxied_port}", options=options) as session:
        session.ehlo("client.example.test")
        session.mail("sender@example.test")
        assert session.rcpt(postfix.valid_recipient).code == 250
        session.data()
        session.send_content(body)
        session.end_content()
        assert [reply.code for reply in session.content_reply()] == [250]
        session.quit()
    kept = wait_for_message(postfix.mailbox_dir, b"Subject: proxied by " + encode.__name__.encode())
    assert b"from client.example.test (unknown [192.0.2.1])" in kept


def test_the_header_comes_before_tls() -> None:
    """On a TLS port the header goes out in the clear, and the handshake begins behind it."""
    header, context = version_1(V4), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    came: list[bytes] = []

    def script(peer: Peer) -> None:
        came.append(peer.socket.recv(len(header), socket.MSG_WAITALL))
        peer.start_tls(context)
        peer.say("220 mx\r\n")
        peer.answer("221 bye")

    options = ConnectOptions(proxy_header=header)
    with (
        served(script) as where,
        Session.connect(f"smtps://{where}", options=options, timeouts=Timeouts(5.0)) as session,
    ):
        assert session.quit().code == 221
    assert came == [header]
