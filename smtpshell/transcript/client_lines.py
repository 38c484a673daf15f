"""Whether a client says what a transcript has it say: by verb and arguments, or octet for octet.

Tolerant (the default) leaves out what a client cannot help: the name it gives in its hello, the case of verbs and
domains, blanks, the order of parameters, the size of its message, and the content itself.  ``C~`` and ``C*``
lines hold at both levels, ``${name}`` stands for anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from smtpshell.protocol import commands as c
from smtpshell.protocol.command_parser import parse
from smtpshell.protocol.secret_spans import secret_span
from smtpshell.transcript.matching import glob_pattern
from smtpshell.transcript.model import Line, compile_pattern
from smtpshell.transcript.redaction import Secrets
from smtpshell.transcript.script import CONTENT, Cue

__all__ = ["fits", "keeps", "meaning", "spelt"]

_VALUE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_-]*\}")


def keeps(cue: Cue, *, exact: bool) -> bool:
    """Tell whether the octets of content matter; else nobody need keep them."""
    return exact or cue.wild


def fits(cue: Cue, octets: bytes, *, exact: bool) -> bool:
    """Tell whether what was heard is what the cue wants; both are of the same kind."""
    if cue.wild:
        return _lines_fit(cue, octets, exact=exact)
    if cue.move == CONTENT and not exact:
        return True
    if any(isinstance(line, Line) and line.value_names for _, line in cue.lines):
        pattern = ".*".join(map(re.escape, _VALUE.split(_text(bytes(cue.octets)))))
        return re.fullmatch(pattern, _text(octets), re.DOTALL if exact else re.DOTALL | re.IGNORECASE) is not None
    if exact:
        return bytes(cue.octets) == octets
    if cue.move == "AUTH-RESPONSE":
        return bytes(cue.octets).strip() == octets.strip()
    return bool(meaning(parse(_line(cue.octets))) == meaning(parse(_line(octets))))


def spelt(move: str, octets: bytes, secrets: Secrets) -> str:
    """Write what a client said as a line of a transcript; its secrets are ``${auth}``."""
    octets = _line(octets)
    command = c.AuthResponse("") if move == "AUTH-RESPONSE" else parse(octets)
    span = secret_span(command, octets)
    pieces = [b"${auth}" if secret else piece for piece, secret in secrets.segments(octets, span)]
    return str(Line.of("C", b"".join(pieces))).replace("$${", "${")


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "surrogateescape")


def _line(octets: bytes | bytearray) -> bytes:
    """Give the first line: a chunk's command without the chunk."""
    return bytes(octets[: octets.find(b"\n") + 1] or octets)


def _lines_fit(cue: Cue, octets: bytes, *, exact: bool) -> bool:
    """Hold each line to its own; of a tolerant content only what people expect counts, in order."""
    heard = iter(_text(octets).removesuffix("\n").split("\n"))
    loose = cue.move == CONTENT and not exact
    for _, line in cue.lines:
        if not isinstance(line, Line) or (loose and line.is_exact):
            continue
        if line.is_exact:
            pattern = re.compile(".*".join(map(re.escape, _VALUE.split(line.text))))
        else:
            pattern = compile_pattern(line.text) if line.mark == "~" else glob_pattern(line.text)
        candidates = heard if loose else [next(heard, "")]
        if not any(pattern.fullmatch(candidate.removesuffix("\r")) for candidate in candidates):
            return False
    return loose or next(heard, None) is None


def _path(command: Any) -> Any:
    local, at, domain = command.path.rpartition("@")
    parameters = {
        (parameter.keyword.upper(), None if parameter.keyword.upper() == "SIZE" else parameter.value)
        for parameter in command.parameters
    }
    return command.verb, local + at + (domain.lower() if at else domain), frozenset(parameters)


def _raw(command: Any) -> Any:
    words = command.line.split()
    return command.move, words[1:]


_MEANINGS: Final[Mapping[type[c.Command], Callable[[Any], Any]]] = {
    **dict.fromkeys((c.Ehlo, c.Helo, c.Lhlo), lambda command: command.verb),
    **dict.fromkeys((c.Mail, c.Rcpt, c.Send, c.Soml, c.Saml), _path),
    c.Bdat: lambda command: ("BDAT", command.last),
    c.Auth: lambda command: ("AUTH", command.mechanism.upper(), command.initial_response),
    c.Raw: _raw,
}
"""Command -> what of it must be the same; all of it where there is no row."""


def meaning(command: c.Command) -> Any:
    """Give what of a command a client can help: two that are equal in it say the same."""
    reduce = _MEANINGS.get(type(command))
    return reduce(command) if reduce else command
