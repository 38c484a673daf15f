"""Every verb and every extension against every server, and the README says what came of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtpshell.protocol.extensions import EXTENSIONS
from smtpshell.protocol.parameters import PARAMETERS
from smtpshell.protocol.verbs import VERBS
from tests.conformance.asking import ask
from tests.conformance.columns import COLUMNS, Column, Reached, reached
from tests.conformance.features import DESERVED, FEATURES, LEGEND, Feature, markdown
from tests.servers.real_servers import INSTALLED

PROJECT = Path(__file__).parent.parent.parent
README = (PROJECT / "README.md").read_text("utf-8")
FEATURE_NAMES = {feature.name for feature in FEATURES}


def _marked(column: Column) -> object:
    marks = [pytest.mark.servers] if column.server in INSTALLED else []
    return pytest.param(column, id=column.heading.replace(" ", "-"), marks=marks)


@pytest.fixture(scope="module", params=[_marked(column) for column in COLUMNS])
def server(request: pytest.FixtureRequest) -> Iterator[Reached]:
    """Each column's server in turn, running."""
    with reached(request.param, request) as it:
        yield it


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name.replace(" ", "-"))
def test_a_server_does_what_the_matrix_says(server: Reached, feature: Feature) -> None:
    """One row asked of one server: the cell, the pairing, what the core found, and what it had been told."""
    heading = server.column.heading
    answer = ask(server, feature)
    expected = dict(zip((column.heading for column in COLUMNS), feature.cells.split(), strict=True))[heading]
    assert answer.cell == expected
    assert answer.unpaired == [], "a reply came that the core gives to no command"
    assert answer.serious == set(), "something is against a MUST"
    refused_offer = answer.cell.startswith("!")
    assert refused_offer is ((heading, feature.name) in DESERVED), (
        "what is offered works, or why it need not is told"
    )
    asked = not (feature.only_offered and not answer.offered)
    assert bool(answer.not_offered) is (asked and not answer.offered), "the core says what was not offered"


def test_every_verb_and_every_parameter_is_asked() -> None:
    """The table has each verb that the core knows, and each parameter of MAIL and RCPT."""
    first_words = {
        step.split()[0] for feature in FEATURES for line in feature.steps for step in line.split("\r\n")[:1]
    }
    assert set(VERBS) <= {word.format(hello="LHLO") for word in first_words}
    lines = [line.upper() for feature in FEATURES for line in feature.steps]
    unasked = {
        (verb, keyword)
        for verb, keyword in PARAMETERS
        if not any(line.startswith(verb) and f"> {keyword}" in line for line in lines)
    }
    assert unasked == set()


def test_rows_are_known_and_whole() -> None:
    """Each keyword is one the core knows, each row has a cell for each column, each name is there once."""
    assert {feature.keyword for feature in FEATURES} - {""} <= set(EXTENSIONS)
    assert {len(feature.cells.split()) for feature in FEATURES} == {len(COLUMNS)}
    assert len(FEATURE_NAMES) == len(FEATURES)
    assert {name for _, name in DESERVED} <= FEATURE_NAMES
    assert {heading for heading, _ in DESERVED} <= {column.heading for column in COLUMNS}


def test_the_readme_shows_the_matrix() -> None:
    """Between its marks the README has what `python -m tests.conformance` prints, and the legend near it."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.conformance"],
        cwd=PROJECT,
        capture_output=True,
        encoding="utf-8",
        env={"PYTHONIOENCODING": "utf-8"},
        timeout=50,
    )
    assert done.stdout == markdown(), done.stderr
    assert f"<!-- matrix -->\n{markdown()}<!-- matrix -->\n" in README
    assert LEGEND in " ".join(README.split())
