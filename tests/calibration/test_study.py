"""The simulation study: what it computes is what the package forecasts, and its page is the one that is kept."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import study
from forecast.engine.exact import Exact
from tests import ROOT


@pytest.mark.parametrize("truth", study.TRUTHS)
def test_what_is_scored_is_what_the_package_forecasts(truth: str) -> None:
    world = study.worlds_of(truth, "moderate", 1, 1)[0]
    engine = Exact(world.case.at(world.case.question.opens))
    assert study.by_shared_preparation(engine) == pytest.approx(engine.forecast.next.probability, abs=1e-12)
    assert study.by_prior(engine) == pytest.approx(engine.forecast.next.prior, abs=1e-12)


def test_ratios_are_stated_perfectly() -> None:
    """A sign is seen as often as it says, while its process is on and while it is not."""
    rng = np.random.default_rng(1)
    when, asked = np.arange(-28, 364), study.question(rng)
    for truth in (study.decaying, study.regimes):
        on = np.mean([truth(rng, when, 200.0, asked)[(when > 150) & (when <= 200)].mean() for _ in range(200)])
        before = np.mean([truth(rng, when, 340.0, asked)[when < 60].mean() for _ in range(200)])
        assert on > 0.5 > before


def test_the_first_truth_is_what_decay_by_itself_supposes() -> None:
    """Knowing the truth, one gains more than by anything else; counting signs as independent loses."""
    worlds = study.worlds_of("decays", "bold", 30, 2)
    independent, best, package = study.gains(worlds, list(study.METHODS.values()), {})
    assert best.percent > package.percent > 0 > independent.percent


def test_the_page_was_made_with_the_defaults_of_the_command() -> None:
    text = (ROOT / "docs" / "study.md").read_text(encoding="utf-8")
    assert f"(seed {study.SEED}, {study.QUESTIONS} questions in each row)" in text
    rows = [line for line in text.splitlines() if line.startswith("| ") and "±" in line]
    assert len(rows) == len(study.TRUTHS) * (len(study.RATIOS) + 2)
    assert all(part in text for part in study.page(study.QUESTIONS, study.SEED, "\0", "\0").split("\0"))
