"""Commands that show and change settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from smtpshell.shell.command import command
from smtpshell.shell.outcome import Outcome, lines
from smtpshell.shell.setting_types import SettingName, SettingValue
from smtpshell.shell.settings import SETTINGS

if TYPE_CHECKING:
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["set_"]


@command()
def set_(
    interpreter: Interpreter,
    name: Annotated[str, SettingName("which setting; all are shown where it is left out")] = "",
    value: Annotated[str | None, SettingValue("its new value; it is only shown where this is left out")] = None,
) -> Outcome:
    """Show or change a setting.

    Those about TLS hold for the next handshake; source, family and proxy-header for the next connection.  '' is
    none.

    Example:
        /set
        /set auth raw
        /set timeout 30
    """
    if value is not None:
        interpreter.change_setting(name, value)
    rows = [
        f"{row.name:<12} {interpreter.settings.show(row.name):<22} {row.meaning}"
        for row in SETTINGS.values()
        if name in ("", row.name)
    ]
    return lines(*rows, style="")
