r"""Shell commands, declared once: an annotated function with a docstring is parsed, checked, completed, explained.

    @command(needs="greeting")
    def raw(interpreter: Interpreter, octets: Annotated[bytes, Octets("what to send")]) -> None:
        '''Send exact octets, nothing added.

        Example:
            /raw "NOOP\r\n"
        '''

The docstring's first line is the summary, what follows the explanation, "Example:" a block of lines (examples.py).
Parameters before ``*`` are positional, those behind it options (``--name``); a default makes either optional, and
() as an option's default lets it be repeated; an underscore behind a Python keyword is no part of the name.  From
the same declaration it is a subcommand of the program; ``needs`` tells what must be there first (needs.py).
Commands live in commands/, one file a family; a file dropped in there is found by load_commands().
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, get_type_hints

from smtpshell.errors import UsageError
from smtpshell.shell.declaration.argument_types import ArgumentType, Flag
from smtpshell.shell.declaration.needs import NeedName
from smtpshell.shell.help.examples import Example, examples_of
from smtpshell.shell.language.nearest import meant
from smtpshell.shell.language.syntax import Word, split, words
from smtpshell.shell.outcome import Outcome

if TYPE_CHECKING:
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["COMMANDS", "Argument", "Call", "ShellCommand", "command", "load_commands", "parse_call"]

_SHOWN: Final = 6
"""Options that a usage line shows; of more it says only that there are such."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """One argument: ``name`` in the function, how it is read, whether it may be left out or repeated."""

    name: str
    type: ArgumentType
    option: bool
    required: bool
    many: bool

    @property
    def label(self) -> str:
        """How it is written: "FILE" or "--append"."""
        return "--" + self.name.strip("_").replace("_", "-") if self.option else self.type.metavar

    @property
    def usage(self) -> str:
        """How a usage line shows it: "FILE", "[--match LEVEL]", "[WORD ...]"."""
        text = f"{self.label} {self.type.metavar}" if self.option and self.type.takes_value else self.label
        text += " ..." if self.many else ""
        return text if self.required else f"[{text}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShellCommand:
    """One command; ``slow`` ones take several steps; as a subcommand one that ``serves`` runs until Ctrl-C.

    ``needs`` names a row of NEEDS: where that connects, the subcommand is given a URL first and connects there.
    One that ``stays`` begins something: as a subcommand it takes lines then.
    """

    name: str
    function: Callable[..., Outcome | None]
    slow: bool
    needs: NeedName
    serves: bool
    stays: bool = False

    # Worked out when asked for: of all the commands, one run of the program needs a few.
    @property
    def arguments(self) -> tuple[Argument, ...]:
        """What it takes, by the function's annotations."""
        return _arguments(self.function)

    @property
    def summary(self) -> str:
        """The docstring's first line."""
        return _told(self.function)[0]

    @property
    def details(self) -> str:
        """What the docstring says behind that."""
        return _told(self.function)[1]

    @property
    def examples(self) -> tuple[Example, ...]:
        """The docstring's examples."""
        return examples_of(self.name, _told(self.function)[2])

    @property
    def family(self) -> str:
        """What it is about: WORD where its file begins "Commands about WORD:", else that file's name."""
        module = inspect.getmodule(self.function)
        said = re.match(r"Commands about ([a-z]+):", inspect.getdoc(module) or "")
        return said[1] if said else self.function.__module__.rpartition(".")[2]

    @property
    def usage(self) -> str:
        """The command with its arguments, as typed at the prompt; of many options only that there are some."""
        shown = [argument for argument in self.arguments if argument.required or not argument.option]
        others = [argument for argument in self.arguments if argument not in shown]
        options = ["[OPTION ...]"] if len(others) > _SHOWN else [argument.usage for argument in others]
        return " ".join([f"/{self.name}", *(argument.usage for argument in shown), *options])

    @property
    def positionals(self) -> tuple[Argument, ...]:
        """The arguments without a name, in order."""
        return tuple(argument for argument in self.arguments if not argument.option)

    def option(self, label: str) -> Argument | None:
        """Give the option that is written so."""
        return next((argument for argument in self.arguments if argument.option and argument.label == label), None)

    def call(self, values: Mapping[str, Any]) -> Call:
        """Bind parsed values, by the arguments' names, to the function."""
        positional: list[Any] = []
        for argument in self.positionals:
            if argument.name in values:
                positional += values[argument.name] if argument.many else [values[argument.name]]
        named = {
            argument.name: values[argument.name]
            for argument in self.arguments
            if argument.option and argument.name in values
        }
        return Call(self, tuple(positional), named)


@dataclass(frozen=True, slots=True)
class Call:
    """A command with its arguments, parsed and ready to run."""

    command: ShellCommand
    positional: tuple[Any, ...]
    named: Mapping[str, Any]

    def run(self, interpreter: Interpreter) -> Outcome | None:
        """Do it.  Raises any SmtpshellError."""
        return self.command.function(interpreter, *self.positional, **self.named)


COMMANDS: Final[dict[str, ShellCommand]] = {}
"""Name without the slash -> command; filled by load_commands()."""


