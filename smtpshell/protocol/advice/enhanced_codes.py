"""Enhanced status codes: what usually causes each, and what to try; class 2 reports success and needs neither."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from smtpshell.protocol.advice import Advice

__all__ = ["ENHANCED_CODES"]

ENHANCED_CODES: Final[Mapping[tuple[int, int], Advice]] = {
    (0, 0): Advice(
        "the server had nothing better to say, or a filter in front of it answered",
        "read the text and the reply code; the server's log knows more",
    ),
    (1, 0): Advice(
        "an address that the server's tables refuse for a reason of their own",
        "read the text; try another address",
    ),
    (1, 1): Advice(
        "a misspelt local-part, an account that is gone, or a server that was not told of its users",
        "check the spelling; ask the domain's postmaster; VRFY, where it is answered, tells without sending",
    ),
    (1, 2): Advice(
        "a misspelt domain, or one without MX and address records",
        "look up the domain's MX records; mx:DOMAIN goes to the hosts they name",
    ),
    (1, 3): Advice("missing brackets, blanks, a comma, two @", "write RCPT TO:<local-part@domain>"),
    (1, 4): Advice("a short name that fits several users", "give the whole address"),
    (1, 5): Advice("with 4yz or 5yz it contradicts itself", "go by the reply code"),
    (1, 6): Advice("the user has left, and nobody knows for where", "ask the user; take the address off lists"),
    (1, 7): Advice("missing brackets, blanks, a name without a domain", "write MAIL FROM:<local-part@domain>"),
    (1, 8): Advice(
        "the sender's domain has neither MX nor address records, or DNS does not answer",
        "send from a domain that exists and can take bounces; with 4yz wait for DNS",
    ),
    (1, 9): Advice("a gateway to a system without delivery notices", "expect no further notice"),
    (1, 10): Advice(
        "the domain publishes the MX record '.', which says that it takes no mail",
        "use another address; nothing sent there can arrive",
    ),
    (2, 0): Advice(
        "trouble with this one mailbox that has no code of its own", "read the text; try later with 4yz"
    ),
    (2, 1): Advice(
        "an account that is suspended, expired, or receives too much at once",
        "with 4yz try later; else ask the mailbox's owner by another way",
    ),
    (2, 2): Advice("the mailbox has used up its quota", "try again in days rather than minutes; tell the owner"),
    (2, 3): Advice("this mailbox has a smaller limit than the server's SIZE", "send less, or a link"),
    (2, 4): Advice("a list with a broken member or file", "tell the list's owner"),
    (3, 0): Advice(
        "the server's own trouble: a queue, a database, a filter that does not answer", "try again later"
    ),
    (3, 1): Advice("a full disk at the server", "try again later; tell its postmaster if it lasts"),
    (3, 2): Advice(
        "a shutdown, overload, or a host that takes no mail on purpose",
        "try again later; with 521 look at the MX records",
    ),
    (3, 3): Advice(
        "a parameter or a kind of content that this server cannot do", "compare with what EHLO offered"
    ),
    (3, 4): Advice("the message is larger than SIZE in the reply to EHLO", "send less; base64 adds a third"),
    (3, 5): Advice(
        "a mistake in the server's configuration, such as a missing table or a loop back to itself",
        "tell the postmaster; a client can do nothing",
    ),
    (3, 6): Advice(
        "the server's policy changed the priority that was asked for", "nothing; it is for information"
    ),
    (4, 0): Advice("the network between the server and the next host", "try again later"),
    (4, 1): Advice("the next host is down, or a firewall drops packets to port 25", "try that host yourself"),
    (4, 2): Advice(
        "a connection that broke or timed out, also that of this session", "connect again; watch /timing"
    ),
    (4, 3): Advice(
        "DNS or a directory that the server needs did not answer", "try again later; check the name servers"
    ),
    (4, 4): Advice(
        "no MX or address record that can be used, or all of them point back", "look up the MX records"
    ),
    (4, 5): Advice(
        "too much mail for the system at this hour, or a daily limit", "try again later, and less at once"
    ),
    (4, 6): Advice(
        "two servers forward to each other, or MX points to a host that does not think itself final",
        "count the Received fields; correct MX records or forwarding",
    ),
    (4, 7): Advice("the message was in the queue longer than the server tries", "find out why it could not leave"),
    (5, 0): Advice("a breach of the protocol that has no code of its own", "read the text; /findings may know it"),
    (5, 1): Advice(
        "a command before the one it needs, a misspelt verb, or one that is not offered here",
        "/state says what may come; EHLO says what is offered",
    ),
    (5, 2): Advice(
        "a typing mistake, a line too long, a line that ends in a bare LF", "/help VERB shows the syntax"
    ),
    (5, 3): Advice("more recipients than the server takes in one transaction", "send the rest in a further one"),
    (5, 4): Advice(
        "a parameter the server does not know, or a wrong value", "leave it out, or /explain PARAMETER"
    ),
    (5, 5): Advice("two sides that speak different versions", "try HELO instead of EHLO"),
    (5, 6): Advice(
        "a ticket or certificate in base64 that is longer than the server reads",
        "leave out the initial response; use another mechanism",
    ),
    (6, 0): Advice("a filter that refused the content without saying why", "send a short plain text and compare"),
    (6, 1): Advice("an attachment of a kind that is refused", "send it another way, or as a link"),
    (6, 2): Advice("the next host cannot take 8-bit content, and converting was forbidden", "send 7-bit content"),
    (6, 3): Advice("the next host cannot take this content, and this one cannot convert it", "send 7-bit content"),
    (6, 4): Advice("the content was converted on the way", "nothing; send simpler content where it matters"),
    (6, 5): Advice("malformed MIME, so that it could not be converted", "check the message's MIME structure"),
    (6, 6): Advice("BURL named something that could not be fetched", "check the URL, and its rights"),
    (6, 7): Advice(
        "an address beyond ASCII without SMTPUTF8 behind MAIL, or to a server that does not offer it",
        "say MAIL FROM:<...> SMTPUTF8 where it is offered; else use an ASCII address",
    ),
    (6, 8): Advice("the answer holds addresses beyond ASCII", "put SMTPUTF8 behind VRFY or EXPN"),
    (6, 9): Advice("header fields in UTF-8, and a next host without SMTPUTF8", "encode the header fields"),
    (6, 10): Advice("an old code for X.6.8", "see 5.6.8"),
    (7, 0): Advice(
        "TLS or a login is needed first, a login was broken off, or a policy",
        "STARTTLS, EHLO, AUTH, then again; else read the text",
    ),
    (7, 1): Advice(
        "relaying that is denied, a blocked address, a refused sender, content a filter did not like",
        "the text says which: /explain '550 5.7.1 TEXT' knows many",
    ),
    (7, 2): Advice("a closed list", "send from a member's address"),
    (7, 3): Advice(
        "signed or encrypted content that would have to be changed", "send it in a form that need not be"
    ),
    (7, 4): Advice("a security feature that was asked for and is not there", "compare with what EHLO offered"),
    (7, 5): Advice("a key or a signature that could not be used", "check the keys; the server's log knows more"),
    (7, 6): Advice("an algorithm that is too old or too new for the server", "use another one"),
    (7, 7): Advice("the content changed on the way", "look for what rewrites it: a footer, a gateway"),
    (7, 8): Advice(
        "a wrong user name or password, or an account that needs another kind of password",
        "try the name with and without its domain; providers with two factors want an app password",
        "RFC 4954 6; app passwords: Google, Microsoft",
    ),
    (7, 9): Advice(
        "the account's policy forbids this mechanism", "try a stronger one of those offered: /auth picks it"
    ),
    (7, 10): Advice("no TLS yet", "STARTTLS, then EHLO again, then the command"),
    (7, 11): Advice(
        "PLAIN or LOGIN outside TLS", "STARTTLS first, or a mechanism that does not show the password"
    ),
    (7, 12): Advice("the account has no data for this mechanism yet", "log in once by PLAIN inside TLS"),
    (7, 13): Advice("the account is suspended or must do something first", "ask the administrator"),
    (7, 14): Advice("the server wants an arrangement with your organisation", "ask its postmaster"),
    (7, 15): Advice("MT-PRIORITY below what the server takes now", "try later, or with a higher priority"),
    (7, 16): Advice("a big message with a high priority", "send it smaller, or with a lower priority"),
    (7, 17): Advice("RRVS: the address was given to somebody else since", "do not send; the old owner is gone"),
    (7, 18): Advice("RRVS: the domain was given to somebody else since", "do not send; the old owner is gone"),
    (7, 19): Advice(
        "RRVS: the server does not know when the address was given out", "send without RRVS, or not at all"
    ),
    (7, 20): Advice(
        "the message was not signed, or changed after it was", "check the DKIM signature and its DNS record"
    ),
    (7, 21): Advice("signatures are there, none by an accepted domain or key", "check key size and domain"),
    (7, 22): Advice("signed, but not by the domain in From", "sign with the domain of the From field"),
    (7, 23): Advice(
        "the sender's domain does not list your address in its SPF record",
        "send through its servers, or add the address to the record",
    ),
    (7, 24): Advice("the SPF record is malformed, or needs more than ten look-ups", "check the record"),
    (7, 25): Advice(
        "your address has no PTR record, or its name does not lead back to it",
        "ask whoever gave you the address for a PTR record that matches the name's address",
    ),
    (7, 26): Advice(
        "SPF and DKIM both fail, or neither fits the domain in From (DMARC)",
        "sign with DKIM by the domain of From, or send from a listed address",
    ),
    (7, 27): Advice(
        "the sender's domain says that it takes no mail, so bounces cannot go back", "use another sender"
    ),
    (7, 28): Advice("more mail than usual from this sender or address", "send less at once, wait, try again"),
    (7, 29): Advice("a forwarder broke the ARC chain", "look at the ARC fields of the message as it arrived"),
    (7, 30): Advice("REQUIRETLS, and a next host that cannot promise it", "send without it, if that may be"),
}
"""(subject, detail) -> advice."""
