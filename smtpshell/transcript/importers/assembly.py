"""Turns to transcripts, the same for all sources: one a connection, credentials out, gaps said in prose.

Replies end at the line without a dash, content at the lone dot; behind a 334 stands an answer, behind STARTTLS
and 220 all is inside TLS.  What the source does not show is never made up: hidden content is ``${content}``, to
be given at replay, a hidden credential ``${auth}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from smtpshell.protocol.command_parser import parse
from smtpshell.protocol.commands import AuthResponse
from smtpshell.protocol.events import CommandSent, ContinuationRequested, Wanted
from smtpshell.protocol.replies import UNPARSABLE, ReplyLine
from smtpshell.protocol.secret_spans import secret_span
from smtpshell.transcript.escapes import escape
from smtpshell.transcript.importers.turns import Kind, Turn
from smtpshell.transcript.model import EVENTS, Entry, EventLine, Header, Line, Malformed, Prose, Transcript
from smtpshell.transcript.recorder import line_of
from smtpshell.transcript.redaction import Secrets

__all__ = ["assemble", "connections"]

_NO_GREETING: Final = (
    Prose("# The greeting is not in the source; what is known is that the client went on, as after a 220."),
    Line("S", ":", "220"),
)
_CONTENT_HIDDEN: Final = Prose("# The content is not in the source: give it as ${content} (--set content=TEXT).")
_DOT_HIDDEN: Final = Prose(
    "# The dot that ends the content is not in the source; the reply shows that it was sent."
)
_ANSWER_HIDDEN: Final = Prose("# The answer to the challenge is not in the source.")
_TLS_HIDDEN: Final = Prose("# What was negotiated is not in the source.")
_INCOMPLETE: Final = Prose("# The reply above is incomplete in the source.")

# "TLSv1.3:TLS_AES_256_GCM_SHA384:256", "TLSv1.3 / TLS_AES_256_GCM_SHA384": version and cipher.
_NEGOTIATED = re.compile(r"^(TLSv?[0-9.]+|SSLv[23])(?::| / )([A-Z0-9_-]+)(?::[0-9]+| / .*)?$")
# What tools write where a credential stood, with what is left of it.
_CLEAR_PARTS = re.compile(rb"\\0|\0|\s+")


def connections(turns: Iterable[Turn]) -> list[list[Turn]]:
    """Sort turns by connection, in the order in which they began; those without any traffic are left out."""
    named: dict[str, list[Turn]] = {}
    for turn in turns:
        named.setdefault(turn.connection, []).append(turn)
    found = [part for group in named.values() for part in _cut(group)]
    return [part for part in found if any(turn.octets for turn in part)]


def _cut(group: Sequence[Turn]) -> list[list[Turn]]:
    """Cut where a connection begins while another has been: a new address, or a greeting behind a 221."""
    parts: list[list[Turn]] = [[]]
    left = False
    for turn in group:
        begun = turn.kind is Kind.EVENT and turn.text.startswith("connected to")
        greeted = left and turn.kind is Kind.SERVER and turn.octets.startswith(b"220")
        if (begun or greeted) and any(earlier.octets for earlier in parts[-1]):
            parts.append([])
            left = False
        closed = turn.kind is Kind.EVENT and turn.text.startswith(("closed", "reset"))
        left = left or closed or (turn.kind is Kind.SERVER and turn.octets.startswith(b"221"))
        parts[-1].append(turn)
    return parts


def assemble(turns: Sequence[Turn], secrets: Secrets, *, title: str, notes: Sequence[str] = ()) -> Transcript:
    """Make a transcript of one connection's turns.

    ``notes`` say how it came about; ``secrets`` learns the credentials in it.
    """
    assembly = _Assembly(secrets)
    for turn in turns:
        assembly.take(turn)
    assembly.end()
    fields = [("title", title)]
    if assembly.server:
        fields.append(("server", assembly.server))
    prose = [Prose(f"# {note}") for note in notes]
    entries = [*prose, *(entry for item in assembly.items if (entry := item.entry(secrets)))]
    return Transcript(
        Header(tuple((name, escape(secrets.redact_text(text))) for name, text in fields)), tuple(entries)
    )


@dataclass(frozen=True, slots=True)
class _Item:
    """An entry to be: as it is, or made once all secrets are known."""

    made: Entry | None = None
    turn: Turn | None = None
    span: tuple[int, int] | None = None

    def entry(self, secrets: Secrets) -> Entry | None:
        """Make the entry; None where an event's argument is none that the format has."""
        turn = self.turn
        if turn is None:
            return self.made
        if turn.octets:
            time = "" if turn.seconds is None else f"{turn.seconds:.3f}"
            return line_of(turn.kind.value, turn.octets, secrets, time, self.span)
        text = escape(secrets.redact_text(turn.text))
        if turn.kind is Kind.NOTE:
            return Prose(f"# {text}")
        name = next(name for name in EVENTS if turn.text.startswith(name))
        argument = text.removeprefix(name).strip()
        if name == "tls":
            argument = _NEGOTIATED.sub(r"\1 \2", argument)
        try:
            return EventLine(name, argument)
        except Malformed:
            return Prose(f"# {text}")


