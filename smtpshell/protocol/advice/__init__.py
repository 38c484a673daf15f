"""What usually causes a thing and what to try next: experience beside the standards, in tables.

What a code, a keyword or a finding means is in its own table one folder up; here is what a person asks next.  Each
row has a cause and a remedy in one or two clauses, and a source where it is somebody's word.  What a row has no
answer to is "".

    answers.py         a reply to a particular command
    enhanced_codes.py  enhanced status codes
    vendor_codes.py    enhanced status codes that a vendor made up
    rules.py           findings
    extensions.py      EHLO keywords
    parameters.py      parameters of MAIL and RCPT
    states.py          states of a session
    mechanisms.py      SASL mechanisms, those we do not speak as well
    certificates.py    why a certificate proves nothing
    texts.py           the words of well-known servers
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Advice"]


@dataclass(frozen=True, slots=True)
class Advice:
    """What usually causes it, and what to try."""

    cause: str
    remedy: str
    source: str = ""
