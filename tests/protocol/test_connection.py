"""Whole conversations on a Connection: pairing, states, boundaries, whatever the cut."""

from __future__ import annotations

import base64

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smtpshell.errors import LocalProtocolError, RemoteProtocolError
from smtpshell.protocol.commands import Auth, Bdat, Content, Data, Ehlo, Mail, Noop, Quit, Rcpt, StartTls
from smtpshell.protocol.connection import Connection
from smtpshell.protocol.content import ContentEncoder
from smtpshell.protocol.events import (
    Closed,
    CommandSent,
    ContentSent,
    ContinuationRequested,
    Discarded,
    Event,
    ReplyReceived,
    Wanted,
)
from smtpshell.protocol.limits import UNBOUNDED
from smtpshell.protocol.replies import Reply
from smtpshell.protocol.states import State
from tests.playbook import Playbook, pieces

ALL = ("PIPELINING", "SIZE 100000", "8BITMIME", "SMTPUTF8", "CHUNKING", "DSN", "STARTTLS", "AUTH CRAM-MD5", "ETRN")


def events_of(connection: Connection) -> list[Event]:
    """Take all events that are ready."""
    return list(iter(connection.next_event, None))


def test_a_whole_transaction() -> None:
    """Greeting to goodbye: each reply answers its command, and the state follows."""
    (
        Playbook()
        .greeted(*ALL)
        .check(lambda c: c.state is State.READY)
        .client("MAIL FROM:<student@example.test> SIZE=20\r\n")
        .sees("-> MAIL FROM:<student@example.test> SIZE=20")
        .check(lambda c: (c.state, c.assumed_state) == (State.READY, State.MAIL), "both readings of the state")
        .server("250 sender ok\r\n")
        .sees("<- 250 to MAIL")
        .client("RCPT TO:<teacher@example.test>\r\n")
        .sees("-> RCPT TO:<teacher@example.test>")
        .server("250 recipient ok\r\n")
        .sees("<- 250 to RCPT")
        .check(lambda c: c.facts.reverse_path == "student@example.test")
        .check(lambda c: c.facts.forward_paths == ("teacher@example.test",))
        .client("DATA\r\n")
        .sees("-> DATA")
        .server("354 go ahead\r\n")
        .sees("<- 354 to DATA", "?  content")
        .check(lambda c: c.wanted is Wanted.CONTENT)
        .content("Subject: x\n\n.dot\n")
        .sees("-> 24 octets of content, ended")
        .server("250 2.0.0 queued\r\n")
        .sees("<- 250 to CONTENT")
        .check(lambda c: c.state is State.READY and c.facts.forward_paths == ())
        .client("QUIT\r\n")
        .sees("-> QUIT")
        .server("221 bye\r\n")
        .sees("<- 221 to QUIT")
        .check(lambda c: c.state is State.CLOSED and not c.closed)
        .server_closes()
        .sees("*  closed by server")
        .run()
    )


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("EHLO client.example.test", "250 mx"),
        ("HELO client.example.test", "250 mx"),
        ("RSET", "250 ok"),
        ("VRFY teacher", "252 perhaps"),
        ("EXPN class", "250 <a@example.test>"),
        ("HELP", "214 read the RFC"),
        ("NOOP", "250 ok"),
        ("ETRN example.test", "250 ok"),
        ("MAIL FROM:<>", "250 ok"),
        ("SEND FROM:<a@b>", "250 ok"),
        ("SOML FROM:<a@b>", "250 ok"),
        ("SAML FROM:<a@b>", "250 ok"),
        ("TURN", "502 no"),
        ("ATRN", "502 no"),
        ("AUTH CRAM-MD5", "504 no"),
        ("STARTTLS", "454 not now"),
        ("XCLIENT ADDR=192.0.2.1", "220 mx"),
        ("XFORWARD ADDR=192.0.2.1", "250 ok"),
        ("QUIT", "221 bye"),
    ],
)
def test_every_verb_is_paired_with_its_reply(line: str, reply: str) -> None:
    """A verb that may come after the hello is sent without a finding but that it is obsolete, and answered."""
    verb = line.split()[0]
    offers = (*ALL, "SEND", "SOML", "SAML", "TURN", "ATRN", "XCLIENT", "XFORWARD")
    (
        Playbook()
        .greeted(*offers)
        .client(line + "\r\n")
        .sees(f"-> {line}" + " !verb-obsolete" * (verb in ("SEND", "SOML", "SAML", "TURN")))
        .server(reply + "\r\n")
        .sees(f"<- {reply[:3]} to {verb}")
        .run()
    )


def test_a_pipelined_group_with_a_refusal_in_the_middle() -> None:
    """Replies to a group come back in order; the refused recipient is not among the accepted ones."""
    (
        Playbook()
        .greeted(*ALL)
        .client("MAIL FROM:<a@b.test>\r\nRCPT TO:<one@b.test>\r\nRCPT TO:<two@b.test>\r\nDATA\r\n")
        .sees("-> MAIL FROM:<a@b.test>", "-> RCPT TO:<one@b.test>", "-> RCPT TO:<two@b.test>", "-> DATA")
        .check(lambda c: c.assumed_state is State.CONTENT and c.wanted is None)
        .server("250 ok\r\n550 5.1.1 nobody\r\n250 ok\r\n354 go\r\n")
        .sees("<- 250 to MAIL", "<- 550 to RCPT", "<- 250 to RCPT", "<- 354 to DATA", "?  content")
        .check(lambda c: c.facts.forward_paths == ("two@b.test",))
        .run()
    )


