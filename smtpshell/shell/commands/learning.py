"""Commands about practice: lessons, with all that is typed answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from smtpshell.errors import SmtpshellError, UsageError
from smtpshell.shell.declaration.argument_types import ArgumentType, Pairs
from smtpshell.shell.declaration.command import command
from smtpshell.shell.language.syntax import Word
from smtpshell.shell.outcome import Outcome, lines

if TYPE_CHECKING:
    from smtpshell.shell.interpreter import Interpreter
    from smtpshell.shell.learning.progress import Progress
    from smtpshell.shell.learning.shelf import Shelved
    from smtpshell.shell.learning.tutor import Tutor

__all__ = ["hint", "learn", "lessons", "skip"]


class LessonName(ArgumentType):
    """A lesson: its name, its number, or the path of its file."""

    metavar = "LESSON"

    def parse(self, word: Word) -> str:
        return word.text

    def complete(self, prefix: str, interpreter: Interpreter) -> Pairs:
        from smtpshell.shell.learning.shelf import shelved

        try:
            return [(lesson.name, _title(lesson)) for lesson in shelved(interpreter.settings.lessons)]
        except UsageError:
            return []


@command(slow=True, stays=True)
def learn(
    interpreter: Interpreter,
    lesson: Annotated[str, LessonName("which one; where you stopped, or the next one, if left out")] = "",
) -> None:
    """Learn SMTP by typing it: a lesson says what to type, the practice server answers.

    Each lesson starts a practice server of its own, in the place of the one there is; a connection to another
    server stays, as a session of its own.  /hint helps, /skip types a line for you, /lessons lists all, /quit
    leaves; progress is kept.  A lesson is a transcript: ./mine.smtp is one too, and SMTPSHELL_LESSONS and
    /set lessons name folders with more.

    Example:
        /learn
        /learn 2
        /learn starttls
    """
    from smtpshell.shell.learning.shelf import find, shelved
    from smtpshell.shell.learning.tutor import Tutor

    progress = _progress(interpreter)
    shelf = shelved(interpreter.settings.lessons)
    chosen = find(lesson, interpreter.settings.lessons) if lesson else _due(shelf, progress)
    read = chosen.read()
    interpreter.tutor = None
    tutor = Tutor(interpreter, read, progress, _following(shelf, chosen))
    tutor.begin()
    interpreter.tutor = tutor


@command()
def lessons(interpreter: Interpreter) -> Outcome:
    """List the lessons; those that are done have a tick, the one you are in an arrow.

    Example:
        /lessons
    """
    from smtpshell.shell.learning.shelf import shelved

    progress = _progress(interpreter)
    rows, data = [], []
    for one in shelved(interpreter.settings.lessons):
        title, state = _title(one), _state(one, progress)
        rows.append(f"  {_MARKS[state]} {one.name:<22} {title}")
        data.append({"lesson": one.key, "title": title, "state": state})
    outcome = lines(*rows, style="", heading="lessons; /learn NAME begins one")
    return Outcome(fragments=outcome.fragments, data={"event": "lessons", "lessons": data})


_MARKS = {"done": "✓", "begun": "→", "new": " "}


@command(needs="practice")
def hint(interpreter: Interpreter) -> None:
    """Help with what the lesson waits for: first a little, at last the whole line.

    Example:
        /learn 1
        /hint
    """
    _tutor(interpreter).hint()


@command(needs="practice")
def skip(interpreter: Interpreter) -> None:
    """Have the lesson send what it waits for.

    Example:
        /learn 1
        /skip
    """
    _tutor(interpreter).skip()


def _tutor(interpreter: Interpreter) -> Tutor:
    if interpreter.tutor is None:
        raise UsageError("there is no lesson under way", hint="/learn begins one")
    return interpreter.tutor


def _progress(interpreter: Interpreter) -> Progress:
    from smtpshell.shell.learning.progress import Progress

    return Progress(lambda why: interpreter.note(why, "error"))


def _state(one: Shelved, progress: Progress) -> str:
    return "begun" if one.key == progress.at else "done" if one.key in progress.done else "new"


def _due(shelf: list[Shelved], progress: Progress) -> Shelved:
    """Give the lesson where one stopped, else the first that is not done, else the first."""
    begun = [one for one in shelf if one.key == progress.at]
    new = [one for one in shelf if one.key not in progress.done]
    return (begun or new or shelf)[0]


def _following(shelf: list[Shelved], chosen: Shelved) -> str:
    """Say what comes after a lesson."""
    keys = [one.key for one in shelf]
    behind = shelf[keys.index(chosen.key) + 1 :] if chosen.key in keys else []
    if not behind:
        return "That was the last lesson. /lessons lists them all, /quit leaves."
    following = behind[0]
    return f"Next: {following.name} ({_title(following)}).  /learn goes on with it, /quit leaves."


def _title(one: Shelved) -> str:
    """Give a lesson's title, or what is wrong with its file."""
    try:
        return one.read().title
    except SmtpshellError as error:
        return f"cannot be read: {error}"
