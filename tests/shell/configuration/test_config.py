"""The configuration file: what it may say, where it is, what holds, and what is said about all that is wrong."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtpshell.errors import ExitStatus, UsageError
from smtpshell.practice import PracticeServer
from smtpshell.session.endpoint import Endpoint
from smtpshell.shell.configuration.config import Config, Profile, load, usual_path
from smtpshell.shell.configuration.config_example import example
from smtpshell.shell.configuration.settings import SETTINGS, Settings
from tests.shell.support import Shell

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
    (f"[settings]\ntimeout = {'9' * 400}", f"2:1: timeout cannot be {'9' * 56}...", ""),
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
    ("[settings]\nthrough = 'socks5://me:hunter2@h'", "2:1: through cannot be 'socks5://...@h'", "without user"),
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


@pytest.fixture
def practice() -> Iterator[PracticeServer]:
    """Run a practice server of the test's own."""
    with PracticeServer() as server:
        yield server


@pytest.fixture
def configured(tmp_path: Path, practice: PracticeServer, other: PracticeServer) -> Iterator[Shell]:
    """Give a shell without a connection, with profiles of two servers."""
    config = f"""
[settings]
hello = "always.example.test"

[profile.work]
url = "{practice.url}"
hello = "work.example.test"
starttls = true
echo = false
user = "student"
password-command = ["echo", "first-lesson"]

[profile.other]
url = "{other.url}"
timeout = 4
tls-max = "TLSv1.2"

[profile.hosts]
host = "127.0.0.*"
timeout = 3
"""
    shell = Shell()
    shell.config = read(tmp_path, config)
    shell.config.give(shell.settings)
    yield shell
    shell.close()


@pytest.fixture
def other() -> Iterator[PracticeServer]:
    """Run another practice server."""
    with PracticeServer() as server:
        yield server


def test_a_profile_by_its_name(configured: Shell, practice: PracticeServer) -> None:
    """/connect NAME goes to its url by its settings: TLS, our name, the user, the password command."""
    said = configured.say("/connect work")
    assert f"-- connected to {practice.host}:{practice.port}\n" in said
    assert "/starttls, as the settings say" in said
    assert "greets work.example.test" in said
    assert "235 " in configured.say("/auth")
    assert "first-lesson" not in configured.text
    assert configured.secrets.redact_text("first-lesson") == "${auth}"
    assert configured.prompt == "smtps> "
    configured.say("/close", f"/connect {practice.url}", "/set")
    assert (configured.settings.hello, configured.settings.timeout) == ("always.example.test", 3.0)
    assert configured.settings.origin("timeout") == "[profile.hosts]"
    assert configured.settings.starttls is False


def test_what_is_set_holds_before_a_profile(configured: Shell) -> None:
    """/set and the options of /connect count more than a profile, a profile more than [settings]."""
    configured.say("/set hello typed.example.test")
    assert "greets typed.example.test" in configured.say("/connect work")
    assert "work.example.test" in configured.say("/unset hello")
    configured.say("/close", "/connect other --tls-max 1.3")
    assert (configured.settings.tls_max, configured.settings.hello) == ("TLSv1.3", "always.example.test")


def test_each_session_has_its_profile(configured: Shell) -> None:
    """Of several sessions each keeps to its own profile, whichever is in front and whichever has the turn."""
    configured.say("/connect work", "/connect other")
    assert [each.name for each in configured.conversations] == ["work", "other"]
    assert "-- tls TLSv1.2" in configured.say("/starttls")
    assert configured.settings.origin("tls-max") == "[profile.other]"
    work, other = configured.conversations
    with configured.at(work):
        assert configured.own_settings.hello == "work.example.test"
        assert "235 " in configured.say("/auth")
    assert configured.own_settings is configured.settings
    configured.say("/set echo on", "/unset echo")
    assert work.session is not None
    assert other.session is not None
    assert (work.session.timeouts.overall, other.session.timeouts.overall) == (5.0, 4.0)
    configured.say("/switch work")
    assert (configured.settings.hello, configured.settings.tls_max) == ("work.example.test", "")
    configured.say("/close", "/connect 127.0.0.1:1")
    assert configured.front is other
    assert configured.settings.origin("timeout") == "[profile.other]"


def test_commands_with_a_connection_of_their_own(configured: Shell, tmp_path: Path) -> None:
    """A profile's name stands for its server in every command, without becoming that of the shell."""
    assert "student@example.test" in configured.say("/vrfy student work")
    recording = tmp_path / "one.smtp"
    recording.write_text("smtp-transcript: 1\n\nS* 220 *\nC: NOOP\nS* 250 *\nC: QUIT\nS* 221 *\n")
    assert "as recorded" in configured.say(f"/replay {recording} --against other")
    assert configured.settings.profile == ""
    configured.say("/connect other")
    assert "as recorded" in configured.say(f"/replay {recording}")
    configured.say(f"/record {tmp_path / 'new.smtp'}", "NOOP", "/record off")
    assert f"server: {configured.config.profiles['other'].url}" in (tmp_path / "new.smtp").read_text()
    assert configured.exit_status == ExitStatus.EXPECTED


