"""A configuration file to begin with, made of the table of settings: all of it is commented out."""

from __future__ import annotations

import json
from typing import Final

from smtpshell.shell.configuration.settings import SETTINGS, Setting, Settings

__all__ = ["example"]

_HEAD: Final = """\
# Settings of smtpshell for always, and profiles for servers.
#
# Take away the # before what you want; what is there is the default.  The command line and /set hold before
# profiles, and profiles before [settings].  `smtpshell config` shows what holds, and where this file belongs.
# Passwords do not belong here: password-command names the program that prints one, and /auth runs it.
"""

_PROFILE: Final = """
# A profile holds for connections made by its name: `smtpshell work`, `/connect work`; and where it has patterns,
# for those to a host (or the path of a socket) that one of them matches, unless a profile before it does.
# It may have every setting.

#[profile.work]
#url = "submission://mail.example.test"
#host = ["*.example.test", "192.0.2.*"]
#hello = "client.example.test"
#starttls = true
#verify = true
#user = "student"
#password-command = ["pass", "show", "mail"]
"""

_PROGRAM: Final = ("pass", "show", "mail")


def example() -> str:
    """Give the text of the file."""
    rows = [f"\n# {_meaning(setting)}\n#{setting.name} = {_value(setting)}\n" for setting in SETTINGS.values()]
    return "".join([_HEAD, "\n#[settings]\n", *rows, _PROFILE])


def _meaning(setting: Setting) -> str:
    values = [value for value in setting.values if value not in setting.meaning]
    if setting.is_switch or not values:
        return setting.meaning
    return f"{setting.meaning} ({', '.join(values)})"


def _value(setting: Setting) -> str:
    """Write a setting's default as TOML; a basic string is written as JSON has it."""
    if setting.is_program:
        return json.dumps(_PROGRAM)
    value = Settings().show(setting.name)
    if setting.is_switch:
        return "true" if value == "on" else "false"
    return json.dumps(value)
