"""A transcript fit for strangers: pseudonyms for who is named in it, nothing left of what the mail says.

Addresses, hosts, IP addresses and queue ids get pseudonyms (pseudonyms.py says which stay), the same everywhere,
so that client and server still speak of the same.  In content letters and digits are masked, each by one of as
many octets, and so are the names of unusual header fields.  Codes, verbs, keywords and parameters stay, and the
sizes that MAIL and BDAT give are true again.  Credentials that stand in the clear become ``${auth}``.  Of content
in a file of its own only the size stays.

Free text, in prose and in replies, loses the names that stand in an address or a command somewhere; what else
people wrote there stays.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from smtpshell.protocol.command_parser import parse
from smtpshell.protocol.secret_spans import secret_span
from smtpshell.protocol.verbs import VERBS
from smtpshell.transcript.escapes import escape, unescape
from smtpshell.transcript.masking import MaskedMessage, mask
from smtpshell.transcript.model import Entry, EventLine, Header, Line, Prose, Transcript
from smtpshell.transcript.pseudonyms import Pseudonyms
from smtpshell.transcript.redaction import AUTH, Secrets
from smtpshell.transcript.turns import Turn, turns

__all__ = ["anonymize"]

_KEPT_FIELDS: Final = ("date", "tags", "requires", "severity", "match")
"""Fields of a transcript's header that name nobody."""

