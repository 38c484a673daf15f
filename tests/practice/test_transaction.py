"""What becomes of a message: who gets it, with which content and envelope, and what the borders do."""

from __future__ import annotations

import pytest

from smtpshell.errors import UsageError
from smtpshell.practice.mailboxes import DeliveredMessage, Mailboxes, MailboxRow
from smtpshell.practice.receiver import Receiver
from smtpshell.practice.site import MAX_RECIPIENTS, Site
from tests.practice.test_receiver import plain

CONTENT = b"Subject: octets\r\n\r\n.\x00 a dot\r\n..\r\n\xff bare \r and \n and \n.\n\r\nno line end but this\r\n"


def deliver(*lines: str, content: bytes = CONTENT) -> Mailboxes:
    """Say EHLO, then the lines, then DATA and the content; give the mailboxes."""
    site = Site()
    receiver = Receiver(site, address="192.0.2.1")
    said = "\r\n".join(["EHLO client.example.org", *lines, "DATA", ""]).encode()
    answer = receiver.receive_data(said + content.replace(b"\r\n.", b"\r\n..") + b".\r\n")
    assert b"\r\n250 2.0.0 Message of %d octets" % len(content) in answer, answer
    return site.mailboxes


def only(messages: list[DeliveredMessage]) -> DeliveredMessage:
    """Give the only message there is."""
    (message,) = messages
    return message


def test_the_content_is_kept_to_the_octet() -> None:
    """Dots are unstuffed, nothing is added, and the envelope stands beside the content."""
    boxes = deliver(
        "MAIL FROM:<a@example.org> RET=HDRS ENVID=x1 BODY=8BITMIME",
        "RCPT TO:<Teacher@Example.test> NOTIFY=NEVER ORCPT=rfc822;t@example.test",
    )
    message = only(boxes.mailbox("teacher").messages)
    assert message.content == CONTENT
    assert (message.reverse_path, message.forward_path) == ("a@example.org", "Teacher@Example.test")
    assert message.mail_parameters == ("RET=HDRS", "ENVID=x1", "BODY=8BITMIME")
    assert message.rcpt_parameters == ("NOTIFY=NEVER", "ORCPT=rfc822;t@example.test")
    assert (message.client, message.domain, message.tls, message.user) == (
        "192.0.2.1",
        "client.example.org",
        False,
        "",
    )
    assert message.received.tzinfo is not None


def test_an_empty_content_is_a_message() -> None:
    """A lone dot right after DATA delivers no octets at all."""
    boxes = deliver("MAIL FROM:<>", "RCPT TO:<student@example.test>", content=b"")
    assert only(boxes.mailbox("student").messages).content == b""


def test_chunks_are_joined() -> None:
    """BDAT keeps each octet of each chunk, lone dots and bare line ends among them."""
    site = Site()
    receiver = Receiver(site)
    receiver.receive_data(b"EHLO c\r\nMAIL FROM:<> BODY=BINARYMIME\r\nRCPT TO:<student@example.test>\r\n")
    answer = receiver.receive_data(b"BDAT 6\r\n.\r\n.\r\nBDAT 0\r\nBDAT 4 LAST\r\n\x00\n\r.")
    assert answer.count(b"250 2.0.0") == 3
    assert only(site.mailboxes.mailbox("student").messages).content == b".\r\n.\r\n\x00\n\r."


WHO_GETS_IT = [
    ("class@example.test", {"student": 1, "teacher": 1}),
    ("graduate@example.test", {"grace@alumni.example.test": 1, "graduate": 0}),
    ("POSTMASTER", {"postmaster": 1}),
    ('"Student"@example.test', {"student": 1}),
    ("@relay.test:student@example.test", {"student": 1}),
]


@pytest.mark.parametrize(("path", "counts"), WHO_GETS_IT)
def test_who_gets_it(path: str, counts: dict[str, int]) -> None:
    """A list's members, a forwarder's target, the postmaster without a domain, a quoted name."""
    boxes = deliver("MAIL FROM:<>", f"RCPT TO:<{path}>")
    assert {name: len(boxes.mailbox(name).messages) for name in counts} == counts
    assert sum(len(box.messages) for box in boxes) == sum(counts.values())


