"""The exact engine against a plain, slow and independent statement of the model, on cases that use every feature."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from forecast.engine.exact import Exact
from forecast.records.case import Case
from tests.cross_checks.plain import Plain
from tests.cross_checks.random_cases import random_case
from tests.strategies import cases

SEEDS = range(6)


def assert_close(found: Any, expected: Any, plain: Plain) -> None:
    """To 1e-9, and to 2e-7 where past cases are integrated; less where silence has left next to nothing of the prior.

    The package promises 1e-5 of the prior mass that past cases teach, whatever they are.
    """
    left = plain.prior.masses.sum() + plain.prior.never_at_all
    learned = any(component.kind == "reference_class" for component in plain.case.question.prior)
    np.testing.assert_allclose(found, expected, rtol=0, atol=((2e-7 if learned else 1e-9) + 1e-14) / min(1, 2 * left))


def assert_agrees(case: Case) -> None:
    engine, plain = Exact(case), Plain(case)
    forecast = engine.forecast
    assert_close(forecast.daily, plain.daily, plain)
    assert_close(list(forecast.hypotheses.values()), plain.hypotheses, plain)
    assert_close(forecast.never, plain.never, plain)
    assert_close(forecast.alternatives, plain.alternatives, plain)
    assert_close(forecast.preparing, plain.process("sign"), plain)
    assert_close(forecast.climate, plain.process("condition"), plain)
    total = plain.prior.masses.sum() + plain.prior.never_at_all
    assert_close(forecast.prior_daily, plain.prior.masses[:len(forecast.daily)] / total, plain)
    event = plain.daily.sum()
    # Masses are differences of F: of an event that is all but excluded, or certain, the last digits are missing.
    if min(event, plain.never) > 0:
        odds = float(np.log(event) - np.log(plain.never))
        assert forecast.log_odds == pytest.approx(odds, abs=1e-6 + 1e-15 / min(event, plain.never))
    assert forecast.decibans == pytest.approx(forecast.log_odds * 10 / np.log(10), abs=1e-12)


def assert_items_agree(case: Case) -> None:
    engine, plain = Exact(case), Plain(case)
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
    assert_items_agree(case)
    assert_agrees(case)


@pytest.mark.parametrize("seed", SEEDS)
def test_everything_agrees_where_every_feature_is_at_work(seed: int) -> None:
    assert_items_agree(random_case(seed))
    assert_agrees(random_case(seed))
