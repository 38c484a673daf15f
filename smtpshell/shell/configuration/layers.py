"""Where the value of a setting comes from, and which one holds where several were given."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

__all__ = ["DEFAULT", "Given", "Layer", "Layers", "Value"]

Value = str | float | bool | None
"""What a setting may hold."""

Given = tuple[Value, str]
"""A value, and where it comes from, in words."""

DEFAULT: Final = "default"
"""Where a value comes from that nobody has given."""


class Layer(IntEnum):
    """Who gave a value; of several the last one here holds."""

    DEFAULT = 0
    FILE = 1
    """[settings] of the configuration file."""
    PROFILE = 2
    """The profile that the connection is made by."""
    ARGUMENT = 3
    """The command line."""
    TYPED = 4
    """/set, and the options of /connect."""


class Layers:
    """The values given so far for each setting, by its name."""

    def __init__(self) -> None:
        self._given: dict[str, dict[Layer, Given]] = {}

    def copy(self) -> Layers:
        """Give the same in an object of its own."""
        other = Layers()
        other._given = {name: dict(given) for name, given in self._given.items()}
        return other

    def put(self, name: str, layer: Layer, given: Given, before: Value) -> Value:
        """Take a value in; ``before`` is the default where nothing was given yet.  Gives the one that holds."""
        rows = self._given.setdefault(name, {Layer.DEFAULT: (before, DEFAULT)})
        rows[layer] = given
        return self.holding(name)[0]

    def take_out(self, layer: Layer, *names: str) -> dict[str, Value]:
        """Drop what a layer gave for these settings, or for all; give what holds for each of them now."""
        changed: dict[str, Value] = {}
        for name in names or tuple(self._given):
            if self._given.get(name, {}).pop(layer, None) is not None:
                changed[name] = self.holding(name)[0]
        return changed

    def holding(self, name: str) -> Given:
        """Give the value that holds and where it comes from, for a setting that something was given for."""
        rows = self._given[name]
        return rows[max(rows)]

    def origin(self, name: str) -> str:
        """Say where the value that holds comes from."""
        return self.holding(name)[1] if name in self._given else DEFAULT
