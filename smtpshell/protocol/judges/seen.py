"""What a judge is given: a command about to go out, or a reply that came in, with all that is known then."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from smtpshell.protocol.abnf import Path, match_path
from smtpshell.protocol.commands import AuthResponse, Command, Mail, Raw, Rcpt, Saml, Send, Soml
from smtpshell.protocol.extensions import Capabilities
from smtpshell.protocol.facts import Facts
from smtpshell.protocol.parameters import Parameter
from smtpshell.protocol.replies import Reply
from smtpshell.protocol.states import State, is_in_sequence

__all__ = [
    "BARE_CR",
    "BARE_LF_END",
    "CONTROL",
    "LONGEST_MOVE",
    "CommandJudge",
    "CommandSeen",
    "ReplyJudge",
    "ReplySeen",
    "is_domain",
    "read_path",
]

_WITH_PATH: Final = (Mail, Rcpt, Send, Soml, Saml)
CONTROL: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
LONGEST_MOVE: Final = 64
"""Characters of a move that tell whether it is known; an unknown one may be as long as a line."""

BARE_CR: Final = re.compile(rb"\r(?!\n)")
BARE_LF_END: Final = re.compile(rb"(?<!\r)\n\Z")


@dataclass(slots=True)
class CommandSeen:
    """A command about to go out.

    ``state`` is the one that holds if all outstanding commands succeed; ``unanswered`` is the last of them.
    """

    octets: bytes
    command: Command
    state: State
    facts: Facts
    unanswered: str

    @property
    def move(self) -> str:
        """The command's key in the tables."""
        return _raw_move(self.command) if isinstance(self.command, Raw) else self.command.move

    @property
    def verb(self) -> str:
        """The verb in capitals, readable or not."""
        return self.move.removesuffix(" LAST")

    @property
    def words(self) -> list[bytes]:
        """The line's first words and the rest, where it could not be read; else nothing."""
        return self.octets.split(None, 2) if isinstance(self.command, Raw) else []

    @property
    def is_response(self) -> bool:
        """Whether it answers a challenge, and so is no command."""
        return isinstance(self.command, AuthResponse)

    @property
    def in_sequence(self) -> bool:
        """Whether the table of states has the command here; the answer to a challenge is not asked."""
        return self.is_response or is_in_sequence(self.state, self.move)

    @property
    def path_command(self) -> Mail | Rcpt | Send | Soml | Saml | None:
        """The command, where it carries a path and parameters."""
        return self.command if isinstance(self.command, _WITH_PATH) else None

    @property
    def path(self) -> Path | None:
        """The path that the command carries, where it is well formed."""
        return read_path(self.path_command.path) if self.path_command else None

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters behind the path."""
        return self.path_command.parameters if self.path_command else ()

    def words_in_use(self) -> tuple[str, ...]:
        """Give the parameters of this mail transaction in capitals, those of a MAIL about to go out included."""
        here = self.command.parameters if isinstance(self.command, Mail) else ()
        return (*self.facts.asked, *(str(parameter).upper() for parameter in here))


@dataclass(slots=True)
class ReplySeen:
    """A reply that came in.

    ``move`` is that of what it answers ("" where nothing was outstanding), ``state`` the one before it.
    """

    reply: Reply
    move: str
    facts: Facts
    state: State

    @property
    def verb(self) -> str:
        """The verb of what it answers."""
        return self.move.removesuffix(" LAST")

    @property
    def capabilities(self) -> Capabilities | None:
        """What this reply offers, where it is the positive reply to EHLO or LHLO."""
        if self.verb not in ("EHLO", "LHLO") or self.reply.code != 250:
            return None
        return _capabilities(self.reply)


CommandJudge = Callable[[CommandSeen], str | None]
"""Gives None where nothing is wrong, else the detail for the finding, which may be ""."""

ReplyJudge = Callable[[ReplySeen], str | None]
"""Likewise for a reply."""

CommandJudges = Mapping[str, CommandJudge]
ReplyJudges = Mapping[str, ReplyJudge]


# The judges of one command or reply all ask for the same.
@lru_cache(maxsize=4)
def read_path(path: str) -> Path | None:
    """Read a path without its brackets, characters beyond ASCII included."""
    return match_path(f"<{path}>", utf8=True)


@lru_cache(maxsize=2)
def _raw_move(command: Raw) -> str:
    """Give a line's first word in capitals; it may be very long."""
    return command.move


@lru_cache(maxsize=2)
def _capabilities(reply: Reply) -> Capabilities:
    return Capabilities.from_reply_texts(reply.texts)


def is_domain(word: str) -> bool:
    """Whether a word is a domain or an address literal (RFC 5321 4.1.2, 4.1.3)."""
    return read_path(f"x@{word}") is not None
