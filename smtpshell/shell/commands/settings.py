"""Commands that show and change settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from smtpshell.shell.command import command
from smtpshell.shell.outcome import Outcome
from smtpshell.shell.render import visible
from smtpshell.shell.setting_types import SettingName, SettingValue
from smtpshell.shell.settings import EMPTY, SETTINGS
from smtpshell.shell.styles import Fragments

if TYPE_CHECKING:
    from collections.abc import Iterable

    from smtpshell.shell.interpreter import Interpreter

__all__ = ["set_", "unset"]

_WIDTH = max(map(len, SETTINGS))


@command()
def set_(
    interpreter: Interpreter,
    name: Annotated[str, SettingName("which setting; all are shown where it is left out")] = "",
    value: Annotated[str | None, SettingValue("its new value; it is only shown where this is left out")] = None,
) -> Outcome:
    """Show or change a setting.

    Each is shown with its value, where that comes from, and its meaning.  Those about TLS hold for the next
    handshake; starttls, source, family and proxy-header for the next connection.  '' is none.

    Example:
        /set
        /set auth raw
        /set timeout 30
    """
    if value is not None:
        interpreter.change_setting(name, value)
    return _shown(interpreter, [name] if name else SETTINGS)


@command()
def unset(
    interpreter: Interpreter,
    name: Annotated[str, SettingName("which setting")],
) -> Outcome:
    """Let a setting be what it was before /set or the command line changed it.

    That is what the profile or [settings] of the configuration file say (/config), else the default.

    Example:
        /unset timeout
    """
    interpreter.forget_setting(name)
    return _shown(interpreter, [name])


def _shown(interpreter: Interpreter, names: Iterable[str]) -> Outcome:
    settings = interpreter.settings
    shown: Fragments = []
    for name in names:
        value, origin = visible(settings.show(name) or EMPTY), visible(settings.origin(name))
        shown += [
            ("option", f"{name:<{_WIDTH}}"),
            ("value", f" {value:<14}"),
            ("note", f" ({origin})"),
            ("", f"  {SETTINGS[name].meaning}\n"),
        ]
    rows = [{"name": name, "value": settings.show(name), "from": settings.origin(name)} for name in names]
    return Outcome(fragments=shown, data={"event": "settings", "settings": rows})
