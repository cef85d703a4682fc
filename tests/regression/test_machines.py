"""Any machine: other processors, threads, zones, encodings, no browser, no home; the numbers stay the same.

Most settings run the exact engine alone, which is where processors could differ; one setting, with a home that cannot
be written and without anything that was kept, runs `forecast report` with both engines.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import date
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from forecast.cli.reports import build
from forecast.core.equality import EXACT, SAMPLED, differences
from forecast.engine.exact import Exact
from forecast.engine.nuts import kept_code
from forecast.workspace.loader import load
from forecast.workspace.starting import init
from tests.project.blocks import ROOT, outputs
from tests.project.report.documents import case_of, engines
from tests.stored import computed

AS_OF = date(2022, 12, 2)
LATE = date(2024, 7, 12)
"""A date with so many items that their sum goes through every kernel of a matrix product."""

_PYTHON = """
import json, sys
from datetime import date
from pathlib import Path
from tests.stored import computed
print(json.dumps(computed(Path(sys.argv[1]), date.fromisoformat(sys.argv[2]))))
"""

SETTINGS: dict[str, dict[str, str]] = {
    # The kernels that OpenBLAS has for older processors run on newer ones, too. SkylakeX would need one with AVX-512.
    "Haswell, two threads, no AVX-512": {
        "OPENBLAS_CORETYPE": "Haswell", "OPENBLAS_NUM_THREADS": "2", "OMP_NUM_THREADS": "2",
        "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR"},
    "the oldest, elsewhere": {
        "OPENBLAS_CORETYPE": "Prescott", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1",
        "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR X86_V3", "LC_ALL": "C", "TZ": "Pacific/Kiritimati",
        "PYTHONHASHSEED": "7"},
}


def _environment(**changes: str) -> dict[str, str]:
    """The environment without what this machine has set of the same kind."""
    ours = {name for setting in SETTINGS.values() for name in setting} | {"OPENBLAS_L2_SIZE"}
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", "COLUMNS": "100", "NO_COLOR": "1"} | changes


def _computed(day: date, **changes: str) -> dict[str, Any]:
    done = subprocess.run([sys.executable, "-c", _PYTHON, str(ROOT), str(day)], capture_output=True, text=True,
                          check=False, env=_environment(**changes))
    assert done.returncode == 0, (done.returncode, done.stderr[-2000:])
    return json.loads(done.stdout)


@cache
def _here(day: date) -> dict[str, Any]:
    return computed(ROOT, day)


@pytest.mark.slow
@pytest.mark.parametrize("setting", SETTINGS)
def test_every_number_of_a_report_is_the_same_under_other_kernels_threads_and_zones(setting: str) -> None:
    assert differences(_here(AS_OF), _computed(AS_OF, **SETTINGS[setting])) == []


@pytest.mark.slow
@pytest.mark.parametrize("core", ["Haswell", "Zen"])
def test_many_items_go_through_every_kernel(core: str) -> None:
    words = ("explain", "--as-of", str(LATE), "--json", "--workspace", str(ROOT))
    done = subprocess.run([sys.executable, "-P", "-m", "forecast", *words], capture_output=True, text=True,
                          check=False, env=_environment(OPENBLAS_CORETYPE=core))
    assert done.returncode == 0, (done.returncode, done.stderr[-2000:])
    assert len(json.loads(done.stdout)["evidence"]) > 50


OLDEST = SETTINGS["the oldest, elsewhere"]


@pytest.mark.slow
def test_the_blocks_of_the_readme_hold() -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for command, output in outputs(ROOT / "README.md"):
        done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False,
                              env=_environment(**OLDEST, PATH=path), encoding="utf-8")
        assert done.stdout + done.stderr == output


@pytest.mark.slow
def test_the_golden_vectors_hold() -> None:
    words = ("-p", "no:cacheprovider", "-q", "tests/regression/test_vectors.py", "-k",
             "not many_draws and not two_ and not close_together")
    done = subprocess.run([sys.executable, "-m", "pytest", *words], cwd=ROOT, capture_output=True, text=True,
                          check=False, env=_environment(**OLDEST))
    assert done.returncode == 0, done.stdout[-2000:]


def test_what_differs_by_more_than_it_may_is_told() -> None:
    here = {name: _here(AS_OF)[name] for name in ("hypotheses", "weeks", "ledger", "curve", "band", "worth", "by_band")}
    here["edges"] = here["curve"][:3]

    def moved(factor: float, *place: str | int) -> list[str]:
        content = json.loads(json.dumps(here))
        holder = content
        for step in place[:-1]:
            holder = holder[step]
        holder[place[-1]] *= factor
        return differences(here, content)

    exact = [("hypotheses", "open"), ("weeks", 3, 2), ("ledger", 5, "decibans"), ("curve", 9, "cumulative")]
    sampled = [("band", 0), ("worth",), ("by_band", "2023-01-31", 1), ("curve", 9, "low"), ("edges", 0, "high")]
    for places, tolerance in ((exact, EXACT), (sampled, SAMPLED)):
        for place in places:
            assert moved(1 + tolerance / 2, *place) == []
            assert moved(1 + tolerance * 3, *place) == ["/" + "/".join(map(str, place))]


def test_a_label_may_write_out_a_large_number() -> None:
    assert differences({"low": "0 in 2.61e+03 weeks"}, {"low": "0 in 2,610 weeks"}) == []
    assert differences({"low": "0 in 2.61e+03 weeks"}, {"low": "0 in 2,620 weeks"}) == ["/low"]
    assert differences({"low": "sha 2e+03"}, {"low": "sha 2e+03"}) == []


def _lean_path(folder: Path) -> str:
    """A path on which the commands of the README are found, and neither a browser nor a compiler."""
    folder.mkdir()
    for name in ("bash", "sh", "env", "sed", "head", "tail", "cat", "grep", "python3"):
        if found := shutil.which(name):
            (folder / name).symlink_to(found)
    return os.pathsep.join([str(Path(sys.executable).parent), str(folder)])


@pytest.mark.slow
def test_a_report_is_written_without_home_browser_and_anything_that_was_kept(tmp_path: Path) -> None:
    """A newcomer's first report, in another zone; its exact numbers are those of this machine."""
    root, day = tmp_path / "workspace", date(2031, 4, 1)
    init(root, day, opens=date(2031, 3, 1), horizon=date(2031, 12, 31))
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    environment = _environment(HOME="/proc/nonexistent", TMPDIR=str(temporary), PATH=_lean_path(tmp_path / "path"),
                               LC_ALL="C", TZ="Pacific/Kiritimati", OPENBLAS_CORETYPE="Haswell")
    for name in ("XDG_CACHE_HOME", "PYTENSOR_FLAGS", "NUMBA_CACHE_DIR", "MPLCONFIGDIR"):
        environment.pop(name, None)
    command = [sys.executable, "-P", "-m", "forecast", "report", "--as-of", str(day), "--workspace", str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stdout) == (0, f"reports/{day}: written\n"), done.stderr[-2000:]
    assert "it is compiled first" in done.stderr
    assert list(temporary.glob("forecast-*/numba"))
    stored = json.loads((root / "reports" / str(day) / "forecast.json").read_text(encoding="utf-8"))
    expected = computed(root, day)
    assert differences({name: stored[name] for name in expected}, expected) == []
    assert stored["engines"]["confirmed"]


