"""One thing done at several sessions: sent to all of them first, waited for after that, shown side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from smtpshell.errors import SmtpshellError, UsageError
from smtpshell.shell.conversation import Conversation
from smtpshell.shell.display.comparison import Column, compared
from smtpshell.shell.reading import Reading, WaitEnded
from smtpshell.shell.stopping import Stopped

__all__ = ["Together"]


class Together(Reading):
    """Does something at each session that is typed to."""

    @property
    def to_several(self) -> bool:
        """Whether what is typed goes to several sessions, and none of them has the turn alone."""
        return bool(self.together) and self.turn is None

    def addressed(self, mode: str) -> list[Conversation]:
        """Give those that what is typed in this mode goes to."""
        return [each for each in self.together if each.mode == mode] if self.to_several else [self.current]

    def to_each(
        self,
        act: Callable[[], object],
        line: str = "",
        *,
        mode: str = "command",
        members: Iterable[Conversation] | None = None,
    ) -> None:
        """Do it at each open session that is in a mode, wait for all replies and compare what came.

        ``line`` is what programs are told, ``members`` are those that are typed to where they are left out.
        Errors are reported.  Raises UsageError where no session is open, WaitEnded.
        """
        found = [each for each in (self.together if members is None else members) if each.connected]
        if not found:
            raise UsageError("there is no open session", hint="/connect URL opens one")
        if any(each.column for each in found):
            raise UsageError("one line goes to each already", hint="/each takes no other /each")
        columns = [Column(each.name, each.secrets) for each in found]
        for each, column in zip(found, columns, strict=True):
            each.column = column
        try:
            self._do(act, mode, found)
        finally:
            for each in found:
                each.column = None
            if any(column.rows or column.replies for column in columns):
                self.show(compared(self.secrets.redact_line(line), columns))

    def _do(self, act: Callable[[], object], mode: str, members: Sequence[Conversation]) -> None:
        try:
            for each in members:
                with self.at(each):
                    if each.mode == mode:
                        self._guarded(act)
                    else:
                        self.note(f"  {_DOING[each.mode]}: not sent")
            for each in members:
                with self.at(each):
                    self._guarded(self.settle)
        finally:
            for each in members:
                with self.at(each):
                    if verbs := ", ".join(command.move for command in self.outstanding):
                        self.note(f"  {verbs}: no reply yet; it will be shown when it comes")

    def _guarded(self, act: Callable[[], object]) -> None:
        """Do it, and report what goes wrong; only the end of a wait is the end of it all."""
        try:
            act()
        except WaitEnded:
            raise
        except Stopped:
            pass  # told already
        except SmtpshellError as error:
            self.report(error)


_DOING = {
    "command": "takes commands now",
    "content": "in the middle of a message",
    "chunk": "in the middle of a chunk",
    "auth": "in the middle of a login",
}
