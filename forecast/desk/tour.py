"""Five captions that show a new user around."""

from __future__ import annotations

import streamlit as st

CAPTIONS = (
    "**The number.** On the right stands the probability that it comes, in words and with its band. "
    "Nothing that you do here touches a file until you confirm it.",
    "**The items.** On the left are all items, newest first. “Edit” opens one: move its ratio, which says how many "
    "times likelier it is if the event comes; low and high carry the band. The switch takes it out, “Undo” (Ctrl+Z) "
    "brings it back.",
    "**The date.** The slider on the left goes through the weeks: what would we have said then? Sources, the prior and "
    "the indicators have their own tabs; scenarios can be laid over the curve.",
    "**Two of you.** Under “Two analysts” a second opinion begins. Then see, item by item, how many decibans lie "
    "between you. Ten decibans are a factor of ten in the odds.",
    "**Keeping it.** At the foot, save what is on the desk as a scenario, or look at the change of the files "
    "line by line and confirm it. Tab, arrows and space do everything without a mouse.",
)


def begin() -> None:
    """Start at the first caption."""
    st.session_state["tour"] = 0


def show() -> None:
    """The caption that is due; the first one greets whoever opens the page."""
    place = st.session_state.setdefault("tour", 0)
    if place is None:
        return
    last = place + 1 == len(CAPTIONS)
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="tour-box"):
        st.markdown(f"{place + 1} of {len(CAPTIONS)}. {CAPTIONS[place]}", width="stretch")
        st.button("Done" if last else "Next", key="next", on_click=_go, args=(None if last else place + 1,))
        if not last:
            st.button("Not now", key="close-tour", on_click=_go, args=(None,), type="tertiary")


def _go(place: int | None) -> None:
    st.session_state["tour"] = place
