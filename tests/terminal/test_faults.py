"""A fault of smtpshell's own is one line on the screen, and the session goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from smtpshell.errors import UsageError
from smtpshell.shell.display.styles import Fragments
from smtpshell.shell.interpreter import Interpreter
from smtpshell.shell.language.completion import Candidate
from smtpshell.shell.terminal.completer import LineCompleter
from smtpshell.shell.terminal.dialogue import Dialogue
from smtpshell.shell.terminal.toolbar import toolbar
from smtpshell.shell.terminal.validator import LineValidator

TRAP = "\x1b[2J trap"


class Faulty(Interpreter):
    """An interpreter that fails at whatever it is asked."""

    def completions(self, text: str, cursor: int) -> list[Candidate]:
        raise ZeroDivisionError(TRAP)

    def check(self, line: str) -> UsageError | None:
        raise ZeroDivisionError(TRAP)

    def toolbar(self) -> Fragments:
        raise ZeroDivisionError(TRAP)

    def execute(self, line: str) -> None:
        raise ZeroDivisionError(TRAP)


class Page:
    """A Screen that keeps what it is shown."""

    def __init__(self, dialogue: Dialogue) -> None:
        self.text = ""
        self.lines: list[str] = []
        self.left = asyncio.Event()

    async def run(self) -> None:
        await self.left.wait()

    def show(self, fragments: Fragments) -> None:
        self.text += "".join(text for _, text in fragments)

    def refresh(self) -> None: ...

    def echo(self, line: str) -> None: ...

    def edit(self, text: str) -> None: ...

    def outside(self, act: Callable[[], object], then: Callable[[Any], object]) -> bool:
        return False

    def last_line(self) -> str:
        return ""

    def rows(self) -> int:
        return 24

    def page(self, fragments: Fragments) -> bool:
        return False

    def remember(self, line: str) -> None:
        self.lines.append(line)

    def leave(self) -> None:
        self.left.set()


FAULTS: dict[str, Callable[[Dialogue], object]] = {
    "completion": lambda dialogue: list(
        LineCompleter(dialogue).get_completions(Document("EH"), CompleteEvent(completion_requested=True))
    ),
    "check": lambda dialogue: LineValidator(dialogue).validate(Document("/set")),
    "line": lambda dialogue: dialogue.line("NOOP"),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_is_one_line(fault: Callable[[Dialogue], object]) -> None:
    """It names the exception, escapes what is in it, and the next line is taken."""

    async def meet() -> Page:
        page = []

        def make(dialogue: Dialogue) -> Page:
            page.append(Page(dialogue))
            return page[0]

        interpreter = Faulty(lambda fragments: None)
        dialogue = Dialogue(interpreter, make)
        fault(dialogue)
        dialogue.line("NOOP again")
        interpreter.close()
        return page[0]

    page = asyncio.run(meet())
    first = page.text.splitlines()[0]
    assert first == r"a fault in smtpshell, the session goes on: ZeroDivisionError: \x1b[2J trap"
    assert page.lines[-1] == "NOOP again"


def test_a_fault_in_the_toolbar_stays_in_the_toolbar() -> None:
    """It is drawn again and again, so it is not printed."""

    async def meet() -> str:
        interpreter = Faulty(lambda fragments: None)
        fragments = toolbar(Dialogue(interpreter, Page))
        interpreter.close()
        return "".join(fragment[1] for fragment in fragments)

    assert asyncio.run(meet()) == " no toolbar: ZeroDivisionError"
