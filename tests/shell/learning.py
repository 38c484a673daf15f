"""Somebody who learns: a shell whose lines are typed as at the prompt, content and chunks included."""

from __future__ import annotations

from smtpshell.shell.display.render import to_text
from smtpshell.shell.learning.hints import typed_form
from smtpshell.shell.learning.lesson import Lesson, Task
from tests.shell.support import Shell

__all__ = ["Learner", "lines_of"]


def lines_of(lesson: Lesson) -> list[tuple[Task, int, list[str]]]:
    """Give what is to be typed for each line of each task."""
    return [
        (task, line, [_typed(text) for text in typed_form(task, line)])
        for task in lesson.tasks
        for line in range(len(task.said))
    ]


def _typed(text: str) -> str:
    return "" if text.startswith("(nothing") else text


class Learner(Shell):
    """Types lines as at the prompt, one after the other, each when the lesson has said what it has to say."""

    def type(self, *lines: str) -> str:
        """Type lines; give what is said meanwhile."""
        before = len(self.printed)
        for line in lines:
            self._enter(line)
            self.wait()
        return to_text(self.printed[before:])

    def _enter(self, line: str) -> None:
        if self.mode == "content" and line == ".":
            self.end_content()
        elif self.mode == "content":
            self.content_line(line)
        elif self.mode == "chunk":
            self.chunk_octets(line.encode() + b"\r\n")
        else:
            self.execute(line)

    @property
    def learning(self) -> bool:
        """Whether a lesson is under way."""
        return self.tutor is not None
