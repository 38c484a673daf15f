"""Packet captures (pcap, pcapng): each TCP connection that speaks SMTP, put together again from its segments.

The files and the packets are read by dpkt, the extra ``pcap``; the order of octets is restored here, what was sent
twice is taken once, and what the capture lacks is said.  Inside TLS there is nothing to see.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from smtpshell.errors import UsageError
from smtpshell.transcript.importers.turns import CODE, VERB, Kind, Turn, wire_lines

__all__ = ["is_capture", "read_capture"]

# pcap in both byte orders, with micro- and nanoseconds; pcapng's section header.
_MAGIC: Final = (b"\xa1\xb2\xc3\xd4", b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\x3c\x4d", b"\x4d\x3c\xb2\xa1", b"\n\r\r\n")
_TLS_RECORD: Final = b"\x16\x03"
"""How a TLS handshake opens (RFC 8446 5.1): its content type, and the high octet of the version."""

_RAW: Final = (12, 14, 101, 228, 229)
"""Link types whose packets begin with the IP header."""

_SPAN: Final = 1 << 32
"""Sequence numbers wrap around there (RFC 9293 3.4)."""


def is_capture(octets: bytes) -> bool:
    """Whether it is a packet capture."""
    return octets.startswith(_MAGIC)


def read_capture(octets: bytes, name: str) -> list[Turn]:
    """Give the turns of all SMTP connections.  Raises UsageError where it cannot be read, or dpkt is missing."""
    flows: dict[frozenset[tuple[bytes, int]], _Flow] = {}
    done: list[_Flow] = []
    for time, source, destination, tcp in _segments(octets, name):
        ends = frozenset((source, destination))
        begins = bool(tcp.flags & 0x02) and not tcp.flags & 0x10  # SYN without ACK
        if ends not in flows or (begins and flows[ends].turns):
            client = source if begins or source[1] > destination[1] else destination
            server = destination if client == source else source
            flows[ends] = _Flow(client=client, number=len(done), start=time)
            flows[ends].event("connected to", _address(server), time)
            done.append(flows[ends])
        flows[ends].take(source, tcp, time)
    for flow in done:
        flow.end()
    return [turn for flow in done if flow.speaks_smtp for turn in flow.turns]


def _segments(octets: bytes, name: str) -> Iterator[tuple[float, tuple[bytes, int], tuple[bytes, int], Any]]:
    """Give (time, source, destination, segment) of each TCP segment."""
    try:
        import dpkt
    except ImportError:
        hint = "install it: pip install 'smtpshell[pcap]'"
        raise UsageError(f"{name}: captures are read by dpkt, which is not there", hint=hint) from None
    links = {
        dpkt.pcap.DLT_EN10MB: dpkt.ethernet.Ethernet,
        dpkt.pcap.DLT_LINUX_SLL: dpkt.sll.SLL,
        dpkt.pcap.DLT_LINUX_SLL2: dpkt.sll2.SLL2,
        dpkt.pcap.DLT_NULL: dpkt.loopback.Loopback,
        dpkt.pcap.DLT_LOOP: dpkt.loopback.Loopback,
    }
    try:
        reader = dpkt.pcap.UniversalReader(io.BytesIO(octets))
        packets = [(time, bytes(packet)) for time, packet in reader]
    except (ValueError, dpkt.UnpackError) as error:
        raise UsageError(f"{name}: this capture cannot be read: {error}", hint="is it whole?") from None
    for time, packet in packets:
        try:
            if reader.datalink() in _RAW:
                found = dpkt.ip6.IP6(packet) if packet[:1] >= b"\x60" else dpkt.ip.IP(packet)
            else:
                found = links[reader.datalink()](packet).data
            segment = found.data
        except (dpkt.UnpackError, AttributeError, IndexError):
            continue  # not IP, or cut off by the capture
        except KeyError:
            what = f"link type {reader.datalink()}"
            raise UsageError(f"{name}: {what} is not known here", hint="capture on another interface") from None
        if isinstance(segment, dpkt.tcp.TCP):
            yield float(time), (found.src, segment.sport), (found.dst, segment.dport), segment


@dataclass(slots=True)
class _Half:
    """One direction: the next octet's number, segments that came too early, and the unfinished line."""

    next: int | None = None
    early: dict[int, bytes] = field(default_factory=dict)
    line: bytes = b""

    def take(self, number: int, octets: bytes) -> bytes:
        """Take a segment and give the octets that are now in order."""
        if self.next is None:
            self.next = number
        if octets:
            self.early[number] = max(octets, self.early.get(number, b""), key=len)
        ready = b""
        for start in sorted(self.early, key=self._ahead):
            ahead = self._ahead(start)
            if ahead > 0:
                break
            fresh = self.early.pop(start)[-ahead:] if ahead else self.early.pop(start)
            ready += fresh
            self.next = (self.next + len(fresh)) % _SPAN
        return ready

    def skip(self) -> int:
        """Go on behind a gap; give how many octets it lacks."""
        start = min(self.early, key=self._ahead)
        lacking, self.next = self._ahead(start), start
        return lacking

    def _ahead(self, number: int) -> int:
        """Tell how far ahead of the next octet a number is; below zero it lies behind."""
        distance = (number - (self.next or 0)) % _SPAN
        return distance - _SPAN if distance > _SPAN // 2 else distance


