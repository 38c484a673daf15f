"""What a replay found: each comparison of a recorded reply with the live one, and all of them together."""

from __future__ import annotations

from dataclasses import dataclass

from smtpshell.errors import ExitStatus, SmtpshellError

__all__ = ["Exchange", "ReplayResult"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One recorded reply and the live one.

    ``line`` is the recorded reply's first, ``command`` the client's line it answers ("" for the greeting),
    ``expected`` and ``got`` the replies as lines of a transcript ("" where none came), ``why`` one clause on how
    they differ, "" where they match.  ``nearest`` is the recorded line that is most like what came instead.
    """

    path: str
    line: int
    command: str
    expected: str
    got: str
    why: str = ""
    nearest: str = ""

    @property
    def matched(self) -> bool:
        """Whether the live reply is as recorded, at the level asked for."""
        return not self.why

    def __str__(self) -> str:
        said = [f"{self.path}:{self.line}: {self.why or 'as recorded'}"]
        said += [f"  to {self.command}"] if self.command else []
        said += [f"  expected {line}" for line in self.expected.split("\n")]
        said += [f"  got      {line}" for line in self.got.split("\n")] if self.got else []
        said += [f"  nearest  {self.nearest}"] if self.nearest else []
        return "\n".join(said)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayResult:
    """What came of a replay: how many replies were compared, how many matched, and which did not.

    ``notes`` say what was left out and why; ``problem`` is what ended it before its end, if anything did;
    ``lacking`` are the EHLO keywords that the transcript requires and the server does not offer.
    """

    exchanges: int
    matched: int
    mismatches: tuple[Exchange, ...] = ()
    notes: tuple[str, ...] = ()
    problem: SmtpshellError | None = None
    lacking: tuple[str, ...] = ()

    @property
    def exit_status(self) -> ExitStatus:
        """What to tell a script."""
        if self.problem is not None:
            return self.problem.exit_status
        return ExitStatus.NEGATIVE if self.mismatches else ExitStatus.EXPECTED
