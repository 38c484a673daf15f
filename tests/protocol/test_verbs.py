"""The verbs as a person asks about them: the examples are commands, the syntax names the verb."""

from __future__ import annotations

import pytest

from smtpshell.protocol.command_parser import parse
from smtpshell.protocol.commands import Raw
from smtpshell.protocol.verbs import VERBS


@pytest.mark.parametrize("verb", VERBS)
def test_example_is_a_command_of_the_verb(verb: str) -> None:
    """What /help shows as an example can be read as that very command, by our own parser."""
    command = parse(f"{VERBS[verb].example}\r\n".encode())
    assert not isinstance(command, Raw)
    assert command.verb == verb


@pytest.mark.parametrize("verb", VERBS)
def test_syntax_and_purpose(verb: str) -> None:
    """The syntax begins with the verb, the purpose is one sentence."""
    row = VERBS[verb]
    assert row.syntax.split()[0] == verb == row.name == verb.upper()
    assert row.purpose.endswith(".")
    assert row.purpose[0].isupper()
