"""Documents of a made-up strike, with everything that a report can hold, in a plain and in a hostile wording."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

from forecast.analysis.attribution import change
from forecast.analysis.scenarios import ComparisonTable, compare, interaction, matrix
from forecast.analysis.thresholds import study
from forecast.core.cure_model import PastCase
from forecast.engine.exact import Exact
from forecast.records.case import Case
from forecast.records.scenario import Scenario, combine
from forecast.report import past
from forecast.report.document import comparison, document, dumps, headline, sensitivity, steps
from tests.builders import day, make_case, make_group, make_indicator, make_item, make_question, make_source

Document = dict[str, Any]

HOSTILE = ("<script>window.hacked=1</script><img src=x onerror=window.hacked=1> \"'>}}{{7*7}} </script> <!-- | `x` "
           "[a](javascript:alert(1)) ![b](http://evil.example/p.png) <http://evil.example> www.evil.example "
           "\u202egnirts\u202c \x1b[31m \u2028 datum['x'] ${1} &lt;b&gt; *bold* _it_ # 1. - \\ " + "W" * 90)
"""A text that tries every door."""

Word = Callable[[str], str]

INPUTS = {"priors/cases.csv": "case,weeks,outcome,weight\nDocks,12,event,1\nMills,30,ended,0.5\n"
                              "Rails,26,censored,0.25\n", "priors/question.yaml": "id: strike\n"}


def case_of(word: Word = str) -> Case:
    """A case with every kind of item; each text goes through `word`."""
    question = make_question(
        {"calm": 0.7, "slow": 0.3}, title=word("Will the strike be called?"), resolution=word("A strike is called.\n\n"
        "These do not count:\n- a walk-out;\n- a threat."), event={"id": "strike", "name": word("Strike")},
        alternatives=[{"id": "calm", "name": word("Calm"), "share": 0.7}, {"id": "slow", "name": word("Go-slow"),
                                                                           "share": 0.3}], reference="calm",
        key_dates=[day(20), day(100), day(200)], half_life="13w", hub={"team": "desk", "model": "ledger"},
        prior=[{"kind": "reference_class", "file": "cases.csv", "weight": 0.5},
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
                  likelihood_ratio={"strike": [1.05, 1.2, 1.4]})]
    indicators = [make_indicator("ballot", title=word("A ballot is announced"), by=day(120),
                                 probability={"strike": 0.6, "calm": 0.1, "slow": 0.2})]
    histories = {"cases.csv": (PastCase("Docks", 12, "event", 1), PastCase("Mills", 30, "ended", 0.5),
                               PastCase("Rails", 26, "censored", 0.25))}
    return make_case(question, items, sources, groups, day(40), indicators, histories)


def full(word: Word = str) -> Document:
    """The document of a report that has all it can have."""
    case = case_of(word)
    old = replace(case.at(day(33)), items=tuple(item for item in case.items if item.id != "contract"))
    before = Exact(old).forecast
    content = document(Exact(case)) | {
        "change": {"since": str(old.as_of), "decibans": before.decibans, "probability": before.event,
                   "steps": steps(change(old, case))},
        "engines": engines(Exact(case), word),
        "provenance": {"versions": {"forecast": "1.0", "numpy": word("2.0")}, "seed": 7,
                       "inputs": {path: {"sha256": hashlib.sha256(text.encode()).hexdigest(), "text": text}
                                  for path, text in INPUTS.items()},
                       "commands": [f"forecast replay reports/{case.as_of}"]}}
    earlier = headline(before) | {"question": content["question"]}
    content["history"] = past([earlier, content])
    return json.loads(dumps(content))


def engines(engine: Exact, word: Word = str, nuts: bool = True, agrees: bool = True) -> Document:
    """What the comparison of both engines says; the second one is made up."""
    forecast = engine.forecast
    by = {str(when): p for when, p in forecast.by_key_date.items()}
    values = {**forecast.hypotheses, **by}
    off = 0.0001 if agrees else 0.2
    sampled = {"sampler": "pymc", "chains": 4, "draws": 1000, "seed": 7, "r_hat": 1.002, "ess_bulk": 3000.0,
               "ess_tail": 2800.0, "divergences": 0, "target_accept": 0.9, "passed": True,
               "hypotheses": {h: p + off for h, p in forecast.hypotheses.items()},
               "by": {date: p + off for date, p in by.items()}}
    return {"exact": {"hypotheses": forecast.hypotheses, "by": by}, "nuts": sampled if nuts else None,
            "confirmed": nuts and agrees,
            "agreement": [{"name": name, "exact": p, "nuts": p + off, "difference": off, "allowed": 0.004,
                           "agrees": agrees} for name, p in values.items()] if nuts else [],
            "power_scaling": [{"name": word("P(event)"), "prior": 0.12, "likelihood": 0.31, "diagnosis": word("-")}],
            "parameters": [{"name": word("share"), "prior": [0.1, 0.5, 0.9], "posterior": [0.3, 0.6, 0.8]}]}


@cache
def _text(attacked: bool) -> str:
    return json.dumps(full(hostile if attacked else str))


def plain_document() -> Document:
    """A fresh copy of the full document."""
    return json.loads(_text(False))


def hostile_document() -> Document:
    """A fresh copy of the full document in which every text is hostile."""
    return json.loads(_text(True))


def comparison_document(word: Word = str) -> Document:
    """The document of a comparison of three scenarios, two of them at once, through time."""
    case = case_of(word)
    chosen = {"no-vote": Scenario(name=word("No vote"), story=word("Nobody votes."), drop=("vote",)),
              "doubt": Scenario(name=word("Doubt"), sources={"wire": {"grade": "E"}}, question={"half_life": "4w"})}
    both = combine(*chosen.values())
    named = chosen | {"no-vote+doubt": both}
    dates = [day(20), day(40)]
    table = ComparisonTable(Exact(case).forecast, tuple(compare(case, named)),
                            {"no-vote+doubt": interaction(case, *chosen.values())}, tuple(dates),
                            matrix(case, named, dates))
    return json.loads(dumps(comparison(table)))


def sensitivity_document(word: Word = str) -> Document:
    """The document of a study of sensitivity."""
    return json.loads(dumps(sensitivity(study(case_of(word)))))


def hostile(text: str) -> str:
    """A text with every attack behind it."""
    return f"{text} {HOSTILE}"


def bare_document() -> Document:
    """A document without evidence, history, second engine or provenance."""
    case = replace(case_of(), items=(), groups=(), indicators=())
    return json.loads(dumps(document(Exact(case))))
