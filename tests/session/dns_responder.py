"""A nameserver on a loopback port that answers from a table, in a thread; the messages are dnspython's."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

__all__ = ["Zone", "answered"]

Zone = Mapping[str, str | tuple[str, ...]]
"""\"NAME TYPE\" -> records as zone files write them; NAME -> the rcode of every other question about it.

"" as the rcode of a name lets its questions go unanswered.  A name of neither kind does not exist.
"""


def answer(zone: Zone, octets: bytes) -> bytes:
    """Answer one question; b"" is silence."""
    query = dns.message.from_wire(octets)
    question = query.question[0]
    name = question.name.to_text(omit_final_dot=True)
    kind = dns.rdatatype.to_text(question.rdtype)
    response = dns.message.make_response(query)
    response.flags |= dns.flags.RA
    records = zone.get(f"{name} {kind}")
    if isinstance(records, tuple):
        response.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *records))
        return response.to_wire()
    known = any(row.startswith(f"{name} ") for row in zone)
    rcode = zone.get(name, "NOERROR" if known else "NXDOMAIN")
    if not rcode:
        return b""
    response.set_rcode(dns.rcode.from_text(str(rcode)))
    return response.to_wire()


@contextmanager
def answered(zone: Zone) -> Iterator[str]:
    """Answer questions as long as the block runs; give the nameserver, "127.0.0.1:PORT"."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        host, port = listening.getsockname()

        def serve() -> None:
            while True:
                octets, asker = listening.recvfrom(4096)
                if not octets:
                    return
                if response := answer(zone, octets):
                    listening.sendto(response, asker)

        thread = threading.Thread(target=serve, name="nameserver")
        thread.start()
        try:
            yield f"{host}:{port}"
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ending:
                ending.sendto(b"", (host, port))
            thread.join(10)