def test_a_pipelined_group_that_fails_as_a_whole() -> None:
    """Where MAIL is refused all that builds on it is, and the state is as before."""
    (
        Playbook()
        .greeted(*ALL)
        .client("MAIL FROM:<a@b.test>\r\nRCPT TO:<one@b.test>\r\nDATA\r\n")
        .sees("-> MAIL FROM:<a@b.test>", "-> RCPT TO:<one@b.test>", "-> DATA")
        .server("451 later\r\n503 MAIL first\r\n503 MAIL first\r\n")
        .sees("<- 451 to MAIL", "<- 503 to RCPT", "<- 503 to DATA")
        .check(lambda c: c.state is c.assumed_state is State.READY)
        .run()
    )


def test_content_sent_ahead_of_the_354() -> None:
    """What goes out behind DATA without waiting is content to the server, up to the lone dot."""
    (
        Playbook()
        .greeted(*ALL)
        .client("MAIL FROM:<a@b.test>\r\nRCPT TO:<one@b.test>\r\nDATA\r\n")
        .sees("-> MAIL FROM:<a@b.test>", "-> RCPT TO:<one@b.test>", "-> DATA")
        .client("Hi\r\n.\r\nQUIT\r\nRS")
        .sees("-> Hi !not-last-of-group !unknown-verb", "-> . !unknown-verb", "-> QUIT !out-of-sequence")
        .server("250 ok\r\n250 ok\r\n354 go\r\n")
        .sees("<- 250 to MAIL", "<- 250 to RCPT", "<- 354 to DATA", "?  content")
        .check(lambda c: [command.move for command in c.outstanding] == ["CONTENT", "QUIT"])
        .server("250 queued\r\n221 bye\r\n")
        .sees("<- 250 to CONTENT", "<- 221 to QUIT")
        .run()
    )


def test_unfinished_content_sent_ahead_goes_on() -> None:
    """Lines ahead of the 354 without a lone dot leave the content open."""
    (
        Playbook()
        .greeted()
        .client("MAIL FROM:<a@b.test>\r\n")
        .sees("-> MAIL FROM:<a@b.test>")
        .server("250 ok\r\n")
        .sees("<- 250 to MAIL")
        .client("DATA\r\nHi\r\n")
        .sees("-> DATA !out-of-sequence", "-> Hi !pipelining-not-offered !unknown-verb")
        .server("354 go\r\n")
        .sees("<- 354 to DATA", "?  content")
        .check(lambda c: c.wanted is Wanted.CONTENT and c.outstanding == ())
        .client("there\r\n.\r\n")
        .sees("-> 10 octets of content, ended")
        .server("250 queued\r\n")
        .sees("<- 250 to CONTENT")
        .run()
    )


def lmtp_transaction() -> Playbook:
    """Open an LMTP session with two recipients accepted and one refused."""
    return (
        Playbook()
        .greeted("PIPELINING", "CHUNKING", hello="LHLO")
        .client("MAIL FROM:<>\r\nRCPT TO:<one@b.test>\r\nRCPT TO:<no@b.test>\r\nRCPT TO:<two@b.test>\r\n")
        .sees("-> MAIL FROM:<>", "-> RCPT TO:<one@b.test>", "-> RCPT TO:<no@b.test>", "-> RCPT TO:<two@b.test>")
    )


ANSWERED = ("<- 250 to MAIL", "<- 250 to RCPT", "<- 550 to RCPT", "<- 250 to RCPT")


def test_lmtp_answers_data_for_each_recipient() -> None:
    """The content gets one reply for each accepted recipient; the transaction ends with the last."""
    (
        lmtp_transaction()
        .client("DATA\r\n")
        .sees("-> DATA")
        .server("250 ok\r\n250 ok\r\n550 no\r\n250 ok\r\n354 go\r\n")
        .sees(*ANSWERED, "<- 354 to DATA", "?  content")
        .content("Hi\r\n")
        .sees("-> 7 octets of content, ended")
        .server("250 2.0.0 ok\r\n")
        .sees("<- 250 to CONTENT for one@b.test")
        .check(lambda c: c.state is State.CONTENT and len(c.outstanding) == 1)
        .server("452 4.2.2 full\r\n")
        .sees("<- 452 to CONTENT for two@b.test")
        .check(lambda c: c.state is State.READY and c.outstanding == ())
        .run()
    )


