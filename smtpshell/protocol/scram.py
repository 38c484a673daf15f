"""SCRAM, the client's side: RFC 5802 with SHA-1, RFC 7677 with SHA-256, channel binding where asked for.

The server proves that it knows the password too; where it does not, the exchange ends in
RemoteProtocolError, since whoever answers may not be the server.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import stringprep
import unicodedata
from collections.abc import Generator
from typing import Final

from smtpshell.errors import RemoteProtocolError

__all__ = ["exchange", "fresh_nonce", "prepare", "quoted"]

_MOST_ITERATIONS: Final = 10_000_000
"""More rounds than any server asks for: a hostile one could keep the client busy for hours (ours)."""


def fresh_nonce() -> str:
    """Make a nonce of 18 random octets, in characters that need no quoting (RFC 5802 5.1)."""
    return secrets.token_urlsafe(18)


def quoted(name: str) -> str:
    """Write a name with "=" and "," escaped (RFC 5802 5.1: saslname)."""
    return name.replace("=", "=3D").replace(",", "=2C")


def prepare(text: str) -> str:
    """Prepare a user name or password (SASLprep, RFC 4013); text it forbids is taken as it is.

    Forbidden characters are left for the server to refuse: what was typed is what is tried.
    """
    mapped = "".join(
        " " if stringprep.in_table_c12(character) else character
        for character in text
        if not stringprep.in_table_b1(character)
    )
    return unicodedata.normalize("NFKC", mapped)


def exchange(
    hash_name: str, user: str, password: str, authorization: str, *, nonce: str, binding: tuple[str, bytes] | None
) -> Generator[bytes | None, bytes, None]:
    """Run one exchange; ``binding`` is (type, data) for the -PLUS variants.  See sasl.py for the protocol."""
    flag = f"p={binding[0]}" if binding else "n"
    header = f"{flag},{'a=' + quoted(authorization) if authorization else ''},"
    first_bare = f"n={quoted(prepare(user))},r={nonce}"
    server_first = (yield (header + first_bare).encode()).decode("utf-8", "replace")

    given = _attributes(server_first)
    if "m" in given or not given.get("r", "").startswith(nonce) or given.get("r") == nonce:
        raise _unreadable("the server's first message does not continue our nonce", server_first)
    salt, iterations = _salt(given, server_first), _iterations(given, server_first)
    salted = hashlib.pbkdf2_hmac(hash_name, prepare(password).encode("utf-8", "surrogateescape"), salt, iterations)

    bound = base64.b64encode(header.encode() + (binding[1] if binding else b"")).decode("ascii")
    without_proof = f"c={bound},r={given['r']}"
    message = ",".join((first_bare, server_first, without_proof)).encode()
    client_key = hmac.digest(salted, b"Client Key", hash_name)
    stored_key = hashlib.new(hash_name, client_key).digest()
    signature = hmac.digest(stored_key, message, hash_name)
    proof = base64.b64encode(bytes(a ^ b for a, b in zip(client_key, signature, strict=True))).decode("ascii")
    server_final = (yield f"{without_proof},p={proof}".encode()).decode("utf-8", "replace")

    outcome = _attributes(server_final)
    if "e" in outcome:
        # The server's own word for what went wrong; its 535 follows.
        yield b""
        return
    expected = hmac.digest(hmac.digest(salted, b"Server Key", hash_name), message, hash_name)
    if not hmac.compare_digest(base64.b64encode(expected).decode("ascii"), outcome.get("v", "")):
        raise _unreadable("the server did not prove that it knows the password", server_final)
    yield b""


def _attributes(message: str) -> dict[str, str]:
    return {part[:1]: part[2:] for part in message.split(",") if part[1:2] == "="}


def _salt(given: dict[str, str], message: str) -> bytes:
    try:
        return base64.b64decode(given["s"], validate=True)
    except (KeyError, binascii.Error, ValueError):
        raise _unreadable("the server's first message has no salt that can be read", message) from None


def _iterations(given: dict[str, str], message: str) -> int:
    count = given.get("i", "")
    if not (count.isascii() and count.isdigit() and 0 < int(count[:20]) <= _MOST_ITERATIONS):
        raise _unreadable("the server's iteration count cannot be used", message)
    return int(count)


def _unreadable(problem: str, message: str) -> RemoteProtocolError:
    return RemoteProtocolError(f"SCRAM: {problem}", hint="answer * to give up", octets=message.encode())
