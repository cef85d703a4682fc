"""Which sampler serves the PyMC engine: every road in processes of its own, first cold and then warm.

    python -m benchmarks.backends [--draws 2000] [--tune 1000] [ROAD ...]

Each road compiles into a folder of its own, once when it is empty and once, in a new process, when it is full. Times
are of the processor, which other work on the machine moves less than the clock; `wall` is the clock. Ratios are to
the first road, within the run.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from benchmarks.cases import case
from forecast.core.cure_model import PastCase
from forecast.records.case import Case
from forecast.records.question import ReferenceClass

CHAINS, SEED, TARGET = 4, 1, 0.9

Road = tuple[Callable[[], Any], Callable[[], Any]]
"""What evaluates the density once, and what samples it."""


def measured_case() -> Case:
    """41 items, 109 weeks, 2 alternatives, 10 sources and all three kinds of prior component."""
    small = case(41, 109, sources=10)
    rng = np.random.default_rng(SEED)
    past = tuple(PastCase(str(index), float(np.round(26 * rng.weibull(1.2) + 1, 1)),
                          ("event", "ended", "censored")[rng.integers(3)]) for index in range(100))
    component = ReferenceClass(kind="reference_class", file="past.csv", weight=0.5)
    question = small.question.model_copy(update={"prior": (component, *small.question.prior)})
    return replace(small, question=question, histories={"past.csv": past})


class Clock:
    """Seconds of the processor and of the wall since it was last asked; children are counted once they have ended."""

    def __init__(self) -> None:
        self._before = self._now()

    @staticmethod
    def _now() -> np.ndarray[Any, Any]:
        spent = os.times()
        return np.array([spent.user + spent.system + spent.children_user + spent.children_system, time.perf_counter()])

    def lap(self, name: str) -> dict[str, float]:
        before, self._before = self._before, self._now()
        cpu, wall = self._before - before
        return {f"{name}_cpu": float(cpu), f"{name}_wall": float(wall)}


def own(model: Any, settings: dict[str, Any]) -> Road:
    """This package's: one function of free shapes from the disk, nutpie in threads."""
    from unittest import mock

    from forecast.engine.nuts import sampler

    functions = sampler.compiled(model)

    def sample() -> Any:
        with mock.patch.object(sampler, "compiled", lambda _: functions):
            return sampler.run(model, **settings, seed=SEED, target_accept=TARGET)

    return (lambda: functions.log_density(functions.centre)), sample


def native(model: Any, settings: dict[str, Any]) -> Road:
    """nutpie's own compilation of a PyMC model."""
    import nutpie

    compiled = nutpie.compile_pymc_model(model)
    return (lambda: None), lambda: nutpie.sample(compiled, **settings, seed=SEED, target_accept=TARGET,
                                                 progress_bar=False, save_warmup=False)


def pymc(mode: str) -> Callable[[Any, dict[str, Any]], Road]:
    """PyMC's NUTS, compiled by Numba or as C."""

    def road(model: Any, settings: dict[str, Any]) -> Road:
        import pymc as pm

        function = model.logp_dlogp_function(ravel_inputs=True, mode=mode)
        function.set_extra_values({})
        point = np.concatenate([np.ravel(value) for value in model.initial_point().values()])

        def sample() -> Any:
            with model:
                return pm.sample(**settings, cores=2, random_seed=SEED, nuts_sampler="pymc", progressbar=False,
                                 target_accept=TARGET, compute_convergence_checks=False, compile_kwargs={"mode": mode})

        return (lambda: function._pytensor_function(point)), sample

    return road


ROADS: dict[str, Callable[[Any, dict[str, Any]], Road]] = {
    "own: nutpie on PyTensor's function": own, "nutpie's own compilation": native,
    "PyMC's NUTS, Numba": pymc("NUMBA"), "PyMC's NUTS, C": pymc("CVM")}


@dataclass(frozen=True)
class Measured:
    """One road with its times, cold and warm."""

    name: str
    cold: dict[str, float]
    warm: dict[str, float]


def child(name: str, settings: dict[str, Any], sampling: bool) -> None:
    """Run one road in this process and print its times."""
    import warnings

    warnings.simplefilter("ignore")
    clock = Clock()
    from forecast.engine.nuts.density import build

    model = build(measured_case())
    times = clock.lap("start")
    first, sample = ROADS[name](model, settings)
    first()
    times |= clock.lap("compile")
    if sampling:
        import arviz as az

        tree = sample()
        times |= clock.lap("sampling")
        posterior = tree["posterior"].dataset
        names = ["reliability", "share_weight", "exposure_rate", "elicited_probability", "reference_scale", "z"]
        times["ess"] = float(min(value.min() for value in az.ess(posterior[names]).data_vars.values()))
        times["event"] = 1 - float(posterior["state_probability"].values[..., -1].sum(axis=-1).mean())
    sys.stdout.write(json.dumps(times) + "\n")


def measure(name: str, arguments: list[str]) -> Measured:
    """Run one road in two new processes on one folder for what they compile."""
    with tempfile.TemporaryDirectory() as folder:
        flags = os.environ | {"PYTENSOR_FLAGS": f"base_compiledir={folder}"}
        runs = [subprocess.run([sys.executable, "-m", "benchmarks.backends", "--child", name, *extra, *arguments],
                               env=flags, check=True, stdout=subprocess.PIPE, text=True).stdout
                for extra in (["--no-sampling"], [])]
    cold, warm = (json.loads(out.splitlines()[-1]) for out in runs)
    return Measured(name, cold, warm)


def line(road: Measured, first: Measured) -> str:
    """One row of the table."""
    warm = road.warm
    rate, best = (each["ess"] / each["sampling_cpu"] for each in (warm, first.warm))
    return (f"| {road.name} | {road.cold['compile_cpu']:.0f} s | {warm['compile_cpu']:.1f} s "
            f"| {warm['sampling_cpu']:.1f} s | {warm['sampling_wall']:.1f} s | {warm['ess']:.0f} | {rate:.0f} "
            f"| {rate / best:.2f} | {warm['event']:.4f} |\n")


def main() -> None:
    """Measure the roads that are named, all by default."""
    parser = argparse.ArgumentParser()
    parser.add_argument("roads", nargs="*")
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--tune", type=int, default=1000)
    parser.add_argument("--child")
    parser.add_argument("--no-sampling", action="store_true")
    given = parser.parse_args()
    if given.child:
        child(given.child, {"draws": given.draws, "tune": given.tune, "chains": CHAINS}, not given.no_sampling)
        return
    sys.stdout.write("| road | compile, cold | compile, warm | sampling | wall | least ESS | ESS/s | ratio | P(event) "
                     "|\n|---|--:|--:|--:|--:|--:|--:|--:|--:|\n")
    first = None
    for name in given.roads or ROADS:
        road = measure(name, ["--draws", str(given.draws), "--tune", str(given.tune)])
        first = first or road
        sys.stdout.write(line(road, first))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
