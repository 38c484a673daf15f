"""The program's arguments: parsers made of the commands' declarations and of the settings."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from smtpshell.errors import UsageError
from smtpshell.shell.configuration.layers import Layer
from smtpshell.shell.configuration.settings import SETTINGS, Settings
from smtpshell.shell.declaration.argument_types import ArgumentType, Assignment, ExistingFile, NewFile, Url
from smtpshell.shell.declaration.command import Argument, Call, ShellCommand
from smtpshell.shell.declaration.needs import NEEDS
from smtpshell.shell.declaration.setting_types import OfSetting
from smtpshell.shell.declaration.subcommand import Surroundings
from smtpshell.shell.help.examples import Example
from smtpshell.shell.help.main_help import main_help
from smtpshell.shell.language.nearest import meant
from smtpshell.shell.language.syntax import Word, carried

if TYPE_CHECKING:
    from smtpshell.shell.configuration.config import Config
    from smtpshell.shell.language.variables import Variables

__all__ = [
    "Reader",
    "as_subcommand",
    "call_of",
    "command_parser",
    "config_of",
    "keep_variables",
    "main_parser",
    "settings_of",
    "whole_parser",
]

_SERVER: Final = "smtp://HOST:PORT, HOST, smtps://, lmtp+unix://PATH, mx:DOMAIN, or the name of a profile"
_URL: Final = Argument(name="url", type=Url(_SERVER), option=False, required=True, many=False)
_EXAMPLE_URL: Final = "smtp://127.0.0.1:2525"

# Options that are settings, and what their value is called.
_GENERAL: Final = {"color": "WHEN", "theme": "NAME", "elapsed": ""}
_CONNECTING: Final = {
    "hello": "NAME",
    "timeout": "SECONDS",
    "verify": "",
    "ca-file": "FILE",
    "tls-name": "NAME",
    "tls-cert": "FILE",
    "tls-key": "FILE",
    "tls-min": "VERSION",
    "tls-max": "VERSION",
    "tls-ciphers": "LIST",
    "source": "ADDRESS[:PORT]",
    "family": "4|6",
    "through": "PROXY",
}
# Those of a conversation that lines are typed or given for.
_BEGINNING: Final = {"starttls": "", "variables": ""}
_PROXY: Final = "proxy-header"
_ON_FAILURE: Final = "on-failure"
_KEEP_GOING: Final = "--keep-going"


def config_of(parsed: argparse.Namespace) -> Config:
    """Read the configuration that the arguments ask for.  Raises UsageError."""
    from smtpshell.shell.configuration.config import Config, load, usual_path

    if parsed.no_config:
        if parsed.config_file:
            raise UsageError("--config and --no-config exclude each other", hint="give one of them")
        return Config()
    path, required = (Path(parsed.config_file).expanduser(), True) if parsed.config_file else usual_path()
    return load(path, required=required)


def settings_of(parsed: argparse.Namespace, config: Config) -> Settings:
    """Give the settings that the arguments ask for, over those of the configuration.  Raises UsageError."""
    settings = Settings()
    config.give(settings)
    for name in (*_GENERAL, *_BEGINNING, *_CONNECTING, _PROXY, _ON_FAILURE):
        value = getattr(parsed, f"set_{name}", None)
        if value is not None:
            text = " ".join(value) if isinstance(value, list) else value
            settings.set(
                name, text, layer=Layer.ARGUMENT, origin=_KEEP_GOING if name == _ON_FAILURE else f"--{name}"
            )
    return settings


def keep_variables(variables: Variables, parsed: argparse.Namespace) -> None:
    """Keep the variables that the arguments give.  Raises UsageError."""
    for name, value in getattr(parsed, "let", None) or ():
        variables.let(name, value)


def main_parser(subcommands: Mapping[str, ShellCommand]) -> argparse.ArgumentParser:
    """Make the parser of the program without a subcommand."""
    parser = _parser(
        prog="smtpshell",
        # --help itself comes last: who reads this knows it.
        format_help=lambda: main_help(
            parser._actions[1:usual], [*parser._actions[usual:], parser._actions[0]], subcommands
        ),
    )
    parser.add_argument("url", metavar="URL", nargs="?", help=_SERVER)
    about = "a file of lines to run, as they are typed at the prompt; - is standard input"
    parser.add_argument("script", metavar="SCRIPT", nargs="?", help=about)
    _add_usual(parser)
    usual = len(parser._actions)
    _add_connecting(parser)
    return parser


def whole_parser(subcommands: Mapping[str, ShellCommand]) -> argparse.ArgumentParser:
    """Make one parser of the program and its subcommands, for whoever wants to know all of them."""
    parser = _parser(prog="smtpshell")
    _add_usual(parser)
    _add_connecting(parser)
    below = parser.add_subparsers(metavar="COMMAND")
    for name, found in subcommands.items():
        about = found.summary.replace("%", "%%")
        below.add_parser(name, help=about, description=about, parents=[command_parser(found)], add_help=False)
    return parser


def _add_usual(parser: argparse.ArgumentParser) -> None:
    """Add the options of the program without a subcommand, but those of connecting."""
    parser.add_argument("-c", dest="lines", metavar="LINE", action="append", help="run a line; repeatable")
    file = Reader(NewFile(""), raw=True)
    parser.add_argument("--record", metavar="FILE", type=file, help="record the conversation to a new transcript")
    _add_general(parser)
    _add_beginning(parser)
    parser.add_argument(
        _KEEP_GOING,
        dest=f"set_{_ON_FAILURE}",
        action="store_const",
        const="continue",
        help="go on with the script when an /expect fails",
    )
    parser.add_argument(
        "--junit",
        metavar="FILE",
        type=Reader(NewFile("")),
        help="write what came of each /expect as a test case, in JUnit XML",
    )
    parser.add_argument("--version", "-V", action="store_true", help="print the version")


def command_parser(command: ShellCommand) -> argparse.ArgumentParser:
    """Make a subcommand's parser from the declaration its shell command is made of."""
    need = NEEDS[command.needs]
    first = f"As a subcommand it {need.meaning} first, and says QUIT at the end." if need.connects else ""
    examples = [f"  {line}" for example in command.examples if (line := as_subcommand(command, example))]
    parser = _parser(
        prog=f"smtpshell {command.name}",
        description="\n\n".join(filter(None, [command.summary, command.details, first])),
        epilog="\n".join(["for example:", *examples]),
    )
    if need.url:
        _add_argument(parser, _URL, dest="server_url")
    for argument in command.arguments:
        _add_argument(parser, argument)
    _add_general(parser)
    taken = {argument.label for argument in command.arguments}
    if need.connects:
        _add_lines(parser, taken)
    if need.connects or any(isinstance(argument.type, Url) for argument in command.arguments):
        _add_connecting(parser, taken)
    return parser


