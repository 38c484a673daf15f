"""At the live prompt: scripts, what they show, and how one is ended that waits."""

from __future__ import annotations

from pathlib import Path

from smtpshell.practice import PracticeServer
from tests.terminal.scripted import ScriptedServer
from tests.terminal.terminal import Terminal


def test_a_script_is_shown_as_it_runs(practice: PracticeServer, tmp_path: Path) -> None:
    """What it says is shown with direction marks; where it goes wrong the prompt is back as it was."""
    inner, outer = tmp_path / "inner.txt", tmp_path / "outer.txt"
    inner.write_text("VRFY nobody\n/expect 550\nVRFY teacher\n/expect 550\nNOOP never\n")
    outer.write_text(
        "EHLO client.example.test\nMAIL FROM:<me@example.test>\nRCPT TO:<student@example.test>\n"
        f"/data <<END\n/quit\n.\nEND\n/expect 354 to DATA\n/source {inner}\nNOOP never\n"
    )
    with Terminal(practice.url, state=tmp_path, columns=200) as terminal:
        terminal.expect("220 ")
        terminal.enter(f"/source {outer}")
        terminal.expect("C: EHLO", "S: 354 ", "C: ..", "as expected: 354 to DATA", "C: VRFY nobody", "S: 550")
        terminal.expect("C: VRFY teacher", "inner.txt:4:1: expected 550, got 250")
        terminal.enter("NOOP typed")
        terminal.enter("/expect 250")
        terminal.expect("as expected: 250")
        assert "C: NOOP" not in terminal.display
        terminal.enter("/quit")
        assert terminal.expect_end() == 1
    (message,) = practice.mailboxes.mailbox("student").messages
    assert message.content == b"/quit\r\n.\r\n"


def test_ctrl_c_ends_a_script_that_waits(tmp_path: Path) -> None:
    """The connection stays, the late reply is shown, the rest of the script is never said."""
    script = tmp_path / "slow.txt"
    script.write_text("NOOP 1\nNOOP 2\n")
    with ScriptedServer({}) as server, Terminal(server.url, state=tmp_path, columns=200) as terminal:
        terminal.expect("220 scripted")
        terminal.enter(f"/source {script}")
        server.expect(b"NOOP 1")
        terminal.expect("/source ...")
        terminal.press(b"\x03")
        terminal.expect("slow.txt:1:1: waits no longer")
        server.say(b"250 late\r\n")
        terminal.expect("250 late")
        terminal.enter("NOOP 3")
        server.expect(b"NOOP 1", b"NOOP 3")
