"""The right of the page: the probability in words, its curve over the base case's, hypotheses, and the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from forecast import wording
from forecast.attribution import Step, ledger
from forecast.case import Case
from forecast.comparison import Comparison
from forecast.desk.sitting import FIRST, SECOND, Sitting
from forecast.document import steps
from forecast.posterior import Forecast
from forecast.report.style import Chart
from forecast.report.words import change_label, quoted, tenth
from forecast.watch import as_ratios

_WIDE = 640


def headline(sitting: Sitting) -> Any:
    """The probability, and what changes did; returns the place for the band, which takes longer."""
    forecast, question = sitting.forecast, sitting.case.question
    with st.container(key="probability"):
        st.metric(f"{quoted(question.event.name)} by {wording.day(question.horizon)}: {sitting.who}",
                  tenth(forecast.event))
    band = st.empty()
    last, every = sitting.last_change(), sitting.all_changes()
    columns = st.columns(2)
    for column, title, made in ((columns[0], "This change", last), (columns[1], "All changes", every)):
        column.container(key=title.lower().replace(" ", "-")).metric(
            title, f"{wording.db(made.decibans)} dB" if made else "none yet",
            f"{wording.points(made.points)} points" if made else None, delta_color="off", delta_arrow="off")
    band.markdown(f"**{wording.term(forecast.event).capitalize()}.**")
    return band


def band(place: Any, forecast: Forecast) -> None:
    """The headline in words, with its band."""
    low, high = forecast.band
    place.markdown(f"**{wording.term(forecast.event).capitalize()}**, as of {wording.day(forecast.as_of)}; 5–95 % "
                   f"band {tenth(low)} to {tenth(high)}. Confidence {wording.confidence(forecast.worth)}: worth "
                   f"{wording.worth(forecast.worth)}.")


def curves(sitting: Sitting, names: Sequence[str]) -> None:
    """The cumulative curve over the base case's, other scenarios overlaid."""
    from forecast.report.comparison import charts

    shown = [(who, sitting.all_changes(who)) for who in sitting.opinions]
    shown += [(name, sitting.other(name)) for name in names]
    base = sitting.ground.forecast
    low, high = base.cumulative_band
    document = {
        "question": _question(base.case),
        "base": {"as_of": str(base.as_of), "curve": [
            row | {"low": float(a), "high": float(b)} for row, a, b in zip(_curve(base), low, high, strict=True)]},
        "scenarios": [{"name": name, "as_of": str(each.forecast.as_of), "curve": _curve(each.forecast),
                       "difference": {"decibans": each.decibans, "points": each.points}} for name, each in shown]}
    _draw(charts(document, _WIDE)["curves"], "curves", "Cumulative probability of each scenario")
    if len(shown) > 1:
        st.table([{"Beside the base case": quoted(name), "Probability": tenth(each.forecast.event),
                   "Points": wording.points(each.points), "Decibans": wording.db(each.decibans)}
                  for name, each in shown], hide_index=True)


def _draw(chart: Chart, key: str, described: str) -> None:
    # Altair's check of its own output takes longer than the forecast; the report's tests do it.
    st.vega_lite_chart(chart.to_dict(validate=False), theme=None, width="stretch", key=key, alt=described)


def _question(case: Case) -> dict[str, Any]:
    question = case.question
    return {"title": question.title, "event": question.event.id, "names": question.names,
            "opens": str(question.opens), "horizon": str(question.horizon)}


def _curve(forecast: Forecast) -> list[dict[str, Any]]:
    return [{"last": str(last), "cumulative": float(value)}
            for (_, last), value in zip(forecast.weeks.spans, forecast.cumulative, strict=True)]


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
    """The ledger as the report draws it."""
    from forecast.report.steps import ledger as draw

    engine = sitting.engine()
    document = {"ledger": steps(ledger(engine)), "question": _question(engine.case),
                "evidence": [{"id": item.id, "date": str(item.date)} for item in engine.case.active]}
    _draw(draw(document, _WIDE), "ledger", "Ledger in decibans")


def difference(sitting: Sitting) -> None:
    """What makes the difference from the base case, cause by cause."""
    made = sitting.all_changes()
    _table(made.steps, made)


def _table(rows: Sequence[Step], made: Comparison) -> None:
    moved = [row for row in steps(rows) if row["kind"] != "time"]
    if not moved:
        st.caption("Nothing is changed.")
        return
    st.table([{"Cause": quoted(change_label(row)), "Decibans": wording.db(row["decibans"]),
               "Points": wording.points(row["points"])} for row in moved]
             + [{"Cause": "Together", "Decibans": wording.db(made.decibans), "Points": wording.points(made.points)}],
             hide_index=True)


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
    made = sitting.between()
    _table(made.steps, made)
    _ratios(sitting)


def _ratios(sitting: Sitting) -> None:
    """Stated ratios of the event, where the two differ."""
    stated = []
    for who in (FIRST, SECOND):
        case = sitting.engine(who).case
        stated.append({item.id: as_ratios(item, case)[case.question.event.id].stated for item in case.active})
    differing = [name for name in sorted(stated[0].keys() | stated[1].keys())
                 if stated[0].get(name) != stated[1].get(name)]
    if differing:
        st.table([{"Item": name, **{who: wording.ratio(side[name]) if name in side else "off"
                                    for who, side in zip((FIRST, SECOND), stated, strict=True)}}
                  for name in differing], hide_index=True)


def _begin(sitting: Sitting) -> None:
    from forecast.desk.opinion import BLANK

    choice = st.session_state["begins"]
    own = {"as Analyst A now": sitting.opinions[FIRST], "the files": BLANK}
    sitting.begin(SECOND, own.get(choice) or sitting.workspace.scenarios[choice])
    sitting.who = SECOND
