"""What is explained and drawn, in a real terminal: offers, numbers, the states, the waterfall."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.terminal.terminal import Terminal


def begin(terminal: Terminal) -> None:
    """Get a refusal and a finding at the practice server."""
    terminal.expect_prompt("smtp> ")
    terminal.enter("EHLO client.example.test")
    terminal.expect("250 STARTTLS", "#1 warning auth-offered-in-clear")
    terminal.enter("MAIL FROM: <me@example.test>")
    terminal.expect("#2 warning space-before-path", "250 2.1.0")
    terminal.enter("RCPT TO:<nobody@example.test>")
    terminal.expect("550 5.1.1", "/explain says what 550 5.1.1 may mean")


def test_a_refusal_and_a_finding_are_explained(tmp_path: Path) -> None:
    """/explain follows the offer, /explain N the number; long lines are broken between words."""
    with Terminal(state=tmp_path, columns=60) as terminal:
        begin(terminal)
        terminal.enter("/explain")
        terminal.expect("550 to RCPT: 5.1.1", "user unknown: the domain is served here", "what to try")
        terminal.enter("/explain #2")
        terminal.expect("#2, about MAIL", "finding space-before-path, a warning", "  usual cause: the way it is")
        shown = terminal.expect_prompt("smtp> ")
        lines = shown[shown.index("#2, about MAIL") :].splitlines()
        assert lines[:2] == ["#2, about MAIL: no blank may stand between the colon and the", "    path"]


@pytest.mark.parametrize(
    ("locale", "lines"),
    [
        ("C.UTF-8", ("=> mail  (you are here) ◀─", "RCPT ───", "┤", "closed ◀─")),
        ("C", ("=> mail  (you are here) <-", "RCPT ---", "+", "closed <-")),
    ],
)
def test_the_states_are_drawn_with_what_the_terminal_has(
    tmp_path: Path, locale: str, lines: tuple[str, ...]
) -> None:
    """Lines are drawn with box characters where output is UTF-8, else with ASCII; the wait is a bar."""
    environment = {"LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": ""}
    with Terminal(state=tmp_path, lines=80, environment=environment) as terminal:
        begin(terminal)
        terminal.enter("/state")
        terminal.expect("in sequence now: EHLO", *lines)
        terminal.enter("/timing")
        bar = "█" if locale != "C" else "#"
        terminal.expect("connect", bar, "RCPT TO:<nobody@example", "550", bar, "in all", "median")
