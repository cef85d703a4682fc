"""NUTS for any PyMC model of continuous unknowns: PyTensor compiles it, nutpie samples it.

The log density, its gradient and what the model reports are one function, compiled by Numba and kept on disk. Its
arguments are arrays of free length, so that other data, and more of them, are served by what is already compiled.
Why it is done this way, in numbers: docs/decisions/0004-nuts-backend.md.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from typing import Any

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
import xarray as xr
from numpy.typing import NDArray
from pytensor.compile.mode import NUMBA, Mode
from pytensor.link.numba import NumbaLinker

Array = NDArray[np.float64]

NAME = f"nutpie {version('nutpie')}"
"""What samples, and in which version."""

_STATISTICS = {"diverging": "diverging", "energy": "energy", "logp": "lp", "n_steps": "n_steps", "depth": "tree_depth",
               "step_size": "step_size", "mean_tree_accept": "acceptance_rate"}


class _ParallelLinker(NumbaLinker):
    """Numba functions that let go of Python's lock, so that chains run at the same time in threads."""

    def jit_compile(self, fn_and_cache: tuple[Any, str | None]) -> Callable[..., Any]:
        from pytensor.link.numba.dispatch.basic import numba_njit

        function, key = fn_and_cache
        return numba_njit(function.py_func, final_function=True, cache=key is not None, nogil=True)


def _mode() -> Mode:
    return NUMBA.clone(linker=_ParallelLinker())


@dataclass(frozen=True)
class Compiled:
    """A model's log density with gradient, and what it reports, as functions of one vector of real numbers."""

    model: pm.Model

    @cached_property
    def start(self) -> dict[str, Array]:
        """Where chains start, before the jitter: the centre of each prior, on the real line."""
        point = self.model.initial_point()
        return {variable.name: np.asarray(point[variable.name], float) for variable in self.model.value_vars}

    @cached_property
    def slices(self) -> list[tuple[slice, tuple[int, ...]]]:
        """Place and shape of each unknown in the vector."""
        ends = np.cumsum([value.size for value in self.start.values()])
        return [(slice(end - value.size, end), value.shape) for end, value in zip(ends, self.start.values(), strict=True)]

    @cached_property
    def reported(self) -> list[Any]:
        """Variables of the trace, on their own scale."""
        return [*self.model.free_RVs, *self.model.deterministics]

    @cached_property
    def function(self) -> Callable[..., Sequence[Array]]:
        """Log density, its gradient by each unknown, and the reported variables, of the unknowns' arrays.

        Strict arithmetic costs no time that could be measured and gives the same digits whether the code was
        compiled just now or found on disk.
        """
        model, values = self.model, self.model.value_vars
        density = model.logp()
        outputs = [density, *pt.grad(density, values), *model.replace_rvs_by_values(self.reported)]
        with pytensor.config.change_flags(numba__fastmath=False):
            compiled = model.compile_fn(outputs, inputs=values, mode=_mode(), point_fn=False, on_unused_input="ignore")
        call, data = compiled.vm.jit_fn, [shared.get_value() for shared in compiled.get_shared()]
        return lambda *arguments: call(*arguments, *data)

    def evaluate(self, x: Array) -> Sequence[Array]:
        """All outputs of the function at one point."""
        return self.function(*(x[place].reshape(shape) for place, shape in self.slices))

    def log_density(self, x: Array) -> tuple[float, Array]:
        """Log density and its gradient at one point."""
        density, *rest = self.evaluate(x)
        return float(density), np.concatenate([gradient.ravel() for gradient in rest[:len(self.slices)]])

    def report(self, x: Array) -> dict[str, Array]:
        """The reported variables at one point."""
        values = self.evaluate(x)[1 + len(self.slices):]
        return {variable.name: value for variable, value in zip(self.reported, values, strict=True) if value.size}

    def jittered(self, seed: int) -> Array:
        """A start for a chain."""
        centre = np.concatenate([value.ravel() for value in self.start.values()])
        return centre + np.random.default_rng(seed).uniform(-1, 1, len(centre))


def run(model: pm.Model, *, draws: int, tune: int, chains: int, seed: int, target_accept: float,
        progress: bool = False) -> xr.DataTree:
    """Sample a model.

    Returns
    -------
    xr.DataTree
        `posterior` with the model's free and deterministic variables, in the model's dims (those of length 0 are
        left out); `sample_stats`.
    """
    import nutpie

    compiled = Compiled(model)
    with warnings.catch_warnings():
        # What PyTensor, Numba and nutpie have to say about each other is nothing that an analyst could act on.
        warnings.simplefilter("ignore")
        shapes = {name: value for name, value in compiled.report(compiled.jittered(seed)).items()}
        sampled = nutpie.sample(
            nutpie.compiled_pyfunc.from_pyfunc(
                compiled.size, lambda: compiled.log_density, lambda *_: compiled.report,
                [value.dtype for value in shapes.values()], [value.shape for value in shapes.values()], list(shapes),
                make_initial_point_fn=compiled.jittered),
            draws=draws, tune=tune, chains=chains, seed=seed, target_accept=target_accept, progress_bar=progress,
            save_warmup=False, blocking=False).wait()
    posterior = xr.Dataset({name: (("chain", "draw", *model.named_vars_to_dims.get(name, ())), sampled.posterior[name].values)
                            for name in shapes})
    statistics = sampled.sample_stats.dataset[list(_STATISTICS)].rename(_STATISTICS)
    return xr.DataTree.from_dict({"posterior": posterior, "sample_stats": statistics})
