"""A workspace is data: what libraries would take for their settings, in the folder of a command, is not read."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import ROOT

_LOADED = """
import os
from pathlib import Path
from forecast.engine.nuts import kept_code
before = os.stat(".")
kept_code.load()
import arviz_base, matplotlib, numba.core.config, pymc
assert os.path.samestat(before, os.stat("."))
numba.core.config.reload_config()
print(numba.core.config.DISABLE_JIT, arviz_base.rcParams["plot.max_subplots"], matplotlib.rcParams["lines.linewidth"])
"""


@pytest.mark.parametrize("is_gone", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_no_library_takes_settings_from_the_current_folder(tmp_path: Path, is_gone: bool) -> None:
    here = tmp_path / "here"
    here.mkdir()
    (here / ".numba_config.yaml").write_text("disable_jit: 1\ncache_locator_classes: os.path\n")
    (here / "arvizrc").write_text("plot.max_subplots : 7\n")
    (here / "matplotlibrc").write_text("lines.linewidth : 77\n")
    told = _LOADED
    if is_gone:
        told = f"import shutil; shutil.rmtree({str(here)!r})" + _LOADED
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")}
    done = subprocess.run([sys.executable, "-P", "-c", told], cwd=here, capture_output=True, text=True, check=False,
                          env=environment | {"PYTHONPATH": str(ROOT)})
    assert done.stdout == "0 40 1.5\n", done.stderr[-2000:]
