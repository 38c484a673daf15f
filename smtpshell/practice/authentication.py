"""The server's side of SASL: PLAIN, LOGIN and CRAM-MD5 as generators, and the login that runs one.

A mechanism yields each challenge, is sent the response, and returns the user's name, or None for
credentials that do not fit.  It raises ValueError with one sentence for a response that cannot be read.

All three work without TLS too.  A real server must not offer PLAIN and LOGIN in clear (RFC 4954 4); here it is
the lesson: the passwords are public, and the shell warns whoever types one outside TLS.
"""

from __future__ import annotations

import binascii
import hmac
import secrets
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from smtpshell.practice.replies import HOST_NAME, reply
from smtpshell.practice.users import User
from smtpshell.protocol.commands import Auth
from smtpshell.protocol.replies import Reply

__all__ = ["MECHANISMS", "Exchange", "Login", "Mechanism"]

Exchange = Generator[bytes, bytes, "str | None"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mechanism:
    """A mechanism: ``begin`` starts an exchange; ``client_first`` allows an initial response."""

    begin: Callable[[Iterable[User]], Exchange]
    client_first: bool
    source: str


def _fits(users: Iterable[User], name: str, password: str) -> str | None:
    """Give the name where user and password fit, comparing all of the octets in any case."""
    expected = {user.name: user.password for user in users}.get(name, "")
    right = hmac.compare_digest(expected.encode(), password.encode())
    return name if right and expected else None


def _text(response: bytes) -> str:
    try:
        return response.decode()
    except UnicodeDecodeError:
        raise ValueError("A user name and a password are UTF-8") from None


def _plain(users: Iterable[User]) -> Exchange:
    response = yield b""
    parts = _text(response).split("\0")
    if len(parts) != 3:
        raise ValueError("PLAIN wants: who to act as (or nothing), NUL, user, NUL, password")
    authorization, name, password = parts
    # Nobody here may act for somebody else.
    return _fits(users, name, password) if authorization in ("", name) else None


def _login(users: Iterable[User]) -> Exchange:
    name = _text((yield b"Username:"))
    password = _text((yield b"Password:"))
    return _fits(users, name, password)


def _cram_md5(users: Iterable[User]) -> Exchange:
    challenge = f"<{secrets.token_hex(12)}@{HOST_NAME}>".encode()
    name, blank, digest = _text((yield challenge)).rpartition(" ")
    if not blank:
        raise ValueError("CRAM-MD5 wants: user, blank, digest in hexadecimal")
    password = next((user.password for user in users if user.name == name), None)
    if password is None:
        return None
    expected = hmac.new(password.encode(), challenge, "md5").hexdigest()
    return name if hmac.compare_digest(expected.encode(), digest.encode()) else None


MECHANISMS: Final[Mapping[str, Mechanism]] = {
    "PLAIN": Mechanism(begin=_plain, client_first=True, source="RFC 4616 2"),
    # Never standardised; clients put the user's name into the initial response, so it is allowed.
    "LOGIN": Mechanism(begin=_login, client_first=True, source="draft-murchison-sasl-login"),
    "CRAM-MD5": Mechanism(begin=_cram_md5, client_first=False, source="RFC 2195 2"),
}
"""Name -> mechanism, in the order they are offered."""


class Login:
    """The login of one conversation: begin() with AUTH, respond() to each 334; ``user`` is who logged in."""

    def __init__(self, users: Iterable[User]) -> None:
        self._users = users
        self._exchange: Exchange | None = None
        self.user: str = ""

    def begin(self, command: Auth) -> Reply:
        """Answer AUTH; 334 means that a response is due."""
        if self.user:
            return reply("logged in already")
        name = command.mechanism.upper()
        mechanism = MECHANISMS.get(name)
        if mechanism is None:
            return reply("unknown mechanism", mechanisms=", ".join(MECHANISMS))
        initial = command.initial_response
        if initial is not None and not mechanism.client_first:
            return reply("server speaks first", mechanism=name)
        self._exchange = mechanism.begin(self._users)
        challenge = next(self._exchange)
        # "=" is an empty initial response, since nothing at all is none (RFC 4954 4).
        return _challenge(challenge) if initial is None else self._step("" if initial == "=" else initial)

    def respond(self, response: str) -> Reply:
        """Answer the response to a challenge."""
        return reply("cancelled") if response == "*" else self._step(response)

    def _step(self, response: str) -> Reply:
        assert self._exchange is not None  # noqa: S101 (begin() has made it)
        try:
            # An empty line is an empty response; strict mode takes base64 to the letter only.
            octets = binascii.a2b_base64(response.encode(), strict_mode=True) if response else b""
        except ValueError:
            return reply("bad base64")
        try:
            return _challenge(self._exchange.send(octets))
        except ValueError as error:
            return reply("bad response", problem=error)
        except StopIteration as end:
            self.user = end.value or ""
            return reply("logged in") if self.user else reply("bad credentials")


def _challenge(challenge: bytes) -> Reply:
    return reply("challenge", challenge=binascii.b2a_base64(challenge, newline=False).decode())
