"""Profiles and variables at the prompt, in a real terminal."""

from __future__ import annotations

import os
from pathlib import Path

from smtpshell.practice import PracticeServer
from tests.terminal.terminal import Terminal


def test_a_profile_and_its_password_command(practice: PracticeServer, tmp_path: Path) -> None:
    """`smtpshell NAME` is inside TLS before anything is typed; Ctrl-C ends a program that keeps its password."""
    config, started = tmp_path / "mine.toml", tmp_path / "started"
    os.mkfifo(started)
    config.write_text(
        f"""
[profile.work]
url = "{practice.url}"
starttls = true
user = "student"
password-command = ["sh", "-c", "echo > '{started}'; exec sleep 300"]
[profile.elsewhere]
url = "{practice.url}"
"""
    )
    with Terminal("work", "--config", str(config), state=tmp_path) as terminal:
        terminal.expect("/starttls, as the settings say", "-- tls ")
        terminal.expect_prompt("smtps> ")
        terminal.enter("/auth")
        started.read_bytes()
        terminal.press(b"\x03")
        terminal.expect("the password command sh failed: it was interrupted; /auth runs it again")
        terminal.enter('/set password-command "echo first-lesson"', "/auth")
        terminal.expect("235 ")
        terminal.enter("/config")
        terminal.expect(f"configuration {config}", "* work", "elsewhere", "[profile.work]", "/set")
        terminal.expect_prompt("smtps> ")
        terminal.press(b"/connect els")
        terminal.expect("/connect els", f"elsewhere  {practice.url}")
        terminal.press(b"\t")
        terminal.expect_prompt("smtps> /connect elsewhere")
        terminal.press(b"\r")
        terminal.expect_prompt("elsewhere smtp> ")
        terminal.enter("/quit")
        terminal.expect_end()


def test_variables_are_completed_checked_and_hidden(practice: PracticeServer, tmp_path: Path) -> None:
    """A secret is asked for and never seen; a line with an unknown name stays, the cursor at the place."""
    with Terminal(practice.url, state=tmp_path) as terminal:
        terminal.expect_prompt("smtp> ")
        terminal.enter("/set variables on", "/let --secret word")
        terminal.expect_prompt("word: ")
        terminal.enter("open sesame")
        terminal.expect("word (secret)")
        terminal.press(b"NOOP ${wo")
        terminal.expect("word}", "(secret)", "greeted")
        terminal.press(b"\t")
        terminal.expect_prompt("smtp> NOOP ${word}")
        terminal.press(b"\r")
        terminal.expect("NOOP ${word}", "NOOP ${auth}", "250 ")
        terminal.enter("NOOP ${wrod} x")
        terminal.expect("no variable 'wrod'; did you mean word?")
        # Ctrl-D takes away what is under the cursor: the name begins there.
        terminal.press(b"\x04" * len("${wrod}") + b"\x01RSET #")
        terminal.expect("RSET #NOOP  x")
        terminal.press(b"\x01\x0b/quit\r")
        terminal.expect_end()
        assert b"sesame" not in terminal.octets
    kept = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert b"NOOP ${word}" in kept
    assert b"sesame" not in kept