def test_lmtp_answers_the_last_chunk_for_each_recipient() -> None:
    """BDAT LAST, pipelined behind its recipients, gets one reply for each that was accepted."""
    (
        lmtp_transaction()
        .client("BDAT 3 LAST\r\nHi\n")
        .sees("-> BDAT 3 LAST", "-> 3 octets of chunk, ended")
        .server("250 ok\r\n250 ok\r\n550 no\r\n250 ok\r\n250 first\r\n")
        .sees(*ANSWERED, "<- 250 to BDAT LAST")
        .check(lambda c: len(c.outstanding) == 1)
        .server("250 second\r\n")
        .sees("<- 250 to CONTENT for two@b.test")
        .check(lambda c: c.state is State.READY and c.outstanding == ())
        .run()
    )


def test_lmtp_refuses_the_chunk_once() -> None:
    """A BDAT line refused as a line has one reply, whoever the recipients are."""
    (
        lmtp_transaction()
        .client("BDAT 0 LAST\r\n")
        .sees("-> BDAT 0 LAST", "-> 0 octets of chunk, ended")
        .server("250 ok\r\n250 ok\r\n550 no\r\n250 ok\r\n503 no\r\n")
        .sees(*ANSWERED, "<- 503 to BDAT LAST")
        .check(lambda c: c.outstanding == ())
        .run()
    )


def test_chunks() -> None:
    """Chunks follow their BDAT at once, are counted, and hold anything, a lone dot and line ends included."""
    (
        Playbook()
        .greeted(*ALL)
        .client("MAIL FROM:<a@b.test>\r\nRCPT TO:<one@b.test>\r\n")
        .sees("-> MAIL FROM:<a@b.test>", "-> RCPT TO:<one@b.test>")
        .server("250 ok\r\n250 ok\r\n")
        .sees("<- 250 to MAIL", "<- 250 to RCPT")
        .client("BDAT 9\r\n\r\n.\r\nQUIT")
        .sees("-> BDAT 9", "-> 9 octets of chunk, ended")
        .server("250 9 octets\r\n")
        .sees("<- 250 to BDAT")
        .check(lambda c: c.state is State.CHUNKS)
        .client("BDAT 4 LAST\r\nab")
        .sees("-> BDAT 4 LAST", "-> 2 octets of chunk")
        .check(lambda c: c.chunk_wanted)
        .client("\0\xff")
        .sees("-> 2 octets of chunk, ended !content-nul !content-8bit")
        .check(lambda c: not c.chunk_wanted)
        .server("250 queued\r\n")
        .sees("<- 250 to BDAT LAST")
        .check(lambda c: c.state is State.READY)
        .run()
    )


def test_starttls_forgets_and_discards() -> None:
    """At the boundary what stood behind the 220 is kept apart, what was offered is forgotten, EHLO is due."""
    (
        Playbook()
        .greeted(*ALL)
        .client("STARTTLS\r\n")
        .sees("-> STARTTLS")
        .server("220 ready\r\n")
        .sees("<- 220 to STARTTLS", "?  tls")
        .server("250-evil\r\n250 AUTH PLAIN\r\n")
        .sees("*  discarded 26 octets !octets-before-tls")
        .tls("TLSv1.3")
        .sees("*  tls TLSv1.3")
        .check(lambda c: c.state is State.GREETED)
        .check(lambda c: c.facts.tls and c.facts.capabilities is None and not c.facts.hello)
        .client("EHLO client.example.test\r\n")
        .sees("-> EHLO client.example.test")
        .server("250-mx\r\n250 STARTTLS\r\n")
        .sees("<- 250 to EHLO !starttls-inside-tls !offers-lost-in-tls")
        .run()
    )


def test_octets_in_the_same_read_as_the_220_are_discarded() -> None:
    """The boundary lies behind the 220's line end, within one read as well."""
    connection = Connection()
    connection.receive_data(b"220 mx\r\n")
    connection.send(StartTls())
    events_of(connection)
    connection.receive_data(b"220 go\r\n250 evil\r\n250 par")
    assert [event.octets for event in events_of(connection) if isinstance(event, Discarded)] == [
        b"250 evil\r\n250 par"
    ]


def test_commands_behind_starttls_get_no_reply() -> None:
    """What was sent in the clear behind an accepted STARTTLS is forgotten, as the server does."""
    (
        Playbook()
        .greeted(*ALL)
        .client("STARTTLS\r\nNOOP\r\n")
        .sees("-> STARTTLS", "-> NOOP !out-of-sequence !not-last-of-group")
        .server("220 ready\r\n")
        .sees("<- 220 to STARTTLS", "?  tls")
        .check(lambda c: c.outstanding == ())
        .run()
    )


def test_implicit_tls_comes_before_the_greeting() -> None:
    """The handshake may be done first; the greeting is still outstanding."""
    (
        Playbook()
        .tls("TLSv1.3")
        .sees("*  tls TLSv1.3")
        .server("220 mx.example.test\r\n")
        .sees("<- 220 to CONNECT")
        .check(lambda c: c.facts.tls and c.state is State.GREETED)
        .run()
    )


USER, PASSWORD = (base64.b64encode(word).decode() for word in (b"student", b"rosebud"))


