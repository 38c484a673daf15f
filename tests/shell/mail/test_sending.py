"""/send: whole messages, to the practice server and to servers that refuse."""

from __future__ import annotations

import email
import tracemalloc
from email import policy
from pathlib import Path

import pytest

from smtpshell.errors import ExitStatus
from smtpshell.practice import PracticeServer
from tests.session.scripted import Peer, served
from tests.shell.support import Shell

PARTIES = "--from me@example.test --to student@example.test"


def delivered(shell: Shell, name: str = "student") -> list[bytes]:
    """Give the contents a mailbox of the practice server holds."""
    assert shell.practice is not None
    return [message.content for message in shell.practice.mailboxes.mailbox(name).messages]


def test_parts(shell: Shell, tmp_path: Path) -> None:
    """A message is made of what is given; Bcc is in the envelope only."""
    (tmp_path / "t.txt").write_text("Grüße\n")
    said = shell.say(
        f"/send {PARTIES} --cc teacher@example.test --bcc postmaster@example.test --subject Hello "
        f"--header 'X-A: 1' --body-file {tmp_path / 't.txt'} --attach {tmp_path / 't.txt'}"
    )
    (octets,) = delivered(shell, "teacher")
    read = email.message_from_bytes(octets, policy=policy.SMTP)
    assert (read["To"], read["Cc"], read["Subject"], read["X-A"]) == (
        "student@example.test",
        "teacher@example.test",
        "Hello",
        "1",
    )
    assert b"postmaster" not in octets
    assert read.get_body().get_content() == "Grüße\r\n"  # type: ignore[union-attr]
    assert shell.session is not None
    assert shell.session.connection.state.value == "ready"
    assert "message 1: accepted for 3 of 3" in said


def test_some_refused(shell: Shell) -> None:
    """The others get it, who did not is listed, and that is exit status 1."""
    said = shell.say(f"/send {PARTIES} --to nobody@example.test --to teacher@example.test")
    assert "message 1: accepted for 2 of 3\n  <nobody@example.test> 550 5.1.1 No mailbox" in said
    assert len(delivered(shell)) == len(delivered(shell, "teacher")) == 1
    assert shell.exit_status == ExitStatus.NEGATIVE


@pytest.mark.parametrize("options", ["", "--pipeline", "--chunk 1k", "--chunk 1k --pipeline"])
def test_all_refused(shell: Shell, options: str) -> None:
    """With nobody left nothing is delivered, the transaction is reset, and the session goes on."""
    said = shell.say(f"/send --from me@example.test --to nobody@example.test {options}")
    assert "message 1: accepted for 0 of 1" in said
    assert delivered(shell) == []
    assert "accepted for 1 of 1" in shell.say(f"/send {PARTIES} {options}")


def test_refused_by_the_content(shell: Shell) -> None:
    """A refusal of the content is everybody's."""
    said = shell.say("/send --from me@example.test --to picky@example.test --to student@example.test")
    assert "accepted for 0 of 2" in said
    assert said.count("> 554 ") == 2


def test_lmtp() -> None:
    """With LMTP each recipient is answered for itself."""
    with PracticeServer(lmtp=True) as server:
        shell = Shell()
        shell.open(server.url)
        said = shell.say(f"/send {PARTIES} --to picky@example.test")
        assert "accepted for 1 of 2\n  <picky@example.test> 554 " in said
        said = shell.say(f"/send {PARTIES} --to picky@example.test --chunk 100 --pipeline")
        assert "accepted for 1 of 2\n  <picky@example.test> 554 " in said
        shell.close()


@pytest.mark.parametrize("options", ["", "--pipeline", "--chunk 64k", "--chunk 64k --pipeline"])
def test_a_file_as_it_is(shell: Shell, tmp_path: Path, options: str) -> None:
    """A file arrives octet for octet, however it is sent, and as often as wanted."""
    content = b"not: really\r\na header \xff\r\n\r\n.\r\n..x\r\n" + b"y" * 900 + b"\r\n"
    (tmp_path / "m").write_bytes(content)
    said = shell.say(f"/send {tmp_path / 'm'} {PARTIES} --count 3 {options}")
    assert delivered(shell) == [content] * 3
    assert "message 3: accepted for 1 of 1" in said


def test_line_ends_of_a_file(shell: Shell, tmp_path: Path) -> None:
    """DATA mends bare line ends and says so; --exact and chunks do not."""
    (tmp_path / "m").write_bytes(b"a\nb\r\n")
    assert "1 bare line end made CRLF" in shell.say(f"/send {tmp_path / 'm'} {PARTIES}")
    assert "content-bare-line-end" in shell.say(f"/send {tmp_path / 'm'} {PARTIES} --exact")
    shell.say(f"/send {tmp_path / 'm'} {PARTIES} --chunk 1m")
    assert delivered(shell)[0] == b"a\r\nb\r\n"
    assert delivered(shell)[-1] == b"a\nb\r\n"


