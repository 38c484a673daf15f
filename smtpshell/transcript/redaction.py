"""What may never be written or shown: the secrets of this run, and how to take them out of anything.

Used by whatever keeps or shows what was said: recordings, history, JSON, logs, findings.  A secret is
remembered in every form it may come back in, e.g. from a server that quotes it in an error.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Final

from smtpshell.protocol.command_parser import parse
from smtpshell.protocol.commands import Auth, AuthResponse
from smtpshell.protocol.events import CommandSent, ContinuationRequested, Event
from smtpshell.protocol.secret_spans import secret_span

__all__ = ["AUTH", "SHORTEST", "Secrets"]

AUTH: Final = "${auth}"
"""What is written and shown in place of a secret."""

SHORTEST: Final = 3
"""Octets; what is shorter would be found all over the place and hides nothing."""

_REPLACEMENT: Final = AUTH.encode()
_NOTHING = re.compile(rb"(?!)")
# What inside an answer is a secret by itself: the token of OAUTHBEARER and XOAUTH2 (RFC 6750 2.1 inside RFC 7628
# 3.1), SCRAM's proof (RFC 5802 7), the digests of DIGEST-MD5 (RFC 2831 2.1.2) and CRAM-MD5 (RFC 2195 2).
_INNER = re.compile(
    rb"auth=Bearer ([^\x01]+)|,p=([A-Za-z0-9+/=]+)\Z|\bresponse=([0-9a-f]{32})|\A[^ ]+ ([0-9a-f]{32})\Z",
    re.IGNORECASE,
)


class _Store:
    """The secrets that are known, and what finds them all."""

    def __init__(self) -> None:
        self.known: set[bytes] = set()
        self.pattern = _NOTHING


class Secrets:
    """Remembers secrets and replaces them by ``${auth}``, the longest first.

    Each follows one connection; those that are made with ``shared`` know the same secrets.
    """

    def __init__(self, shared: Secrets | None = None) -> None:
        self._store: _Store = shared._store if shared else _Store()
        self._mechanism = ""
        self._challenge = b""

    def remember(self, secret: bytes | str) -> None:
        """Remember a password, token, initial response or answer: as it is, in base64, and what it encodes."""
        octets = _octets(secret)
        self._add(octets, base64.b64encode(octets))
        decoded = _decoded(octets)
        if decoded is None:
            return
        self._add(decoded)
        # RFC 4616 2: authzid NUL authcid NUL passwd.
        parts = decoded.split(b"\0")
        inner = (
            parts[2:] if len(parts) == 3 else [found[found.lastindex or 0] for found in _INNER.finditer(decoded)]
        )
        for part in inner:
            self._add(part, base64.b64encode(part))

    def observe(self, event: Event) -> None:
        """Remember what an event of a session gives away; an event may be shown more than once."""
        if isinstance(event, ContinuationRequested):
            self._challenge = _decoded(event.challenge.encode("utf-8", "surrogateescape")) or b""
        elif isinstance(event, CommandSent):
            if isinstance(event.command, Auth):
                self._mechanism = event.command.mechanism.upper()
                self._challenge = b""
            # What was cut short may be marked without being a part of AUTH; it hides its own line, no other.
            if event.secret is not None and event.command.move in ("AUTH", "AUTH-RESPONSE"):
                self._remember_sent(event.octets[slice(*event.secret)], event.command)
            elif event.secret is not None and event.command.move == "XCLIENT":
                for value in re.findall(rb"(?<==)[^ \t]+|\A[^ \t]+", event.octets[slice(*event.secret)]):
                    self._add(value)

    def segments(self, octets: bytes, span: tuple[int, int] | None = None) -> Iterator[tuple[bytes, bool]]:
        """Cut octets into (octets, whether they are secret); ``span`` is secret whatever is remembered."""
        start, end = span or (len(octets), len(octets))
        for piece in (octets[:start], None, octets[end:]):
            if piece is None:
                if start < end:
                    yield octets[start:end], True
                continue
            at = 0
            for found in self._store.pattern.finditer(piece):
                if found.start() > at:
                    yield piece[at : found.start()], False
                yield found[0], True
                at = found.end()
            if at < len(piece):
                yield piece[at:], False

    def found_in(self, octets: bytes) -> bool:
        """Whether a secret stands somewhere in the octets."""
        return bool(self._store.known) and self._store.pattern.search(octets) is not None

    def redact_octets(self, octets: bytes) -> bytes:
        """Give the octets with each secret replaced."""
        return self._store.pattern.sub(_REPLACEMENT, octets) if self._store.known else octets

    def redact_text(self, text: str) -> str:
        """Give the text with each secret replaced."""
        return self.redact_octets(_octets(text)).decode("utf-8", "surrogateescape")

    def redact_line(self, text: str) -> str:
        """Give a typed line fit for keeping: an initial response is taken out though it was never sent."""
        octets = _octets(text)
        span = secret_span(parse(octets), octets)
        pieces = [_REPLACEMENT if secret else piece for piece, secret in self.segments(octets, span)]
        return b"".join(pieces).decode("utf-8", "surrogateescape")

    def safe_length(self, octets: bytes) -> int:
        """Give how many of the octets can be written before more come, without cutting a secret in two."""
        length = len(octets) - max(map(len, self._store.known), default=1) + 1
        for found in self._store.pattern.finditer(octets):
            if found.start() < length < found.end():
                length = found.start()
        return max(length, 0)

    def _remember_sent(self, sent: bytes, command: object) -> None:
        """Remember what went out in AUTH; LOGIN's user name is no secret beyond its own line."""
        asked_for_user = b"user" in self._challenge.lower() or not isinstance(command, AuthResponse)
        if self._mechanism == "LOGIN" and asked_for_user:
            self._add(sent)
        else:
            self.remember(sent)

    def _add(self, *secrets: bytes) -> None:
        new = {form for form in secrets if len(form.strip()) >= SHORTEST} - self._store.known
        if new:
            self._store.known |= new
            longest_first = sorted(self._store.known, key=lambda form: (-len(form), form))
            self._store.pattern = re.compile(b"|".join(map(re.escape, longest_first)))


def _octets(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")


def _decoded(octets: bytes) -> bytes | None:
    try:
        return base64.b64decode(octets, validate=True)
    except binascii.Error:
        return None
