"""One lesson under way: the tutor sees what goes over the wire, judges it by the lesson, and says what is due.

observe() takes each event, speak() is called when nothing more is on its way.  A line that is not the lesson's is
the server's to answer; where it changed how the conversation stands, the tutor connects anew and says all up to
there again, out of sight.  Nothing here waits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from textwrap import wrap
from typing import TYPE_CHECKING, Final, NoReturn

from smtpshell.errors import UsageError
from smtpshell.protocol.commands import AuthResponse, Bdat, Command, Content
from smtpshell.protocol.events import CommandSent, ContentSent, Event, ReplyReceived
from smtpshell.protocol.replies import Reply
from smtpshell.protocol.reply_codes import explain_code
from smtpshell.protocol.states import State
from smtpshell.shell.display.render import visible
from smtpshell.shell.display.styles import Fragments
from smtpshell.shell.learning.hints import cue, hints_for
from smtpshell.shell.learning.judging import END, content_problem, same_command
from smtpshell.shell.learning.lesson import Lesson, Task, standing
from smtpshell.shell.link import Link
from smtpshell.shell.outcome import Outcome

if TYPE_CHECKING:
    from smtpshell.shell.conversation import Conversation
    from smtpshell.shell.interpreter import Interpreter
    from smtpshell.shell.learning.progress import Progress

__all__ = ["Tutor"]

_PATIENCE: Final = 86400.0
"""Seconds the practice server of a lesson waits for somebody who thinks, or sleeps."""

_WIDTH: Final = 78
"""Columns of what the tutor says by itself; lessons are written to fit them too."""

_ONE_BY_ONE: Final = "That will do, but the line before was answered already; /pipeline sends lines together."
_TRY_AGAIN: Final = "Try again, or type /hint."


@dataclass(slots=True, eq=False)
class _Attempt:
    """Something that was sent, the task it is taken for (None: not the lesson's), and what came back."""

    command: Command
    task: int | None
    replies: list[Reply] = field(default_factory=list)


class Tutor:
    """Teaches one lesson in a shell; ``quiet`` while it says again, by itself, what was said before."""

    def __init__(self, interpreter: Interpreter, lesson: Lesson, progress: Progress, following: str) -> None:
        self.lesson = lesson
        self.conversation: Conversation = interpreter.current
        self.quiet: bool = False
        self._interpreter = interpreter
        self._progress = progress
        self._following = following
        self._at = 0
        self._next = 0
        self._line = 0
        self._in_header = True
        self._attempts: list[_Attempt] = []
        self._remarks: list[str] = []
        self._retry = False
        self._one_by_one = False
        self._told: tuple[int, int] | None = None
        self._hints = 0
        self._again = 0
        self._sent: int | None = None
        self._connected_for = 0
        self._anew = False

    # ---------------------------------------------------------------- for the commands

    def begin(self) -> None:
        """Tell what the lesson is about, start a practice server of its own, connect.  Raises TransportError."""
        self._tell([], heading=f"Lesson {self.lesson.key.rpartition('/')[2]}: {self.lesson.title}")
        self._tell(self.lesson.intro)
        self._progress.begin(self.lesson.key)
        shell = self._interpreter
        endpoint = shell.session.endpoint if shell.session else None
        ours = shell.practice is not None and endpoint is not None and endpoint.url == shell.practice.url
        if shell.session is not None and ours:
            shell.session.close()
        self._start_server()
        # Where there was a connection to somebody else, another conversation has begun.
        self.conversation = shell.current

    def hint(self) -> None:
        """Give the next hint for what is to be typed."""
        hints = hints_for(self.lesson, self._task, self._line)
        self._hints = min(self._hints + 1, len(hints))
        more = "" if self._hints == len(hints) else "  (/hint again tells more)"
        self._tell([f"Hint: {hints[self._hints - 1]}{more}"], kind="hint")

    def skip(self) -> None:
        """Send what is to be typed, for the learner.  Raises what sending raises."""
        shell, task = self._interpreter, self._task
        session = shell.live
        octets = b"".join(said.octets for said in task.said[self._line :])
        if session.connection.chunk_wanted:
            octets = octets[: shell.chunk_left].ljust(shell.chunk_left, b".")
        shown = [f"    {line}" for line in octets.decode("utf-8", "replace").splitlines()]
        self._tell(["Sent for you:", *shown], kind="skipped")
        session.send_octets(octets)

    @property
    def position(self) -> str:
        """How far it has come: "3/12"."""
        return f"{min(self._at + 1, len(self.lesson.tasks))}/{len(self.lesson.tasks)}"

    @property
    def _task(self) -> Task:
        return self.lesson.tasks[self._next]

    # ---------------------------------------------------------------- what goes over the wire

    def observe(self, event: Event) -> bool:
        """See one event; tell whether it is to be kept from the screen."""
        if self._interpreter.current is not self.conversation:
            return False
        match event:
            case CommandSent():
                self._command(event)
            case ContentSent(chunk=True):
                self._chunk(event)
            case ContentSent():
                self._content(event)
            case ReplyReceived(command=Command() as command):
                self._reply(command, event.reply)
            case _:
                pass  # how the conversation stands is looked at when all has come
        return self.quiet

    def _command(self, event: CommandSent) -> None:
        fits = self._fits(event.command)
        self._attempts.append(_Attempt(event.command, self._next if fits else None))
        if not fits:
            return
        session = self._interpreter.session
        alone = session is not None and len(session.connection.outstanding) < 2
        if self._task.together and alone and not self._one_by_one:
            self._one_by_one = True
            self._remarks.append(_ONE_BY_ONE)
        if isinstance(event.command, Bdat) and event.command.size and len(self._task.said) > 1:
            self._line, self._hints = 1, 0
        else:
            self._pass_by()

    def _fits(self, typed: Command) -> bool:
        """Tell whether a command is what the next task wants."""
        if self._next >= len(self.lesson.tasks) or self._line or self._task.kind == "content":
            return False
        answers = isinstance(typed, AuthResponse)
        expected = self._task.said[0].octets
        return answers == (self._task.kind == "auth") and same_command(expected, typed, self.lesson.own)

    def _pass_by(self) -> None:
        """Take what was sent for the next task, until its reply tells more."""
        self._next += 1
        self._line = 0
        self._in_header = True
        self._hints = 0

    def _chunk(self, event: ContentSent) -> None:
        if not self._line:
            return
        if event.ended:
            self._pass_by()
        else:
            self._line = min(self._line + event.octets.count(b"\n"), len(self._task.said) - 1)
            self._hints = 0

    def _content(self, event: ContentSent) -> None:
        if self._next >= len(self.lesson.tasks) or self._task.kind != "content":
            return
        for line in event.octets.splitlines(keepends=True):
            if line == END and event.ended:
                self._end_content()
                return
            self._content_line(line)

    def _content_line(self, line: bytes) -> None:
        expected = self._task.said[self._line].octets
        problem = content_problem(expected, line, in_header=self._in_header)
        self._in_header = self._in_header and bool(line.strip())
        if problem:
            remark = f"That line is part of the message now. {problem[0].upper()}{problem[1:]}."
            # Of a whole file that goes out at once each line may be wrong.
            self._remarks += [remark] if remark not in self._remarks else []
        else:
            self._line += 1
            self._hints = 0

    def _end_content(self) -> None:
        if self._task.said[self._line].octets != END:
            self._remarks.append("You ended the message sooner than the lesson does; that is fine.")
        self._attempts.append(_Attempt(Content(), self._next))
        self._pass_by()

    def _reply(self, command: Command, reply: Reply) -> None:
        for attempt in self._attempts:
            content = isinstance(command, Content) and isinstance(attempt.command, Content)
            if attempt.command is command or content:
                attempt.replies.append(reply)
                return

    # ---------------------------------------------------------------- what is due

    def speak(self) -> bool:
        """Say what is due, unless something is still to come; tell whether something was sent meanwhile."""
        shell = self._interpreter
        if shell.finished or shell.current is not self.conversation or not self._settled:
            return False
        self._judge()
        if self._sent is not None and self._at <= self._sent:
            self._give_up()
        self._sent = None
        if self._at == len(self.lesson.tasks):
            self._finish()
            return False
        task = self.lesson.tasks[self._at]
        if task.connects and self._connected_for != self._at:
            return self._connect_for_task()
        if self._lost(task):
            if self._anew:
                self._give_up()
            self._anew = True
            return self._take_back()
        self._anew = False
        if self._at < self._again:
            self._send_again(task)
            return True
        self.quiet = False
        self._say_remarks()
        self._tell_task()
        return False

    @property
    def _settled(self) -> bool:
        """Whether all that was sent has had its reply, and it is the learner's turn."""
        session = self._interpreter.session
        if session is None or session.closed or self._interpreter.mode != "command":
            return True
        connection = session.connection
        return not connection.outstanding and connection.state not in (State.TLS, State.CLOSED)

    def _judge(self) -> None:
        """Look at what came back to all that was sent, in order."""
        session = self._interpreter.session
        outstanding = {id(command) for command in session.connection.outstanding} if session else set()
        # Before a chunk is complete neither its BDAT nor what went out with it is judged.
        kept = [attempt for attempt in self._attempts if id(attempt.command) in outstanding]
        failed = False
        for attempt in self._attempts[: len(self._attempts) - len(kept)]:
            task = None if attempt.task is None or failed else self.lesson.tasks[attempt.task]
            if task is None:
                self._retry = True
                self._remarks.append(_about_other(attempt))
            elif _classes(attempt.replies) == _classes(task.replies):
                self._at = (attempt.task or 0) + 1
            else:
                failed = self._retry = True
                self._remarks.append(_about_reply(attempt, task))
        self._attempts = kept
        if self._next != self._at and not kept:
            self._next, self._line, self._in_header = self._at, 0, True

    def _lost(self, task: Task) -> bool:
        """Tell whether the conversation stands elsewhere than where this task is due."""
        session = self._interpreter.session
        if session is None or session.closed:
            return True
        if self._interpreter.mode == "chunk":
            return not self._line
        return standing(session.connection) != task.standing

    # ---------------------------------------------------------------- going back

    def _take_back(self) -> bool:
        """Connect anew, to say all up to the task that is due again."""
        where = ", up to where you were" if self._at else ""
        why = "That led away from the lesson" if self._retry else "The connection is gone"
        self._remarks.append(f"{why}, so the conversation is begun anew{where}.")
        self._say_remarks()
        first = max(number for number, task in enumerate(self.lesson.tasks) if self._starts(number, task))
        self._again, self._at, self._next, self._line = self._at, first, first, 0
        self._told = None
        self.quiet = self._again > first
        self._close()
        if first:
            self._connect()
        else:
            self._start_server()
        return True

    def _starts(self, number: int, task: Task) -> bool:
        """Whether a connection begins with this task, at the one that is due or before."""
        return number <= self._at and (number == 0 or task.connects)

    def _connect_for_task(self) -> bool:
        self._say_remarks()
        self._connected_for = self._at
        self._close()
        self._connect()
        return True

    def _start_server(self) -> None:
        """Start a practice server of the lesson's own: greylists and mischief are as the lesson has them."""
        from smtpshell.practice import PracticeServer

        shell = self._interpreter
        if shell.practice is not None:
            shell.practice.close()
        shell.practice = PracticeServer(lmtp=self.lesson.lmtp, timeout=_PATIENCE)
        shell.practice.start()
        for words in self.lesson.mischief:
            shell.practice.misbehave(words)
        self._connect()

    def _close(self) -> None:
        session = self._interpreter.session
        if session is not None:
            session.close()

    def _connect(self) -> None:
        shell = self._interpreter
        # Not as the settings may say, with STARTTLS at once: what is said is for the lesson to say.
        Link.connect(shell, shell.start_practice().url)

    def _send_again(self, task: Task) -> None:
        self._sent = self._at
        self._interpreter.live.send_octets(b"".join(said.octets for said in task.said))

    def _give_up(self) -> NoReturn:
        self.quiet = False
        self._interpreter.tutor = None
        raise UsageError(
            "the lesson cannot go on from here: the server answers otherwise now",
            hint=f"/learn {self.lesson.key} begins it anew",
        )

    # ---------------------------------------------------------------- what is said

    def _tell_task(self) -> None:
        """Tell what is to be done, once; of lines that go out together all at once."""
        if self._told == (self._next, self._line):
            return
        self._told = (self._next, self._line)
        self._tell(self._task.said[self._line].prose or cue(self._task, self._line))
        if self._task.kind == "command" and self._line == 0:
            for task in self.lesson.tasks[self._next + 1 :]:
                if not task.together:
                    break
                self._tell(task.said[0].prose)

    def _say_remarks(self) -> None:
        remarks = [*self._remarks, *([_TRY_AGAIN] if self._retry else [])]
        self._remarks, self._retry = [], False
        self._tell([line for remark in remarks for line in wrap(remark, _WIDTH)], kind="remark")

    def _finish(self) -> None:
        lesson, shell = self.lesson, self._interpreter
        self.quiet = False
        self._remarks.clear()
        shell.tutor = None
        self._progress.finish(lesson.key)
        self._tell(lesson.closing)
        learnt = [
            line
            for sentence in lesson.learnt
            for line in wrap(sentence, _WIDTH, initial_indent="  - ", subsequent_indent="    ")
        ]
        source = wrap(f"Where it is written: {lesson.source}.", _WIDTH) if lesson.source else []
        self._tell(
            [*(["You have learnt:", *learnt] if learnt else []), *source, *wrap(self._following, _WIDTH)],
            heading=f"Well done! That was “{lesson.title}”.",
            kind="finished",
        )

    def _tell(self, text: list[str] | tuple[str, ...], *, heading: str = "", kind: str = "told") -> None:
        """Show lines of the lesson; of what it tells those indented by four are to be typed."""
        if not text and not heading:
            return
        shown: Fragments = [("", "\n")]
        if heading:
            shown.append(("heading", visible(heading) + "\n"))
        shown += [
            ("verb" if kind == "told" and line.startswith("    ") else "", visible(line) + "\n") for line in text
        ]
        told = "\n".join([heading] * bool(heading) + list(text))
        self._interpreter.show(
            Outcome(
                fragments=shown, data={"event": "lesson", "lesson": self.lesson.key, "kind": kind, "text": told}
            )
        )


def _classes(replies: list[Reply]) -> list[int]:
    return [reply.code // 100 for reply in replies]


def _answered(attempt: _Attempt) -> str:
    """Say what came back."""
    if not attempt.replies:
        return "The server hung up without an answer."
    code = attempt.replies[-1].code
    return f"The server answered {code}: {explain_code(code).meaning}."


def _about_other(attempt: _Attempt) -> str:
    positive = attempt.replies and attempt.replies[-1].code < 400
    behind = (
        " That was not what the lesson waits for, though." if positive else " The lesson waits for another line."
    )
    return _answered(attempt) + behind


def _about_reply(attempt: _Attempt, task: Task) -> str:
    wanted = f" The lesson needs a {task.replies[-1].code} here." if task.replies else ""
    cause = explain_code(attempt.replies[-1].code).cause if attempt.replies else ""
    return _answered(attempt) + (f" Usual causes: {cause}." if cause else "") + wanted
