"""The table of states: complete, connected, and in step with the table of sequences."""

from __future__ import annotations

import pytest

from smtpshell.protocol.command_parser import COMMANDS
from smtpshell.protocol.replies import Reply, ReplyClass
from smtpshell.protocol.sequences import SEQUENCES
from smtpshell.protocol.states import MOVES, State, after_success, next_state, verbs_in_sequence
from smtpshell.protocol.verbs import VERBS

# What happens without a command of its own, and so is no verb a person types.
PSEUDO_VERBS = {"CONNECT", "CONTENT", "AUTH-RESPONSE", "TLS"}
VERBS_MOVED = {verb.removesuffix(" LAST") for row in MOVES.values() for verb, _ in row}


def reply(code: int) -> Reply:
    """Give a reply of that code."""
    return Reply(code, (b"%d x\r\n" % code,))


def reachable_from(start: State) -> set[State]:
    """Give the states that moves lead to from a state."""
    reached, new = {start}, [start]
    while new:
        row = MOVES[new.pop()]
        new += set(row.values()) - reached
        reached |= set(row.values())
    return reached


def test_every_state_has_a_row_and_is_reachable() -> None:
    """No state is forgotten, and each can be got to from the beginning."""
    assert set(MOVES) == set(State)
    assert reachable_from(State.CONNECTED) == set(State)


@pytest.mark.parametrize("state", State)
def test_closed_is_reachable_from_every_state(state: State) -> None:
    """From every state 421 closes at once; and but for the greeting's refusal, moves lead there as well."""
    assert next_state(state, "NOOP", reply(421)) is State.CLOSED
    assert State.CLOSED in reachable_from(state)


def test_verbs_are_the_same_in_every_table() -> None:
    """States, sequences, the reader of commands and the reference know the same verbs."""
    assert VERBS_MOVED - {"TLS"} == set(SEQUENCES)
    assert set(COMMANDS) == set(VERBS) == set(SEQUENCES) - PSEUDO_VERBS


@pytest.mark.parametrize("verb", sorted(SEQUENCES))
def test_every_listed_success_moves(verb: str) -> None:
    """For each code that a verb succeeds with there is a state where the table has its class."""
    row = SEQUENCES[verb]
    moves = {move for moves in MOVES.values() for move in moves if move[0].removesuffix(" LAST") == verb}
    classes = {class_ for _, class_ in moves}
    wanted = {ReplyClass.of(code) for code in (*row.success, *row.intermediate)} - (
        {ReplyClass.INTERMEDIATE}
        if verb in ("CONTENT", "BDAT", "BURL")
        else set()  # 353 announces more replies, it ends nothing
    )
    assert wanted <= classes


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("code", [250, 354, 450, 550, 600, 621, 999])
def test_an_unknown_verb_moves_nothing(state: State, code: int) -> None:
    """What no table knows leaves the state as it was."""
    assert next_state(state, "XYZZY", reply(code)) is state


@pytest.mark.parametrize(
    ("state", "verb", "code", "after"),
    [
        (State.CONNECTED, "CONNECT", 220, State.GREETED),
        (State.CONNECTED, "CONNECT", 554, State.REFUSED),
        (State.CONNECTED, "CONNECT", 600, State.CONNECTED),
        (State.READY, "MAIL", 250, State.MAIL),
        (State.READY, "MAIL", 550, State.READY),
        (State.RCPT, "RCPT", 550, State.RCPT),
        (State.RCPT, "DATA", 354, State.CONTENT),
        (State.RCPT, "DATA", 250, State.RCPT),
        (State.CONTENT, "CONTENT", 451, State.READY),
        (State.CONTENT, "CONTENT", 621, State.CONTENT),
        (State.CHUNKS, "BDAT LAST", 550, State.READY),
        # Out of sequence, and yet accepted: the server's word counts.
        (State.GREETED, "MAIL", 250, State.MAIL),
        (State.READY, "RCPT", 250, State.RCPT),
        (State.MAIL, "STARTTLS", 220, State.TLS),
        (State.GREETED, "RSET", 250, State.GREETED),
        # Out of sequence, and refused: nothing is changed by it (RFC 5321 4.1.4).
        (State.MAIL, "BDAT LAST", 503, State.MAIL),
        (State.READY, "BDAT LAST", 451, State.READY),
        (State.MAIL, "AUTH-RESPONSE", 500, State.MAIL),
        (State.READY, "CONNECT", 554, State.READY),
        # The last of the replies that 353 announced: the message is over, wherever it came by.
        (State.RCPT, "CONTENT", 550, State.READY),
        (State.REFUSED, "EHLO", 250, State.READY),
        (State.CLOSED, "EHLO", 250, State.CLOSED),
    ],
)
def test_moves(state: State, verb: str, code: int, after: State) -> None:
    """One reply to one verb leads to one state."""
    assert next_state(state, verb, reply(code)) is after


def test_assuming_success() -> None:
    """A group that succeeds leads through the states one by one; DATA succeeds with 354."""
    assert after_success(State.READY, ["MAIL", "RCPT", "DATA"]) is State.CONTENT
    assert after_success(State.READY, ["MAIL", "RCPT", "DATA", "CONTENT", "QUIT"]) is State.CLOSED
    assert after_success(State.READY, []) is State.READY


def test_verbs_in_sequence_are_in_the_table_once() -> None:
    """The verbs of a state are named once each; in state mail RCPT is, DATA is not yet."""
    for state in State:
        verbs = verbs_in_sequence(state)
        assert len(set(verbs)) == len(verbs)
    assert "RCPT" in verbs_in_sequence(State.MAIL)
    assert "DATA" not in verbs_in_sequence(State.MAIL)
    assert "DATA" in verbs_in_sequence(State.RCPT)
