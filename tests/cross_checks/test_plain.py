"""The exact engine against a plain, slow and independent statement of the model, on cases that use every feature."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from forecast.core.cure_model import learn
from forecast.engine.exact import Exact
from forecast.engine.forecast import Forecast
from forecast.records.case import Case
from tests.cross_checks import plain as formulas
from tests.cross_checks.plain import Plain
from tests.cross_checks.random_cases import random_case
from tests.strategies import cases

SEEDS = range(6)


def assert_close(found: Any, expected: Any, plain: Plain, tolerance: float = 1e-9) -> None:
    """To 1e-9 unless told otherwise; less where silence has left next to nothing of the prior."""
    left = plain.prior.masses.sum() + plain.prior.never_at_all
    np.testing.assert_allclose(found, expected, rtol=0, atol=(tolerance + 1e-14) / min(1, 2 * left))


def assert_agrees(case: Case) -> None:
    """The prior first, to 5e-8 where past cases are integrated; then, given E[F] as integrated there, all else."""
    engine = Exact(case)
    learned = any(component.kind == "reference_class" for component in case.question.prior)
    assert_prior_agrees(engine.forecast, Plain(case), 5e-8 if learned else 1e-9)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(formulas, "_falls", lambda cases, x: learn(cases).cumulative(np.array([x])).item())
        assert_items_agree(engine, Plain(case))
        assert_posterior_agrees(engine.forecast, Plain(case))


def assert_prior_agrees(forecast: Forecast, plain: Plain, tolerance: float) -> None:
    total = plain.prior.masses.sum() + plain.prior.never_at_all
    assert_close(forecast.prior_daily, plain.prior.masses[:len(forecast.daily)] / total, plain, tolerance)
    assert_close(forecast.daily, plain.daily, plain, tolerance)
    assert_close(list(forecast.hypotheses.values()), plain.hypotheses, plain, tolerance)


def assert_posterior_agrees(forecast: Forecast, plain: Plain) -> None:
    assert_close(forecast.daily, plain.daily, plain)
    assert_close(list(forecast.hypotheses.values()), plain.hypotheses, plain)
    assert_close(forecast.never, plain.never, plain)
    assert_close(forecast.alternatives, plain.alternatives, plain)
    assert_close(forecast.preparing, plain.process("sign"), plain)
    assert_close(forecast.climate, plain.process("condition"), plain)
    event = plain.daily.sum()
    less, more, sign = (event, plain.never, 1) if event < plain.never else (plain.never, event, -1)
    # Masses are differences of F: of an event that is all but excluded the last digits are missing.
    assert more * np.exp(sign * forecast.log_odds) == pytest.approx(less, rel=1e-6, abs=1e-15)
    assert forecast.decibans == pytest.approx(forecast.log_odds * 10 / np.log(10), abs=1e-12)


def assert_items_agree(engine: Exact, plain: Plain) -> None:
    evidence, heard = engine.evidence, engine.heard
    assert [item.id for item in evidence.items] == [each.item.id for each in plain.heard]
    columns = [(evidence.log_lift, [each.says.log_lift for each in plain.heard]),
               (evidence.log_lift_sd, [each.says.spread for each in plain.heard]),
               (heard.reliability, [each.r for each in plain.heard]),
               (heard.log_lift, [each.log_lift for each in plain.heard])]
    for found, expected in columns:
        np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-7)
    if len(evidence):
        np.testing.assert_allclose(evidence.log_background, [each.says.log_background for each in plain.heard],
                                   rtol=0, atol=1e-9)
        np.testing.assert_allclose(heard.log_background, [each.log_background for each in plain.heard],
                                   rtol=0, atol=1e-8)
    # Echo decides between items, so that here nothing but the same digits will do.
    np.testing.assert_allclose(heard.echo, [each.q for each in plain.heard], rtol=0, atol=1e-15)
    np.testing.assert_allclose(heard.background_echo, [each.background_q for each in plain.heard], rtol=0, atol=1e-15)
    assert engine.forecast.reliability == pytest.approx(plain.reliability, rel=0, abs=1e-7)


@settings(max_examples=25)
@given(cases(max_items=14))
def test_everything_agrees_on_generated_cases(case: Case) -> None:
    assert_agrees(case)


@pytest.mark.parametrize("seed", SEEDS)
def test_everything_agrees_where_every_feature_is_at_work(seed: int) -> None:
    assert_agrees(random_case(seed))
