"""What a notebook shows of a case: pictures of a forecast as Altair charts, its ledger, and its sensitivity."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from forecast.analysis import attribution
from forecast.analysis.sensitivity import tornado as swings_of
from forecast.core.errors import ForecastError, InputError
from forecast.core.text import brief, chance, counted
from forecast.engine.exact import Exact
from forecast.engine.forecast import Forecast
from forecast.records.case import Case
from forecast.records.result import Chance, Result
from forecast.records.types import shown
from forecast.report.charts.bridge import ledger
from forecast.report.charts.drawing import specification, svg
from forecast.report.charts.levels import tornado
from forecast.report.charts.spec import Spec
from forecast.report.charts.style import WIDE
from forecast.report.contents.assembly import answer_fields, chart_document, question_part, step_rows, swing_rows
from forecast.report.contents.track import comparable
from forecast.report.document import Answer, ChartDocument, QuestionPart, StepRow, SwingRow
from forecast.report.pages.plot import picture
from forecast.report.words import quoted

if TYPE_CHECKING:
    import altair
    import pandas as pd

def _chart(spec: Spec) -> altair.LayerChart:
    """A specification as Altair has it; it is known to be valid."""
    import altair

    return altair.LayerChart.from_dict(json.loads(specification(spec)), validate=False)


def _made(argument: str, given: object) -> Forecast:
    """A forecast as it is; `InputError` for anything else."""
    if not isinstance(given, Forecast):
        raise InputError.of(argument, f"{shown(given)} is not a forecast; make one, such as case.forecast()")
    return given


@dataclass(frozen=True)
class Plots:
    """The pictures of a forecast, those of a report, each as an Altair chart.

    `forecast.plot.cumulative().save("fan.svg")` writes one to a file; a notebook shows it.
    """

    forecast: Forecast

    def __post_init__(self) -> None:
        _made("forecast", self.forecast)

    @cached_property
    def _document(self) -> ChartDocument:
        return chart_document(self.forecast)

    def cumulative(self) -> altair.LayerChart:
        """The fan: the chance that it has happened by each date, with its range and key dates."""
        return _chart(picture("fan", self._document))

    def weekly(self) -> altair.LayerChart:
        """The chance of each week."""
        return _chart(picture("weekly", self._document))

    def timeline(self) -> altair.LayerChart:
        """The evidence by date and group, by what it does to the forecast.

        Raises
        ------
        ForecastError
            If there is none.
        """
        return _chart(picture("timeline", self._document))

    def ledger(self) -> altair.LayerChart:
        """From the outside view through silence and each item to the forecast."""
        return _chart(picture("ledger", self._document))

    def history(self, earlier: Iterable[Forecast] | Forecast) -> altair.LayerChart:
        """How the forecast came about: all outcomes in earlier forecasts and in this one.

        Parameters
        ----------
        earlier : iterable of Forecast
            Forecasts of the same question as of earlier dates, in any order; one alone, too.

        Raises
        ------
        ForecastError
            If none of them is an earlier one of this question.
        """
        many = earlier if isinstance(earlier, Iterable) else [earlier]
        known = [Answer(**answer_fields(_made("earlier", each))) for each in many]
        return _chart(picture("history", self._document, comparable(self._document, known)))


class _Shown(Result):
    """A result that a notebook shows as a picture."""

    question: QuestionPart
    as_of: date

    def __init__(self, /, **fields: Any) -> None:
        """Take what a case was read into; `InputError` if it is anything else."""
        try:
            super().__init__(**fields)
        except ValidationError:
            name = type(self).__name__
            raise InputError.of(name, f"is read off a case, and not made by hand; write case.{name.lower()}()"
                                ) from None

    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]  # as in `records.types`

    @abstractmethod
    def _spec(self) -> Spec: ...

    def plot(self) -> altair.LayerChart:
        """The result as an Altair chart."""
        return _chart(self._spec())

    def _repr_html_(self) -> str:
        """What a notebook shows: a line, and the picture."""
        try:
            picture = svg(specification(self._spec()))
        except ForecastError:  # nothing to draw
            picture = ""
        return f"<p>{escape(quoted(self.question.title))}<br>{escape(repr(self))}</p>{picture}"


class Ledger(_Shown):
    """A forecast as a sum: the outside view at the opening, silence, and each active item in date order."""

    steps: tuple[StepRow, ...]
    """What each adds in decibans and points, and the P(event) reached."""

    @classmethod
    def of(cls, case: Case) -> Ledger:
        """The ledger of a case."""
        engine = Exact(case)
        return cls(question=question_part(case), as_of=case.as_of, steps=step_rows(attribution.ledger(engine)))

    def __repr__(self) -> str:
        opening, silence, *items = self.steps
        return (f"Ledger as of {self.as_of}: {chance(opening.probability)} at the opening, "
                f"{chance(silence.probability)} after silence, {chance(self.steps[-1].probability)} with "
                f"{counted(len(items), 'item')}")

    def to_frame(self) -> pd.DataFrame:
        """One row for each step: kind, id, label, decibans, points (from −1 to 1), total and probability reached."""
        import pandas as pd

        return pd.DataFrame([step.model_dump() for step in self.steps])

    def _spec(self) -> Spec:
        return ledger(self.steps, self.as_of, self.question.horizon, WIDE, self.question.opens)


class Sensitivity(_Shown):
    """The forecast with each input at its low and at its high, the widest swing first."""

    event: Chance
    """P(event) as stated."""
    swings: tuple[SwingRow, ...]

    @classmethod
    def of(cls, case: Case) -> Sensitivity:
        """The sensitivity of a case."""
        engine = Exact(case)
        return cls(question=question_part(case), as_of=case.as_of, event=engine.forecast.event,
                   swings=swing_rows(swings_of(case)))

    def __repr__(self) -> str:
        told = f"Sensitivity as of {self.as_of}: {chance(self.event)}; {counted(len(self.swings), 'input')}"
        if not self.swings:
            return told
        widest = self.swings[0]
        return f"{told}, the widest “{brief(quoted(widest.label), 80)}”: {' to '.join(map(chance, widest.probability))}"

    def to_frame(self) -> pd.DataFrame:
        """One row for each input: kind, id, label, low and high, and the headlines with it at its low and its high."""
        import pandas as pd

        stated = {name: [getattr(swing, name) for swing in self.swings]
                  for name in ("kind", "id", "label", "by_file", "low", "high")}
        for name in ("decibans", "probability", "thirteen_weeks", "preparing"):
            for place, end in enumerate(("low", "high")):
                stated[f"{name}_{end}"] = [getattr(swing, name)[place] for swing in self.swings]
        return pd.DataFrame(stated)

    def _spec(self) -> Spec:
        found = tornado(self.swings, self.event, WIDE)
        if found is None:
            raise ForecastError("nothing that was stated has a range; there is nothing to draw")
        return found
