"""Evidence-driven forecasts of whether, and when, one event will come.

In a notebook: `case = forecast.load(".").case()`, then `forecast.compare(case, {"doubt": case.with_(…)})`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forecast.case import Case
    from forecast.comparison import compare
    from forecast.errors import ForecastError
    from forecast.exact import Exact
    from forecast.scenario import Scenario
    from forecast.watch import break_even
    from forecast.workspace import load

__all__ = ["Case", "Exact", "ForecastError", "Scenario", "break_even", "compare", "load"]

_HOMES = {"Case": "case", "Exact": "exact", "ForecastError": "errors", "Scenario": "scenario", "break_even": "watch",
          "compare": "comparison", "load": "workspace"}
"""Where each name lives; it is imported when it is first asked for, so that a start stays light."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'forecast' has no attribute '{name}'")
    return getattr(import_module(f"forecast.{_HOMES[name]}"), name)
