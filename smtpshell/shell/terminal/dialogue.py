"""What a line, a paste, Ctrl-C and Ctrl-D mean.

Lines go out as they are entered, replies are printed as they come, whatever is still outstanding.  While the
worker has the connection (turns.py) what is entered waits and goes out in its order after that.  Ctrl-C ends a
wait, never the connection.  Ctrl-D is /quit; a second one leaves without a goodbye.  Several lines pasted where
one command is expected, and Ctrl-C in the middle of a message, are asked about (questions.py).

Screens (screen.py, dumb.py) bring what was entered and show what comes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Final

from smtpshell.errors import ExitStatus, UsageError
from smtpshell.shell.terminal.pasted import SHOWN, PastedContent
from smtpshell.shell.terminal.questions import Question, about_interrupt, about_lines, about_sending
from smtpshell.shell.terminal.turns import Screen, Turns

if TYPE_CHECKING:
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["Dialogue"]

_INLINE: Final = 4096
"""Characters a paste without line end may have to become part of the line being edited."""

_BLOCK: Final = 65536
"""Octets of content sent without leaving the loop; more goes by the worker."""

_CONNECTING: Final = "connecting"
"""What the worker does first; there is no session to keep then."""

_SENDING: Final = "sending"
"""What the worker does with much content."""

_CONTENT: Final = ("content", "chunk")
"""Modes of the interpreter in which what is entered is content."""

_ENCODING: Final = ("utf-8", "surrogateescape")

Entry = str | bytes
"""What was entered: a line without its end, or pasted content."""


class Dialogue:
    """Stands between a screen and the interpreter; everything happens in the loop's thread but ask_secret()."""

    def __init__(self, interpreter: Interpreter, make_screen: Callable[[Dialogue], Screen]) -> None:
        self.interpreter = interpreter
        self.question: Question | None = None
        self.turns: Turns = Turns(interpreter, changed=self._attend)
        self._later: deque[Entry] = deque()
        self._leaving = False
        self._inserted = ""
        self._pasted = PastedContent(self.turns.note)
        self._secret: Future[str] | None = None
        self._secret_prompt = ""
        self.screen: Screen = make_screen(self)
        self.turns.screen = self.screen

    # ---------------------------------------------------------------- what is shown

    @property
    def prompt(self) -> str:
        """What stands before the line being edited."""
        if self._secret:
            return self._secret_prompt
        return self.question.prompt if self.question else self.interpreter.prompt

    @property
    def hidden(self) -> bool:
        """Whether the line being edited is a secret."""
        return self._secret is not None or (self.question is None and self.interpreter.hidden)

    @property
    def takes_commands(self) -> bool:
        """Whether the line being edited is a command, to complete, to check and to keep in the history."""
        return self.question is None and self._secret is None and self.interpreter.mode == "command"

    @property
    def waiting(self) -> int:
        """How much was entered and waits for its turn."""
        return len(self._later)

    # ---------------------------------------------------------------- what is entered

    def begin(
        self, url: str | None, lines: Sequence[str] = (), opening: Callable[[], object] | None = None
    ) -> None:
        """Connect, or start the practice server, then run lines; where that fails there is nothing to stay for.

        ``opening`` connects in another way.
        """

        def connected() -> None:
            if self.interpreter.session is None:
                self.screen.leave()

        self._later.extend(lines)
        self.turns.run(_CONNECTING, opening or (lambda: self.interpreter.open(url)), slow=True, after=connected)

    def line(self, text: str) -> None:
        """Take one line that was typed, or several that were edited together."""
        pasted, self._inserted = text == self._inserted, ""
        if self._secret:
            self.screen.echo(text)
            self._secret.set_result(text)
            self._secret = None
        elif self.question:
            self.answer(text.strip()[:1])
        elif "\n" not in text and not (pasted and text == "."):
            self._enter(text)
        elif self.interpreter.mode in _CONTENT:
            self._enter(text.replace("\n", "\r\n").encode(*_ENCODING) + b"\r\n")
        else:
            self.ask_about(text.split("\n"))

    def paste(self, before: str, pasted: str) -> str | None:
        """Take a paste made behind ``before`` in the line being edited.

        Gives what to insert there; None where it was taken, with what stands before it.
        """
        if self.question:
            self.turns.note("the paste is dropped: answer first")
            return ""
        body = pasted.rstrip("\r\n")
        one_line = "\r" not in body and "\n" not in body and len(body) <= _INLINE
        if self.interpreter.mode in _CONTENT and (body != pasted or not one_line):
            self._enter(self._pasted.repaired((before + pasted).encode(*_ENCODING)))
            return None
        if one_line:
            # A lone dot that was pasted does not end a message, not even by Enter.
            self._inserted = before + body
            return body
        self.ask_about((before + body).replace("\r\n", "\n").replace("\r", "\n").split("\n"))
        return None

    def interrupt(self, text: str) -> bool:
        """Take Ctrl-C; ``text`` is being edited.  Gives whether to clear it."""
        if self._secret:
            self._secret.set_exception(UsageError(f"no {self._secret_prompt.rstrip(': ')} was given"))
            self._secret = None
            return True
        if self.question:
            self.answer(self.question.answers[-1].key)
        elif self._leaving or self.turns.working == _CONNECTING:
            self.interpreter.grade(ExitStatus.INTERRUPTED)
            self.screen.leave()
        elif question := about_sending(self.interpreter):
            self._ask(question)
        elif self.turns.working or self._later:
            self.interpreter.cancel()
            self._drop_waiting()
        elif text and self.interpreter.mode != "content":
            return True
        elif question := about_interrupt(self.interpreter):
            self._ask(question)
        else:
            self._say_what_is_going_on()
        return False

    def end_of_input(self) -> None:
        """Take Ctrl-D on an empty line."""
        if self._leaving:
            self.screen.leave()
        elif self._secret or self.question or (self.interpreter.mode != "command" and not self.turns.working):
            self.interrupt("")
        else:
            self._leaving = True
            self.interpreter.cancel()
            self._later.clear()
            self._enter("/quit")

    def answer(self, key: str) -> None:
        """Take the answer to the question; another key asks it again."""
        if self.question is None:
            return
        answer = self.question.answer(key)
        if answer is None:
            self.turns.sink(self.question.fragments())
        else:
            self.screen.echo(answer.key)
            self.question = None
            self.turns.guard(answer.act)
        self._attend()

    def ask_secret(self, prompt: str) -> str:
        """Ask, from the worker, for something that nobody may see.  Raises UsageError after Ctrl-C."""
        future: Future[str] = Future()
        self.turns.in_loop(lambda: self._ask_for(prompt, future))
        try:
            return future.result()
        finally:
            self.turns.in_loop(lambda: self._ask_for("", None))

    # ---------------------------------------------------------------- inside: asking

    def _ask_for(self, prompt: str, future: Future[str] | None) -> None:
        self._secret_prompt, self._secret = prompt, future
        self.screen.refresh()

    def _ask(self, question: Question) -> None:
        self.question = question
        self.turns.sink(question.fragments())
        self.screen.refresh()

    def ask_about(self, lines: list[str]) -> None:
        """Ask what to do with several lines that came at once."""

        def pipelined() -> None:
            for line in lines:
                self.screen.echo(line)
            self.turns.run("pipeline", lambda: self.interpreter.pipeline(lines), slow=self.interpreter.to_several)

        self._ask(
            about_lines(
                lines,
                one_by_one=lambda: self._later.extend(lines),
                pipelined=pipelined,
                edit=lambda: self.screen.edit("\n".join(lines)),
            )
        )

    def _say_what_is_going_on(self) -> None:
        verbs = ", ".join(self._outstanding())
        waiting = f"{verbs}: no reply yet; it will be shown when it comes"
        self.turns.note(waiting if verbs else "/quit or Ctrl-D ends the session")

    # ---------------------------------------------------------------- inside: one thing after the other

    def _enter(self, entry: Entry) -> None:
        """Act now, or keep what was entered until its turn."""
        if self.turns.working or self._later:
            self._later.append(entry)
        else:
            self._act(entry)
        self._attend()

    def _act(self, entry: Entry) -> None:
        """Run a line, or send what is content."""
        interpreter, mode = self.interpreter, self.interpreter.mode
        self._echo(entry)
        if isinstance(entry, str):
            self._pasted.line_sent()
        if mode == "chunk":
            octets = entry if isinstance(entry, bytes) else entry.encode(*_ENCODING) + b"\r\n"
            slow = len(octets) > _BLOCK or interpreter.to_several
            self.turns.run(_SENDING, lambda: interpreter.chunk_octets(octets), slow=slow)
        elif isinstance(entry, bytes) and mode == "content":
            self.turns.run(
                _SENDING,
                lambda: interpreter.content_paste(entry),
                slow=len(entry) > _BLOCK,
                after=lambda: self._pasted.sent(entry),
            )
        elif isinstance(entry, bytes):
            self.ask_about(entry.decode(*_ENCODING).removesuffix("\r\n").split("\r\n"))
        elif mode == "content":
            if entry == ".":
                self.turns.run("end of content", interpreter.end_content, slow=interpreter.to_several)
            else:
                self.turns.run(_SENDING, lambda: interpreter.content_line(entry))
        else:
            self.turns.run(
                entry.split(" ")[0],
                lambda: interpreter.execute(entry),
                slow=interpreter.is_slow(entry),
                # Afterwards: only then it is known what in it was secret.
                after=(lambda: self.screen.remember(entry)) if mode == "command" and not self._leaving else None,
            )

    def _attend(self) -> None:
        """Do what is due next, let the right one read the connection, show how things stand."""
        interpreter = self.interpreter
        while not self.turns.working and not self.question:
            if interpreter.any_handshake_due:
                self.turns.run("TLS handshake", interpreter.handshakes, slow=True)
            elif interpreter.finished:
                self.screen.leave()
                break
            elif self._later and not self._outstanding():
                self._act(self._later.popleft())
            else:
                break
        self.turns.watch()
        self.screen.refresh()

    def _outstanding(self) -> list[str]:
        session = self.interpreter.session
        return [command.move for command in session.connection.outstanding] if session else []

    def _drop_waiting(self) -> None:
        if self._later:
            self.turns.note(f"dropped, not sent: {len(self._later)} entered before")
            self._later.clear()

    def _echo(self, entry: Entry) -> None:
        if isinstance(entry, str):
            self.screen.echo(entry)
        elif len(entry) <= SHOWN:
            for line in entry.decode(*_ENCODING).removesuffix("\r\n").split("\r\n"):
                self.screen.echo(line)
