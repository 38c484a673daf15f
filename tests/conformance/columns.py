"""Who is asked, and how to get as far as a session that has said hello."""

from __future__ import annotations

import base64
import contextlib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import trustme
from aiosmtpd.smtp import AuthResult

from smtpshell.practice import USERS, PracticeServer
from smtpshell.session.session import Observer, Session
from tests.servers.aiosmtpd_server import AiosmtpdServer, serving

if TYPE_CHECKING:
    from tests.servers.real_servers import RealServer

__all__ = ["COLUMNS", "Column", "Reached", "reached"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One server as it is asked: ``heading`` in the matrix, ``server`` what runs it, the port, the hello.

    ``auth_port`` is where AUTH is offered, inside TLS, if not on ``port``.  With ``login`` nothing but
    AUTH itself is asked before a login.
    """

    heading: str
    server: str
    port: str = "smtp_port"
    auth_port: str = ""
    hello: str = "EHLO"
    login: bool = False


COLUMNS = (
    Column(heading="Postfix 3.7", server="postfix", auth_port="submission_port"),
    Column(heading="Exim 4.96", server="exim"),
    Column(heading="Dovecot 2.3 LMTP", server="dovecot", port="lmtp_port", hello="LHLO"),
    Column(heading="Dovecot 2.3 submission", server="dovecot", port="submission_port", login=True),
    Column(heading="aiosmtpd 1.4", server="aiosmtpd"),
    Column(heading="practice", server="practice"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """A running server behind a column: its ports and whom it knows."""

    column: Column
    port: int
    auth_port: int
    recipient: str
    other: str
    user: str
    password: str

    @property
    def words(self) -> dict[str, str]:
        """What stands for {to} and the like in the table of features."""
        auth = base64.b64encode(f"\0{self.user}\0{self.password}".encode()).decode()
        return {
            "to": self.recipient,
            "other": self.other,
            # RFC 5321 4.1.1.6: an atom or a quoted string; only Dovecot holds to that, and others to the mailbox.
            "name": f'"{self.recipient}"' if self.column.server == "dovecot" else self.recipient,
            "list": "class" if self.column.server == "practice" else "list",
            "auth": auth,
            "hello": self.column.hello,
        }

    def hello(self, observer: Observer, door: str = "") -> Session:
        """Connect, say hello, and log in where the column wants it; ``door`` as in features.Feature."""
        inside_tls = door == "auth" and bool(self.column.auth_port)
        scheme = "lmtp" if self.column.hello == "LHLO" else "smtp"
        port = self.auth_port if inside_tls else self.port
        session = Session.connect(f"{scheme}://127.0.0.1:{port}", observers=[observer])
        session.wait_for_replies()
        self._say_hello(session)
        if inside_tls:
            assert session.starttls().code == 220
            self._say_hello(session)
        if self.column.login and not door:
            assert session.auth("PLAIN", self.words["auth"]).code == 235
            # Dovecot offers other things once it knows who is there.
            self._say_hello(session)
        return session

    def _say_hello(self, session: Session) -> None:
        say = session.lhlo if self.column.hello == "LHLO" else session.ehlo
        assert say("client.example.test").code == 250


@contextlib.contextmanager
def reached(column: Column, request: pytest.FixtureRequest) -> Iterator[Reached]:
    """Have the column's server running for the length of a block."""
    if column.server == "practice":
        with PracticeServer() as practice:
            user, port = USERS[0], practice.port
            yield Reached(
                column=column,
                port=port,
                auth_port=port,
                recipient="teacher@example.test",
                other="student@example.test",
                user=user.name,
                password=user.password,
            )
    elif column.server == "aiosmtpd":
        server = AiosmtpdServer(options=_aiosmtpd_options())
        with serving(server):
            yield Reached(
                column=column,
                port=server.port,
                auth_port=server.port,
                recipient="a@example.test",
                other="b@example.test",
                user="user",
                password="pass",
            )
    else:
        real: RealServer = request.getfixturevalue(column.server)
        yield Reached(
            column=column,
            port=getattr(real, column.port),
            auth_port=getattr(real, column.auth_port or column.port),
            recipient=real.valid_recipient,
            other="other@example.test",
            user=real.user,
            password=real.password,
        )


def _aiosmtpd_options() -> dict[str, object]:
    """Give aiosmtpd all it can do: SMTPUTF8, a size limit, STARTTLS, and a login for anyone, in the clear too."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    return {
        "enable_SMTPUTF8": True,
        "data_size_limit": 10485760,
        "tls_context": context,
        "auth_require_tls": False,
        "authenticator": lambda *_: AuthResult(success=True),
    }
