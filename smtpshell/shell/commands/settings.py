"""Commands about settings: showing and changing them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from smtpshell.shell.configuration.layers import DEFAULT
from smtpshell.shell.configuration.settings import EMPTY, SETTINGS
from smtpshell.shell.declaration.argument_types import Flag
from smtpshell.shell.declaration.command import command
from smtpshell.shell.declaration.setting_types import SettingName, SettingValue
from smtpshell.shell.display.columns import padded, width
from smtpshell.shell.display.render import visible
from smtpshell.shell.display.styles import Fragments
from smtpshell.shell.outcome import Outcome, lines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from smtpshell.shell.configuration.config import Config
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["config", "set_", "unset"]

_WIDTH: Final = max(map(len, SETTINGS))
_WIDEST: Final = 20


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


@command()
def config(
    interpreter: Interpreter,
    *,
    example: Annotated[bool, Flag("print a file to begin with, every setting explained")] = False,
) -> Outcome:
    """Show where the configuration is, its profiles, and each value that is not the default.

    The file is named by --config, else by SMTPSHELL_CONFIG, else it is the one in the usual place.  It has a table
    [settings] of what /set knows, and tables [profile.NAME] with the same for servers: by the name, which stands
    for their url, or by patterns of hosts.

    Example:
        /config
        /config --example
    """
    if example:
        from smtpshell.shell.configuration.config_example import example as text

        made = lines(*text().splitlines(), style="")
        return Outcome(fragments=made.fragments, data={"event": "example", "text": text()})
    found = interpreter.config
    shown: Fragments = [("heading", visible(f"{_place(found)}\n"))]
    profiles = []
    for profile in found.profiles.values():
        what = [profile.url, *(f"for {host}" for host in profile.hosts), *profile.settings]
        held = "* " if interpreter.settings.profile == profile.origin else "  "
        shown += [("note", held), ("option", profile.name), ("", visible(f"  {', '.join(filter(None, what))}\n"))]
        profiles.append(
            {"name": profile.name, "url": profile.url, "hosts": profile.hosts, "current": held == "* "}
        )
    names = [name for name in SETTINGS if interpreter.settings.origin(name) != DEFAULT]
    values = _shown(interpreter, names)
    path = str(found.path) if found.path else None
    data = {"event": "config", "path": path, "found": found.found, "profiles": profiles}
    return Outcome(
        fragments=shown + values.fragments, data={**data, "settings": (values.data or {}).get("settings")}
    )


def _place(found: Config) -> str:
    if found.path is None:
        return "no configuration is wanted (--no-config)"
    if found.found:
        return f"configuration {found.path}"
    return f"no configuration; `smtpshell config --example` prints one for {found.path}"


def _shown(interpreter: Interpreter, names: Iterable[str]) -> Outcome:
    settings = interpreter.settings
    # Short values stand below each other; a long one pushes the rest of its own line aside.
    values = {name: visible(settings.show(name) or EMPTY) for name in SETTINGS}
    origins = {name: visible(settings.origin(name)) for name in SETTINGS}
    value_width = max(wide for text in values.values() if (wide := width(text)) <= _WIDEST)
    origin_width = max(map(width, origins.values()))
    shown: Fragments = []
    for name in names:
        shown += [
            ("option", f"{name:<{_WIDTH}}"),
            ("value", f" {padded(values[name], value_width)}"),
            ("note", f" {padded(origins[name], origin_width)}"),
            ("", f"  {SETTINGS[name].meaning}\n"),
        ]
    rows = [{"name": name, "value": settings.show(name), "from": settings.origin(name)} for name in names]
    return Outcome(fragments=shown, data={"event": "settings", "settings": rows})
