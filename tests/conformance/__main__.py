"""`python -m tests.conformance`: print the matrix as the README shows it."""

from __future__ import annotations

from tests.conformance.features import markdown

print(markdown(), end="")
