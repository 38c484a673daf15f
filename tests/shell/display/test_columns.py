"""What stands in line: wide, combining and ordinary characters measured, padded and cut."""

from __future__ import annotations

import pytest

from smtpshell.shell.configuration.settings import SETTINGS
from smtpshell.shell.display.columns import beginning, padded, width
from smtpshell.shell.display.render import visible
from tests.shell.support import Shell

# text -> its columns, and what of it fits into three
WIDE = [
    ("", 0, ""),
    ("abcd", 4, "abc"),
    ("漢字", 4, "漢"),
    ("a漢字", 5, "a漢"),
    ("ｶﾞ", 2, "ｶﾞ"),
    ("한글", 4, "한"),
    ("e\u0301x", 2, "e\u0301x"),
    ("😀😀", 4, "😀"),
    ("שלום", 4, "שלו"),
    ("Ａｂ", 4, "Ａ"),
    (visible("a\u200b"), 7, r"a\u"),
]


@pytest.mark.parametrize(("text", "columns", "begins"), WIDE, ids=[text for text, _, _ in WIDE])
def test_columns(text: str, columns: int, begins: str) -> None:
    """A text is as wide as a terminal draws it; padding and cutting go by that."""
    assert width(text) == columns
    assert width(padded(text, 10)) == 10
    assert padded(text, 10).startswith(text)
    assert beginning(text, 3) == begins
    assert padded(text, 1) in (text, " ")


@pytest.mark.parametrize(
    ("line", "caret"),
    [
        ("/set 漢字 x", "     ^^^^"),
        ("/set e\u0301x x", "     ^^"),
        ("/set\tx x", "    \t^"),
        ("/set x x", "     ^"),
    ],
)
def test_the_caret_stands_below_what_is_wrong(shell: Shell, line: str, caret: str) -> None:
    """Also behind and below wide characters and tabs."""
    assert shell.say(line).splitlines()[:2] == [line, caret]


def test_tables_of_a_server_in_other_scripts(shell: Shell) -> None:
    """What the second column says begins in one place, whatever stands in the first."""
    shell.say("/set tls-name 漢字.example", "/set hello me.example.test")
    rows = {name: shell.say(f"/set {name}").splitlines()[0] for name in ("tls-name", "user")}
    assert len({width(row[: row.index(SETTINGS[name].meaning)]) for name, row in rows.items()}) == 1
