"""Enhanced status codes, class.subject.detail: RFC 3463 and the registry of RFC 5248."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["CLASSES", "DETAILS", "SUBJECTS", "EnhancedStatusCode"]

CLASSES: Final[Mapping[int, str]] = {
    2: "success",
    4: "persistent transient failure: a later try may succeed",
    5: "permanent failure: the same again will fail again",
}
"""RFC 3463 3.1."""

SUBJECTS: Final[Mapping[int, str]] = {
    0: "other or undefined",
    1: "addressing",
    2: "mailbox",
    3: "mail system",
    4: "network and routing",
    5: "mail delivery protocol",
    6: "message content or media",
    7: "security or policy",
}
"""RFC 3463 3.2 to 3.8."""

DETAILS: Final[Mapping[tuple[int, int], tuple[str, str]]] = {
    (0, 0): ("nothing more is known", "RFC 3463 3.1"),
    (1, 0): ("other trouble with an address", "RFC 3463 3.2"),
    (1, 1): ("no such mailbox there", "RFC 3463 3.2"),
    (1, 2): ("no such system, or it takes no mail", "RFC 3463 3.2"),
    (1, 3): ("the recipient's address is malformed", "RFC 3463 3.2"),
    (1, 4): ("the recipient's address is ambiguous", "RFC 3463 3.2"),
    (1, 5): ("the recipient's address is valid", "RFC 3463 3.2"),
    (1, 6): ("the mailbox has moved, it is not known where to", "RFC 3463 3.2"),
    (1, 7): ("the sender's address is malformed", "RFC 3463 3.2"),
    (1, 8): ("the sender's system does not exist or takes no mail", "RFC 3463 3.2"),
    (1, 9): ("passed on to a mailer that does not keep the rules", "RFC 3886"),
    (1, 10): ("the recipient's domain takes no mail: null MX", "RFC 7505 4.2"),
    (2, 0): ("other trouble with the mailbox", "RFC 3463 3.3"),
    (2, 1): ("the mailbox is disabled", "RFC 3463 3.3"),
    (2, 2): ("the mailbox is full", "RFC 3463 3.3"),
    (2, 3): ("the message is longer than this mailbox takes", "RFC 3463 3.3"),
    (2, 4): ("the mailing list could not be expanded", "RFC 3463 3.3"),
    (3, 0): ("other trouble with the mail system", "RFC 3463 3.4"),
    (3, 1): ("the mail system's storage is full", "RFC 3463 3.4"),
    (3, 2): ("the system takes no mail now", "RFC 3463 3.4"),
    (3, 3): ("the system lacks a feature that is needed", "RFC 3463 3.4"),
    (3, 4): ("the message is too big for the system", "RFC 3463 3.4"),
    (3, 5): ("the system is not set up for this", "RFC 3463 3.4"),
    (3, 6): ("the priority was changed", "RFC 6710"),
    (4, 0): ("other trouble with the network", "RFC 3463 3.5"),
    (4, 1): ("the next host does not answer", "RFC 3463 3.5"),
    (4, 2): ("the connection is bad", "RFC 3463 3.5"),
    (4, 3): ("a directory, such as DNS, failed", "RFC 3463 3.5"),
    (4, 4): ("no route to the next host", "RFC 3463 3.5"),
    (4, 5): ("the mail system is congested", "RFC 3463 3.5"),
    (4, 6): ("the message goes round in a loop", "RFC 3463 3.5"),
    (4, 7): ("the delivery took too long", "RFC 3463 3.5"),
    (5, 0): ("other trouble with the protocol", "RFC 3463 3.6"),
    (5, 1): ("the command is out of sequence or unknown", "RFC 3463 3.6"),
    (5, 2): ("a command's syntax is wrong", "RFC 3463 3.6"),
    (5, 3): ("too many recipients", "RFC 3463 3.6"),
    (5, 4): ("a command's arguments are wrong", "RFC 3463 3.6"),
    (5, 5): ("the protocol's version does not fit", "RFC 3463 3.6"),
    (5, 6): ("the line of the AUTH exchange is too long", "RFC 4954 6"),
    (6, 0): ("other trouble with the content", "RFC 3463 3.7"),
    (6, 1): ("the content's type is not supported", "RFC 3463 3.7"),
    (6, 2): ("conversion is needed, and forbidden", "RFC 3463 3.7"),
    (6, 3): ("conversion is needed, and not supported", "RFC 3463 3.7"),
    (6, 4): ("the content was converted with loss", "RFC 3463 3.7"),
    (6, 5): ("the conversion failed", "RFC 3463 3.7"),
    (6, 6): ("the content could not be fetched", "RFC 4468 5"),
    (6, 7): ("an address beyond ASCII is not taken", "RFC 6531 3.5"),
    (6, 8): ("the reply would need UTF-8", "RFC 6531 3.7.4.2"),
    (6, 9): ("a header field in UTF-8 cannot be passed on", "RFC 6531 3.5"),
    (6, 10): ("deprecated, means X.6.8", "RFC 6531 4.2"),
    (7, 0): ("other security reason", "RFC 3463 3.8"),
    (7, 1): ("not authorised, the message is refused", "RFC 3463 3.8"),
    (7, 2): ("the mailing list may not be expanded", "RFC 3463 3.8"),
    (7, 3): ("a secure conversion is needed and not possible", "RFC 3463 3.8"),
    (7, 4): ("a security feature is not supported", "RFC 3463 3.8"),
    (7, 5): ("a cryptographic operation failed", "RFC 3463 3.8"),
    (7, 6): ("a cryptographic algorithm is not supported", "RFC 3463 3.8"),
    (7, 7): ("the message's integrity is lost", "RFC 3463 3.8"),
    (7, 8): ("the credentials are wrong", "RFC 4954 6"),
    (7, 9): ("the authentication mechanism is too weak", "RFC 4954 6"),
    (7, 10): ("encryption is needed", "RFC 5248"),
    (7, 11): ("encryption is needed for this mechanism", "RFC 4954 6"),
    (7, 12): ("the password must be changed first", "RFC 4954 6"),
    (7, 13): ("the account is disabled", "RFC 5248"),
    (7, 14): ("a trust relationship is needed", "RFC 5248"),
    (7, 15): ("the priority is too low", "RFC 6710"),
    (7, 16): ("the message is too big for its priority", "RFC 6710"),
    (7, 17): ("the mailbox has another owner now", "RFC 7293"),
    (7, 18): ("the domain has another owner now", "RFC 7293"),
    (7, 19): ("the owner could not be checked", "RFC 7293"),
    (7, 20): ("no DKIM signature passes", "RFC 7372"),
    (7, 21): ("no acceptable DKIM signature", "RFC 7372"),
    (7, 22): ("no valid DKIM signature of the author's domain", "RFC 7372"),
    (7, 23): ("SPF says no", "RFC 7372"),
    (7, 24): ("SPF could not be evaluated", "RFC 7372"),
    (7, 25): ("the client's reverse DNS fails", "RFC 7372"),
    (7, 26): ("several authentication checks failed", "RFC 7372"),
    (7, 27): ("the sender's domain has a null MX", "RFC 7505 4.2"),
    (7, 28): ("too much mail from this sender", "registry of RFC 5248"),
    (7, 29): ("the ARC chain does not validate", "registry of RFC 5248"),
    (7, 30): ("REQUIRETLS is needed and not there", "RFC 8689 5"),
}
"""(subject, detail) -> what it means, and who says so."""

# RFC 3463 2: class "." subject "." detail; RFC 2034 4: it opens the text of a reply.
# Leading zeros, which RFC 3464 2.3.4 forbids, are read all the same.
_AT_START = re.compile(r"([245])\.([0-9]{1,3})\.([0-9]{1,3})(?=[ \t]|$)")


@dataclass(frozen=True, slots=True)
class EnhancedStatusCode:
    """class.subject.detail, such as 5.1.1."""

    class_: int
    subject: int
    detail: int

    @classmethod
    def parse(cls, text: str) -> EnhancedStatusCode | None:
        """Read the code that opens a text, or give None where none does."""
        found = _AT_START.match(text)
        return cls(*map(int, found.groups())) if found else None

    @property
    def meaning(self) -> str:
        """What subject and detail mean; for an unregistered detail what the subject alone says."""
        known = DETAILS.get((self.subject, self.detail))
        return known[0] if known else f"unregistered, about: {SUBJECTS.get(self.subject, 'an unknown subject')}"

    @property
    def source(self) -> str:
        """Who says so."""
        known = DETAILS.get((self.subject, self.detail))
        return known[1] if known else "RFC 3463 3"

    def __str__(self) -> str:
        return f"{self.class_}.{self.subject}.{self.detail}"
