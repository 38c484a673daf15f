"""The server's TLS: a context from a certificate, the handshake on an accepted socket, and its proper end.

Whose certificate it is, and who trusts it, is for the caller to know.
"""

from __future__ import annotations

import contextlib
import ssl
import tempfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

__all__ = ["ServerContext", "end_tls", "handshake", "server_context", "wrapped"]

ServerContext = ssl.SSLContext
"""What a listener wants of its ``tls_context_factory``."""


def server_context(chain_pem: bytes, key_pem: bytes) -> ServerContext:
    """Make a context that shows this certificate chain: PEM, the server's own first; no client certificate.

    Raises ssl.SSLError when the two are no certificate and its key.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # Many clients hang up without the close_notify they owe; and a listener that ends a wait by shutting down the
    # reading side must still be able to send.  No harm: a content cut short has no end of mail data.
    context.options |= ssl.OP_IGNORE_UNEXPECTED_EOF
    # OpenSSL reads the pair from a file only; this one is ours alone (mode 0600) and gone at once.
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        file.write(key_pem + chain_pem)
        file.flush()
        context.load_cert_chain(file.name)
    return context


def wrapped(accepted: socket.socket, context: ServerContext) -> socket.socket:
    """Give the socket to use instead of the accepted one, which is used up; handshake() is due next."""
    return context.wrap_socket(accepted, server_side=True, do_handshake_on_connect=False)


def handshake(inside: socket.socket) -> str:
    """Do the handshake; give what was agreed on, "TLSv1.3 TLS_AES_256_GCM_SHA384".

    Raises OSError, ssl.SSLError among them.
    """
    assert isinstance(inside, ssl.SSLSocket)  # noqa: S101 (wrapped() made it)
    inside.do_handshake()
    return f"{inside.version()} {(inside.cipher() or ('no cipher',))[0]}"


def end_tls(inside: socket.socket) -> None:
    """Tell the client that the end is meant (close_notify, RFC 8446 6.1); its own is not waited for."""
    if isinstance(inside, ssl.SSLSocket):
        inside.settimeout(0)
        with contextlib.suppress(OSError, ValueError):
            inside.unwrap()