def command(
    *, slow: bool = False, needs: NeedName = "nothing", serves: bool = False, stays: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a function a shell command, named after it."""

    def declare(function: Callable[..., Any]) -> Callable[..., Any]:
        name = function.__name__.strip("_").replace("_", "-")
        COMMANDS[name] = ShellCommand(
            name=name, function=function, slow=slow, needs=needs, serves=serves, stays=stays
        )
        return function

    return declare


@cache
def _told(function: Callable[..., Any]) -> tuple[str, str, str]:
    """Give what a docstring says: summary, details, the block of examples."""
    text, _, example = inspect.cleandoc(function.__doc__ or "").partition("\nExample:\n")
    summary, _, details = text.partition("\n")
    return summary.strip(), details.strip(), example


@cache
def _arguments(function: Callable[..., Any]) -> tuple[Argument, ...]:
    # The interpreter's own annotation is for type checkers only; importing it here would be a circle.
    hints = get_type_hints(function, localns={"Interpreter": object}, include_extras=True)
    arguments = []
    for parameter in list(inspect.signature(function).parameters.values())[1:]:
        (kind,) = hints[parameter.name].__metadata__
        if not isinstance(kind, ArgumentType):
            raise TypeError(f"{function.__name__}: {parameter.name} has no ArgumentType")
        repeated = parameter.kind is parameter.VAR_POSITIONAL
        arguments.append(
            Argument(
                name=parameter.name,
                type=kind,
                option=parameter.kind is parameter.KEYWORD_ONLY,
                required=parameter.default is parameter.empty and not repeated,
                many=repeated or parameter.default == (),
            )
        )
    return tuple(arguments)


@cache
def load_commands() -> Mapping[str, ShellCommand]:
    """Import every module of commands/, once, and give the table."""
    import importlib
    import pkgutil

    from smtpshell.shell import commands

    for module in pkgutil.iter_modules(commands.__path__):
        importlib.import_module(f"{commands.__name__}.{module.name}")
    return COMMANDS


def parse_call(line: str, fill_in: Callable[[Word, str], Word] | None = None) -> Call:
    """Read a line that begins with a slash; ``fill_in`` puts variables into a word of it.

    Raises UsageError with the span of what is wrong.
    """
    first, *typed = split(line)
    name = first.text[1:]
    found = load_commands().get(name)
    if found is None:
        hint = meant(f"/{name}", [f"/{each}" for each in COMMANDS], "/help lists them; //x sends /x to the server")
        raise UsageError(f"there is no command /{name}", hint=hint, line=line, span=first.span)
    if not any(argument.type.takes_line for argument in found.arguments):
        first, *typed = words(line)
    # One by one: the rest of the line, where that is an argument, is none of these words.
    rest = (word if fill_in is None else fill_in(word, line) for word in typed)
    return found.call(_values(found, rest, line))


def _values(found: ShellCommand, rest: Iterable[Word], line: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    waiting = list(found.positionals)
    left = iter(rest)
    only_positional = False
    for word in left:
        if word.text == "--" and not word.quote:
            only_positional = True
        elif word.text.startswith("--") and not word.quote and not only_positional:
            _option(found, word, left, line, values)
        elif waiting and waiting[0].type.takes_line:
            values[waiting[0].name] = line[word.start :]
            break
        elif waiting:
            argument = waiting[0] if waiting[0].many else waiting.pop(0)
            _store(values, argument, word, line)
        else:
            raise UsageError(f"/{found.name} takes no more arguments", hint=found.usage, line=line, span=word.span)
    for argument in found.arguments:
        if argument.required and argument.name not in values:
            raise UsageError(
                f"/{found.name} needs {argument.label}", hint=found.usage, line=line, span=(len(line),) * 2
            )
    return values


def _option(found: ShellCommand, word: Word, left: Any, line: str, values: dict[str, Any]) -> None:
    label, equals, inline = word.inner.partition("=")
    argument = found.option(label)
    if argument is None:
        labels = [argument.label for argument in found.arguments if argument.option]
        hint = f"{meant(label, labels, '')} {found.usage}".strip()
        raise UsageError(f"/{found.name} has no {label}", hint=hint, line=line, span=word.span)
    if isinstance(argument.type, Flag):
        if equals:
            raise UsageError(f"{label} takes no value", hint=found.usage, line=line, span=word.span)
        values[argument.name] = True
        return
    value = Word(inline, word.start + len(label) + 1, word.end) if equals else next(left, None)
    if value is None:
        raise UsageError(f"{label} needs {argument.type.metavar}", hint=found.usage, line=line, span=word.span)
    _store(values, argument, value, line)


def _store(values: dict[str, Any], argument: Argument, word: Word, line: str) -> None:
    if argument.name in values and not argument.many:
        raise UsageError(f"{argument.label} is given twice", hint="leave one out", line=line, span=word.span)
    try:
        value = argument.type.parse(word)
    except ValueError as error:
        raise UsageError(f"{argument.label}: {error}", line=line, span=word.span) from None
    if argument.many:
        values[argument.name] = (*values.get(argument.name, ()), value)
    else:
        values[argument.name] = value
