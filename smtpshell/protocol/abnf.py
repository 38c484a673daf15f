"""The grammar of paths and words: RFC 5321 4.1.2 and 4.1.3, RFC 6531 3.3, RFC 3461 4.

One regex a rule, the rule's own text above it.  Paths are read whole, without regard to whether they stand
in MAIL or RCPT.

No rule can match the same characters in two ways, so hostile input costs time in proportion to its length.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

__all__ = ["BASE64", "KEYWORD", "XTEXT", "Mailbox", "Path", "match_path", "split_path"]

# Where SMTPUTF8 allows any character beyond ASCII a class is written as what it leaves out: one with ranges up to
# U+10FFFF takes a tenth of a second to compile.  Surrogates are left out always: octets that are no UTF-8.

# RFC 5322 3.2.3: atext = ALPHA / DIGIT / "!" / "#" / "$" / "%" / "&" / "'" / "*" / "+" / "-" / "/" / "=" /
#   "?" / "^" / "_" / "`" / "{" / "|" / "}" / "~"; RFC 6531 3.3: atext =/ UTF8-non-ascii
_ATEXT: Final = r'[^\x00- "(),.:;<>@\[\\\]\x7f\ud800-\udfff]'
# RFC 5321 4.1.2: Dot-string = Atom *("." Atom)
_DOT_STRING: Final = rf"{_ATEXT}+(?:\.{_ATEXT}+)*"
# RFC 5321 4.1.2: qtextSMTP = %d32-33 / %d35-91 / %d93-126; RFC 6531 3.3: qtextSMTP =/ UTF8-non-ascii
_QTEXT: Final = r'[^\x00-\x1f"\\\x7f\ud800-\udfff]'
# RFC 5321 4.1.2: Quoted-string = DQUOTE *QcontentSMTP DQUOTE; quoted-pairSMTP = %d92 %d32-126
_QUOTED_STRING: Final = rf'"(?:{_QTEXT}|\\[ -~])*"'
# RFC 5321 4.1.2: Local-part = Dot-string / Quoted-string
_LOCAL_PART: Final = rf"(?:{_DOT_STRING}|{_QUOTED_STRING})"
# RFC 5321 4.1.2: Let-dig = ALPHA / DIGIT; Ldh-str = *( ALPHA / DIGIT / "-" ) Let-dig; RFC 6531 3.3 adds U-labels
_LET_DIG: Final = r"[^\x00-/:-@\[-`{-\x7f\ud800-\udfff]"
_LET_DIG_HYP: Final = r"[^\x00-,./:-@\[-`{-\x7f\ud800-\udfff]"
# RFC 5321 4.1.2: sub-domain = Let-dig [Ldh-str]
_SUB_DOMAIN: Final = rf"{_LET_DIG}(?:{_LET_DIG_HYP}*{_LET_DIG})?"
# RFC 5321 4.1.2: Domain = sub-domain *("." sub-domain)
_DOMAIN: Final = rf"{_SUB_DOMAIN}(?:\.{_SUB_DOMAIN})*"
# RFC 5321 4.1.3: Snum = 1*3DIGIT, 0 to 255; IPv4-address-literal = Snum 3("." Snum)
_SNUM: Final = r"(?:25[0-5]|2[0-4][0-9]|[01]?[0-9]?[0-9])"
_IPV4: Final = rf"{_SNUM}(?:\.{_SNUM}){{3}}"
# RFC 5321 4.1.3: IPv6-hex = 1*4HEXDIG; IPv6-addr is eight of them, or up to six with "::" for two or more zeros;
#   an IPv4-address-literal may stand for the last two, then six, or up to four with "::"
_HEX: Final = "[0-9A-Fa-f]{1,4}"
_HEX_LIST: Final = rf"(?:{_HEX}(?::{_HEX})*)?"
_IPV6: Final = (
    rf"(?:{_HEX}(?::{_HEX}){{7}}"
    rf"|(?!(?::*{_HEX}\b){{7}}){_HEX_LIST}::{_HEX_LIST}"
    rf"|(?:{_HEX}:){{6}}{_IPV4}"
    rf"|(?!(?::*{_HEX}\b){{6}}){_HEX_LIST}::(?:{_HEX}:)*{_IPV4})"
)
# RFC 5321 4.1.3: General-address-literal = Standardized-tag ":" 1*dcontent; dcontent = %d33-90 / %d94-126;
#   Standardized-tag = Ldh-str.  "IPv6" is a tag whose content has its own rule.
_ADDRESS_LITERAL: Final = rf"\[(?:{_IPV4}|(?i:IPv6):{_IPV6}|(?!(?i:IPv6):)[A-Za-z0-9\-]*[A-Za-z0-9]:[!-Z^-~]+)\]"
# RFC 5321 4.1.2: A-d-l = At-domain *("," At-domain); At-domain = "@" Domain
_SOURCE_ROUTE: Final = rf"@{_DOMAIN}(?:,@{_DOMAIN})*"
# RFC 5321 4.1.2: Path = "<" [ A-d-l ":" ] Mailbox ">"; Mailbox = Local-part "@" ( Domain / address-literal )
_PATH: Final = re.compile(
    rf"<(?:(?P<route>{_SOURCE_ROUTE}):)?(?P<local>{_LOCAL_PART})@(?P<domain>{_DOMAIN}|{_ADDRESS_LITERAL})>"
)
# RFC 5321 4.1.1.3: "<Postmaster>" without a domain, in any case
_POSTMASTER: Final = re.compile(r"<(postmaster)>", re.IGNORECASE | re.ASCII)

# RFC 5321 4.1.2: esmtp-keyword = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-"); ehlo-keyword is the same (4.1.1.1)
KEYWORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9\-]*")
# RFC 3461 4: xtext = *( xchar / hexchar ); xchar = %d33-42 / %d44-60 / %d62-126;
#   hexchar = "+" 2(%x30-39 / %x41-46)
XTEXT: Final = re.compile(r"(?:[!-*,-<>-~]|\+[0-9A-F]{2})*")
# RFC 4648 4, padded, as RFC 4954 4 wants it
BASE64: Final = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """local-part@domain; the domain is "" for the bare postmaster (RFC 5321 4.1.1.3)."""

    local_part: str
    domain: str

    def __str__(self) -> str:
        return f"{self.local_part}@{self.domain}" if self.domain else self.local_part


@dataclass(frozen=True, slots=True)
class Path:
    """A reverse-path or forward-path; the mailbox is None for the null path <>."""

    mailbox: Mailbox | None
    source_route: tuple[str, ...] = ()

    @property
    def is_null(self) -> bool:
        """Whether it is <>, which no bounce goes to (RFC 5321 4.5.5)."""
        return self.mailbox is None

    def __str__(self) -> str:
        route = ",".join(f"@{domain}" for domain in self.source_route)
        return f"<{route}{':' if route else ''}{self.mailbox or ''}>"


def match_path(text: str, *, utf8: bool = False) -> Path | None:
    """Read a whole path with its angle brackets, or give None; beyond ASCII only with ``utf8`` (RFC 6531)."""
    if not utf8 and not text.isascii():
        return None
    if text == "<>":
        return Path(None)
    if found := _POSTMASTER.fullmatch(text):
        return Path(Mailbox(found[1], ""))
    if not (found := _PATH.fullmatch(text)):
        return None
    route = found["route"]
    domains = tuple(domain.removeprefix("@") for domain in route.split(",")) if route else ()
    return Path(Mailbox(found["local"], found["domain"]), domains)


# A path up to its closing bracket, or without brackets up to a blank; quoted strings may hold both
# (RFC 5321 4.1.2).
_BRACKETED: Final = re.compile(r'<(?:"(?:[^"\\]|\\.)*"|[^">])*>', re.DOTALL)
# A quote that nothing closes is a character like any other; from there on only blanks are looked for.
_BARE: Final = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^" \t])*(?:"[^ \t]*)?', re.DOTALL)


def split_path(text: str) -> tuple[str, str]:
    """Split what follows FROM: or TO: into the path and the rest, well formed or not.

    Blanks before the path are skipped.  A path in brackets ends at the first ">" outside a quoted string; one
    without brackets, or whose bracket is never closed, ends at the first blank outside a quoted string.
    """
    text = text.lstrip(" \t")
    found = _BRACKETED.match(text) or _BARE.match(text)
    end = found.end() if found else 0
    return text[:end], text[end:]
