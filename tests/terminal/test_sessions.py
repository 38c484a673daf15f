"""Several sessions at the live prompt: which one is current is seen, and the others may speak at any time."""

from __future__ import annotations

from pathlib import Path

from smtpshell.practice import PracticeServer
from tests.terminal.scripted import ScriptedServer
from tests.terminal.terminal import Terminal


def test_an_idle_session_speaks(practice: PracticeServer, tmp_path: Path) -> None:
    """A 421 on the session that is not current comes above the line half typed, with its name."""
    with ScriptedServer() as scripted, Terminal(scripted.url, state=tmp_path) as terminal:
        terminal.expect("220 scripted")
        terminal.enter(f"/connect {practice.url} --name other")
        terminal.expect("220 practice", "2 other, 1 more")
        terminal.expect_prompt("other smtp>")
        terminal.press(b"EHLO m")
        terminal.expect("other smtp> EHLO m")
        scripted.say(b"421 4.3.2 too tired\r\n")
        scripted.hang_up()
        terminal.expect("127.0.0.1| 421 4.3.2 too tired", "127.0.0.1| -- closed by server", "other smtp> EHLO m")
        terminal.press(b"e\r")
        terminal.expect("other smtp> EHLO me", "250 STARTTLS", "other smtp>")


def test_a_slow_reply_on_one_while_the_other_is_used(practice: PracticeServer, tmp_path: Path) -> None:
    """Both lines are out; the late reply comes with the name of its session, also where TLS carries it."""
    with ScriptedServer() as scripted, Terminal(practice.url, state=tmp_path) as terminal:
        terminal.expect("220 practice")
        terminal.enter("/starttls")
        terminal.expect_prompt("smtps>")
        terminal.enter(f"/connect {scripted.url} --name slow")
        terminal.expect("220 scripted")
        terminal.enter("EHLO me")
        scripted.expect(b"EHLO me")
        terminal.enter("/switch 1", "NOOP")
        terminal.expect("smtps> NOOP", "250 2.0.0 OK")
        scripted.say(b"250 at last\r\n")
        terminal.expect("slow| 250 at last")
        terminal.enter("/switch slow", "/sessions")
        terminal.expect("* 2 slow", "last: 250 at last")
        terminal.enter("/close --all")
        scripted.expect(b"EHLO me", b"QUIT")
        terminal.press(b"\x03")
        terminal.expect("waits no longer")


def test_an_idle_session_inside_tls_is_closed(practice: PracticeServer, tmp_path: Path) -> None:
    """What TLS carries on an idle session is seen at once too."""
    with PracticeServer() as other, Terminal(practice.url, state=tmp_path) as terminal:
        terminal.expect("220 practice")
        terminal.enter(f"/connect {other.url} --name other", "/starttls")
        terminal.expect_prompt("other smtps>")
        terminal.enter("/switch 1")
        terminal.expect_prompt("127.0.0.1 smtp>")
        other.close()
        terminal.expect("other| -- closed by server")
        terminal.expect_prompt("127.0.0.1 smtp>")


def test_a_handshake_that_comes_due_on_another(practice: PracticeServer, tmp_path: Path) -> None:
    """STARTTLS answered after the user has left is shaken hands on at once."""
    replies = {"EHLO": b"250-scripted\r\n250 STARTTLS\r\n"}
    with ScriptedServer(replies) as scripted, Terminal(scripted.url, state=tmp_path) as terminal:
        terminal.expect("220 scripted")
        terminal.enter("EHLO me", "STARTTLS")
        scripted.expect(b"EHLO me", b"STARTTLS")
        terminal.enter(f"/connect {practice.url} --name other")
        terminal.expect("220 practice")
        scripted.say(b"220 go ahead\r\n")
        scripted.hang_up()
        terminal.expect("127.0.0.1| 220 go ahead", "127.0.0.1| -- closed by")
        terminal.enter("NOOP")
        terminal.expect("other smtp> NOOP", "250 2.0.0 OK")


def test_a_narrow_terminal(practice: PracticeServer, tmp_path: Path) -> None:
    """On 40 columns the name is cut in the prompt, and a line still fits behind it."""
    with Terminal(practice.url, state=tmp_path, columns=40) as terminal:
        terminal.expect("220 practice")
        terminal.enter(f"/connect {practice.url} --name mail.with-a-long-name.example.test")
        terminal.expect_prompt("mail.with-a-lon… smtp>")
        terminal.enter("NOOP")
        terminal.expect("mail.with-a-lon… smtp> NOOP", "250 2.0.0 OK")


