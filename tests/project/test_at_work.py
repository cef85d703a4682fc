"""What stands at the root for other tools: the GitHub action, the hook of pre-commit, the citation."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from forecast import __version__
from tests.project.blocks import ROOT
from tests.robustness.reading.example import ITEMS, changed, contents, written

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = {step.get("name", step.get("uses")): step for step in ACTION["runs"]["steps"]}
EXAMPLE = ROOT / "examples/workflows/forecast.yml"

WRITES = """#!/bin/sh
echo "$*" >> "$SAID"
case $1 in report) echo "reports/2031-06-20: written";; replay) echo same;; esac
"""
"""A command in the place of forecast that says what a report says, without the minute that one takes."""


def run(step: str, folder: Path, path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a step of the action as GitHub does, with the commands of a folder first."""
    return subprocess.run(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS[step]["run"]], cwd=folder,
                          capture_output=True, text=True, check=False,
                          env=os.environ | {"PATH": f"{path}{os.pathsep}{os.environ['PATH']}", "AS_OF": "",
                                            "STRICT": "false", "GITHUB_WORKSPACE": str(folder)} | environment)


def test_texts_from_outside_reach_a_script_as_variables_alone() -> None:
    given = re.findall(r"\$\{\{ inputs\.([a-z-]+) \}\}", (ROOT / "action.yml").read_text(encoding="utf-8"))
    assert set(given) | {"verb"} == set(ACTION["inputs"])
    assert ["${{" in step.get("run", "") for step in STEPS.values()] == [False] * len(STEPS)
    workflow = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    assert ["${{" in step.get("run", "") for step in steps] == [False] * len(steps)
    assert {name for step in steps for name in step.get("with", {})} <= set(ACTION["inputs"])


@pytest.mark.parametrize(("files", "strict", "code", "level"), [
    (contents(), "false", 0, "warning"), (contents(), "true", 1, "error"),
    (changed(ITEMS, "source: wire\n", "source: wires\n"), "false", 1, "error")], ids=["doubts", "strict", "mistake"])
def test_the_check_of_the_action_annotates_files_of_the_repository(tmp_path: Path, files: dict[str, bytes], strict: str,
                                                                   code: int, level: str) -> None:
    written(tmp_path / "cases/my harbour", files)
    done = run("Check", tmp_path, Path(sys.executable).parent, WORKSPACE="cases/my harbour", AS_OF="2031-06-15",
               STRICT=strict)
    assert done.returncode == code
    found = re.findall(r"^::([a-z]+) file=([^,]+),", done.stdout, re.MULTILINE)
    assert {each[0] for each in found} == {level}
    assert all((tmp_path / file).is_file() for _, file in found)


@pytest.mark.parametrize("place", ["my case", "cases/one.yaml"])
def test_the_report_of_the_action_is_replayed_and_named(tmp_path: Path, place: str) -> None:
    stand_in, said, output = tmp_path / "bin/forecast", tmp_path / "said", tmp_path / "output"
    stand_in.parent.mkdir()
    stand_in.write_text(WRITES, encoding="utf-8")
    stand_in.chmod(0o755)
    root = tmp_path / "my case" if place == "my case" else tmp_path / "cases"
    root.mkdir()
    done = run("Report", tmp_path, stand_in.parent, WORKSPACE=place, AS_OF="2031-06-20", SAID=str(said),
               GITHUB_OUTPUT=str(output))
    assert (done.returncode, done.stderr) == (0, "")
    folder = f"{root.name}/reports/2031-06-20"
    assert said.read_text() == f"report --workspace {place} --as-of 2031-06-20\nreplay {folder}\n"
    assert output.read_text() == f"folder={folder}\n"


def test_the_hook_runs_for_what_analysts_write_and_for_nothing_else() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert hook["entry"] == "forecast check"
    changes = {"priors/question.yaml": True, "cases/a/evidence/2031-03.yaml": True, "docs/guide.md": False,
               "reports/2031-03-04/report.md": False}
    assert {path: bool(re.search(hook["files"], path)) for path in changes} == changes


def test_one_version_is_told_everywhere() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    recipe = (ROOT / "conda/recipe.yaml").read_text(encoding="utf-8")
    releases = re.findall(r"^## \[([^\]]+)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert citation["version"] == __version__ == releases[1]
    assert releases[0] == "Unreleased"
    assert f'version: "{__version__}"' in recipe
    assert f"@v{__version__}" in EXAMPLE.read_text(encoding="utf-8")


def test_the_conda_recipe_asks_for_what_the_package_asks_for() -> None:
    recipe = yaml.safe_load((ROOT / "conda/recipe.yaml").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {f"python{project['requires-python']}", *project["dependencies"]}
    assert {each.replace(" ", "") for each in recipe["requirements"]["run"]} == wanted
