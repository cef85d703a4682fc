"""S(k), u and P(preparing) against a Monte Carlo of their story: starts, false ones, and what is seen of both."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from forecast.engine.exact import Exact
from forecast.records.case import Case
from tests.builders import day, make_case, make_item, make_question, make_source
from tests.cross_checks.story import Acted, act

Array = NDArray[np.float64]

COUNT = 200_000

AS_OF = 40

PLANS: dict[str, dict[str, Any]] = {
    "plain": {"lead": "3w", "carried_out": 0.5, "unprepared": 0.1},
    "seldom carried out": {"lead": "2w", "carried_out": 0.25, "unprepared": 0.0},
    "mostly unprepared": {"lead": "5w", "carried_out": 0.7, "unprepared": 0.6},
    "short": {"lead": "1w", "carried_out": 0.6, "unprepared": 0.2},
    "capped": {"lead": "8w", "carried_out": 0.12, "unprepared": 0.0},
}

SIGNS = {12: [3.0], 20: [0.4], 33: [2.0, 1.5], 38: [0.7], 39: [4.0]}
"""Ratios of the reports of some days."""


def case_of(plan: str, kind: str) -> Case:
    """Reports of a process behind which one of the plans stands; the other process has no items."""
    prior = {"kind": "elicited", "probability": 0.45, "weeks": [3, 10, 30], "weight": 1.0}
    question = make_question(prior=[prior], weeks=26, **{
        "preparation" if kind == "sign" else "climate": PLANS[plan],
        "climate" if kind == "sign" else "preparation": {"lead": "1w"}})
    items = [make_item(f"report-{number}-{index}", date=day(number), likelihood_ratio={"strike": ratio}, about=kind,
                       says="report") for number, ratios in SIGNS.items() for index, ratio in enumerate(ratios)]
    return make_case(question, items, [make_source()], as_of=day(AS_OF))


def acted(engine: Exact, index: int, event: Array, seed: int) -> Acted:
    """The story of a process in worlds of given events, at the days of its items and at the as-of date."""
    process = engine.case.question.processes[index]
    times = [*engine.processes[index].days.tolist(), engine.case.as_of.toordinal()]
    return act(np.random.default_rng(seed), process, engine.processes[index].share, event, times)


def log_m(engine: Exact, index: int) -> list[float]:
    found: list[float] = engine.by_day(engine.heard.log_lift)[index].tolist()
    return found


def mean_and_error(values: Array) -> tuple[float, float]:
    return float(values.mean()), float(values.std() / np.sqrt(len(values)))


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize(("kind", "index"), [("sign", 0), ("condition", 1)])
def test_the_likelihood_of_a_day_is_that_of_its_story(plan: str, kind: str, index: int) -> None:
    engine = Exact(case_of(plan, kind))
    as_of, said = engine.case.as_of.toordinal(), log_m(engine, index)
    lift = engine.lifts(engine.heard.log_lift)[index]
    never, never_error = mean_and_error(acted(engine, index, np.full(COUNT, np.inf), 0).weight(said))
    for ahead in (1, 10, 60):
        mean, error = mean_and_error(acted(engine, index, np.full(COUNT, as_of + ahead), ahead).weight(said))
        found = float(np.exp(engine.processes[index].log_likelihood(np.array([as_of + ahead]), lift))[0])
        relative = np.hypot(error / mean, never_error / never)
        assert found == pytest.approx(mean / never, rel=4 * relative)
        assert relative < 0.01


def events(engine: Exact, rng: np.random.Generator) -> Array:
    """Days of the event drawn from the prior as of the date, infinite for never at all."""
    mass = engine.prior.since(engine.case.days.first)
    weight = np.append(mass, engine.prior.rest)
    drawn = rng.choice(len(weight), COUNT, p=weight / weight.sum())
    return np.where(drawn < len(mass), engine.case.days.first + drawn, np.inf)


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize(("kind", "index"), [("sign", 0), ("condition", 1)])
def test_whether_it_is_being_prepared_and_what_is_forecast_is_what_the_story_says(
        plan: str, kind: str, index: int) -> None:
    engine = Exact(case_of(plan, kind))
    forecast, event = engine.forecast, events(engine, np.random.default_rng(5))
    story = acted(engine, index, event, 6)
    weight = story.weight(log_m(engine, index))
    by_horizon = event <= engine.case.question.horizon.toordinal()
    soon = event <= forecast.next.until.toordinal()
    found = (forecast.preparing, forecast.climate)[index]
    expected = {"on": story.on[-1], "leads": story.true_on[-1] & by_horizon, "event": by_horizon, "soon": soon}
    stated = {"on": found.now, "leads": found.leads_to_event, "event": forecast.event,
              "soon": forecast.next.probability}
    for name, truth in expected.items():
        mean = float(weight @ truth / weight.sum())
        error = float(np.sqrt((weight**2 * (truth - mean) ** 2).sum()) / weight.sum())
        assert stated[name] == pytest.approx(mean, abs=4 * error), name
        assert error < 0.006
    # Without evidence: the prior of the process, and what u was made for.
    assert found.prior == pytest.approx(story.on[-1].mean(), abs=4 * 0.5 / np.sqrt(COUNT))
    kept = story.true_on[-1].sum() / (story.true_on[-1].sum() + (story.false_on[-1] & ~story.true_on[-1]).sum())
    carried_out = PLANS[plan]["carried_out"]
    assert kept == pytest.approx(carried_out, abs=0.01) if plan != "capped" else kept > carried_out + 0.02


def test_a_false_chain_is_on_a_share_of_the_time_and_forgets_with_its_half_life() -> None:
    half_life, u, times = 14.0, 0.3, [0.0, 5.0, 14.0, 60.0]
    on = act(np.random.default_rng(1), make_question(preparation={"lead": "2w"}).preparation, u,
             np.full(COUNT, np.inf), times).false_on
    for index, time in enumerate(times):
        assert on[index].mean() == pytest.approx(u, abs=4 * 0.5 / np.sqrt(COUNT))
        again = on[index][on[0]].mean()
        assert again == pytest.approx(u + (1 - u) * 2 ** (-time / half_life), abs=4 * 0.5 / np.sqrt(u * COUNT))


@pytest.mark.parametrize("what", ["a report", "the half-life", "the share carried out"])
def test_the_story_would_notice(what: str) -> None:
    """A report that is left out, another half-life and another share take the forecast out of the errors above."""
    case = case_of("plain", "sign")
    engine = Exact(case)
    event = events(engine, np.random.default_rng(5))
    story = acted(engine, 0, event, 6)
    weight = story.weight(log_m(engine, 0))
    mean = float(weight @ story.on[-1] / weight.sum())
    error = float(np.sqrt((weight**2 * (story.on[-1] - mean) ** 2).sum()) / weight.sum())
    other = {"a report": lambda: case.without(["report-20-0"]),
             "the half-life": lambda: case.with_(question={"preparation": {**PLANS["plain"], "lead": "4w"}}),
             "the share carried out": lambda: case.with_(
                 question={"preparation": {**PLANS["plain"], "carried_out": 0.6}})}[what]()
    assert abs(Exact(other).preparing.now - mean) > 4 * error


def test_a_standing_fact_speaks_on_its_last_known_day() -> None:
    item = make_item("stands", date=day(5), likelihood_ratio={"strike": 3}, says="report", standing={"every": "1w"})
    case = make_case(make_question(), [item], [make_source()], as_of=day(19))
    twice = make_item("told", date=day(19), likelihood_ratio={"strike": 9}, says="report")
    assert Exact(case).forecast.event == pytest.approx(
        Exact(make_case(make_question(), [twice], [make_source()], as_of=day(19))).forecast.event, abs=1e-12)
    ended = item.model_copy(update={"standing": item.standing.model_copy(update={"until": day(12)})
                                    if item.standing else None})
    before = make_item("told", date=day(12), likelihood_ratio={"strike": 3}, says="report")
    assert Exact(make_case(make_question(), [ended], [make_source()], as_of=day(19))).forecast.event == pytest.approx(
        Exact(make_case(make_question(), [before], [make_source()], as_of=day(19))).forecast.event, abs=1e-12)
