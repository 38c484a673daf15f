"""SASL mechanisms as generators: a challenge goes in, the answer comes out, each message open to inspection.

    exchange = MECHANISMS["SCRAM-SHA-256"].start(Credentials(user="tester", password="..."))
    initial = next(exchange)                # the initial response, or None where the server speaks first
    answer = exchange.send(challenge)       # octets in, octets out; base64 is the caller's (encode, decode)
    ...                                     # StopIteration: the client has nothing more to say

Challenges and answers are the octets inside the base64.  A challenge that cannot be understood raises
RemoteProtocolError.  Passwords go out as UTF-8; SCRAM prepares them first (RFC 4013).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from smtpshell.errors import RemoteProtocolError
from smtpshell.protocol import digest_md5, scram

__all__ = ["MECHANISMS", "Credentials", "Exchange", "Mechanism", "decode", "encode", "strongest"]

Exchange = Generator[bytes | None, bytes, None]
"""One run of a mechanism; see the module's head."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Who logs in, and how to prove it; whatever a mechanism does not use is left alone.

    ``authorization`` is the identity to act as ("" for one's own), ``token`` an OAuth bearer token, ``host`` and
    ``port`` are those of the server, ``channel_binding`` is (type, data) of the TLS channel, where there is one.
    ``nonce`` makes the client's nonce; give it only to repeat an exchange octet for octet.
    """

    user: str = ""
    password: str = field(default="", repr=False)
    authorization: str = ""
    token: str = field(default="", repr=False)
    host: str = ""
    port: int = 0
    channel_binding: tuple[str, bytes] | None = None
    nonce: Callable[[], str] = scram.fresh_nonce


@dataclass(frozen=True, slots=True)
class Mechanism:
    """One mechanism: ``strength`` orders them, ``plaintext`` ones show the secret to whoever listens.

    ``needs`` names the fields of Credentials that must not be empty.
    """

    name: str
    strength: int
    start: Callable[[Credentials], Exchange]
    source: str
    plaintext: bool = False
    needs: tuple[str, ...] = ("user", "password")


def encode(answer: bytes | None) -> str:
    """Give the base64 for the wire; an empty initial response is written "=" (RFC 4954 4), by the caller."""
    return base64.b64encode(answer or b"").decode("ascii")


def decode(challenge: str) -> bytes:
    """Read a 334's text.  Raises RemoteProtocolError where it is no base64."""
    try:
        return base64.b64decode(challenge.strip(), validate=True)
    except (binascii.Error, ValueError):
        octets = challenge.encode("utf-8", "surrogateescape")
        raise RemoteProtocolError(
            "the challenge is not base64", hint="answer * to give up", octets=octets
        ) from None


def _plain(credentials: Credentials) -> Exchange:
    """RFC 4616 2: authorization identity, NUL, user, NUL, password."""
    parts = (credentials.authorization, credentials.user, credentials.password)
    yield "\0".join(parts).encode("utf-8", "surrogateescape")


def _login(credentials: Credentials) -> Exchange:
    """draft-murchison-sasl-login: two prompts; their words differ between servers, their order never does."""
    yield None
    yield credentials.user.encode("utf-8", "surrogateescape")
    yield credentials.password.encode("utf-8", "surrogateescape")


def _cram_md5(credentials: Credentials) -> Exchange:
    """RFC 2195 2: user, blank, HMAC-MD5 of the challenge under the password."""
    challenge = yield None
    key = credentials.password.encode("utf-8", "surrogateescape")
    digest = hmac.new(key, challenge, hashlib.md5).hexdigest()
    yield f"{credentials.user} {digest}".encode("utf-8", "surrogateescape")


def _xoauth2(credentials: Credentials) -> Exchange:
    """Google's XOAUTH2: user and token between control-A; an error comes as a challenge, answered by nothing."""
    yield f"user={credentials.user}\x01auth=Bearer {credentials.token}\x01\x01".encode()
    yield b""


def _oauthbearer(credentials: Credentials) -> Exchange:
    """RFC 7628 3.1: a GS2 header, host, port and token; an error challenge is answered by control-A (3.2.3)."""
    host = f"host={credentials.host}\x01" if credentials.host else ""
    port = f"port={credentials.port}\x01" if credentials.port else ""
    user = scram.quoted(credentials.user)
    yield f"n,a={user},\x01{host}{port}auth=Bearer {credentials.token}\x01\x01".encode()
    yield b"\x01"


def _external(credentials: Credentials) -> Exchange:
    """RFC 4422 A: the authorization identity, or nothing; the proof is elsewhere, in a TLS certificate."""
    yield credentials.authorization.encode("utf-8", "surrogateescape")


def _anonymous(credentials: Credentials) -> Exchange:
    """RFC 4505 2: a trace of who it is, for the server's log."""
    yield credentials.user.encode("utf-8", "surrogateescape")


def _digest_md5(credentials: Credentials) -> Exchange:
    """RFC 2831: two steps, see digest_md5.py."""
    return digest_md5.exchange(
        credentials.user, credentials.password, credentials.authorization, credentials.host, credentials.nonce
    )


def _scram(hash_name: str, *, plus: bool) -> Callable[[Credentials], Exchange]:
    """RFC 5802: see scram.py."""

    def start(credentials: Credentials) -> Exchange:
        return scram.exchange(
            hash_name,
            credentials.user,
            credentials.password,
            credentials.authorization,
            nonce=credentials.nonce(),
            binding=credentials.channel_binding if plus else None,
        )

    return start


_ROWS: Final = (
    Mechanism(
        "SCRAM-SHA-256-PLUS",
        90,
        _scram("sha256", plus=True),
        "RFC 7677",
        needs=("user", "password", "channel_binding"),
    ),
    Mechanism(
        "SCRAM-SHA-1-PLUS",
        80,
        _scram("sha1", plus=True),
        "RFC 5802",
        needs=("user", "password", "channel_binding"),
    ),
    Mechanism("SCRAM-SHA-256", 70, _scram("sha256", plus=False), "RFC 7677"),
    Mechanism("SCRAM-SHA-1", 60, _scram("sha1", plus=False), "RFC 5802"),
    Mechanism("OAUTHBEARER", 50, _oauthbearer, "RFC 7628", plaintext=True, needs=("user", "token")),
    Mechanism("XOAUTH2", 45, _xoauth2, "Google XOAUTH2", plaintext=True, needs=("user", "token")),
    Mechanism("DIGEST-MD5", 40, _digest_md5, "RFC 2831, historic by RFC 6331"),
    Mechanism("CRAM-MD5", 30, _cram_md5, "RFC 2195"),
    Mechanism("PLAIN", 20, _plain, "RFC 4616", plaintext=True),
    Mechanism("LOGIN", 10, _login, "draft-murchison-sasl-login", plaintext=True),
    Mechanism("EXTERNAL", 5, _external, "RFC 4422 A", needs=()),
    Mechanism("ANONYMOUS", 1, _anonymous, "RFC 4505", needs=()),
)

MECHANISMS: Final[Mapping[str, Mechanism]] = {row.name: row for row in _ROWS}
"""Name in capitals -> mechanism, strongest first."""


def strongest(offered: Iterable[str], credentials: Credentials, *, plaintext: bool) -> Mechanism | None:
    """Give the strongest offered mechanism that the credentials suffice for; none in plaintext unless allowed.

    EXTERNAL and ANONYMOUS prove nothing by themselves and are never picked: ask for them by name.
    """
    names = {name.upper() for name in offered}
    usable = (
        row
        for row in _ROWS
        if row.name in names
        and row.needs
        and (plaintext or not row.plaintext)
        and all(getattr(credentials, name) for name in row.needs)
    )
    return next(usable, None)
