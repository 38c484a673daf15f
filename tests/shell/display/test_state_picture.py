"""The diagram of states is read back and compared with the table it was drawn from."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtpshell.protocol.replies import ReplyClass
from smtpshell.protocol.states import MOVES, Moves, State
from smtpshell.shell.display.paper import Paper
from smtpshell.shell.display.render import to_text
from smtpshell.shell.display.state_picture import picture
from tests.shell.support import Shell

Table = Mapping[State, Moves]

CLASSES = {
    "": [ReplyClass.SUCCESS],
    " 3yz": [ReplyClass.INTERMEDIATE],
    " 4yz": [ReplyClass.TRANSIENT],
    " 5yz": [ReplyClass.PERMANENT],
}

# Plain corners say less than drawn ones: what they are is seen from the rows above and below.
CORNERS = "+┐┘┤"


def read_back(drawn: str) -> dict[State, dict[tuple[str, str], State]]:
    """Follow every line of a picture: give for each state (verb, classes) and the state that it leads to."""
    rows = drawn.splitlines()
    arrivals: dict[int, list[int]] = {}
    names: dict[int, State] = {}
    for number, row in enumerate(rows):
        if row[3:4].strip():
            names[number] = State(row[3:].split(" ")[0])
            if re.search("[<◀]", row):
                arrivals.setdefault(max(row.rfind(corner) for corner in CORNERS), []).append(number)
    found: dict[State, dict[tuple[str, str], State]] = {}
    waiting, stays, here = "", False, State.CONNECTED
    for number, row in enumerate(rows):
        if number in names:
            here = names[number]
            found[here] = {}
            continue
        text = re.split(r" [-─]{2,}| {2,}[|│]|$", row[7:])[0].strip()
        if text.startswith("("):
            continue
        if text.startswith("stays: "):
            stays, text = True, text.removeprefix("stays: ")
        waiting += text
        if not stays and not re.search("[-─]{2}", row):
            continue
        if stays and text.endswith(","):
            continue
        target = here if stays else names[followed(rows, number, arrivals)]
        for word in re.split(", ?", waiting):
            verb, classes = re.fullmatch(r"(.*?)((?: any| (?:[2-5]yz(?: or )?)+)?)", word).groups()  # type: ignore[union-attr]
            found[here][verb, classes] = target
        waiting, stays = "", False
    return found


def followed(rows: list[str], number: int, arrivals: Mapping[int, list[int]]) -> int:
    """Give the row that the line of a row arrives at."""
    row = rows[number]
    start = re.search(" [-─]{2}", row[7:])
    assert start is not None
    column = next(at for at in range(7 + start.start(), len(row)) if row[at] in CORNERS)
    for arrival in arrivals[column]:
        between = rows[min(number, arrival) + 1 : max(number, arrival)]
        if all(len(one) > column and one[column] in "|│┼" + CORNERS for one in between):
            return arrival
    raise AssertionError(f"nothing arrives from {row!r}")


def expected(moves: Table) -> dict[State, dict[tuple[str, str], State]]:
    """Say of a table what read_back() should find."""
    wanted: dict[State, dict[tuple[str, str], State]] = {}
    for state, row in moves.items():
        wanted[state] = {}
        for verb in dict.fromkeys(verb for verb, _ in row):
            targets: dict[State, list[ReplyClass]] = {}
            for (other, class_), target in row.items():
                if other == verb:
                    targets.setdefault(target, []).append(class_)
            for target, classes in targets.items():
                said = " " + " or ".join(f"{class_.value}yz" for class_ in classes)
                if len(classes) == 3 and len(targets) == 1:
                    said = " any"
                wanted[state][verb, "" if classes == [ReplyClass.SUCCESS] else said] = target
    return wanted


PAPERS = [Paper(width, unicode) for width in (60, 72, 80, 100, 200) for unicode in (False, True)]


@pytest.mark.parametrize("paper", PAPERS, ids=str)
def test_every_move_is_drawn(paper: Paper) -> None:
    """Each line followed from its command leads where the table says, in any width and with any characters."""
    drawn = to_text(picture(State.READY, State.READY, paper=paper))
    assert read_back(drawn) == expected(MOVES)
    assert max(map(len, drawn.splitlines())) <= max(60, min(paper.width, 100))
    assert drawn.isascii() == (not paper.unicode)


tables = st.fixed_dictionaries(
    {
        state: st.dictionaries(
            st.tuples(
                st.sampled_from(["MAIL", "RCPT", "BDAT LAST", "XYZZY"]), st.sampled_from(list(ReplyClass)[1:5])
            ),
            st.sampled_from(list(State)),
            max_size=6,
        )
        for state in State
    }
)


@settings(max_examples=50, deadline=None)
@given(moves=tables)
def test_another_table_is_another_picture(moves: Table) -> None:
    """Whatever the table, its picture says the same: there is no second list."""
    drawn = to_text(picture(moves=moves))
    assert read_back(drawn) == expected(moves)
    assert max(map(len, drawn.splitlines())) <= 80


def test_one_more_move_is_one_more_line() -> None:
    """A command that is added to a row of the table is in the picture."""
    more = {**MOVES, State.GREETED: {**MOVES[State.GREETED], ("XYZZY", ReplyClass.SUCCESS): State.TURNED}}
    found = read_back(to_text(picture(moves=more)))
    assert found[State.GREETED]["XYZZY", ""] is State.TURNED


def marks(here: State | None, assumed: State | None, width: int = 80) -> list[str]:
    """Give the rows of a picture that are marked."""
    drawn = to_text(picture(here, assumed, paper=Paper(width)))
    return [re.sub(" <-.*| {3,}.*", "", row) for row in drawn.splitlines() if row[0] in "=~" or "(" in row]


def test_where_one_is() -> None:
    """The confirmed state is marked, and the assumed one where it is another; without a session none is."""
    assert marks(State.READY, State.READY) == ["=> ready  (you are here)"]
    assert marks(State.READY, State.RCPT) == [
        "=> ready  (you are here, by the replies so far)",
        "~> rcpt  (and here, if all outstanding succeeds)",
    ]
    assert marks(None, None) == []
    styles = {text: style for style, text in picture(State.READY, State.RCPT)}
    assert (styles["=> ready"], styles["~> rcpt"], styles["   mail"]) == ("state.here", "state.assumed", "heading")


def test_a_long_remark_has_a_row_of_its_own() -> None:
    """Where the lanes leave too little room behind the name, the remark goes below it."""
    rows = to_text(picture(State.READY, State.RCPT, paper=Paper(60))).splitlines()
    at = next(number for number, row in enumerate(rows) if row.startswith("~> rcpt <"))
    assert rows[at + 1].startswith("       (and here, if all outstanding succeeds)")


def test_state(shell: Shell) -> None:
    """/state marks where the session stands, and where it would if all that is outstanding succeeded."""
    assert "=> ready  (you are here) <---" in shell.say("/state")
    shell.pipeline(["MAIL FROM:<a@example.test>", "RCPT TO:<student@example.test>"])
    shell.execute("/state")
    assert "=> ready  (you are here, by the replies so far) <---" in shell.text
    assert "~> rcpt  (and here, if all outstanding succeeds) <---" in shell.text
    shell.wait()
    said = shell.say("/state")
    assert "=> rcpt  (you are here) <---" in said
    assert said.startswith("in sequence now: EHLO, ")
    assert "reverse-path: <a@example.test>\nforward-path: <student@example.test>\n   connected\n" in said
    assert said.endswith("reply 421 leads to closed from everywhere\n")


def test_state_without_connection(offline: Shell) -> None:
    """Without a connection there is the diagram alone."""
    said = offline.say("/state")
    assert "you are here" not in said
    assert said.endswith("reply 421 leads to closed from everywhere\n")
