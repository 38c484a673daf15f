r"""Events of a conversation as styled text, in which nothing a server sends is ever obeyed.

A server chooses what it says; an escape sequence in it could repaint the terminal, a bidi control turn a
sentence round.  All output, on a terminal or in a pipe, goes through visible(), which shows them (``\x1b``).
A secret is shown as ``${auth}``, also where a server quotes it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Final

from smtpshell.protocol.commands import AuthResponse, Command
from smtpshell.protocol.events import (
    Closed,
    CommandSent,
    ContentSent,
    ContinuationRequested,
    Discarded,
    Event,
    Greeted,
    ReplyReceived,
    TlsStarted,
)
from smtpshell.protocol.findings import Finding
from smtpshell.protocol.replies import Reply
from smtpshell.shell.configuration.settings import Settings
from smtpshell.shell.display.paging import Pages
from smtpshell.shell.display.safe_text import styled, to_ansi, to_text, visible, visible_line
from smtpshell.shell.display.styles import Fragments
from smtpshell.shell.language.syntax import Part, command_parts, reply_pieces
from smtpshell.transcript.redaction import Secrets

__all__ = ["CONTENT_SHOWN", "Renderer", "finding_lines", "styled", "to_ansi", "to_text", "visible", "visible_line"]

_COLUMNS: Final = 80
"""Octets of a reply's line that are counted as one on the screen."""

CONTENT_SHOWN: Final = 8192
"""Octets of one message that are shown; the rest is counted only, or a big file would fill the screen."""


def finding_lines(findings: Iterable[Finding], secrets: Secrets | None = None, *, first: int = 1) -> Fragments:
    """Give one line for each finding: its number from ``first`` on, severity, id, sentence, source."""
    lines: Fragments = []
    for number, finding in enumerate(findings, first):
        severity = finding.rule.severity.name.lower()
        sentence = secrets.redact_text(str(finding)) if secrets else str(finding)
        text = f"#{number} {severity} {finding.rule.rule_id}: {sentence} ({finding.rule.source})"
        lines.append((f"finding.{severity}", f"  {visible(text)}\n"))
    return lines


