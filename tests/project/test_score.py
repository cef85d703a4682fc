"""What `forecast score` says: which forecasts it scores, for what, and beside what."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forecast.core import proper_scores as scoring
from forecast.core.equality import differences
from forecast.core.errors import ForecastError, InputError
from forecast.core.text import short
from forecast.engine.exact import Exact
from forecast.evaluation.backtest import Dates, backtest
from forecast.evaluation.batch import run
from forecast.evaluation.resolution import Outcome, judged, log_ratio, outcome, proposals, span
from forecast.evaluation.scoreboard import scoreboard
from forecast.evaluation.scores import (
    Scored,
    SeriesScores,
    SkillRow,
    outside_scores,
    ratio_scores,
    reliability_given,
    scored,
    series_scores,
)
from forecast.records.case import Case
from forecast.records.evidence import Item
from forecast.records.question import Resolution
from forecast.workspace.crowd import Outside
from forecast.workspace.loader import load
from forecast.workspace.stored.issued import Series, _by_day, series_of
from tests.builders import OPENS, day, make_case, make_item, make_question, make_source
from tests.project.report.documents import case_of
from tests.robustness.reading.example import FILES, QUESTION, SOURCES
from tests.stored import content_of, store, store_backtest

EXPOSURE = {"kind": "exposure", "events": 1, "weeks": 30, "weight": 0.5}
JUDGED = {"kind": "elicited", "probability": 0.4, "weeks": [5, 15, 40], "weight": 0.5}


def strike(came: date | None, items: Iterable[Item] = (), **fields: Any) -> Case:
    """A question of forty weeks that is resolved, with two key dates."""
    given: dict[str, Any] = {"prior": [EXPOSURE, JUDGED], "key_dates": [day(60), day(140)],
                             "preparation": {"lead": "10d"}} | fields
    question = make_question({"calm": 0.6, "slow": 0.4}, **given)
    known = Resolution(outcome="strike", date=came) if came else Resolution(outcome="calm", date=question.horizon)
    return make_case(question.model_copy(update={"resolved": known}), items, [make_source()])


ITEMS = (make_item("vote", date=day(9), likelihood_ratio={"strike": 3}),
         make_item("leader", date=day(20), likelihood_ratio={"strike": 2}, window=[day(21), day(50)]),
         make_item("offer", date=day(70), likelihood_ratio={"strike": 0.3, "calm": 0.9}))


def stored_rows(case: Case, dates: Dates) -> dict[str, Any]:
    """The backtest of a case as it is written."""
    return backtest([case], dates)[0].document().model_dump(mode="json")


def scores_of(found: Scored | None, **others: Iterable[Outside]) -> SeriesScores:
    """The scores of a series that has some."""
    assert found is not None
    return series_scores(found, "backtest strike", others)


def skill_of(found: Scored | None, baseline: str) -> SkillRow:
    """Scores beside those of a baseline."""
    return next(row for row in scores_of(found).skill if row.name == baseline)


def series(case: Case, folder: Path, dates: Dates | None = None) -> Series:
    """The backtest of a case, written and read back."""
    store_backtest(folder, stored_rows(case, dates or Dates(every=14)))
    (found,) = series_of(folder / "reports", "strike", {}).series
    return found


def scored_case(case: Case, folder: Path, as_of: date | None = None) -> Scored:
    found = scored(case.question, outcome(case.question, as_of), series(case, folder))
    assert found is not None
    return found


def test_what_was_written_is_read_back_for_every_day(tmp_path: Path) -> None:
    case = strike(day(100), ITEMS)
    for issued in series(case, tmp_path).forecasts:
        forecast = Exact(case.at(issued.as_of)).forecast
        steps = [(6, 1e-9), (69, 1e-9), (3, 1e-3), (200, 1e-3)]   # week ends, and days between them
        steps += [((each - issued.as_of).days, 1e-9) for each in case.question.key_dates]
        for step, error in steps:
            then = issued.as_of + timedelta(step)
            if issued.as_of < then <= case.question.horizon:
                assert issued.by(np.array([then.toordinal()])) == pytest.approx([forecast.by(then)], abs=error)
        assert issued.by(np.array([issued.as_of.toordinal()])) == 0
        assert np.isnan(issued.by(np.array([case.question.horizon.toordinal() + 1]))).all()


def test_a_key_date_whose_sum_is_rounded_below_the_weeks_before_it_is_scored() -> None:
    ends = [day(0), day(7), day(14)]
    found = _by_day(ends, [0.1, 0.2], {str(day(8)): 0.1 - 2e-16, str(day(14)): 0.3})
    days = np.array(list(found.values()))
    assert (np.diff(days) >= 0).all()
    assert days == pytest.approx([0, 0.1, 0.1, 0.3], abs=1e-15)
    assert np.isfinite(scoring.timing(days, None))


def test_reports_are_scored_as_backtests_are(tmp_path: Path) -> None:
    case = strike(day(100), ITEMS)
    dates = Dates(day(14), day(42), 28)
    for row in backtest([case], dates)[0].rows:
        store(tmp_path, content_of(case.at(row.as_of)))
    store_backtest(tmp_path, stored_rows(case, dates))
    known = outcome(case.question)
    found = series_of(tmp_path / "reports", "strike", {}).series
    both = {each.name: scored(case.question, known, each) for each in found}
    assert set(both) == {"reports", "backtest strike"}
    one, other = (scores_of(each).model_dump(mode="json") for each in both.values())
    assert differences(one, other) == []
    assert one["forecasts"] == 2


def test_a_file_that_is_no_backtest_is_refused_by_its_name(tmp_path: Path) -> None:
    series(strike(day(100)), tmp_path)
    path = tmp_path / "reports/backtest/strike.json"
    for text in ("{", "[]", '{"rows": []}', '{"rows": [{}]}',
                 '{"question": {"id": "strike"}, "rows": [{"as_of": "2031-03-01"}]}'):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ForecastError, match=r"strike\.json: .*run forecast backtest again"):
            series_of(tmp_path / "reports", "strike", {})


def test_forecasts_from_before_the_opening_are_scored(tmp_path: Path) -> None:
    fields = {"asked": day(-20), "key_dates": [day(0), day(60)]}
    case = strike(day(100), [make_item("sign", date=day(-25), likelihood_ratio={"strike": 4})], **fields)
    found = scored_case(case, tmp_path)
    assert [each.as_of for each in found.forecasts[:3]] == [day(-20), day(-6), day(8)]
    early = Exact(case.at(day(-20))).forecast
    for then in (day(0), day(6), day(60)):
        column = (then - day(0)).days
        assert found.cumulative["forecast"][0, column] == pytest.approx(early.by(then), abs=1e-9)
    assert 0 < found.cumulative["forecast"][0, 3] < early.by(day(6))
    assert {entry.by: entry.pairs for entry in scores_of(found).deadlines} == {day(0): 2, day(60): 6, day(279): 9}
    others = [Outside(date=day(-20), by=day(-3), probability=0.9), Outside(date=day(-20), by=day(60), probability=0.9)]
    assert (outside_scores(found, "market", others).matched, outside_scores(found, "market", others).left_out) == (1, 1)


def test_reports_of_another_event_are_named_and_not_scored(tmp_path: Path) -> None:
    root = workspace(tmp_path)
    loaded = load(root)
    store(root, content_of(loaded.case(date(2031, 5, 1)), loaded.inputs))
    assert scoreboard([load(root)]).questions[0].speaker == "reports"
    text = (root / QUESTION).read_text(encoding="utf-8")
    for old, new in (("id: strike", "id: lockout"), ("outcome: strike", "outcome: lockout")):
        assert old in text
        text = text.replace(old, new)
    (root / QUESTION).write_text(text, encoding="utf-8")
    for path in (root / "evidence").rglob("*.yaml"):
        path.write_text(path.read_text(encoding="utf-8").replace("strike:", "lockout:"), encoding="utf-8")
    with pytest.raises(ForecastError, match="report of 2031-05-01: asks for strike, and the question now for lockout"):
        scoreboard([load(root)])


def test_other_files_beside_backtests_are_not_taken_for_them(tmp_path: Path) -> None:
    root = workspace(tmp_path)
    (path,) = run([root], Dates(every=56), jobs=1)
    for name in ("copy.json", f"{path.stem}-copy.json", ".x.json", "notes.json"):
        path.with_name(name).write_bytes(path.read_bytes() if "copy" in name else b"[]")
    (question,) = scoreboard([load(root)]).questions
    assert set(question.series) == {question.speaker} == {f"backtest {path.stem}"}
    copies = ("copy", f"{path.stem}-copy")
    assert question.stale == tuple(f"backtest {name}: is a copy of {path.stem}; remove it" for name in copies)
    for name in copies:
        path.with_name(f"{name}.json").unlink()
    path.rename(path.with_name(f"{path.stem}-known-then.json"))
    with pytest.raises(ForecastError, match="every-8w-known-then: was renamed, for it has what was public then"):
        scoreboard([load(root)])
    path.with_name(f"{path.stem}-known-then.json").rename(tmp_path.with_name(f"{tmp_path.name}.json"))
    path.symlink_to(tmp_path.with_name(f"{tmp_path.name}.json"))
    with pytest.raises(ForecastError, match="a link leads out of the workspace"):
        scoreboard([load(root)])


def test_a_question_without_outcome_is_not_scored() -> None:
    question = make_question(key_dates=[day(60), day(140)])
    with pytest.raises(ForecastError, match=r"write `resolved: \{outcome: strike, date: YYYY-MM-DD\}`"):
        outcome(question)


def test_whoever_names_a_date_says_that_the_event_had_not_come_by_it(tmp_path: Path) -> None:
    case = strike(None, ITEMS)
    opened = replace(case, question=case.question.model_copy(update={"resolved": None}))
    found = scores_of(scored_case(opened, tmp_path, as_of=day(139)))
    assert [(entry.by, entry.outcome) for entry in found.deadlines] == [(day(60), 0)]
    assert found.until == day(139)
    assert scored(opened.question, outcome(opened.question, day(59)), series(opened, tmp_path)) is None


def test_an_event_is_unknown_until_it_came() -> None:
    question = strike(day(100)).question
    assert outcome(question) == Outcome(day(100), question.horizon)
    assert outcome(question, day(100)) == Outcome(day(100), day(100))
    assert outcome(question, day(99)) == Outcome(None, day(99))
    assert outcome(question, day(9999)).until == question.horizon


def test_each_deadline_has_its_outcome_and_no_forecast_after_it_counts(tmp_path: Path) -> None:
    case = strike(day(100), ITEMS)
    found = scores_of(scored_case(case, tmp_path))
    expected = {day(60): (0, 5), day(140): (1, 8), case.question.horizon: (1, 8)}
    assert {entry.by: (entry.outcome, entry.pairs) for entry in found.deadlines} == expected
    assert found.all.pairs == 21
    assert (found.first, found.last) == (OPENS, day(98))


def test_scores_are_those_of_the_probabilities_that_were_stated(tmp_path: Path) -> None:
    case = strike(day(100), ITEMS)
    rows = backtest([case], Dates(every=14))[0].rows
    found = {entry.by: entry for entry in scores_of(scored_case(case, tmp_path)).deadlines}
    early = [row.by[day(60)] for row in rows if row.as_of < day(60)]
    late = [row.by[day(140)] for row in rows]
    assert found[day(60)].brier.mean == pytest.approx(np.mean(np.square(early)))
    assert found[day(140)].log.mean == pytest.approx(-np.mean(np.log(late)))


def test_the_timing_score_is_that_of_the_daily_curve(tmp_path: Path) -> None:
    case = strike(day(100), ITEMS)
    known = day(120)   # the days after it are censored
    rows = scores_of(scored_case(case, tmp_path, as_of=known)).by_date
    for row in rows:
        forecast = Exact(case.at(row.as_of)).forecast
        days = [forecast.as_of + timedelta(step) for step in range(1, (known - forecast.as_of).days + 1)]
        brute = sum((forecast.by(each) - (each >= day(100))) ** 2 for each in days) / 7
        assert row.crps == pytest.approx(brute, abs=1e-3), "between week ends it is linear"


def test_baselines_are_what_their_names_say(tmp_path: Path) -> None:
    case = strike(day(100), ITEMS)
    found = scored_case(case, tmp_path).cumulative
    rate = case.question.model_copy(update={"prior": tuple(part for part in case.question.prior
                                                           if part.kind == "exposure")})
    bare = replace(case, items=())
    horizon = (case.question.horizon - OPENS).days
    for row, as_of in enumerate(day(14 * step) for step in range(8)):
        later = as_of + timedelta(41)
        column = (later - OPENS).days
        assert found["prior"][row, column] == pytest.approx(Exact(bare.at(as_of)).forecast.by(later), abs=1e-9)
        alone = Exact(replace(bare, question=rate).at(as_of)).forecast
        assert found["exposure"][row, column] == pytest.approx(alone.by(later), abs=1e-9)
        waited = 30 / (30 + 1 / 7 + (as_of - OPENS).days / 7)
        reached = 30 / (30 + 1 / 7 + horizon / 7)
        assert found["exposure"][row, horizon] == pytest.approx(1 - (reached / waited) ** 1.5, abs=1e-9)
        assert found["half"][row, column] == 0.5
        if row:
            assert found["previous"][row, column] == found["forecast"][row - 1, column]
    assert np.isnan(found["previous"][0, 1:]).all()


def test_without_an_exposure_prior_there_is_no_such_baseline(tmp_path: Path) -> None:
    found = scored_case(strike(day(100), prior=[JUDGED]), tmp_path)
    assert "exposure" not in {row.name for row in scores_of(found).skill}


def test_a_forecast_without_evidence_has_no_skill_against_its_prior(tmp_path: Path) -> None:
    row = skill_of(scored_case(strike(day(100)), tmp_path), "prior")
    assert [each.skill for each in (row.brier, row.log, row.crps)] == pytest.approx([0, 0, 0], abs=1e-12)


def test_skill_compares_the_same_pairs_only(tmp_path: Path) -> None:
    case = strike(day(100), ITEMS)
    found = scored_case(case, tmp_path)
    previous, half = skill_of(found, "previous"), skill_of(found, "half")
    assert previous.pairs == 21 - 3   # the first date has no forecast before it
    pairs = found.pairs("previous")
    ours = scoring.brier(found.at_deadlines("forecast", pairs), found.outcomes(pairs))
    assert previous.brier.score == pytest.approx(ours.mean())
    assert half.brier.baseline == 0.25
    assert half.log.baseline == pytest.approx(np.log(2))


def test_better_evidence_scores_better(tmp_path: Path) -> None:
    """A negative control: evidence that points the wrong way must lose against the prior."""
    right = make_item("sign", date=day(3), likelihood_ratio={"strike": 6})
    wrong = make_item("sign", date=day(3), likelihood_ratio={"strike": 1 / 6})
    skills = [skill_of(scored_case(strike(day(100), [item]), tmp_path), "prior").log.skill for item in (right, wrong)]
    assert (skills[0] or 0) > 0 > (skills[1] or 0)


def test_outside_forecasts_are_matched_with_the_newest_of_ours_that_knew_no_more(tmp_path: Path) -> None:
    found = scored_case(strike(day(100), ITEMS), tmp_path)   # every fourteen days from the opening
    matched = [Outside(date=day(30), by=day(60), probability=0.1), Outside(date=day(28), by=day(61), probability=0.2)]
    left = [Outside(date=day(35), by=day(60), probability=0.9),    # ours is seven days old
            Outside(date=day(-1), by=day(60), probability=0.9),    # we had none
            Outside(date=day(30), by=day(30), probability=0.9),    # its deadline is over
            Outside(date=day(100), by=day(140), probability=0.9),  # the event has come
            Outside(date=day(30), by=day(9999), probability=0.9)]  # not decided
    result = outside_scores(found, "market", [*matched, *left])
    assert (result.matched, result.left_out) == (2, 5)
    assert result.brier is not None
    assert result.brier.baseline == pytest.approx((0.1**2 + 0.2**2) / 2)
    ours = [found.cumulative["forecast"][2, column] for column in (60, 61)]
    assert result.brier.score == pytest.approx(np.mean(np.square(ours)))
    assert outside_scores(found, "market", left).log is None


def test_files_of_outside_forecasts_are_checked_in_one_pass(tmp_path: Path) -> None:
    folder = workspace(tmp_path) / "priors/outside"
    folder.mkdir()
    assert load(tmp_path).crowds == {}
    (folder / "market.csv").write_text("by,note,date,probability\n2031-06-30,x,2031-04-01,0.25\n\n"
                                       "2031-06-30,,2031-04-02,1\n", encoding="utf-8")
    assert load(tmp_path).crowds["market"].forecasts == (
        Outside(date=date(2031, 4, 1), by=date(2031, 6, 30), probability=0.25),
        Outside(date=date(2031, 4, 2), by=date(2031, 6, 30), probability=1.0))
    (folder / "wrong.csv").write_text("date,by,probability\n2031-4-1,2031-06-30,0.2\n2031-04-01,2031-06-30,200 %\n",
                                      encoding="utf-8")
    (folder / "bare.csv").write_text("date,by\n2031-04-01,2031-06-30\n", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        _ = load(tmp_path).crowds
    assert [(problem.file, problem.line, problem.field) for problem in refused.value.problems] == [
        ("priors/outside/bare.csv", 1, ""), ("priors/outside/wrong.csv", 2, "date"),
        ("priors/outside/wrong.csv", 3, "probability")]


def claims_of(item: Item, came: date | None, until: date | None = None) -> tuple[date, bool] | None:
    """When it was known what became of an item, and whether it came."""
    case = strike(came)
    found = judged([item], case, outcome(case.question, until))
    return (found[0].known, found[0].came) if found else None


def test_a_dated_claim_is_judged_by_its_window() -> None:
    claim = make_item("claim", date=day(5), likelihood_ratio={"strike": 3}, window=[day(20), day(50)])
    assert claims_of(claim, day(30)) == (day(30), True)
    assert claims_of(claim, day(10)) == (day(10), False)
    assert claims_of(claim, day(100)) == (day(50), False)
    assert claims_of(claim, None, until=day(49)) is None
    assert claims_of(claim.model_copy(update={"retracted": day(6)}), day(30)) is None
    assert claims_of(claim.model_copy(update={"date": day(31)}), day(30)) is None


def test_a_sign_is_judged_by_an_event_within_its_lead() -> None:
    fact = make_item("fact", date=day(5), likelihood_ratio={"strike": 3})
    assert span(fact, strike(None).question, day(200)) == (day(6), day(15))
    assert claims_of(fact, day(15)) == (day(15), True)
    assert claims_of(fact, day(16)) == (day(15), False)
    assert claims_of(fact, None, until=day(14)) is None
    standing = make_item("still", date=day(5), likelihood_ratio={"strike": 3}, standing={"every": "4w"})
    assert claims_of(standing, day(90)) == (day(90), True)


def test_what_was_over_before_the_question_opened_is_not_judged() -> None:
    over = make_item("over", date=day(-30), likelihood_ratio={"strike": 3}, window=[day(-20), day(-1)])
    until_the_opening = make_item("until", date=day(-30), likelihood_ratio={"strike": 3}, window=[day(-20), OPENS])
    sign = make_item("sign", date=day(-30), likelihood_ratio={"strike": 3})
    for came in (day(1), day(30), None):
        assert claims_of(over, came) is None
        assert claims_of(sign, came) is None
    assert claims_of(until_the_opening, day(1)) == (OPENS, False)
    case = strike(None)
    drafts = [draft("over", 3, date=day(-30), window=[day(-20), day(-1)])]
    assert proposals(drafts, case.items, case.sources, case, outcome(case.question)) == []


@pytest.mark.parametrize("came", [day(30), None])
def test_what_leans_neither_way_is_neither_right_nor_wrong(came: date | None) -> None:
    case = strike(came)
    said = {"probability": {"strike": 0.3, "calm": 0.3, "slow": 0.3}, "likelihood_ratio": None}
    item = draft("even", 1, **said)
    assert log_ratio(item, case) != 0  # by rounding
    claims = judged([item, draft("for", 3), draft("against", 0.3)], case, outcome(case.question))
    assert [(claim.right, claim.wrong) for claim in claims] == [
        (False, False), (came is not None, came is None), (came is None, came is not None)]
    assert proposals([item], case.items, case.sources, case, outcome(case.question)) == []
    (row, *_) = ratio_scores(claims, [0.5] * 3)
    assert (row.items, row.right, row.wrong) == (3, 1, 1)


def test_the_ratio_of_an_item_is_that_of_the_event_to_all_else() -> None:
    case = strike(None)
    item = make_item("item", probability={"strike": 0.6, "calm": 0.2, "slow": 0.5})
    assert log_ratio(item, case) == pytest.approx(np.log(0.6 / (0.6 * 0.2 + 0.4 * 0.5)))
    unseen = item.model_copy(update={"seen": False})
    assert log_ratio(unseen, case) == pytest.approx(np.log(0.4 / (0.6 * 0.8 + 0.4 * 0.5)))


def test_the_reliability_given_is_that_of_the_newest_forecast_before_the_outcome(tmp_path: Path) -> None:
    case = strike(day(100), ITEMS)
    claims = judged(case.items, case, outcome(case.question))
    given = reliability_given(claims, series(case, tmp_path))
    found = dict(zip((claim.item.id for claim in claims), given, strict=True))
    then = Exact(case.at(day(42))).forecast   # the window of the leader's claim ends on day 50
    assert found["leader"] == pytest.approx(then.reliability["wire"], abs=1e-9)
    assert found["vote"] == pytest.approx(Exact(case.at(day(14))).forecast.reliability["wire"], abs=1e-9)


def draft(name: str, ratio: float, **fields: Any) -> Item:
    given = {"date": day(5), "likelihood_ratio": {"strike": ratio}, "window": [day(20), day(50)]}
    return make_item(name, **given | fields)


@pytest.mark.parametrize(("ratio", "came", "right"), [(3, day(30), True), (3, None, False), (0.3, None, True),
                                                      (0.3, day(30), False)])
def test_a_claim_that_is_no_item_is_proposed_for_the_record(ratio: float, came: date | None, right: bool) -> None:
    case = strike(came)
    (found,) = proposals([draft("said", ratio)], case.items, case.sources, case, outcome(case.question))
    assert (found.source, found.right, found.known) == ("wire", right, came or day(50))
    assert found.entry == f"- {{date: {found.known}, right: {int(right)}, wrong: {int(not right)}, note: said}}"


def test_nothing_is_proposed_for_items_nor_twice_nor_without_an_outcome() -> None:
    item = draft("an-item", 3, url="https://example.org/said")
    noted = make_source(record=[{"date": day(50), "right": 0, "wrong": 1, "note": "noted"}])
    case = replace(strike(None, [item]), sources=(noted,))
    others = [draft("an-item", 3), draft("copy", 3, url=item.url), draft("noted", 3), draft("neutral", 1),
              draft("stranger", 3, source="nobody"), draft("undated", 3, window=None),
              draft("open", 3, window=[day(20), day(9999)])]
    assert proposals(others, case.items, case.sources, case, outcome(case.question)) == []
    (found,) = proposals([draft("new", 3)], case.items, case.sources, case, outcome(case.question))
    assert found.dated
    (undated,) = proposals([draft("new", 3)], (), [make_source()], case, outcome(case.question))
    assert not undated.dated


DRAFT = """\
- id: said-so
  title: The union paper says it comes in April
  date: 2031-03-20
  source: union
  likelihood_ratio: {strike: 3}
  window: [2031-04-01, 2031-04-30]
  rationale: It said so.
