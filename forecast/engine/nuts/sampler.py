"""NUTS for any PyMC model with continuous unknowns: PyTensor compiles it, nutpie samples it.

The log density, its gradient and what the model reports are one function, compiled by Numba and kept on disk. Its
arguments are arrays of free length, so that other numbers, and more of them, are served by what is already compiled.
Why it is done so, and what else was tried: docs/decisions/0004-nuts-backend.md.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
import pymc as pm
import xarray as xr
from numpy.typing import NDArray
from pytensor.compile.mode import NUMBA
from pytensor.configdefaults import config
from pytensor.gradient import grad

Array = NDArray[np.float64]

NAME = f"nutpie {version('nutpie')}"
"""What samples, and in which version."""

_STATISTICS = {"diverging": "diverging", "energy": "energy", "logp": "lp", "n_steps": "n_steps", "depth": "tree_depth",
               "step_size": "step_size", "mean_tree_accept": "acceptance_rate"}
"""Statistics that are kept of each transition: nutpie's name and ArviZ's."""


@dataclass(frozen=True)
class Compiled:
    """A model as functions of one vector that holds all unknowns on the real line.

    Attributes
    ----------
    centre : Array
        The middle of the prior, around which chains start; shape (unknown,).
    places : list
        Slice of the vector and shape of each of the model's variables.
    names : list of str
        What the model reports: its free and its deterministic variables, on their own scale.
    call : callable
        From one array for each variable to the log density, its gradient by each, and the reported variables.
    """

    centre: Array
    places: Sequence[tuple[slice, tuple[int, ...]]]
    names: Sequence[str]
    call: Callable[..., Sequence[Array]]

    def _evaluate(self, x: Array) -> Sequence[Array]:
        return self.call(*[x[place].reshape(shape) for place, shape in self.places])

    def log_density(self, x: Array) -> tuple[float, Array]:
        """Log density, and its gradient."""
        values = self._evaluate(x)
        return float(values[0]), np.concatenate([part.reshape(-1) for part in values[1:1 + len(self.places)]])

    def report(self, x: Array) -> dict[str, Array]:
        """The reported variables by name, without those of length 0."""
        values = self._evaluate(x)[1 + len(self.places):]
        return {name: value for name, value in zip(self.names, values, strict=True) if value.size}

    def start(self, seed: int) -> Array:
        """A place for a chain to start from."""
        return self.centre + np.random.default_rng(seed).uniform(-1, 1, len(self.centre))


def compiled(model: pm.Model) -> Compiled:
    """Compile a model, or find it on disk.

    Arithmetic is strict: it costs no time that could be measured, and code that was compiled just now and code from
    the disk then give the same digits.
    """
    values, reported = model.value_vars, [*model.free_RVs, *model.deterministics]
    density = model.logp()
    gradient: Any = grad(density, values)
    outputs = [density, *gradient, *model.replace_rvs_by_values(reported)]
    with config.change_flags(numba__fastmath=False):
        function = model.compile_fn(outputs, inputs=values, point_fn=False, on_unused_input="ignore",
                                    mode=NUMBA)
    call, data = function.vm.jit_fn, [shared.get_value() for shared in function.get_shared()]
    point = model.initial_point()
    middle = [np.asarray(point[variable.name], float) for variable in values]
    ends = np.cumsum([part.size for part in middle])
    return Compiled(np.concatenate([part.reshape(-1) for part in middle]),
                    [(slice(end - part.size, end), part.shape) for end, part in zip(ends, middle, strict=True)],
                    [variable.name for variable in reported], lambda *arrays: call(*arrays, *data))


def run(model: pm.Model, *, draws: int, tune: int, chains: int, seed: int, target_accept: float,
        progress: bool = False) -> xr.DataTree:
    """Sample a model with NUTS; the same seed gives the same digits, on any number of processors.

    Returns
    -------
    xr.DataTree
        Groups `posterior` with what the model reports, in its dims (what has length 0 is left out), and `sample_stats`,
        whose attributes say how it was sampled.
    """
    with warnings.catch_warnings():
        # What PyTensor, Numba and nutpie have to say about each other is nothing that an analyst could act on.
        warnings.simplefilter("ignore")
        import nutpie

        functions = compiled(model)
        example = functions.report(functions.start(seed))
        # Each variable has its own dtype and shape; dims and coordinates are put on afterwards.
        problem = nutpie.compiled_pyfunc.from_pyfunc(
            len(functions.centre), lambda: functions.log_density, lambda *_: functions.report,
            [value.dtype for value in example.values()], [value.shape for value in example.values()], list(example),
            make_initial_point_fn=functions.start)
        # One chain after the other: a third of each step is Python's, and chains side by side wait for its lock longer
        # than they gain. Not blocking, since an interrupt would otherwise be answered with the draws made so far.
        trace = nutpie.sample(problem, draws=draws, tune=tune, chains=chains, seed=seed, target_accept=target_accept,
                              cores=1, progress_bar=progress, save_warmup=False, blocking=False).wait()
    posterior = {name: (("chain", "draw", *model.named_vars_to_dims.get(name, ())), trace.posterior[name].values)
                 for name in example}
    used = {name for dims, _ in posterior.values() for name in dims}
    coords = {name: list(values) for name, values in model.coords.items() if name in used and values is not None}
    statistics = trace.sample_stats.dataset[list(_STATISTICS)].rename(_STATISTICS)
    statistics.attrs = {"sampler": NAME, "seed": seed, "target_accept": target_accept}
    return xr.DataTree.from_dict({"posterior": xr.Dataset(posterior, coords), "sample_stats": statistics})
