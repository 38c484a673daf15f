"""A code as the answer to one command, and what it usually means there.  CONTENT is the message itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from smtpshell.protocol.advice import Advice

__all__ = ["ANSWERS"]

ANSWERS: Final[Mapping[tuple[str, int], Advice]] = {
    ("CONNECT", 421): Advice(
        "too many connections from your address, or overload", "wait some minutes, connect again"
    ),
    ("CONNECT", 450): Advice("a filter in front of the server is testing you", "connect again in some minutes"),
    ("CONNECT", 521): Advice(
        "a host that takes no mail, or a block list", "look at the MX records, and at the text"
    ),
    ("CONNECT", 554): Advice(
        "your address is on a block list, or the server is meant for others",
        "read the text; try from another address",
    ),
    ("EHLO", 500): Advice("a very old server, a line too long, or LMTP", "try HELO; on an LMTP port LHLO"),
    ("EHLO", 501): Advice("the name is missing or malformed", "say EHLO with your host's full name, or [ADDRESS]"),
    ("EHLO", 502): Advice("a server without extensions, or a firewall that hides them", "try HELO"),
    ("EHLO", 504): Advice(
        "the name is not fully qualified", "say EHLO with a name that has a dot and exists in DNS"
    ),
    ("EHLO", 550): Advice("the name is refused: a list, or it claims to be the server's own", "use your own name"),
    ("HELO", 500): Advice("an LMTP server", "say LHLO"),
    ("HELO", 501): Advice("the name is missing or malformed", "say HELO with your host's full name"),
    ("LHLO", 500): Advice("an SMTP server, not an LMTP one", "say EHLO"),
    ("MAIL", 450): Advice("the sender's domain cannot be looked up just now", "try again; check the domain's DNS"),
    ("MAIL", 451): Advice("the server's own trouble, or a limit on how fast you send", "try again later"),
    ("MAIL", 452): Advice("the server's disk is nearly full", "try again later"),
    ("MAIL", 501): Advice(
        "brackets are missing, a blank behind the colon, or a parameter with a bad value",
        "MAIL FROM:<a@b.example>",
    ),
    ("MAIL", 503): Advice("no EHLO yet, or a transaction is open already", "EHLO, or RSET, then again"),
    ("MAIL", 530): Advice("a submission server: it serves nobody without TLS and a login", "STARTTLS, EHLO, AUTH"),
    ("MAIL", 550): Advice(
        "the sender is refused: not yours to use, unknown here, or on a list", "use an address of your login's"
    ),
    ("MAIL", 552): Advice("SIZE= is more than the server takes", "EHLO says how much it takes"),
    ("MAIL", 553): Advice(
        "the sender's address is not allowed for this login, or its domain does not exist", "use your own address"
    ),
    ("MAIL", 555): Advice("a parameter behind the path that was not offered", "leave it out"),
    ("RCPT", 421): Advice("too many wrong recipients or too many errors: the server hangs up", "connect again"),
    ("RCPT", 450): Advice(
        "greylisting, or a mailbox that is busy", "try the same again in five to fifteen minutes"
    ),
    ("RCPT", 451): Advice("greylisting, or a look-up that failed", "try the same again in some minutes"),
    ("RCPT", 452): Advice("too many recipients, or the mailbox is full", "send the rest in a further transaction"),
    ("RCPT", 501): Advice("brackets are missing, or a blank behind the colon", "RCPT TO:<a@b.example>"),
    ("RCPT", 503): Advice("MAIL has not succeeded", "MAIL first; /state shows where you are"),
    ("RCPT", 530): Advice("the server wants a login before it relays", "STARTTLS, EHLO, AUTH"),
    ("RCPT", 550): Advice(
        "no such mailbox, or relaying to a domain that is not the server's", "5.1.1 or 5.7.1 says which"
    ),
    ("RCPT", 551): Advice("the user has moved", "send to the path in the text"),
    ("RCPT", 553): Advice(
        "the address is not allowed, or its domain is not among those served", "look at the address"
    ),
    ("RCPT", 554): Advice(
        "relaying is denied, or your address is on a block list: many servers wait till RCPT to say so",
        "log in, or send to the domain's own MX; read the text",
    ),
    ("RCPT", 555): Advice("a parameter behind the path that was not offered", "leave it out"),
    ("DATA", 451): Advice("the server's own trouble, or a policy that says later", "try again later"),
    ("DATA", 503): Advice(
        "no recipient was accepted, or BDAT was used before", "one RCPT must be answered 250 first"
    ),
    ("DATA", 554): Advice("no recipient was accepted, or something was sent too early", "RCPT first, and wait"),
    ("CONTENT", 421): Advice(
        "a time-out in the middle, or a filter that hung up", "connect again; /timing shows pauses"
    ),
    ("CONTENT", 451): Advice("a content filter or scanner does not answer", "try again later"),
    ("CONTENT", 452): Advice("a full disk", "try again later"),
    ("CONTENT", 550): Advice("a filter or a policy such as DMARC refused the message", "the text says why"),
    ("CONTENT", 552): Advice("larger than the limit; or, at large providers, a forbidden attachment", "send less"),
    ("CONTENT", 554): Advice(
        "a filter took it for spam or a virus, a mail loop, a line too long",
        "the text says which; send a plain text",
    ),
    ("BDAT", 503): Advice(
        "no recipient was accepted, or an earlier chunk failed", "RSET, and begin the transaction anew"
    ),
    ("BDAT", 552): Advice(
        "the chunks together are more than the server takes", "RSET; EHLO says how much it takes"
    ),
    ("STARTTLS", 454): Advice(
        "no certificate, or one that cannot be read", "go on without TLS; the log knows more"
    ),
    ("STARTTLS", 501): Advice("something stands behind STARTTLS", "say STARTTLS alone"),
    ("STARTTLS", 502): Advice("the server has no TLS, or a firewall hides it", "try port 465, smtps://"),
    ("STARTTLS", 503): Advice("TLS is on already, or EHLO was not said", "EHLO first"),
    ("STARTTLS", 554): Advice("TLS is on already", "go on: all is encrypted"),
    ("AUTH", 454): Advice("the password store does not answer", "try again later; the log knows more"),
    ("AUTH", 500): Advice("no AUTH here, or only inside TLS", "STARTTLS, EHLO, and see whether AUTH is offered"),
    ("AUTH", 501): Advice("the initial response is not base64, or the mechanism takes none", "leave it out"),
    ("AUTH", 502): Advice("no AUTH at this port", "submission is port 587, or 465 with TLS from the start"),
    ("AUTH", 503): Advice(
        "you are logged in already, in the middle of a transaction, or AUTH is not enabled before TLS",
        "STARTTLS and EHLO, or RSET, then again",
    ),
    ("AUTH", 504): Advice(
        "the mechanism is not offered", "EHLO's AUTH line lists those that are; /auth picks one"
    ),
    ("AUTH", 534): Advice(
        "the mechanism is too weak for the account, or an app password is wanted", "read the text"
    ),
    ("AUTH", 535): Advice(
        "wrong name or password; an account that needs an app password or OAuth; a login that is forbidden here",
        "try the name with and without its domain; read the text",
    ),
    ("AUTH", 538): Advice("a password in clear outside TLS", "STARTTLS, then again"),
    ("AUTH-RESPONSE", 501): Advice("the answer was not base64, or * gave up", "/set auth plain encodes for you"),
    ("AUTH-RESPONSE", 535): Advice(
        "wrong name or password; an account that needs an app password or OAuth; a login that is forbidden here",
        "try the name with and without its domain; read the text",
    ),
    ("VRFY", 252): Advice(
        "the server does not tell who exists, so that nobody can collect addresses", "ask by RCPT"
    ),
    ("VRFY", 502): Advice("turned off, so that nobody can collect addresses", "ask by RCPT"),
    ("VRFY", 550): Advice("no such user", "check the spelling"),
    ("VRFY", 553): Advice("several users fit", "give the whole address"),
    ("EXPN", 502): Advice("turned off, so that nobody can collect addresses", "go without it"),
    ("EXPN", 550): Advice("no such list, or a user and no list", "ask VRFY"),
    ("ETRN", 458): Advice("the queue cannot be started now", "try again later"),
    ("ETRN", 459): Advice("the server does not keep mail for that node", "check the node's name"),
}
"""(verb or pseudo-verb, code) -> what the code usually means as its answer."""
