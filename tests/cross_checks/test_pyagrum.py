"""Exact inference in Bayesian networks by pyAgrum, where the model is one: certain sources, no groups, no fading."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from forecast.records.case import Case
from tests.builders import forecast_of, known_source, make_case, make_item, make_question

with warnings.catch_warnings():
    # SWIG's own types name no module; that warning as an error would end the interpreter.
    warnings.simplefilter("ignore", DeprecationWarning)
    import pyagrum as gum

SEEDS = range(40)


def random_values(rng: np.random.Generator, hypotheses: tuple[str, ...], reference: str) -> dict[str, Any]:
    match rng.integers(3):
        case 0:
            stated = {name: float(rng.uniform(0.05, 0.95)) for name in hypotheses}
            return {"probability": stated, "seen": bool(rng.random() < 0.6)}
        case 1:
            of = {name: int(rng.integers(1, 30)) for name in hypotheses}
            return {"counts": {name: [int(rng.integers(0, total + 1)), total] for name, total in of.items()},
                    "seen": bool(rng.random() < 0.6)}
        case _:
            return {"likelihood_ratio": {name: float(np.exp(rng.normal(0, 1)))
                                         for name in hypotheses if name != reference}}


def random_network_case(seed: int) -> Case:
    """1-4 alternatives and 1-30 items of certain sources."""
    rng = np.random.default_rng(seed)
    names = ["calm", "covert", "partial", "none"][:rng.integers(1, 5)]
    prior = {"kind": "elicited", "probability": float(rng.uniform(0.1, 0.9)), "weeks": [5, 15, 60], "weight": 1.0}
    question = make_question({name: float(rng.uniform(0.1, 1)) for name in names}, [prior],
                             reference=str(rng.choice(names)), half_life="never")
    items = [make_item(f"i{index}", source="known", **random_values(rng, question.hypotheses, question.reference))
             for index in range(rng.integers(1, 31))]
    return make_case(question, items, [known_source(1.0)])


def network_posterior(case: Case, prior: dict[str, float]) -> list[float]:
    """A hypothesis with one child for each item; ratios are virtual evidence on the hypothesis."""
    network = gum.BayesNet()
    root = network.add(gum.LabelizedVariable("hypothesis", "", list(prior)))
    network.cpt(root).fillWith(list(prior.values()))
    evidence: dict[str, Any] = {}
    virtual = np.ones(len(prior))
    for item in case.items:
        if item.likelihood_ratio is not None:
            virtual *= [item.likelihood_ratio[name].stated if name in item.likelihood_ratio else 1.0 for name in prior]
            continue
        child = network.add(gum.LabelizedVariable(item.id, "", ["no", "yes"]))
        network.addArc(root, child)
        for index, name in enumerate(prior):
            if item.counts is not None:
                yes = (item.counts[name].seen + 0.5) / (item.counts[name].of + 1)
            else:
                assert item.probability is not None
                yes = item.probability[name].stated
            network.cpt(child)[{"hypothesis": index}] = [1 - yes, yes]
        evidence[item.id] = "yes" if item.seen else "no"
    inference = gum.LazyPropagation(network)
    inference.setEvidence(evidence | {"hypothesis": list(virtual / virtual.max())})
    inference.makeInference()
    posterior = inference.posterior("hypothesis")
    return [posterior[index] for index in range(len(prior))]


@pytest.mark.parametrize("seed", SEEDS)
def test_posterior_equals_that_of_the_network(seed: int) -> None:
    case = random_network_case(seed)
    forecast = forecast_of(case)
    found = network_posterior(case, forecast.prior)
    assert list(forecast.hypotheses.values()) == pytest.approx(found, rel=1e-5, abs=1e-7)


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