def test_compiled_code_goes_where_it_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTENSOR_FLAGS", raising=False)
    for name in ("NUMBA_CACHE_DIR", "MPLCONFIGDIR"):
        monkeypatch.setenv(name, "kept")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    place = tmp_path / f"forecast-{os.getuid()}"
    for home in ("/proc/nonexistent", "", "relative"):
        monkeypatch.setenv("HOME", home)
        kept_code.prepare()
        assert os.environ["PYTENSOR_FLAGS"] == f"base_compiledir={place}"
        monkeypatch.delenv("PYTENSOR_FLAGS")
    assert place.stat().st_mode & 0o777 == 0o700
    place.chmod(0o777)   # anybody could put code there
    kept_code.prepare()
    assert os.environ["PYTENSOR_FLAGS"] != f"base_compiledir={place}"
    monkeypatch.setenv("PYTENSOR_FLAGS", "floatX=float64")
    monkeypatch.setenv("HOME", str(tmp_path))
    kept_code.prepare()
    assert os.environ["PYTENSOR_FLAGS"] == "floatX=float64"


def test_that_the_model_is_compiled_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr("forecast.engine.nuts.agreement.engines", lambda exact: (
        SimpleNamespace(diagnostics=SimpleNamespace(seed=1)), engines(Exact(case_of()))))
    workspace = load(ROOT)
    for is_there in (False, True):
        monkeypatch.setattr(kept_code, "is_there", lambda there=is_there: there)
        build(workspace, workspace.case(date(2022, 9, 23)), None, told.append)
    assert ["compiled" in step for step in told if "NUTS" in step] == [True, False]


def test_pytest_is_told_to_leave_the_browser_out_where_there_is_none(tmp_path: Path) -> None:
    tools = tmp_path / "tools with a space"
    tools.mkdir()
    (tools / "pytest").write_text('#!/bin/sh\nprintf "[%s]" "$@"\n', encoding="utf-8")
    (tools / "pytest").chmod(0o755)
    (tmp_path / "installed").touch()
    make = shutil.which("make")
    if make is None:
        pytest.skip("there is no make")
    done = subprocess.run([make, "-s", "-o", "lint", "test", f"BIN={tools}", f"INSTALLED={tmp_path / 'installed'}"],
                          cwd=ROOT, capture_output=True, text=True, check=True,
                          env={"PATH": _lean_path(tmp_path / "path").rpartition(os.pathsep)[2]})
    assert "[-m][not browser]" in done.stdout
    assert "chromium is not installed" in done.stdout