def test_auth_by_challenges() -> None:
    """Each 334 asks for one answer; the answers are secret; 235 logs in."""
    (
        Playbook()
        .tls()
        .sees("*  tls")
        .greeted("AUTH LOGIN")
        .client("AUTH LOGIN\r\n")
        .sees("-> AUTH LOGIN")
        .server("334 VXNlcm5hbWU6\r\n")
        .sees("<- 334 to AUTH", "?  auth-response VXNlcm5hbWU6")
        .check(lambda c: c.wanted is Wanted.AUTH_RESPONSE)
        .client(USER + "\r\n")
        .sees("-> " + "*" * len(USER))
        .server("334 UGFzc3dvcmQ6\r\n")
        .sees("<- 334 to AUTH-RESPONSE", "?  auth-response UGFzc3dvcmQ6")
        .client(PASSWORD + "\r\n")
        .sees("-> " + "*" * len(PASSWORD))
        .server("235 2.7.0 welcome\r\n")
        .sees("<- 235 to AUTH-RESPONSE")
        .check(lambda c: c.facts.authenticated and c.facts.mechanism == "LOGIN" and c.state is State.READY)
        .run()
    )


def test_auth_given_up() -> None:
    """A lone star gives up; it is no secret, and nobody is logged in."""
    (
        Playbook()
        .tls()
        .sees("*  tls")
        .greeted("AUTH CRAM-MD5")
        .client("AUTH CRAM-MD5\r\n")
        .sees("-> AUTH CRAM-MD5")
        .server("334 PDFAZXhhbXBsZT4=\r\n")
        .sees("<- 334 to AUTH", "?  auth-response PDFAZXhhbXBsZT4=")
        .client("*\r\n")
        .sees("-> *")
        .server("501 5.7.0 given up\r\n")
        .sees("<- 501 to AUTH-RESPONSE")
        .check(lambda c: not c.facts.authenticated and c.state is State.READY)
        .run()
    )


def test_answers_typed_ahead_are_secret() -> None:
    """Answers sent before their challenges are answers all the same: secret, paired, and no command is one."""
    (
        Playbook()
        .tls()
        .sees("*  tls")
        .greeted("AUTH LOGIN", "PIPELINING")
        .client(f"AUTH LOGIN\r\n{USER}\r\n{PASSWORD}\r\n")
        .sees("-> AUTH LOGIN", "-> " + "*" * len(USER), "-> " + "*" * len(PASSWORD))
        .server("334 VXNlcm5hbWU6\r\n334 UGFzc3dvcmQ6\r\n")
        .sees("<- 334 to AUTH", "?  auth-response VXNlcm5hbWU6")
        .sees("<- 334 to AUTH-RESPONSE", "?  auth-response UGFzc3dvcmQ6")
        .server("235 welcome\r\n")
        .sees("<- 235 to AUTH-RESPONSE")
        .client("NOOP\r\n")
        .sees("-> NOOP")
        .server("250 ok\r\n")
        .sees("<- 250 to NOOP")
        .run()
    )


def test_421_closes_wherever_it_comes() -> None:
    """421 may answer anything, or nothing; the session is over, what is outstanding stays so."""
    (
        Playbook()
        .greeted("PIPELINING")
        .client("MAIL FROM:<a@b.test>\r\nRSET\r\n")
        .sees("-> MAIL FROM:<a@b.test>", "-> RSET")
        .server("421 4.3.2 shutting down\r\n")
        .sees("<- 421 to MAIL")
        .check(lambda c: c.state is c.assumed_state is State.CLOSED)
        .server_closes()
        .sees("*  closed by server, unanswered RSET !closed-unanswered")
        .run()
    )
    (
        Playbook()
        .greeted()
        .server("421 idle too long\r\n")
        .sees("<- 421 to nothing !unsolicited-reply")
        .check(lambda c: c.state is State.CLOSED)
        .server_closes()
        .sees("*  closed by server")
        .run()
    )


def test_421_closes_in_the_middle_of_lmtp_replies() -> None:
    """A 421 for one recipient ends it for the others as well."""
    (
        lmtp_transaction()
        .client("DATA\r\n")
        .sees("-> DATA")
        .server("250 ok\r\n250 ok\r\n550 no\r\n250 ok\r\n354 go\r\n")
        .sees(*ANSWERED, "<- 354 to DATA", "?  content")
        .content("Hi\r\n")
        .sees("-> 7 octets of content, ended")
        .server("421 gone\r\n")
        .sees("<- 421 to CONTENT for one@b.test")
        .check(lambda c: c.state is State.CLOSED)
        .run()
    )


def test_a_negative_greeting() -> None:
    """After a refusal only QUIT is in sequence."""
    (
        Playbook()
        .server("554 no service here\r\n")
        .sees("<- 554 to CONNECT")
        .check(lambda c: c.state is State.REFUSED)
        .client("EHLO client.example.test\r\n")
        .sees("-> EHLO client.example.test !out-of-sequence")
        .server("503 no\r\n")
        .sees("<- 503 to EHLO !code-unlisted")
        .client("QUIT\r\n")
        .sees("-> QUIT")
        .server("221 bye\r\n")
        .sees("<- 221 to QUIT")
        .run()
    )