def call_of(command: ShellCommand, parsed: argparse.Namespace) -> tuple[Call, Surroundings]:
    """Give what the subcommand's arguments ask for: the command's call, and where it runs."""
    values = {
        argument.name: value
        for argument in command.arguments
        if (value := getattr(parsed, argument.name)) not in (None, [])
    }
    where = Surroundings(
        url=getattr(parsed, "server_url", None),
        before=getattr(parsed, "lines_before", ()),
        behind=getattr(parsed, "lines_behind", ()),
    )
    return command.call(values), where


def as_subcommand(command: ShellCommand, example: Example) -> str:
    """Write an example for a POSIX shell; "" for one that only the prompt can run: it goes on from other lines."""
    need = NEEDS[command.needs]
    if (example.before or example.behind) and not need.connects:
        return ""
    url = [_EXAMPLE_URL] if need.url else []
    lines = [
        f"{option} {shlex.quote(line)}"
        for option, lines in (("-c", example.before), ("--then", example.behind))
        for line in lines
    ]
    at = carried(example.line)
    rest = example.line[:at].removeprefix(f"/{command.name}").strip()
    if at < len(example.line):
        rest = f"{rest} {shlex.quote(example.line[at:])}".strip()
    return " ".join(["smtpshell", command.name, *url, *([rest] if rest else []), *lines])


def _parser(format_help: Callable[[], str] | None = None, **about: Any) -> argparse.ArgumentParser:
    """Make a parser that complains in one line, as everything here does; ``format_help`` writes all of --help."""

    class Parser(argparse.ArgumentParser):
        def error(self, message: str) -> Any:
            see = f"see {self.prog} --help"
            unknown = re.match(r"unrecognized arguments: (--[^\s=]+)", message)
            asked = meant(unknown[1], self._option_string_actions, "") if unknown else ""
            raise UsageError(message, hint=f"{asked} {see}".strip())

        def format_help(self) -> str:
            return format_help() if format_help else super().format_help()

    return Parser(formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, **about)


