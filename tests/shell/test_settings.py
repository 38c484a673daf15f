"""Settings: each can be set, shown and refused."""

from __future__ import annotations

import pytest

from smtpshell.errors import UsageError
from smtpshell.shell.settings import SETTINGS, Settings
from tests.shell.support import Shell

GOOD = {
    "auth": "raw",
    "timeout": "2.5",
    "hello": "me.example.test",
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
    "proxy-header": "v1 192.0.2.1:4000 192.0.2.2:25",
    "echo": "on",
    "times": "on",
    "hints": "off",
    "elapsed": "on",
    "pager": "off",
    "color": "never",
    "keys": "vi",
    "mouse": "on",
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
    assert shell.say("/set timeout 7").startswith("timeout      7 ")
    assert shell.session is not None
    assert shell.session.timeouts.overall == 7.0
    shell.say("/set verify on", "/set tls-min 1.3")
    settings = shell.tls_settings()
    assert (settings.verify, settings.minimum_version) == (True, "TLSv1.3")
    assert shell.say("/starttls").endswith("name the right authority with --ca-file, or go on without --verify\n")
    assert "give on, off" not in shell.say("/set verify off")
    assert "one of on, off" in shell.say("/set verify maybe")


def test_color_never_takes_styles_out(offline: Shell) -> None:
    """With color never nothing has a style any more."""
    offline.say("/set color never", "/help", "EHLO x")
    assert {style for style, _ in offline.printed} == {""}
