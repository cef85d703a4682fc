"""Other roads to the same numbers: plain Monte Carlo, exact inference in Bayesian networks, and bare arithmetic."""

from __future__ import annotations

import time
import warnings

import numpy as np
from tests.second_road.monte_carlo import monte_carlo

from benchmarks.sizes import afresh
from benchmarks.timing import best
from forecast.engine.exact import Exact
from forecast.records.case import Case
from tests.builders import known_source, make_case, make_item, make_question

Line = tuple[str, float, str]
"""What was measured, seconds, and a remark."""


def by_monte_carlo(case: Case, error: float, count: int = 20_000) -> Line:
    """Seconds that plain Monte Carlo needs for a standard error of P(event), from the error of a smaller sample."""
    start = time.perf_counter()
    sample = monte_carlo(case, count, seed=1)
    taken = time.perf_counter() - start
    found = sample.mean(sample.event)[1]
    return (f"plain Monte Carlo to a standard error of {error:g}", taken * float(found / error) ** 2,
            f"{count:,} draws took {taken:.1f} s and left {found:.4f}")


def network(items: int) -> Case:
    """A case that is a Bayesian network: one certain source, no groups, no fading."""
    rng = np.random.default_rng(items)
    question = make_question({"quiet": 0.5, "none": 0.5}, half_life="never")
    stated = [{name: float(rng.uniform(0.05, 0.95)) for name in question.hypotheses} for _ in range(items)]
    return make_case(question, [make_item(f"i{index}", source="known", probability=values)
                                for index, values in enumerate(stated)], [known_source(1.0)])


def by_network(case: Case) -> tuple[Line, Line]:
    """Seconds of the exact engine and of pyAgrum on a network, and what each found."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        from tests.second_road.test_pyagrum import network_posterior
    forecast = Exact(case).forecast
    seconds = best(lambda: afresh(case))
    start = time.perf_counter()
    try:
        found = f"P = {network_posterior(case, forecast.prior)[0]:.9f}"
    except Exception as error:  # of a foreign library: whatever it raises is the result
        found = f"fails: {str(error).splitlines()[0][:80]}"
    return ((f"network of {len(case.items):,} items, exact", seconds, f"P = {forecast.event:.9f}"),
            (f"network of {len(case.items):,} items, pyAgrum", time.perf_counter() - start, found))


def floor(engine: Exact) -> float:
    """Seconds of the arithmetic that quadrature cannot do without, at the speed of this machine's long arrays.

    A logarithm for each item, hypothesis and node; an exponential for each state, alternative and node; and a
    multiplication with addition for each item, state, alternative and node.
    """
    states, alternatives = engine.log_prior.shape
    nodes = [len(each.r) for each in engine.nodes]
    own = [len(members) for members in engine.members]
    logs = sum(n * size * (alternatives + 1) for n, size in zip(own, nodes, strict=True))
    exps = sum(states * alternatives * size for size in nodes)
    products = sum(n * states * alternatives * size for n, size in zip(own, nodes, strict=True))
    values, square = np.linspace(0.1, 1.0, 100_000), np.ones((300, 300))
    return (logs * best(lambda: np.log(values)) + exps * best(lambda: np.exp(values))) / len(values) \
        + products * best(lambda: square @ square) / len(square) ** 3