def test_a_greeting_of_garbage_is_600() -> None:
    """A line that does not open with a code is reply 600, kept whole."""
    connection = (
        Playbook()
        .server("SSH-2.0-OpenSSH_9\r\n")
        .sees("<- 600 to CONNECT !reply-unreadable")
        .check(lambda c: c.state is State.CONNECTED)
        .run()
    )
    assert connection.outstanding == ()


def test_the_end_inside_a_reply_is_621() -> None:
    """Where the stream ends inside a reply its lines come as reply 621, the unfinished one included."""
    connection = Connection()
    connection.receive_data(b"220 mx\r\n")
    connection.send(Ehlo("client"))
    events_of(connection)
    connection.receive_data(b"250-mx\r\n250-SI")
    assert connection.partial_reply == (b"250-mx\r\n",)
    connection.receive_data(b"")
    answered, closed = events_of(connection)
    assert isinstance(answered, ReplyReceived)
    assert answered.reply == Reply(621, (b"250-mx\r\n", b"250-SI"))
    assert closed == Closed()
    assert connection.facts.capabilities is None


def test_the_end_between_lines_of_a_reply_is_621() -> None:
    """A whole line that says more follow is no whole reply."""
    (
        Playbook()
        .server("220-mx\r\n")
        .sees()
        .server_closes()
        .sees("<- 621 to CONNECT !end-inside-reply", "*  closed by server")
        .run()
    )


def test_our_own_codes_from_a_server_cannot_be_read() -> None:
    """600 and 621 say what we saw; a server that writes them has written no code."""
    (
        Playbook()
        .greeted("PIPELINING")
        .client("RSET\r\nRSET\r\n")
        .sees("-> RSET", "-> RSET")
        .server("621 no\r\n600-no\r\n")
        .sees("<- 600 to RSET !reply-unreadable", "<- 600 to RSET !reply-unreadable")
        .run()
    )


@pytest.mark.parametrize(
    ("octets", "seen"),
    [
        (b"250 bare\n", "<- 250 to NOOP !reply-bare-lf"),
        (b"250 bare\rcr\r\n", "<- 250 to NOOP !reply-bare-cr"),
        (b"250 nul\0here\r\n", "<- 250 to NOOP !reply-control"),
        (b"250 \x1b[2J\r\n", "<- 250 to NOOP !reply-control"),
        (b"250 gr\xc3\xbc\xc3\x9fe\r\n", "<- 250 to NOOP !reply-8bit"),
        (b"250 \xff\xfe\r\n", "<- 250 to NOOP !reply-8bit"),
        (b"250\r\n", "<- 250 to NOOP !reply-no-text"),
        (b"250 \r\n", "<- 250 to NOOP !reply-no-text"),
        (b"250-a\r\n450 b\r\n", "<- 450 to NOOP !code-unlisted !code-changes"),
        (b"250-a\r\ngarbage\r\n250 b\r\n", "<- 250 to NOOP !reply-unreadable"),
        (b"250 " + b"x" * 510 + b"\r\n", "<- 250 to NOOP !reply-line-too-long"),
        (b"250 5.0.0 no\r\n", "<- 250 to NOOP !enhanced-class-mismatch"),
        (b"299 odd\r\n", "<- 299 to NOOP !code-unlisted !code-out-of-range"),
        (b"150 wait\r\n", "<- 150 to NOOP !code-unlisted !code-preliminary"),
        (b"\r\n", "<- 600 to NOOP !reply-unreadable"),
        (b"25 x\r\n", "<- 600 to NOOP !reply-unreadable"),
        (b"2500 x\r\n", "<- 600 to NOOP !reply-unreadable"),
        (b"250ok\r\n", "<- 600 to NOOP !reply-unreadable"),
    ],
)
def test_what_is_odd_about_a_reply_is_said(octets: bytes, seen: str) -> None:
    """The reply is read as far as it can be, and what deviates comes as a finding."""
    Playbook().greeted().client("NOOP\r\n").sees("-> NOOP").server(octets).sees(seen).run()


def test_octets_of_a_reply_are_kept() -> None:
    """Whatever a reply's octets are, they come back as they came."""
    raw = b"250-\xff\x00\rx\n250-\r\n250 \x1b]0;x\x07\r\n"
    connection = Connection()
    connection.receive_data(b"220 mx\r\n" + raw)
    replies = [event.reply for event in events_of(connection) if isinstance(event, ReplyReceived)]
    assert [reply.raw for reply in replies] == [raw]


def test_a_reply_of_ten_thousand_lines() -> None:
    """A very long reply is one reply."""
    raw = b"".join(b"214-line %d\r\n" % number for number in range(9_999)) + b"214 end\r\n"
    connection = Connection()
    connection.receive_data(b"220 mx\r\n")
    events_of(connection)
    for piece in pieces(raw, list(range(0, len(raw), 1460))):
        connection.receive_data(piece)
    (event,) = events_of(connection)
    assert isinstance(event, ReplyReceived)
    assert len(event.reply.raw_lines) == 10_000
    assert event.reply.raw == raw