def test_config_at_the_prompt(configured: Shell, offline: Shell) -> None:
    """/config shows the file, the profiles, and every value that somebody gave."""
    configured.say("/connect work", "/set times on")
    path = configured.config.path
    shown = configured.say("/config")
    assert shown.startswith(f"configuration {path}\n* work  smtp://")
    assert "  hosts  for 127.0.0.*, timeout\n" in shown
    assert re.search(r"^hello +work\.example\.test +\[profile\.work\]  name said", shown, re.MULTILINE)
    assert re.search(r"^times +on +/set ", shown, re.MULTILINE)
    assert re.search(r"^(?:tls-max|color) ", shown, re.MULTILINE) is None
    assert offline.say("/config").startswith("no configuration is wanted (--no-config)\n")
    offline.config = Config(path=Path("/nowhere/config.toml"))
    assert offline.say("/config").startswith(
        "no configuration; `smtpshell config --example` prints one for /nowhere/"
    )
    assert offline.say("/config --example") == example()


def run(*arguments: str, **environment: str) -> tuple[int, str, str]:
    """Run the program as a user does; give exit status, output, errors."""
    done = subprocess.run(
        [sys.executable, "-m", "smtpshell", *arguments],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
    )
    return done.returncode, done.stdout, done.stderr


def test_the_program_with_a_profile(configured: Shell, tmp_path: Path) -> None:
    """A profile's name connects by it; the command line holds before it, and the output stays as it is."""
    path = str(configured.config.path)
    status, output, _ = run("work", "-c", "/auth", "-c", "QUIT", SMTPSHELL_CONFIG=path)
    assert status == 0
    assert "C: EHLO work.example.test\n" in output
    assert output.count("C: STARTTLS\n") == 1
    assert "S: 235 " in output
    assert "first-lesson" not in output
    status, output, _ = run(
        "work",
        "--config",
        path,
        "--hello",
        "given.test",
        "--starttls",
        "--record",
        str(tmp_path / "r"),
        "-c",
        "QUIT",
    )
    assert (status, output.count("C: STARTTLS\n"), output.count("C: EHLO given.test\n")) == (0, 1, 2)
    assert f"server: {configured.config.profiles['work'].url}\n" in (tmp_path / "r").read_text()
    status, output, _ = run(
        "send", "work", "--from", "me@example.test", "--to", "student@example.test", "--config", path
    )
    assert (status, output.count("C: STARTTLS\n")) == (0, 1)
    status, _, errors = run("work", "--no-config", "--timeout", "1", "-c", "QUIT", SMTPSHELL_CONFIG=path)
    assert (status, errors.startswith("smtpshell: ")) == (3, True)


def test_the_program_shows_its_configuration(tmp_path: Path) -> None:
    """The subcommand says where the file is and what comes from it; --example prints one to begin with."""
    path = tmp_path / "mine.toml"
    status, output, _ = run("config", "--example", "--no-config")
    assert (status, output) == (0, example())
    path.write_text("[settings]\ntimeout = 7\n")
    status, output, _ = run("config", "--config", str(path), "--color", "never")
    assert status == 0
    rows = [line.split()[:3] for line in output.splitlines()]
    assert rows == [
        ["configuration", str(path)],
        ["timeout", "7", "[settings]"],
        ["color", "never", "--color"],
    ]
    status, output, _ = run("config", "--json", SMTPSHELL_CONFIG=str(path))
    said = json.loads(output)
    assert (said["event"], said["path"], said["found"], said["profiles"]) == ("config", str(path), True, [])
    assert said["settings"] == [{"name": "timeout", "value": "7", "from": "[settings]"}]
    home = {"SMTPSHELL_CONFIG": "", "HOME": str(tmp_path), "XDG_CONFIG_HOME": ""}
    status, output, _ = run("config", **home)
    assert (status, "`smtpshell config --example` prints one" in output, str(tmp_path) in output) == (
        0,
        True,
        True,
    )


@pytest.mark.parametrize(
    "arguments", [["-c", "QUIT"], ["explain", "550"], ["config"]], ids=["lines", "explain", "config"]
)
def test_a_wrong_configuration_ends_the_program(tmp_path: Path, arguments: list[str]) -> None:
    """Whatever is run: one line with the place, status 2, and nothing else."""
    path = tmp_path / "mine.toml"
    path.write_text("[settings]\ntimeout = 0\n")
    expected = f"smtpshell: {path}:2:1: timeout cannot be 0; give a number of seconds above 0, or standard\n"
    assert run(*arguments, SMTPSHELL_CONFIG=str(path)) == (2, "", expected)
    missing = str(tmp_path / "no such\x1b[31m.toml")
    status, output, errors = run(*arguments, "--config", missing)
    assert (status, output, "\x1b" in errors, "there is no such file" in errors) == (2, "", False, True)
    assert run(*arguments, "--config", missing, "--no-config")[0] == 2


def test_a_permission_that_is_missing(tmp_path: Path) -> None:
    """A file that may not be read is said, as is one in a folder that may not be entered."""
    with pytest.raises(UsageError, match=r"Not a directory; name another with --config"):
        load(Path(__file__) / "config.toml", required=False)


def test_completion_of_profiles(configured: Shell) -> None:
    """The profiles that lead somewhere are offered where a server is to be named."""
    found = {each.text: each.meta for each in configured.completions("/connect ", 9)}
    assert found["work"] == configured.config.profiles["work"].url
    assert "hosts" not in found


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
