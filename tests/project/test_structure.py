"""The package keeps its shape: a start is light, and it knows about no case (import-linter checks the rooms)."""

import re
import subprocess
import sys

import pytest

from tests.project.blocks import ROOT

PACKAGE = ROOT / "forecast"


@pytest.mark.parametrize("statement", ["import forecast", "import forecast.cli.app"])
def test_a_start_loads_nothing_heavy(statement: str) -> None:
    heavy = "{'numpy', 'scipy', 'pydantic', 'pymc', 'arviz', 'altair', 'rich', 'yaml'} & set(sys.modules)"
    done = subprocess.run([sys.executable, "-c", f"import sys; {statement}; print({heavy})"],
                          capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "set()"


def test_a_panel_is_pooled_without_a_second_of_statistics() -> None:
    pooled = "import sys; from numpy import eye; from forecast.engine.pooling import pool; pool(eye(9))"
    done = subprocess.run([sys.executable, "-c", f"{pooled}; print('scipy.stats' in sys.modules)"],
                          capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "False"


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


