"""Exact inference in Bayesian networks by pyAgrum: the whole model where it is small, and the chest clinic."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from forecast.records.case import Case
from forecast.records.evidence import Item
from tests.builders import day, forecast_of, make_case, make_item, make_question, make_source
from tests.cross_checks.plain import Plain, Shared, covers, shared

with warnings.catch_warnings():
    # SWIG's own types name no module; that warning as an error would end the interpreter.
    warnings.simplefilter("ignore", DeprecationWarning)
    import pyagrum as gum

Array = NDArray[np.float64]

SEEDS = range(12)

KINDS = ("sign", "condition")


def random_network_case(seed: int) -> Case:
    """Three weeks, one alternative, and reports that were seen or looked for in vain, of either process and of days."""
    rng = np.random.default_rng(seed)
    prior = {"kind": "elicited", "probability": float(rng.uniform(0.2, 0.9)), "weeks": [1, 2, 6], "weight": 1.0}
    processes = {name: {"lead": "1w", "carried_out": float(rng.uniform(0.2, 0.9)),
                        "unprepared": float(rng.uniform(0, 0.5))} for name in ("preparation", "climate")}
    items = []
    for index in range(int(rng.integers(1, 9))):
        kind = ["sign", "condition", "claim"][int(rng.integers(3))]
        first = int(rng.integers(8, 30))
        where = {"window": [day(first), day(first + 5)]} if kind == "claim" else {"about": kind}
        items.append(make_item(f"i{index}", date=day(int(rng.choice([2, 5, 9]))), says="report", **where,
                               probability={name: float(rng.uniform(0.05, 0.95)) for name in ("strike", "calm")},
                               seen=bool(rng.random() < 0.6)))
    return make_case(make_question(prior=[prior], weeks=3, **processes), items, [make_source()], as_of=day(9))


def values(item: Item) -> tuple[float, float]:
    """How likely the thing is to be seen while its process is on, or on the days of a claim, and else."""
    assert item.probability is not None
    return item.probability["strike"].stated, item.probability["calm"].stated


def add_child(network: Any, item: Item, parent: str, on: Array) -> None:
    """An item as a child of its process or, by the days of its window, of the event."""
    network.add(gum.LabelizedVariable(item.id, "", ["no", "yes"]))
    network.addArc(parent, item.id)
    if_on, if_off = values(item)
    for index, there in enumerate(on):
        p = if_on if there else if_off
        network.cpt(item.id)[{parent: index}] = [1 - p, p]


def add_process(network: Any, name: str, process: Shared, days: list[int]) -> str:
    """A preparation or a climate: when the true one began, the false chain, and whether either is on; ends as of a."""
    times = [*process.days, process.as_of]
    start, count = f"{name}-start", len(times)
    network.add(gum.RangeVariable(start, "", 0, count + 1))   # by time j, later, or not at all
    network.addArc("event", start)
    for index, each in enumerate(days):
        by = np.array([process.decay(each - time) for time in times])
        parts = np.diff(np.concatenate([[0.0], by, [1.0]])) * (1 - process.eta)
        network.cpt(start)[{"event": index}] = [*parts, process.eta]
    network.cpt(start)[{"event": len(days)}] = [0.0] * (count + 1) + [1.0]
    for j, time in enumerate(times):
        false, on = f"{name}-false-{j}", f"{name}-on-{j}"
        for each in (false, on):
            network.add(gum.LabelizedVariable(each, "", ["no", "yes"]))
        if j == 0:
            network.cpt(false).fillWith([1 - process.u, process.u])
        else:
            before, decay = f"{name}-false-{j - 1}", process.decay(time - times[j - 1])
            network.addArc(before, false)
            for was, stays in ((0, process.u * (1 - decay)), (1, process.u + (1 - process.u) * decay)):
                network.cpt(false)[{before: was}] = [1 - stays, stays]
        network.addArc(start, on)
        network.addArc(false, on)
        for began in range(count + 2):
            for false_on in (0, 1):
                there = float(began <= j or bool(false_on))
                network.cpt(on)[{start: began, false: false_on}] = [1 - there, there]
    return f"{name}-on-{count - 1}"


def network_posterior(case: Case) -> tuple[Array, dict[str, float]]:
    """P of each day and of never at all, and whether each process is on as of the date."""
    plain, network = Plain(case), gum.BayesNet()
    days = list(plain.prior.days)
    network.add(gum.RangeVariable("event", "", 0, len(days)))
    mass = np.append(plain.prior.masses, plain.prior.never_at_all)
    network.cpt("event").fillWith(list(mass / mass.sum()))
    now = {}
    for kind in KINDS:
        process = shared(plain.prior, plain.heard, kind)
        now[kind] = add_process(network, kind, process, days)
        for item in case.active:
            if item.kind == kind:
                add_child(network, item, f"{kind}-on-{process.days.index(item.date.toordinal())}", np.array([0, 1]))
    for item in case.active:
        if item.window is not None:
            add_child(network, item, "event", np.append(covers(item, days), 0.0))
    inference = gum.LazyPropagation(network)
    inference.setEvidence({item.id: "yes" if item.seen else "no" for item in case.active})
    inference.makeInference()
    found = inference.posterior("event")
    return np.array([found[index] for index in range(len(mass))]), {
        kind: float(inference.posterior(name)[1]) for kind, name in now.items()}


@pytest.mark.parametrize("seed", SEEDS)
def test_posterior_equals_that_of_the_network(seed: int) -> None:
    case = random_network_case(seed)
    forecast, (by_day, now) = forecast_of(case), network_posterior(case)
    live = len(forecast.daily)
    np.testing.assert_allclose(forecast.daily, by_day[:live], rtol=0, atol=1e-9)
    assert forecast.never == pytest.approx(by_day[live:].sum(), abs=1e-9)
    assert forecast.preparing.now == pytest.approx(now["sign"], abs=1e-9)
    assert forecast.climate.now == pytest.approx(now["condition"], abs=1e-9)


def test_networks_hold_items_of_every_kind() -> None:
    kinds = [item.kind for seed in SEEDS for item in random_network_case(seed).active]
    assert set(kinds) == {"sign", "condition", "claim"}
    assert any(len({item.date for item in random_network_case(seed).active}) == 3 for seed in SEEDS)


def chest_clinic() -> Any:
    """Lauritzen & Spiegelhalter (1988, doi:10.1111/j.2517-6161.1988.tb01721.x)."""
    network = gum.fastBN("asia->tub->either->xray;smoke->lung->either->dysp;smoke->bronc->dysp", 2)
    network.cpt("asia").fillWith([0.99, 0.01])
    network.cpt("smoke").fillWith([0.5, 0.5])
    tables = [("tub", "asia", 0.01, 0.05), ("lung", "smoke", 0.01, 0.1), ("bronc", "smoke", 0.3, 0.6),
              ("xray", "either", 0.05, 0.98)]
    for child, parent, without, given in tables:
        network.cpt(child)[{parent: 0}] = [1 - without, without]
        network.cpt(child)[{parent: 1}] = [1 - given, given]
    for one in (0, 1):
        for other in (0, 1):
            either = float(one or other)
            network.cpt("either")[{"tub": one, "lung": other}] = [1 - either, either]
            breathless = {(1, 1): 0.9, (1, 0): 0.7, (0, 1): 0.8, (0, 0): 0.1}[one, other]
            network.cpt("dysp")[{"either": one, "bronc": other}] = [1 - breathless, breathless]
    return network


@pytest.mark.parametrize(("x_ray", "tub", "lung"), [([0, 1], 0.092411, 0.488711), ([0.1, 1], 0.051253, 0.271051)])
def test_our_reading_of_the_chest_clinic_gives_its_published_numbers(
        x_ray: list[float], tub: float, lung: float) -> None:
    inference = gum.LazyPropagation(chest_clinic())
    inference.setEvidence({"xray": x_ray})
    inference.makeInference()
    assert inference.posterior("tub")[1] == pytest.approx(tub, abs=1e-6)
    assert inference.posterior("lung")[1] == pytest.approx(lung, abs=1e-6)