def test_a_line_without_end_cannot_be_read() -> None:
    """More octets than any line has are no SMTP; what was whole before them is still there."""
    for chunk in (1000, 65536, UNBOUNDED * 2):
        connection = Connection()
        octets = b"220 mx\r\n" + b"x" * (UNBOUNDED + 1)
        *earlier, last = (octets[start : start + chunk] for start in range(0, len(octets), chunk))
        for piece in earlier:
            connection.receive_data(piece)
        with pytest.raises(RemoteProtocolError, match="no line end within") as caught:
            connection.receive_data(last)
        assert caught.value.octets == b"x" * 64
        assert len(events_of(connection)) == 1


def test_unsolicited_replies() -> None:
    """A reply where none is due answers nothing; those that are due are paired right afterwards."""
    (
        Playbook()
        .greeted()
        .server("250 by the way\r\n")
        .sees("<- 250 to nothing !unsolicited-reply")
        .client("NOOP\r\n")
        .sees("-> NOOP")
        .server("250 ok\r\n")
        .sees("<- 250 to NOOP")
        .run()
    )


def test_replies_after_the_goodbye() -> None:
    """Octets after 221 are read like any others, and change nothing."""
    (
        Playbook()
        .greeted()
        .client("QUIT\r\n")
        .sees("-> QUIT")
        .server("221 bye\r\n250 still here\r\n")
        .sees("<- 221 to QUIT", "<- 250 to nothing !reply-after-goodbye")
        .check(lambda c: c.state is State.CLOSED)
        .server_closes()
        .sees("*  closed by server")
        .server_closes()
        .sees()
        .run()
    )


def test_commands_after_the_goodbye() -> None:
    """A command in state closed is noted, out of sequence, and never answered."""
    (
        Playbook()
        .greeted()
        .client("QUIT\r\n")
        .sees("-> QUIT")
        .server("221 bye\r\n")
        .sees("<- 221 to QUIT")
        .client("NOOP\r\n")
        .sees("-> NOOP !command-after-goodbye")
        .server_closes()
        .sees("*  closed by server, unanswered NOOP !closed-unanswered")
        .run()
    )


def test_talking_before_the_greeting() -> None:
    """Early talk is noted as such, and replies are paired in order from the greeting on."""
    (
        Playbook()
        .client("EHLO client.example.test\r\n")
        .sees("-> EHLO client.example.test !before-greeting")
        .server("220 mx.example.test\r\n250 mx.example.test\r\n")
        .sees("<- 220 to CONNECT", "<- 250 to EHLO")
        .run()
    )


def test_closing_ourselves() -> None:
    """Our own close is no fault of the server's; an unfinished line that went out is told, as a secret."""
    (
        Playbook()
        .greeted()
        .client("NOOP\r\nRSE")
        .sees("-> NOOP")
        .client_closes()
        .sees("-> ***", "*  closed by us, unanswered NOOP")
        .check(lambda c: c.closed)
        .run()
    )


def test_a_new_hello_ends_the_transaction() -> None:
    """EHLO in a transaction clears it, and what it offers replaces what was offered before."""
    (
        Playbook()
        .greeted("PIPELINING")
        .client("MAIL FROM:<a@b.test>\r\n")
        .sees("-> MAIL FROM:<a@b.test>")
        .server("250 ok\r\n")
        .sees("<- 250 to MAIL")
        .client("HELO client.example.test\r\n")
        .sees("-> HELO client.example.test")
        .server("250-mx\r\n250 PIPELINING\r\n")
        .sees("<- 250 to HELO !helo-offers")
        .check(lambda c: c.state is State.READY and c.facts.reverse_path is None)
        .check(lambda c: not c.facts.offers("PIPELINING"), "HELO offers nothing")
        .run()
    )


def test_a_hello_that_cannot_be_read_is_accepted() -> None:
    """Where a server takes an EHLO without a name, what it offers is offered."""
    (
        Playbook()
        .server("220 mx.example.test\r\n")
        .sees("<- 220 to CONNECT")
        .client("EHLO\r\n")
        .sees("-> EHLO !argument-missing")
        .server("250-mx\r\n250 PIPELINING\r\n")
        .sees("<- 250 to EHLO")
        .check(lambda c: c.state is State.READY and c.facts.offers("PIPELINING"))
        .run()
    )


def test_refused_content_ends_the_transaction() -> None:
    """After the content the transaction is over, accepted or not."""
    (
        Playbook()
        .greeted("PIPELINING")
        .client("MAIL FROM:<a@b.test>\r\nRCPT TO:<c@b.test>\r\nDATA\r\n")
        .sees("-> MAIL FROM:<a@b.test>", "-> RCPT TO:<c@b.test>", "-> DATA")
        .server("250 ok\r\n250 ok\r\n354 go\r\n")
        .sees("<- 250 to MAIL", "<- 250 to RCPT", "<- 354 to DATA", "?  content")
        .client("\xe9\n.\n.\r\n\r\n.\r\n")
        .sees("-> 12 octets of content, ended !content-bare-line-end !content-lookalike !content-8bit")
        .server("554 5.6.0 no\r\n")
        .sees("<- 554 to CONTENT")
        .check(lambda c: c.state is State.READY and c.facts.reverse_path is None)
        .run()
    )


