"""How a connection is made: the own address and port, one family only, what cannot be."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from smtpshell.errors import ConnectError, ExitStatus, UsageError
from smtpshell.session import tcp
from smtpshell.session.endpoint import Endpoint
from smtpshell.session.options import ConnectOptions
from smtpshell.session.timeouts import Timeouts
from tests.session.scripted import Peer, free_port, served


def seen_by_server(options: ConnectOptions, host: str = "127.0.0.1") -> tuple[str, int]:
    """Connect, and give the client's address and port as the server sees them."""
    came: list[tuple[str, int]] = []

    def script(peer: Peer) -> None:
        came.append(peer.socket.getpeername()[:2])

    with served(script) as where:
        connect(f"{host}:{where.rpartition(':')[2]}", options).close()
    return came[0]


def connect(where: str, options: ConnectOptions) -> tcp.SocketTransport:
    """Connect with a short limit."""
    return tcp.connect(Endpoint.parse(where), Timeouts(5.0), options)


def test_source_address() -> None:
    """The connection comes from the address that was asked for."""
    assert seen_by_server(ConnectOptions(source_address="127.0.0.5"))[0] == "127.0.0.5"


def test_source_port() -> None:
    """The connection comes from the port that was asked for, again at once after it was closed."""
    port = free_port()
    for _ in range(2):
        assert seen_by_server(ConnectOptions(source_port=port)) == ("127.0.0.1", port)


def test_source_address_settles_the_family() -> None:
    """A name with addresses of both families is reached by that of the source address."""
    assert seen_by_server(ConnectOptions(source_address="127.0.0.1"), "localhost")[0] == "127.0.0.1"


def test_one_family_only() -> None:
    """A name is reached by IPv4 where that is asked for, and an address of the other family is none."""
    assert seen_by_server(ConnectOptions(family="4"), "localhost")[0] == "127.0.0.1"
    with pytest.raises(ConnectError, match=r"^cannot connect to 127\.0\.0\.1 port 25 by IPv6: ") as caught:
        connect("127.0.0.1:25", ConnectOptions(family="6"))
    assert caught.value.exit_status is ExitStatus.CONNECTION


@pytest.mark.parametrize("address", ["192.0.2.1", "not.an.address.test"])
def test_a_source_that_is_not_ours(address: str) -> None:
    """An address that this host does not have ends in one line that says so."""
    with served(lambda peer: None) as where:
        with pytest.raises(ConnectError) as caught:
            connect(where, ConnectOptions(source_address=address))
        assert str(caught.value).startswith(f"cannot connect to {where} from {address} port any: ")
        assert str(caught.value).endswith("; those below 1024 are for root")
        connect(where, ConnectOptions()).close()


def test_a_source_port_that_is_taken() -> None:
    """A port that somebody listens on cannot be a source."""
    with served(lambda peer: None) as where, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConnectError, match=f"from any address port {port}: Address already in use"):
            connect(where, ConnectOptions(source_port=port))
        connect(where, ConnectOptions()).close()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"family": "5"}, "'5' is no family of addresses; use any, 4, 6"),
        ({"source_port": 65536}, "there is no port 65536; give one of 1 to 65535"),
        ({"source_port": -1}, "there is no port -1; give one of 1 to 65535"),
        (
            {"source_address": "::1", "family": "4"},
            "the source address ::1 is not of IPv4; leave out one of the two",
        ),
    ],
)
def test_options_that_cannot_be(options: dict[str, object], message: str) -> None:
    """Options that exclude each other are refused before anything is connected to, exit 2."""
    with pytest.raises(UsageError) as caught:
        ConnectOptions(**options)  # type: ignore[arg-type]  # each row knows its types
    assert str(caught.value) == message


@pytest.mark.parametrize("options", [{"source_address": "127.0.0.1"}, {"source_port": 1}, {"family": "4"}])
def test_a_unix_socket_has_no_addresses(tmp_path: Path, options: dict[str, object]) -> None:
    """A unix socket takes none of these."""
    with pytest.raises(UsageError, match="is a unix socket, which has no addresses"):
        connect(str(tmp_path / "socket"), ConnectOptions(**options))  # type: ignore[arg-type]


def test_a_header_over_a_unix_socket(tmp_path: Path) -> None:
    """What is to be said first is said over a unix socket as well."""
    path = str(tmp_path / "socket")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        connect(path, ConnectOptions(proxy_header=b"PROXY UNKNOWN\r\n")).close()
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.recv(100) == b"PROXY UNKNOWN\r\n"
