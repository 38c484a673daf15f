"""A transcript as a Python script that says the client's side with smtpshell and compares the reply codes.

The script takes the server's URL as its argument, values from the environment (``${sender}`` is $sender,
``${auth}`` is computed from $SMTPSHELL_USER and $SMTPSHELL_PASSWORD or $SMTPSHELL_TOKEN), and exits with the
number of differences.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from smtpshell.errors import UsageError
from smtpshell.protocol.replies import ReplyLine
from smtpshell.protocol.sasl import MECHANISMS
from smtpshell.transcript.escapes import unescape
from smtpshell.transcript.exporters.telling import printable
from smtpshell.transcript.model import EventLine, Line, Transcript
from smtpshell.transcript.steps import ExpectedReply, Group, Step, steps

__all__ = ["export"]

_VALUE: Final = re.compile(r"\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_-]*)\}")
_AUTH: Final = re.compile(r"AUTH[ \t]+(\S+)", re.IGNORECASE)

_ALONE: Final = re.compile(r"\$\{auth\}(?:\\r\\n)?")
"""The answer to a challenge; elsewhere ``${auth}`` is the password."""

_HEAD: Final = '''\
import os
import sys
import time

from smtpshell import Session
{imports}
url = sys.argv[1] if len(sys.argv) > 1 else {server!a}
differences = 0


replies = []


def observe(event, seconds):
    """Keep the replies."""
    if hasattr(event, "reply"):
        replies.append(event.reply)


def expect(code):
    """Wait for one reply, show it, and compare its code."""
    global differences
    while not replies and session.connection.outstanding and not session.closed:
        session.receive()
    reply = replies.pop(0) if replies else None
    print("S:", ascii(str(reply)))
    if code and (reply is None or reply.code != code):
        differences += 1
        print("expected", code)
    return reply


'''

_IMPORTS: Final = "from smtpshell.protocol.sasl import MECHANISMS, Credentials, decode, encode\n"

_CREDENTIALS: Final = '''\
exchange = initial = None
credentials = Credentials(
    user=os.environ.get("SMTPSHELL_USER", ""),
    password=os.environ.get("SMTPSHELL_PASSWORD", ""),
    token=os.environ.get("SMTPSHELL_TOKEN", ""),
)


def begin(mechanism):
    """Start what answers for a mechanism."""
    global exchange, initial
    known = MECHANISMS[mechanism]
    if not all(getattr(credentials, need) for need in known.needs):
        sys.exit("give " + " and ".join(f"SMTPSHELL_{need.upper()}" for need in known.needs))
    exchange = known.start(credentials)
    initial = next(exchange)


def answer(reply=None):
    """Give what the mechanism answers to a challenge; without one, its initial response."""
    global initial
    ahead, initial = initial, None
    if reply is None or ahead is not None:
        return (encode(ahead) or "=").encode()
    return encode(exchange.send(decode(reply.texts[-1]))).encode()


'''


def export(transcript: Transcript) -> str:
    """Give the script's text, ASCII only."""
    uses_auth = any(isinstance(entry, Line) and "auth" in entry.value_names for entry in transcript.entries)
    server = transcript.header.get("server") or "smtp://127.0.0.1:2525"
    title = printable(transcript.header.get("title") or "An SMTP conversation")
    body = list(_body(steps(transcript), uses_auth))
    return "".join(
        [
            f"# {ascii(title)[1:-1]}\n",
            _HEAD.format(server=server, imports=_IMPORTS if uses_auth else ""),
            _CREDENTIALS if uses_auth else "",
            "with Session.connect(url, observers=[observe]) as session:\n",
            *(f"    {line}\n" for line in body or ["pass"]),
            "sys.exit(min(differences, 100))\n",
        ]
    )


def _body(found: Sequence[Step], answered: bool) -> Iterator[str]:
    for step in found:
        if isinstance(step, Group):
            yield from _group(step, answered)
        elif isinstance(step, ExpectedReply):
            yield f"reply = expect({_code(step)})"
        elif step.event.name == "tls":
            yield "if not session.tls_report:"
            yield "    session.complete_tls()"
        elif step.event.name == "pause":
            yield f"time.sleep({float(step.event.argument)})"


def _code(step: ExpectedReply) -> int:
    """Give the code of the reply as far as the lines say one; 0 where any will do."""
    for _, line in reversed(step.lines):
        if line.is_exact:
            return ReplyLine(line.octets()).code
        if found := re.match(r"\\?([2-5][0-9][0-9])", line.text):
            return int(found[1])
    return 0


def _group(group: Group, answered: bool) -> Iterator[str]:
    pieces: list[str] = []
    for number, line in group.lines:
        if isinstance(line, EventLine):
            pieces.append(_kept(line))
        elif line.is_exact:
            begun = _AUTH.match(line.text)
            if answered and begun and begun[1].upper() in MECHANISMS:
                yield f"begin({begun[1].upper()!a})"
            pieces += _pieces(line)
        else:
            yield f"# line {number}: {ascii(printable(str(line)))[1:-1]} is an expectation and cannot be sent"
    if len(pieces) == 1:
        yield f"session.send_octets({pieces[0]})"
    elif pieces:
        yield "session.send_octets("
        yield from (f"    {'' if at == 0 else '+ '}{piece}" for at, piece in enumerate(pieces))
        yield ")"


def _pieces(line: Line) -> Iterator[str]:
    """Give expressions for the octets of a line, a value's between its neighbours."""
    end = 0
    literal = ""
    for found in _VALUE.finditer(line.text):
        literal += line.text[end : found.start()] + ("" if found[1] else "${")
        end = found.end()
        if found[1]:
            if literal:
                yield ascii(_literal(line, literal))
            yield _value(line, found[1])
            literal = ""
    octets = _literal(line, literal + line.text[end:]) + (b"\r\n" if line.mark == ":" else b"")
    if octets:
        yield ascii(octets)


def _literal(line: Line, text: str) -> bytes:
    return unescape(text) if line.mark == "=" else text.encode()


def _value(line: Line, name: str) -> str:
    if name != "auth":
        return f"os.environ[{name!a}].encode()"
    if _AUTH.match(line.text):
        return "answer()"
    return "answer(reply)" if _ALONE.fullmatch(line.text) else "credentials.password.encode()"


def _kept(line: EventLine) -> str:
    """Give the expression for content that stands in a file of its own, beside the transcript."""
    _, _, name = line.argument.partition(" file=")
    if not name:
        raise UsageError("only the size of this content was kept", hint="put it back, as C: lines or file=")
    return f'open({name!a}, "rb").read()'
