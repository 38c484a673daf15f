"""What /set knows: one table of settings, each with its default, its values and what it changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from smtpshell.errors import UsageError
from smtpshell.session.options import FAMILIES

__all__ = ["SETTINGS", "Setting", "Settings", "Value"]

Value = str | float | bool | None
"""What a setting may hold."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting; ``attribute`` of Settings holds it, ``read`` makes a value of text or raises ValueError."""

    name: str
    attribute: str
    values: tuple[str, ...]
    read: Callable[[str], Value]
    meaning: str


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


def _tls_version(text: str) -> str:
    """Read "TLSv1.2" or "1.2"; "" for no limit."""
    for version in ("", *_TLS_VERSIONS):
        if text.lower() in (version.lower(), version.removeprefix("TLSv")):
            return version
    raise ValueError(f"one of {', '.join(_TLS_VERSIONS)}")


def _source(text: str) -> str:
    from smtpshell.shell.connecting import source

    source(text)
    return text


def _proxy_header(text: str) -> str:
    from smtpshell.shell.connecting import proxy_header

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
    Setting("verify", "verify", ("on", "off"), _switch, "refuse a certificate that does not prove the name"),
    Setting("ca-file", "ca_file", (), _text, "PEM file of the authorities to trust instead of the system's"),
    Setting("tls-name", "tls_name", (), _text, "name asked for in TLS instead of the host's"),
    Setting("tls-cert", "tls_cert", (), _text, "PEM file of the client certificate to show, its chain behind it"),
    Setting("tls-key", "tls_key", (), _text, "PEM file of its key, where that is not in the same file"),
    Setting("tls-min", "tls_min", _TLS_VERSIONS, _tls_version, "oldest TLS version to accept"),
    Setting("tls-max", "tls_max", _TLS_VERSIONS, _tls_version, "newest TLS version to offer"),
    Setting("tls-ciphers", "tls_ciphers", (), _text, "ciphers for TLS up to 1.2, as `openssl ciphers` takes them"),
    Setting("source", "source", (), _source, "address to connect from, ADDRESS or ADDRESS:PORT"),
    Setting("family", "family", FAMILIES, _choice(*FAMILIES), "addresses to try: any, 4 for IPv4, 6 for IPv6"),
    Setting(
        "proxy-header",
        "proxy_header",
        (),
        _proxy_header,
        "PROXY protocol header to begin with: v1 or v2, then SOURCE and DESTINATION",
    ),
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
    Setting("keys", "keys", ("emacs", "vi"), _choice("emacs", "vi"), "keys that edit the line: emacs or vi"),
    Setting(
        "mouse",
        "mouse",
        ("on", "off"),
        _switch,
        "clicks move the cursor; the terminal's own selection needs Shift",
    ),
)

SETTINGS: Final[Mapping[str, Setting]] = {row.name: row for row in _ROWS}
"""Name -> setting."""


@dataclass(slots=True, kw_only=True)
class Settings:
    """The settings of one shell, by attribute; ``set`` and ``show`` go by the names of SETTINGS."""

    auth: str = "plain"
    timeout: float | None = None
    hello: str = "client.example.test"
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
    proxy_header: str = ""
    echo: bool = False
    times: bool = False
    hints: bool = True
    elapsed: str = "auto"
    pager: str = "auto"
    color: str = "auto"
    keys: str = "emacs"
    mouse: bool = False

    def set(self, name: str, text: str) -> None:
        """Set one by its name and the text of its value.  Raises UsageError."""
        setting = _setting(name)
        try:
            setattr(self, setting.attribute, setting.read(text))
        except ValueError as error:
            raise UsageError(f"{name} cannot be {text!r}", hint=f"give {error}") from None

    def show(self, name: str) -> str:
        """Write a setting's value as /set would take it.  Raises UsageError for an unknown name."""
        value: Value = getattr(self, _setting(name).attribute)
        if isinstance(value, bool):
            return "on" if value else "off"
        return "standard" if value is None else f"{value:g}" if isinstance(value, float) else value


def _setting(name: str) -> Setting:
    if name not in SETTINGS:
        raise UsageError(f"there is no setting {name!r}", hint=f"there are {', '.join(SETTINGS)}")
    return SETTINGS[name]
