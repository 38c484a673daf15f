"""The layers of smtpshell, kept by reading every import: at the top, in functions, under TYPE_CHECKING."""

from __future__ import annotations

import ast
from fnmatch import fnmatch
from pathlib import Path

import pytest

import smtpshell

PACKAGE = Path(smtpshell.__file__).parent

BELOW_TRANSCRIPT = {"errors", "protocol", "session"}
BELOW_SHELL = {*BELOW_TRANSCRIPT, "transcript", "practice", "checks", "report", "procedures", "lessons"}
ANYTHING = {*BELOW_SHELL, "shell", "cli", "__init__", "pytest_plugin"}

# layer -> the layers of smtpshell it may import, its own aside
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "protocol": {"errors"},
    "session": {"errors", "protocol"},
    "procedures": BELOW_TRANSCRIPT,
    "transcript": BELOW_TRANSCRIPT,
    "lessons": set(),
    "practice": {*BELOW_TRANSCRIPT, "transcript"},
    "checks": {*BELOW_TRANSCRIPT, "transcript"},
    "report": {*BELOW_TRANSCRIPT, "transcript", "checks"},
    "shell": BELOW_SHELL,
    "cli": ANYTHING,
    "pytest_plugin": ANYTHING,
    "__init__": ANYTHING,
    "__main__": {"cli"},
}

# layer -> the modules of others it must do without
IMPURE = {"socket", "ssl", "asyncio", "time", "os", "io", "pathlib", "logging", "threading"}
MUST_NOT_IMPORT = {"errors": IMPURE, "protocol": IMPURE, "transcript": {"socket", "ssl"}}

# module -> the only files that import it
ONLY_IN = {
    "socket": ["session/*"],
    "ssl": ["session/tls.py", "session/tls_server.py"],
    "dns": ["session/dns.py"],
    "python_socks": ["session/socks.py"],
    "asyncio": ["shell/terminal/*"],
    "prompt_toolkit": ["shell/terminal/*"],
    "pygments": ["shell/*lexer*.py", "shell/*styles*.py"],
    # report shows results and does not reach into how they came about
    "smtpshell.checks": ["checks/*", "shell/*", "cli.py", "pytest_plugin.py", "__init__.py"],
}
EXCEPT = {("report", "smtpshell.checks.result")}


def imports(tree: ast.Module, package: list[str]) -> list[tuple[int, str, bool]]:
    """List (line, full dotted name, whether at the top level) of every import in a module of that package."""
    found = []
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            names = [".".join([*base, *filter(None, [node.module]), alias.name]) for alias in node.names]
        else:
            continue
        found += [(node.lineno, name, id(node) not in inside) for name in names]
    return found


def within(name: str, module: str) -> bool:
    """Tell whether a dotted name is the module or lies in it."""
    return name == module or name.startswith(module + ".")


def complaints(layer: str, file: str, name: str, at_top: bool) -> list[str]:
    """Say what is wrong with one import, in sentences that name the layer."""
    parts = name.split(".")
    target = parts[1] if parts[0] == "smtpshell" and parts[1:] and parts[1] in MAY_IMPORT else "__init__"
    wrong = []
    if parts[0] == "smtpshell" and name != "smtpshell.__version__" and target not in {layer, *MAY_IMPORT[layer]}:
        wrong.append(f"layer {layer!r} must not import {name}: it may use {sorted(MAY_IMPORT[layer])}")
    if any(within(name, module) for module in MUST_NOT_IMPORT.get(layer, ())):
        wrong.append(f"layer {layer!r} must do without {name}")
    for module, files in ONLY_IN.items():
        allowed = any(fnmatch(file, pattern) for pattern in files)
        if (
            within(name, module)
            and not allowed
            and not any(layer == who and within(name, what) for who, what in EXCEPT)
        ):
            wrong.append(f"layer {layer!r} must not import {name} here: only {' and '.join(files)} may")
    if at_top and layer in {"cli", "pytest_plugin", "__init__"} and within(name, "smtpshell.shell.terminal"):
        wrong.append(f"layer {layer!r} imports {name} at the top: only inside functions")
    return wrong


