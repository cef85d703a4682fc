"""The page: what is asked on top, what can be changed on the left, what comes of it on the right."""

from __future__ import annotations

import os
from pathlib import Path
from time import perf_counter

import streamlit as st

from forecast.desk import WORKSPACE, answers, inputs, tour, writing
from forecast.desk.sitting import FIRST, SECOND, Sitting, fingerprint
from forecast.errors import ForecastError
from forecast.report.words import quoted

_LOOK = """<style>
[data-testid="stMainBlockContainer"] {padding: 2.2rem 2rem 4rem; max-width: 110rem}
[data-testid="stMetricValue"] {font-size: 1.6rem; font-weight: 700}
.st-key-probability [data-testid="stMetricValue"] {font-size: 3.6rem; line-height: 1.1; color: #a84800}
[data-stale="true"] {opacity: 1 !important}
:focus-visible {outline: 3px solid #0072b2 !important; outline-offset: 2px}
</style>"""


@st.fragment(run_every=1.0)
def watch(root: Path) -> None:
    """Look at the files once a second, and draw the page anew when one has changed."""
    if st.session_state.get("seen") != fingerprint(root):
        st.rerun()


def page(root: Path) -> None:
    """Draw the page of a workspace."""
    started = perf_counter()
    st.session_state["seen"] = fingerprint(root)
    sitting = _sitting(root)
    watch(root)
    if sitting is None:
        return
    sitting.refresh()
    st.html(_LOOK)
    _top(sitting)
    left, right = st.columns([5, 7], gap="large")
    # What was asked comes first: the rest of the page follows while it is read.
    with right:
        place = answers.headline(sitting)
        took = st.empty()
        took.caption(f"Computed in {1000 * (perf_counter() - started):.0f} ms", width="stretch")
        drawing, table, below = st.container(), st.container(), st.container()
    with left:
        inputs.timeline(sitting)
        names = st.multiselect("Scenarios beside it", sorted(sitting.workspace.scenarios), key="beside")
        inputs.show(sitting)
    with drawing:
        answers.curves(sitting, [name for name in names if name in sitting.workspace.scenarios])
    with table:
        answers.hypotheses(sitting)
    with below:
        answers.show(sitting)
    answers.band(place, sitting.forecast)
    writing.show(sitting)


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
        st.selectbox("Begin with", ["the files", *sorted(sitting.workspace.scenarios)], key="start", width=320)
        st.button("Put on the desk", key="put", on_click=_put, args=(sitting,))
        st.button("Undo", key="undo", on_click=sitting.undo, shortcut="Ctrl+Z")
        st.button("Show me around", key="around", on_click=tour.begin)
        if SECOND in sitting.opinions:
            st.segmented_control("Who moves the sliders?", [FIRST, SECOND], required=True, **inputs.bound(
                "who", sitting.who, lambda who: setattr(sitting, "who", who)))
    tour.show()
    if sitting.problems:
        _lines(list(sitting.problems))
        st.caption("Below is the last good state. Mend the file; this goes away by itself.")
    if sitting.refusal:
        st.warning(quoted(sitting.refusal))


def _put(sitting: Sitting) -> None:
    from forecast.desk.opinion import BLANK

    name = st.session_state["start"]
    sitting.attempt(lambda: sitting.workspace.scenarios[name].model_copy(update={"name": BLANK.name})
                    if name in sitting.workspace.scenarios else BLANK)


if __name__ == "__main__":
    st.set_page_config(page_title="Forecast desk", layout="wide")
    page(Path(os.environ[WORKSPACE]))
