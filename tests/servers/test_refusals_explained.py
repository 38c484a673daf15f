"""What Postfix, Exim and Dovecot refuse with is known to /explain, by the words they really say."""

from __future__ import annotations

from smtpshell.protocol.advice.texts import known_texts
from tests.servers.real_servers import RealServer
from tests.shell.support import Shell

HELLO, MAIL = "EHLO client.example.test", "MAIL FROM:<sender@example.test>"

# (server, door) -> lines in their order, and the wording that the reply to each is; "" for one that is positive
REFUSALS: dict[tuple[str, str], list[tuple[str, str]]] = {
    ("postfix", "smtp"): [
        ("XYZZY", "unknown command"),
        ("MAIL FROM:<a@b.example", "bad address syntax"),
        ("RCPT TO:<a@b.example>", "out of order"),
        (HELLO, ""),
        (f"{MAIL} FOO=BAR", "parameter refused"),
        (f"{MAIL} SIZE=999999999999", "message too big"),
        ("RSET", ""),
        (MAIL, ""),
        (MAIL, "out of order"),
        ("RCPT TO:<x@elsewhere.example>", "relaying denied"),
        ("RCPT TO:<nobody-here@example.test>", "user unknown"),
        ("DATA", "out of order"),
        ("AUTH PLAIN AHgAeQ==", "AUTH is not there"),
    ],
    ("postfix", "submission"): [(HELLO, ""), (MAIL, "TLS first")],
    ("exim", "smtp"): [
        ("XYZZY", "unknown command"),
        (MAIL, "hello first"),
        ("RCPT TO:<a@b.example>", "out of order"),
        (HELLO, ""),
        (MAIL, ""),
        (MAIL, "out of order"),
        ("RCPT TO:<x@elsewhere.example>", "relaying denied"),
        ("RCPT TO:<nobody-here@example.test>", "user unknown"),
    ],
    ("dovecot", "lmtp"): [
        ("LHLO client.example.test", ""),
        ("XYZZY", "unknown command"),
        ("MAIL FROM:<a@b.example", "bad address syntax"),
        ("RCPT TO:<a@b.example>", "out of order"),
        (f"{MAIL} FOO=BAR", "parameter refused"),
        (MAIL, ""),
        (MAIL, "out of order"),
        ("RCPT TO:<nobody-here@example.test>", "user unknown"),
        ("DATA", "out of order"),
    ],
    ("dovecot", "submission"): [
        (HELLO, ""),
        (MAIL, "login needed"),
        ("AUTH NONSENSE", "mechanism not there"),
        ("AUTH PLAIN AHgAeQ==", "credentials refused"),
    ],
}


def test_refusals(real_server: RealServer) -> None:
    """Each refusal of the server's conversations is recognised by its text."""
    conversations = {door: lines for (name, door), lines in REFUSALS.items() if name == real_server.name}
    assert conversations
    for door, lines in conversations.items():
        shell = Shell()
        scheme = "lmtp" if door == "lmtp" else "smtp"
        shell.open(f"{scheme}://{real_server.host}:{getattr(real_server, f'{door}_port')}")
        shell.wait()
        for line, name in lines:
            shell.say(line)
            reply = shell.last_reply
            assert reply is not None
            found = next(known_texts(reply.text), None) if reply.code >= 400 else None
            assert (line, reply.text, found.name if found else "") == (line, reply.text, name)
        shell.close()