@dataclass(slots=True)
class _Assembly:
    """One connection under way."""

    secrets: Secrets
    items: list[_Item] = field(default_factory=list)
    server: str = ""
    _last: str = ""
    _replying: bool = False
    _content: bool = False
    _content_seen: bool = False
    _content_hidden: bool = False
    _answering: bool = False
    _tls_due: bool = False
    _in_tls: bool = False
    _traffic: bool = False
    _client: bool = False

    def take(self, turn: Turn) -> None:
        """Take the next turn."""
        if turn.octets and self._tls_due:
            self._begin_tls(Turn(kind=Kind.EVENT, text="tls"))
        if turn.kind is Kind.CLIENT:
            self._take_client(turn)
        elif turn.kind is Kind.SERVER:
            self._take_server(turn)
        elif turn.kind is Kind.EVENT:
            self._take_event(turn)
        elif turn.kind is Kind.HIDDEN:
            self._hide_content()
        else:
            self.items.append(_Item(turn=turn))
        self._traffic = self._traffic or bool(turn.octets)

    def end(self) -> None:
        """Finish: what is open stays open, and it is said."""
        if self._replying:
            self._say(_INCOMPLETE)
        if self._tls_due:
            self._say(Prose("# The source ends at the TLS handshake."))

    # ---------------------------------------------------------------- the two sides

    def _take_client(self, turn: Turn) -> None:
        if not self._traffic:
            self._say(*_NO_GREETING)
        if self._replying:
            self._say(_INCOMPLETE)
            self._replying = False
        self._client = True
        if self._content:
            self._content_seen = True
            self._content = turn.octets.rstrip(b"\r\n") != b"."
            self.items.append(_Item(turn=turn))
            return
        command = AuthResponse(_text(turn.octets)) if self._answering else parse(turn.octets)
        self._answering = False
        self._last = command.move
        span = secret_span(command, turn.octets)
        if span:
            self._remember(turn.octets[slice(*span)])
        self.secrets.observe(CommandSent(octets=turn.octets, command=command, secret=span))
        self.items.append(_Item(turn=turn, span=span))

    def _take_server(self, turn: Turn) -> None:
        line = ReplyLine(turn.octets)
        if not line.octets.strip():
            self._say(Prose("# An empty line of the server was here."))
            return
        if self._content:
            self._end_content()
        if self._answering and line.code != UNPARSABLE:
            self._say(_ANSWER_HIDDEN, Line("C", ":", "${auth}"))
            self._answering = False
        self.items.append(_Item(turn=turn))
        if line.code != UNPARSABLE:
            self._replying = line.continues
        if self._replying or line.code == UNPARSABLE:
            return
        self._content = self._client and line.code == 354
        self._content_seen = self._content_hidden = False
        self._tls_due = line.code == 220 and self._last == "STARTTLS"
        if line.code == 334 and self._client:
            self._answering = True
            self.secrets.observe(ContinuationRequested(wanted=Wanted.AUTH_RESPONSE, challenge=line.text))

    def _take_event(self, turn: Turn) -> None:
        if turn.text.startswith("connected to"):
            self.server = self.server or _url(turn.text.removeprefix("connected to").strip())
        if not turn.text.startswith("tls"):
            self.items.append(_Item(turn=turn))
        elif self._tls_due or not self._in_tls:
            self._begin_tls(turn)

    # ---------------------------------------------------------------- what the source hides

    def _begin_tls(self, turn: Turn) -> None:
        if turn.text == "tls":
            self._say(_TLS_HIDDEN)
        self.items.append(_Item(turn=turn))
        self._tls_due, self._in_tls = False, True

    def _hide_content(self) -> None:
        if self._content and not self._content_seen:
            self._say(_CONTENT_HIDDEN, Line("C", ":", "${content}"))
            self._content_seen = self._content_hidden = True

    def _end_content(self) -> None:
        """Take the reply to content whose end was not seen."""
        self._hide_content()
        self._say(*([] if self._content_hidden else [_DOT_HIDDEN]), Line("C", ":", "."))
        self._content = False

    def _say(self, *entries: Entry) -> None:
        self.items += [_Item(made=entry) for entry in entries]

    def _remember(self, secret: bytes) -> None:
        """Remember a credential that stands decoded, as some tools print it: its parts are secret one by one."""
        *_, last = _CLEAR_PARTS.split(secret.strip())
        if last != secret:
            self.secrets.remember(last)


def _text(octets: bytes) -> str:
    return octets.rstrip(b"\r\n").decode("utf-8", "surrogateescape")


def _url(address: str) -> str:
    """Give the server's URL; an address without a port is none to connect to."""
    return f"smtp://{address}" if re.fullmatch(r"(?:\[[0-9A-Fa-f:.]+\]|[^\s:\[\]]+):[0-9]{1,5}", address) else ""
