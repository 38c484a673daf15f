"""Mail exchangers and addresses, asked of a nameserver on the loopback; and connecting by them."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from dns.resolver import Resolver

from smtpshell.errors import ConnectError, ExitStatus, UsageError
from smtpshell.session import dns
from smtpshell.session.dns import Exchanger
from smtpshell.session.endpoint import Endpoint
from smtpshell.session.options import ConnectOptions
from smtpshell.session.session import Session
from smtpshell.session.timeouts import Timeouts
from tests.session.dns_responder import Zone, answered
from tests.session.scripted import Peer, served

ZONE: Zone = {
    "three.test MX": ("20 c.three.test.", "10 b.three.test.", "10 a.three.test."),
    "bare.test A": ("127.0.0.1",),
    "null.test MX": ("0 .",),
    "empty.test TXT": ('"nothing to do with mail"',),
    "servfail.test": "SERVFAIL",
    "refused.test": "REFUSED",
    "silent.test": "",
    "xn--bcher-kva.test MX": ("10 mx.bare.test.",),
    "alias.test MX": ("10 both.test.",),
    "both.test A": ("127.0.0.1", "127.0.0.2"),
    "both.test AAAA": ("::1",),
    "two.test MX": ("10 away.two.test.", "20 gone.two.test.", "30 here.two.test.", "40 never.two.test."),
    "away.two.test A": ("127.0.0.2",),
    "gone.two.test TXT": ('"no address"',),
    "here.two.test A": ("127.0.0.3", "127.0.0.1"),
    "never.two.test A": ("127.0.0.4",),
    "down.test MX": ("10 away.two.test.", "20 gone.two.test."),
}


@pytest.fixture(scope="module")
def nameserver() -> Iterator[str]:
    """Run a nameserver with ZONE."""
    with answered(ZONE) as where:
        yield where


@pytest.fixture
def resolver(nameserver: str) -> Resolver:
    """Ask that nameserver, and give up soon."""
    return dns.make_resolver(nameserver, lifetime=2.0)


FOUND = [
    ("three.test", [Exchanger(10, "a.three.test"), Exchanger(10, "b.three.test"), Exchanger(20, "c.three.test")]),
    ("three.test.", [Exchanger(10, "a.three.test"), Exchanger(10, "b.three.test"), Exchanger(20, "c.three.test")]),
    ("bare.test", [Exchanger(0, "bare.test", implicit=True)]),
    ("empty.test", [Exchanger(0, "empty.test", implicit=True)]),
    ("bücher.test", [Exchanger(10, "mx.bare.test")]),
    ("BÜCHER.test", [Exchanger(10, "mx.bare.test")]),
]


@pytest.mark.parametrize(("domain", "expected"), FOUND)
def test_exchangers_in_order(resolver: Resolver, domain: str, expected: list[Exchanger]) -> None:
    """The exchangers come by preference, and the domain itself where there is no MX."""
    assert dns.mail_exchangers(domain, resolver=resolver, shuffle=False) == expected


def test_equals_come_in_random_order(resolver: Resolver) -> None:
    """Exchangers of one preference come in either order, which spreads the load; the higher number stays last."""
    orders = {
        tuple(exchanger.host[0] for exchanger in dns.mail_exchangers("three.test", resolver=resolver))
        for _ in range(60)
    }
    assert orders == {("a", "b", "c"), ("b", "a", "c")}


REFUSED = [
    ("null.test", "null.test takes no mail: its only MX is the null MX (RFC 7505); is the domain spelt right?"),
    ("nowhere.test", "there is no domain nowhere.test; is it spelt right?"),
    ("servfail.test", "no nameserver could answer for servfail.test (SERVFAIL); the domain's DNS may be broken"),
    ("refused.test", "no nameserver could answer for refused.test (REFUSED); the domain's DNS may be broken"),
]


@pytest.mark.parametrize(("domain", "message"), REFUSED)
def test_no_exchangers(resolver: Resolver, domain: str, message: str) -> None:
    """A domain without a way for mail ends in one line, exit 3."""
    with pytest.raises(ConnectError) as caught:
        dns.mail_exchangers(domain, resolver=resolver)
    assert str(caught.value) == message
    assert caught.value.exit_status is ExitStatus.CONNECTION


def test_a_silent_nameserver(nameserver: str) -> None:
    """Without an answer the wait ends, and another nameserver is proposed."""
    impatient = dns.make_resolver(nameserver, lifetime=0.1)
    with pytest.raises(ConnectError, match=r"no nameserver answered about silent\.test in time; try another one"):
        dns.mail_exchangers("silent.test", resolver=impatient)


NO_NAMES = ["a..test", "x" * 64 + ".test", "-ü.test", "a b\u2028ü.test"]


@pytest.mark.parametrize("domain", NO_NAMES)
def test_what_is_no_domain(resolver: Resolver, domain: str) -> None:
    """What cannot be a domain is a mistake in what was typed, exit 2."""
    with pytest.raises(UsageError, match="is no domain name") as caught:
        dns.mail_exchangers(domain, resolver=resolver)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("family", "expected"),
    [
        ("any", ["::1", "127.0.0.1", "127.0.0.2"]),
        ("4", ["127.0.0.1", "127.0.0.2"]),
        ("6", ["::1"]),
    ],
)
def test_addresses(resolver: Resolver, family: str, expected: list[str]) -> None:
    """The addresses of a host come IPv6 first, or of one family only."""
    found = dns.addresses("both.test", resolver=resolver, family=family)
    assert sorted(found) == sorted(expected)
    assert found == sorted(found, key=lambda address: ":" not in address)


def test_no_addresses(resolver: Resolver) -> None:
    """A host without an address of the wanted family says so."""
    with pytest.raises(ConnectError, match=r"empty\.test has no address \(AAAA or A record\)"):
        dns.addresses("empty.test", resolver=resolver)
    with pytest.raises(ConnectError, match=r"bare\.test has no address \(AAAA record\)"):
        dns.addresses("bare.test", resolver=resolver, family="6")


@pytest.mark.parametrize(
    ("text", "address", "port"),
    [
        ("192.0.2.53", "192.0.2.53", 53),
        ("127.0.0.1:5353", "127.0.0.1", 5353),
        ("::1", "::1", 53),
        ("[::1]:5353", "::1", 5353),
        ("[2001:db8::53]", "2001:db8::53", 53),
    ],
)
def test_nameservers(monkeypatch: pytest.MonkeyPatch, text: str, address: str, port: int) -> None:
    """A nameserver is an address with or without a port, given as such or by the environment."""
    given = dns.make_resolver(text)
    monkeypatch.setenv(dns.NAMESERVER_VARIABLE, text)
    for resolver in (given, dns.make_resolver()):
        assert (resolver.nameservers, resolver.port) == ([address], port)


@pytest.mark.parametrize(
    "text", ["localhost", "127.0.0.1:", "127.0.0.1:99999", "1.2.3", "::1::", "https://dns.test/", "[::1"]
)
def test_what_is_no_nameserver(text: str) -> None:
    """Anything else is refused before it is asked."""
    with pytest.raises(UsageError, match="is no nameserver; give an address"):
        dns.make_resolver(text)


def greet(peer: Peer) -> None:
    """Greet, take leave."""
    peer.say("220 mx\r\n")
    peer.answer("221 bye")


def by_exchanger(domain: str, port: int | str, nameserver: str, **options: str) -> Session:
    """Open a session with the mail exchanger of a domain."""
    return Session.connect(
        f"mx:{domain}:{port}",
        options=ConnectOptions(nameserver=nameserver, **options),  # type: ignore[arg-type]  # strings only
        timeouts=Timeouts(5.0),
    )


def test_the_first_exchanger_that_accepts(nameserver: str) -> None:
    """Those that refuse are passed over, all addresses of each are tried, and the session says which it was."""
    with served(greet) as where:
        port = where.rpartition(":")[2]
        with by_exchanger("two.test", port, nameserver) as session:
            assert session.endpoint == Endpoint("smtp", "here.two.test", int(port))
            assert session.server_name == "here.two.test"
            assert session.transport.peer == where
            greeting = session.wait_for_replies()
            assert greeting is not None
            assert greeting.code == 220
            session.quit()


def test_the_domain_itself(nameserver: str) -> None:
    """Without MX the domain's own address is connected to."""
    with (
        served(greet) as where,
        by_exchanger("bare.test", where.rpartition(":")[2], nameserver, family="4") as session,
    ):
        assert session.server_name == "bare.test"
        session.quit()


def test_no_exchanger_accepts(nameserver: str) -> None:
    """Where none accepts, one line names what came of each."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(ConnectError) as caught:
        by_exchanger("down.test", port, nameserver)
    assert str(caught.value) == (
        f"no mail exchanger of down.test accepts: cannot connect to 127.0.0.2:{port}: Connection refused, "
        "gone.two.test has no address (AAAA or A record); its DNS is at fault"
    )
