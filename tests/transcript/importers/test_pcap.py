"""Packet captures: octets in order again whatever the network did to them, connections apart, gaps said."""

from __future__ import annotations

import builtins
import io
import random
import socket
from typing import Any

import dpkt
import pytest

from smtpshell.errors import UsageError
from smtpshell.transcript.importers import import_log
from smtpshell.transcript.model import EventLine, Line, Prose, Transcript
from smtpshell.transcript.syntax import parse, write

SERVER = ("192.0.2.1", 25)
SYN, ACK, FIN, RST = 2, 16, 1, 4

DIALOGUE = [
    ("S", b"220 mx.example.test ESMTP\r\n"),
    ("C", b"EHLO a\r\n"),
    ("S", b"250-mx\r\n250 AUTH PLAIN\r\n"),
    ("C", b"AUTH PLAIN AHN0dWRlbnQAZmlyc3QtbGVzc29u\r\n"),
    ("S", b"235 ok\r\n"),
    ("C", b"MAIL FROM:<a@example.test>\r\nDATA\r\n"),
    ("S", b"250 ok\r\n354 go\r\n"),
    ("C", b"Subject: \xff\n\r\n.\r\n"),
    ("S", b"451 later\r\n"),
]


class Wire:
    """Both ends of one connection, as packets."""

    def __init__(self, port: int = 40000, first: int = 1000, family: int = socket.AF_INET) -> None:
        self.ends = {"C": ("192.0.2.9", port), "S": SERVER}
        self.next = {"C": first, "S": first + 500}
        self.family = family

    def packet(self, side: str, octets: bytes = b"", flags: int = ACK) -> bytes:
        """Give the next packet of a side as Ethernet carries it."""
        other = "S" if side == "C" else "C"
        (source, sport), (destination, dport) = self.ends[side], self.ends[other]
        tcp = dpkt.tcp.TCP(sport=sport, dport=dport, seq=self.next[side] % (1 << 32), flags=flags, data=octets)
        self.next[side] += len(octets) + (1 if flags & (SYN | FIN) else 0)
        if self.family == socket.AF_INET6:
            addresses = [b"\x20\x01\x0d\xb8" + bytes(11) + bytes([int(end[-1])]) for end in (source, destination)]
            ip: Any = dpkt.ip6.IP6(src=addresses[0], dst=addresses[1], nxt=6, hlim=64, plen=len(tcp), data=tcp)
            return bytes(dpkt.ethernet.Ethernet(type=dpkt.ethernet.ETH_TYPE_IP6, data=ip))
        ip = dpkt.ip.IP(src=socket.inet_aton(source), dst=socket.inet_aton(destination), p=6, data=tcp)
        ip.len = len(ip)
        return bytes(dpkt.ethernet.Ethernet(data=ip))

    def opening(self) -> list[bytes]:
        """Give the three packets of a handshake."""
        return [self.packet("C", flags=SYN), self.packet("S", flags=SYN | ACK), self.packet("C")]

    def talk(self, size: int = 1460) -> list[bytes]:
        """Give the dialogue's packets, none with more octets than that."""
        return [
            self.packet(side, octets[at : at + size])
            for side, octets in DIALOGUE
            for at in range(0, len(octets), size)
        ]


def capture(packets: list[bytes], *, cut: int | None = None, **options: Any) -> bytes:
    """Write a capture, a packet each hundredth of a second."""
    file = io.BytesIO()
    writer = dpkt.pcap.Writer(file, **options)
    for number, packet in enumerate(packets):
        writer.writepkt(packet, 1000 + number / 100)
    return file.getvalue()[:cut]


def said(transcript: Transcript, side: str) -> bytes:
    """Give one side's octets."""
    values = {"auth": b"AHN0dWRlbnQAZmlyc3QtbGVzc29u"}
    lines = [entry for entry in transcript.entries if isinstance(entry, Line) and entry.side == side]
    return b"".join(line.octets(values) for line in lines)


def spoken(side: str) -> bytes:
    """Give what a side says in the dialogue."""
    return b"".join(octets for speaker, octets in DIALOGUE if speaker == side)


def test_capture() -> None:
    """Every octet is there, with its time, and no credential."""
    wire = Wire()
    (made,) = import_log(capture([*wire.opening(), *wire.talk(), wire.packet("S", flags=FIN | ACK)]), "a.pcap")
    text = write(made)
    assert parse(text) == made
    assert "AHN0" not in text
    assert {side: said(made, side) for side in "CS"} == {side: spoken(side) for side in "CS"}
    assert made.header.get("server") == "smtp://192.0.2.1:25"
    assert [str(entry) for entry in made.entries if isinstance(entry, EventLine)] == [
        "-- connected to 192.0.2.1:25",
        "-- closed by server",
    ]
    assert "[0.040] C: EHLO a" in text
    assert r"C= Subject: \xff\n" in text


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("size", [1, 7])
def test_whatever_the_network_did(seed: int, size: int) -> None:
    """Small segments, some twice and some overtaken, numbers that wrap around: the octets are the same."""
    rng = random.Random(seed)  # noqa: S311 (repeatable, not secret)
    wire = Wire(first=(1 << 32) - 40)
    opening = wire.opening()
    packets: list[bytes] = []
    for packet in wire.talk(size):
        packets += [packet] * rng.choice([1, 1, 2])
        if rng.random() < 0.2 and len(packets) > 1:
            packets[-1], packets[-2] = packets[-2], packets[-1]
    (made,) = import_log(capture([*opening, *packets]))
    assert {side: said(made, side) for side in "CS"} == {side: spoken(side) for side in "CS"}


