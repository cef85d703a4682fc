"""Documents of a made-up strike, with everything that a report can hold, in a plain and in a hostile wording."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from unittest.mock import patch

from forecast.analysis.case_diff import change
from forecast.analysis.crowd import beside
from forecast.analysis.scenarios import ComparisonTable, compare, interaction, matrix
from forecast.analysis.thresholds import study
from forecast.core.cure_model import PastCase
from forecast.engine.exact import Exact
from forecast.engine.nuts.agreement import Agreement, Compared, Sampled, Scaling, Unknown
from forecast.records.case import Case
from forecast.records.scenario import Scenario, combine
from forecast.report.contents import assembly
from forecast.report.contents.assembly import case_fields, edges, step_rows
from forecast.report.contents.what_if import (
    ComparisonDocument,
    SensitivityDocument,
    comparison_document,
    sensitivity_document,
)
from forecast.report.document import (
    Change,
    Provenance,
    ReportDocument,
    StoredInput,
)
from forecast.workspace.crowd import Crowd, Outside
from tests.builders import day, make_case, make_group, make_indicator, make_item, make_question, make_source
from tests.project.report.generated import reworded

HOSTILE = ("<script>window.hacked=1</script><img src=x onerror=window.hacked=1> \"'>}}{{7*7}} </script> <!-- | `x` "
           "[a](javascript:alert(1)) ![b](http://evil.example/p.png) <http://evil.example> www.evil.example "
           "\u202egnirts\u202c \x1b[31m \u2028 datum['x'] ${1} &lt;b&gt; *bold* _it_ # 1. - \\ " + "W" * 90)
"""A text that tries every door."""

Word = Callable[[str], str]

INPUTS = {"priors/cases.csv": "case,weeks,outcome,weight\nDocks,12,event,1\nMills,30,ended,0.5\n"
                              "Rails,26,censored,0.25\n", "priors/question.yaml": "id: strike\n"}

HORIZON = make_question().horizon
CROWDS = {"metaculus": Crowd(forecasts=tuple(Outside(day(n), HORIZON, p) for n, p in (
              (-3, 0.2), (10, 0.28), (34, 0.345), (37, 0.42), (50, 0.9)))),
          "desk-b": Crowd(forecasts=(Outside(day(36), day(100), 0.15),))}
"""What others say of the strike: a crowd of all of it, a desk of its first hundred days."""


def case_of(word: Word = str) -> Case:
    """A case with every kind of item; each text goes through `word`."""
    question = make_question(
        {"calm": 0.7, "slow": 0.3}, title=word("Will the strike be called?"), resolution=word("A strike is called.\n\n"
        "These do not count:\n- a walk-out;\n- a threat."), event={"id": "strike", "name": word("Strike")},
        alternatives=[{"id": "calm", "name": word("Calm"), "share": 0.7}, {"id": "slow", "name": word("Go-slow"),
                                                                           "share": 0.3}], reference="calm",
        key_dates=[day(20), day(100), day(200)], preparation={"lead": "13w"}, hub={"team": "desk", "model": "ledger"},
        pool={"metaculus": 0.5, "desk-b": 0.25}, prior=[{"kind": "reference_class", "file": "cases.csv", "weight": 0.5},
               {"kind": "exposure", "events": 1, "weeks": 60, "weight": 0.25},
               {"kind": "elicited", "probability": [0.2, 0.35, 0.5], "weeks": [5, 15, 40], "weight": 0.25}])
    sources = [source.model_copy(update={"name": word(name)}) for source, name in (
        (make_source("wire", "B", 3, 1), "The wire"), (make_source("rumour", "D"), "Rumours"),
        (make_source("idle", "A"), "Idle"))]
    groups = [make_group([0.3, 0.6, 0.8], "talks").model_copy(update={"name": word("Talks")})]
    items = [
        make_item("vote", title=word("Members vote"), date=day(5), credibility=2, url="https://news.example/vote?a=1&b=2",
                  likelihood_ratio={"strike": [1.5, 2.5, 4], "slow": 1.2}, rationale=word("They vote, then strike.")),
        make_item("offer", title=word("An offer is made"), date=day(12), group="talks", source="rumour",
                  probability={"strike": [0.2, 0.3, 0.5], "calm": [0.4, 0.6, 0.8], "slow": 0.5},
                  note=word("Unsigned.")),
        make_item("no-fund", title=word("No strike fund"), date=day(14), seen=False, recorded=day(60),
                  counts={"strike": [6, 8], "calm": [2, 9], "slow": [1, 4]}, url="javascript:alert(1)"),
        make_item("leader", title=word("The leader says within a month"), date=day(20), group="talks", source="rumour",
                  likelihood_ratio={"strike": 3}, window=[day(21), day(50)]),
        make_item("contract", title=word("The contract lapses"), date=day(25), standing={"every": "4w"},
                  about="condition", likelihood_ratio={"strike": [1.05, 1.2, 1.4]})]
    indicators = [make_indicator("ballot", title=word("A ballot is announced"), by=day(120),
                                 probability={"strike": 0.6, "calm": 0.1, "slow": 0.2})]
    histories = {"cases.csv": (PastCase("Docks", 12, "event", 1), PastCase("Mills", 30, "ended", 0.5),
                               PastCase("Rails", 26, "censored", 0.25))}
    return make_case(question, items, sources, groups, day(40), indicators, histories)


def report_of(case: Case, since: Case | None = None, word: Word = str, nuts: bool = True, agrees: bool = True,
              files: Mapping[str, str] = INPUTS, crowds: Mapping[str, Crowd] | None = None) -> ReportDocument:
    """The report of a case; the second engine in it is made up."""
    engine = Exact(case)
    inputs = {path: StoredInput(sha256=hashlib.sha256(text.encode()).hexdigest(), text=text)
              for path, text in files.items()}
    made = Provenance(versions={"forecast-ledger": "1.0", "numpy": word("2.0")}, seed=7, inputs=inputs,
                      commands=(f"forecast replay reports/{case.as_of}",))
    with patch.object(assembly, "BREAK_EVENS", 1):  # each takes some seconds
        fields = case_fields(engine)
    return ReportDocument(**fields, edges=edges(engine.forecast, fields["evidence"]),
                          change=None if since is None else _change(since, engine),
                          crowd=beside(engine.forecast, crowds or {}),
                          engines=engines(engine, word, nuts, agrees), provenance=made)


def _change(since: Case, engine: Exact) -> Change:
    before, now = Exact(since).forecast, engine.forecast
    return Change(since=since.as_of, decibans=before.decibans, probability=before.event,
                  steps=step_rows(change(since, engine.case)),
                  thirteen_weeks=(before.next.probability, now.next.probability),
                  preparing=(before.preparing.now, now.preparing.now))


def engines(engine: Exact, word: Word = str, nuts: bool = True, agrees: bool = True) -> Compared:
    """What the comparison of both engines says; the second one is made up."""
    forecast = engine.forecast
    off = 0.0001 if agrees else 0.2
    hypotheses = {name: min(1.0, p + off) for name, p in forecast.hypotheses.items()}
    by = {date: min(1.0, p + off) for date, p in forecast.by_key_date.items()}
    values = forecast.hypotheses | {str(date): p for date, p in forecast.by_key_date.items()}
    sampled = Sampled(sampler="pymc", chains=4, draws=1000, seed=7, r_hat=1.002, ess_bulk=3000.0, ess_tail=2800.0,
                       divergences=0, target_accept=0.9, passed=True, hypotheses=hypotheses, by=by,
                       band=forecast.band, worth=forecast.worth, mcse=dict.fromkeys(values, 0.001))
    rows = [Agreement(name=name, exact=p, nuts=min(1.0, p + off), difference=off, allowed=0.004, agrees=agrees)
            for name, p in values.items()]
    return Compared(
        confirmed=nuts and agrees, failures=() if agrees else (word("strike differs"),), nuts=sampled if nuts else None,
        agreement=tuple(rows) if nuts else (),
        power_scaling=(Scaling(name=word("P(event)"), prior=0.12, likelihood=0.31, diagnosis=word("-")),),
        parameters=(Unknown(name=word("share"), prior=(0.1, 0.5, 0.9), posterior=(0.3, 0.6, 0.8)),))


def earlier_case() -> Case:
    """The case a week before, without its newest item."""
    case = case_of()
    return replace(case.at(day(33)), items=tuple(item for item in case.items if item.id != "contract"))


@cache
def plain_document() -> ReportDocument:
    """A report that has all it can have."""
    return report_of(case_of(), earlier_case(), crowds=CROWDS)


@cache
def earlier_document(word: Word = str) -> ReportDocument:
    """The report of the week before it; each text goes through `word`."""
    return report_of(earlier_case()) if word is str else reworded(earlier_document(), word)


@cache
def hostile_document() -> ReportDocument:
    """The full report in which every text is hostile."""
    return reworded(plain_document(), hostile)


@cache
def bare_document() -> ReportDocument:
    """A report without evidence, earlier ones or a second engine."""
    return report_of(replace(case_of(), items=(), groups=(), indicators=()), nuts=False)


@cache
def comparison_of(word: Word = str) -> ComparisonDocument:
    """A comparison of three scenarios, two of them at once, through time."""
    case = case_of(word)
    chosen = {"no-vote": Scenario(name=word("No vote"), story=word("Nobody votes."), drop=("vote",)),
              "doubt": Scenario(name=word("Doubt"), sources={"wire": {"grade": "E"}},
                                question={"preparation": {"lead": "4w"}})}
    both = combine(*chosen.values())
    named = chosen | {"no-vote+doubt": both}
    dates = [day(20), day(40)]
    return comparison_document(ComparisonTable(
        Exact(case).forecast, tuple(compare(case, named)), {"no-vote+doubt": interaction(case, *chosen.values())},
        tuple(dates), matrix(case, named, dates)))


@cache
def sensitivity_of(word: Word = str) -> SensitivityDocument:
    """A study of sensitivity; each text goes through `word`."""
    return sensitivity_document(study(case_of())) if word is str else reworded(sensitivity_of(), word)


def hostile(text: str) -> str:
    """A text with every attack behind it."""
    return f"{text} {HOSTILE}"
