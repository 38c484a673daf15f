"""The table of styles, and that nothing uses a style it does not have."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pygments.token import STANDARD_TYPES, string_to_tokentype

import smtpshell.shell
from smtpshell.shell.display.render import to_ansi
from smtpshell.shell.display.styles import STYLES, THEMES, sequences
from smtpshell.shell.language.lexer import token_type

SHELL = Path(smtpshell.shell.__file__).parent


def test_every_style_that_is_named_is_in_the_table() -> None:
    """A style's name in the code, first of a pair with a text or behind ``style=``, is a row."""
    named = {
        (path.name, name)
        for path in SHELL.rglob("*.py")
        for name in re.findall(r'(?:\(|\[|style=|yield )"([a-z]+(?:\.[a-z0-9]+)+)"', path.read_text("utf-8"))
    }
    assert len(named) > 10
    assert {(file, name) for file, name in named if name not in STYLES} == set()


@pytest.mark.parametrize("name", STYLES)
def test_each_style_has_a_look_and_a_token(name: str) -> None:
    """Its colours are roles that every theme has; the token is one Pygments knows."""
    row = STYLES[name]
    assert set(row.look.split()) <= {*THEMES["default"], "bold", "reverse", "underline"}
    assert row.meaning
    assert token_type(name) is string_to_tokentype(f"Token.{row.token}")
    parents = list(token_type(name).split())
    assert any(parent in STANDARD_TYPES and parent.parent is not None for parent in parents)


def test_ansi_is_switched_off_again() -> None:
    """Coloured text is between its escape sequence and the reset; plain text has none."""
    assert to_ansi([("reply.5", "550"), ("", " no"), ("value", "x")]) == "\x1b[31;1m550\x1b[0m nox"
    assert to_ansi([("note", "a\n")]) == "\x1b[90ma\x1b[0m\n"
    assert to_ansi([("reply.5", "550"), ("note", "x")], "mono") == "\x1b[1;4m550\x1b[0mx"
    assert sequences("dark")["reply.2"] == "\x1b[32m"
    assert "value" not in sequences("default")


# ---------------------------------------------------------------- themes

# The sixteen colours as xterm has them.
XTERM = {
    "black": (0, 0, 0),
    "red": (205, 0, 0),
    "green": (0, 205, 0),
    "yellow": (205, 205, 0),
    "blue": (0, 0, 238),
    "magenta": (205, 0, 205),
    "cyan": (0, 205, 205),
    "gray": (229, 229, 229),
    "brightblack": (127, 127, 127),
    "brightred": (255, 0, 0),
    "brightgreen": (0, 255, 0),
    "brightyellow": (255, 255, 0),
    "brightblue": (92, 92, 255),
    "brightmagenta": (255, 0, 255),
    "brightcyan": (0, 255, 255),
    "white": (255, 255, 255),
}
BACKGROUNDS = {"black": (0, 0, 0), "white": (255, 255, 255)}

# (theme, background) -> the least contrast of text; 3 and 4.5 are those of WCAG 2.1 1.4.3 for big and small text.
LEAST = {
    ("default", "black"): 3.0,
    ("default", "white"): 3.0,
    ("dark", "black"): 4.5,
    ("light", "white"): 4.0,
    ("mono", "black"): 21.0,
    ("mono", "white"): 21.0,
}


def luminance(colour: tuple[int, int, int]) -> float:
    """Give the relative luminance of a colour (WCAG 2.1)."""
    parts = [part / 255 for part in colour]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    """Give the contrast ratio of two colours (WCAG 2.1); it is the same where they are reversed."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_computed_as_it_should_be() -> None:
    """Black on white is 21, a colour on itself 1, and green on white is what no theme for white may have."""
    black, white = BACKGROUNDS.values()
    assert (contrast(black, white), contrast(white, white)) == (21.0, 1.0)
    assert 2.1 < contrast(XTERM["green"], white) < 2.2


@pytest.mark.parametrize("name", STYLES)
@pytest.mark.parametrize("theme", THEMES)
def test_every_style_can_be_read(theme: str, name: str) -> None:
    """In each theme, on the backgrounds it is for; text without a colour has the terminal's own."""
    background = [colour for wanted, colour in LEAST if wanted == theme]
    assert background
    words = STYLES[name].ansi(theme).split()
    assert set(words) <= {*(f"ansi{colour}" for colour in XTERM), "bold", "reverse", "underline"}
    for colour in background:
        own = XTERM["white" if colour == "black" else "black"]
        for word in [word for word in words if word.startswith("ansi")] or [""]:
            shown = XTERM[word.removeprefix("ansi")] if word else own
            assert contrast(shown, BACKGROUNDS[colour]) >= LEAST[theme, colour]


@pytest.mark.parametrize("theme", THEMES)
def test_refusals_look_different(theme: str) -> None:
    """What was done, what was refused for now and what was refused for good are told apart in every theme."""
    looks = {frozenset(STYLES[name].ansi(theme).split()) for name in ("reply.2", "reply.4", "reply.5")}
    assert len(looks) == 3
    assert THEMES[theme].keys() == THEMES["default"].keys()