def _add_general(parser: argparse.ArgumentParser) -> None:
    """Add what every mode takes."""
    parser.add_argument("--json", action="store_true", help="write JSON Lines, one object an event")
    about = "read this configuration; else SMTPSHELL_CONFIG names it, or it is in the usual place"
    parser.add_argument(
        "--config", dest="config_file", metavar="FILE", type=Reader(ExistingFile(""), raw=True), help=about
    )
    parser.add_argument("--no-config", action="store_true", help="read no configuration")
    _add_settings(parser, _GENERAL)


def _add_lines(parser: argparse.ArgumentParser, taken: Collection[str]) -> None:
    """Add what is said around a command that has a connection."""
    about = "a line to run before it; repeatable"
    parser.add_argument("-c", dest="lines_before", metavar="LINE", action="append", default=[], help=about)
    about = "a line to run behind it; repeatable"
    parser.add_argument("--then", dest="lines_behind", metavar="LINE", action="append", default=[], help=about)
    _add_beginning(parser, taken)


def _add_beginning(parser: argparse.ArgumentParser, taken: Collection[str] = ()) -> None:
    """Add how a conversation of lines begins, but for the options that the command has itself."""
    _add_settings(parser, _BEGINNING, taken)
    parser.add_argument(
        "--var",
        dest="let",
        metavar="NAME=VALUE",
        type=Reader(Assignment("")),
        action="append",
        help="what ${NAME} in a line stands for (/let), with --variables; repeatable",
    )


def _add_connecting(parser: argparse.ArgumentParser, taken: Collection[str] = ()) -> None:
    """Add how connections are made, but for the options that the command has itself."""
    group = parser.add_argument_group("connecting (the same as /set)")
    _add_settings(group, _CONNECTING, taken)
    for family in ("4", "6"):
        about = f"the same as --family {family}"
        group.add_argument(f"-{family}", dest="set_family", action="store_const", const=family, help=about)
    if f"--{_PROXY}" not in taken:
        proxied = ("VERSION", "SOURCE", "DESTINATION")
        about = f"{SETTINGS[_PROXY].meaning}; each with or without :PORT"
        group.add_argument(f"--{_PROXY}", dest=f"set_{_PROXY}", nargs=3, metavar=proxied, help=about)


def _add_settings(
    parser: argparse._ActionsContainer, options: Mapping[str, str], taken: Collection[str] = ()
) -> None:
    for name, metavar in options.items():
        if f"--{name}" in taken:
            continue
        value: dict[str, Any] = {"action": "store_const", "const": "on"}
        if metavar:
            value = {"metavar": metavar, "type": Reader(OfSetting(name), raw=True)}
        about = SETTINGS[name].meaning.replace("%", "%%")
        parser.add_argument(f"--{name}", dest=f"set_{name}", help=about, **value)


_SHORT: Final[Mapping[str, tuple[str, ...]]] = {"--output": ("-o",)}
"""An option's name -> the short ones that subcommands know it by as well."""


class Reader:
    """Reads one argument of a ``kind``, as argparse wants it; what is ``raw`` is read by somebody else."""

    def __init__(self, kind: ArgumentType, *, raw: bool = False) -> None:
        self.kind = kind
        self._raw = raw

    def __call__(self, text: str) -> Any:
        """Read it.  Raises ArgumentTypeError."""
        if self._raw:
            return text
        try:
            # One with blanks in it would stand in quotes at the prompt.
            return self.kind.parse(Word(text, 0, len(text), "'" if set(text) & set(" \t") else ""))
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None


def _add_argument(parser: argparse.ArgumentParser, argument: Argument, dest: str = "") -> None:
    about: dict[str, Any] = {"help": argument.type.description.replace("%", "%%")}
    if argument.type.takes_value:
        about |= {"type": Reader(argument.type), "metavar": argument.type.metavar}
        if argument.option:
            about |= {"action": "append"} if argument.many else {}
        else:
            about["nargs"] = "*" if argument.many else None if argument.required else "?"
    else:
        about |= {"action": "store_true", "default": None}
    if argument.option:
        labels = [*_SHORT.get(argument.label, ()), argument.label]
        parser.add_argument(*labels, dest=argument.name, required=argument.required, **about)
    else:
        parser.add_argument(dest or argument.name, **about)
