"""The right of the page: the probability in words, its curve over the base case's, hypotheses, and the ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from forecast.analysis.attribution import ledger
from forecast.analysis.headline import headline_fields
from forecast.analysis.restated import as_ratios
from forecast.analysis.scenarios import Comparison
from forecast.core import text as wording
from forecast.core.text import tenth
from forecast.desk.session import FIRST, SECOND, Sitting
from forecast.engine.forecast import Forecast
from forecast.records.case import Case
from forecast.report.charts.spec import Spec
from forecast.report.charts.style import WIDE
from forecast.report.document import StepRow, curve, question_part, step_rows
from forecast.report.what_if import BaseRow, ComparisonDocument, Difference, MatrixPart, ScenarioRow
from forecast.report.words import change_label, quoted

_ASIS = {"autosize": {"type": "pad"}, "usermeta": {"embedOptions": {"renderer": "svg"}}}
"""A chart keeps the sizes for which it is laid out; the page scales the finished drawing."""

_HELP = {"This change": "What the last change did to the log odds, in decibans (ten are a factor of ten in the odds), "
                        "and to the probability, in percentage points",
         "All changes": "Everything on the desk beside the files as of the same date, as forecast compare prints it"}


def headline(sitting: Sitting) -> Any:
    """The probability, and what changes did; returns the place for the band, which takes longer."""
    forecast, question = sitting.forecast, sitting.case.question
    whose = f": {sitting.who}" if SECOND in sitting.opinions else ""
    made = {"This change": sitting.last_change(), "All changes": sitting.all_changes() if sitting.changes() else None}
    columns = st.columns([6, 3, 3])
    columns[0].container(key="probability").metric(
        f"{quoted(question.event.name)} by {wording.day(question.horizon)}{whose}", tenth(forecast.event))
    for column, (title, each) in zip(columns[1:], made.items(), strict=True):
        column.container(key=title.lower().replace(" ", "-")).metric(
            title, f"{wording.db(each.decibans)} dB" if each else "none",
            f"{wording.points(each.points)} points" if each else None, delta_color="off", delta_arrow="off",
            help=_HELP[title])
    place = st.empty()
    place.markdown(f"**{wording.term(forecast.event).capitalize()}**, as of {wording.day(forecast.as_of)}; …")
    return place


def band(place: Any, forecast: Forecast) -> None:
    """The headline in words, with its band."""
    low, high = forecast.band
    place.markdown(f"**{wording.term(forecast.event).capitalize()}**, as of {wording.day(forecast.as_of)}; 5–95 % "
                   f"band {tenth(low)} to {tenth(high)}. Confidence {wording.confidence(forecast.worth)}: worth "
                   f"{wording.worth(forecast.worth)}.")


def curves(sitting: Sitting) -> None:
    """The cumulative curve over the base case's, other scenarios overlaid."""
    from forecast.report.charts.scenarios import curves as draw

    shown = [(sitting.called(who), sitting.all_changes(who)) for who in sitting.opinions if sitting.changes(who)]
    shown += [(name, sitting.other(name)) for name in st.session_state["beside"]
              if name in sitting.workspace.scenarios]
    base = sitting.ground.forecast
    document = ComparisonDocument(
        question=question_part(base.case), base=BaseRow(**headline_fields(base), curve=curve(base)),
        scenarios=tuple(_scenario(name, each) for name, each in shown), interactions=(),
        matrix=MatrixPart(dates=(), names=(), probability=()))
    _draw(lambda: draw(document, WIDE), "curves", "Cumulative probability of each scenario")
    if len(shown) > 1:
        st.table([{"Beside the base case": quoted(name), "Probability": tenth(each.forecast.event),
                   "Points": wording.points(each.points), "Decibans": wording.db(each.decibans)}
                  for name, each in shown], hide_index=True)


def _scenario(name: str, each: Comparison) -> ScenarioRow:
    moved = Difference(points=each.points, decibans=each.decibans, thirteen_weeks=0.0, preparing=0.0, by=each.by)
    return ScenarioRow(**headline_fields(each.forecast), curve=curve(each.forecast), name=name, title=name, story="",
                       difference=moved, steps=(), weights=())


