"""The package keeps its shape: imports point one way, a start is light, and it knows about no case."""

import ast
import graphlib
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.project.blocks import ROOT

PACKAGE = ROOT / "forecast"


def _imports(tree: ast.Module) -> Iterator[str]:
    """Modules that are imported when a module is; not those that only types or one function need."""
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def _graph() -> dict[str, set[str]]:
    modules = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in PACKAGE.rglob("*.py")}
    modules = {name.removesuffix(".__init__"): path for name, path in modules.items()}
    return {name: {found for found in _imports(ast.parse(path.read_text(encoding="utf-8")))
                   if found in modules and found != name and not name.startswith(f"{found}.")}
            for name, path in modules.items()}


def test_imports_point_one_way() -> None:
    order = list(graphlib.TopologicalSorter(_graph()).static_order())  # raises CycleError
    assert order.index("forecast.errors") < order.index("forecast.workspace")


@pytest.mark.parametrize(("low", "high"), [
    ("bayes", "exact"), ("survival", "prior"), ("likelihood", "posterior"), ("exact", "attribution"),
    ("exact", "report"), ("workspace", "cli"), ("case", "workspace")])
def test_the_ground_does_not_know_what_stands_on_it(low: str, high: str) -> None:
    graph = _graph()
    reached, waiting = set(), {f"forecast.{low}"}
    while waiting:
        reached |= waiting
        waiting = set().union(*(graph[name] for name in waiting)) - reached
    assert f"forecast.{high}" not in reached


@pytest.mark.parametrize("statement", ["import forecast", "import forecast.cli"])
def test_a_start_loads_nothing_heavy(statement: str) -> None:
    heavy = "{'numpy', 'scipy', 'pydantic', 'pymc', 'arviz', 'altair', 'rich', 'yaml'} & set(sys.modules)"
    done = subprocess.run([sys.executable, "-c", f"import sys; {statement}; print({heavy})"],
                          capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "set()"


def test_the_package_knows_about_no_case() -> None:
    words = re.compile(r"russia|mobili[sz]|kremlin|putin|ukrain|moscow", re.IGNORECASE)
    found = [path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix in {".py", ".j2", ".yaml", ".css"}
             and words.search(path.read_text(encoding="utf-8"))]
    assert found == []


def test_modules_can_be_read_in_one_sitting() -> None:
    long = {path.name: count for path in PACKAGE.rglob("*.py")
            if (count := len(path.read_text(encoding="utf-8").splitlines())) > 450}
    assert long == {}


def test_constraints_name_no_host_and_no_path() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
    assert lines
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!_-]+", line) for line in lines)


