"""Saving at the desk: what is asked for before it, what is shown, and what is written once it is confirmed."""

from __future__ import annotations

from datetime import date

from forecast.core.errors import ForecastError
from forecast.desk.controls.naming import label
from forecast.desk.edits import Edits, scenario
from forecast.desk.opinions import filed_reasons, opinion_of
from forecast.desk.page.view import Offer, View, is_blinded
from forecast.desk.proposal import Notes, change_of_files, opinion_file, scenario_file
from forecast.desk.session import Sitting
from forecast.records.opinion import DESK
from forecast.workspace.editing import Proposal, proposal
from forecast.workspace.loader import Workspace


def signed(sitting: Sitting, initials: str, today: date) -> Notes:
    """The reasons for what is changed, each with the day and the initials of whoever gives it."""
    words = {about: " ".join(sitting.reason(about).split()) for about in sitting.explainable}
    return {about: f"{today} {initials}: {text}" for about, text in words.items() if text}


def offer(sitting: Sitting, view: View) -> Offer:
    """What would be written; `ForecastError` if a reason or the initials are missing, or the gate refuses it."""
    return Offer(_proposal(sitting, view), sitting.edits(), sitting.who)


def _proposal(sitting: Sitting, view: View) -> Proposal:
    if view.saving == "scenario":
        file, name = (view.forms.get(box, "").strip() for box in ("file", "name"))
        if not name:
            raise ForecastError("Write a name for the scenario")
        return scenario_file(sitting.workspace, sitting.base().case, sitting.scenario(), file, name,
                             view.forms.get("story", ""))
    initials = view.forms.get("initials", "").strip()
    if missing := missing_reasons(sitting):
        raise ForecastError(f"Say why for: {'; '.join(missing)}")
    if not initials:
        raise ForecastError("Write your initials: they go beside each reason")
    today = date.today()
    notes = signed(sitting, " ".join(initials.split()), today)
    if sitting.who == DESK:
        workspace = sitting.workspace
        is_pooled = workspace.whole.question.prior != workspace.question.prior
        if is_pooled and any(place[2] == "prior" for place in sitting.edits()):
            raise ForecastError("The outside view is pooled from several analysts; let one of them speak, and change "
                                "that analyst's, or write the desk's own into priors/question.yaml")
        return change_of_files(workspace, sitting.base().case, sitting.scenario(), notes, today)
    prior = ("question", sitting.case.question.id, "prior")
    if any(place[:3] == prior for place in sitting.edits()) and is_blinded(sitting, prior):
        raise ForecastError("State all of the outside view, or take back what you have stated of it; an opinion holds "
                            "it whole")
    own, beside = sitting.parted(sitting.who)
    if own:
        return _with_own_items(sitting, own, beside, notes)
    return _opinion(sitting, sitting.workspace, beside, notes)


def _with_own_items(sitting: Sitting, own: Edits, beside: Edits, notes: Notes) -> Proposal:
    """An analyst's own items in the evidence, and what is stated of others in a file of opinions."""
    base = sitting.base(DESK).case
    evidence = {about: note for about, note in notes.items() if any(place[:2] == about for place in own)}
    made = change_of_files(sitting.workspace, base, scenario(base, own), evidence)
    if beside == sitting.filed.get(sitting.who, {}):
        return made
    opinion = _opinion(sitting, made.workspace, beside, notes)
    return proposal(sitting.workspace, {**made.after, **opinion.after}, (*made.left_out, *opinion.left_out))


def _opinion(sitting: Sitting, workspace: Workspace, edits: Edits, notes: Notes) -> Proposal:
    filed = next((each for each in sitting.workspace.opinions if each.analyst.id == sitting.who), None)
    known = filed_reasons(filed) if filed is not None else {}
    whole = known | {about: _appended(known.get(about, ""), note) for about, note in notes.items()}
    return opinion_file(workspace, opinion_of(sitting.seats[sitting.who], sitting.case, edits, whole), notes)


def _appended(note: str, reason: str) -> str:
    """A note with one more line, which ends as it ended."""
    return "\n".join(filter(None, (note.rstrip(), reason))) + "\n" * note.endswith("\n")


def missing_reasons(sitting: Sitting) -> list[str]:
    """What is changed and has no reason yet, as the page calls it."""
    base, now, missing = sitting.base().case, sitting.case, sitting.unexplained
    return [label(base, now, next(place for place in sitting.edits() if place[:len(about)] == about))
            for about in missing]


def write(sitting: Sitting, view: View, offered: Offer) -> str:
    """Write what was shown, all of it or nothing; says what was written."""
    offered.proposal.write()
    files = ", ".join(offered.proposal.after)
    if view.saving == "scenario":
        name = view.forms.pop("file", "").strip()
        sitting.refresh()
        return f"Written: {files}.{_command(sitting, name)}"
    sitting.written()
    return f"Written: {files}"


def _command(sitting: Sitting, name: str) -> str:
    """The command that computes what the desk shows of a scenario; none does where others' opinions are set aside."""
    base = sitting.base().case
    if base != sitting.base(DESK).case:
        return ""
    day = sitting.state.as_of
    dated = "" if day == sitting.workspace.case().as_of else f" --as-of {day}"
    return f" On the command line: forecast compare {name}{dated}"