TERMINALS = [("MAIL", 1, 0), ("SEND", 0, 1), ("SOML", 0, 1), ("SAML", 1, 1)]


@pytest.mark.parametrize(("verb", "kept", "shown"), TERMINALS)
def test_to_the_terminal(verb: str, kept: int, shown: int) -> None:
    """SEND and SOML reach a user's terminal, SAML terminal and mailbox, MAIL the mailbox."""
    box = deliver(f"{verb} FROM:<>", "RCPT TO:<student@example.test>").mailbox("student")
    assert (len(box.messages), len(box.terminal)) == (kept, shown)
    assert {message.verb for message in (*box.messages, *box.terminal)} == {verb}


def test_soml_falls_back_to_the_mailbox() -> None:
    """SOML to a user without a terminal is mail."""
    box = deliver("SOML FROM:<>", "RCPT TO:<teacher@example.test>").mailbox("teacher")
    assert (len(box.messages), len(box.terminal)) == (1, 0)


def test_after_a_login_other_domains_are_kept() -> None:
    """A message for another domain is kept under that name, and says who had logged in."""
    login = "AUTH PLAIN " + plain("teacher's")
    boxes = deliver(login, "MAIL FROM:<>", "RCPT TO:<x@example.org>")
    assert only(boxes.mailbox("x@example.org").messages).user == "teacher"


def test_nothing_is_kept_of_a_refused_message() -> None:
    """One recipient that refuses the content keeps it from all others, in SMTP."""
    site = Site()
    Receiver(site).receive_data(
        b"EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<student@example.test>\r\nRCPT TO:<picky@example.test>\r\n"
        b"DATA\r\nx\r\n.\r\n"
    )
    assert [box.row.name for box in site.mailboxes if box.messages] == []


def test_lmtp_keeps_for_those_who_accept() -> None:
    """In LMTP one recipient's refusal is its own."""
    site = Site(lmtp=True)
    Receiver(site).receive_data(
        b"LHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<student@example.test>\r\nRCPT TO:<picky@example.test>\r\n"
        b"DATA\r\nx\r\n.\r\n"
    )
    assert [box.row.name for box in site.mailboxes if box.messages] == ["student"]


def test_too_many_recipients() -> None:
    """The recipients up to the maximum are accepted, the next gets 452, and the message goes to the others."""
    site = Site()
    receiver = Receiver(site)
    receiver.receive_data(b"EHLO c\r\nMAIL FROM:<>\r\n")
    answers = receiver.receive_data(b"RCPT TO:<student@example.test>\r\n" * (MAX_RECIPIENTS + 1)).splitlines()
    assert {line[:9] for line in answers[:-1]} == {b"250 2.1.5"}
    assert answers[-1].startswith(b"452 4.5.3 1000 recipients")
    receiver.receive_data(b"DATA\r\n.\r\n")
    assert len(site.mailboxes.mailbox("student").messages) == MAX_RECIPIENTS


def test_the_greylist_knows_clients_apart() -> None:
    """Each client's first try at a greylisted mailbox is put off, also in a later connection."""
    site = Site()
    codes = []
    for address in ("192.0.2.1", "192.0.2.2", "192.0.2.1", "192.0.2.2"):
        receiver = Receiver(site, address=address)
        answer = receiver.receive_data(b"EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<slow-start@example.test>\r\n")
        codes.append(answer.splitlines()[-1][:3])
    assert codes == [b"450", b"450", b"250", b"250"]


