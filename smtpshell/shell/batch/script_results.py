"""What came of a script as JUnit XML: a test case an expectation, and one for what ended it, if anything did."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from smtpshell.errors import ExitStatus, SmtpshellError, UnexpectedReply
from smtpshell.transcript.junit import Case, Suite, document, write_results

if TYPE_CHECKING:
    from smtpshell.shell.exchange import Check
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["ScriptResults"]

_WHOLE = "the whole of it"


class ScriptResults:
    """Listens to an interpreter from now on; ``script`` is what is run there."""

    def __init__(self, interpreter: Interpreter, script: str) -> None:
        self._interpreter = interpreter
        self._script = script
        self._cases: list[Case] = []
        self._began = time.monotonic()
        self._report = interpreter.errors
        interpreter.checks = self._check
        interpreter.errors = self._error

    def write(self, path: Path, server: str) -> None:
        """Write the document; a bad exit status that no case tells of is a failure of the whole.

        Raises UsageError where the file cannot be written.
        """
        cases = list(self._cases)
        status = self._interpreter.exit_status
        if status is not ExitStatus.EXPECTED and not any(case.why for case in cases):
            why = f"exit status {int(status)}: something came that nothing expected"
            said = self._interpreter.exchange.text(self._interpreter.secrets)
            cases.append(Case(classname=self._script, name=_WHOLE, why=why, details=said))
        name = f"{self._script} against {server}"
        suite = Suite(name=name, cases=cases, seconds=time.monotonic() - self._began)
        write_results(path, document("smtpshell script", [suite]))

    def _check(self, check: Check) -> None:
        where = str(check.place or f"expectation {len(self._cases) + 1}")
        why = "" if check.holds else f"expected {check.expected}, got {check.got}"
        case = Case(
            classname=check.place.path if check.place else self._script,
            name=f"{where}: {check.command}",
            why=why,
            details="" if check.holds else f"{where}: {why}\n{check.exchange}",
        )
        self._cases.append(case)

    def _error(self, error: SmtpshellError) -> None:
        if not isinstance(error, UnexpectedReply):
            name = str(error.place) if error.place else _WHOLE
            redact = self._interpreter.secrets.redact_text
            case = Case(
                classname=self._script,
                name=name,
                why=redact(error.message),
                details=redact(error.told),
                error=type(error).__name__,
            )
            self._cases.append(case)
        self._report(error)
