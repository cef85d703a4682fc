"""The page: what is asked on top, what can be changed on the left, what comes of it on the right."""

from __future__ import annotations

import os
from pathlib import Path
from time import perf_counter

import streamlit as st

from forecast.core.errors import ForecastError
from forecast.desk import WORKSPACE, controls, results, saving, tour
from forecast.desk.session import FIRST, SECOND, Sitting, fingerprint
from forecast.report.words import quoted

# Charts are drawn at the width for which they are laid out, and scaled to the room that they have, letters and all.
_LOOK = """<style>
[data-testid="stMainBlockContainer"] {padding: 1.4rem 2rem 4rem; max-width: 120rem}
[data-testid="stMetricValue"] {font-size: 1.6rem; font-weight: 700}
.st-key-probability [data-testid="stMetricValue"] {font-size: 3.6rem; line-height: 1.1; color: #a84800}
:is([class*="st-key-w-grade-"], [class*="st-key-w-indicator-"]) [data-testid="stButtonGroup"]
  {display: flex; align-items: center; justify-content: space-between; gap: 1rem}
:is([class*="st-key-w-grade-"], [class*="st-key-w-indicator-"]) :is([role="radiogroup"], [role="group"])
  {flex: none; width: auto}
:is([class*="st-key-w-grade-"], [class*="st-key-w-indicator-"]), [data-testid="stElementContainer"]:has(svg.marks),
:is([class*="st-key-w-grade-"], [class*="st-key-w-indicator-"]) > *,
[data-testid="stElementContainer"] div:has(svg.marks) {width: 100% !important}
.st-key-list [data-testid="stExpanderDetails"] {padding: .2rem .8rem .4rem; gap: .2rem}
.st-key-list [data-testid="stExpanderDetails"] > div {gap: .2rem}
:is(.st-key-list, .st-key-chosen-item) [data-testid="stHorizontalBlock"], .st-key-chosen-item {flex-wrap: nowrap}
.st-key-list [data-testid="stCheckbox"] p {white-space: normal}
svg.marks {width: 100% !important; height: auto !important}
[data-stale="true"] {opacity: 1 !important}
:focus-visible {outline: 3px solid #0072b2 !important; outline-offset: 2px}
</style>"""


@st.fragment(run_every=1.0)
def watch(root: Path) -> None:
    """Look once a second, and draw the page anew when a file has changed or a click came in with this look."""
    if st.session_state["seen"] != fingerprint(root) or controls.waiting():
        st.rerun()


def page(root: Path) -> None:
    """Draw the page of a workspace."""
    started = perf_counter()
    st.session_state["seen"] = fingerprint(root)
    sitting = _sitting(root)
    controls.catch_up()
    watch(root)
    if sitting is None:
        return
    sitting.refresh()
    st.html(_LOOK)
    _top(sitting)
    left, right = st.columns([5, 7], gap="large")
    # What was asked comes first: the inputs stay as they are while it is read.
    with right:
        place = results.headline(sitting)
        first = perf_counter() - started
        results.curves(sitting)
        results.band(place, sitting.forecast)
        results.hypotheses(sitting)
        results.show(sitting)
        st.caption(f"The number was there after {1000 * first:.0f} ms, all answers "
                   f"after {1000 * (perf_counter() - started):.0f} ms.")
    with left:
        controls.timeline(sitting)
        controls.show(sitting)
    saving.show(sitting)


def _sitting(root: Path) -> Sitting | None:
    """The state of this page; None, and the check's lines, while files are wrong from the start."""
    if "sitting" not in st.session_state:
        try:
            st.session_state["sitting"] = Sitting(root)
        except ForecastError as error:
            _lines(str(error).splitlines())
            return None
    found: Sitting = st.session_state["sitting"]
    return found


def _lines(problems: list[str]) -> None:
    st.error("The files have problems, in the words of forecast check:")
    st.code("\n".join(problems), language=None, wrap_lines=True)


def _top(sitting: Sitting) -> None:
    st.subheader(quoted(sitting.workspace.question.title), anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox("Start from", ["the files", *sorted(sitting.workspace.scenarios)], key="start", width=340)
        st.button("Put on the desk", key="put", on_click=_put, args=(sitting,),
                  help="Replaces what is on the desk; Undo brings it back")
        st.button("Undo", key="undo", on_click=sitting.undo, shortcut="Ctrl+Z", disabled=not sitting.past)
        st.multiselect("Lay scenarios beside it", sorted(sitting.workspace.scenarios), key="beside", width=420)
        st.button("Show me around", key="around", on_click=tour.begin)
        if SECOND in sitting.opinions:
            st.segmented_control("Who moves the sliders?", [FIRST, SECOND], required=True, **controls.bound(
                "who", sitting.who, lambda who: setattr(sitting, "who", who)))
    tour.show()
    if sitting.problems:
        _lines(list(sitting.problems))
        st.caption("Below is the last good state. Mend the file; this goes away by itself.")
    if sitting.refusal:
        st.warning(quoted(sitting.refusal))


def _put(sitting: Sitting) -> None:
    from forecast.desk.edits import BLANK

    name = st.session_state["start"]
    sitting.attempt(lambda: sitting.workspace.scenarios[name].model_copy(update={"name": BLANK.name})
                    if name in sitting.workspace.scenarios else BLANK)


if __name__ == "__main__":
    st.set_page_config(page_title="Forecast desk", layout="wide")
    page(Path(os.environ[WORKSPACE]))