def test_a_name_beyond_ascii_is_shown_on_request_only() -> None:
    """VRFY answers with UTF-8 where SMTPUTF8 was asked for, else it says that it would."""
    mailboxes = Mailboxes((MailboxRow(name="zoe", full_name="Zoë", behaviour="accepts", sentence="takes all"),))
    receiver = Receiver(Site(mailboxes=mailboxes))
    assert receiver.receive_data(b"VRFY zoe\r\n").startswith(b"550 5.6.8 ")
    assert receiver.receive_data(b"VRFY zoe SMTPUTF8\r\n") == "250 2.1.5 Zoë <zoe@example.test>\r\n".encode()


def test_an_unknown_mailbox_is_named() -> None:
    """Asking for a mailbox that is not there says which there are."""
    with pytest.raises(UsageError, match=r"no mailbox 'nemo'; there are student, teacher"):
        Mailboxes().mailbox("nemo")


def test_tls_forgets_everything() -> None:
    """After STARTTLS: octets sent ahead are dropped, hello, login and transaction forgotten, the keyword gone."""
    receiver = Receiver(Site())
    secret = plain("teacher's").encode()
    said = receiver.receive_data(b"EHLO c\r\nAUTH PLAIN " + secret + b"\r\nSTARTTLS\r\nMAIL FROM:<>\r\nQUIT\r\n")
    assert said.endswith(b"235 2.7.0 You are logged in\r\n220 2.0.0 Begin the TLS handshake\r\n")
    assert receiver.tls_wanted
    receiver.tls_started()
    assert receiver.receive_data(b"MAIL FROM:<>\r\n").startswith(b"503 5.5.1 ")
    assert b"STARTTLS" not in receiver.receive_data(b"EHLO c\r\n")
    assert receiver.receive_data(b"STARTTLS\r\n").startswith(b"503 5.5.1 TLS is on")
    assert receiver.receive_data(b"AUTH PLAIN " + secret + b"\r\n").startswith(b"235")
    assert not receiver.tls_wanted


def test_without_a_certificate_tls_is_not_offered() -> None:
    """A site that has no TLS does not offer it, and says 454 to who asks."""
    receiver = Receiver(Site(offers_tls=False))
    assert b"STARTTLS" not in receiver.receive_data(b"EHLO c\r\n")
    assert (
        receiver.receive_data(b"STARTTLS\r\nNOOP\r\n")
        == b"454 4.7.0 TLS is not available here\r\n250 2.0.0 OK\r\n"
    )


def test_nothing_is_heard_after_the_last_word() -> None:
    """What comes behind QUIT, or behind a 421 from our side, is neither read nor answered."""
    receiver = Receiver(Site())
    assert receiver.receive_data(b"QUIT\r\nNOOP\r\n").count(b"\r\n") == 1
    assert receiver.closed
    assert receiver.receive_data(b"NOOP\r\n") == b""
    other = Receiver(Site())
    assert other.goodbye("shutting down").startswith(b"421 4.3.2 practice.example.test ")
    assert other.closed


def test_a_line_without_end_ends_the_conversation() -> None:
    """A client that sends more than a MiB without a line end is told 421 and not heard any more."""
    receiver = Receiver(Site())
    answers = b"".join(receiver.receive_data(b"A" * 65536) for _ in range(20))
    assert answers.startswith(b"421 4.7.0 practice.example.test ")
    assert answers.count(b"\r\n") == 1
    assert receiver.closed


def test_a_line_of_almost_a_mebibyte_is_only_too_long() -> None:
    """A very long line that does end gets 500, and the conversation goes on."""
    receiver = Receiver(Site())
    answers = receiver.receive_data(b"MAIL FROM:<" + b"a" * 1_000_000 + b">\r\nNOOP\r\n").splitlines()
    assert [line[:9] for line in answers] == [b"500 5.5.2", b"250 2.0.0"]


def test_a_thousand_pipelined_commands() -> None:
    """A thousand commands in one piece are answered, each and in order."""
    receiver = Receiver(Site())
    answers = receiver.receive_data(b"NOOP\r\nRSET\r\nRCPT TO:<x@y>\r\nNONSENSE\r\n" * 250).splitlines()
    assert [line[:3] for line in answers] == [b"250", b"250", b"503", b"500"] * 250