@dataclass(slots=True, kw_only=True)
class _Flow:
    """One connection under way; ``number`` tells it apart."""

    client: tuple[bytes, int]
    number: int
    start: float
    turns: list[Turn] = field(default_factory=list)
    _halves: dict[Kind, _Half] = field(default_factory=lambda: {Kind.CLIENT: _Half(), Kind.SERVER: _Half()})
    _tls: bool = False
    _ended: bool = False

    @property
    def speaks_smtp(self) -> bool:
        """Whether the first line is a reply or a command."""
        first = next((turn for turn in self.turns if turn.octets), None)
        pattern = CODE if first and first.kind is Kind.SERVER else VERB
        return first is not None and pattern.match(first.octets.decode("latin-1").rstrip()) is not None

    def event(self, name: str, argument: str, time: float) -> None:
        """Add an event."""
        text = f"{name} {argument}".strip()
        self.turns.append(Turn(kind=Kind.EVENT, text=text, connection=str(self.number)))

    def take(self, source: tuple[bytes, int], tcp: Any, time: float) -> None:
        """Take a segment."""
        side = Kind.CLIENT if source == self.client else Kind.SERVER
        half = self._halves[side]
        if tcp.flags & 0x02:  # SYN counts as one octet
            half.next = (tcp.seq + 1) % _SPAN
            return
        self._hear(side, half.take(tcp.seq, bytes(tcp.data)), time)
        if tcp.flags & 0x05 and not self._ended:  # FIN, RST
            self._ended = True
            who = "client" if side is Kind.CLIENT else "server"
            self.event("reset by" if tcp.flags & 0x04 else "closed by", who, time)

    def end(self) -> None:
        """Add what stands behind gaps, and lines that were never finished."""
        for side, half in self._halves.items():
            while half.early:
                who = "client" if side is Kind.CLIENT else "server"
                lacking = half.skip()
                self._note(f"{lacking} octets of the {who} are not in the capture.")
                self._hear(side, half.take(half.next or 0, b""), self.start)
            if half.line and not self._tls:
                self._add(side, half.line, self.start)

    def _hear(self, side: Kind, octets: bytes, time: float) -> None:
        """Take octets in their order."""
        half = self._halves[side]
        if not half.line and octets.startswith(_TLS_RECORD) and not self._tls:
            self._tls = True
            self.event("tls", "", time)
            self._note("Inside TLS the capture shows nothing.")
        if self._tls or not octets:
            return
        *whole, half.line = [*wire_lines(half.line + octets), b""]
        if whole and not whole[-1].endswith(b"\n"):
            half.line = whole.pop()
        for line in whole:
            self._add(side, line, time)

    def _add(self, side: Kind, line: bytes, time: float) -> None:
        seconds = max(time - self.start, 0.0)
        self.turns.append(Turn(kind=side, octets=line, seconds=seconds, connection=str(self.number)))

    def _note(self, text: str) -> None:
        self.turns.append(Turn(kind=Kind.NOTE, text=text, connection=str(self.number)))


def _address(end: tuple[bytes, int]) -> str:
    """Write an address and a port."""
    from ipaddress import ip_address

    host = ip_address(end[0])
    return f"[{host}]:{end[1]}" if host.version == 6 else f"{host}:{end[1]}"
