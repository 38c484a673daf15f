"""The project's own habits, where a machine can see them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import smtpshell

PROJECT = Path(__file__).parent.parent

# The entries the top level holds, dot-files aside.
ENTRIES = {"README.md", "pyproject.toml", "smtpshell", "tests", "transcripts"}
# What tools leave there; .gitignore names them too.
LEFT_BY_TOOLS = {"__pycache__", "build", "dist", "htmlcov"}

# Folders of one machine, written in pieces so that this file does not name them.
OUTSIDE = re.compile("|".join(["/ho" + "me/", "/ro" + "ot/", "/wo" + "rk/", r"\.\./" + "shared"]))


def python_files(folder: str) -> list[Path]:
    """List the Python files below a folder of the project."""
    return sorted((PROJECT / folder).rglob("*.py"))


def text_files() -> list[tuple[str, str]]:
    """List (path, text) of every text file of the project."""
    roots = [PROJECT / entry for entry in (*ENTRIES, ".ci", ".gitignore", ".pre-commit-config.yaml")]
    files = [file for root in roots for file in ([root] if root.is_file() else root.rglob("*"))]
    return [
        (str(file.relative_to(PROJECT)), file.read_bytes().decode("utf-8", "replace"))
        for file in files
        if file.is_file() and "__pycache__" not in file.parts
    ]


def test_top_level_holds_five_entries() -> None:
    """Beside dot-files there are the metadata, the README, the package, its tests, the sample transcripts."""
    there = {entry.name for entry in PROJECT.iterdir() if not entry.name.startswith(".")}
    assert there - LEFT_BY_TOOLS == ENTRIES


def test_every_module_says_its_job() -> None:
    """Each file of the package opens with a docstring."""
    silent = [
        str(file.relative_to(PROJECT))
        for file in python_files("smtpshell")
        if not ast.get_docstring(ast.parse(file.read_text("utf-8")))
    ]
    assert silent == []


def test_every_test_says_what_holds() -> None:
    """Each test function opens with a docstring."""
    silent = [
        f"{file.relative_to(PROJECT)}:{node.lineno}: {node.name}"
        for file in python_files("tests")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not ast.get_docstring(node)
    ]
    assert silent == []


def test_changelog_knows_this_version() -> None:
    """The changelog has a heading for this version, or one for what is not released yet."""
    headings = re.findall(
        r"^## \[(.+?)\]", (PROJECT / "smtpshell" / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE
    )
    assert {"Unreleased", smtpshell.__version__} & set(headings)


def test_version_is_a_literal() -> None:
    """The version stands in the package as three numbers, so that reading it loads nothing."""
    assert re.search(
        rf'^__version__ = "{re.escape(smtpshell.__version__)}"$',
        (PROJECT / "smtpshell" / "__init__.py").read_text("utf-8"),
        re.MULTILINE,
    )
    assert re.fullmatch(r"\d+\.\d+\.\d+", smtpshell.__version__)


def test_no_file_names_a_path_outside() -> None:
    """Nothing refers to a folder of the machine it was written on."""
    found = [
        f"{path}:{text.count(chr(10), 0, hit.start()) + 1}: {hit[0]}"
        for path, text in text_files()
        for hit in OUTSIDE.finditer(text)
    ]
    assert found == []
