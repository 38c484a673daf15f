"""What /set knows: one table of settings, each with its default, its values and what it changes."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from smtpshell.errors import UsageError
from smtpshell.session.options import FAMILIES
from smtpshell.shell.configuration.layers import Layer, Layers, Value
from smtpshell.shell.display.styles import THEMES

__all__ = ["EMPTY", "SETTINGS", "Setting", "Settings", "Value", "no_setting", "refused"]

EMPTY: Final = "''"
"""How an empty value is typed and shown."""

_SHOWN: Final = 60
"""Characters of a value that an error shows."""

_TYPED: Final = "/set"
"""Where a value comes from that was given at the prompt."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting; ``attribute`` of Settings holds it, ``read`` makes a value of text or raises ValueError."""

    name: str
    attribute: str
    values: tuple[str, ...]
    read: Callable[[str], Value]
    meaning: str

    @property
    def is_file(self) -> bool:
        """Whether the value is the path of a file."""
        return self.read is _file

    @property
    def is_switch(self) -> bool:
        """Whether the value is on or off."""
        return self.read is _switch

    @property
    def is_program(self) -> bool:
        """Whether the value is a program with its arguments."""
        return self.read is _program


def _switch(text: str) -> bool:
    return _choice("on", "off")(text) == "on"


def _choice(*values: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text.lower() not in values:
            raise ValueError(f"one of {', '.join(values)}")
        return text.lower()

    return read


def _seconds(text: str) -> float | None:
    if text.lower() == "standard":
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e7:
        raise ValueError("a number of seconds above 0, or standard")
    return seconds


def _text(text: str) -> str:
    return text


def _file(text: str) -> str:
    """Read a path; ~ at its start is the home folder."""
    import os

    return os.path.expanduser(text)  # noqa: PTH111 (Path would make "." of "", which is none)


def _program(text: str) -> str:
    import shlex

    try:
        shlex.split(text)
    except ValueError as error:
        raise ValueError(f"a program and its arguments, quoted as in a shell ({error})") from None
    return text


def _tls_version(text: str) -> str:
    """Read "TLSv1.2" or "1.2"; "" for no limit."""
    for version in ("", *_TLS_VERSIONS):
        if text.lower() in (version.lower(), version.removeprefix("TLSv")):
            return version
    raise ValueError(f"one of {', '.join(_TLS_VERSIONS)}")


def _source(text: str) -> str:
    from smtpshell.shell.configuration.connecting import source

    source(text)
    return text


def _proxy(text: str) -> str:
    from smtpshell.session import socks

    try:
        if text:
            socks.check(text)
    except UsageError as error:
        raise ValueError(f"{error.hint.removeprefix('write ')}, without user and password") from None
    return text


def _proxy_header(text: str) -> str:
    from smtpshell.shell.configuration.connecting import proxy_header

    try:
        proxy_header(text)
    except UsageError as error:
        raise ValueError(
            f"v1 or v2 and two addresses, such as v1 192.0.2.1:4000 192.0.2.2:25 ({error.message})"
        ) from None
    return text


_TLS_VERSIONS: Final = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
"""As session/tls.py has them; that is loaded only where there is TLS."""

_ROWS: Final = (
    Setting(
        "auth",
        "auth",
        ("plain", "raw"),
        _choice("plain", "raw"),
        "how answers to AUTH are typed: plain text that is encoded for you, or raw base64",
    ),
    Setting(
        "timeout",
        "timeout",
        ("standard", "10", "60"),
        _seconds,
        "seconds to wait for anything; standard: RFC 5321 4.5.3.2",
    ),
    Setting("hello", "hello", (), _text, "name said in EHLO by commands of several steps"),
    Setting("starttls", "starttls", ("on", "off"), _switch, "begin each connection with /starttls"),
    Setting("user", "user", (), _text, "user name for /auth, where neither it nor SMTPSHELL_USER gives one"),
    Setting(
        "password-command",
        "password_command",
        (),
        _program,
        "program that prints the password for /auth as its first line; run only then, without a shell",
    ),
    Setting("verify", "verify", ("on", "off"), _switch, "refuse a certificate that does not prove the name"),
    Setting("ca-file", "ca_file", (), _file, "PEM file of the authorities to trust instead of the system's"),
    Setting("tls-name", "tls_name", (), _text, "name asked for in TLS instead of the host's"),
    Setting("tls-cert", "tls_cert", (), _file, "PEM file of the client certificate to show, its chain behind it"),
    Setting("tls-key", "tls_key", (), _file, "PEM file of its key, where that is not in the same file"),
    Setting("tls-min", "tls_min", _TLS_VERSIONS, _tls_version, "oldest TLS version to accept"),
    Setting("tls-max", "tls_max", _TLS_VERSIONS, _tls_version, "newest TLS version to offer"),
    Setting("tls-ciphers", "tls_ciphers", (), _text, "ciphers for TLS up to 1.2, as `openssl ciphers` takes them"),
    Setting("source", "source", (), _source, "address to connect from, ADDRESS or ADDRESS:PORT"),
    Setting("family", "family", FAMILIES, _choice(*FAMILIES), "addresses to try: any, 4 for IPv4, 6 for IPv6"),
    Setting(
        "through",
        "through",
        (),
        _proxy,
        "proxy to connect through, socks5://HOST:PORT (socks4://, http://); it looks the server's name up",
    ),
    Setting(
        "proxy-header",
        "proxy_header",
        (),
        _proxy_header,
        "PROXY protocol header to begin with: v1 or v2, then SOURCE and DESTINATION",
    ),
    Setting(
        "on-failure",
        "on_failure",
        ("stop", "continue"),
        _choice("stop", "continue"),
        "what a script does when an /expect fails",
    ),
    Setting("lessons", "lessons", (), _file, "folder with more lessons for /learn, beside SMTPSHELL_LESSONS"),
    Setting("echo", "echo", ("on", "off"), _switch, "show again what is sent, with a direction mark"),
    Setting("times", "times", ("on", "off"), _switch, "show the seconds since the connection began"),
    Setting("hints", "hints", ("on", "off"), _switch, "offer /explain after a refusal, once for each code"),
    Setting(
        "elapsed",
        "elapsed",
        ("auto", "on", "off"),
        _choice("auto", "on", "off"),
        "show behind each reply how long it took; auto: at the prompt",
    ),
    Setting(
        "pager",
        "pager",
        ("auto", "off"),
        _choice("auto", "off"),
        "auto: at the prompt show a screenful of what is longer, /more shows the rest",
    ),
    Setting(
        "color",
        "color",
        ("auto", "always", "never"),
        _choice("auto", "always", "never"),
        "whether output is coloured; auto: on a terminal that can, unless NO_COLOR is set",
    ),
    Setting(
        "theme",
        "theme",
        tuple(THEMES),
        _choice(*THEMES),
        "colours: default on any background, dark or light for one such, mono without colour",
    ),
    Setting("keys", "keys", ("emacs", "vi"), _choice("emacs", "vi"), "keys that edit the line: emacs or vi"),
    Setting(
        "mouse",
        "mouse",
        ("on", "off"),
        _switch,
        "clicks move the cursor; the terminal's own selection needs Shift",
    ),
    Setting("variables", "variables", ("on", "off"), _switch, "put values that /let gave for ${name} in lines"),
)

SETTINGS: Final[Mapping[str, Setting]] = {row.name: row for row in _ROWS}
"""Name -> setting."""


@dataclass(slots=True, kw_only=True)
class Settings:
    """The settings of one shell, by attribute; the methods go by the names of SETTINGS.

    ``profile`` is the origin of what the profile held gives, "" for none.
    """

    auth: str = "plain"
    timeout: float | None = None
    hello: str = "client.example.test"
    starttls: bool = False
    user: str = ""
    password_command: str = ""
    verify: bool = False
    ca_file: str = ""
    tls_name: str = ""
    tls_cert: str = ""
    tls_key: str = ""
    tls_min: str = ""
    tls_max: str = ""
    tls_ciphers: str = ""
    source: str = ""
    family: str = "any"
    through: str = ""
    proxy_header: str = ""
    lessons: str = ""
    on_failure: str = "stop"
    echo: bool = False
    times: bool = False
    hints: bool = True
    elapsed: str = "auto"
    pager: str = "auto"
    color: str = "auto"
    theme: str = "default"
    keys: str = "emacs"
    mouse: bool = False
    variables: bool = False
    profile: str = field(default="", init=False, compare=False)
    _layers: Layers = field(default_factory=Layers, init=False, repr=False, compare=False)

    def set(self, name: str, text: str, *, layer: Layer = Layer.TYPED, origin: str = _TYPED) -> None:
        """Set one by its name and the text of its value; it holds where no later layer has another.

        Raises UsageError.
        """
        setting = _setting(name)
        try:
            value = setting.read(text)
        except ValueError as error:
            also = f"; /unset {name} goes back" if text.lower() == "default" else ""
            raise UsageError(f"{name} cannot be {refused(text)}", hint=f"give {error}{also}") from None
        before: Value = getattr(self, setting.attribute)
        setattr(self, setting.attribute, self._layers.put(name, layer, (value, origin), before))

    def unset(self, name: str) -> None:
        """Forget what /set and the command line gave for one.  Raises UsageError for an unknown name."""
        _setting(name)
        for layer in (Layer.TYPED, Layer.ARGUMENT):
            self._take_out(layer, name)

    def hold_profile(self, values: Mapping[str, str], origin: str) -> None:
        """Hold the values of a profile, by name, instead of those of the profile before.  Raises UsageError."""
        self._take_out(Layer.PROFILE)
        self.profile = origin
        for name, text in values.items():
            self.set(name, text, layer=Layer.PROFILE, origin=origin)

    def copy(self) -> Settings:
        """Give settings that can be changed without changing these."""
        other = copy.copy(self)
        other._layers = self._layers.copy()
        return other

    def show(self, name: str) -> str:
        """Write a setting's value as /set would take it.  Raises UsageError for an unknown name."""
        value: Value = getattr(self, _setting(name).attribute)
        if isinstance(value, bool):
            return "on" if value else "off"
        return "standard" if value is None else f"{value:g}" if isinstance(value, float) else value

    def origin(self, name: str) -> str:
        """Say where a setting's value comes from: "default", "/set", a line of a file ..."""
        return self._layers.origin(_setting(name).name)

    def _take_out(self, layer: Layer, *names: str) -> None:
        for name, value in self._layers.take_out(layer, *names).items():
            setattr(self, SETTINGS[name].attribute, value)


def refused(text: str) -> str:
    """Write a value that will not do for an error: short, and without what may be a password in a URL."""
    written = repr(re.sub(r"//[^/@\s]*@", "//...@", text))
    return written if len(written) <= _SHOWN else f"{written[: _SHOWN - 3]}..."


def no_setting(name: str) -> UsageError:
    """Give the error for a name that no setting has."""
    from difflib import get_close_matches

    close = get_close_matches(name, SETTINGS, n=1)
    hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(SETTINGS)}"
    return UsageError(f"there is no setting {name!r}", hint=hint)


def _setting(name: str) -> Setting:
    if name not in SETTINGS:
        raise no_setting(name)
    return SETTINGS[name]
