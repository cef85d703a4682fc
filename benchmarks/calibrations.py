"""A calibration of many cases: a thousand files, each at every weight of its evidence."""

from __future__ import annotations

import tempfile
import time
from itertools import cycle
from pathlib import Path

from forecast.evaluation.calibration.readings import read_questions
from forecast.evaluation.parallel import workers
from forecast.workspace.loader import workspaces_in

GROUND = Path("examples/proving-ground/open")


def thousand(folder: Path, count: int = 1_000) -> list[Path]:
    """Write so many cases: those of the proving ground, again and again under other ids."""
    (folder / "defaults.yaml").write_bytes((GROUND / "defaults.yaml").read_bytes())
    for number, path in zip(range(count), cycle(workspaces_in(GROUND))):
        text = path.read_text(encoding="utf-8").replace(f"id: {path.stem}\n", f"id: case-{number}\n", 1)
        (folder / f"case-{number}.yaml").write_text(text, encoding="utf-8")
    return workspaces_in(folder)


def of_cases(count: int, processes: int = 2) -> float:
    """Seconds that reading so many cases at 25 weights takes, their kinds, sources and items apart included."""
    with tempfile.TemporaryDirectory() as name:
        paths = thousand(Path(name), count)
        begun = time.perf_counter()
        with workers(processes) as shared:
            found = read_questions(paths, map=shared)
        assert len(found) == count
        return time.perf_counter() - begun


if __name__ == "__main__":
    print(f"1,000 cases at 25 weights, two processes: {of_cases(1_000):.1f} s")
