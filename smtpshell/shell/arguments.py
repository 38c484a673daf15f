"""The program's arguments: parsers made of the commands' declarations and of the settings."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from smtpshell.errors import UsageError
from smtpshell.shell.argument_types import ArgumentType, Assignment, Url
from smtpshell.shell.command import Argument, ShellCommand
from smtpshell.shell.layers import Layer
from smtpshell.shell.settings import SETTINGS, Settings
from smtpshell.shell.syntax import Word

if TYPE_CHECKING:
    from smtpshell.shell.variables import Variables

__all__ = ["command_parser", "keep_variables", "main_parser", "settings_of"]

_EPILOG: Final = """subcommands (smtpshell NAME --help tells more):
{}

Without URL it starts the practice server and connects to it.  Lines are SMTP commands, or commands of the
shell (/help); they come from -c, from SCRIPT, or from standard input where that is no terminal.  Exit status: 0 as
expected, 1 negative reply or mismatch, 2 usage, 3 connection, 4 TLS, 5 not SMTP, 130 interrupted."""

_SERVER: Final = "smtp://HOST:PORT, HOST, smtps://, lmtp+unix://PATH, mx:DOMAIN"

# Options that are settings, and what their value is called.
_GENERAL: Final = {"color": "WHEN", "elapsed": ""}
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
}
# Those that only the program without a subcommand has.
_BEGINNING: Final = {"starttls": "", "variables": ""}
_PROXY: Final = "proxy-header"
_ON_FAILURE: Final = "on-failure"
_KEEP_GOING: Final = "--keep-going"


def settings_of(parsed: argparse.Namespace) -> Settings:
    """Give the settings that the arguments ask for.  Raises UsageError."""
    settings = Settings()
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
    for name, value in parsed.let or ():
        variables.let(name, value)


def main_parser(subcommands: Mapping[str, ShellCommand]) -> argparse.ArgumentParser:
    """Make the parser of the program without a subcommand."""
    rows = [f"  {name:<10} {found.summary}" for name, found in sorted(subcommands.items())]
    parser = _parser(
        prog="smtpshell",
        description="Type SMTP at a server, watch it, record it, replay it.",
        epilog=_EPILOG.format("\n".join(rows)),
    )
    parser.add_argument("url", metavar="URL", nargs="?", help=_SERVER)
    about = "a file of lines to run, as they are typed at the prompt; - is standard input"
    parser.add_argument("script", metavar="SCRIPT", nargs="?", help=about)
    parser.add_argument("-c", dest="lines", metavar="LINE", action="append", help="run a line; repeatable")
    parser.add_argument(
        _KEEP_GOING,
        dest=f"set_{_ON_FAILURE}",
        action="store_const",
        const="continue",
        help="go on with the script when an /expect fails",
    )
    parser.add_argument("--record", metavar="FILE", help="record the conversation to a new transcript")
    _add_settings(parser, _BEGINNING)
    parser.add_argument(
        "--var",
        dest="let",
        metavar="NAME=VALUE",
        type=_reader(Assignment("")),
        action="append",
        help="what ${NAME} in a line stands for (/let), with --variables; repeatable",
    )
    _add_general(parser)
    _add_connecting(parser)
    parser.add_argument("--version", "-V", action="store_true", help="print the version")
    return parser


def command_parser(command: ShellCommand) -> argparse.ArgumentParser:
    """Make a subcommand's parser from the declaration its shell command is made of."""
    where = f"{command.name} smtp://127.0.0.1:2525" if command.connects else command.name
    examples = [f"  smtpshell {where}{example.removeprefix(f'/{command.name}')}" for example in command.examples]
    parser = _parser(
        prog=f"smtpshell {command.name}",
        description=f"{command.summary}\n\n{command.details}".strip(),
        epilog="\n".join(["for example:", *examples]),
    )
    url = Argument(name="url", type=Url(_SERVER), option=False, required=True, many=False)
    arguments = [*([url] if command.connects else []), *command.arguments]
    for argument in arguments:
        _add_argument(parser, argument)
    _add_general(parser)
    if any(isinstance(argument.type, Url) for argument in arguments):
        _add_connecting(parser)
    return parser


def _parser(**about: Any) -> argparse.ArgumentParser:
    """Make a parser that complains in one line, as everything here does."""

    class Parser(argparse.ArgumentParser):
        def error(self, message: str) -> Any:
            raise UsageError(message, hint=f"see {self.prog} --help")

    return Parser(formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, **about)


def _add_general(parser: argparse.ArgumentParser) -> None:
    """Add what every mode takes."""
    parser.add_argument("--json", action="store_true", help="write JSON Lines, one object an event")
    _add_settings(parser, _GENERAL)


def _add_connecting(parser: argparse.ArgumentParser) -> None:
    """Add how connections are made."""
    group = parser.add_argument_group("connecting (the same as /set)")
    _add_settings(group, _CONNECTING)
    for family in ("4", "6"):
        about = f"the same as --family {family}"
        group.add_argument(f"-{family}", dest="set_family", action="store_const", const=family, help=about)
    proxied = ("VERSION", "SOURCE", "DESTINATION")
    about = f"{SETTINGS[_PROXY].meaning}; each with or without :PORT"
    group.add_argument(f"--{_PROXY}", dest=f"set_{_PROXY}", nargs=3, metavar=proxied, help=about)


def _add_settings(parser: argparse._ActionsContainer, options: Mapping[str, str]) -> None:
    for name, metavar in options.items():
        value: dict[str, Any] = {"metavar": metavar} if metavar else {"action": "store_const", "const": "on"}
        about = SETTINGS[name].meaning.replace("%", "%%")
        parser.add_argument(f"--{name}", dest=f"set_{name}", help=about, **value)


_SHORT: Final[Mapping[str, tuple[str, ...]]] = {"--output": ("-o",)}
"""An option's name -> the short ones that subcommands know it by as well."""


def _reader(kind: ArgumentType) -> Callable[[str], Any]:
    """Make a reader of one argument, as argparse wants it."""

    def read(text: str) -> Any:
        try:
            return kind.parse(Word(text, 0, len(text), "'"))
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read


def _add_argument(parser: argparse.ArgumentParser, argument: Argument) -> None:
    about: dict[str, Any] = {"help": argument.type.description.replace("%", "%%")}
    if argument.type.takes_value:
        about |= {"type": _reader(argument.type), "metavar": argument.type.metavar}
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
        parser.add_argument(argument.name, **about)
