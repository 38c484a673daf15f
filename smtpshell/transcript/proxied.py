"""What came of one conversation that went through a proxy."""

from __future__ import annotations

from dataclasses import dataclass

from smtpshell.errors import SmtpshellError

__all__ = ["Proxied"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxied:
    """One conversation: ``path`` is its recording, "" without one; ``problem`` is what kept it from its end.

    ``negative`` counts the replies from 400 on, ``messages`` those that accepted one.
    """

    peer: str
    path: str
    replies: int
    negative: int
    messages: int
    problem: SmtpshellError | None = None

    def __str__(self) -> str:
        """Tell it in one line."""
        counts = [f"{self.replies} replies"]
        counts += [f"{self.negative} negative"] if self.negative else []
        counts += [f"{self.messages} accepted"] if self.messages else []
        ended = f"; {self.problem.message}" if self.problem else ""
        return f"{self.peer}: {', '.join(counts)}{ended}; {self.path or 'not recorded'}"
