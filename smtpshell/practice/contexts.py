"""TLS for servers that run here for a while: one certificate for all their connections, made at the first.

For the practice server and for those that play a transcript.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from smtpshell.practice.certificate import Certificate, make_certificate

if TYPE_CHECKING:
    from smtpshell.session.tls_server import ServerContext

__all__ = ["ServerTls"]


class ServerTls:
    """Its context() is a listener's ``tls_context_factory``; ``ca_pem`` is for clients that verify."""

    def __init__(self) -> None:
        self._making = threading.Lock()
        self._made: tuple[Certificate, ServerContext] | None = None

    @property
    def ca_pem(self) -> bytes:
        """The authority behind the certificate, as PEM."""
        return self._certified()[0].ca_pem

    def context(self) -> ServerContext:
        """Give the context; any thread may ask."""
        return self._certified()[1]

    def _certified(self) -> tuple[Certificate, ServerContext]:
        from smtpshell.session.tls_server import server_context

        with self._making:
            if self._made is None:
                made = make_certificate()
                self._made = made, server_context(made.chain_pem, made.key_pem)
            return self._made