def violations(root: Path) -> list[str]:
    """List every import under the package folder that breaks a rule, as file:line: sentence."""
    found = []
    for path in sorted(root.rglob("*.py")):
        file = path.relative_to(root).as_posix()
        layer = file.split("/")[0].removesuffix(".py")
        if layer not in MAY_IMPORT:
            found.append(f"{file}: {layer!r} is in no layer: add a row to MAY_IMPORT")
            continue
        package = ["smtpshell", *file.split("/")[:-1]]
        for line, name, at_top in imports(ast.parse(path.read_text("utf-8")), package):
            found += [f"{file}:{line}: {sentence}" for sentence in complaints(layer, file, name, at_top)]
    return found


def test_every_import_keeps_to_its_layer() -> None:
    """No module imports what its layer must not."""
    assert violations(PACKAGE) == []


BROKEN = [
    (
        "errors.py",
        "import smtpshell.protocol.replies",
        "layer 'errors' must not import smtpshell.protocol.replies",
    ),
    ("protocol/x.py", "def f():\n    import socket", "layer 'protocol' must do without socket"),
    ("protocol/x.py", "from os.path import join", "layer 'protocol' must do without os.path.join"),
    ("protocol/x.py", "from ..session import tcp", "layer 'protocol' must not import smtpshell.session.tcp"),
    ("protocol/x.py", "from smtpshell import session", "layer 'protocol' must not import smtpshell.session"),
    ("session/tcp.py", "import ssl", "only session/tls.py and session/tls_server.py may"),
    ("session/tcp.py", "if TYPE_CHECKING:\n    from dns import resolver", "only session/dns.py may"),
    ("session/x.py", "from smtpshell.transcript import model", "must not import smtpshell.transcript.model"),
    ("transcript/x.py", "import socket", "layer 'transcript' must do without socket"),
    ("transcript/x.py", "from smtpshell import Session", "must not import smtpshell.Session"),
    (
        "practice/x.py",
        "from smtpshell.shell.display.render import show",
        "layer 'practice' must not import smtpshell.shell",
    ),
    ("checks/x.py", "import smtpshell.report", "layer 'checks' must not import smtpshell.report"),
    (
        "report/x.py",
        "from smtpshell.checks.runner import run",
        "layer 'report' must not import smtpshell.checks.runner",
    ),
    ("shell/x.py", "async def f():\n    import prompt_toolkit.styles", "only shell/terminal/* may"),
    ("shell/render.py", "from pygments.token import Text", "only shell/*lexer*.py and shell/*styles*.py may"),
    ("shell/x.py", "from smtpshell.cli import main", "layer 'shell' must not import smtpshell.cli.main"),
    ("cli.py", "from smtpshell.shell import terminal", "at the top: only inside functions"),
    ("cli.py", "import asyncio", "only shell/terminal/* may"),
    ("utilities.py", "", "'utilities' is in no layer"),
]


@pytest.mark.parametrize(("file", "code", "sentence"), BROKEN, ids=range(len(BROKEN)))
def test_a_broken_rule_is_seen(tmp_path: Path, file: str, code: str, sentence: str) -> None:
    """Each forbidden import is reported once or more, with its file and the layer's rule."""
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(code)
    found = violations(tmp_path)
    assert found
    assert all(line.startswith(file) for line in found)
    assert any(sentence in line for line in found)


KEPT = [
    (
        "protocol/x.py",
        "from __future__ import annotations\nimport re, hashlib\nfrom ..errors import ProtocolError",
    ),
    ("session/tls.py", "import ssl, socket\nfrom . import transport"),
    ("report/x.py", "from smtpshell.checks.result import Result"),
    (
        "shell/terminal/repl.py",
        "import asyncio\nfrom prompt_toolkit import PromptSession\nfrom ..lexer import L",
    ),
    ("shell/reply_lexer.py", "from pygments.lexer import RegexLexer"),
    ("transcript/recorder.py", "from smtpshell import __version__"),
    ("cli.py", "def main():\n    from smtpshell.shell.terminal import repl"),
]


@pytest.mark.parametrize(("file", "code"), KEPT, ids=range(len(KEPT)))
def test_a_kept_rule_is_silent(tmp_path: Path, file: str, code: str) -> None:
    """What the layers allow passes without a word."""
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text(code)
    assert violations(tmp_path) == []
