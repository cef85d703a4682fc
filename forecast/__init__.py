"""Will it happen, and when? Evidence-driven forecasts of one event.

In a notebook: `case = forecast.load(".").case()`, then `case.forecast()`, `case.ledger()` and
`forecast.compare(case, {"doubt": case.with_(…)})`.
"""

from lazy_loader import attach

TYPE_CHECKING = False  # what `typing` says too; a start need not load it
if TYPE_CHECKING:
    from forecast.analysis.attribution import leave_one_out as leave_one_out
    from forecast.analysis.attribution import ledger as ledger
    from forecast.analysis.attribution import shapley as shapley
    from forecast.analysis.indicators import break_even as break_even
    from forecast.analysis.indicators import watch as watch
    from forecast.analysis.item_path import paths as paths
    from forecast.analysis.scenarios import compare as compare
    from forecast.analysis.sensitivity import tornado as tornado
    from forecast.core.errors import ForecastError as ForecastError
    from forecast.core.errors import InputError as InputError
    from forecast.engine.exact import Exact as Exact
    from forecast.engine.forecast import Forecast as Forecast
    from forecast.engine.nuts.result import forecast_nuts as forecast_nuts
    from forecast.evaluation.backtest import Dates as Dates
    from forecast.evaluation.backtest import backtest as backtest
    from forecast.evaluation.calibration.study import calibrate as calibrate
    from forecast.records.case import Case as Case
    from forecast.records.evidence import Group as Group
    from forecast.records.evidence import Indicator as Indicator
    from forecast.records.evidence import Item as Item
    from forecast.records.evidence import Source as Source
    from forecast.records.question import Question as Question
    from forecast.records.scenario import Scenario as Scenario
    from forecast.report.notebook import Ledger as Ledger
    from forecast.report.notebook import Plots as Plots
    from forecast.report.notebook import Sensitivity as Sensitivity
    from forecast.workspace.loader import load as load

__version__ = "0.2.0"
"""Version of the distribution, forecast-ledger."""

__getattr__, __dir__, __all__ = attach(__name__, submod_attrs={
    "analysis.attribution": ["leave_one_out", "ledger", "shapley"],
    "analysis.indicators": ["break_even", "watch"],
    "analysis.item_path": ["paths"],
    "analysis.scenarios": ["compare"],
    "analysis.sensitivity": ["tornado"],
    "core.errors": ["ForecastError", "InputError"],
    "engine.exact": ["Exact"],
    "engine.forecast": ["Forecast"],
    "engine.nuts.result": ["forecast_nuts"],
    "evaluation.backtest": ["Dates", "backtest"],
    "evaluation.calibration.study": ["calibrate"],
    "records.case": ["Case"],
    "records.evidence": ["Group", "Indicator", "Item", "Source"],
    "records.question": ["Question"],
    "records.scenario": ["Scenario"],
    "report.notebook": ["Ledger", "Plots", "Sensitivity"],
    "workspace.loader": ["load"],
})
