"""DIGEST-MD5, the client's side (RFC 2831; historic since RFC 6331, still offered by servers in use)."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Generator

from smtpshell.errors import RemoteProtocolError

__all__ = ["exchange"]

# RFC 2831 7.1: a comma-separated list of name=value, the value a token or a quoted string.
_DIRECTIVE = re.compile(r'\s*([A-Za-z0-9\-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))\s*(?:,|$)')


def exchange(
    user: str, password: str, authorization: str, host: str, nonce: Callable[[], str]
) -> Generator[bytes | None, bytes, None]:
    """Run one exchange without a security layer (qop=auth).  See sasl.py for the protocol."""
    challenge = (yield None).decode("utf-8", "replace")
    given = _directives(challenge)
    if "nonce" not in given:
        octets = challenge.encode("utf-8", "replace")
        raise RemoteProtocolError(
            "DIGEST-MD5: the challenge has no nonce", hint="answer * to give up", octets=octets
        )
    realm, client_nonce = given.get("realm", ""), nonce()
    uri = f"smtp/{host or realm or 'localhost'}"
    secret = _md5(f"{user}:{realm}:{password}".encode("utf-8", "surrogateescape"))
    a1 = secret + f":{given['nonce']}:{client_nonce}{':' + authorization if authorization else ''}".encode()

    def response(method: str) -> str:
        a2 = _md5(f"{method}:{uri}".encode()).hex()
        joined = f"{_md5(a1).hex()}:{given['nonce']}:00000001:{client_nonce}:auth:{a2}"
        return _md5(joined.encode()).hex()

    parts = [
        "charset=utf-8",
        f'username="{_escaped(user)}"',
        f'realm="{_escaped(realm)}"',
        f'nonce="{given["nonce"]}"',
        "nc=00000001",
        f'cnonce="{client_nonce}"',
        f'digest-uri="{uri}"',
        f"response={response('AUTHENTICATE')}",
        "qop=auth",
    ]
    if authorization:
        parts.append(f'authzid="{_escaped(authorization)}"')
    final = (yield ",".join(parts).encode("utf-8", "surrogateescape")).decode("utf-8", "replace")
    if not hmac.compare_digest(_directives(final).get("rspauth", ""), response("")):
        raise RemoteProtocolError(
            "DIGEST-MD5: the server did not prove that it knows the password",
            hint="answer * to give up",
            octets=final.encode(),
        )
    yield b""


def _md5(octets: bytes) -> bytes:
    return hashlib.md5(octets, usedforsecurity=False).digest()


def _directives(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, quoted, token in _DIRECTIVE.findall(text):
        # The first realm offered is the one taken (RFC 2831 2.1.1 leaves the choice to the client).
        found.setdefault(name.lower(), re.sub(r"\\(.)", r"\1", quoted) or token)
    return found


def _escaped(text: str) -> str:
    return re.sub(r'(["\\])', r"\\\1", text)
