"""The configuration file: settings for always, and profiles for servers.

    [settings]                                    # names and values as for /set
    timeout = 30

    [profile.work]                                # /connect work, or smtpshell work
    url = "submission://mail.example.test"
    host = ["*.example.test", "192.0.2.*"]    # for connections to these as well
    user = "me"
    password-command = ["pass", "show", "mail"]

A profile holds for a connection made by its name, else the first does one of whose ``host`` patterns matches the
host, and a profile's settings hold before [settings].  Passwords do not stand here (config_values.py).  What is
wrong is said with its place; a file that is wrong anywhere is not used at all.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Final

from smtpshell.errors import UsageError
from smtpshell.shell.configuration.layers import Layer

if TYPE_CHECKING:
    from smtpshell.session.endpoint import Endpoint
    from smtpshell.shell.configuration.settings import Settings

__all__ = ["ENVIRONMENT", "Config", "Profile", "load", "usual_path"]

ENVIRONMENT: Final = "SMTPSHELL_CONFIG"
"""Environment variable that names another file."""

_LARGEST: Final = 256 * 1024
"""Octets; what is larger was not written for us."""

SETTINGS_TABLE: Final = "[settings]"
"""Where the values of that table are said to come from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What holds for some servers: ``settings`` by name, each as /set takes it."""

    name: str
    url: str = ""
    hosts: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """Where its values are said to come from."""
        return f"[profile.{self.name}]"

    def matches(self, endpoint: Endpoint) -> bool:
        """Whether one of its patterns matches the host, or a socket's path."""
        place = endpoint.path or endpoint.host.lower()
        return any(fnmatchcase(place, pattern) for pattern in self.hosts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What a configuration file says; ``path`` is None where none is wanted, ``found`` whether it is there."""

    path: Path | None = None
    found: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)
    profiles: Mapping[str, Profile] = field(default_factory=dict)

    def give(self, settings: Settings) -> None:
        """Give the settings what [settings] says."""
        for name, text in self.settings.items():
            settings.set(name, text, layer=Layer.FILE, origin=SETTINGS_TABLE)

    def resolve(self, endpoint: Endpoint) -> tuple[Endpoint, Profile | None]:
        """Give where an endpoint leads, if it is a profile's name, and the profile that holds there."""
        named = self.profiles.get(endpoint.written)
        if named is not None and named.url:
            return type(endpoint).parse(named.url), named
        return endpoint, next((each for each in self.profiles.values() if each.matches(endpoint)), None)


def usual_path() -> tuple[Path, bool]:
    """Give the file that is used where none is named on the command line, and whether it has to be there."""
    if named := os.environ.get(ENVIRONMENT):
        return Path(named).expanduser(), True
    from platformdirs import user_config_path

    return user_config_path("smtpshell") / "config.toml", False


def load(path: Path, *, required: bool) -> Config:
    """Read a configuration file; one that is not ``required`` may be missing.

    Raises UsageError, which names the file, and line and column where that is known.
    """
    try:
        with path.open("rb") as file:
            octets = file.read(_LARGEST + 1)
    except FileNotFoundError:
        if not required:
            return Config(path=path)
        raise _unusable(path, "there is no such file") from None
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from None
    if len(octets) > _LARGEST:
        raise _unusable(path, f"it is larger than {_LARGEST // 1024} KiB, which no configuration is")
    if not octets.strip():
        return Config(path=path, found=True)
    from smtpshell.shell.configuration.config_values import read

    settings, profiles = read(octets, path)
    return Config(path=path, found=True, settings=settings, profiles=profiles)


def _unusable(path: Path, why: str) -> UsageError:
    return UsageError(f"{path}: {why}", hint="name another with --config, or do without by --no-config")
