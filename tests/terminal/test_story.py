"""A whole session at the live prompt: hello, TLS, login, a refused recipient, a message that was pasted."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from smtpshell.practice import PracticeServer
from tests.terminal.terminal import Terminal

PASSWORD = "first-lesson"
SECRETS = (PASSWORD, *(base64.b64encode(text.encode()).decode() for text in (PASSWORD, f"\0student\0{PASSWORD}")))

LINES = (
    "From: <teacher@example.test>",
    "Subject: Grüße, 世界",
    "",
    "the next line is a lone dot",
    ".",
    "..two dots open this one",
    ".hidden",
    "x" * 2000,
    "trailing blanks   ",
    "",
    "ünïcödé",
)
MESSAGE = "".join(f"{line}\r\n" for line in LINES).encode()

BY_HAND = (("AUTH PLAIN", "auth (user)>"), ("student", "auth (password)>"), (PASSWORD, "smtps>"))
BY_COMMAND = (("/auth PLAIN student", "password:"), (PASSWORD, "smtps>"))
IN_ONE_LINE = ((f"AUTH PLAIN {SECRETS[-1]}", "smtps>"),)


@pytest.mark.parametrize("login", [BY_HAND, BY_COMMAND, IN_ONE_LINE], ids=["by hand", "/auth", "initial response"])
def test_a_message_gets_through_octet_for_octet(
    practice: PracticeServer, tmp_path: Path, login: tuple[tuple[str, str], ...]
) -> None:
    """What the mailbox holds is what was pasted; what was secret is nowhere but on the wire."""
    with Terminal(practice.url, state=tmp_path) as terminal:
        terminal.expect("220 ")
        terminal.expect_prompt("smtp>")
        terminal.enter("EHLO client.example.test")
        terminal.expect("250-SIZE", "250 ")
        terminal.enter("STARTTLS")
        terminal.expect("220 ", "-- tls TLSv1.3", "NOT VERIFIED")
        terminal.expect_prompt("smtps>")
        terminal.enter("EHLO client.example.test")
        terminal.expect("NOT VERIFIED", "250 ")
        for line, prompt in login:
            terminal.enter(line)
            terminal.expect_prompt(prompt)
        terminal.expect("235 ")
        terminal.enter("MAIL FROM:<teacher@example.test> BODY=8BITMIME SMTPUTF8")
        terminal.expect("235 ", "250 2.1.0")
        terminal.enter("RCPT TO:<student@example.test>")
        terminal.expect("250 2.1.5")
        terminal.enter("RCPT TO:<nobody@example.test>")
        terminal.expect("550 5.1.1")
        terminal.enter("DATA")
        terminal.expect_prompt("data>")
        terminal.paste(MESSAGE.replace(b"\r\n", b"\r"))
        terminal.expect("line ends were made CRLF", "C: ..", "C: ...two dots", "C: ..hidden")
        terminal.enter(".")
        terminal.expect(f"{len(MESSAGE)} octets of content", "3 dots added", "250 2.0.0")
        terminal.expect_prompt("smtps>")
        terminal.enter("QUIT")
        terminal.expect("221 ", "closed by server")
        terminal.expect_prompt("smtpshell>")
        terminal.press(b"\x04")
        assert terminal.expect_end() == 1

    assert [message.content for message in practice.mailboxes.mailbox("student").messages] == [MESSAGE]
    (history,) = (tmp_path / "history").iterdir()
    assert oct(history.stat().st_mode & 0o777) == "0o600"
    kept = history.read_text()
    assert "MAIL FROM:<teacher@example.test> BODY=8BITMIME SMTPUTF8\n" in kept
    assert "lone dot" not in kept
    typed = SECRETS if login is not IN_ONE_LINE else ()
    assert [secret for secret in SECRETS if secret in kept] == []
    assert [secret for secret in typed if secret.encode() in terminal.octets] == []


def test_without_a_url_there_is_someone_to_talk_to(tmp_path: Path) -> None:
    """The practice server is started, and /mailbox gives back what it got, octet for octet."""
    saved = tmp_path / "saved.eml"
    with Terminal(state=tmp_path / "state") as terminal:
        terminal.expect("practice server at smtp://127.0.0.1:", "220 ")
        terminal.enter("EHLO me", "MAIL FROM:<>", "RCPT TO:<student@example.test>", "DATA")
        terminal.expect_prompt("data>")
        terminal.enter("Subject: typed", "", ".dot", ".")
        terminal.expect("C: ..dot", "250 2.0.0")
        terminal.enter(f"/mailbox student 1 --raw {saved}")
        terminal.expect("24 octets written")
        terminal.enter("/quit")
        terminal.expect_end()
    assert saved.read_bytes() == b"Subject: typed\r\n\r\n.dot\r\n"


def test_starttls_on_the_command_line_comes_first(practice: PracticeServer, tmp_path: Path) -> None:
    """With --starttls the prompt is inside TLS before anything is typed."""
    with Terminal("--starttls", practice.url, state=tmp_path) as terminal:
        terminal.expect("220 ", "/starttls, as the settings say", "-- tls TLSv1.3", "NOT VERIFIED")
        terminal.expect_prompt("smtps>")