class Renderer:
    """Renders the events of one session in their order.

    With ``settings.echo`` all that is sent is shown too and every line has a direction mark, as a transcript
    has; without it the user's own lines are on the screen already, and of content only those lines are shown
    that got a dot added.
    """

    def __init__(self, settings: Settings, secrets: Secrets, pages: Pages | None = None) -> None:
        self._settings = settings
        self._secrets = secrets
        self._pages = pages or Pages(settings)
        self._content = b""
        self._content_octets = 0
        self._content_shown = 0
        self._lines_shown = 0
        self._octets_shown = 0
        self.lines_begun: int = 0
        """Lines that reply_begun() was given of the reply that is coming in."""

    def reply_begun(self, lines: Sequence[bytes], command: Command | None, seconds: float) -> Fragments:
        """Give further lines of a reply whose last line is not here yet; the reply then adds what is left."""
        offers = _offers(command) and not lines[0].startswith((b"4", b"5"))
        self.lines_begun += len(lines)
        limit = self._pages.limit
        fitting = lines if limit is None else lines[: max(limit - self._lines_shown, 0)]
        shown = self._fitting_lines(fitting, offers, self._stamp(seconds), opening=not self._lines_shown)
        self._lines_shown += len(fitting)
        return shown

    def render(self, event: Event, seconds: float, *, first: int = 1, elapsed: float | None = None) -> Fragments:
        """Give the lines that an event adds, its findings below, numbered from ``first`` on.

        A reply took ``elapsed`` seconds, which are shown.
        """
        stamp = self._stamp(seconds)
        match event:
            case CommandSent():
                shown = self._command(event, stamp)
            case ContentSent():
                shown = self._content_block(event, stamp)
            case Greeted():
                shown = self._reply(event.reply, False, stamp, elapsed)
            case ReplyReceived():
                shown = self._reply(
                    event.reply, _offers(event.command) and event.reply.is_positive, stamp, elapsed
                )
            case _:
                shown = self._happening(event, stamp)
        return shown + finding_lines(getattr(event, "findings", ()), self._secrets, first=first)

    def _command(self, event: CommandSent, stamp: str) -> Fragments:
        if not self._settings.echo:
            return []
        octets = event.octets.removesuffix(b"\n").removesuffix(b"\r")
        pieces = [
            b"${auth}" if secret else piece for piece, secret in self._secrets.segments(octets, event.secret)
        ]
        text = b"".join(pieces).decode("utf-8", "surrogateescape")
        if isinstance(event.command, AuthResponse):
            return _line("C", stamp, [("secret" if event.secret else "value", visible(text))])
        return _line("C", stamp, _styled_parts(text, command_parts(text)))

    def _stamp(self, seconds: float) -> str:
        return f"[{seconds:.3f}] " if self._settings.times else ""

    def _reply(self, reply: Reply, offers: bool, stamp: str, elapsed: float | None) -> Fragments:
        lines, limit, at = reply.raw_lines, self._pages.limit, self._lines_shown
        shown: Fragments = []
        if limit is not None and len(lines) > max(limit, at) + 2:
            limit = max(limit, at)
            rest = lines[limit:]
            shown = self._fitting_lines(lines[at:limit], offers, stamp, opening=not at)
            shown.append(self._pages.keep(len(rest) - 1, lambda: self._reply_lines(rest, offers, stamp)))
            at = len(lines) - 1
        shown += self._fitting_lines(lines[at:], offers, stamp, opening=not at)
        self.lines_begun = self._lines_shown = self._octets_shown = 0
        if elapsed is not None and shown:
            style, end = shown.pop()
            shown += [(style, end.removesuffix("\n")), ("note", f"  ({elapsed:.3f} s)"), ("", "\n")]
        if reply.code == 621:
            shown.append(("error", "621 the stream ended inside the reply\n"))
        elif reply.code == 600:
            shown.append(("error", "600 this cannot be read as a reply; is it an SMTP server at all?\n"))
        return shown

    def _fitting_lines(
        self, lines: Sequence[bytes], offers: bool, stamp: str, *, opening: bool = False
    ) -> Fragments:
        """Give lines of a reply, those cut that are longer than what is left of the screen."""
        limit = self._pages.limit
        room = sys.maxsize if limit is None else limit * _COLUMNS - self._octets_shown
        self._octets_shown += sum(map(len, lines))
        if room >= sum(map(len, lines)):
            return self._reply_lines(lines, offers, stamp, opening=opening)
        shown: Fragments = []
        for line in lines:
            # Secrets first: of one that is cut in two the beginning would be shown.
            octets, fits = self._secrets.redact_octets(line), max(room, _COLUMNS)
            shown += self._reply_lines((octets[:fits],), offers, stamp, opening=opening and line is lines[0])
            if rest := octets[fits:].rstrip(b"\r\n"):
                text = rest.decode("utf-8", "surrogateescape")
                shown.append(self._pages.keep(len(rest), partial(_line, "", "", styled("", text)), "octets"))
            room -= len(line)
        return shown

    def _reply_lines(
        self, lines: Sequence[bytes], offers: bool, stamp: str, *, opening: bool = False
    ) -> Fragments:
        """Give lines of a reply; ``opening`` tells that its first is among them."""
        octets = self._secrets.redact_octets(b"".join(lines))
        if not octets:
            return []
        text = octets.decode("utf-8", "surrogateescape").replace("\r\n", "\n")
        text = text if text.endswith("\n") else text + "\n"
        head = _head("S" if self._settings.echo else "", stamp)
        # The first line of the answer to EHLO names the server.
        first = text.index("\n") + 1 if offers and opening else 0
        shown = reply_pieces(text[:first], head=head) + reply_pieces(text[first:], offers=offers, head=head)
        # Far quicker than the pattern, and true of most.
        if not (text.isascii() and text.replace("\n", "").isprintable()):
            shown = [piece for style, part in shown for piece in styled(style, part)]
        return shown

    def _content_block(self, event: ContentSent, stamp: str) -> Fragments:
        self._content_octets += len(event.octets)
        room = CONTENT_SHOWN - self._content_shown
        if room > 0:
            self._content += event.octets[:room]
            self._content_shown += len(event.octets[:room])
        if not self._content and not event.ended:
            return []
        shown: Fragments = []
        *lines, self._content = self._content.split(b"\n")
        if self._content and (event.ended or self._content_shown >= CONTENT_SHOWN):
            lines.append(self._content)
            self._content = b""
        for line in lines:
            shown += self._content_line(line.removesuffix(b"\r"), stamp, chunk=event.chunk)
        if event.ended:
            hidden = self._content_octets - self._content_shown
            if hidden and self._settings.echo:
                shown.append(("note", f"  and {hidden} more octets of content, not shown\n"))
            self._content_octets = self._content_shown = 0
        return shown

    def _content_line(self, line: bytes, stamp: str, *, chunk: bool) -> Fragments:
        """Show a line of content; the dot that transparency added (RFC 5321 4.5.2) has its own style."""
        text = self._secrets.redact_text(line.decode("utf-8", "surrogateescape"))
        if not chunk and text.startswith(".") and text != ".":
            return _line("C", stamp, [("dot.added", "."), *styled("", text[1:])])
        return _line("C", stamp, styled("", text)) if self._settings.echo else []

    def _happening(self, event: Event, stamp: str) -> Fragments:
        match event:
            case ContinuationRequested() if event.challenge:
                return self._challenge(event.challenge)
            case TlsStarted():
                text = f"tls {event.description}".strip()
            case Discarded():
                text = f'discarded "{visible_line(event.octets)}"'
            case Closed():
                text = f"closed by {'server' if event.by_server else 'client'}"
            case _:
                return []
        return [("event", f"{stamp}-- {visible(text)}\n")]

    def _challenge(self, challenge: str) -> Fragments:
        from base64 import b64decode
        from binascii import Error

        try:
            decoded = b64decode(challenge.encode("ascii"), validate=True)
        except (Error, UnicodeEncodeError):
            return [("note", "  the challenge is not base64\n")]
        text = self._secrets.redact_text(decoded.decode("utf-8", "surrogateescape"))
        return [("note", f"  the challenge says: {visible_line(text)}\n")]


def _offers(command: Command | None) -> bool:
    """Whether each line but the first of a positive answer begins with a keyword."""
    return command is not None and command.move in ("EHLO", "LHLO")


def _styled_parts(text: str, parts: Iterable[Part]) -> Fragments:
    return [piece for style, start, end in parts for piece in styled(style, text[start:end])]


def _head(side: str, stamp: str) -> Fragments:
    head: Fragments = [("note", stamp)] if stamp else []
    if side:
        head.append(("mark.client" if side == "C" else "mark.server", f"{side}: "))
    return head


def _line(side: str, stamp: str, pieces: Fragments) -> Fragments:
    return [*_head(side, stamp), *pieces, ("", "\n")]
