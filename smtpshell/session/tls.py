"""The client's TLS: the handshake, and an honest report of what it proved.

Verification is separate from encryption on purpose.  A debugger must be able to talk to a server whose
certificate is wrong, but may never leave that unsaid: without ``verify`` the handshake goes on whatever the
certificate is, and the report says what is wrong with it.  With ``verify`` OpenSSL itself refuses.

The report is in tls_report.py, certificates are read and judged in certificates.py, failures put into words
in tls_failures.py.
"""

from __future__ import annotations

import re
import ssl
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from smtpshell.errors import ConnectionLost, TlsError, TransportError, UsageError
from smtpshell.session import certificates
from smtpshell.session.endpoint import to_ascii
from smtpshell.session.tls_failures import explained
from smtpshell.session.tls_report import TlsReport
from smtpshell.session.transport import MappedErrors

if TYPE_CHECKING:
    import socket

    from smtpshell.session.certificates import CertificateSummary

__all__ = [
    "NOT_READY",
    "VERSIONS",
    "MappedTlsErrors",
    "Resumption",
    "TlsReport",
    "TlsSettings",
    "client_handshake",
]

NOT_READY: Final = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
"""Raised by a socket inside TLS that has nothing to give yet."""

VERSIONS: Final = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
"""The names of the versions as OpenSSL writes them, oldest first; they sort that way as text, too."""

_LOWEST: Final = "TLSv1.2"
"""The oldest version without being asked for an older one (RFC 8996)."""

_NOISE: Final = re.compile(r"^\[.*?\] ?| ?\(_ssl\.c:[0-9]+\)$")
"""Where in OpenSSL's and Python's sources an error arose, which its text says as well."""

_GONE: Final = (ssl.SSLEOFError, ssl.SSLZeroReturnError)


class Resumption:
    """Remembers how TLS connections ended, in memory only, so that later ones can resume their sessions.

    To be shared by the TlsSettings of several connections.  A session is resumed with the same peer, name and
    settings only (RFC 8446 2.2, RFC 5246 7.3).
    """

    def __init__(self) -> None:
        self._contexts: dict[tuple[TlsSettings, str, str], ssl.SSLContext] = {}
        self._ended: dict[ssl.SSLContext, tuple[ssl.SSLSession, tuple[bytes, ...]]] = {}

    def context(self, settings: TlsSettings, name: str, peer: str) -> ssl.SSLContext:
        """Give the context of earlier connections of this kind, or a new one; OpenSSL ties sessions to it."""
        key = (settings, name, peer)
        if key not in self._contexts:
            self._contexts[key] = _context(settings)
            self._contexts[key].sslsocket_class = _RememberedSocket
        return self._contexts[key]

    def session(self, context: ssl.SSLContext) -> ssl.SSLSession | None:
        """Give the session to resume."""
        return self._ended[context][0] if context in self._ended else None

    def chain(self, context: ssl.SSLContext) -> tuple[bytes, ...]:
        """Give the certificates that were shown in the session to resume: they are not sent again."""
        return self._ended[context][1]

    def remember(self, ending: ssl.SSLSocket, chain: tuple[bytes, ...]) -> None:
        """Keep the session of a connection that ends; TLS 1.3 sends what is needed after the handshake only."""
        session = ending.session
        if session is not None and (session.has_ticket or session.id):
            self._ended[ending.context] = session, chain


class _RememberedSocket(ssl.SSLSocket):
    """A socket whose session is kept at its end."""

    on_close: Callable[[ssl.SSLSocket], None] | None = None

    def close(self) -> None:
        if self.on_close:
            self.on_close(self)
        super().close()


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsSettings:
    """How to do TLS.

    ``ca_file`` is a PEM file trusted instead of the system's authorities.  ``server_name`` replaces the name
    that is asked for (SNI) and looked for in the certificate.  ``certificate_file`` is the client certificate
    with its chain, PEM, shown where the server asks; ``key_file`` its key, where that is not in the same file.
    ``minimum_version`` and ``maximum_version`` are of VERSIONS; those below TLS 1.2 are used only when asked
    for.  ``ciphers`` is a list as `openssl ciphers` takes it, for versions up to 1.2: the few of TLS 1.3 cannot
    be chosen from Python.
    """

    verify: bool = False
    ca_file: str | None = None
    server_name: str | None = None
    certificate_file: str | None = None
    key_file: str | None = None
    minimum_version: str | None = None
    maximum_version: str | None = None
    ciphers: str | None = None
    resumption: Resumption | None = field(default=None, compare=False, repr=False)


class MappedTlsErrors(MappedErrors):
    """Turns ssl.SSLError raised inside into TlsError, and every other OSError as MappedErrors does.

    A peer that goes away is no TlsError, except where the handshake is all there is to say about it.
    """

    def __init__(self, what: str, *, handshake: bool = False) -> None:
        super().__init__(what)
        self._handshake = handshake

    def _mapped(self, error: OSError) -> TransportError:
        if not isinstance(error, ssl.SSLError):
            return super()._mapped(error)
        if isinstance(error, _GONE) and not self._handshake:
            return ConnectionLost(f"{self._what}: the peer has closed", hint="the server's log may say why")
        words, hint = explained(getattr(error, "reason", None) or "")
        words = getattr(error, "verify_message", "") or words
        return TlsError(f"{self._what}: {words}", hint=hint)


