"""smtpshell: SMTP as a conversation you can type, watch, record and replay.

It is a shell for people who must know what is said on the wire, and the library that shell is made of.  It is
not a mail client, not a relay, and not a library that hides SMTP: it sends what it is told to, right or wrong,
and says what it noticed.

Everything is a conversation: octets in order, with a direction, a time and a meaning.  Read in this order:

    errors.py      what can go wrong, in one tree
    protocol/      understands a conversation, without any I/O; begin with connection.py and states.py
    session/       carries one: sockets, TLS, time limits
    transcript/    keeps one as a text file, and replays it
    report/        shows one as pictures, in one HTML file
    practice/      a server to talk to, embedded
    shell/         the language of the prompt; shell/terminal/ is the prompt itself
    cli.py         the program

The names below are loaded when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

__version__ = "0.1.0"

TYPE_CHECKING = False  # type checkers know the name; importing typing would double the time --version takes
if TYPE_CHECKING:
    from smtpshell.errors import SmtpshellError
    from smtpshell.protocol.connection import Connection
    from smtpshell.protocol.replies import Reply
    from smtpshell.session.endpoint import Endpoint
    from smtpshell.session.session import Session

__all__ = ["Connection", "Endpoint", "Reply", "Session", "SmtpshellError", "__version__"]

_HOMES = {
    "Connection": "smtpshell.protocol.connection",
    "Endpoint": "smtpshell.session.endpoint",
    "Reply": "smtpshell.protocol.replies",
    "Session": "smtpshell.session.session",
    "SmtpshellError": "smtpshell.errors",
}


def __getattr__(name: str) -> object:
    """Load a public name on first use (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
