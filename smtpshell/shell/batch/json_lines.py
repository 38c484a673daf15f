r"""The conversation as JSON Lines: one object an event, for programs; secrets are ``${auth}`` here too.

What each event has is said by json_lines.schema.json (``smtpshell json-schema``), to which the tests hold every
event there is.  Those of a conversation have "seconds" since the connection began, and "findings" where there
are any; what commands came to has neither.  Where there are several sessions every object has "session" too, the
name of the one it is about.

"lines" are the reply's lines without line ends, UTF-8; an octet that is no UTF-8 is written ``\xHH``.  All that
is not ASCII is escaped, so no control character is ever in the output itself.  A code is 600 where the line could
not be read, 621 where the stream ended inside the reply.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from smtpshell.errors import SmtpshellError
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
from smtpshell.protocol.replies import Reply
from smtpshell.shell.outcome import Outcome
from smtpshell.transcript.redaction import Secrets

__all__ = ["JsonLines"]


class JsonLines:
    """Writes one line an event with ``write``; ``secrets`` are those of the interpreter it serves.

    ``label`` gives the name of the session that an event is about, "" where there is but one.
    """

    def __init__(
        self, write: Callable[[str], object], secrets: Secrets, *, label: Callable[[], str] = lambda: ""
    ) -> None:
        self._write = write
        self._label = label
        self._secrets = secrets

    def event(self, event: Event, seconds: float) -> None:
        """Write an event of the conversation."""
        fields = self._fields(event)
        if fields is None:
            return
        said = {"event": fields.pop("event"), "seconds": round(seconds, 6), **fields}
        findings = [
            {
                "id": finding.rule.rule_id,
                "severity": finding.rule.severity.name.lower(),
                "sentence": self._text(str(finding)),
                "source": finding.rule.source,
            }
            for finding in getattr(event, "findings", ())
        ]
        self._line({**said, "findings": findings} if findings else said)

    def outcome(self, outcome: Outcome) -> None:
        """Write what a command came to, where that says anything to a program."""
        if outcome.data is not None:
            self._line(outcome.data)

    def error(self, error: SmtpshellError) -> None:
        """Write an error."""
        message, hint = self._text(error.message), self._text(error.hint)
        said = {"event": "error", "message": message, "hint": hint, "status": int(error.exit_status)}
        self._line({**said, "place": asdict(error.place)} if error.place else said)

    def _line(self, said: Mapping[str, Any]) -> None:
        session = self._label()
        self._write(json.dumps({**said, "session": session} if session else said) + "\n")

    def _text(self, text: str | bytes) -> str:
        octets = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
        return self._secrets.redact_octets(octets).decode("utf-8", "backslashreplace")

    def _fields(self, event: Event) -> dict[str, Any] | None:
        match event:
            case CommandSent():
                octets = event.octets.removesuffix(b"\n").removesuffix(b"\r")
                pieces = self._secrets.segments(octets, event.secret)
                line = b"".join(b"${auth}" if secret else piece for piece, secret in pieces)
                return {"event": "command", "line": self._text(line), "verb": self._text(event.command.move)}
            case ContentSent():
                size = len(event.octets)
                return {"event": "content", "octets": size, "ended": event.ended, "chunk": event.chunk}
            case Greeted():
                return {"event": "greeting", **self._reply(event.reply)}
            case ReplyReceived():
                verb = self._text(event.command.move) if event.command else None
                return {"event": "reply", **self._reply(event.reply), "to": verb}
            case ContinuationRequested():
                challenge = self._text(event.challenge)
                return {"event": "continue", "wanted": event.wanted.value, "challenge": challenge}
            case TlsStarted():
                return {"event": "tls", "description": event.description}
            case Discarded():
                return {"event": "discarded", "octets": len(event.octets)}
            case Closed():
                unanswered = [self._text(command.move) for command in event.unanswered]
                by = "server" if event.by_server else "client"
                return {"event": "closed", "by": by, "unanswered": unanswered}
            case _:
                return None  # TlsWanted says nothing that the 220 before it does not

    def _reply(self, reply: Reply) -> dict[str, Any]:
        enhanced = reply.enhanced_status_code
        return {
            "code": reply.code,
            "enhanced": str(enhanced) if enhanced else None,
            "lines": [self._text(line.octets) for line in reply.lines],
        }
