"""openssl s_client: a page about the certificate, then the traffic inside TLS without marks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from smtpshell.transcript.importers.turns import Mark, Row, Turn, drop, event, note, unmarked

__all__ = ["LOOKS", "read"]

LOOKS = re.compile(r"^CONNECTED\([0-9A-Fa-f]+\)|^depth=[0-9]+ ", re.MULTILINE)

_CIPHER = re.compile(r"New, (TLS\S+|SSL\S+), Cipher is (\S+)")
_VERIFIED = re.compile(r"\s*(?:Verify return code|Verification error|Verification): ?(.*)")
_PAGE_ENDS = "---"
_ASIDES = (
    Mark.of(
        r"depth=[0-9]+ |verify (?:return|error)|CONNECTED\(|Can't use SSL|Connecting to |DONE$|read R BLOCK", drop
    ),
    Mark.of(r"RENEGOTIATING|KEYUPDATE|read:errno|\s*$", drop),
    Mark.of(r"closed$", event("closed by", "server")),
)


def read(rows: Sequence[Row]) -> Iterator[Turn]:
    """Read the traffic; the page and the session tickets, which may cut in anywhere, are left out."""
    kept = _without_tickets(rows)
    start = next((at for at, row in enumerate(kept) if re.match(r"\s*Verify return code", row.text)), -1)
    end = next((at for at in range(start + 1, len(kept)) if start >= 0 and kept[at].text == _PAGE_ENDS), -1)
    page, traffic = kept[: end + 1], [row for row in kept[end + 1 :] if row.text != _PAGE_ENDS]
    cipher = next((found for row in page if (found := _CIPHER.match(row.text))), None)
    proved = any(re.match(r"\s*Verify return code: 0 ", row.text) for row in page)
    yield event("tls")(f"{cipher[1]} {cipher[2]} verified={'yes' if proved else 'no'}" if cipher else "", rows[0])
    spoken = [row for row in traffic if not any(mark.pattern.match(row.text) for mark in _ASIDES)]
    if spoken and re.match(r"2[0-9]{2} ", spoken[0].text) and not spoken[0].text.startswith("220"):
        text = "The greeting, the first EHLO and STARTTLS are not shown; TLS began before the first line here."
        yield note(text, spoken[0])
        traffic.remove(spoken[0])
    yield from unmarked(traffic, _ASIDES)


def _without_tickets(rows: Sequence[Row]) -> list[Row]:
    """Leave out what TLS 1.3 says about session tickets."""
    kept: list[Row] = []
    inside = False
    for row in rows:
        if row.text.startswith("Post-Handshake New Session Ticket"):
            inside = True
        elif inside and row.text == "read R BLOCK":
            inside = False
        elif not inside:
            kept.append(row)
    return kept