def test_the_history_is_that_of_the_host(practice: PracticeServer, tmp_path: Path) -> None:
    """Switching brings the lines typed at that host back."""
    replies = {"NOOP": b"250 here\r\n"}
    with ScriptedServer(replies) as scripted, Terminal(practice.url, state=tmp_path) as terminal:
        terminal.expect("220 practice")
        terminal.enter("VRFY student")
        terminal.expect("250 2.1.5")
        terminal.enter(scripted.url.replace("smtp://127.0.0.1", "/connect localhost"))
        terminal.expect("220 scripted")
        terminal.expect_prompt("localhost smtp>")
        terminal.enter("NOOP one")
        terminal.expect("NOOP one", "250 here", "localhost smtp>")
        terminal.press(b"\x1b[A")
        terminal.expect_prompt("localhost smtp> NOOP one")
        terminal.press(b"\x03")
        terminal.enter("/switch 1")
        terminal.expect_prompt("127.0.0.1 smtp>")
        terminal.press(b"\x1b[A\x1b[A")
        terminal.expect_prompt("127.0.0.1 smtp> VRFY student")


def test_one_message_to_two_servers(practice: PracticeServer, tmp_path: Path) -> None:
    """Every line goes to each; what is pasted once arrives twice, its lone dot included."""
    with PracticeServer() as other, Terminal(practice.url, state=tmp_path, lines=60) as terminal:
        terminal.expect("220 practice")
        terminal.enter(f"/connect {other.url} --name other", "/each")
        terminal.expect("every line goes to 127.0.0.1, other, up to /end")
        terminal.expect_prompt("each 2 smtp>")
        for line in ("EHLO client.example.test", "MAIL FROM:<me@example.test>", "RCPT TO:<student@example.test>"):
            terminal.enter(line)
            terminal.expect(f"each 2 smtp> {line}", "127.0.0.1", "| other", "compared")
        terminal.enter("DATA")
        terminal.expect("smtp> DATA", "compared")
        terminal.expect_prompt("each 2 data>")
        terminal.paste(b"Subject: both\n\n.\nlast\n")
        terminal.expect("each 2 data> last")
        terminal.enter(".")
        terminal.expect("| 250 2.0.0 Message of", "compared")
        terminal.expect_prompt("each 2 smtp>")
        for server in (practice, other):
            (message,) = server.mailboxes.mailbox("student").messages
            assert message.content == b"Subject: both\r\n\r\n.\r\nlast\r\n"
        terminal.enter("/end")
        terminal.expect_prompt("other smtp>")


def test_dropping_a_message_to_two_servers(practice: PracticeServer, tmp_path: Path) -> None:
    """Ctrl-C in the middle of it asks, and d drops both connections."""
    with PracticeServer() as other, Terminal(practice.url, state=tmp_path, lines=60) as terminal:
        terminal.expect("220 practice")
        terminal.enter(f"/connect {other.url} --name other", "/each")
        terminal.expect_prompt("each 2 smtp>")
        terminal.enter("EHLO me", "MAIL FROM:<me@example.test>", "RCPT TO:<student@example.test>", "DATA")
        terminal.expect("smtp> DATA", "compared")
        terminal.expect_prompt("each 2 data>")
        terminal.enter("half")
        terminal.press(b"\x03")
        terminal.expect("in the middle of a message")
        terminal.press(b"d")
        terminal.expect("127.0.0.1| -- closed by client", "other| -- closed by client")
        assert not practice.mailboxes.mailbox("student").messages
        assert not other.mailboxes.mailbox("student").messages


def test_interrupting_a_line_to_two_servers(practice: PracticeServer, tmp_path: Path) -> None:
    """Ctrl-C shows what has come, and who is silent; the late reply comes with its name."""
    with ScriptedServer() as scripted, Terminal(practice.url, state=tmp_path) as terminal:
        terminal.expect("220 practice")
        terminal.enter(f"/connect {scripted.url} --name slow", "/switch 1", "/each NOOP")
        scripted.expect(b"NOOP")
        terminal.expect("/each ...")
        terminal.press(b"\x03")
        terminal.expect("! 250 2.0.0 OK", "|   NOOP: no reply yet; it will be", "waits no longer")
        terminal.expect_prompt("127.0.0.1 smtp>")
        scripted.say(b"250 at last\r\n")
        terminal.expect("slow| 250 at last")


def test_two_servers_on_a_narrow_terminal(practice: PracticeServer, tmp_path: Path) -> None:
    """On 40 columns they come one below the other."""
    with (
        ScriptedServer({"NOOP": b"550 never\r\n"}) as scripted,
        Terminal(practice.url, state=tmp_path, columns=40) as terminal,
    ):
        terminal.expect("220 practice")
        terminal.enter(f"/connect {scripted.url} --name other", "/each NOOP")
        terminal.expect("127.0.0.1\n! 250 2.0.0 OK\nother\n! 550 never\n", "1 line compared: 0 the same")