# The command line, then what in it names a host, or a mailbox.
_HELLO: Final = re.compile(r"\s*(?:EHLO|HELO|LHLO)\s+(\S+)", re.IGNORECASE)
_ASKING: Final = re.compile(r"\s*(?:VRFY|EXPN|ETRN|ATRN)\s+(\S+)", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(r"\b(NAME|HELO|LOGIN)=(\S+)", re.IGNORECASE)

_CODE: Final = re.compile(r"(?:[0-9?*]{3}[ -])?")
"""RFC 5321 4.2; a dash must not look like a part of the name behind it."""

_BDAT: Final = re.compile(r"(\s*BDAT\s+)(\d+)", re.IGNORECASE)
_SIZE: Final = re.compile(r"(\sSIZE=)(\d+)", re.IGNORECASE)

_PLACEHOLDER: Final = re.compile(r"(\$\$\{|\$\{[A-Za-z_][A-Za-z0-9_-]*\})")


def anonymize(transcript: Transcript, *, keep_lengths: bool = False) -> Transcript:
    """Give the transcript with nobody named in it; deterministic.

    With ``keep_lengths`` pseudonyms have the length of what they stand for, in octets.
    """
    return _Anonymizing(transcript, keep_lengths).result()


class _Anonymizing:
    """One transcript on its way."""

    def __init__(self, transcript: Transcript, keep_lengths: bool) -> None:
        self.transcript = transcript
        self.turns = turns(transcript)
        self.content = {index for turn in self.turns for index in turn.content}
        self.secrets = Secrets()
        self.entries: list[Entry] = list(transcript.entries)
        self._hide_credentials()
        cleared = Transcript(transcript.header, tuple(self.entries))
        self.names = Pseudonyms(_said(cleared), keep_lengths=keep_lengths)
        self.message = MaskedMessage(self._masked)

    def result(self) -> Transcript:
        """Do it all."""
        self._take_names()
        before = list(self.entries)
        self.entries = [self._entry(index, entry) for index, entry in enumerate(before)]
        self._correct_sizes(before)
        fields = [
            (name, value if name in _KEPT_FIELDS else self._text(value))
            for name, value in self.transcript.header.fields
        ]
        return replace(self.transcript, header=Header(tuple(fields)), entries=tuple(self.entries))

    # ---------------------------------------------------------------- first looks

    def _hide_credentials(self) -> None:
        """Put ``${auth}`` where AUTH says a secret in the clear, and remember it."""
        for turn in self.turns:
            for index in turn.said:
                line = self.entries[index]
                if not isinstance(line, Line) or not line.is_exact or line.value_names or index in turn.content:
                    continue
                octets = line.octets()
                span = secret_span(parse(octets), octets)
                if index != turn.command:
                    span = (0, len(octets.rstrip(b"\r\n")))
                if span and octets[slice(*span)].strip() not in (b"", b"*", b"="):
                    self.secrets.remember(octets[slice(*span)])
                    shown = Line.of("C", octets[: span[0]] + b"\0" + octets[span[1] :]).text.replace("\\x00", AUTH)
                    mark = "=" if not shown.endswith("\\r\\n") else ":"
                    self.entries[index] = Line("C", mark, shown.removesuffix("\\r\\n"), line.time)

    def _take_names(self) -> None:
        """Note the names that stand alone: of hosts in a hello, of mailboxes in VRFY."""
        for turn in self.turns:
            line = self.entries[turn.command] if turn.command is not None else None
            if not isinstance(line, Line):
                continue
            if hello := _HELLO.match(line.text):
                self.names.name(hello[1], host=True)
            if asking := _ASKING.match(line.text):
                self.names.name(asking[1].strip("<>"), host=False)
            if line.text.upper().startswith(("XCLIENT", "XFORWARD")):
                for found in _ATTRIBUTE.finditer(line.text):
                    self.names.name(found[2], host=found[1].upper() != "LOGIN")

    # ---------------------------------------------------------------- line by line

    def _entry(self, index: int, entry: Entry) -> Entry:
        if isinstance(entry, Prose):
            return Prose(self._text(entry.text))
        if isinstance(entry, EventLine):
            return self._event(entry)
        if entry.mark == "...":
            return entry
        if entry.mark == "~":
            return replace(entry, text=self._pattern(entry.text))
        if index in self.content:
            return self._rewritten(entry, self.message.line)
        if entry.side == "S" and entry.text.startswith("334 "):
            return self._rewritten(entry, self._challenge)
        if entry.side == "S":
            return self._rewritten(entry, self._reply)
        if not entry.is_exact or entry.value_names:
            return self._rewritten(entry, self._text)
        move = parse(entry.octets()).move.partition(" ")[0]
        if move == "MAIL":
            self.message.begin()
        return self._rewritten(entry, self._text if move in VERBS else self._unknown)

    def _text(self, text: str) -> str:
        return self.names.replace(self.secrets.redact_text(text))

    def _reply(self, text: str) -> str:
        code = _CODE.match(text)
        start = code.end() if code else 0
        return text[:start] + self._text(text[start:])

    def _unknown(self, text: str) -> str:
        """Mask what stands behind a verb that is none: who knows what it is."""
        verb, blank, rest = text.partition(" ")
        return self._text(verb) + blank + self._masked(rest)

    def _rewritten(self, line: Line, rewrite: Callable[[str], str]) -> Line:
        """Rewrite what a line says, its placeholders and escapes left alone."""
        text = ""
        for number, piece in enumerate(_PLACEHOLDER.split(line.text) if line.side == "C" else [line.text]):
            if number % 2:
                text += piece
            elif line.mark == "=":
                text += escape(rewrite(unescape(piece).decode("utf-8", "surrogateescape")))
            else:
                text += rewrite(piece)
        return replace(line, text=text)

    def _event(self, event: EventLine) -> EventLine:
        match event.name:
            case "connected to":
                return EventLine(event.name, self._text(event.argument))
            case "discarded":
                text = self._text(unescape(event.argument[1:-1]).decode("utf-8", "surrogateescape"))
                return EventLine(event.name, '"' + escape(text).replace('"', "\\x22") + '"')
            case "finding":
                rule, colon, sentence = event.argument.partition(": ")
                return EventLine(event.name, rule + colon + self._text(sentence))
            case "content":
                return EventLine(event.name, event.argument.partition(" ")[0])
            case _:
                return event

    def _pattern(self, text: str) -> str:
        """Replace names in a regular expression, where they are escaped or not."""
        for name, pseudonym in self.names.pairs:
            spelt = "".join(one if one.isalnum() else rf"\\?{re.escape(one)}" for one in name)
            stands_for = pseudonym.replace(".", r"\\.").replace("+", r"\\+")
            text = re.sub(rf"(?:(?<!\w)|(?<=\\\w)){spelt}(?!\w)", stands_for, text, flags=re.IGNORECASE)
        return text

    def _challenge(self, text: str) -> str:
        """Replace names in a challenge, which is base64 of text where it names anybody."""
        try:
            said = base64.b64decode(text[4:], validate=True).decode("ascii")
        except (binascii.Error, ValueError):
            return text
        return text[:4] + base64.b64encode(self.names.replace(said, ids=False).encode()).decode()

    def _masked(self, text: str) -> str:
        return self.names.replace(self.secrets.redact_text(text), mask, ids=False)

    # ---------------------------------------------------------------- sizes

    def _correct_sizes(self, before: Sequence[Entry]) -> None:
        """Let MAIL's SIZE and BDAT's size count what their content has become."""
        mail: Turn | None = None
        grown = 0
        for turn in self.turns:
            if turn.command is None:
                continue
            more = sum(_length(self.entries[index]) - _length(before[index]) for index in turn.content)
            line = before[turn.command]
            if isinstance(line, Line) and line.text.upper().lstrip().startswith("MAIL"):
                self._add(mail, _SIZE, grown)
                mail, grown = turn, 0
            grown += more
            self._add(turn, _BDAT, more)
        self._add(mail, _SIZE, grown)

    def _add(self, turn: Turn | None, number: re.Pattern[str], more: int) -> None:
        """Add to the number in a turn's command."""
        line = self.entries[turn.command] if turn is not None and turn.command is not None else None
        if more and isinstance(line, Line) and turn is not None and turn.command is not None:
            text = number.sub(lambda found: f"{found[1]}{max(int(found[2]) + more, 0)}", line.text, count=1)
            self.entries[turn.command] = replace(line, text=text)


def _said(transcript: Transcript) -> str:
    """Give all that a transcript says, codes aside; a regular expression without its escapes."""
    texts = [value for name, value in transcript.header.fields if name not in _KEPT_FIELDS]
    for entry in transcript.entries:
        if isinstance(entry, EventLine) and entry.name in ("content", "tls"):
            continue
        text = entry.argument if isinstance(entry, EventLine) else entry.text
        if isinstance(entry, Line) and entry.mark == "=":
            text = unescape(text).decode("utf-8", "surrogateescape")
        if isinstance(entry, Line) and entry.side == "S":
            text = _CODE.sub("", text, count=1)
        if isinstance(entry, Line) and entry.mark == "~":
            text = re.sub(r"\\(\W)", r"\1", re.sub(r"\\\w", " ", text))
        texts.append(text)
    return "\n".join(texts)


def _length(entry: Entry) -> int:
    """Give the octets of a line, without those of its values."""
    return (
        len(entry.octets(dict.fromkeys(entry.value_names, b"")))
        if isinstance(entry, Line) and entry.is_exact
        else 0
    )