"""


def workspace(folder: Path, **changes: str) -> Path:
    """Write the small workspace that is right, resolved by a strike on 1 October, with changes."""
    resolved = FILES[QUESTION] + "resolved: {outcome: strike, date: 2031-10-01}\n"
    for path, text in (FILES | {QUESTION: resolved} | changes).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


def test_a_workspace_is_scored_with_its_drafts_and_outside_forecasts(tmp_path: Path) -> None:
    folder = workspace(tmp_path, **{"evidence/drafts/old.yaml": DRAFT, "evidence/drafts/half.yaml": "- id: half\n",
                                    "priors/outside/desk-b.csv": "date,by,probability\n2031-04-02,2031-06-30,0.5\n"})
    run([folder], Dates(every=14), jobs=1)
    board = scoreboard([load(folder)])
    (question,) = board.questions
    (proposed,) = question.record_proposals
    assert (proposed.source, proposed.id, proposed.right, proposed.dated) == ("union", "said-so", False, True)
    assert proposed.entry == "- {date: 2031-04-30, right: 0, wrong: 1, note: said-so}"
    assert question.unread_drafts == ("evidence/drafts/half.yaml",)
    (scores,) = question.series.values()
    assert scores.name == "backtest harbour-strike-every-2w"
    assert [(row.name, row.matched) for row in scores.outside.values()] == [("desk-b", 1)]
    assert {row.id for row in question.ratios if row.by == "source"} == {"wire", "union"}
    assert not board.calibration.curve
    assert json.loads(board.json_text())["questions"][0]["came"] == "2031-10-01"
    accepted = FILES[SOURCES].replace("note: Said so in March.}", "note: Said so in March.}\n    "
                                      + proposed.entry)
    again = load(workspace(tmp_path, **{SOURCES: accepted}))
    run([folder], Dates(every=14), jobs=1)
    assert scoreboard([again]).questions[0].record_proposals == ()


def test_many_workspaces_are_scored_together_and_the_open_ones_left_out(tmp_path: Path) -> None:
    folders = [workspace(tmp_path / str(number)) for number in range(scoring.ENOUGH)]
    run(folders, Dates(every=56), jobs=1)
    opened = workspace(tmp_path / "open", **{QUESTION: FILES[QUESTION]})
    unmade = workspace(tmp_path / "unmade")
    board = scoreboard([load(folder) for folder in (*folders, opened, unmade)])
    assert len(board.questions) == board.calibration.questions == scoring.ENOUGH
    assert ["no outcome yet" in left.why for left in board.left_out] == [True, False]
    assert "run forecast backtest" in board.left_out[1].why
    assert board.calibration.curve
    assert {row.by for row in board.ratios} == {"all", "encoding", "kind"}
    assert not scoreboard([load(folder) for folder in folders[:-1]]).calibration.curve


def test_problems_of_outside_forecasts_name_their_workspace_among_several(tmp_path: Path) -> None:
    folders = [workspace(tmp_path / name, **{"priors/outside/market.csv": "date,by,probability\n1,2,3\n"})
               for name in ("one", "two")]
    for some in (folders, folders[:1]):
        with pytest.raises(InputError) as refused:
            scoreboard([load(folder) for folder in some])
        assert len(refused.value.problems) == 3 * len(some)
        assert all(problem.file.startswith("priors/") is (len(some) == 1) for problem in refused.value.problems)


def test_a_forecast_for_a_shorter_question_is_scored_as_far_as_it_goes(tmp_path: Path) -> None:
    """The horizon was put off after the forecast was made."""
    case = strike(day(100), ITEMS)
    early = series(strike(day(100), ITEMS, weeks=25), tmp_path)
    found = scored(case.question, outcome(case.question), early)
    assert found is not None
    scores = scores_of(found)
    assert [entry.by for entry in scores.deadlines] == [day(60), day(140)]
    assert scores.crps is None
    assert (skill_of(found, "prior").brier.score or 0) > 0


def test_where_nothing_can_be_scored_each_reason_is_told(tmp_path: Path) -> None:
    with pytest.raises(ForecastError, match=r"has no outcome yet.*; harbour-strike: there is nothing to score"):
        scoreboard([load(workspace(tmp_path / "a", **{QUESTION: FILES[QUESTION]})), load(workspace(tmp_path / "b"))])
    folder = workspace(tmp_path / "c")
    run([folder], Dates(every=56), jobs=1)
    with pytest.raises(ForecastError, match=r"no deadline had passed by 2031-06-29"):
        scoreboard([load(folder)], as_of=date(2031, 6, 29))


def test_an_event_before_every_forecast_is_told_as_such(tmp_path: Path) -> None:
    folder = workspace(tmp_path)
    run([folder], Dates(every=56), jobs=1)
    first = load(folder).question.begins
    for path in (folder / "evidence/scenarios").iterdir():
        path.unlink()  # they are of later dates
    resolved = f"resolved: {{outcome: strike, date: {first}}}\n"
    (folder / QUESTION).write_text(FILES[QUESTION] + resolved, encoding="utf-8")
    with pytest.raises(ForecastError, match=f"the event came on {first}, no later than the first forecast, of {first}"):
        scoreboard([load(folder)])


def test_terminal_shows_every_part(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from forecast.report.pages.evaluation import backtest as backtest_pages
    from forecast.report.pages.evaluation import scores
    from forecast.report.terminal import console, show

    folder = workspace(tmp_path, **{"evidence/drafts/old.yaml": DRAFT,
                                    "priors/outside/desk-b.csv": "date,by,probability\n2031-04-02,2032-06-30,0.5\n"})
    (found,) = run([folder], Dates(every=28), jobs=1).values()
    out = console(width=200)
    show(backtest_pages.brief_page(found.document()), out)
    show(scores.page(scoreboard([load(folder)])), out)
    shown = " ".join(capsys.readouterr().out.split())
    for part in ("Backtest from 1 March 2031 to", "Skill:", "the exposure rate alone", "Cllr",
                 "For the record of union", "1 of its rows are left out", "Calibration over questions is stated from"):
        assert part in shown
    assert "nan" not in shown


def test_no_heading_stands_over_nothing_and_one_day_is_not_a_range(tmp_path: Path,
                                                                  capsys: pytest.CaptureFixture[str]) -> None:
    from forecast.report.pages.evaluation import scores
    from forecast.report.terminal import console, show

    folder = workspace(tmp_path)
    run([folder], Dates(day(40), day(40)), jobs=1)
    show(scores.page(scoreboard([load(folder)])), console(width=200))
    shown = " ".join(capsys.readouterr().out.split())
    assert f"1 forecast, of {short(day(40))}" in shown
    assert "left out here; --json has them" in shown
    assert "By source" not in shown


def test_case_of_many_kinds_is_scored(tmp_path: Path) -> None:
    """Every encoding, window, group and standing at once."""
    case = case_of()
    case = replace(case, question=case.question.model_copy(
        update={"resolved": Resolution(outcome="strike", date=day(97))}))
    found = scores_of(scored_case(case, tmp_path))
    assert {row.name for row in found.skill} == {"prior", "exposure", "half", "previous"}
