"""Every source there is an importer for: a row each, with the lines that give it away and what it never shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from smtpshell.transcript.importers import (
    aiosmtpd_log,
    curl,
    dialogue,
    exim,
    javamail,
    msmtp,
    nodemailer,
    phpmailer,
    postfix,
    s_client,
    smtplib_debug,
    swaks,
    telnet,
)
from smtpshell.transcript.importers.turns import Row, Turn

__all__ = ["NOT_DIALOGUES", "SOURCES", "WRAPPERS", "Source"]

_LINES: Final = "Line ends are not in the source: each is taken for CRLF."


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One kind of log: ``looks`` matches a line that only it has, ``lost`` says what no log of it shows."""

    name: str
    title: str
    looks: re.Pattern[str]
    read: Callable[[Sequence[Row]], Iterable[Turn]]
    lost: tuple[str, ...] = (_LINES,)


_ROWS: Final = (
    Source(name="swaks", title="output of swaks", looks=swaks.LOOKS, read=swaks.read),
    Source(
        name="smtplib",
        title="debug output of Python's smtplib",
        looks=smtplib_debug.LOOKS,
        read=smtplib_debug.read,
        lost=(),
    ),
    Source(
        name="aiosmtpd",
        title="log of aiosmtpd",
        looks=aiosmtpd_log.LOOKS,
        read=aiosmtpd_log.read,
        lost=("Replies are logged without line ends: CRLF is what it sends.",),
    ),
    Source(
        name="openssl",
        title="output of openssl s_client",
        looks=s_client.LOOKS,
        read=s_client.read,
        lost=(_LINES, "Lines typed into a pipe, and the octets before TLS, are not in the source."),
    ),
    Source(name="telnet", title="output of telnet or nc", looks=telnet.LOOKS, read=telnet.read),
    Source(name="dialogue", title="dialogue with a mark for each side", looks=dialogue.LOOKS, read=dialogue.read),
    Source(
        name="postfix",
        title="verbose log of Postfix",
        looks=postfix.LOOKS,
        read=postfix.read,
        lost=(_LINES, "Content is not logged."),
    ),
    Source(name="exim", title="debug output of Exim", looks=exim.LOOKS, read=exim.read, lost=(_LINES,)),
    Source(
        name="exim-bh",
        title="output of exim -bh",
        looks=exim.LOOKS_PLAYED,
        read=exim.read_played,
        lost=(_LINES, "The client's lines are there only where the terminal echoed them."),
    ),
    Source(
        name="phpmailer",
        title="debug output of PHPMailer",
        looks=phpmailer.LOOKS,
        read=phpmailer.read,
        lost=(_LINES,),
    ),
    Source(name="nodemailer", title="log of Nodemailer", looks=nodemailer.LOOKS, read=nodemailer.read),
    Source(
        name="javamail",
        title="debug output of Jakarta Mail",
        looks=javamail.LOOKS,
        read=javamail.read,
        lost=(_LINES, "A login is traced only with mail.debug.auth."),
    ),
    Source(name="msmtp", title="debug output of msmtp", looks=msmtp.LOOKS, read=msmtp.read),
    Source(
        name="curl",
        title="output of curl -v",
        looks=curl.LOOKS,
        read=curl.read,
        lost=(_LINES, "Content is never shown, QUIT often not."),
    ),
    Source(name="curl-trace", title="output of curl --trace-ascii", looks=curl.LOOKS_TRACE, read=curl.read_trace),
)

SOURCES: Final[Mapping[str, Source]] = {row.name: row for row in _ROWS}
"""Name for --from -> source."""

WRAPPERS: Final[Mapping[str, str]] = {
    "asciinema": "recording of a terminal; the tool in it is looked for",
    "pcap": "packet capture, TCP put together again (needs the extra pcap)",
}
"""Names for --from that are no text of their own -> what they are."""

NOT_DIALOGUES: Final = (
    (re.compile(r"\Asmtp-transcript: [0-9]+$", re.MULTILINE), "is a transcript already"),
    (re.compile(r"smtp-commands: ", re.MULTILINE), "is a report of nmap, not a conversation"),
)
"""What is no conversation, and what to say of it."""
