"""What is pasted arrives octet for octet, however the terminal cuts it."""

from __future__ import annotations

import pytest
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.keys import Keys

from smtpshell.shell.terminal.paste import PasteParser

BEGIN, END = "\x1b[200~", "\x1b[201~"

PASTES = [
    "",
    "a line\r",
    "a\rb\nc\r\nd",
    "\x00\x03\x04\x1b[A\x1b[20 \t",
    "\udcff\udc80 ä",
    "\x1b[201",
    END[:-1] * 3,
]


def keys_of(*pieces: str) -> list[KeyPress]:
    """Feed pieces to a parser; give the keys it saw."""
    keys: list[KeyPress] = []
    parser = PasteParser(keys.append)
    for piece in pieces:
        parser.feed(piece)
    return keys


@pytest.mark.parametrize("pasted", PASTES)
def test_a_paste_is_one_key_however_it_is_cut(pasted: str) -> None:
    """Keys before, the paste as it is, keys behind: in one piece, in two at every place, one by one."""
    typed = f"x{BEGIN}{pasted}{END}y\r"
    cuts = [[typed], list(typed), *([typed[:at], typed[at:]] for at in range(1, len(typed)))]
    for pieces in cuts:
        assert [(key.key, key.data) for key in keys_of(*pieces)] == [
            ("x", "x"),
            (Keys.BracketedPaste, pasted),
            ("y", "y"),
            (Keys.ControlM, "\r"),
        ]


def test_two_pastes_are_two_keys() -> None:
    """The end of one paste is not the end of the next."""
    keys = keys_of(f"{BEGIN}a{END}{BEGIN}b", f"{END}")
    assert [key.data for key in keys] == ["a", "b"]
