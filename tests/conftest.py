"""Settings that all tests share."""

from __future__ import annotations

import os
from pathlib import Path

# Tests run in as many processes as there are processors. More threads in each would wait for one another.
os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

from forecast.engine.nuts import kept_code

# Some tests load PyTensor themselves, and the home folder may be read-only.
kept_code.prepare()

# Hypothesis also draws numbers and texts that stand in those modules of this repository that are loaded when a test
# begins. Which these are depends on the tests before it in its process, and so would the cases.
providers.is_local_module_file = lambda _: False

# The same cases on every run, and no clock: a case that fails today fails tomorrow, on any machine.
settings.register_profile("forecast", derandomize=True, deadline=None, database=None, max_examples=20,
                          suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
settings.load_profile("forecast")


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of a run have in common; what is made in it once needs a lock."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no worker is left with it at the end."""
    items.sort(key=lambda item: "slow" not in item.keywords)
