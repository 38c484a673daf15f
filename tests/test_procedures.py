"""The one-call procedures: what a program asks for in one line, and the ancestor's faults that must not return."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from smtpshell import procedures
from smtpshell.practice import PracticeServer
from smtpshell.session.listener import Conversation, Listener
from smtpshell.session.session import Session
from tests.servers.real_servers import RealServer, wait_for_message

SENDER, STUDENT, TEACHER, NOBODY = (f"{name}@example.test" for name in ("sender", "student", "teacher", "nobody"))
MESSAGE = b"Subject: hello\r\n\r\nA line.\r\n"


@pytest.fixture
def practice() -> Iterator[PracticeServer]:
    """A practice server for one test."""
    with PracticeServer() as server:
        yield server


@contextmanager
def scripted(*turns: bytes) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """A server that says its turns, one after each line it hears, then closes; gives its URL and what it heard."""
    heard, over = bytearray(), threading.Event()

    def serve(conversation: Conversation) -> None:
        conversation.send(turns[0])
        for turn in turns[1:]:
            line = b""
            while not line.endswith(b"\n"):
                octets = conversation.receive()
                if not octets:
                    break
                line += octets
                heard.extend(octets)
            conversation.send(turn)
        # After its last word it closes, as after 421 and 221; whatever came then would have been heard.
        conversation.close()
        over.set()

    def all_heard() -> bytes:
        assert over.wait(10)
        return bytes(heard)

    with Listener(serve) as listener:
        yield f"smtp://{listener.host}:{listener.port}", all_heard


# content as given, and as the mailbox must hold it
BODIES = {
    "first line begins with a dot": (b".dotted\r\nmore\r\n", b".dotted\r\nmore\r\n"),
    "already ends in CRLF": (b"a\r\n", b"a\r\n"),
    "does not end in a line end": (b"a", b"a\r\n"),
    "bare LF": (b"a\nb\n", b"a\r\nb\r\n"),
    "a lone dot": (b"a\r\n.\r\nb\r\n", b"a\r\n.\r\nb\r\n"),
    "empty": (b"", b""),
}


@pytest.mark.parametrize("body", BODIES)
def test_sendmail_keeps_the_content(practice: PracticeServer, body: str) -> None:
    """The content arrives whole: dots stuffed, one line end at the end and no more, bare LF made CRLF."""
    given, kept = BODIES[body]
    code, _ = procedures.sendmail([STUDENT], given, practice.url, reverse_path=SENDER)
    assert code == 250
    assert [message.content for message in practice.mailboxes.mailbox("student").messages] == [kept]


@pytest.mark.parametrize(
    "body",
    ["Gr\u00fc\u00dfe\n", "Gr\u00fc\u00dfe\r\n".encode(), io.BytesIO("Gr\u00fc\u00dfe\n".encode())],
    ids=["str", "bytes", "stream"],
)
def test_sendmail_takes_text_octets_and_streams(practice: PracticeServer, body: str | bytes | io.BytesIO) -> None:
    """Text goes out as UTF-8, octets as they are, a stream without being read whole."""
    assert procedures.sendmail([STUDENT], body, practice.url)[0] == 250
    assert practice.mailboxes.mailbox("student").messages[0].content == "Gr\u00fc\u00dfe\r\n".encode()


def test_sendmail_partly_refused(practice: PracticeServer) -> None:
    """The refused recipients are listed with their replies; the others have the message."""
    code, losers = procedures.sendmail([STUDENT, NOBODY, TEACHER], MESSAGE, practice.url)
    assert code == procedures.PARTLY_REFUSED == 700
    assert [(name, code) for name, code, *_ in losers] == [(NOBODY, 550)]
    assert [len(practice.mailboxes.mailbox(name).messages) for name in ("student", "teacher")] == [1, 1]


def test_sendmail_all_refused(practice: PracticeServer) -> None:
    """With no recipient left the last refusal is the answer, and DATA is never sent."""
    code, texts = procedures.sendmail([NOBODY], MESSAGE, practice.url)
    assert code == 550
    assert texts


def test_sendmail_to_lmtp() -> None:
    """With LMTP each recipient's own reply to the content counts."""
    with PracticeServer(lmtp=True) as server:
        code, losers = procedures.sendmail([STUDENT, "picky@example.test"], MESSAGE, server.url)
        assert code == 700
        assert [(name, code // 100) for name, code, *_ in losers] == [("picky@example.test", 5)]
        assert len(server.mailboxes.mailbox("student").messages) == 1


def test_send_message_stops_at_the_first_refusal(practice: PracticeServer) -> None:
    """The plain sequence gives up where sendmail would go on."""
    code, _ = procedures.send_message(SENDER, "client.example.test", [NOBODY, STUDENT], practice.url, MESSAGE)
    assert code == 550
    assert practice.mailboxes.mailbox("student").messages == []
    code, _ = procedures.send_message(SENDER, "client.example.test", [STUDENT], practice.url, MESSAGE)
    assert code == 250
    assert len(practice.mailboxes.mailbox("student").messages) == 1


def test_questions(practice: PracticeServer) -> None:
    """VRFY, EXPN and HELP each connect, say hello, ask and leave."""
    assert procedures.vrfy("student", practice.url)[0] in (250, 252)
    assert procedures.vrfy("nobody", practice.url)[0] == 550
    code, texts = procedures.expn("class", practice.url)
    assert code == 250
    assert len(texts) == 2
    assert procedures.mail_help(practice.url)[0] in (211, 214)
    assert procedures.mail_help(practice.url, "MAIL")[0] in (211, 214)


def test_saml_is_sent_as_saml() -> None:
    """SAML goes out as SAML FROM:<...>, and so do its sisters."""
    with scripted(b"220 mx\r\n", b"250 ok\r\n", b"250 ok\r\n", b"250 ok\r\n") as (url, heard):
        with Session.connect(url) as session:
            session.wait_for_replies()
            assert [session.saml(SENDER).code, session.soml(SENDER).code, session.send_from(SENDER).code] == [
                250
            ] * 3
        assert heard() == b"".join(
            b"%s FROM:<sender@example.test>\r\n" % verb for verb in (b"SAML", b"SOML", b"SEND")
        )


@pytest.mark.parametrize("farewell", [b"421 closing\r\n", b"221 bye\r\n"])
def test_no_quit_to_a_server_that_closes(farewell: bytes) -> None:
    """After 421 or 221 nothing more is sent."""
    with scripted(b"220 mx\r\n", b"250 mx\r\n", farewell) as (url, heard):
        assert procedures.vrfy("student", url, local_host="c")[0] == int(farewell[:3])
        assert heard() == b"EHLO c\r\nVRFY student\r\n"


def test_helo_to_an_old_server() -> None:
    """A server that does not know EHLO is greeted with HELO (RFC 5321 3.2)."""
    turns = (b"220 mx\r\n", b"500 what\r\n", b"250 mx\r\n", b"250 somebody\r\n", b"221 bye\r\n")
    with scripted(*turns) as (url, heard):
        assert procedures.vrfy("x", url, local_host="c") == (250, ["somebody"])
        assert heard() == b"EHLO c\r\nHELO c\r\nVRFY x\r\nQUIT\r\n"


@pytest.mark.parametrize(
    ("turns", "code"),
    [((b"554 no\r\n", b"221 bye\r\n"), 554), ((b"garbage\r\n",), 600), ((b"220-mx\r\n22",), 621)],
)
def test_greetings_that_are_none(turns: tuple[bytes, ...], code: int) -> None:
    """A greeting that refuses, cannot be read, or breaks off is the answer."""
    with scripted(*turns) as (url, _):
        assert procedures.vrfy("x", url)[0] == code


def test_transactions_can_leave_the_session_open(practice: PracticeServer) -> None:
    """With close=False the session goes on after the last step."""
    with Session.connect(practice.url) as session:
        session.wait_for_replies()
        reply = procedures.transactions(session, lambda s: s.ehlo("c"), lambda s: s.noop(), close=False)
        assert reply.code == 250
        assert session.noop().code == 250


def test_real_servers(postfix: RealServer, exim: RealServer) -> None:
    """Postfix and Exim take a message, refuse one recipient, and answer questions."""
    for server in (postfix, exim):
        where = f"127.0.0.1:{server.smtp_port}"
        body = f"Subject: procedures to {server.name}\n\n.dot\n"
        code, losers = procedures.sendmail([server.valid_recipient, NOBODY], body, where, reverse_path=server.user)
        assert code == 700, losers
        assert [loser[0] for loser in losers] == [NOBODY]
        assert b"\n.dot" in wait_for_message(server.mailbox_dir, f"procedures to {server.name}".encode())
        assert procedures.vrfy(server.valid_recipient, where)[0] in (250, 252)
    assert procedures.expn("list@example.test", f"127.0.0.1:{exim.smtp_port}")[0] == 250
    assert procedures.mail_help(f"127.0.0.1:{exim.smtp_port}")[0] == 214
