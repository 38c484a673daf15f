"""The benches run; how fast anything is, only a person who runs them in peace can say."""

from __future__ import annotations

import pytest

from tests.bench.__main__ import main
from tests.bench.benches import BENCHES
from tests.bench.measure import Measurement, compared, table


@pytest.mark.parametrize("name", BENCHES)
def test_each_bench_runs(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """At the tiny size every bench gives its rows, with numbers and a target."""
    assert main([name, "--tiny"]) == 0
    heading, *rows = capsys.readouterr().out.splitlines()
    assert heading.split() == ["what", "ours", "other", "against", "ratio", "target"]
    assert rows


def test_ratios_and_targets() -> None:
    """A ratio is read the way its target is meant."""
    fast = Measurement(name="a", ours=1.0, other=10.0, against="b", at_least=8.0)
    slow = Measurement(name="a", ours=4.0, other=1.0, against="b", at_most=3.0)
    free = Measurement(name="a", ours=4.0, other=1.0, against="b")
    assert [(row.ratio, row.met) for row in (fast, slow, free)] == [(10.0, True), (4.0, False), (4.0, True)]
    assert [line.split()[-1] for line in table([fast, slow, free]).splitlines()[1:]] == ["ok", "MISSED", "none"]


def test_medians_of_what_runs_in_turn() -> None:
    """Both run in turn, and one slow run changes nothing."""
    order: list[str] = []
    times = iter([1.0, 9.0, 1.0])

    def ours() -> float:
        order.append("ours")
        return next(times)

    def other() -> float:
        order.append("other")
        return 2.0

    assert compared(ours, other, rounds=3) == [1.0, 2.0]
    assert order == ["ours", "other"] * 3
