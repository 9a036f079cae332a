"""requirements.txt holds all that bot/ imports; no package of the tests or of the machine helps."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Refuses the modules that are named on standard input, then imports those that are given.
PROGRAM = """
import importlib, sys

class Refusing:
    refused = frozenset(sys.stdin.read().split())

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.refused:
            raise ModuleNotFoundError(f"{name} is not in requirements.txt", name=name)

for name in Refusing.refused & sys.modules.keys():
    del sys.modules[name]
sys.meta_path.insert(0, Refusing())
for name in sys.argv[1:]:
    importlib.import_module(name)
"""


def _normal(name: str) -> str:
    """PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


@cache
def _modules() -> tuple[str, ...]:
    paths = (path.relative_to(ROOT) for path in (ROOT / "bot").rglob("*.py"))
    return tuple(sorted(".".join(path.with_suffix("").parts) for path in paths))


def _imports(path: Path) -> set[str]:
    """Return the modules from outside that `path` names, inside of functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    ours = {*sys.stdlib_module_names, "_typeshed", "bot"}  # the one exists for checkers alone
    return {name for name in found if name.partition(".")[0] not in ours}


@cache
def _imported() -> frozenset[str]:
    return frozenset(name for path in (ROOT / "bot").rglob("*.py") for name in _imports(path))


@cache
def _distributions() -> dict[str, set[str]]:
    """Return who brings each top-level module that is installed."""
    found = packages_distributions().items()
    return {module: {_normal(name) for name in names} for module, names in found}


def _providers(module: str) -> set[str]:
    return _distributions().get(module.partition(".")[0], set())


def test_every_package_that_bot_imports_is_a_declared_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {_normal(re.split(r"[\[<>=]", one)[0]) for one in project["dependencies"]}
    assert {name for name in _imported() if not _providers(name) & declared} == set()


def test_bot_imports_with_nothing_but_requirements_txt() -> None:
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    pinned = {_normal(name) for name in re.findall(r"^([\w.-]+)==", text, re.MULTILINE)}
    others = {name for name in _distributions() if not _providers(name) & pinned}
    refused = {*others, "pkg_resources", "setuptools"} - {"bot"}
    assert {"pytest", "hypothesis", "setuptools"} <= refused
    # The migrations' environment runs only inside of Alembic.
    modules = {name for name in _modules() if name != "bot.store.migrations.env"}
    modules -= {"bot.__main__"}  # the program itself
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, *sorted(modules | _imported())],
        input="\n".join(refused),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.stderr == ""
    assert done.returncode == 0
