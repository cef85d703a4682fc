"""The documents are a site, in which every link between pages leads to a heading that is there."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project.blocks import ROOT


def build(documents: Path, target: Path) -> subprocess.CompletedProcess[str]:
    """Build the site as `make site` does."""
    return subprocess.run([sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", "-d",
                           str(target / "read"), str(documents), str(target / "site")],
                          capture_output=True, text=True, check=False, cwd=ROOT)


@pytest.mark.slow
def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    done = build(ROOT / "docs", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    documents = {path.relative_to(ROOT / "docs").with_suffix(".html") for path in (ROOT / "docs").rglob("*.md")}
    assert {path for path in documents if not (tmp_path / "site" / path).is_file()} == set()
    assert "examples/workflows/forecast.yml" in (tmp_path / "site/at-work.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_link_that_leads_nowhere_is_an_error(tmp_path: Path) -> None:
    shutil.copy(ROOT / "docs/conf.py", tmp_path)
    (tmp_path / "index.md").write_text("# A page\n\n[there](#a-page) [gone](#gone) [away](away.md)\n", encoding="utf-8")
    done = build(tmp_path, tmp_path / "built")
    assert done.returncode == 1
    assert [word in done.stderr for word in ("'gone'", "'away.md'", "'a-page'")] == [True, True, False]
