"""Examples of commands, as their docstrings give them: lines that are tested, and shown by /help and --help.

    MAIL FROM:<me@example.test>
    RCPT TO:<student@example.test>
    /data message.eml

A line that is the command itself is an example.  Other lines before it are said first, for every example up to the
next empty line; lines that are indented below it are said behind it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import dedent

__all__ = ["Example", "examples_of", "shown"]


@dataclass(frozen=True, slots=True)
class Example:
    """One example: the ``line``, what is said ``before`` it and ``behind`` it."""

    line: str
    before: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()


def examples_of(name: str, block: str) -> tuple[Example, ...]:
    """Read the examples of a command; the block's own indentation does not matter."""
    found: list[Example] = []
    for paragraph in dedent(block).strip("\n").split("\n\n"):
        before: tuple[str, ...] = ()
        for line in filter(str.strip, paragraph.splitlines()):
            if line.startswith(" ") and found:
                last = found.pop()
                found.append(Example(last.line, last.before, (*last.behind, line.strip())))
            elif line.split()[0] == f"/{name}":
                found.append(Example(line, before))
            else:
                before = (*before, line)
    return tuple(found)


def shown(examples: tuple[Example, ...]) -> Iterator[str]:
    """Write examples as a docstring gives them, without empty lines."""
    before: tuple[str, ...] = ()
    for example in examples:
        if example.before != before:
            yield from example.before
        before = example.before
        yield example.line
        yield from (f"    {line}" for line in example.behind)
