"""The search through the lines before: it finds what prompt_toolkit's own finds, and looks at each line once."""

from __future__ import annotations

import itertools

import pytest
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.search import SearchDirection, SearchState

from smtpshell.shell.terminal.line import Line

PAST = ["VRFY one", "vrfy ONE one", "NOOP", "EHLO straße", "RSET", "VRFY two", "ünï CODE"]
SOUGHT = ["o", "one", "ONE", "vrfy", "STRASSE", "ß", "ÜNÏ", "nothing such", ""]


def filled(kind: type[Buffer], at: int, cursor: int) -> Buffer:
    """Give a line of the kind, with those before it, the cursor somewhere in one of them."""
    line = kind(document=Document("current one"))
    line._working_lines.extendleft(reversed(PAST))
    line.working_index = at
    line.cursor_position = cursor
    return line


@pytest.mark.parametrize("direction", SearchDirection)
@pytest.mark.parametrize("ignore_case", [True, False])
def test_it_finds_what_the_other_finds(direction: SearchDirection, ignore_case: bool) -> None:
    """From every line, for texts that are there and texts that are not, once and several times."""
    for at, cursor, text, here, count in itertools.product(
        range(len(PAST) + 1), (0, 4), SOUGHT, (True, False), (1, 3)
    ):
        state = SearchState(text, direction, ignore_case=ignore_case)
        found = [
            filled(kind, at, cursor).get_search_position(state, include_current_position=here, count=count)
            for kind in (Line, Buffer)
        ]
        assert found[0] == found[1], (at, cursor, text, here, count)


def test_a_text_that_grows_is_not_looked_for_anew() -> None:
    """What did not fit is not looked at again, and what was typed meanwhile is."""
    line = filled(Line, len(PAST), 0)
    for text in ("v", "vr", "vrfy o", "vrfy one", "vrfy one one", "vrfy one one not", "vrfy two"):
        state = SearchState(text, SearchDirection.BACKWARD, ignore_case=True)
        expected = filled(Buffer, len(PAST), 0).document_for_search(state)
        assert line.document_for_search(state) == expected, text
