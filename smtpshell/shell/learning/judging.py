"""Whether what was typed means what the lesson has there: same command, or same kind of line of the content.

Case, blanks, the name in a hello, the order of parameters and the sizes of chunks are the learner's; so is the
path where the lesson allows that, and the text of a message.  Whether it worked is for the reply to tell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from smtpshell.protocol.command_parser import parse
from smtpshell.protocol.commands import Auth, AuthResponse, Command, Mail, Rcpt
from smtpshell.transcript.client_lines import meaning

__all__ = ["END", "content_problem", "same_command"]

END: Final = b".\r\n"
"""The line that ends the content."""

_FIELD: Final = re.compile(rb"([!-9;-~]+)[ \t]*:")
"""RFC 5322 2.2: a header field's name, and the colon."""


def same_command(expected: bytes, typed: Command, own: frozenset[str]) -> bool:
    """Tell whether a command means what the lesson has; any answer to a challenge does, the reply judges it."""
    if isinstance(typed, AuthResponse):
        return True
    return bool(_reduced(parse(expected), own) == _reduced(typed, own))


def _reduced(command: Command, own: frozenset[str]) -> Any:
    if isinstance(command, Mail | Rcpt) and command.verb in own:
        verb, _, parameters = meaning(command)
        return verb, parameters
    if isinstance(command, Auth):
        return "AUTH", command.mechanism.upper(), command.initial_response is None
    return meaning(command)


def _field_name(line: bytes) -> bytes:
    found = _FIELD.match(line)
    return found[1].lower() if found else b""


_KINDS: Final[Mapping[str, Callable[[bytes], object]]] = {
    "an empty line ends the header fields; press Enter on an empty line": lambda line: not line.strip(b"\r\n"),
    "this line begins with a dot": lambda line: line.startswith(b".") and line != END,
}
"""What a line of content may have to be -> whether one is."""


def content_problem(expected: bytes, typed: bytes, *, in_header: bool) -> str:
    """Say in a clause what of a line of content is not as the lesson has it; "" where nothing is.

    Both are in their form on the wire.  ``in_header`` tells that header fields come here.
    """
    if expected == END:
        return "a line with nothing but a dot ends the message"
    for clause, has in _KINDS.items():
        if has(expected) and not has(typed):
            return clause
    if in_header and (name := _field_name(expected)) and name != _field_name(typed):
        return f"the header field {name.decode('ascii').title()}: comes here"
    if expected.strip() and not typed.strip():
        return "some text comes here"
    return ""
