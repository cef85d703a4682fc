"""How a click rewrites a scenario: every opinion on the desk is a scenario on top of the files, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from forecast.core.errors import ForecastError
from forecast.records.case import Case
from forecast.records.evidence import ENCODINGS, Item
from forecast.records.scenario import Changes, Scenario
from forecast.records.types import Estimate
from forecast.workspace.yaml_writer import written

BLANK = Scenario(name="On the desk")
"""No change."""


def switched(scenario: Scenario, name: str, on: bool) -> Scenario:
    """Switch an item on or off; one that the scenario adds itself is taken out of it."""
    added = tuple(fields for fields in scenario.add if on or fields.get("id") != name)
    drop = tuple(other for other in scenario.drop if other != name)
    if not on and len(added) == len(scenario.add):
        drop = (*drop, name)
    return scenario.model_copy(update={"add": added, "drop": drop})


def revised(scenario: Scenario, base: Case, name: str, changes: Changes) -> Scenario:
    """Replace fields of an item; what is again as in the files leaves no trace."""
    if any(fields.get("id") == name for fields in scenario.add):
        added = tuple(_merged(fields, changes) if fields.get("id") == name else fields for fields in scenario.add)
        return scenario.model_copy(update={"add": added})
    found = {item.id: item for item in base.items}
    if name not in found:
        raise ForecastError(f"{name}: is no longer on the desk; put it there again first")
    before = written(found[name])
    return _put(scenario, "revise", name, _trimmed(_encoded(scenario.revise.get(name, {}), changes), before))


def _merged(fields: Changes, changes: Changes) -> Changes:
    """Whole fields with changes; None removes."""
    return {name: value for name, value in _encoded(fields, changes).items() if value is not None}


def _encoded(fields: Changes, changes: Changes) -> Changes:
    """Changes on top of others; an encoding replaces every other one."""
    if any(changes.get(name) is not None for name in ENCODINGS):
        fields = {name: value for name, value in fields.items() if name not in ENCODINGS}
    return fields | changes


def _trimmed(changes: Changes, before: Changes) -> Changes:
    return {name: value for name, value in changes.items() if before.get(name) != value}


def moved(old: Estimate, ratio: float) -> Estimate:
    """A ratio in the place of another, as uncertain as that one: low and high move along."""
    low, high = old.bounds()
    return Estimate(ratio, low * ratio / old.stated, high * ratio / old.stated)


def restated(item: Item, ratios: Mapping[str, Estimate], reference: str) -> Changes:
    """The changes by which an item, however it was encoded, states likelihood ratios, with four digits.

    Every ratio has its low and high.
    """
    changes: Changes = {"likelihood_ratio": {
        name: [float(f"{entry:.4g}") for entry in (value.bounds()[0], value.stated, value.bounds()[1])]
        for name, value in ratios.items() if name != reference}}
    return changes if item.seen else changes | {"seen": None}


def regraded(scenario: Scenario, base: Case, source: str, grade: str) -> Scenario:
    """Give a source another grade."""
    before = {each.id: written(each) for each in base.sources}[source]
    return _put(scenario, "sources", source, _trimmed(scenario.sources.get(source, {}) | {"grade": grade}, before))


def reweighted(scenario: Scenario, base: Case, place: int, weight: float) -> Scenario:
    """Give a component of the prior another weight; the question's list of components is replaced whole."""
    before = written(base.question.prior)
    prior = [dict(part) for part in scenario.question.get("prior", before)]
    prior[place]["weight"] = weight
    question = _trimmed(scenario.question | {"prior": prior}, {"prior": before})
    return scenario.model_copy(update={"question": question})


def dated(scenario: Scenario, base: Case, as_of: date) -> Scenario:
    """Look from another date."""
    return scenario.model_copy(update={"as_of": None if as_of == base.as_of else as_of})


def added(scenario: Scenario, fields: Changes) -> Scenario:
    """Add a whole item, or put it in the place of the one of this name that was added before."""
    others = tuple(other for other in scenario.add if other.get("id") != fields["id"])
    return scenario.model_copy(update={"add": (*others, fields)})


def _put(scenario: Scenario, part: str, name: str, changes: Changes) -> Scenario:
    others = {other: fields for other, fields in getattr(scenario, part).items() if other != name}
    return scenario.model_copy(update={part: others | ({name: changes} if changes else {})})