def test_several_connections() -> None:
    """Two at once, one after them from the same port, and one that is no SMTP: three transcripts."""
    one, two, again, web = Wire(40001), Wire(40002), Wire(40001, first=90000), Wire(40003)
    web.ends["S"] = ("192.0.2.1", 80)
    mixed = [
        packet
        for pair in zip(one.opening() + one.talk(), two.opening() + two.talk(), strict=True)
        for packet in pair
    ]
    other = [
        *web.opening(),
        web.packet("C", b"GET / HTTP/1.1\r\n\r\n"),
        web.packet("S", b"HTTP/1.1 200 OK\r\n\r\n"),
    ]
    made = import_log(capture([*mixed, *other, *again.opening(), *again.talk()]))
    assert [said(transcript, "S") for transcript in made] == [spoken("S")] * 3
    assert [transcript.header.get("title").partition(":")[0] for transcript in made] == [
        f"<log>, connection {number}" for number in (1, 2, 3)
    ]


def test_a_gap() -> None:
    """Octets the capture lacks are counted and said; what follows is there."""
    wire = Wire()
    packets = [*wire.opening(), *wire.talk()]
    del packets[5]
    (made,) = import_log(capture(packets))
    assert Prose("# 24 octets of the server are not in the capture.") in made.entries
    assert said(made, "S").startswith(b"220 mx.example.test ESMTP\r\n")
    assert said(made, "S").endswith(b"451 later\r\n")


def test_begun_in_the_middle() -> None:
    """A capture without the handshake knows the server by its port."""
    (made,) = import_log(capture(Wire().talk()))
    assert said(made, "C") == spoken("C")


def test_tls() -> None:
    """Behind STARTTLS nothing can be seen, and that is said."""
    wire = Wire()
    packets = [
        *wire.opening(),
        wire.packet("S", b"220 mx\r\n"),
        wire.packet("C", b"STARTTLS\r\n"),
        wire.packet("S", b"220 go\r\n"),
        wire.packet("C", b"\x16\x03\x01\x00\x05hello"),
        wire.packet("S", b"\x16\x03\x03\x00\x05hello\n250 no\r\n"),
        wire.packet("S", flags=RST),
    ]
    (made,) = import_log(capture(packets))
    assert [str(entry) for entry in made.entries][-5:] == [
        "[0.050] S: 220 go",
        "# What was negotiated is not in the source.",
        "-- tls",
        "# Inside TLS the capture shows nothing.",
        "-- reset by server",
    ]


LINKS = {
    "raw": (101, b""),
    "loopback": (0, b"\x02\x00\x00\x00"),
    "linux cooked": (113, b"\x00\x00\x00\x01\x00\x06" + bytes(8) + b"\x08\x00"),
}


@pytest.mark.parametrize("link", LINKS)
def test_links(link: str) -> None:
    """Captures of other interfaces than Ethernet are read too."""
    number, header = LINKS[link]
    wire = Wire()
    packets = [header + packet[14:] for packet in [*wire.opening(), *wire.talk()]]
    (made,) = import_log(capture(packets, linktype=number))
    assert said(made, "S") == spoken("S")


def test_ipv6() -> None:
    """An IPv6 address stands in brackets."""
    wire = Wire(family=socket.AF_INET6)
    (made,) = import_log(capture([*wire.opening(), *wire.talk()]))
    assert made.header.get("server") == "smtp://[2001:db8::1]:25"


def test_other_packets() -> None:
    """What is no TCP over IP is passed over."""
    wire = Wire()
    arp = bytes(dpkt.ethernet.Ethernet(type=dpkt.ethernet.ETH_TYPE_ARP, data=dpkt.arp.ARP()))
    (made,) = import_log(capture([arp, b"", b"\x00", *wire.opening(), *wire.talk()]))
    assert said(made, "S") == spoken("S")


REFUSED = {
    "cut in its header": (capture([], cut=10), "this capture cannot be read"),
    "without SMTP": (capture(Wire().opening()), "there is no SMTP in this packet capture"),
    "of another link": (capture(Wire().talk(), linktype=147), "link type 147 is not known here"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    """A capture that cannot be used is refused in one line."""
    octets, expected = REFUSED[case]
    with pytest.raises(UsageError, match=expected):
        import_log(octets, "a.pcap")


def test_without_dpkt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra it is said how to get it."""
    original = builtins.__import__

    def without(name: str, *arguments: Any, **named: Any) -> Any:
        if name == "dpkt":
            raise ImportError(name)
        return original(name, *arguments, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UsageError, match=r"pip install 'smtpshell\[pcap\]'"):
        import_log(capture(Wire().talk()))
