"""The tree of exceptions: complete, as drawn, one line each, with the right exit status."""

from __future__ import annotations

import inspect
import re

import pytest

from smtpshell import errors
from smtpshell.errors import (
    ConnectError,
    ConnectionLost,
    ExitStatus,
    LocalProtocolError,
    RemoteProtocolError,
    SmtpshellError,
    TimedOut,
    TlsError,
    TranscriptError,
    TranscriptMismatch,
    TranscriptSyntaxError,
    TransportError,
    UnexpectedReply,
    UsageError,
)

# Class -> what it is caught as as well, and the exit status it leads to.
TREE: dict[type[SmtpshellError], tuple[tuple[type[Exception], ...], int]] = {
    UsageError: ((), 2),
    LocalProtocolError: ((errors.ProtocolError,), 2),
    RemoteProtocolError: ((errors.ProtocolError,), 5),
    ConnectError: ((TransportError, OSError), 3),
    TimedOut: ((TransportError, OSError, TimeoutError), 3),
    ConnectionLost: ((TransportError, OSError, ConnectionError), 3),
    TlsError: ((TransportError, OSError), 4),
    UnexpectedReply: ((), 1),
    TranscriptSyntaxError: ((TranscriptError, ValueError), 2),
    TranscriptMismatch: ((TranscriptError, ValueError), 1),
}
NEVER_RAISED = {SmtpshellError, errors.ProtocolError, TransportError, TranscriptError}


def made(kind: type[SmtpshellError], message: str, hint: str = "") -> SmtpshellError:
    """Make an error of a kind."""
    if issubclass(kind, TranscriptError):
        return kind(message, path="a.smtp", line=3, column=7, hint=hint)
    return kind(message, hint=hint)


def test_the_tree_is_complete() -> None:
    """Every class of the module is in the tree above and in the drawing at its top, with its exit status."""
    classes = {kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, SmtpshellError)}
    assert classes == set(TREE) | NEVER_RAISED
    drawing = (errors.__doc__ or "").splitlines()
    for kind, (_, status) in TREE.items():
        assert any(re.search(rf"─ {kind.__name__}\b.*exit {status}$", line) for line in drawing), kind
    for kind in NEVER_RAISED:
        assert any(re.search(rf"\b{kind.__name__}\b", line) for line in drawing), kind


@pytest.mark.parametrize("kind", TREE, ids=lambda kind: str(kind.__name__))
def test_each_class(kind: type[SmtpshellError]) -> None:
    """Each is caught as what a stranger would catch, says what to do next, and leads to its exit status."""
    parents, status = TREE[kind]
    error = made(kind, "it went wrong", "try again")
    assert isinstance(error, SmtpshellError)
    assert all(isinstance(error, parent) for parent in parents)
    assert error.exit_status == status
    assert (error.message, error.hint) == ("it went wrong", "try again")
    assert str(error).endswith("it went wrong; try again")
    assert str(made(kind, "it went wrong")).endswith("it went wrong")


def test_where_in_a_transcript() -> None:
    """An error about a transcript begins with its path and place."""
    assert str(TranscriptSyntaxError("what?", path="a.smtp", line=3)) == "a.smtp:3: what?"
    assert str(TranscriptMismatch("no", path="a.smtp", line=3, column=7, hint="look")) == "a.smtp:3:7: no; look"


def test_what_else_they_carry() -> None:
    """A usage error marks its place in the line; unreadable octets are kept."""
    usage = UsageError("what?", line="MIAL", span=(0, 4))
    assert (usage.line, usage.span) == ("MIAL", (0, 4))
    assert RemoteProtocolError("no", octets=b"\x16\x03").octets == b"\x16\x03"


def test_exit_statuses() -> None:
    """Scripts rely on these numbers."""
    assert {status.name: int(status) for status in ExitStatus} == {
        "EXPECTED": 0,
        "NEGATIVE": 1,
        "USAGE": 2,
        "CONNECTION": 3,
        "TLS": 4,
        "UNREADABLE": 5,
        "INTERRUPTED": 130,
    }