STRICT_LOCAL = [
    (b"NOOP\n", "the command line ends in a bare LF"),
    (b"MAIL FROM:<a@b.test>\rRCPT TO:<c@d.test>\r\n", "a bare CR stands inside the command line"),
    (b"AUTH PLAIN AGEAYg==\r\n", "credentials go over the wire without TLS: PLAIN"),
]


@pytest.mark.parametrize(("octets", "message"), STRICT_LOCAL)
def test_strict_refuses_to_send_what_breaks_a_must(octets: bytes, message: str) -> None:
    """A strict connection raises before anything is noted, and goes on as if nothing had been asked."""
    connection = Connection(strict=True)
    connection.receive_data(b"220 mx\r\n")
    events_of(connection)
    with pytest.raises(LocalProtocolError, match=message):
        connection.send_octets(b"NOOP\r\n" + octets)
    assert not connection.outstanding
    assert events_of(connection) == []
    assert connection.send(Noop()) == b"NOOP\r\n"
    assert connection.outstanding == (Noop(),)


def test_strict_refuses_bare_line_ends_in_content() -> None:
    """Content that two servers may read differently is refused; warnings are not."""
    (
        Playbook(strict=True)
        .greeted()
        .client("MAIL FROM:<a@b.test>\r\n")
        .sees("-> MAIL FROM:<a@b.test>")
        .server("250 ok\r\n")
        .sees("<- 250 to MAIL")
        .client("DATA\r\n")
        .sees("-> DATA !out-of-sequence")
        .server("354 go\r\n")
        .sees("<- 354 to DATA", "?  content")
        .content("\n", exact=True)
        .sees("!! LocalProtocolError: the content has a bare CR or LF")
        .run()
    )


def test_strict_looks_ahead_without_a_trace() -> None:
    """What is refused is as if it had never been given: content goes on where it was."""
    connection = Connection(strict=True)
    for line in (b"220 mx\r\n", b"250 ok\r\n", b"354 go\r\n"):
        connection.receive_data(line)
        if line != b"354 go\r\n":
            connection.send_octets(b"MAIL FROM:<a@b.test>\r\n" if line == b"220 mx\r\n" else b"DATA\r\n")
    connection.send_octets(b"one\r")
    with pytest.raises(LocalProtocolError, match="the content has a bare CR or LF"):
        connection.send_octets(b"two\r\n")
    connection.send_octets(b"\ntwo\r\n.\r\n")
    assert connection.outstanding == (Content(None),)


def test_strict_raises_for_what_came_and_keeps_the_events() -> None:
    """What a server did wrong is raised after it was read; the connection stays in step."""
    (
        Playbook(strict=True)
        .server("220 mx\n")
        .sees("<- 220 to CONNECT !reply-bare-lf")
        .sees("!! RemoteProtocolError: a reply line ends in a bare LF")
        .client("NOOP\r\n")
        .sees("-> NOOP")
        .server("250 ok\r\n")
        .sees("<- 250 to NOOP")
        .client("NOOP\r\n")
        .sees("-> NOOP")
        .server_closes()
        .sees("*  closed by server, unanswered NOOP !closed-unanswered")
        .sees("!! RemoteProtocolError: the server closed and left commands unanswered: NOOP")
        .run()
    )


# Octets that look like SMTP often enough to get anywhere, and any others.
FRAGMENTS = st.sampled_from(
    [
        b"220 mx\r\n", b"250 ok\r\n", b"250-mx\r\n", b"354 go\r\n", b"334 AA==\r\n", b"235 ok\r\n", b"421 bye\r\n",
        b"221 bye\r\n", b"550 no\r\n", b"250-PIPELINING\r\n", b"250 AUTH PLAIN\r\n", b"600 x\r\n", b"\n", b"\r",
        b"25", b"250", b"-", b" ", b"\0", b"\xff",
    ]
)  # fmt: skip
SPEECH = st.lists(FRAGMENTS | st.binary(max_size=6), max_size=12).map(b"".join)
ENDS = st.lists(st.integers(0, 200), max_size=8)
ASKED = st.lists(
    st.sampled_from([Ehlo("c"), Mail("a@b"), Rcpt("c@d"), Data(), Auth("LOGIN"), StartTls(), Noop(), Quit()]),
    max_size=6,
)


def heard(asked: list[Ehlo], octets: list[bytes]) -> list[str]:
    """Play commands, then these reads and the end of the stream; give the events, blocks joined."""
    connection = Connection()
    for command in asked:
        connection.send(command)
    events: list[str] = []
    for piece in [*octets, b""]:
        connection.receive_data(piece)
        for event in events_of(connection):
            if not isinstance(event, Discarded):
                events.append(repr(event))
            elif events and events[-1].startswith("discarded "):
                events[-1] += event.octets.hex()
            else:
                events.append("discarded " + event.octets.hex())
    return events


