"""What the practice server does wrong on request, and that it does it to nobody else."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from smtpshell.errors import UsageError
from smtpshell.practice import Mailboxes, PracticeServer, Receiver, Site
from smtpshell.practice.mischief import GARBAGE, KINDS, STEPS, Mischief, read_rule

# words -> the rule as it is kept, and what it is said to do
RULES = [
    ("delay 2s", "waits 2 s before each reply"),
    ("delay 300ms", "waits 0.3 s before each reply"),
    ("delay 0.5", "waits 0.5 s before each reply"),
    ("fail rcpt", "makes the reply to RCPT: 451 4.0.0 Refused, as you asked"),
    ("fail RCPT 552 5.2.2 is full", "makes the reply to RCPT: 552 5.2.2 is full"),
    ("fail RCPT is full", "makes the reply to RCPT: 451 4.0.0 is full"),
    ("fail EHLO 504", "makes the reply to EHLO: 504 Refused, as you asked"),
    ("fail CONNECT 554 go away", "makes the greeting: 554 go away"),
    ("drop on CONTENT", "hangs up instead of the reply behind the content"),
    ("drop after DATA", "hangs up behind the reply to DATA"),
    ("cut", "sends replies octet by octet"),
    ("cut replies", "sends replies octet by octet"),
    ("garbage", "sends with each reply a line that is no reply before it"),
    ("garbage bare-lf", "sends with each reply lines that end with LF alone"),
    ("close", "says 421 and closes, to who is connected and to who comes"),
]

WRONG = [
    ("", "is no mischief"),
    ("once", "is no mischief"),
    ("sulk", "'sulk' is no mischief; there is delay SECONDS"),
    ("delay", "a delay is a number of seconds"),
    ("delay 1e3", "a delay is a number of seconds"),
    ("delay 3601", "a delay is a number of seconds"),
    ("fail LUNCH", "'LUNCH' is no step"),
    ("fail", "no step is named"),
    ("fail RCPT 250", "'250' is no refusal"),
    ("fail RCPT 4520", "'4520' is no refusal"),
    ("fail RCPT 452 \x1b[2J", "no control characters"),
    ("drop DATA", "write drop on STEP"),
    ("drop", "write drop on STEP"),
    ("drop on", "no step is named"),
    ("garbage lunch", "'lunch' is no garbage"),
    ("cut replies now", "'now' is too much; it is written: cut replies"),
    ("close it", "'it' is too much"),
]

HELLO = b"EHLO c\r\n"
TRANSACTION = b"MAIL FROM:<>\r\nRCPT TO:<student@example.test>\r\nRCPT TO:<teacher@example.test>\r\n"
CONTENT = b"DATA\r\nSubject: x\r\n\r\n.\r\n"
CHUNK = b"BDAT 4 LAST\r\nx\r\n\n"

# rules -> what a client says behind its hello, the codes it gets, whether it is hung up on, messages kept
CONVERSATIONS = {
    "fail RCPT 452 once full": (TRANSACTION + CONTENT, "250 452 452 503 500 500 500", False, 0),
    "once fail RCPT 550": (TRANSACTION + CONTENT, "250 550 250 354 250", False, 1),
    "fail MAIL 421 not today": (TRANSACTION, "421", True, 0),
    "fail DATA 451": (TRANSACTION + b"DATA\r\nNOOP\r\n", "250 250 250 451 250", False, 0),
    "fail CONTENT 552": (TRANSACTION + CONTENT + b"NOOP\r\n", "250 250 250 354 552 250", False, 0),
    "fail CONTENT 421": (TRANSACTION + CONTENT + b"NOOP\r\n", "250 250 250 354 421", True, 0),
    "once fail BDAT 452": (
        TRANSACTION + b"BDAT 2\r\nabBDAT 1 LAST\r\ncRSET\r\n",
        "250 250 250 452 503 250",
        False,
        0,
    ),
    "fail AUTH-RESPONSE 454": (b"AUTH PLAIN\r\nAA==\r\nNOOP\r\n", "334 454 250", False, 0),
    "drop on MAIL": (TRANSACTION, "", True, 0),
    "drop after MAIL": (TRANSACTION, "250", True, 0),
    "drop after DATA": (TRANSACTION + CONTENT, "250 250 250 354", True, 0),
    "drop on CONTENT": (TRANSACTION + CONTENT, "250 250 250 354", True, 1),
    "drop after CONTENT": (TRANSACTION + CONTENT, "250 250 250 354 250", True, 1),
    "drop on BDAT": (TRANSACTION + CHUNK, "250 250 250", True, 1),
    "drop on STARTTLS": (b"STARTTLS\r\n", "", True, 0),
    "drop on HELP": (b"NOOP\r\n", "250", False, 0),
}


def receiver(*rules: str, lmtp: bool = False) -> tuple[Receiver, Site]:
    """Make a receiver of a site with some rules on."""
    mischief = Mischief([read_rule(rule.split()) for rule in rules])
    site = Site(mailboxes=Mailboxes(), lmtp=lmtp, mischief=mischief)
    return Receiver(site), site


def codes(octets: bytes) -> str:
    """Give the codes of whole replies."""
    return " ".join(line[:3].decode() for line in octets.splitlines() if line[3:4] == b" ")


def kept(site: Site) -> int:
    """Count the messages in one mailbox."""
    return len(site.mailboxes.mailbox("teacher").messages)


@pytest.mark.parametrize(("words", "sentence"), RULES)
def test_a_rule_is_read_and_told(words: str, sentence: str) -> None:
    """Its words make it, and it says what it does; once is kept with it."""
    assert read_rule(words.split()).sentence == sentence
    once = read_rule(["once", *words.split()])
    assert (once.sentence, once.once, str(once)) == (sentence, True, f"once {words}")


def test_every_kind_is_read() -> None:
    """The table above has every kind."""
    assert {words.split()[0] for words, _ in RULES} == set(KINDS)


@pytest.mark.parametrize(("words", "said"), WRONG)
def test_what_cannot_be_read_is_said_in_one_line(words: str, said: str) -> None:
    """What is wrong with a rule, and how it is written."""
    with pytest.raises(UsageError) as caught:
        read_rule(words.split(" "))
    assert said in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize("rule", CONVERSATIONS)
def test_a_step_goes_wrong(rule: str) -> None:
    """Only the step named goes wrong; the conversation goes on from where it stands then."""
    said, expected, closed, messages = CONVERSATIONS[rule]
    talk, site = receiver(rule)
    talk.greeting()
    talk.receive_data(HELLO)
    assert codes(talk.receive_data(said)) == expected
    assert (talk.closed, kept(site)) == (closed, messages)
    assert not talk.tls_wanted


def test_a_refused_greeting_lets_in_nothing_but_quit() -> None:
    """RFC 5321 3.1: after 554 a client may only leave."""
    talk, _ = receiver("fail CONNECT 554 5.7.1 go away")
    assert talk.greeting() == b"554 go away\r\n"
    assert codes(talk.receive_data(b"EHLO c\r\nQUIT\r\n")) == "503 221"


@pytest.mark.parametrize(
    ("rule", "said"), [("close", b"421 "), ("drop on CONNECT", b""), ("drop after CONNECT", b"220 ")]
)
def test_a_connection_that_ends_at_once(rule: str, said: bytes) -> None:
    """It is closed with a word, without one, or right behind the greeting."""
    talk, _ = receiver(rule)
    assert talk.greeting()[:4] == said
    assert talk.closed


def test_lmtp_refuses_content_once_a_recipient() -> None:
    """One refusal for each recipient (RFC 2033 4.2)."""
    talk, site = receiver("fail CONTENT 452", lmtp=True)
    talk.greeting()
    talk.receive_data(b"LHLO c\r\n" + TRANSACTION)
    assert codes(talk.receive_data(CONTENT)) == "354 452 452"
    assert kept(site) == 0


@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_is_wrong(name: str) -> None:
    """Each kind makes something else of a reply than it was."""
    reply = b"250-one\r\n250 two\r\n"
    assert GARBAGE[name].change(reply) != reply
    assert GARBAGE[name].change(b"354 go\r\n") != b"354 go\r\n"


def test_rules_of_the_same_kind_and_step_replace_each_other() -> None:
    """The last word counts; another step is another rule."""
    mischief = Mischief()
    for words in ("fail RCPT 452", "fail MAIL", "fail RCPT 550", "delay 1", "delay 2"):
        mischief.add(read_rule(words.split()))
    assert [str(rule) for rule in mischief.rules] == ["fail MAIL", "fail RCPT 550", "delay 2"]


def test_every_step_can_be_refused() -> None:
    """The table of steps is the vocabulary of fail."""
    for step in STEPS:
        assert read_rule(["fail", step]).step == step


# ---------------------------------------------------------------- over sockets


@contextmanager
def connected(server: PracticeServer) -> Iterator[socket.socket]:
    """Connect, nothing read yet."""
    with socket.create_connection((server.host, server.port), timeout=10) as client:
        yield client


def read(client: socket.socket, until: bytes = b"\n") -> bytes:
    """Read up to something, or to the end."""
    octets = b""
    while until not in octets and (more := client.recv(65536)):
        octets += more
    return octets


def await_use(server: PracticeServer) -> None:
    """Wait until a conversation has taken the one rule there is."""
    while server.mischief.rules:
        threading.Event().wait(0.001)


def test_a_delay_keeps_nobody_else_waiting_and_ends_with_off() -> None:
    """One client waits an hour; the next is served at once; off gives the first its reply."""
    with PracticeServer() as server, connected(server) as first:
        assert read(first).startswith(b"220 ")
        server.misbehave(["once", "delay", "3600s"])
        first.sendall(b"NOOP\r\n")
        await_use(server)
        with connected(server) as second:
            assert read(second).startswith(b"220 ")
            second.sendall(b"NOOP\r\n")
            assert read(second) == b"250 2.0.0 OK\r\n"
        server.misbehave(["off"])
        assert read(first) == b"250 2.0.0 OK\r\n"


def test_close_ends_a_delay() -> None:
    """A server that waits is closed without waiting."""
    with PracticeServer() as server:
        server.misbehave(["once", "delay", "3600s"])
        with connected(server) as client:
            await_use(server)
            server.close()
            assert read(client, b"never").startswith(b"220 ")


def test_cut_replies_arrive_whole() -> None:
    """Octet by octet they are the same, inside TLS too."""
    with PracticeServer() as server:
        server.misbehave(["cut", "replies"])
        context = ssl.create_default_context(cadata=server.ca_pem.decode())
        with connected(server) as client:
            assert read(client).startswith(b"220 practice.example.test ESMTP")
            client.sendall(HELLO)
            assert read(client, b"250 STARTTLS\r\n").startswith(b"250-practice")
            client.sendall(b"STARTTLS\r\n")
            assert read(client) == b"220 2.0.0 Begin the TLS handshake\r\n"
            with context.wrap_socket(client, server_hostname="localhost") as inside:
                inside.sendall(b"NOOP\r\n")
                assert read(inside) == b"250 2.0.0 OK\r\n"


def test_garbage_goes_out() -> None:
    """The greeting has a line before it that is no reply."""
    with PracticeServer() as server:
        server.misbehave(["garbage"])
        with connected(server) as client:
            assert read(client, b"220 ").startswith(b"this is no reply\r\n220 ")


def test_close_says_421_to_who_is_there_and_to_who_comes() -> None:
    """Unasked to those that are connected, instead of a greeting to the next; once only to those that are."""
    with PracticeServer() as server:
        for words, next_said in (("once close", b"220 "), ("close", b"421 ")):
            with connected(server) as client:
                assert read(client).startswith(b"220 ")
                server.misbehave(words.split())
                assert read(client, b"never").startswith(b"421 4.3.2 ")
            with connected(server) as client:
                assert read(client)[:4] == next_said
        server.misbehave(["off"])
        with connected(server) as client:
            assert read(client).startswith(b"220 ")


def test_mischief_before_the_server_runs() -> None:
    """Rules may be on before anybody can connect."""
    server = PracticeServer()
    server.misbehave(["close"])
    with server, connected(server) as client:
        assert read(client).startswith(b"421 ")