def _draw(made: Callable[[], Spec], key: str, described: str) -> None:
    st.vega_lite_chart(made() | _ASIS, theme=None, width="content", key=key, alt=described)


def hypotheses(sitting: Sitting) -> None:
    """Each hypothesis beside the base case."""
    base, now = sitting.ground.forecast.hypotheses, sitting.forecast.hypotheses
    names = sitting.case.question.names
    st.table([{"Hypothesis": quoted(names[name]), "Base case": tenth(base[name]) if name in base else "",
               "Now": tenth(value), "Points": wording.points(value - base.get(name, 0.0))}
              for name, value in now.items()], hide_index=True)


def show(sitting: Sitting) -> None:
    """The part of the answers that is chosen."""
    parts = {"Ledger": steps_to_forecast, "What makes the difference": difference, "Two analysts": analysts}
    chosen = st.segmented_control("Show", list(parts), default="Ledger", required=True, key="view",
                                  label_visibility="collapsed")
    parts[chosen or "Ledger"](sitting)


def steps_to_forecast(sitting: Sitting) -> None:
    """The ledger, row by row."""
    rows = step_rows(ledger(sitting.engine()))
    st.table([{"Step": quoted(row.label), "Decibans": wording.db(row.decibans), "Reached": tenth(row.probability)}
              for row in rows], hide_index=True)


def difference(sitting: Sitting) -> None:
    """What makes the difference from the base case, cause by cause."""
    made = sitting.all_changes()
    _table(made, {"Base case": _stated(made.base.case), "Now": _stated(made.forecast.case)})


def _stated(case: Case) -> dict[str, str]:
    """The ratio of the event that each item states."""
    return {item.id: wording.ratio(as_ratios(item, case)[case.question.event.id].stated) for item in case.active}


def _table(made: Comparison, sides: Mapping[str, Mapping[str, str]]) -> None:
    """What makes a difference, with the ratio that both sides state where it comes from an item."""
    causes = [row for row in step_rows(made.steps) if row.kind != "time"]
    if not causes:
        st.caption("Nothing is changed.")
        return
    rows = [{"Cause": quoted(change_label(row)),
             **{name: _side(row, stated) for name, stated in sides.items()},
             "Decibans": wording.db(row.decibans), "Points": wording.points(row.points or 0.0)} for row in causes]
    together = {"Cause": "Together", **dict.fromkeys(sides, ""), "Decibans": wording.db(made.decibans),
                "Points": wording.points(made.points)}
    st.table([*rows, together], hide_index=True)


def _side(row: StepRow, stated: Mapping[str, str]) -> str:
    """What one side states; only an item can be off."""
    off = "off" if row.kind in ("withdrawn", "new", "revised") else ""
    return stated.get(row.id, off)


def analysts(sitting: Sitting) -> None:
    """A second opinion beside the first, and what each item of it makes in decibans."""
    if SECOND not in sitting.opinions:
        st.caption("A second analyst states ratios of their own, from the same files or from a scenario.")
        choices = ["as Analyst A now", "the files", *sorted(sitting.workspace.scenarios)]
        st.selectbox("Analyst B begins with", choices, key="begins")
        st.button("Begin", key="begin", on_click=_begin, args=(sitting,))
        return
    st.button("Send Analyst B away", key="leave", on_click=sitting.leave)
    first, second = sitting.engine(FIRST).forecast, sitting.engine(SECOND).forecast
    st.table([{"": name, "Probability": tenth(each.event), "In words": wording.term(each.event),
               "Decibans": wording.db(each.decibans)} for name, each in ((FIRST, first), (SECOND, second))],
             hide_index=True)
    if first.as_of != second.as_of:
        st.caption("The two look from different dates; set one date to see the difference item by item.")
        return
    _table(sitting.between(), {FIRST: _stated(first.case), SECOND: _stated(second.case)})


def _begin(sitting: Sitting) -> None:
    from forecast.desk.edits import BLANK

    choice = st.session_state["begins"]
    own = {"as Analyst A now": sitting.opinions[FIRST], "the files": BLANK}
    sitting.begin(SECOND, own.get(choice) or sitting.workspace.scenarios[choice])
    sitting.who = SECOND
