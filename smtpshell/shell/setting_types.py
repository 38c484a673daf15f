"""Types of arguments that are settings: their names, their values, and options that stand for one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpshell.shell.argument_types import ArgumentType, Pairs, Text
from smtpshell.shell.settings import SETTINGS
from smtpshell.shell.syntax import Word

if TYPE_CHECKING:
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["OfSetting", "SettingName", "SettingValue"]


class SettingName(ArgumentType):
    """The name of a setting."""

    metavar = "NAME"

    def parse(self, word: Word) -> str:
        if word.text not in SETTINGS:
            raise ValueError(f"there is no setting {word.text!r}; there are {', '.join(SETTINGS)}")
        return word.text

    def complete(self, prefix: str, interpreter: Interpreter) -> Pairs:
        return ((name, setting.meaning) for name, setting in SETTINGS.items())


class SettingValue(Text):
    """The value of a setting."""

    metavar = "VALUE"

    def complete(self, prefix: str, interpreter: Interpreter) -> Pairs:
        for setting in SETTINGS.values():
            for value in setting.values:
                yield value, setting.name


class OfSetting(ArgumentType):
    """A value for one setting, which also describes it."""

    metavar = "VALUE"

    def __init__(self, name: str) -> None:
        super().__init__(SETTINGS[name].meaning)
        self.setting = SETTINGS[name]

    def parse(self, word: Word) -> str:
        try:
            self.setting.read(word.text)
        except ValueError as error:
            raise ValueError(f"{word.text!r} will not do, give {error}") from None
        return word.text

    def complete(self, prefix: str, interpreter: Interpreter) -> Pairs:
        return ((value, self.setting.name) for value in self.setting.values)
