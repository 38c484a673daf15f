"""Pseudonyms for what names somebody: mail addresses, hosts, IP addresses, queue ids; the same for the same.

They are given in the order of appearance and depend on nothing else.  Names that are nobody's stay as they are:
the reserved ones of RFC 2606 and RFC 6761 (example.test, example.com, localhost, ...), loopback and documentation
addresses (RFC 5737, RFC 3849).  So do the mailboxes there, for a replay against the practice server to find.
With ``keep_lengths`` each pseudonym is as long as what it stands for; it may then be a name that exists.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from itertools import count, product
from typing import Final

from smtpshell.protocol.verbs import VERBS

__all__ = ["Pseudonyms"]

_LABEL: Final = r"[^\W_](?:[\w-]*[^\W_])?"
# RFC 5321 4.1.2, loosely: whatever may stand before an @, quoted strings included, and a domain or a literal.
_DOMAIN: Final = rf"(?<![\w.-])(?:{_LABEL}\.)+(?=[^\W\d_])(?:{_LABEL})(?![\w-])"
_LOCAL: Final = r'(?:"(?:[^"\\\r\n]|\\.)+"|[^\s<>:;,"()\[\]@\\]+)'
_PARTS: Final = re.compile(
    rf"(?P<local>{_LOCAL})@(?:(?P<domain>(?:{_LABEL}\.)*{_LABEL})|(?=\[))"
    r"|(?P<v4>(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d))"
    r"|(?P<v6>(?:(?<=IPv6:)|(?<![\w:.]))[0-9A-Fa-f]{0,4}:[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]*(?![\w@]))"
    rf"|(?P<host>{_DOMAIN})"
    # Exim's message ids, then those of Postfix and Sendmail, as matching.py folds them
    r"|(?P<id>\b[0-9A-Za-z]{6}-[0-9A-Za-z]{6,11}-[0-9A-Za-z]{2,4}\b"
    r"|\b(?!(?:RFC|rfc)\d+\b)(?=(?:[A-Za-z]*[0-9]){2})(?=[0-9]*[A-Za-z])[0-9A-Za-z]{6,}\b)"
    r"|(?P<word>\w+(?:[.-]\w+)*)"
)

_RESERVED: Final = re.compile(
    r"(?:.*\.)?(?:example|test|invalid|localhost|example\.(?:com|net|org))", re.IGNORECASE
)
"""RFC 2606 2 and 3, RFC 6761 6."""

_SHORTEST: Final = 3
"""Characters; a shorter local part is replaced in addresses only, not wherever its letters stand alone."""

_WORDS: Final = frozenset(
    {*(word for verb in VERBS for word in verb.split()), "FROM", "TO", "OK", "BYE", "USER", "UNKNOWN", "MAILBOX"}
)
"""What replies say all the time: never taken for somebody's name."""

_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz0123456789"


# Parameters of MAIL, RCPT and XCLIENT that may stand right before an address.
_PARAMETER: Final = re.compile(r"((?:AUTH|ENVID|ORCPT|SUBMITTER|NAME|HELO|LOGIN)=)(.+)", re.IGNORECASE)


