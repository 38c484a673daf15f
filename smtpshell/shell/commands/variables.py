"""Commands about settings: values for the lines you type."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

from smtpshell.errors import UsageError
from smtpshell.shell.declaration.argument_types import Flag, Text
from smtpshell.shell.declaration.command import command
from smtpshell.shell.declaration.setting_types import VariableName
from smtpshell.shell.display.render import visible
from smtpshell.shell.display.styles import Fragments
from smtpshell.shell.outcome import Outcome

if TYPE_CHECKING:
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["let"]


@command(slow=True)
def let(
    interpreter: Interpreter,
    name: Annotated[str, VariableName("which variable; all are shown where it is left out")] = "",
    value: Annotated[str | None, Text("its value; it is only shown where this is left out")] = None,
    *,
    secret: Annotated[bool, Flag("the value is hidden wherever it comes up; it is asked for")] = False,
    env: Annotated[str, Text("environment variable to take the value from")] = "",
    remove: Annotated[bool, Flag("forget the variable")] = False,
) -> Outcome:
    """Show variables, or give one a value to use in lines.

    After /set variables on, ${name} in a line stands for the value, in a shell command always within one word, and
    in single quotes never.  $${ stands for ${ itself.  A line with an unknown name is not sent.  Content and
    answers to AUTH are never changed.

    Example:
        /let
        /let rcpt student@example.test
        /let home --env HOME
        /let rcpt teacher@example.test
            /let rcpt --remove
    """
    variables = interpreter.variables
    given = [
        what for what, is_so in (("a value", value is not None), ("--env", env), ("--remove", remove)) if is_so
    ]
    if len(given) > 1 or (given and not name):
        raise UsageError(f"{' and '.join(given)} cannot be", hint="write /let NAME VALUE")
    if secret and value is not None:
        raise UsageError("a secret is not typed where all can see it", hint="leave the value out: it is asked for")
    if secret and not name:
        raise UsageError("--secret wants the name of a variable", hint="write /let --secret NAME")
    if remove:
        variables.forget(name)
        return Outcome(fragments=[])
    if name and (secret or given):
        variables.check_name(name)
        found = value if value is not None else _from_environment(env) if env else _asked(interpreter, name)
        variables.let(name, found, secret=secret)
    elif name and name not in variables:
        raise variables.unknown(name)
    return _shown(interpreter, [name] if name else [*variables])


def _from_environment(name: str) -> str:
    if name not in os.environ:
        raise UsageError(f"the environment has no {name}", hint="export it before smtpshell starts")
    return os.environ[name]


def _asked(interpreter: Interpreter, name: str) -> str:
    if interpreter.ask_secret is None:
        raise UsageError(f"nobody can be asked for {name}", hint="/let --secret NAME --env VARIABLE does without")
    return interpreter.ask_secret(f"{name}: ")


def _shown(interpreter: Interpreter, names: list[str]) -> Outcome:
    variables = interpreter.variables
    width = max(map(len, names), default=0)
    shown: Fragments = []
    for name in names:
        shown += [("option", f"{name:<{width}}"), ("value", f" {visible(variables.shown(name))}\n")]
    if not names:
        shown = [("note", "  there are none; /let NAME VALUE makes one\n")]
    elif not interpreter.settings.variables:
        shown.append(("note", "  ${name} in a line stands for the value after /set variables on\n"))
    rows = [{"name": name, "value": variables.shown(name)} for name in names]
    return Outcome(fragments=shown, data={"event": "variables", "variables": rows})
