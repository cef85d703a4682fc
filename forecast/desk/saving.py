"""The foot of the page: the only two ways by which the desk writes, each after a confirmation."""

from __future__ import annotations

import streamlit as st

from forecast.core.errors import ForecastError
from forecast.desk.proposal import change_of_files, scenario_file
from forecast.desk.session import Sitting
from forecast.workspace.editing import Proposal


def show(sitting: Sitting) -> None:
    """“Save as scenario” and “Propose change”."""
    left, right = st.columns(2)
    with left, st.expander("Save as scenario", key="saving"), st.form("scenario", border=False):
        file = st.text_input("File name", placeholder="leak-is-genuine", key="scenario-file")
        name = st.text_input("Name", placeholder="The leak is genuine", key="scenario-name")
        story = st.text_area("Story", placeholder="What is supposed, and why it is worth a look", key="scenario-story")
        if st.form_submit_button("Save"):
            _save(sitting, file.strip(), name.strip(), story)
    with right, st.expander("Propose change of the files", key="proposing"):
        if st.button("Show the change", key="propose"):
            _propose(sitting)
        proposal = st.session_state.get("proposal")
        if proposal is not None:
            _confirm(sitting, proposal)
    if "said" in st.session_state:
        st.success(st.session_state.pop("said"))


def _save(sitting: Sitting, file: str, name: str, story: str) -> None:
    try:
        scenario_file(sitting.workspace, sitting.base.case, sitting.scenario, file, name, story).write()
    except ForecastError as error:
        st.error(str(error))
        return
    st.session_state["said"] = f"Written to evidence/scenarios/{file}.yaml: forecast compare {file}"
    st.rerun()


def _propose(sitting: Sitting) -> None:
    st.session_state["proposal"] = None
    try:
        proposal = change_of_files(sitting.workspace, sitting.base.case, sitting.scenario)
    except ForecastError as error:
        st.error(str(error))
    else:
        st.session_state["proposal"] = (proposal, sitting.scenario)


def _confirm(sitting: Sitting, offered: tuple[Proposal, object]) -> None:
    proposal, scenario = offered
    if scenario != sitting.scenario:
        st.caption("The desk has changed since; show the change again.")
        return
    st.code(proposal.diff, language="diff", wrap_lines=True)
    for line in proposal.left_out:
        st.caption(f"Left out: {line}")
    if st.button("Write these files", key="confirm", type="primary"):
        st.session_state["proposal"] = None
        try:
            proposal.write()
        except ForecastError as error:
            st.error(str(error))
            return
        sitting.settle()
        st.session_state["said"] = f"Written: {', '.join(proposal.after)}"
        st.rerun()
