"""What a configuration file may say, and what is said about all else."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from smtpshell.errors import UsageError
from smtpshell.shell.configuration.config import Profile
from smtpshell.shell.configuration.config_source import Source
from smtpshell.shell.configuration.settings import SETTINGS, Setting, refused

__all__ = ["read"]

Keys = tuple[str, ...]
"""The way to a value: its tables, its key."""

_TABLES: Final = ("settings", "profile")

_OF_PROFILE: Final = ("url", "host")
"""What a profile has besides settings."""

_SECRETS: Final = frozenset({"pass", "passwd", "password", "secret", "token", "user-password"})
"""Keys whose value would be a secret."""

_INSTEAD: Final = 'give the program that prints it: password-command = ["pass", "show", "mail"], or let /auth ask'

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def read(octets: bytes, path: Path) -> tuple[dict[str, str], dict[str, Profile]]:
    """Read [settings] and the profiles of a file's octets.  Raises UsageError, with the place of what is wrong."""
    source = Source(octets, path)
    for key in source.tables:
        if key not in _TABLES:
            raise _unknown(source, (key,), _TABLES)
    settings = _settings(source, ("settings",), _table(source, source.tables, ("settings",)))
    profiles = _table(source, source.tables, ("profile",))
    return settings, {name: _profile(source, ("profile", name), profiles) for name in profiles}


def _profile(source: Source, keys: Keys, profiles: Mapping[str, Any]) -> Profile:
    name = keys[-1]
    if not _NAME.fullmatch(name):
        raise source.wrong(keys, f"{name!r} cannot name a profile", "write letters, digits, . _ and -")
    table = _table(source, profiles, keys)
    for key, value in table.items():
        if isinstance(value, dict):
            hint = f'a name with a dot is quoted: [profile."{name}.{key}"]'
            raise source.wrong((*keys, key), f"{key!r} is a table in the profile {name}", hint)
    settings = _settings(source, keys, {key: value for key, value in table.items() if key not in _OF_PROFILE})
    url, hosts = _url(source, (*keys, "url"), table.get("url")), _hosts(source, (*keys, "host"), table.get("host"))
    if not url and not hosts:
        hint = 'give it url = "submission://mail.example.test", or host = "*.example.test"'
        raise source.wrong(keys, f"the profile {name} is for no server", hint)
    return Profile(name=name, url=url, hosts=hosts, settings=settings)


def _url(source: Source, keys: Keys, value: Any) -> str:
    from smtpshell.session.endpoint import Endpoint

    if value is None:
        return ""
    if not isinstance(value, str):
        raise source.wrong(keys, "url is no text", 'write url = "submission://mail.example.test"')
    try:
        Endpoint.parse(value)
    except UsageError as error:
        raise source.wrong(keys, error.message, error.hint) from None
    return value


def _hosts(source: Source, keys: Keys, value: Any) -> tuple[str, ...]:
    hosts = [value] if isinstance(value, str) else value
    if value is None:
        return ()
    if not isinstance(hosts, list) or not all(isinstance(host, str) and host for host in hosts):
        raise source.wrong(keys, "host is no pattern, nor a list of them", 'write host = ["mx?.example.test"]')
    # A socket's path keeps its case, a host has none.
    return tuple(host if host.startswith("/") else host.lower() for host in hosts)


def _settings(source: Source, keys: Keys, table: Mapping[str, Any]) -> dict[str, str]:
    settings = {}
    for name, value in table.items():
        if name.lower().replace("_", "-") in _SECRETS:
            raise source.wrong((*keys, name), f"{name} cannot be kept in a file that others may read", _INSTEAD)
        if name not in SETTINGS:
            raise _unknown(source, (*keys, name), (*SETTINGS, *(_OF_PROFILE if len(keys) > 1 else ())))
        setting = SETTINGS[name]
        try:
            settings[name] = _text(setting, value, source.path.parent)
            setting.read(settings[name])
        except ValueError as error:
            # What is meant for a program may hold a secret that belongs nowhere else.
            what = f"{name} is no list" if setting.is_program else f"{name} cannot be {_written(value)}"
            raise source.wrong((*keys, name), what, f"give {error}") from None
    return settings


def _text(setting: Setting, value: Any, folder: Path) -> str:
    """Give a value as /set takes it.  Raises ValueError, which says what would do."""
    if setting.is_program:
        if not isinstance(value, list) or not value or not all(isinstance(word, str) for word in value):
            raise ValueError('a list of the program and its arguments, such as ["pass", "show", "mail"]')
        return shlex.join(value)
    if setting.is_switch and isinstance(value, bool):
        return "on" if value else "off"
    if setting.values and not setting.is_switch and isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value}"
    if not isinstance(value, str):
        raise ValueError("true or false" if setting.is_switch else "a text, in quotes")
    if setting.is_file and value:
        # What is not from the root, or from home, lies beside the configuration.
        return str(folder / Path(value).expanduser())
    return value


def _written(value: Any) -> str:
    """Write a value of the file for an error: short, and nothing of what lies in lists and tables."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return refused(value)
    if isinstance(value, int | float):
        return refused(f"{value}").strip("'")
    kinds = {"list": "a list", "dict": "a table"}
    return kinds.get(type(value).__name__, "a date or time")


def _table(source: Source, tables: Mapping[str, Any], keys: Keys) -> Mapping[str, Any]:
    """Give a table in another, an empty one where it is not there."""
    found = tables.get(keys[-1], {})
    if not isinstance(found, dict):
        written = ".".join(keys if len(keys) > 1 or keys[0] == "settings" else (*keys, "NAME"))
        raise source.wrong(keys, f"{keys[-1]} is no table", f"write [{written}], and below it what it says")
    return found


def _unknown(source: Source, keys: Keys, known: Iterable[str]) -> UsageError:
    *tables, key = keys
    if not tables and key in SETTINGS:
        return source.wrong(keys, f"{key} stands in no table", "put it below [settings]")
    close = get_close_matches(key.replace("_", "-"), known, n=1)
    where = f"[{'.'.join(tables)}]" if tables else "the file"
    hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"
    return source.wrong(keys, f"{where} has no {key!r}", hint)
