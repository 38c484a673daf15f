"""Enhanced status codes that one vendor made up, or uses in a sense of its own; no registry has them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from smtpshell.protocol.advice import Advice

__all__ = ["VENDOR_CODES", "VendorCode", "vendor_codes"]


@dataclass(frozen=True, slots=True)
class VendorCode(Advice):
    """The codes X.subject.first to X.subject.last at one vendor, and what they mean there."""

    vendor: str = ""
    subject: int = 0
    first: int = 0
    last: int = 0
    meaning: str = ""


_EXCHANGE: Final = "Exchange Online"
_LIST: Final = "Microsoft: NDR codes in Exchange Online"


def _row(subject: int, first: int, last: int, meaning: str, cause: str, remedy: str) -> VendorCode:
    return VendorCode(cause, remedy, _LIST, _EXCHANGE, subject, first, last, meaning)


_OUTSIDERS: Final = "the recipient was set up for senders of its own organisation"
_ASK: Final = "only an administrator there can change it"
_DANE: Final = "DNSSEC and DANE are in use for the recipient's domain"
_MEND: Final = "its administrator must mend the server or its TLSA records"

VENDOR_CODES: Final = (
    _row(
        1,
        8,
        8,
        "the sending account is blocked",
        "it sent too much spam, most often because somebody else uses it",
        "change its password, then have the administrator unblock it",
    ),
    _row(
        1,
        10,
        10,
        "no such recipient",
        "an address that the directory does not know",
        "check the spelling of the address",
    ),
    _row(
        1,
        90,
        90,
        "the sender has reached its daily limit of recipients",
        "a mailing, or an account that others use",
        "wait a day",
    ),
    _row(
        2,
        2,
        2,
        "the sender's quota of submissions is used up",
        "a mailing, or an account that others use",
        "wait a day",
    ),
    _row(
        2,
        121,
        122,
        "the recipient gets too many messages an hour",
        "notices from a program, a loop",
        "send less often to that recipient",
    ),
    _row(
        4,
        1,
        1,
        "the domain is not served there, or has no such recipient",
        "MX records that point to the wrong host; an address that the directory does not know",
        "check the address and the domain's MX records",
    ),
    *(
        _row(
            4,
            detail,
            detail,
            "the message goes round in a loop",
            "forwarding that comes back, a connector between two servers",
            "look at forwarding rules and connectors",
        )
        for detail in (6, 14)
    ),
    _row(4, 300, 300, "the delivery took too long", "the next host never answered", "try that host yourself"),
    _row(
        5,
        3,
        3,
        "too many recipients of one domain",
        "more than 200 of them in a transaction",
        "send in smaller groups",
    ),
    _row(6, 11, 11, "bare line feeds in the content", "a program that writes LF alone", "end all lines in CRLF"),
    _row(7, 12, 13, "outsiders may not send there", _OUTSIDERS, _ASK),
    _row(
        7,
        57,
        57,
        "nobody has logged in",
        "a device or program that sends by smtp.office365.com without AUTH, or after it failed",
        "STARTTLS, EHLO, AUTH; and SMTP AUTH must be enabled for the mailbox",
    ),
    _row(
        7,
        64,
        64,
        "the connection belongs to no tenant, so nothing is relayed",
        "a connector whose certificate or address no longer fits the server that connects",
        "have the connector corrected",
    ),
    _row(
        7,
        124,
        124,
        "the sender is not on the group's list",
        "a list with allowed senders",
        "ask the group's owner",
    ),
    _row(7, 133, 136, "outsiders may not send there", _OUTSIDERS, _ASK),
    _row(
        7,
        139,
        139,
        "the login is refused by policy",
        "SMTP AUTH disabled for tenant or mailbox, security defaults, conditional access; or a wrong password",
        "have SMTP AUTH enabled for the mailbox, or use OAuth: /auth XOAUTH2",
    ),
    _row(7, 321, 321, "the next host does not do TLS", _DANE, _MEND),
    _row(7, 322, 322, "the next host's certificate has expired", _DANE, _MEND),
    _row(7, 323, 323, "the next host's certificate does not fit its TLSA records", _DANE, _MEND),
    _row(7, 324, 324, "the domain's DNSSEC does not validate", _DANE, "its administrator must mend its DNSSEC"),
    _row(7, 325, 325, "the next host's certificate is for another name", _DANE, _MEND),
    _row(
        7,
        501,
        503,
        "the sending account is banned",
        "it sent spam",
        "clean the account, then ask Microsoft's support",
    ),
    _row(7, 504, 505, "the recipient is not valid", "a wrong address", "check the spelling of the address"),
    _row(
        7, 506, 506, "the hello is refused", "EHLO with the name of the server itself", "EHLO with your own name"
    ),
    _row(
        7, 507, 507, "your address is blocked by the recipient's organisation", "a rule there", "ask the recipient"
    ),
    _row(7, 508, 508, "too much mail from your IPv6 range", "a limit on a range of addresses", "send more slowly"),
    _row(
        7,
        509,
        509,
        "the sender's domain fails DMARC, and wants that refused",
        "neither SPF nor DKIM speaks for the domain in From",
        "sign with DKIM by the domain of From, or send from an address in its SPF record",
    ),
    _row(7, 510, 510, "the recipient takes no mail over IPv6", "a setting there", "connect over IPv4: --family 4"),
    _row(
        7,
        511,
        511,
        "your address is banned",
        "spam came from it",
        "mend the cause; the text says whom to write to",
    ),
    _row(
        7,
        512,
        512,
        "the From field is missing or malformed",
        "no From, or no address in it",
        "write From: <a@b.example>",
    ),
    _row(7, 513, 513, "your address is on the recipient's own block list", "a rule there", "ask the recipient"),
    _row(
        7,
        500,
        699,
        "sending is restricted for now",
        "something about the traffic looked suspicious (with 4yz: for a while only)",
        "wait; it is lifted by itself where the traffic is proper",
    ),
    _row(
        7,
        606,
        649,
        "your address is banned",
        "spam came from it, or from its neighbours",
        "mend the cause, then ask to be taken off at Microsoft's delist portal",
    ),
    _row(
        7,
        703,
        703,
        "the sender's own organisation blocks a recipient",
        "its allow/block list",
        "ask its administrator",
    ),
    _row(
        7,
        705,
        708,
        "the tenant may not send",
        "spam from it, or a tenant too new for the address it sends from",
        "mend the cause, then ask Microsoft's support",
    ),
    _row(
        7,
        750,
        750,
        "a sender's domain that the tenant has not registered",
        "a program with a From of its own",
        "register the domain",
    ),
    _row(7, 800, 800, "the sender's domain is banned", "spam with that domain", "ask Microsoft's support"),
    _row(
        7,
        850,
        899,
        "sending from your address is restricted for now",
        "something about the traffic looked suspicious",
        "wait; it is lifted by itself where the traffic is proper",
    ),
)
"""The codes, any class."""


def vendor_codes(subject: int, detail: int) -> Iterator[VendorCode]:
    """Give the rows for X.subject.detail, the narrowest range first."""
    found = [row for row in VENDOR_CODES if row.subject == subject and row.first <= detail <= row.last]
    return iter(sorted(found, key=lambda row: row.last - row.first))
