"""A mail server to practise on: it runs in the shell's own process, answers everything, and nothing leaves it.

A learner needs a server that may be broken, and a tester one that behaves the same each time.  This one keeps
every message to the octet, with the envelope it came in, and houses mailboxes that each show one thing a real
server may do: accept, refuse, be full, greylist, forward, have moved, refuse the content.

Everything EHLO offers is true, and what it does is data wherever it can be:

    users.py           who may log in                                          a table
    mailboxes.py       who lives here, how each behaves, what was delivered     tables, and the store
    replies.py         all it can say                                          a table
    site.py            what conversations share; what one knows of its client
    mischief.py       what it does wrong on request                            a table
    receiver.py        one conversation, octets in, octets out: the order of things, one method a verb
    lines.py           whether a line can be a command
    hello.py  authentication.py  transaction.py  inquiries.py                   the families of verbs
    certificate.py     its certificate, made by an authority of its own
    contexts.py        the same for other servers that run here
    server.py          PracticeServer: sockets and threads (session/listener.py) around receivers

It speaks SMTP and LMTP, over TCP or a unix socket, with STARTTLS or TLS from the start.  It forwards nothing: a
message for another domain is kept under that name, once the client has logged in.
"""

from __future__ import annotations

from smtpshell.practice.mailboxes import DOMAIN, MAILBOXES, DeliveredMessage, Mailbox, Mailboxes
from smtpshell.practice.receiver import Receiver
from smtpshell.practice.server import PracticeServer
from smtpshell.practice.site import Site
from smtpshell.practice.users import USERS, User

__all__ = [
    "DOMAIN",
    "MAILBOXES",
    "USERS",
    "DeliveredMessage",
    "Mailbox",
    "Mailboxes",
    "PracticeServer",
    "Receiver",
    "Site",
    "User",
]
