"""EHLO keywords: what each extension adds, and what one server offered.

Keywords are compared without regard to case (RFC 5321 2.4).  One that is not in the table stays visible in
Capabilities and does no harm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from smtpshell.protocol.parameters import PARAMETERS

__all__ = ["EXTENSIONS", "Capabilities", "Extension"]


@dataclass(frozen=True, slots=True)
class Extension:
    """One extension: what its keyword's parameters mean, and which verbs it adds.

    The MAIL and RCPT parameters it adds are in parameters.py.
    """

    keyword: str
    meaning: str
    source: str
    parameters: str = ""
    verbs: tuple[str, ...] = ()


_ROWS: Final = (
    Extension(
        "SIZE",
        "the client may declare a message's size",
        "RFC 1870",
        "the largest message in octets; 0 or nothing: no fixed limit",
    ),
    Extension("8BITMIME", "content may have octets beyond ASCII", "RFC 6152"),
    Extension("BINARYMIME", "content may be any octets, by BDAT", "RFC 3030"),
    Extension("CHUNKING", "content may come in counted chunks", "RFC 3030", verbs=("BDAT",)),
    Extension("PIPELINING", "commands may be sent in groups, without waiting", "RFC 2920"),
    Extension("SMTPUTF8", "addresses and header fields may be UTF-8", "RFC 6531"),
    Extension("DSN", "the sender may say which delivery notices it wants", "RFC 3461"),
    Extension("ENHANCEDSTATUSCODES", "replies carry a second code, of three numbers", "RFC 2034"),
    Extension("STARTTLS", "the connection can be encrypted from here on", "RFC 3207", verbs=("STARTTLS",)),
    Extension("AUTH", "the client can log in", "RFC 4954", "the SASL mechanisms", ("AUTH",)),
    Extension("HELP", "HELP is answered", "RFC 5321 4.1.1.8", verbs=("HELP",)),
    Extension("VRFY", "VRFY is answered", "RFC 5321 4.1.1.6", verbs=("VRFY",)),
    Extension("EXPN", "EXPN is answered", "RFC 5321 4.1.1.7", verbs=("EXPN",)),
    Extension("ETRN", "the client can have a queue started", "RFC 1985", verbs=("ETRN",)),
    Extension("ATRN", "the client can fetch its mail over this connection", "RFC 2645", "domains", ("ATRN",)),
    Extension("DELIVERBY", "the sender may set a deadline", "RFC 2852", "the shortest deadline in seconds"),
    Extension(
        "FUTURERELEASE",
        "the sender may have a message held",
        "RFC 4865",
        "the longest time in seconds, and the latest date",
    ),
    Extension("MT-PRIORITY", "the sender may set a priority", "RFC 6710", "the policy's name"),
    Extension("REQUIRETLS", "the sender may demand TLS all the way", "RFC 8689"),
    Extension("LIMITS", "the server says how much it takes", "RFC 9422", "MAILMAX=, RCPTMAX=, RCPTDOMAINMAX="),
    Extension(
        "PIPECONNECT", "commands may be sent before the greeting", "Exim, as draft-harris-early-pipe (from memory)"
    ),
    Extension("PIPE_CONNECT", "commands may be sent before the greeting", "draft-harris-early-pipe"),
    Extension("PRDR", "content may be answered once for each recipient", "draft-hall-prdr"),
    Extension("BURL", "content may be given as a URL", "RFC 4468", "what kinds of URL", ("BURL",)),
    Extension("NO-SOLICITING", "solicitations must be marked", "RFC 3865", "classes that are refused"),
    Extension("CONPERM", "content may be converted", "RFC 4141"),
    Extension("CONNEG", "the client may ask what a recipient can show", "RFC 4141"),
    Extension("MTRK", "a message can be tracked", "RFC 3885"),
    Extension("CHECKPOINT", "a transaction can be resumed", "RFC 1845"),
    Extension("SUBMITTER", "the responsible submitter may be named", "RFC 4405"),
    Extension("RRVS", "a recipient must not have changed since a date", "RFC 7293"),
    Extension("UTF8SMTP", "an experiment that SMTPUTF8 replaced", "RFC 5336"),
    Extension("VERB", "the server can tell what it does", "registry of RFC 5321 2.2.2; Sendmail"),
    Extension("ONEX", "the client sends one message only", "registry of RFC 5321 2.2.2; Sendmail"),
    Extension("SEND", "mail to a terminal", "RFC 821 3.4", verbs=("SEND",)),
    Extension("SOML", "mail to a terminal or else a mailbox", "RFC 821 3.4", verbs=("SOML",)),
    Extension("SAML", "mail to a terminal and a mailbox", "RFC 821 3.4", verbs=("SAML",)),
    Extension("TURN", "the roles can be swapped", "RFC 821 3.8", verbs=("TURN",)),
    Extension(
        "XCLIENT",
        "the client can pose as another (testing, proxies)",
        "Postfix XCLIENT_README",
        "the attributes it may set",
        ("XCLIENT",),
    ),
    Extension(
        "XFORWARD",
        "the client can tell whence a message came",
        "Postfix XFORWARD_README",
        "the attributes it may set",
        ("XFORWARD",),
    ),
    Extension(
        "XRCPTFORWARD", "a proxy can pass on what it knows of a recipient", "Dovecot: forwarding parameters"
    ),
)

EXTENSIONS: Final[Mapping[str, Extension]] = {row.keyword: row for row in _ROWS}
"""Keyword in capitals -> extension."""

_VERB_NEEDS: Final[Mapping[str, str]] = {verb: row.keyword for row in _ROWS for verb in row.verbs}
# RFC 5321 4.5.1 and 4.1.1: these need not be announced to be there.
_ALWAYS: Final = frozenset({"HELP", "VRFY", "EXPN"})
# Drafts before RFC 2554: AUTH= instead of AUTH and a blank.
_OLD_AUTH: Final = re.compile(r"\AAUTH=", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Capabilities(Mapping[str, tuple[str, ...]]):
    """What the reply to EHLO or LHLO offered: keyword in capitals -> its parameters, in the server's order.

    A keyword that is offered twice is there once, with the parameters of both, each once.
    ``domain`` is the server's name, ``greeting`` what stood behind it.  ``old_auth`` tells that AUTH was also,
    or only, offered in the spelling ``AUTH=`` of drafts before RFC 2554; its mechanisms are merged in.
    """

    domain: str
    greeting: str
    keywords: Mapping[str, tuple[str, ...]]
    old_auth: bool = False

    @classmethod
    def from_reply_texts(cls, texts: Sequence[str]) -> Capabilities:
        """Read the texts of a reply to EHLO: the first names the server, each other one a keyword."""
        domain, _, greeting = (texts[0] if texts else "").partition(" ")
        keywords: dict[str, dict[str, None]] = {}
        old_auth = any(_OLD_AUTH.match(text) for text in texts[1:])
        for text in texts[1:]:
            keyword, *parameters = _OLD_AUTH.sub("AUTH ", text).split() or [""]
            keywords.setdefault(keyword.upper(), {}).update(dict.fromkeys(parameters))
        keywords.pop("", None)
        return cls(domain, greeting, {keyword: tuple(words) for keyword, words in keywords.items()}, old_auth)

    def __getitem__(self, keyword: str) -> tuple[str, ...]:
        return self.keywords[keyword.upper()]

    def __contains__(self, keyword: object) -> bool:
        return isinstance(keyword, str) and keyword.upper() in self.keywords

    def __iter__(self) -> Iterator[str]:
        return iter(self.keywords)

    def __len__(self) -> int:
        return len(self.keywords)

    @property
    def size_limit(self) -> int | None:
        """The largest message in octets, or None where none is fixed (RFC 1870 4)."""
        given = self.keywords.get("SIZE", ())
        return (int(given[0][:20]) or None) if given and given[0].isascii() and given[0].isdigit() else None

    @property
    def auth_mechanisms(self) -> tuple[str, ...]:
        """The SASL mechanisms, in capitals, in the server's order, each once."""
        return tuple(dict.fromkeys(name.upper() for name in self.keywords.get("AUTH", ())))

    def offers_verb(self, verb: str) -> bool:
        """Whether a verb needs no extension, or its extension was offered."""
        needed = _VERB_NEEDS.get(verb.upper())
        return needed is None or needed in _ALWAYS or needed in self.keywords

    def offers_parameter(self, verb: str, keyword: str, value: str | None = None) -> bool:
        """Whether the extension that a parameter of a verb belongs to was offered; unknown ones never were.

        ``value`` matters for BODY, which has one value from an extension of its own (RFC 3030 3).
        """
        rule = PARAMETERS.get((verb.upper(), keyword.upper()))
        if rule is None:
            return False
        if rule.keyword == "BODY":
            binary = value is not None and value.upper() == "BINARYMIME"
            return "BINARYMIME" in self.keywords or (not binary and rule.extension in self.keywords)
        return rule.extension in self.keywords
