"""The configuration file: what it may say, where it is, what holds, and what is said about all that is wrong."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

import pytest

from smtpshell.errors import ExitStatus, UsageError
from smtpshell.session.endpoint import Endpoint
from smtpshell.shell.config import Config, Profile, load, usual_path
from smtpshell.shell.config_example import example
from smtpshell.shell.settings import SETTINGS, Settings

FULL = """
# a comment
[settings]
timeout = 30
hello = "me.example.test"
verify = true
times = "on"
family = 4
tls-min = 1.2
ca-file = "authority.pem"
tls-cert = "/etc/ssl/me.pem"

[profile.work]
url = "submission://mail.example.test"
host = ["mail.example.test", "*.Example.test"]
hello = "work.example.test"
starttls = true
user = "me"
password-command = ["pass", "show", "my mail"]

[profile."mx.example.test"]
host = "mx.example.test"

[profile.socket]
host = "/run/*/LMTP"
"""


def read(tmp_path: Path, text: str | bytes) -> Config:
    """Read a text as a configuration file."""
    path = tmp_path / "config.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(path, required=True)


def test_all_that_a_file_can_say(tmp_path: Path) -> None:
    """Settings become what /set takes; paths lie beside the file; profiles have url, patterns and settings."""
    config = read(tmp_path, FULL)
    assert (config.path, config.found) == (tmp_path / "config.toml", True)
    assert config.settings == {
        "timeout": "30",
        "hello": "me.example.test",
        "verify": "on",
        "times": "on",
        "family": "4",
        "tls-min": "1.2",
        "ca-file": str(tmp_path / "authority.pem"),
        "tls-cert": "/etc/ssl/me.pem",
    }
    assert config.profiles["work"] == Profile(
        name="work",
        url="submission://mail.example.test",
        hosts=("mail.example.test", "*.example.test"),
        settings={
            "hello": "work.example.test",
            "starttls": "on",
            "user": "me",
            "password-command": "pass show 'my mail'",
        },
    )
    assert config.profiles["mx.example.test"].hosts == ("mx.example.test",)
    settings = Settings()
    config.give(settings)
    assert (settings.timeout, settings.verify, settings.family, settings.tls_min) == (30.0, True, "4", "TLSv1.2")
    assert settings.origin("timeout") == "[settings]"
    assert settings.origin("echo") == "default"


# what is typed -> where that leads, and the profile that holds there
LEADS = {
    "work": ("submission://mail.example.test:587", "work"),
    "smtp://work": ("smtp://work:25", None),
    "mail.example.test:25": ("smtp://mail.example.test:25", "work"),
    "MX2.EXAMPLE.TEST": ("smtp://MX2.EXAMPLE.TEST:25", "work"),
    "mx.example.test": ("smtp://mx.example.test:25", "work"),
    "mx:a.example.test": ("mx:a.example.test:25", "work"),
    "example.test": ("smtp://example.test:25", None),
    "lmtp+unix:///run/x/LMTP": ("lmtp+unix:///run/x/LMTP", "socket"),
    "/run/x/lmtp": ("smtp+unix:///run/x/lmtp", None),
}


@pytest.mark.parametrize("typed", LEADS)
def test_where_a_name_or_host_leads(tmp_path: Path, typed: str) -> None:
    """A profile's name stands for its url; else the first profile with a pattern for the host holds."""
    endpoint, profile = read(tmp_path, FULL).resolve(Endpoint.parse(typed))
    assert (endpoint.url, profile.name if profile else None) == LEADS[typed]


