"""The command: run benches, print their table, exit 1 where a target was missed."""

from __future__ import annotations

import argparse
import sys

from tests.bench.benches import BENCHES, FULL, TINY
from tests.bench.measure import Measurement, table


def main(argv: list[str] | None = None) -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure how fast smtpshell is.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="beginnings of: " + ", ".join(BENCHES))
    parser.add_argument("--tiny", action="store_true", help="run at a size that proves only that it runs")
    asked = parser.parse_args(argv)
    chosen = [
        bench
        for name, bench in BENCHES.items()
        if not asked.names or any(name.startswith(beginning) for beginning in asked.names)
    ]
    if not chosen:
        parser.error(f"no bench is called {' or '.join(asked.names)}")
    found: list[Measurement] = [row for bench in chosen for row in bench(TINY if asked.tiny else FULL)]
    print(table(found))
    return 0 if asked.tiny or all(row.met for row in found) else 1


if __name__ == "__main__":
    sys.exit(main())
