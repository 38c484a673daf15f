"""EHLO keywords: what usually goes wrong with each extension, and how to try it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from smtpshell.protocol.advice import Advice

__all__ = ["EXTENSION_ADVICE"]

_OLD: Final = "hardly any server has it any more; where it is offered it is often left over"

EXTENSION_ADVICE: Final[Mapping[str, Advice]] = {
    "SIZE": Advice(
        "552 or 5.3.4: the message is larger, base64 counted in", "MAIL FROM:<a@b> SIZE=100000 asks first"
    ),
    "8BITMIME": Advice("forgetting to say so: content-8bit", "MAIL FROM:<a@b> BODY=8BITMIME"),
    "BINARYMIME": Advice("503 where DATA follows", "MAIL FROM:<a@b> BODY=BINARYMIME, then /bdat FILE"),
    "CHUNKING": Advice("a wrong count: the rest is read as commands", "/bdat FILE --chunk 64k counts for you"),
    "PIPELINING": Advice("a reply that is taken for that of another command", "/pipeline pairs them"),
    "SMTPUTF8": Advice("553 or 5.6.7 from the next host, which does not have it", "MAIL FROM:<a@b> SMTPUTF8"),
    "DSN": Advice(
        "parameters at the wrong command: RET, ENVID at MAIL; NOTIFY, ORCPT at RCPT",
        "RCPT TO:<a@b> NOTIFY=SUCCESS",
    ),
    "ENHANCEDSTATUSCODES": Advice("filters that forget theirs, or give one of another class", "/explain 5.7.1"),
    "STARTTLS": Advice(
        "offered in the clear, so whoever sits between can take it out; 454 where the certificate cannot be read",
        "/starttls; --verify refuses what proves nothing",
        "RFC 3207 6",
    ),
    "AUTH": Advice("offered only inside TLS, or on another port than 25", "STARTTLS, EHLO, /auth"),
    "HELP": Advice("texts that say little", "HELP, HELP MAIL"),
    "VRFY": Advice("252 to everything, or 502: turned off against collectors of addresses", "VRFY name"),
    "EXPN": Advice("502: turned off against collectors of addresses", "EXPN list"),
    "ETRN": Advice("458 or 459: no queue is kept for that name", "ETRN example.test"),
    "ATRN": Advice("530: it needs a login, and a client that can be a server", "AUTH, then ATRN example.test"),
    "DELIVERBY": Advice("a deadline below the server's minimum", "MAIL FROM:<a@b> BY=3600;R"),
    "FUTURERELEASE": Advice("a time beyond the longest that is allowed", "MAIL FROM:<a@b> HOLDFOR=60"),
    "MT-PRIORITY": Advice(
        "a priority that the login may not ask for: X.7.15, X.3.6", "MAIL FROM:<a@b> MT-PRIORITY=3"
    ),
    "REQUIRETLS": Advice(
        "a next host without it: 5.7.30, and the message bounces", "inside TLS: MAIL FROM:<a@b> REQUIRETLS"
    ),
    "LIMITS": Advice("a client that does not look: 452 or 421 in the middle", "keep to RCPTMAX and MAILMAX"),
    "PIPECONNECT": Advice(
        "an address that was not offered it before: the server takes it for spam", "connect twice"
    ),
    "PIPE_CONNECT": Advice(
        "an address that was not offered it before: the server takes it for spam", "connect twice"
    ),
    "PRDR": Advice("353 where a client expects one reply", "MAIL FROM:<a@b> PRDR, several RCPT, DATA"),
    "BURL": Advice("554: the server may not fetch that URL, or the login lacks rights", "BURL imap://... LAST"),
    "NO-SOLICITING": Advice("a class of solicitation that is refused", "MAIL FROM:<a@b> SOLICIT=org.example:ADV"),
    "CONPERM": Advice(_OLD, "MAIL FROM:<a@b> CONPERM"),
    "CONNEG": Advice(_OLD, "RCPT TO:<a@b> CONNEG"),
    "MTRK": Advice(_OLD, "MAIL FROM:<a@b> MTRK=..., needs ENVID"),
    "CHECKPOINT": Advice(_OLD, "MAIL FROM:<a@b> TRANSID=<1@client.example.test>"),
    "SUBMITTER": Advice(_OLD, "MAIL FROM:<a@b> SUBMITTER=c@d"),
    "RRVS": Advice("a date before the account was made: X.7.17", "RCPT TO:<a@b> RRVS=2020-01-01T00:00:00Z"),
    "UTF8SMTP": Advice("an experiment that was given up", "SMTPUTF8 where that is offered"),
    "VERB": Advice(_OLD, "VERB, then EXPN or RCPT"),
    "ONEX": Advice(_OLD, "leave it alone"),
    "SEND": Advice(_OLD, "SEND FROM:<a@b>, at the practice server"),
    "SOML": Advice(_OLD, "SOML FROM:<a@b>, at the practice server"),
    "SAML": Advice(_OLD, "SAML FROM:<a@b>, at the practice server"),
    "TURN": Advice("turned off: it gives mail to whoever asks", "ETRN or ATRN are its successors", "RFC 5321 F.1"),
    "XCLIENT": Advice(
        "550: your address is not among those that may; offered to strangers it lets them pose as anybody",
        "XCLIENT ADDR=192.0.2.1; smtpd_authorized_xclient_hosts must name your address",
        "postconf(5)",
    ),
    "XFORWARD": Advice(
        "550: your address is not among those that may",
        "smtpd_authorized_xforward_hosts must name your address",
        "postconf(5)",
    ),
    "XRCPTFORWARD": Advice("a proxy that is not trusted", "login_trusted_networks must name the proxy", "Dovecot"),
}
"""Keyword -> what usually goes wrong, how to try it."""
