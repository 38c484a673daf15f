"""At the live prompt: a group of lines, a whole message, a conversation cut short."""

from __future__ import annotations

from pathlib import Path

from smtpshell.practice import PracticeServer
from tests.terminal.terminal import Terminal


def test_group_message_and_cut(practice: PracticeServer, tmp_path: Path) -> None:
    """Lines are collected under their own prompt; /send works beside typed lines; /drop waits for its step."""
    with Terminal(practice.url, state=tmp_path) as terminal:
        terminal.expect("220 ")
        terminal.enter("EHLO client.example.test")
        terminal.expect("250 ")
        terminal.enter("/pipeline")
        terminal.expect_prompt("pipeline>")
        terminal.enter("MAIL FROM:<teacher@example.test>")
        terminal.enter("RCPT TO:<nobody@example.test>")
        terminal.enter("RSET")
        terminal.expect_prompt("pipeline>")
        terminal.enter("/end")
        terminal.expect("to MAIL FROM", "250 2.1.0", "to RCPT TO", "550 5.1.1", "to RSET", "250 2.0.0")
        terminal.enter("/send --from teacher@example.test --to student@example.test --chunk 100 --pipeline")
        terminal.expect("message 1: accepted for 1 of 1")
        terminal.enter("/drop rcpt")
        terminal.enter("MAIL FROM:<teacher@example.test>")
        terminal.enter("RCPT TO:<student@example.test>")
        terminal.expect("dropped after rcpt, as asked", "closed by client")
        terminal.expect_prompt("smtpshell>")
    assert len(practice.mailboxes.mailbox("student").messages) == 1
