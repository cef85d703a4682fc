"""The wheel as somebody installs it: it holds all that it needs, and says which extra what is missing is in."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest
from filelock import FileLock

from tests.project.blocks import ROOT

pytestmark = pytest.mark.slow

EXTRAS = {"starlette", "uvicorn", "dask", "distributed"}
"""Packages that only an extra asks for."""

AS_OF = ("--as-of", "2031-04-01")


def done(*words: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command that sees nothing of the checkout."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV"))}
    return subprocess.run(list(map(str, words)), cwd=folder, capture_output=True, text=True, check=False, env=clean)


@pytest.fixture(scope="module")
def wheel(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built once for all processes of a run."""
    target = shared / "wheels"
    with FileLock(f"{target}.lock"):
        if not target.exists():
            _build(tmp_path_factory.mktemp("source"), target)
    (found,) = target.glob("forecast_ledger-*.whl")
    return found


def _build(source: Path, target: Path) -> None:
    """Build the wheel from a copy of the checkout, since building leaves things behind."""
    for name in ("forecast", "scripts"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    built = done(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index",
                 "--wheel-dir", target, source, folder=source)
    assert built.returncode == 0, built.stderr


class Installed(NamedTuple):
    """An environment that has the wheel, whether it has what the extras ask for, and a workspace that it made."""

    command: Path
    with_extras: bool
    workspace: Path


@pytest.fixture(scope="module", params=[True, False], ids=["extras", "no-extras"])
def installed(request: pytest.FixtureRequest, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """An environment with the wheel, and with this one's other packages but neither the checkout nor its extras."""
    root = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(root)], check=True)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(root)}))
    absent = {"forecast"} if request.param else {"forecast", *EXTRAS}
    shared = root / "shared"
    shared.mkdir()
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if path.suffix != ".pth" and path.name.partition("-")[0] not in absent:
            (shared / path.name).symlink_to(path)
    (packages / "shared.pth").write_text(f"{shared}\n", encoding="utf-8")
    made = done(sys.executable, "-m", "pip", "--python", root / "bin/python", "install", "--quiet", "--no-deps",
                "--no-index", wheel, folder=root)
    assert made.returncode == 0, made.stderr
    command, workspace = root / "bin/forecast", tmp_path_factory.mktemp("empty") / "my-question"
    begun = done(command, "init", workspace.name, "--opens", "2031-03-01", "--horizon", "2031-12-31",
                 folder=workspace.parent)
    assert (begun.returncode, begun.stderr) == (0, "")
    return Installed(command, request.param, workspace)


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    held = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("forecast/")}
    here = {str(path.relative_to(ROOT)) for path in (ROOT / "forecast").rglob("*")
            if path.is_file() and "__pycache__" not in path.parts}
    assert held == here
    assert {Path(name).suffix for name in held} >= {".j2", ".js", ".woff2", ".yaml", ".typed"}


def test_a_newcomer_gets_a_forecast_in_an_empty_folder(installed: Installed) -> None:
    inside = installed.workspace
    assert "valid, 0 warnings" in done(installed.command, "check", *AS_OF, folder=inside).stdout
    assert "2 items, exact engine" in done(installed.command, "update", *AS_OF, folder=inside).stdout
    where = done(installed.command.with_name("python"), "-c", "import forecast; print(forecast.__file__)",
                 folder=inside)
    assert str(installed.command.parents[1]) in where.stdout, "it was the checkout that ran"


def test_the_desk_is_there_with_its_extra_and_without_it_says_what_to_install(installed: Installed) -> None:
    with socket.socket() as taken:  # so that no desk opens here
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = done(installed.command, "desk", "--no-browser", "--port", str(taken.getsockname()[1]),
                       folder=installed.workspace)
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert ("take another one" if installed.with_extras else "pip install '.[desk]'") in refused.stderr


def test_without_its_extra_a_cluster_says_what_to_install(installed: Installed) -> None:
    if installed.with_extras:
        pytest.skip("Dask is there")
    refused = done(installed.command, "backtest", "--cluster", "tcp://127.0.0.1:1", folder=installed.workspace)
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "pip install '.[cluster]'" in refused.stderr