@given(ASKED, SPEECH, ENDS)
@example([StartTls()], b"220 a\r\n220 go\r\n250 evil\r\n", [9, 18])
def test_any_octets_in_any_cuts_give_the_same_events(asked: list[Ehlo], octets: bytes, ends: list[int]) -> None:
    """How a stream is cut changes nothing, and no octets raise anything."""
    assert heard(asked, list(pieces(octets, ends))) == heard(asked, [octets] if octets else [])


@given(SPEECH)
def test_no_octet_of_a_reply_is_lost(octets: bytes) -> None:
    """The replies' octets joined are the octets that came, except those told as discarded."""
    connection = Connection()
    for part in (octets, b""):
        connection.receive_data(part)
    kept = b""
    for event in events_of(connection):
        if isinstance(event, Discarded):
            kept += event.octets
        elif reply := getattr(event, "reply", None):
            kept += reply.raw
    assert kept == octets


@given(st.lists(st.binary(max_size=30), max_size=6), ENDS)
def test_any_typed_octets_are_sent_as_they_are(lines: list[bytes], ends: list[int]) -> None:
    """What goes out is what was given, and each octet of it is in one event, whatever the cut."""
    octets = b"".join(line + b"\r\n" for line in lines) + b"rest"
    connection = Connection()
    assert b"".join(connection.send_octets(piece) for piece in pieces(octets, ends)) == octets
    connection.close()
    told = b"".join(
        event.octets for event in events_of(connection) if isinstance(event, CommandSent | ContentSent)
    )
    assert told == octets


def test_parameters_count_while_their_mail_is_unanswered() -> None:
    """A group is judged by the MAIL it begins with: SMTPUTF8 allows the path, BODY= the octets, SIZE= how many."""
    (
        Playbook()
        .greeted(*ALL, "BINARYMIME")
        .client("MAIL FROM:<a@b.test> SMTPUTF8 BODY=BINARYMIME SIZE=3\r\n")
        .sees("-> MAIL FROM:<a@b.test> SMTPUTF8 BODY=BINARYMIME SIZE=3")
        .client("RCPT TO:<\xc3\xa9@b.test>\r\n")
        .sees("-> RCPT TO:<\\xc3\\xa9@b.test>")
        .client("BDAT 2\r\n\0\xff")
        .sees("-> BDAT 2", "-> 2 octets of chunk, ended")
        .client("BDAT 2 LAST\r\n\0\xff")
        .sees("-> BDAT 2 LAST", "-> 2 octets of chunk, ended !content-over-declared")
        .client("DATA\r\n")
        .sees("-> DATA !out-of-sequence !binarymime-by-data")
        .run()
    )


@pytest.mark.parametrize("chunks", [False, True], ids=["DATA", "BDAT"])
def test_353_announces_a_reply_for_each_recipient_and_one_for_all(chunks: bool) -> None:
    """PRDR: behind 353 come the recipients' replies in their order, then the one of all; QUIT keeps its own."""
    playbook = Playbook().greeted("PIPELINING", "CHUNKING", "PRDR")
    for line in ("MAIL FROM:<a@b.test> PRDR", "RCPT TO:<one@b.test>", "RCPT TO:<two@b.test>"):
        playbook.client(f"{line}\r\n").server("250 ok\r\n").sees(f"-> {line}", f"<- 250 to {line[:4]}")
    if chunks:
        playbook.client("BDAT 2 LAST\r\na\nQUIT\r\n").sees(
            "-> BDAT 2 LAST", "-> 2 octets of chunk, ended", "-> QUIT"
        )
    else:
        playbook.client("DATA\r\n").server("354 go\r\n").sees("-> DATA", "<- 354 to DATA", "?  content")
        playbook.client("a\r\n.\r\nQUIT\r\n").sees("-> 6 octets of content, ended", "-> QUIT")
    (
        playbook.server("353 both\r\n250 one\r\n550 two\r\n250 kept for some\r\n221 bye\r\n")
        .sees(f"<- 353 to {'BDAT LAST' if chunks else 'CONTENT'}")
        .sees("<- 250 to CONTENT for one@b.test", "<- 550 to CONTENT for two@b.test", "<- 250 to CONTENT")
        .sees("<- 221 to QUIT")
        .check(lambda c: c.facts.forward_paths == ())
        .run()
    )


def test_chunk_octets_and_content_can_be_sent_by_commands() -> None:
    """send() and the encoder give the octets for the wire."""
    connection = Connection()
    connection.receive_data(b"220 mx\r\n")
    assert connection.send(Bdat(2, last=True)) == b"BDAT 2 LAST\r\n"
    assert connection.chunk_wanted
    connection.send_octets(b"ab")
    connection.receive_data(b"250 ok\r\n")
    connection.send(Data())
    connection.receive_data(b"354 go\r\n")
    encoder = ContentEncoder()
    assert connection.send_content(b".\n", encoder) + connection.end_content(encoder) == b"..\r\n.\r\n"
    wanted = [event for event in events_of(connection) if isinstance(event, ContinuationRequested)]
    assert wanted == [ContinuationRequested(wanted=Wanted.CONTENT)]