WRONG = [
    ("x", "1:2: expected '=' after a key", "shows the form"),
    ("\n[settings]\ntimeout = \n", "3:11: invalid value", "shows the form"),
    ('[settings]\nhello = "', "2:10: ", "shows the form"),
    ("[settings]\na = 1\na = 2", "3:6: cannot overwrite a value", "shows the form"),
    ("[settings]\n[settings]", "2:10: cannot declare ('settings',) twice", "shows the form"),
    ("a = " + "[" * 5000, " it is nested too deeply", "shows the form"),
    ("[settings]\ntimeout = " + "9" * 5000, " a number in it is too long", "shows the form"),
    (b'[settings]\nhello = "\xc3\xa4\xff"', "2:11: the octet 0xff is no UTF-8", "save the file as UTF-8"),
    (b"\x7fELF\x02\x01\x01\0\0", "1:1: invalid statement", "shows the form"),
    ("\0", "1:1: invalid statement", ""),
    ("timeout = 3", "1:1: timeout stands in no table", "put it below [settings]"),
    ("[setings]", "1:2: the file has no 'setings'", "did you mean settings?"),
    ("settings = 3", "1:1: settings is no table", "write [settings]"),
    ("profile = 3", "1:1: profile is no table", "write [profile.NAME]"),
    ("[[settings]]", "1:3: settings is no table", ""),
    ("[settings]\n\n  timeuot = 3", "3:3: [settings] has no 'timeuot'", "did you mean timeout?"),
    ("[settings]\nca_file = 'x'", "2:1: [settings] has no 'ca_file'", "did you mean ca-file?"),
    ("[settings]\nurl = 'x'", "2:1: [settings] has no 'url'", "there are auth, timeout"),
    ("[settings]\nauth = 'raw'\ntimeout = 0", "3:1: timeout cannot be 0", "give a number of seconds above 0"),
    ("[settings]\ntimeout = nan", "2:1: timeout cannot be nan", ""),
    ("[settings]\ntimeout = true", "2:1: timeout cannot be true", "give a text, in quotes"),
    ("[settings]\ntimeout = 1979-05-27", "2:1: timeout cannot be a date or time", ""),
    ("[settings]\nhello = 3", "2:1: hello cannot be 3", "give a text, in quotes"),
    ("[settings]\nhello = ['x']", "2:1: hello cannot be a list", "give a text, in quotes"),
    ("[settings.hello]\nx = 1", "1:11: hello cannot be a table", "give a text, in quotes"),
    ("[settings]\nverify = 1", "2:1: verify cannot be 1", "give true or false"),
    ("[settings]\nverify = 'yes'", "2:1: verify cannot be 'yes'", "give one of on, off"),
    (f"[settings]\nverify = '{'x' * 999}'", f"2:1: verify cannot be '{'x' * 56}...", "give one of on, off"),
    (
        "[settings]\npassword-command = 'echo hunter2'",
        "2:1: password-command is no list",
        '["pass", "show", "mail"]',
    ),
    ("[settings]\npassword-command = [1]", "2:1: password-command is no list", ""),
    ("[settings]\npassword-command = []", "2:1: password-command is no list", ""),
    ("[settings]\npassword = 'hunter2'", "2:1: password cannot be kept in a file", "let /auth ask"),
    ("[profile.x]\nurl = 'x'\nToken = 'hunter2'", "3:1: Token cannot be kept in a file", "password-command = ["),
    ("[profile]\nx = 3", "2:1: x is no table", "write [profile.x]"),
    ("[profile.'a b']\nurl = 'x'", "1:10: 'a b' cannot name a profile", "write letters"),
    ("[profile.a.example.test]\nurl='x'", "1:12: 'example' is a table in the profile a", '[profile."a.example"]'),
    ("[profile.a]\nhello = 'x'", "1:10: the profile a is for no server", "give it url ="),
    ("[profile.a]\nurl = 3", "2:1: url is no text", "write url ="),
    ("[profile.a]\nurl = 'x://y'", "2:1: x:// is no scheme that is known here", "use one of smtp://"),
    ("[profile.a]\nurl = 'smtp://me:hunter2@x'", "2:1: credentials do not belong into a URL", "use /auth"),
    ("[profile.a]\nhost = 3", "2:1: host is no pattern", "write host ="),
    ("[profile.a]\nhost = ['']", "2:1: host is no pattern", ""),
    ("[profile.a]\nurl = 'x'\nhots = 'x'", "3:1: [profile.a] has no 'hots'", "did you mean host?"),
    ("[profile.a]\nurl = 'x'\n[profile.b]\nurl = 'x'\ntimeout = -1", "5:1: timeout cannot be -1", ""),
    # Where it only looks like the key.
    ('[settings]\nhello = """\ntimeout = 0\n"""\ntimeout = 0', "5:1: timeout cannot be 0", ""),
    ("# timeout = 0\n[profile.a]\nurl='x'\ntimeout = 3\n[settings]\ntimeout = 0", "6:1: timeout cannot be 0", ""),
    ("settings = {auth = 'raw', timeout = 0}", "1:27: timeout cannot be 0", ""),
    ("settings.timeout = 0", "1:10: timeout cannot be 0", ""),
    ('[settings]\n"timeou\\u0074" = 0', "1:2: timeout cannot be 0", ""),
    ("[settings]\npassword-command = [\n 1,\n]", "2:1: password-command is no list", ""),
]


