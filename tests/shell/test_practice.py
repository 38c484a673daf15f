"""/practice at the prompt: the server, who lives there, and what it does wrong."""

from __future__ import annotations

from smtpshell.errors import ExitStatus
from smtpshell.shell.commands.practice import MischiefWord
from smtpshell.shell.declaration.command import load_commands
from tests.shell.support import Shell


def test_mischief_is_switched_on_shown_and_off(shell: Shell) -> None:
    """What is on is told; it happens; off ends it."""
    assert "does nothing wrong" in shell.say("/practice off")
    said = shell.say("/practice fail RCPT 452 mailbox full")
    assert said.endswith("\n  makes the reply to RCPT: 452 4.0.0 mailbox full\n")
    assert "452 4.0.0 mailbox full" in shell.say("MAIL FROM:<>", "RCPT TO:<student@example.test>")
    assert shell.say("/practice once drop on DATA").endswith("hangs up instead of the reply to DATA (once)\n")
    said = shell.say("/practice")
    assert "user student, password first-lesson" in said
    assert said.endswith("(once)\n")
    assert shell.say("/practice off").count("\n") == 2
    assert "250 2.1.5" in shell.say("RCPT TO:<student@example.test>")


def test_several_at_once_by_options(shell: Shell) -> None:
    """The options are the same rules."""
    assert shell.practice
    shell.say(
        "/practice --fail 'MAIL 450' --fail 'RCPT 550 no' --drop 'after QUIT' --garbage codes --cut --delay 0"
    )
    assert [str(rule) for rule in shell.practice.mischief.rules] == [
        "delay 0",
        "fail MAIL 450",
        "fail RCPT 550 no",
        "drop after QUIT",
        "garbage codes",
        "cut",
    ]
    assert "450 4.0.0" in shell.say("MAIL FROM:<>")


def test_a_rule_that_cannot_be_read_changes_nothing(shell: Shell) -> None:
    """One line says how it is written, and none of the others is switched on."""
    assert shell.practice
    said = shell.say("/practice fail LUNCH --cut")
    assert "'LUNCH' is no step" in said
    assert "it is written: fail STEP [CODE] [TEXT]" in said
    assert shell.exit_status == ExitStatus.USAGE
    assert shell.practice.mischief.rules == ()


def test_close_reaches_the_prompt_unasked(shell: Shell) -> None:
    """A 421 that nobody asked for, and the end of the connection."""
    shell.execute("/practice close")
    shell.execute("NOOP")
    shell.wait()
    assert "421 4.3.2" in shell.text
    assert not shell.connected


def test_the_words_are_completed(shell: Shell) -> None:
    """Kinds, steps, kinds of garbage."""
    (argument,) = load_commands()["practice"].positionals
    assert isinstance(argument.type, MischiefWord)
    offered = dict(argument.type.complete("", shell))
    assert {"delay", "off", "once", "after", "CONTENT", "RCPT", "bare-lf"} <= set(offered)
