"""NUTS for PyMC models with continuous unknowns: PyTensor compiles the density, nutpie samples it.

Models of one structure, which differ in their data alone, share what is compiled. The log density and its gradient are
one function, compiled by Numba and kept on disk; what a model reports is read off afterwards, for many draws at once
and with NumPy, which needs no compiler. Why it is done so, what else was tried, and what it takes:
docs/decisions/0004-nuts-backend.md.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, NamedTuple

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
import xarray as xr
from numpy.typing import NDArray
from pytensor.compile.mode import NUMBA
from pytensor.configdefaults import config
from pytensor.gradient import grad
from pytensor.graph.replace import vectorize_graph

from forecast.core.numerics import Array

Numbers = Sequence[NDArray[Any]]

LIBRARY = "nutpie"
"""What samples."""
NAME = f"{LIBRARY} {version(LIBRARY)}"

STATISTICS = {"diverging": "diverging", "energy": "energy", "logp": "lp", "n_steps": "n_steps", "depth": "tree_depth",
              "step_size": "step_size", "mean_tree_accept": "acceptance_rate"}
"""Statistics that are kept of each transition: nutpie's name and ArviZ's."""

_AT_ONCE = 500
"""Draws that are read off at once."""


class Functions(NamedTuple):
    """What is compiled for all models of one structure."""

    density: Callable[..., Sequence[Array]]
    """From the unknowns on the real line, and data, to the log density and its gradient by each."""
    density_data: Sequence[str]
    """Names of the data that `density` takes, in order."""
    report: Callable[..., Sequence[Array]]
    """From many draws of the unknowns on the real line, and data, to what the model reports."""
    report_data: Sequence[str]
    reported: Sequence[str]
    """Names of the free and the deterministic variables, which are reported on their own scale."""


_COMPILED: dict[str, Functions] = {}


def compiled(model: pm.Model, structure: str) -> Functions:
    """Compile a model, or find what was compiled for another one of the same structure, in memory or on disk.

    Arithmetic is strict: it costs no time that could be measured, and code that was compiled just now and code from
    the disk then give the same digits.

    Parameters
    ----------
    model : pm.Model
        The model.
    structure : str
        A name for all models that differ from this one in their data alone.
    """
    if structure not in _COMPILED:
        # Sources of compiled functions would else be left in the system's temporary folder, hundreds with each run.
        sources = str(config.base_compiledir / "sources")
        with config.change_flags(numba__fastmath=False, generated_src_dir=sources, traceback__limit=0):
            density, density_data = _density(model)
            report, report_data, reported = _report(model)
            _COMPILED[structure] = Functions(density, density_data, report, report_data, reported)
    return _COMPILED[structure]


def _density(model: pm.Model) -> tuple[Callable[..., Any], list[str]]:
    values = model.value_vars
    density = model.logp()
    gradient: Any = grad(density, values)
    function = model.compile_fn([density, *gradient], inputs=values, point_fn=False, on_unused_input="ignore",
                                mode=NUMBA)
    return function.vm.jit_fn, [shared.name for shared in function.get_shared()]


def _report(model: pm.Model) -> tuple[Callable[..., Any], list[str], list[str]]:
    reported = [*model.free_RVs, *model.deterministics]
    many = {value: pt.tensor(dtype=value.dtype, shape=(None, *value.type.shape)) for value in model.value_vars}
    data = {variable: variable.type() for variable in model.data_vars}
    outputs = vectorize_graph(model.replace_rvs_by_values(reported), replace=many | data)
    function = pytensor.function([*many.values(), *data.values()], outputs, mode="FAST_COMPILE",
                                 on_unused_input="ignore")
    return function, [variable.name for variable in data], [variable.name for variable in reported]


@dataclass(frozen=True, eq=False)
class Bound:
    """What is compiled, with the data of one model, as functions of one vector that holds all unknowns.

    Attributes
    ----------
    centre : Array
        The middle of the prior, around which chains start; shape (unknown,).
    places : sequence
        Slice of the vector and shape of each of the model's unknowns.
    """

    functions: Functions
    density_data: Numbers
    report_data: Numbers
    centre: Array
    places: Sequence[tuple[slice, tuple[int, ...]]]

    def log_density(self, x: Array) -> tuple[float, Array]:
        """Log density, and its gradient."""
        parts = [x[place].reshape(shape) for place, shape in self.places]
        density, *gradient = self.functions.density(*parts, *self.density_data)
        return float(density), np.concatenate([part.reshape(-1) for part in gradient])

    def report(self, x: Array) -> dict[str, Array]:
        """What the model reports at many points, by name and without what has length 0; from (point, unknown)."""
        blocks = []
        for rows in np.array_split(x, max(1, len(x) // _AT_ONCE)):
            parts = [rows[:, place].reshape(len(rows), *shape) for place, shape in self.places]
            blocks.append(self.functions.report(*parts, *self.report_data))
        values = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
        return {name: value for name, value in zip(self.functions.reported, values, strict=True) if value.size}

    def start(self, seed: int) -> Array:
        """A place for a chain to start from."""
        return self.centre + np.random.default_rng(seed).uniform(-1, 1, len(self.centre))


def bound(model: pm.Model, structure: str) -> Bound:
    """What is compiled for models of a structure, with the data of one."""
    functions = compiled(model, structure)
    data = {variable.name: variable.get_value() for variable in (*model.data_vars, *model.dim_lengths.values())}
    point = model.initial_point()
    middle = [np.asarray(point[variable.name], float) for variable in model.value_vars]
    ends = np.cumsum([part.size for part in middle])
    return Bound(functions, [data[name] for name in functions.density_data],
                 [data[name] for name in functions.report_data], np.concatenate([part.reshape(-1) for part in middle]),
                 [(slice(end - part.size, end), part.shape) for end, part in zip(ends, middle, strict=True)])


@contextmanager
def quiet() -> Iterator[None]:
    """Keep to themselves what PyTensor, Numba, nutpie and ArviZ have to say: nothing that an analyst could act on."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def run(model: pm.Model, structure: str, *, draws: int, tune: int, chains: int, seed: int, target_accept: float,
        progress: bool = False) -> xr.DataTree:
    """Sample a model with NUTS; the same seed gives the same digits, on any number of processors.

    Parameters
    ----------
    model : pm.Model
        The model.
    structure : str
        A name for all models that differ from this one in their data alone.
    draws, tune, chains : int
        Draws kept and used up for tuning in each chain, and the number of chains.
    seed : int
        Seed of the chains.
    target_accept : float
        Mean acceptance at which step sizes aim.
    progress : bool
        Whether to show a progress bar on standard error.

    Returns
    -------
    xr.DataTree
        Groups `posterior` with what the model reports, in its dims (what has length 0 is left out), and `sample_stats`.
    """
    with quiet():
        import nutpie

        problem = bound(model, structure)
        size = problem.centre.shape
        chain = nutpie.compiled_pyfunc.from_pyfunc(
            size[0], lambda: problem.log_density, lambda *_: lambda x: {"x": x}, [np.dtype(float)], [size], ["x"],
            make_initial_point_fn=problem.start)
        # One chain after the other: a third of each step is Python's, and chains side by side wait for its lock longer
        # than they gain. Not blocking, since an interrupt would otherwise be answered with the draws made so far.
        trace = nutpie.sample(chain, draws=draws, tune=tune, chains=chains, seed=seed, target_accept=target_accept,
                              cores=1, progress_bar=progress, save_warmup=False, blocking=False).wait()
        found = problem.report(trace.posterior["x"].values.reshape(-1, *size))
    posterior = {name: (("chain", "draw", *model.named_vars_to_dims.get(name, ())),
                        value.reshape(chains, draws, *value.shape[1:])) for name, value in found.items()}
    statistics = trace.sample_stats.dataset[list(STATISTICS)].rename(STATISTICS)
    return xr.DataTree.from_dict({"posterior": xr.Dataset(posterior), "sample_stats": statistics})
