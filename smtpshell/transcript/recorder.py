"""Writes a conversation to a file while it goes on: an observer of a Session.

Each event is on disk before the next is looked at, so a crash loses one line at most.  Nothing is kept in
memory but the unfinished line of content.  Secrets are replaced on the way (redaction.py).  A disk that is
full ends the recording, said once, never the session.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from smtpshell.errors import UsageError
from smtpshell.protocol.events import (
    Closed,
    CommandSent,
    ContentSent,
    Discarded,
    Event,
    Greeted,
    ReplyReceived,
    TlsStarted,
)
from smtpshell.protocol.findings import Finding
from smtpshell.transcript.escapes import escape
from smtpshell.transcript.model import EventLine, Header, Line, Prose
from smtpshell.transcript.redaction import AUTH, Secrets
from smtpshell.transcript.syntax import read, write, write_header

__all__ = ["LONGEST_PIECE", "MODE", "Recorder", "line_of"]

MODE: Final = 0o600
"""Permissions of a new file: conversations are private, its owner alone reads and writes it."""

LONGEST_PIECE: Final = 65536
"""Octets of an unfinished line of content kept in memory; a longer line is written in pieces."""

# The control octets but TAB.  With CR and LF counted apart, a block without others is found in one pass.
_CONTROLS: Final = bytes([*range(0x09), *range(0x0A, 0x20), 0x7F])
# Unicode's other control characters, U+0080 to U+009F, as UTF-8.
_C1 = re.compile(rb"\xc2[\x80-\x9f]")


class Recorder:
    """Appends to one file; call it with each event and the seconds since the connection began.

    ``header`` are the fields of a new file's header (title, server, ...); the date is added.  An existing
    file is refused with UsageError, unless ``force`` replaces it or ``append`` goes on at its end (it must be
    a transcript then).  ``secrets`` may be shared with others.  When writing fails, ``failed`` says why in
    one line, ``on_failure`` is told once, and nothing more is written.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        header: Mapping[str, str] | None = None,
        force: bool = False,
        append: bool = False,
        secrets: Secrets | None = None,
        on_failure: Callable[[str], object] | None = None,
    ) -> None:
        self.path: str = os.fspath(path)
        self.secrets: Secrets = secrets or Secrets()
        self.failed: str = ""
        self._on_failure = on_failure
        self._pending = b""
        old = Path(self.path)
        begun = append and not force and old.exists() and old.stat().st_size > 0
        transcript = read(old) if begun else None
        self._descriptor = _open(self.path, force=force, append=append)
        if transcript is None:
            fields = {"date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), **(header or {})}
            self._write(write_header(Header(tuple((name, escape(fields[name])) for name in fields))))
        elif transcript.repair:
            os.ftruncate(self._descriptor, 0)
            self._write(write(transcript))

    def __call__(self, event: Event, seconds: float) -> None:
        """Write what the event adds to the conversation, all of it, now."""
        self.secrets.observe(event)
        if self.failed or self._descriptor < 0:
            return
        time = f"{seconds:.3f}"
        text = "" if isinstance(event, ContentSent) else self._unfinished(time)
        match event:
            case CommandSent():
                text += self._line("C", event.octets, time, event.secret)
            case ContentSent():
                text += self._content(event, time)
            case Greeted() | ReplyReceived():
                text += "".join(self._line("S", raw, time) for raw in event.reply.raw_lines)
            case TlsStarted():
                text += _event_text("tls", escape(event.description))
            case Discarded():
                octets = escape(self.secrets.redact_octets(event.octets))
                text += _event_text("discarded", '"' + octets.replace('"', "\\x22") + '"')
            case Closed():
                text += _event_text("closed by", "server" if event.by_server else "client")
            case _:
                pass  # ContinuationRequested and TlsWanted repeat what a reply said
        self._write(text + self._findings(getattr(event, "findings", ())))

    def write_event(self, name: str, argument: str = "") -> None:
        """Write an event that the protocol core knows nothing of: "connected to", "timed out after", ..."""
        self._write(self._unfinished("") + _event_text(name, escape(self.secrets.redact_text(argument))))

    def write_prose(self, text: str) -> None:
        """Write a remark for the reader: one line, control characters escaped, secrets taken out."""
        self._write(self._unfinished("") + f"{Prose(f'# {escape(self.secrets.redact_text(text))}')}\n")

    def close(self) -> None:
        """Write what is unfinished and close the file; may be called again."""
        self._write(self._unfinished(""))
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    # ---------------------------------------------------------------- inside

    def _content(self, event: ContentSent, time: str) -> str:
        octets = self._pending + event.octets
        whole = octets.rfind(b"\n") + 1
        if event.ended:
            whole = len(octets)
        elif len(octets) - whole > LONGEST_PIECE:
            whole += self.secrets.safe_length(octets[whole:])
        self._pending = octets[whole:]
        return self._lines(octets[:whole], time)

    def _unfinished(self, time: str) -> str:
        """Give the unfinished line of content, which something else has interrupted."""
        pending, self._pending = self._pending, b""
        return self._lines(pending, time)

    def _lines(self, octets: bytes, time: str) -> str:
        """Give the client's lines for octets; the first has the time."""
        if not octets:
            return ""
        stamp = f"[{time}] " if time else ""
        if (plain := self._plain(octets)) is not None:
            return f"{stamp}C: {plain}\n"
        lines = [line + b"\n" for line in octets.split(b"\n")]
        lines[-1] = lines[-1][:-1]
        return stamp + "".join(self._line("C", line, "") for line in lines if line)

    def _plain(self, octets: bytes) -> str | None:
        """Give a whole block at once where ":" lines carry all of it as it is: nearly always, and fast."""
        pairs = octets.count(b"\r\n")
        if not octets.endswith(b"\r\n") or len(octets.translate(None, _CONTROLS)) != len(octets) - 2 * pairs:
            return None
        if b"${" in octets or self.secrets.found_in(octets) or _C1.search(octets):
            return None
        try:
            return octets[:-2].decode().replace("\r\n", "\nC: ")
        except UnicodeDecodeError:
            return None

    def _line(self, side: str, octets: bytes, time: str, span: tuple[int, int] | None = None) -> str:
        return f"{line_of(side, octets, self.secrets, time, span)}\n"

    def _findings(self, findings: Iterable[Finding]) -> str:
        return "".join(
            _event_text("finding", escape(self.secrets.redact_text(f"{finding.rule.rule_id}: {finding}")))
            for finding in findings
        )

    def _write(self, text: str) -> None:
        if self.failed or self._descriptor < 0:
            return
        octets = text.encode()
        try:
            while octets:
                octets = octets[os.write(self._descriptor, octets) :]
        except OSError as error:
            self.failed = f"{self.path}: {error.strerror}; nothing more is recorded"
            if self._on_failure:
                self._on_failure(self.failed)


def _event_text(name: str, argument: str) -> str:
    return f"{EventLine(name, argument)}\n"


def line_of(
    side: str, octets: bytes, secrets: Secrets, time: str = "", span: tuple[int, int] | None = None
) -> Line:
    """Make the line for octets of the wire, secrets replaced; ``span`` is secret whatever is remembered."""
    pieces = list(secrets.segments(octets, span))
    if any(secret for _, secret in pieces):
        return _line_with_secret(side, pieces, time)
    return Line.of(side, octets, time)


def _line_with_secret(side: str, pieces: list[tuple[bytes, bool]], time: str) -> Line:
    r"""Make a line in which secrets are replaced; what stands between them is spelt like in any line.

    A dollar just before a secret is written \x24: ``$${auth}`` would read as the sign for a literal.
    """
    dollar = side == "C" and any(not secret and piece.endswith(b"$") for piece, secret in pieces[:-1])
    redacted = b"".join(AUTH.encode() if secret else piece for piece, secret in pieces)
    mark = "=" if dollar else Line.of(side, redacted).mark
    text = ""
    for piece, secret in pieces:
        if secret:
            text = text[:-1] + "\\x24" if side == "C" and text.endswith("$") else text
            text += AUTH
        else:
            spelt = escape(piece) if mark == "=" else piece.decode()
            text += spelt.replace("${", "$${") if side == "C" else spelt
    return Line(side, mark, text[:-2] if mark == ":" else text, time)


def _open(path: str, *, force: bool, append: bool) -> int:
    """Open a file for appending, private from its first moment."""
    mode = os.O_TRUNC if force else 0 if append else os.O_EXCL
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | mode, MODE)
        # Modes are a matter of POSIX; elsewhere the folder says who may read.
        if force and hasattr(os, "fchmod") and stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.fchmod(descriptor, MODE)
    except FileExistsError:
        hint = "choose another name, or replace it (--force) or go on at its end (--append)"
        raise UsageError(f"{path}: this file exists", hint=hint) from None
    except OSError as error:
        raise UsageError(f"{path}: cannot record there: {error.strerror}", hint="choose another name") from None
    return descriptor