def test_template(shell: Shell, tmp_path: Path) -> None:
    """A template is filled in anew for each copy."""
    (tmp_path / "t").write_text("Message-ID: ${message-id}\n\n${count}: ${subject} to ${to}\n")
    shell.say(f"/send --template {tmp_path / 't'} {PARTIES} --subject S --count 2")
    first, second = delivered(shell)
    assert first.endswith(b"\r\n\r\n1: S to student@example.test\r\n")
    assert second.endswith(b"\r\n\r\n2: S to student@example.test\r\n")
    assert first.split(b"\r\n")[0] != second.split(b"\r\n")[0]


def test_parameters(shell: Shell) -> None:
    """DSN and other parameters are written as their standards want them."""
    shell.settings.echo = True
    said = shell.say(
        f"/send {PARTIES} --ret HDRS --envid 'a+b c' --notify SUCCESS,DELAY --orcpt x=y@example.test "
        "--mail-parameter SIZE=10 --rcpt-parameter X-NONE"
    )
    assert "C: MAIL FROM:<me@example.test> RET=HDRS ENVID=a+2Bb+20c SIZE=10\n" in said
    assert (
        "C: RCPT TO:<student@example.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;x+3Dy@example.test X-NONE\n" in said
    )


UTF8 = [
    ("--to student@example.test", "MAIL FROM:<me@example.test>\n"),
    ("--to 'Ünal <student@example.test>'", "MAIL FROM:<me@example.test>\n"),
    ("--to é@example.test", "MAIL FROM:<me@example.test> SMTPUTF8 BODY=8BITMIME\n"),
    ("--to a@bücher.test", "RCPT TO:<a@xn--bcher-kva.test>\n"),
    ("--to a@bücher.test --mail-parameter SMTPUTF8", "RCPT TO:<a@bücher.test>\n"),
    ("--to student@example.test --body é", "MAIL FROM:<me@example.test> BODY=8BITMIME\n"),
]


@pytest.mark.parametrize(("options", "line"), UTF8)
def test_utf8(shell: Shell, options: str, line: str) -> None:
    """SMTPUTF8 is asked for only where an address needs it, BODY=8BITMIME where the octets do."""
    shell.settings.echo = True
    assert f"C: {line}" in shell.say(f"/send --from me@example.test {options}")


