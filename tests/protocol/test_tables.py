"""The tables agree: what one row names, another table has."""

from __future__ import annotations

import re

import pytest

from smtpshell.protocol import limits
from smtpshell.protocol.command_parser import COMMANDS
from smtpshell.protocol.enhanced_status_codes import DETAILS, SUBJECTS
from smtpshell.protocol.extensions import EXTENSIONS
from smtpshell.protocol.findings import RULES
from smtpshell.protocol.limits import INCREMENTS, LIMITS, Increment
from smtpshell.protocol.parameters import PARAMETERS
from smtpshell.protocol.reply_codes import REPLY_CODES
from smtpshell.protocol.sequences import ANY_COMMAND, SEQUENCES
from smtpshell.protocol.states import MOVES
from smtpshell.protocol.verbs import VERBS

PSEUDO_VERBS = {"CONNECT", "CONTENT", "AUTH-RESPONSE"}

SOURCES = {
    **{f"reply code {row.code}": row.source for row in REPLY_CODES.values()},
    **{f"enhanced status code x.{subject}.{detail}": row[1] for (subject, detail), row in DETAILS.items()},
    **{f"extension {row.keyword}": row.source for row in EXTENSIONS.values()},
    **{f"parameter {row.keyword} of {row.verb}": row.source for row in PARAMETERS.values()},
    **{f"sequence {row.verb}": row.source for row in SEQUENCES.values()},
    **{f"verb {row.name}": row.source for row in VERBS.values()},
    **{f"limit {row.name}": row.source for row in LIMITS},
    **{f"increment {row.extension} to {row.verbs}": row.source for row in INCREMENTS},
    **{f"finding {row.rule_id}": row.source for row in RULES.values()},
}


@pytest.mark.parametrize("row", SOURCES)
def test_every_row_says_who_says_so(row: str) -> None:
    """A source is an RFC by number, or names plainly what else it is."""
    assert re.match(r"RFC [0-9]{3,4}\b|registry of RFC |draft-|Postfix |Exim, |Dovecot: |smtpshell", SOURCES[row])


@pytest.mark.parametrize("verb", SEQUENCES)
def test_every_code_in_a_sequence_is_explained(verb: str) -> None:
    """/explain knows every code that may follow a command."""
    assert [code for code in (*SEQUENCES[verb].codes, *ANY_COMMAND) if code not in REPLY_CODES] == []


def test_verbs_sequences_and_commands_are_the_same() -> None:
    """Each verb has a line of help, a row of replies and a class of commands; none has only two of them."""
    assert set(VERBS) == set(SEQUENCES) - PSEUDO_VERBS
    assert set(VERBS) == set(COMMANDS) - PSEUDO_VERBS


def test_states_move_by_known_verbs() -> None:
    """What the table of states moves by is a verb or pseudo-verb; only the handshake has no replies."""
    moves = {verb.removesuffix(" LAST") for row in MOVES.values() for verb, _ in row}
    assert moves - {"TLS"} <= set(SEQUENCES)


@pytest.mark.parametrize("keyword", EXTENSIONS)
def test_every_verb_of_an_extension_exists(keyword: str) -> None:
    """An extension adds only verbs that the table of verbs has, and is called by its own name in capitals."""
    row = EXTENSIONS[keyword]
    assert [verb for verb in row.verbs if verb not in VERBS] == []
    assert row.keyword == keyword == keyword.upper()


@pytest.mark.parametrize("key", PARAMETERS, ids=" ".join)
def test_every_parameters_extension_exists(key: tuple[str, str]) -> None:
    """A parameter belongs to MAIL or RCPT and to an extension that the table of extensions has."""
    row = PARAMETERS[key]
    assert row.verb in ("MAIL", "RCPT")
    assert row.extension in EXTENSIONS
    assert key == (row.verb, row.keyword.upper())


@pytest.mark.parametrize("row", INCREMENTS, ids=lambda row: f"{row.extension} {row.verbs[0]}")
def test_every_increment_is_of_an_extension_and_of_verbs(row: Increment) -> None:
    """What lengthens a line is an extension that exists, and the line is that of a verb that exists."""
    assert row.extension in EXTENSIONS
    assert set(row.verbs) <= set(VERBS)


def test_every_limit_has_the_constant_of_its_name() -> None:
    """The table of limits and the constants that others import are one set of numbers."""
    named = {row.name: getattr(limits, row.name.upper().replace("-", "_").replace(" ", "_")) for row in LIMITS}
    assert named == {row.name: row.maximum for row in LIMITS}


def test_every_limits_breach_is_explained() -> None:
    """/explain knows the code that answers the breach of a limit."""
    assert [row.name for row in LIMITS if row.exceeded and row.exceeded not in REPLY_CODES] == []


def test_every_detail_belongs_to_a_subject() -> None:
    """No detail of an enhanced status code hangs in the air."""
    assert {subject for subject, _ in DETAILS} == set(SUBJECTS)