@pytest.mark.parametrize(("text", "said", "hint"), WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str | bytes, said: str, hint: str) -> None:
    """One line: path, line, column, what, and what to do; and no secret in it."""
    with pytest.raises(UsageError) as caught:
        read(tmp_path, text)
    error = caught.value
    assert str(error).startswith(f"{tmp_path / 'config.toml'}:{said}")
    assert hint in error.hint
    assert error.hint
    assert "\n" not in str(error)
    assert "hunter2" not in str(error)
    assert error.exit_status == ExitStatus.USAGE


def test_a_place_is_looked_for_with_measure(tmp_path: Path) -> None:
    """In a file full of what looks like the key, the place is the table's, and comes soon."""
    look = "timeout = 0\n" * 20000
    for text, place in (
        (f'[settings]\nhello = """\n{look}"""\ntimeout = 0\n', "1:2"),
        (f'[settings]\ntimeout = """\n{look}"""\n', "2:1"),
    ):
        with pytest.raises(UsageError, match=rf"config\.toml:{place}: timeout cannot be "):
            read(tmp_path, text)


@pytest.mark.parametrize(
    "text", ["", "\ufeff", "\n \n", "# nothing\n", "[settings]\n", "\ufeff[settings]\r\nhello='x'"]
)
def test_little_is_enough(tmp_path: Path, text: str) -> None:
    """An empty file says nothing, and neither a byte order mark nor CRLF hurts."""
    assert read(tmp_path, text).found


@pytest.mark.parametrize(
    ("name", "why"),
    [("missing.toml", "there is no such file"), (".", "Is a directory"), ("huge", "it is larger than 256 KiB")],
)
def test_files_that_cannot_be_read(tmp_path: Path, name: str, why: str) -> None:
    """A file that was asked for has to be there and to be one."""
    (tmp_path / "huge").write_bytes(b"#" * 256 * 1024 + b"\n")
    with pytest.raises(UsageError, match=why) as caught:
        load(tmp_path / name, required=True)
    assert str(caught.value).startswith(str(tmp_path / name))
    assert "--no-config" in caught.value.hint


def test_the_usual_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The environment names the file, which must be there then; else it is the platform's, and may be missing."""
    monkeypatch.setenv("SMTPSHELL_CONFIG", "~/mine.toml")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert usual_path() == (tmp_path / "mine.toml", True)
    monkeypatch.setenv("SMTPSHELL_CONFIG", "")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    path, required = usual_path()
    assert (path.name, path.parent.name, required) == ("config.toml", "smtpshell", False)
    assert load(path, required=required) == Config(path=path)


def test_no_test_reads_the_developers_own() -> None:
    """While tests run the environment names an empty file."""
    assert usual_path() == (Path(os.devnull), True)


def test_the_example_is_a_configuration(tmp_path: Path) -> None:
    """As it is it says nothing; with its # taken away it says the defaults of every setting, and a profile."""
    text = example()
    assert tomllib.loads(text) == {}
    assert max(map(len, text.splitlines())) <= 130
    config = read(tmp_path, re.sub(r"(?m)^#(?=\S)", "", text))
    assert set(config.settings) == set(SETTINGS)
    settings = Settings()
    config.give(settings)
    settings.password_command = ""
    assert settings == Settings()
    assert [*config.profiles] == ["work"]
    assert config.profiles["work"].settings["password-command"] == "pass show mail"