class Pseudonyms:
    """Remembers which pseudonym stands for what; no word of ``text`` becomes a pseudonym.

    All of the text is looked through at first, so that a name is found before it is met in an address.
    """

    def __init__(self, text: str, *, keep_lengths: bool = False) -> None:
        self._keep_lengths = keep_lengths
        self._taken = {found.lower() for found in re.findall(r"[\w.:-]+", text)}
        self._known: dict[tuple[str, str], str] = {}
        self._words: dict[str, str] = {}
        self._kept: set[str] = set()
        self._sources: dict[tuple[str, str], Iterator[str]] = {}
        self.replace(text, ids=False)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Whatever was met so far and its pseudonym, the longest first."""
        found = {name: pseudonym for (_, name), pseudonym in self._known.items() if len(name) >= _SHORTEST}
        return sorted((found | self._words).items(), key=lambda pair: (-len(pair[0]), pair))

    def name(self, word: str, *, host: bool) -> None:
        """Take a word for the name of a host or mailbox, wherever it stands alone."""
        plain = word.lower()
        if plain.upper() in _WORDS or plain in self._kept or not re.fullmatch(r"\w*[^\W\d_][\w+-]*", plain):
            return
        if not _is_reserved(plain):
            self._words.setdefault(plain, self._host(plain) if host else self._local(plain))

    def replace(self, text: str, rest: Callable[[str], str] = str, *, ids: bool = True) -> str:
        """Give the text with pseudonyms, with ``ids`` for queue ids too; ``rest`` treats what lies between."""
        pieces: list[str] = []
        end = 0
        for found in _PARTS.finditer(text):
            put = self._put(found, ids=ids)
            if put is not None:
                pieces += [rest(text[end : found.start()]), put]
                end = found.end()
        return "".join([*pieces, rest(text[end:])])

    def _put(self, found: re.Match[str], *, ids: bool) -> str | None:
        """Give what stands for one finding, None for what is nobody's."""
        whole = found[0]
        if found["local"] is not None:
            return self._address(found["local"], found["domain"])
        if found["v4"] or found["v6"]:
            return self._ip(whole)
        if found["host"]:
            # What a mailbox is called may look like a host: first.last.
            return self._words.get(whole.lower()) or self._host(whole)
        if found["id"] and ids and whole.lower() not in self._words:
            return self._given(
                "id", whole, re.sub("[A-Za-z]", "A", re.sub("[0-9]", "0", whole)), lambda: _ids(whole)
            )
        if whole.lower() in self._words:
            return self._words[whole.lower()]
        part = re.sub(r"\w+", lambda word: self._words.get(word[0].lower(), word[0]), whole)
        return part if part != whole else None

    def _address(self, local: str, domain: str | None) -> str:
        if parameter := _PARAMETER.fullmatch(local):
            return parameter[1] + self._address(parameter[2], domain)
        plain = local.strip('"').lower()
        if domain is not None and _is_reserved(domain):
            self._kept.add(plain)
            self._words.pop(plain, None)
            return f"{local}@{domain}"
        pseudonym = self._local(local)
        if len(plain) >= _SHORTEST and plain.upper() not in _WORDS and plain not in self._kept:
            self._words.setdefault(plain, pseudonym)
        if domain is None:
            return f"{pseudonym}@"
        host = self._host(domain)
        if "." not in domain:
            self._words.setdefault(domain.lower(), host)
        return f"{pseudonym}@{host}"

    def _local(self, local: str) -> str:
        if self._keep_lengths:
            return self._given("local", local, _form(local), lambda: _letters(_form(local)))
        return self._given("local", local, "", lambda: (f"user{number}" for number in count(1)))

    def _host(self, name: str) -> str:
        """Give a host's pseudonym; it lies below that of its domain."""
        if _is_reserved(name):
            return name
        label, _, parent = name.partition(".")
        above = "example" if not parent or ("." not in parent and not self._keep_lengths) else self._host(parent)
        if not self._keep_lengths:
            return self._given("host", name, above, lambda: (f"host{number}.{above}" for number in count(1)))
        own = self._given("label", label, _form(label), lambda: _letters(_form(label)))
        return f"{own}.{above}" if parent else own

    def _ip(self, text: str) -> str | None:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return None
        if address.is_loopback or address.is_unspecified or any(address in network for network in _DOCUMENTATION):
            return text
        if self._keep_lengths:
            make = _v4 if address.version == 4 else _v6
            return self._given("ip", text, re.sub("[0-9A-Fa-f]", "0", text), lambda: make(text))
        if address.version == 4:
            nets = ("192.0.2", "198.51.100", "203.0.113")
            return self._given("ip", text, "4", lambda: (f"{net}.{n}" for net in nets for n in range(1, 255)))
        return self._given("ip", text, "6", lambda: (f"2001:db8::{number:x}" for number in count(1)))

    def _given(self, kind: str, name: str, form: str, make: Callable[[], Iterator[str]]) -> str:
        """Give the pseudonym of a name; the first time the next free one of its form, which ``make`` lists."""
        key = (kind, name.lower())
        if key not in self._known:
            candidates = self._sources.setdefault((kind, form), make())
            free = (candidate for candidate in candidates if candidate.lower() not in self._taken)
            # Where all are used up, names become one.
            self._known[key] = next(free, "x" * len(name))
        return self._known[key]


def _is_reserved(name: str) -> bool:
    return _RESERVED.fullmatch(name) is not None


def _form(name: str) -> str:
    """Give what a name has in common with all of its length that have the same punctuation."""
    return "".join("a" * len(one.encode("utf-8", "replace")) if one.isalnum() else one for one in name)


_DOCUMENTATION: Final = tuple(
    ipaddress.ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
)


def _letters(form: str) -> Iterator[str]:
    """Give names of this form: letters and digits wherever it has an "a"."""
    yield from map("".join, product(*(_ALPHABET if one == "a" else one for one in form)))


def _ids(name: str) -> Iterator[str]:
    """Give ids of the same form: letters and digits stay such."""
    choices = ["0123456789" if one.isdigit() else "AB" if one.isalpha() else one for one in name]
    yield from map("".join, product(*choices))


def _v4(name: str) -> Iterator[str]:
    """Give IPv4 addresses with as many digits in each part."""
    ranges = {1: range(1, 10), 2: range(10, 100), 3: range(100, 256)}
    for numbers in product(*(ranges[len(part)] for part in name.split("."))):
        yield ".".join(map(str, numbers))


def _v6(name: str) -> Iterator[str]:
    """Give IPv6 addresses with as many digits in each group."""
    yield from map("".join, product(*(one if one in ":." else "0123456789abcdef" for one in name)))