def client_handshake(
    connected: socket.socket, settings: TlsSettings, server_name: str, peer: str
) -> tuple[socket.socket, TlsReport]:
    """Do the handshake on a connected socket; give the socket to use from now on, and the report.

    Raises TlsError, also for settings that cannot be used, TimedOut, ConnectionLost.
    """
    what = f"TLS handshake with {peer}"
    if isinstance(connected, ssl.SSLSocket):
        raise TlsError(f"{what}: there is TLS already", hint="TLS inside TLS is not possible here")
    name = _name(settings.server_name or server_name, what)
    memory = settings.resumption
    context = memory.context(settings, name, peer) if memory else _context(settings)
    began = time.monotonic()
    with MappedTlsErrors(what, handshake=True):
        try:
            wrapped = context.wrap_socket(
                connected, server_hostname=name or None, session=memory.session(context) if memory else None
            )
        except ssl.SSLError:
            raise  # a failed verification is a ValueError as well
        except ValueError as error:  # verification without a name
            raise _no_name(name, what) from error
    took = time.monotonic() - began
    chain = memory.chain(context) if memory and wrapped.session_reused else _peer_chain(wrapped)
    if memory and isinstance(wrapped, _RememberedSocket):
        wrapped.on_close = partial(memory.remember, chain=chain)
    return wrapped, _report(wrapped, chain, name, took)


def _name(name: str, what: str) -> str:
    """Write a name as TLS knows it: in A-labels, without a final dot (RFC 6066 3).  Raises TlsError."""
    try:
        name = to_ascii(name)
        name.encode("idna")  # wrap_socket() does it too late: it would leave the socket open
    except (UsageError, UnicodeError) as error:
        raise _no_name(name, what) from error
    return name


def _no_name(name: str, what: str) -> TlsError:
    return TlsError(
        f"{what}: {name!r} is no name to look for in a certificate", hint="name the server with --tls-name"
    )


def _context(settings: TlsSettings) -> ssl.SSLContext:
    """Make OpenSSL's context of the settings.  Raises TlsError that says which of them cannot be used."""
    with _usable(f"cannot read the authorities in {settings.ca_file}", "give a PEM file"):
        context = ssl.create_default_context(cafile=settings.ca_file)
    if not settings.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    lowest, highest = _versions(settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the user asked for an old version
        context.minimum_version = ssl.TLSVersion[lowest.replace(".", "_")]
        context.maximum_version = ssl.TLSVersion[highest.replace(".", "_")]
    ciphers = settings.ciphers or ""
    if lowest < _LOWEST:
        # OpenSSL 3 keeps MD5 and SHA-1, which those versions sign with, to this level.
        ciphers = f"{ciphers or 'DEFAULT'}:@SECLEVEL=0"
    if ciphers:
        with _usable(f"cannot use the ciphers {ciphers}", "`openssl ciphers` lists them"):
            context.set_ciphers(ciphers)
    if settings.certificate_file:
        with _usable(
            f"cannot use the client certificate {settings.certificate_file}",
            "give PEM files of a certificate and its key, without a passphrase",
        ):
            # Without a password OpenSSL would ask the terminal for one.
            context.load_cert_chain(settings.certificate_file, settings.key_file, password="")
    return context


def _versions(settings: TlsSettings) -> tuple[str, str]:
    """Give the lowest and the highest version to offer.  Raises TlsError."""
    highest = settings.maximum_version or VERSIONS[-1]
    lowest = settings.minimum_version or min(_LOWEST, highest)
    for version in (lowest, highest):
        if version not in VERSIONS:
            raise TlsError(f"there is no TLS version {version!r}", hint=f"use one of {', '.join(VERSIONS)}")
    if lowest > highest:
        raise TlsError(f"no TLS version is from {lowest} up and {highest} down", hint="swap the two")
    return lowest, highest


@contextmanager
def _usable(what: str, hint: str) -> Iterator[None]:
    """Turn what OpenSSL and the system say about a setting into TlsError."""
    try:
        yield
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise TlsError(f"{what}: {_NOISE.sub('', str(error.args[-1])).rstrip('.')}", hint=hint) from error


def _peer_chain(wrapped: ssl.SSLSocket) -> tuple[bytes, ...]:
    """Give the certificates the server sent, as DER; its own alone where Python cannot say more.

    Public from Python 3.13 on; before that the same call is there under a private name.
    """
    if hasattr(wrapped, "get_unverified_chain"):
        return tuple(wrapped.get_unverified_chain())
    private = getattr(getattr(wrapped, "_sslobj", None), "get_unverified_chain", None)
    if private is not None:
        der = 2  # _ssl.ENCODING_DER
        return tuple(bytes(certificate.public_bytes(der)) for certificate in private() or ())
    own = wrapped.getpeercert(binary_form=True)
    return (own,) if own else ()


def _report(wrapped: ssl.SSLSocket, chain: tuple[bytes, ...], name: str, seconds: float) -> TlsReport:
    context = wrapped.context
    found: tuple[CertificateSummary, ...] = ()
    problem = "" if chain else "the server showed no certificate"
    try:
        found = certificates.summaries(chain)
        # With verify OpenSSL has looked at all of it, or there would be no connection.
        if chain and not context.check_hostname:
            problem = certificates.problem_of(chain, name, lambda: context.get_ca_certs(binary_form=True))
    except certificates.Unreadable as error:
        problem = str(error)
    return TlsReport(
        version=wrapped.version() or "TLS",
        cipher=(wrapped.cipher() or ("no cipher",))[0],
        server_name=name,
        problem=problem,
        certificates=found,
        chain=chain,
        resumed=bool(wrapped.session_reused),
        seconds=seconds,
    )
