"""What is asked before something that could be a mistake: a text, and one key for each answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtpshell.shell.display.styles import Fragments

if TYPE_CHECKING:
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["Answer", "Question", "about_interrupt", "about_lines", "about_sending"]


@dataclass(frozen=True, slots=True)
class Answer:
    """One way to answer: its key, what it does in a few words, the doing."""

    key: str
    label: str
    act: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Question:
    """Something to decide by one key; the last answer is the harmless one, which Ctrl-C gives."""

    text: str
    answers: tuple[Answer, ...]

    @property
    def prompt(self) -> str:
        """What stands before the cursor while it is asked: the keys."""
        return f"[{'/'.join(answer.key for answer in self.answers)}] > "

    def fragments(self) -> Fragments:
        """Give the question and its answers, one a line."""
        shown: Fragments = [("heading", f"{self.text}\n")]
        for answer in self.answers:
            shown += [("verb", f"  {answer.key}"), ("", f"  {answer.label}\n")]
        return shown

    def answer(self, key: str) -> Answer | None:
        """Give the answer of a key, None for a key that is none."""
        return next((answer for answer in self.answers if answer.key == key.lower()), None)


def about_lines(
    lines: list[str],
    *,
    one_by_one: Callable[[], object],
    pipelined: Callable[[], object],
    edit: Callable[[], object],
) -> Question:
    """Ask what to do with several lines (or one enormous one) that came at once."""
    count = f"{len(lines):,} lines" if len(lines) > 1 else f"one line of {len(lines[0]):,} characters"
    return Question(
        f"{count}; nothing was sent yet:",
        (
            Answer("o", "send one by one, each after the reply to the one before", one_by_one),
            Answer("p", "send all in one write (pipelining)", pipelined),
            Answer("e", "edit first", edit),
            Answer("d", "drop", _nothing),
        ),
    )


def about_sending(interpreter: Interpreter) -> Question | None:
    """Ask what Ctrl-C means while something long is being sent; None where it is not, or not any more."""
    progress = interpreter.progress
    if progress is None or not progress.can_be_dropped:
        return None

    def drop() -> None:
        if not progress.drop():
            interpreter.note("  too late: all of it was sent, and may be delivered")

    return Question(
        "sending goes on meanwhile:",
        (Answer("d", "drop the connection: nothing is delivered", drop), Answer("g", "go on", _nothing)),
    )


def about_interrupt(interpreter: Interpreter) -> Question | None:
    """Ask what Ctrl-C means where the server waits for something that is no command; None where it does not."""
    drop = Answer("d", "drop the connection: nothing is delivered", interpreter.abort_content)
    end = Answer("e", "end the message here: what was sent so far may be delivered", interpreter.end_content)
    cancel = Answer("c", "cancel the login by sending *", lambda: interpreter.execute("*"))
    go_on = Answer("g", "go on", _nothing)
    questions = {
        "content": Question("in the middle of a message:", (drop, end, go_on)),
        "chunk": Question("in the middle of a chunk:", (drop, go_on)),
        "auth": Question("in the middle of a login:", (cancel, go_on)),
    }
    return questions.get(interpreter.mode)


def _nothing() -> None:
    """Leave everything as it is."""
