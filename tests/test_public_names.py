"""The public names: what a module lists, it has; what the package offers, it lists."""

from __future__ import annotations

import importlib
import pkgutil
import types

import pytest

import smtpshell

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(smtpshell.__path__, "smtpshell.")
    if module.name != "smtpshell.__main__"  # importing it runs the program
)


@pytest.mark.parametrize("name", MODULES)
def test_listed_names_exist(name: str) -> None:
    """Every name in a module's __all__ exists there, is listed once, and is public."""
    module = importlib.import_module(name)
    listed = getattr(module, "__all__", [])
    assert len(set(listed)) == len(listed)
    assert [public for public in listed if not hasattr(module, public) or public.startswith("_")] == []


def test_package_lists_what_it_offers() -> None:
    """smtpshell.__all__ is exactly what dir(smtpshell) shows, submodules and private names aside."""
    offered = {
        name
        for name in dir(smtpshell)
        if not name.startswith("_") and not isinstance(getattr(smtpshell, name), types.ModuleType)
    } - {"annotations"}  # left by the future import
    listed = set(smtpshell.__all__)
    assert offered - {"__version__"} == listed - {"__version__"}
    assert len(listed) == len(smtpshell.__all__)


def test_unknown_name_is_refused() -> None:
    """A name the package does not have raises AttributeError that says so."""
    name = "no_such_name"
    with pytest.raises(AttributeError, match=name):
        getattr(smtpshell, name)
