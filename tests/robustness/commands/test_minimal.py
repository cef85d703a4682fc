"""Questions with next to nothing in them: every verb does its work, and a report of them is drawn."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from forecast.report.folder import write_report
from forecast.workspace.loader import load
from tests.project.report.documents import report_of
from tests.robustness.commands.typed import typed

BARE = "[{kind: elicited, probability: 0.3, weeks: [5, 15, 40], weight: 1}]"
QUESTION = """\
id: strike
title: Will they strike?
resolution: A strike is called.
opens: 2031-03-01
horizon: {horizon}
event: {{id: strike, name: Strike}}
alternatives: [{{id: calm, name: Calm, share: 1}}]
reference: calm
prior: {prior}
"""
SOURCES = "- {id: wire, name: The wire, grade: C}\n"
ITEM = ("- {id: vote, title: They vote, date: 2031-03-01, source: wire, rationale: R, "
        "likelihood_ratio: {strike: 2}}\n")
SCENARIO = "{name: Doubt, question: {preparation: {lead: 4w}}}\n"

MINIMAL: dict[str, tuple[dict[str, str], str]] = {
    "a bare number": ({}, "2031-04-01"),
    "one live day": ({"horizon": "2031-03-02"}, "2031-03-01"),
    "one past case, one item": ({"prior": "[{kind: reference_class, file: cases.csv, weight: 1}]", "item": ITEM,
                                 "cases.csv": "case,weeks,outcome,weight\nDocks,12,event,1\n"}, "2031-12-30")}
"""What each has, and the as-of date."""

VERBS = (("check",), ("update",), ("explain",), ("explain", "vote"), ("watch",), ("sensitivity",),
         ("compare",), ("plot", "fan"), ("plot", "ledger"), ("plot", "timeline"),
         ("plot", "history"), ("panel",), ("breakeven", "vote", "--target", "0.5"), ("score",),
         ("backtest", "--jobs", "1", "--no-charts"), ("alert", "--since", "2031-03-01", "--points", "100"))
"""Every verb that works on a question as of a date, but for those that sample or serve."""

REFUSED = {"explain vote", "breakeven vote --target 0.5", "plot timeline", "plot history", "panel", "score"}
"""What may be refused, in words: there is no item, no report, or no second opinion."""


def workspace(root: Path, kind: str) -> date:
    """Write a question of a kind; the date as of which it is asked."""
    parts, as_of = MINIMAL[kind]
    files = {"priors/question.yaml": QUESTION.format(horizon=parts.get("horizon", "2031-12-31"),
                                                     prior=parts.get("prior", BARE)),
             "priors/sources.yaml": SOURCES if "item" in parts else "[]\n", "priors/groups.yaml": "[]\n",
             "priors/cases.csv": parts.get("cases.csv", ""), "evidence/scenarios/doubt.yaml": SCENARIO,
             "evidence/2031-03.yaml": parts.get("item", "")}
    for path, text in files.items():
        if text:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
    return date.fromisoformat(as_of)


@pytest.mark.parametrize("kind", MINIMAL)
def test_every_verb_does_its_work_on_next_to_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                    kind: str) -> None:
    as_of = workspace(tmp_path, kind)
    monkeypatch.chdir(tmp_path)
    for words in VERBS:
        dated = () if words[0] == "backtest" else ("--as-of", str(as_of))
        done = typed(monkeypatch, *words, *dated)
        assert b"a fault of the program" not in done.err, (words, done.err)
        assert done.code == 0 or " ".join(words) in REFUSED, (words, done.err)


@pytest.mark.parametrize("kind", MINIMAL)
def test_a_report_of_next_to_nothing_is_drawn(tmp_path: Path, kind: str) -> None:
    as_of = workspace(tmp_path, kind)
    document = report_of(load(tmp_path).case(as_of))
    folder = tmp_path / "drawn"
    folder.mkdir()
    write_report(folder, document, [])