def test_login_and_tls(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """TLS comes first, then the login; a refused login ends it."""
    monkeypatch.setenv("SMTPSHELL_PASSWORD", "first-lesson")
    assert "accepted for 1 of 1" in shell.say(f"/send {PARTIES} --starttls --auth plain --user student")
    said = shell.say("/close", "/connect", f"/send {PARTIES} --auth auto --user teacher")
    assert "535 " in said
    assert "message" not in said.partition("535 ")[2]


def serve_old(peer: Peer) -> None:
    """Speak as a server older than EHLO, which hangs up at the content."""
    peer.say("220 old\r\n")
    peer.answer("500 what", "250 old", "250 ok", "250 ok", "250 ok", "354 go")
    peer.until(b"\r\n.\r\n")
    peer.say("421 later\r\n")


def serve_refusal(peer: Peer) -> None:
    """Refuse at the greeting."""
    peer.say("554 no mail here\r\n")
    assert peer.wait_for_close() == b""


def serve_last_words(peer: Peer) -> None:
    """Close in the middle of the recipients."""
    peer.say("220 mx\r\n")
    peer.answer("250 mx", "250 ok", "250 ok", "421 enough")


def serve_silence(peer: Peer) -> None:
    """Take the content and say nothing."""
    peer.say("220 mx\r\n")
    peer.answer("250 mx", "250 ok", "250 ok", "250 ok", "354 go")
    peer.until(b"\r\n.\r\n")


def serve_nothing(peer: Peer) -> None:
    """Offer pipelining, then hang up at the first group."""
    peer.say("220 mx\r\n")
    peer.answer("250-mx\r\n250 PIPELINING")
    peer.line()


def serve_354(peer: Peer) -> None:
    """Say 354 though every recipient was refused: an empty content ends that (RFC 2920 3.1)."""
    peer.say("220 mx\r\n")
    peer.answer("250-mx\r\n250 PIPELINING", "250 ok", "550 no", "550 no", "354 go")
    assert peer.line() == b".\r\n"
    peer.say("554 no valid recipients\r\n")
    assert peer.line() == b"RSET\r\n"
    peer.say("250 ok\r\n")
    peer.line()
    peer.say("421 enough\r\n")


def serve_leaving(peer: Peer) -> None:
    """Ask for the content and hang up."""
    peer.say("220 mx\r\n")
    peer.answer("250-mx\r\n250 PIPELINING", "250 ok", "250 ok", "250 ok", "354 go")


SERVERS = [
    (serve_leaving, "the server closed ", 3),
    (serve_silence, "the server closed without a reply to the content; its log says", 3),
    (serve_nothing, "the server closed without a reply to MAIL", 3),
    (serve_354, "message 1: accepted for 0 of 2", 3),
    (serve_old, "message 1: accepted for 0 of 2", 1),
    (serve_refusal, "554 no mail here", 1),
    (serve_last_words, "message 1: accepted for 0 of 2", 1),
]


@pytest.mark.parametrize(("serve", "said", "status"), SERVERS)
def test_unwilling_servers(serve: object, said: str, status: int) -> None:
    """What a server refuses is told once, and nothing is said to one that closes."""
    with served(serve) as where:  # type: ignore[arg-type]
        shell = Shell()
        shell.open(where)
        assert said in shell.say(f"/send {PARTIES} --to teacher@example.test --pipeline --count 2")
        assert shell.exit_status == status
        shell.close()


WRONG = [
    ("--from a@b", "needs a recipient; name one with --to, --cc or --bcc"),
    (f"m {PARTIES} --subject x --header 'X: y'", "--subject, --header would be lost"),
    (f"--template m {PARTIES} --attach m", "only the placeholders are filled in, --attach would be lost"),
    (f"{PARTIES} --body x --body-file m", "exclude each other"),
    (f"{PARTIES} --body-file bad", "bad is no UTF-8 text"),
    (f"--template t {PARTIES}", "a placeholder ${x}"),
    (f"{PARTIES} --drop-after mail --quit-after mail", "can be cut only once"),
    (f"{PARTIES} --auth plain --user x", "would send the secret in the clear"),
]


@pytest.mark.parametrize(("options", "said"), WRONG)
def test_what_cannot_be_sent(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: str, said: str
) -> None:
    """What cannot be meant is refused before the transaction begins."""
    monkeypatch.chdir(tmp_path)
    Path("m").write_text("x")
    Path("t").write_text("${x}")
    Path("bad").write_bytes(b"\xff")
    shell.settings.echo = True
    printed = shell.say(f"/send {options}")
    assert said in printed
    assert "C: MAIL" not in printed
    assert shell.exit_status == ExitStatus.USAGE


def test_smtputf8_that_is_not_offered() -> None:
    """An address that the server cannot take is refused here, unless the parameter is given by hand."""

    def serve(peer: Peer) -> None:
        peer.say("220 mx\r\n")
        peer.answer("250 mx")
        assert peer.line() == "MAIL FROM:<é@b> SMTPUTF8\r\n".encode()
        peer.say("555 unknown\r\n")

    with served(serve) as where:
        shell = Shell()
        shell.open(where)
        assert "é@b needs SMTPUTF8, which the server does not offer" in shell.say("/send --from é@b --to c@d")
        assert "555 unknown" in shell.say("/send --from é@b --to c@d --mail-parameter SMTPUTF8")
        shell.close()


STOPS = [
    ("--drop-after rcpt", "550 ", "dropped after rcpt"),
    ("--drop-after rcpt --pipeline", "550 ", "dropped after rcpt"),
    ("--quit-after mail", "250 2.1.0", "QUIT after mail"),
    ("--drop-after-send content", "of content", "dropped after content, its reply unread"),
    ("--quit-after ehlo --starttls", "250 ", "QUIT after ehlo"),
]


@pytest.mark.parametrize(("options", "before", "said"), STOPS)
def test_stops(options: str, before: str, said: str) -> None:
    """The conversation is cut after all of the step: every RCPT, the EHLO inside TLS."""
    shell = Shell()
    shell.open(None)
    printed = shell.say(f"/send {PARTIES} --to nobody@example.test {options}")
    assert before in printed.partition(said)[0]
    assert said in printed
    assert "message 1" not in printed
    if "starttls" in options:
        assert "TLS" in printed.partition(said)[0]
    shell.close()


def test_memory_stays_flat(shell: Shell, tmp_path: Path) -> None:
    """A file of 20 MB is never in memory as a whole."""
    big = tmp_path / "big"
    with big.open("wb") as file:
        for _ in range(20):
            file.write((b"x" * 998 + b"\r\n") * 1000)
    shell.say("EHLO client.example.test")

    def serve(peer: Peer) -> None:
        peer.say("220 mx\r\n")
        peer.answer("250 mx", "250 ok", "250 ok", "354 go")
        tail = b""
        while not tail.endswith(b"\r\n.\r\n"):
            tail = tail[-5:] + peer.socket.recv(65536)
        peer.say("250 ok\r\n")
        peer.wait_for_close()

    with served(serve) as where:
        other = Shell()
        other.open(where)
        tracemalloc.start()
        assert "accepted for 1 of 1" in other.say(f"/send {big} {PARTIES}")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        other.close()
    assert peak < 4_000_000


def test_content_that_nobody_takes(tmp_path: Path) -> None:
    """A server that asks for the content and is gone has no message, and that is no success."""
    file = tmp_path / "m.eml"
    file.write_bytes(b"Subject: x\r\n\r\n")
    with served(serve_leaving) as where:
        shell = Shell()
        shell.open(where)
        said = shell.say("EHLO me", "MAIL FROM:<>", "RCPT TO:<a@example.test>", "RSET", f"/data {file}")
    assert "the server closed " in said
    assert shell.exit_status is ExitStatus.CONNECTION
