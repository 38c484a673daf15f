"""Types of arguments that are settings: their names, their values, options that stand for one; and variables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from smtpshell.shell.configuration.settings import EMPTY, SETTINGS, Setting, Settings, no_setting
from smtpshell.shell.declaration.argument_types import ArgumentType, ExistingFile, Pairs, Text
from smtpshell.shell.language.syntax import Word

if TYPE_CHECKING:
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["OfSetting", "SettingName", "SettingValue", "VariableName"]


class SettingName(ArgumentType):
    """The name of a setting."""

    metavar = "NAME"

    def parse(self, word: Word) -> str:
        if word.text not in SETTINGS:
            raise ValueError(str(no_setting(word.text)))
        return word.text

    def complete(self, prefix: str, interpreter: Interpreter) -> Pairs:
        for name, row in SETTINGS.items():
            yield name, f"{interpreter.settings.show(name) or EMPTY}: {row.meaning}"


class SettingValue(Text):
    """The value of the setting that is named before it."""

    metavar = "VALUE"

    def behind(self, words: Sequence[Word]) -> ArgumentType:
        name = words[-1].text if words else ""
        return OfSetting(name) if name in SETTINGS else self


class OfSetting(ArgumentType):
    """A value for one setting, which also describes it."""

    metavar = "VALUE"

    def __init__(self, name: str) -> None:
        super().__init__(SETTINGS[name].meaning)
        self.setting: Setting = SETTINGS[name]
        self.is_file: bool = self.setting.is_file

    def parse(self, word: Word) -> str:
        try:
            self.setting.read(word.text)
        except ValueError as error:
            raise ValueError(f"{word.text!r} will not do, give {error}") from None
        return word.text

    def complete(self, prefix: str, interpreter: Interpreter) -> Pairs:
        if self.is_file:
            yield from ExistingFile("").complete(prefix, interpreter)
            return
        name, now = self.setting.name, interpreter.settings.show(self.setting.name)
        default = Settings().show(name)
        for value in dict.fromkeys((*self.setting.values, *filter(None, (now, default)))):
            marks = [mark for mark, holds in (("now", now), ("default", default)) if value == holds]
            yield value, ", ".join(marks) or name


class VariableName(Text):
    """The name of a variable."""

    metavar = "NAME"

    def complete(self, prefix: str, interpreter: Interpreter) -> Pairs:
        return ((name, interpreter.variables.shown(name)) for name in interpreter.variables)
