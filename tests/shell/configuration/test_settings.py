"""Settings: each can be set, shown, refused and given back; which value holds, and where it comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from smtpshell.errors import ExitStatus, UsageError
from smtpshell.shell.configuration.layers import Layer
from smtpshell.shell.configuration.settings import SETTINGS, Settings
from tests.shell.support import Shell

GOOD = {
    "auth": "raw",
    "timeout": "2.5",
    "hello": "me.example.test",
    "starttls": "on",
    "user": "student",
    "password-command": "pass show 'my mail'",
    "verify": "on",
    "ca-file": "/etc/ssl/ca.pem",
    "tls-name": "mx.example.test",
    "tls-cert": "client.pem",
    "tls-key": "client.key",
    "tls-min": "TLSv1.2",
    "tls-max": "TLSv1.3",
    "tls-ciphers": "HIGH:!aNULL",
    "source": "127.0.0.1:4000",
    "family": "4",
    "through": "socks5://127.0.0.1:1080",
    "proxy-header": "v1 192.0.2.1:4000 192.0.2.2:25",
    "lessons": "/srv/lessons",
    "echo": "on",
    "times": "on",
    "on-failure": "continue",
    "hints": "off",
    "elapsed": "on",
    "pager": "off",
    "color": "never",
    "theme": "dark",
    "keys": "vi",
    "mouse": "on",
    "variables": "on",
}


@pytest.mark.parametrize("name", SETTINGS)
def test_set_and_show(name: str) -> None:
    """Every setting takes a value, shows it as it is written, and says what it is for."""
    settings = Settings()
    before = settings.show(name)
    settings.set(name, GOOD[name])
    assert settings.show(name) == GOOD[name] != before
    assert SETTINGS[name].meaning
    if before:
        settings.set(name, before)
        assert settings.show(name) == before


@pytest.mark.parametrize(
    "pair",
    [
        "auth=base64",
        "timeout=0",
        "timeout=nan",
        "timeout=x",
        "verify=yes",
        "color=red",
        "x=y",
        "tls-min=4",
        "source=a:b",
        "family=5",
        "password-command=pass 'show",
        "timeuot=3",
    ],
)
def test_wrong_values(pair: str) -> None:
    """A value or name that is none is refused, and what would be right is said."""
    name, _, value = pair.partition("=")
    settings = Settings()
    with pytest.raises(UsageError) as caught:
        settings.set(name, value)
    assert caught.value.hint
    assert settings == Settings()


def test_set_at_the_prompt(shell: Shell) -> None:
    """/set shows all or one, changes one, and the open connection follows."""
    assert all(name in shell.say("/set") for name in SETTINGS)
    assert shell.say("/set timeout 7").split()[:3] == ["timeout", "7", "/set"]
    assert shell.session is not None
    assert shell.session.timeouts.overall == 7.0
    shell.say("/set verify on", "/set tls-min 1.3")
    settings = shell.tls_settings()
    assert (settings.verify, settings.minimum_version) == (True, "TLSv1.3")
    assert shell.say("/starttls").endswith("name the right authority with --ca-file, or go on without --verify\n")
    assert "give on, off" not in shell.say("/set verify off")
    assert "one of on, off" in shell.say("/set verify maybe")


def test_the_latest_layer_holds() -> None:
    """A value holds until a later layer gives another, and again when that has gone."""
    settings = Settings()
    seen = [(settings.show("hello"), settings.origin("hello"))]
    for layer in reversed(Layer):
        if layer is not Layer.DEFAULT:
            settings.set("hello", f"{layer.name.lower()}.test", layer=layer, origin=layer.name)
            assert settings.hello == "typed.test"
    settings.unset("hello")
    seen.append((settings.show("hello"), settings.origin("hello")))
    settings.hold_profile({"timeout": "3"}, "another profile")
    seen.append((settings.show("hello"), settings.origin("hello")))
    assert seen == [("client.example.test", "default"), ("profile.test", "PROFILE"), ("file.test", "FILE")]
    assert (settings.timeout, settings.origin("timeout")) == (3.0, "another profile")
    settings.hold_profile({}, "")
    assert (settings.timeout, settings.origin("timeout")) == (None, "default")


def test_a_password_in_a_url_is_not_repeated() -> None:
    """What is refused is shown, but nothing in it that may be secret."""
    with pytest.raises(UsageError) as caught:
        Settings().set("through", "http://me:hunter2@proxy.example.test:3128")
    assert "'http://...@proxy.example.test:3128'" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_copy_is_apart() -> None:
    """What is set in a copy is not set in what it was made of, nor the other way round."""
    settings = Settings()
    settings.set("hello", "one.test")
    copy = settings.copy()
    copy.set("hello", "two.test")
    copy.unset("hello")
    settings.set("timeout", "3")
    assert (settings.hello, copy.hello, copy.timeout) == ("one.test", "client.example.test", None)


def test_unset_at_the_prompt(shell: Shell) -> None:
    """/unset goes back to what held before, for the open connection too; a setting nobody set stays."""
    before = shell.settings.show("timeout")
    shell.say("/set timeout 7")
    assert shell.say("/unset timeout").split()[:3] == ["timeout", before, "default"]
    assert shell.session is not None
    assert shell.session.timeouts.overall == float(before)
    assert "default" in shell.say("/unset hello")
    assert "/unset timeout goes back" in shell.say("/set timeout default")
    assert shell.exit_status == ExitStatus.USAGE


def test_starttls_begins_a_connection(shell: Shell) -> None:
    """With starttls on a connection begins inside TLS; one that is inside already does not begin it again."""
    shell.say("/close", "/set starttls on")
    assert shell.practice is not None
    assert "-- tls" in shell.say(f"/connect {shell.practice.url}")
    assert shell.live.connection.facts.tls
    shell.say("/close", "/unset starttls")
    assert "-- tls" not in shell.say(f"/connect {shell.practice.url}")


def test_a_path_begins_at_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """~ in the path of a file is the home folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    settings = Settings()
    settings.set("ca-file", "~/ca.pem")
    assert settings.ca_file == str(tmp_path / "ca.pem")


def test_color_never_takes_styles_out(offline: Shell) -> None:
    """With color never nothing has a style any more."""
    offline.say("/set color never", "/help", "EHLO x")
    assert {style for style, _ in offline.printed} == {""}
