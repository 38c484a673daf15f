"""Parameters of MAIL and RCPT: what usually goes wrong with each, and a line to try it with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from smtpshell.protocol.advice import Advice

__all__ = ["PARAMETER_ADVICE"]

PARAMETER_ADVICE: Final[Mapping[tuple[str, str], Advice]] = {
    ("MAIL", "SIZE"): Advice(
        "552: more than EHLO's SIZE; 452: no room just now", "MAIL FROM:<a@example.test> SIZE=20000"
    ),
    ("MAIL", "BODY"): Advice(
        "BINARYMIME without BDAT, 8-bit content without the parameter", "MAIL FROM:<a@example.test> BODY=8BITMIME"
    ),
    ("MAIL", "SMTPUTF8"): Advice("the next host does not have it: 5.6.7", "MAIL FROM:<ann@example.test> SMTPUTF8"),
    ("MAIL", "RET"): Advice("put behind RCPT, where NOTIFY stands", "MAIL FROM:<a@example.test> RET=HDRS"),
    ("MAIL", "ENVID"): Advice("signs that xtext writes as +XX", "MAIL FROM:<a@example.test> ENVID=QQ314159"),
    ("MAIL", "AUTH"): Advice(
        "a server that does not believe it from a client that is not logged in",
        "MAIL FROM:<a@example.test> AUTH=<>",
    ),
    ("MAIL", "BY"): Advice("a deadline in the past or below the minimum", "MAIL FROM:<a@example.test> BY=3600;R"),
    ("MAIL", "HOLDFOR"): Advice(
        "longer than EHLO's limit; HOLDUNTIL beside it", "MAIL FROM:<a@example.test> HOLDFOR=60"
    ),
    ("MAIL", "HOLDUNTIL"): Advice(
        "a date without its zone, or too far away", "MAIL FROM:<a@example.test> HOLDUNTIL=2030-01-01T00:00:00Z"
    ),
    ("MAIL", "MT-PRIORITY"): Advice("a login without that right", "MAIL FROM:<a@example.test> MT-PRIORITY=3"),
    ("MAIL", "REQUIRETLS"): Advice("asked for outside TLS", "inside TLS: MAIL FROM:<a@example.test> REQUIRETLS"),
    ("MAIL", "PRDR"): Advice("replies that a client does not expect", "MAIL FROM:<a@example.test> PRDR"),
    ("MAIL", "MTRK"): Advice(
        "a value that is no base64, ENVID missing", "MAIL FROM:<a@example.test> MTRK=... ENVID=1"
    ),
    ("MAIL", "SOLICIT"): Advice(
        "a class that the recipient refuses", "MAIL FROM:<a@example.test> SOLICIT=org.example:ADV"
    ),
    ("MAIL", "TRANSID"): Advice(
        "a transaction the server has forgotten", "MAIL FROM:<a@example.test> TRANSID=<1@c.test>"
    ),
    ("MAIL", "CONPERM"): Advice("a server without the extension", "MAIL FROM:<a@example.test> CONPERM"),
    ("MAIL", "SUBMITTER"): Advice(
        "signs that xtext writes as +XX", "MAIL FROM:<a@example.test> SUBMITTER=b@example.test"
    ),
    ("RCPT", "NOTIFY"): Advice(
        "put behind MAIL; NEVER together with others; NEVER hides failures from the sender",
        "RCPT TO:<student@example.test> NOTIFY=SUCCESS,FAILURE",
    ),
    ("RCPT", "ORCPT"): Advice(
        "the address type is missing", "RCPT TO:<student@example.test> ORCPT=rfc822;s@example.test"
    ),
    ("RCPT", "XRCPTFORWARD"): Advice("a proxy that the server does not trust", "leave it to the proxy"),
    ("RCPT", "CONNEG"): Advice("a server without the extension", "RCPT TO:<student@example.test> CONNEG"),
    ("RCPT", "RRVS"): Advice(
        "a date without its zone", "RCPT TO:<student@example.test> RRVS=2020-01-01T00:00:00Z"
    ),
}
"""(verb, parameter) -> what usually goes wrong, a line to try it with."""
