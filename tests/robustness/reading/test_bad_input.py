"""Every kind of bad input: the file, the line and the field that are named, and what to write instead."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from forecast.core.errors import InputError, Problem
from forecast.workspace.loader import load_texts
from tests.robustness.reading.example import (
    CASES,
    FILES,
    GROUPS,
    INDICATORS,
    ITEMS,
    QUESTION,
    SCENARIO,
    SOURCES,
    changed,
    contents,
)


class Bad(NamedTuple):
    """One change of the example that makes it wrong; § stands where the problem is expected."""

    file: str
    old: str
    new: str
    field: str
    says: str


def problems(files: dict[str, bytes]) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        load_texts(files)
    return caught.value.problems


def expected(bad: Bad) -> tuple[dict[str, bytes], int]:
    """The files, and the line on which § stood."""
    text = FILES[bad.file].replace(bad.old, bad.new)
    return changed(bad.file, bad.old, bad.new.replace("§", "")), text[:text.index("§")].count("\n") + 1


RECORDS = [
    # Keys and shapes
    Bad(QUESTION, "reference: calm", "§referense: calm\nreference: calm", "referense", "did you mean reference?"),
    Bad(QUESTION, "id: harbour-strike\ntitle: Will the harbour go on strike?\n", "§id: harbour-strike\n", "title",
        "is missing"),
    Bad(QUESTION, "event: {id: strike, name: A strike}", "event:\n  §nam: A strike\n  name: A strike\n  id: strike",
        "event.nam", "did you mean name?"),
    Bad(QUESTION, "reference: calm", "  - {§id: calm, name: Again}\nreference: calm", "alternatives.calm.id",
        "names two hypotheses"),
    Bad(QUESTION, "hub: {team: desk, model: ledger}", "§hub: desk", "hub", "is not a mapping"),
    Bad(QUESTION, "hub:", "as_of: [2031-04-01, §2031-04-01]\nhub:", "as_of[2]", "written twice"),
    Bad(ITEMS, "id: no-talks", "§id: fund-opened", "fund-opened.id", "is an indicator in evidence/indicators.yaml:1;"),
    Bad(QUESTION, "[2031-06-30]", "[2031-06-30, §2031-06-30]", "key_dates[2]", "written twice; write it once"),
    Bad(GROUPS, "overlap: [0.4, 0.6, 0.8]", "§overlap: [0.4]", "rumour.overlap", "has 1 entry;"),
    Bad(QUESTION, "hub:", "§reconstructed: no\nhub:", "reconstructed", "is not a sentence"),
    Bad(SOURCES, "right: 3, wrong: 1", "right: 3, wrong: 1, §base: 1", "wire.record.base", "is not below 1"),
    Bad(QUESTION, "team: desk", "§team: de-sk", "hub.team", "letters, digits and underscores"),
    Bad(QUESTION, "team: desk", f"§team: {'d' * 61}", "hub.team", "at most 60 characters"),
    Bad(ITEMS, "  title: Overtime is refused", "  §title: \u200b\u2060", "overtime.title", "is empty"),
    Bad(ITEMS, "  rationale: Counted in former disputes.", '  §rationale: "\u00ad"', "overtime.rationale", "is empty"),
    Bad(QUESTION, "key_dates: [2031-06-30]", "§key_dates: 2031-06-30", "key_dates", "is not a list"),
    Bad(SOURCES, "  grade: B", "  §grade: b", "wire.grade", "write one of A, B, C, D, E, F"),
    Bad(SOURCES, "  grade: B", "  §grad: B\n  grade: B", "wire.grad", "did you mean grade?"),
    Bad(SOURCES, "record: {right: 3, wrong: 1}", "§record: 3", "wire.record", "is not a mapping"),
    Bad(SOURCES, "right: 3", "§right: -3", "wire.record.right", "is below 0"),
    Bad(SOURCES, "{date: 2031-04-01", "§{date: 1 April", "union.record[1].date", "write YYYY-MM-DD"),
    Bad(GROUPS, "- id: rumour\n  name: One rumour\n", "- §id: rumour\n", "rumour.name", "is missing"),
    Bad(ITEMS, "  source: wire", "  §sorce: wire\n  source: wire", "ballot.sorce", "did you mean source?"),
    Bad(ITEMS, "- id: overtime\n  title: Overtime is refused\n", "- §id: overtime\n", "overtime.title", "is missing"),
    Bad(ITEMS, "  title: Overtime is refused", "  §title: 12", "overtime.title", "in quotes"),
    Bad(ITEMS, "  title: Overtime is refused", "  §title: ' '", "overtime.title", "is empty"),
    Bad(ITEMS, "id: no-talks", "§id: No Talks", "[2].id", "small letters"),
    Bad(ITEMS, "id: no-talks", f"§id: {'a' * 61}", "[2].id", "at most 60"),
    Bad(ITEMS, "id: no-talks", "§id: 2031", "[2].id", "in quotes"),
    Bad(ITEMS, "likelihood_ratio: {strike: [1.5, 2, 3], slowdown: 1.2}", "§likelihood_ratio: 2",
        "ballot.likelihood_ratio", "write {strike: 2}"),
    Bad(ITEMS, "counts: {", "§counts: 3 #", "overtime.counts", "write {strike: 3, and so on for each hypothesis}"),
    Bad(ITEMS, "seen: false", "§seen: no", "no-talks.seen", "true nor false"),
    Bad(ITEMS, "credibility: 2", "§credibility: 7", "ballot.credibility", "write 6 or less"),
    Bad(ITEMS, "credibility: 2", "§credibility: B", "ballot.credibility", "is not a whole number"),
    Bad(ITEMS, "- id: overtime", "- §just a text\n- id: overtime", "[3]", "is not an item"),
    Bad(INDICATORS, "by: 2031-09-30", "§by: autumn", "fund-opened.by", "write YYYY-MM-DD"),
    Bad(INDICATORS, "  rationale: Money first.", "  §grup: rumour\n  rationale: Money first.", "fund-opened.grup",
        "is not known here"),
    # Repeated ids and encodings
    Bad(SOURCES, "- id: union", "- {§id: wire, name: Again, grade: A}\n- id: union", "wire.id",
        "is already in priors/sources.yaml:1"),
    Bad(ITEMS, "id: no-talks", "§id: ballot", "ballot.id", "is already in evidence/items.yaml:1"),
    Bad(ITEMS, "  counts", "  probability: {strike: 0.5, slowdown: 0.4, calm: 0.3}\n  §counts",
        "overtime.counts", "exactly one"),
    Bad(ITEMS, "- id: overtime", "- §id: mute\n  title: x\n  date: 2031-03-01\n  source: wire\n  rationale: y\n"
        "- id: overtime", "mute", "says nothing"),
    Bad(ITEMS, "  credibility: 2", "  §seen: false", "ballot.seen", "no complement"),
    # References
    Bad(ITEMS, "source: wire", "§source: wirre", "ballot.source", "did you mean wire?"),
    Bad(ITEMS, "group: rumour\n  likelihood", "§group: rumor\n  likelihood", "ballot.group", "did you mean rumour?"),
    Bad(ITEMS, "{strike: [1.5, 2, 3], slowdown: 1.2}", "\n    strike: 2\n    §slow: 1.2",
        "ballot.likelihood_ratio.slow", "did you mean slowdown?"),
    Bad(ITEMS, "{strike: [1.5, 2, 3], slowdown: 1.2}", "\n    strike: 2\n    §calm: 1.2",
        "ballot.likelihood_ratio.calm", "is the reference"),
    Bad(ITEMS, "likelihood_ratio: {strike: [1.5, 2, 3], slowdown: 1.2}", "§likelihood_ratio: {slowdown: 1.2}",
        "ballot.likelihood_ratio", "leaves out the event"),
    Bad(ITEMS, "probability: {strike: 0.2, slowdown: [0.3, 0.4, 0.5], calm: 0.6}", "§probability: {strike: 0.2}",
        "no-talks.probability", "leaves out slowdown, calm"),
    Bad(ITEMS, "counts: {strike: [4, 5], slowdown: [3, 5], calm: [1, 6]}", "§counts: {strike: [4, 5], calm: [1, 6]}",
        "overtime.counts", "leaves out slowdown"),
    Bad(INDICATORS, "probability: {strike: 0.7, slowdown: 0.3, calm: 0.1}", "§probability: {strike: 0.7}",
        "fund-opened.probability", "leaves out slowdown, calm"),
    Bad(QUESTION, "reference: calm", "§reference: clam", "reference", "did you mean calm?"),
    Bad(QUESTION, "kind: exposure", "§kind: exposur", "prior[2].kind", "did you mean exposure?"),
    Bad(QUESTION, "hub:", "resolved: {§outcome: strik, date: 2031-05-01}\nhub:", "resolved.outcome",
        "did you mean strike?"),
    # Numbers
    Bad(ITEMS, "[1.5, 2, 3]", "§0", "ballot.likelihood_ratio.strike", "positive"),
    Bad(ITEMS, "[1.5, 2, 3]", "§-2", "ballot.likelihood_ratio.strike", "positive"),
    Bad(ITEMS, "[1.5, 2, 3]", "§.inf", "ballot.likelihood_ratio.strike", "not finite"),
    Bad(ITEMS, "[1.5, 2, 3]", "§[1, 2, .nan]", "ballot.likelihood_ratio.strike", "not finite"),
    Bad(ITEMS, "[1.5, 2, 3]", "§1e999", "ballot.likelihood_ratio.strike", "not finite"),
    Bad(ITEMS, "[1.5, 2, 3]", "§1:30", "ballot.likelihood_ratio.strike", "1:30 is not a number"),
    Bad(ITEMS, "[1.5, 2, 3]", "§1_000", "ballot.likelihood_ratio.strike", "is not a number"),
    Bad(ITEMS, "[1.5, 2, 3]", "§'2'", "ballot.likelihood_ratio.strike", "is not a number"),
    Bad(ITEMS, "[1.5, 2, 3]", "§strongly", "ballot.likelihood_ratio.strike", "is a word for 10; in a file write 10"),
    Bad(ITEMS, "[1.5, 2, 3]", "§Barely against", "ballot.likelihood_ratio.strike", "in a file write 0.8 or, around it"),
    Bad(ITEMS, "strike: 0.2", "§strike: strongly", "no-talks.probability.strike", "strongly is not a number"),
    Bad(ITEMS, "[1.5, 2, 3]", "§true", "ballot.likelihood_ratio.strike", "true is not a number"),
    Bad(ITEMS, "[1.5, 2, 3]", "§" + "9" * 10**6, "ballot.likelihood_ratio.strike", "shorter"),
    Bad(ITEMS, "[1.5, 2, 3]", "§[3, 2, 1.5]", "ballot.likelihood_ratio.strike", "low ≤ stated ≤ high"),
    Bad(ITEMS, "[1.5, 2, 3]", "§[2, 3]", "ballot.likelihood_ratio.strike", "[low, stated, high]"),
    Bad(ITEMS, "strike: 0.2", "§strike: 1", "no-talks.probability.strike", "above 0 and below 1"),
    Bad(ITEMS, "strike: 0.2", "§strike: 0", "no-talks.probability.strike", "above 0 and below 1"),
    Bad(ITEMS, "strike: [4, 5]", "§strike: [6, 5]", "overtime.counts.strike", "seen ≤ of"),
    Bad(ITEMS, "strike: [4, 5]", "§strike: [4.0, 5]", "overtime.counts.strike", "whole numbers"),
    Bad(ITEMS, "strike: [4, 5]", "§strike: [-1, 5]", "overtime.counts.strike", "whole numbers"),
    Bad(GROUPS, "overlap: [0.4, 0.6, 0.8]", "§overlap: 1.2", "rumour.overlap", "from 0 to 1"),
    Bad(QUESTION, "share: 0.4", "§share: 0", "alternatives.slowdown.share", "not above 0"),
    Bad(QUESTION, "default_spread: 2", "§default_spread: 0.5", "default_spread", "write 1 or more"),
    Bad(QUESTION, "evidence_weight: [0.5, 0.8, 1]", "§evidence_weight: -1", "evidence_weight", "out of range"),
    Bad(QUESTION, "probability: [0.1, 0.3, 0.5]", "§probability: [0.01, 0.5, 0.9999]", "prior[3].probability", "apart"),
    Bad(QUESTION, "weeks: [5, 15, 40]", "§weeks: [40, 15, 5]", "prior[3].weeks", "[low, median, high]"),
    Bad(QUESTION, "weeks: [5, 15, 40]", "§weeks: [5, 5, 5]", "prior[3].weeks", "low < high"),
    Bad(QUESTION, "weeks: 40,", "§weeks: 0,", "prior[2].weeks", "not above 0"),
    # Dates and durations
    Bad(ITEMS, "date: 2031-03-10", "§date: 2031-02-30", "ballot.date", "not a day of the calendar"),
    Bad(ITEMS, "date: 2031-03-10", "§date: 10.3.2031", "ballot.date", "write YYYY-MM-DD"),
    Bad(ITEMS, "date: 2031-03-10", "§date: 20310310", "ballot.date", "write YYYY-MM-DD"),
    Bad(ITEMS, "date: 2031-03-10", "§date: 2031-03-10T00:00:00", "ballot.date", "write YYYY-MM-DD"),
    Bad(ITEMS, "recorded: 2031-03-12", "§recorded: 2031-03-09", "ballot.recorded", "before the date"),
    Bad(ITEMS, "retracted: 2031-07-01", "§retracted: 2031-04-01", "overtime.retracted", "before the date"),
    Bad(ITEMS, "until: 2031-06-01", "§until: 2031-04-01", "overtime.standing.until", "before the date"),
    Bad(ITEMS, "window: [2031-04-01, 2031-05-31]", "§window: [2031-05-31, 2031-04-01]", "ballot.window",
        "before it begins"),
    Bad(ITEMS, "window: [2031-04-01, 2031-05-31]", "§window: [2031-05-31]", "ballot.window", "[first day, last day]"),
    Bad(ITEMS, "window: [2031-04-01, 2031-05-31]", "window:\n  - 2031-04-01\n  - §soon", "ballot.window[2]",
        "write YYYY-MM-DD"),
    Bad(GROUPS, "memory: 26w", "§memory: 26", "rumour.memory", "26 is not a duration"),
    Bad(GROUPS, "memory: 26w", "§memory: 26.5", "rumour.memory", "is not a duration"),
    Bad(GROUPS, "memory: 26w", "§memory: .inf", "rumour.memory", "is not a duration"),
    Bad(GROUPS, "memory: 26w", "§memory: 0w", "rumour.memory", "is not a duration"),
    Bad(GROUPS, "memory: 26w", "§memory: 6 months", "rumour.memory", "is not a duration"),
    Bad(ITEMS, "every: 4w", "§every: never", "overtime.standing.every", "is not a duration"),
    Bad(QUESTION, "horizon: 2031-12-31", "§horizon: 2031-02-01", "horizon", "not after opens"),
    Bad(QUESTION, "horizon: 2031-12-31", "§horizon: 9999-12-31", "horizon", "100 years"),
    Bad(QUESTION, "key_dates: [2031-06-30]", "key_dates: [2031-06-30, §2032-06-30]", "key_dates[2]",
        "outside the question"),
    Bad(QUESTION, "hub:", "resolved: {outcome: strike, §date: 2032-05-01}\nhub:", "resolved.date",
        "outside the question"),
    # Tables
    Bad(QUESTION, "file: cases.csv", "§file: case.csv", "prior[1].file", "is not there"),
    Bad(QUESTION, "file: cases.csv", "§file: ../evidence/items.yaml", "prior[1].file", "leaves priors/"),
    Bad(QUESTION, "file: cases.csv", "§file: /etc/passwd", "prior[1].file", "leaves priors/"),
    Bad(CASES, "12.5", "§0", "weeks", "above 0"),
    Bad(CASES, "12.5", "§1:30", "weeks", "above 0"),
    Bad(CASES, "12.5", "§nan", "weeks", "above 0"),
    Bad(CASES, "30,ended", "30,§end", "outcome", "did you mean ended?"),
    Bad(CASES, "event,0.5", "event,§-1", "weight", "from 0"),
    Bad(CASES, "event,0.5", "event,0.5,§extra", "", "5 cells"),
    Bad(CASES, "outcome,", "§result,", "", "has no column outcome"),
    Bad(CASES, "weight", "§case", "", "two columns case"),
    Bad(CASES, "west,8", '"west"§x,8', "", "goes on after its closing quotes"),
    Bad(CASES, "west,8", '"west§,8', "", "not closed; close them"),
    Bad(CASES, "outcome,", "§Outcome,", "", "in small letters where it has Outcome"),
    Bad(CASES, "case,weeks", "PK\x03\x04§case,weeks", "", "is a workbook"),
    # Scenarios
    Bad(SCENARIO, "drop: [overtime]", "drop: [§overtme]", "drop[1]", "did you mean overtime?"),
    Bad(SCENARIO, "drop: [overtime]", "drop: [overtime, §overtime]", "drop[2]", "twice"),
    Bad(SCENARIO, "drop: [overtime]", "§dropp: [overtime]", "dropp", "did you mean drop?"),
    Bad(SCENARIO, "  ballot:", "  §balot:", "revise.balot", "did you mean ballot?"),
    Bad(SCENARIO, "{likelihood_ratio: {strike: 1.5}}", "{§likelihood: {strike: 1.5}}", "revise.ballot.likelihood",
        "did you mean likelihood_ratio?"),
    Bad(SCENARIO, "{likelihood_ratio: {strike: 1.5}}", "\n    §windw: null", "revise.ballot.windw",
        "did you mean window?"),
    Bad(SCENARIO, "{likelihood_ratio: {strike: 1.5}}", "\n    likelihood_ratio:\n      §strike: 0",
        "revise.ballot.likelihood_ratio.strike", "positive"),
    Bad(SCENARIO, "{likelihood_ratio: {strike: 1.5}}", "\n    likelihood_ratio:\n      strike: 1\n      §strik: 2",
        "revise.ballot.likelihood_ratio.strik", "did you mean strike?"),
    Bad(SCENARIO, "{likelihood_ratio: {strike: 1.5}}", "\n    §source: paper", "revise.ballot.source",
        "write one of union, wire"),
    Bad(SCENARIO, "{likelihood_ratio: {strike: 1.5}}", "\n    §title: null", "revise.ballot.title", "is missing"),
    Bad(SCENARIO, "{likelihood_ratio: {strike: 1.5}}", "\n    §id: vote", "revise.ballot.id", "cannot be replaced"),
    Bad(SCENARIO, "  ballot: {likelihood_ratio: {strike: 1.5}}", "  §ballot: {date: 2031-04-01}",
        "revise.ballot.recorded", "before the date"),
    Bad(SCENARIO, "grade: E", "§grade: Z", "sources.union.grade", "write one of A"),
    Bad(SCENARIO, "union: {grade: E}", "§onion: {grade: E}", "sources.onion", "did you mean union?"),
    Bad(SCENARIO, "overlap: 0.9", "§overlap: 9", "groups.rumour.overlap", "from 0 to 1"),
    Bad(SCENARIO, "lead: 4w}", "§lead: often}", "question.preparation.lead", "is not a duration"),
    Bad(SCENARIO, "  preparation: {lead: 4w}", "  prior:\n    - {kind: reference_class, §file: other.csv, weight: 1}",
        "question.prior[1].file", "is not there"),
    Bad(SCENARIO, "  - id: denial", "  - §id: ballot", "add.ballot.id", "is an item already"),
    Bad(SCENARIO, "    source: union", "    §source: onion", "add.denial.source", "did you mean union?"),
    Bad(SCENARIO, "- id: denial\n    title: The union denies\n", "- §id: denial\n", "add.denial.title", "is missing"),
    Bad(SCENARIO, "as_of: 2031-04-10", "§as_of: 2032-04-10", "as_of", "outside the question"),
    Bad(SCENARIO, "as_of: 2031-04-10", "§as_of: tomorrow", "as_of", "write YYYY-MM-DD"),
    # YAML
    Bad(ITEMS, "  source: wire\n", "  source: wire\n  §source: union\n", "ballot.source",
        "is repeated here, first in line"),
    Bad(ITEMS, "{strike: [1.5, 2, 3], slowdown: 1.2}", "{strike: 2, §strike: 3}", "ballot.likelihood_ratio.strike",
        "is repeated here, first in line"),
    Bad(ITEMS, "  credibility: 2", "  §<<: {credibility: 2}", "ballot", "merge keys"),
    Bad(ITEMS, "  title: Overtime is refused", "  §title: !!str Overtime", "overtime.title", "the tag"),
    Bad(ITEMS, "  title: Overtime is refused", "  §title: !!python/object/apply:os.system [ls]",
        "overtime.title", "the tag"),
    Bad(ITEMS, "  title: Overtime is refused", "  §title: *unknown", "overtime.title", "names nothing above"),
    Bad(QUESTION, "key_dates: [2031-06-30]", "key_dates: &a [§*a]", "key_dates[1]", "inside what it names"),
    Bad(ITEMS, "  note: As told by the paper.", '  §note: "\\e[31mred"', "overtime.note", "control character U+001B"),
    Bad(ITEMS, "  note: As told by the paper.", "  §2: two", "overtime", "is not a text; write a name, or put it in"),
    Bad(ITEMS, "  likelihood_ratio: {strike: [1.5, 2, 3], slowdown: 1.2}", "  §likelihood_ratio: {strike: 1,5}",
        "ballot.likelihood_ratio", "the key 5 is not a text; write decimals with a point, 1.5"),
    Bad(ITEMS, "standing: {every: 4w, at_most: 12w, until: 2031-06-01}",
        "standing:\n    every: 4w\n    §5w:\n    at_most: 12w", "overtime.standing.5w",
        "is not known here; write decimals with a point, such as 1.5w"),
    Bad(ITEMS, "title: Overtime is refused", "§title: 1e5", "overtime.title",
        "is read as the number 100000.0 and not as a text; put it in quotes"),
    Bad(QUESTION, "hub:", "resolved: {outcome: calm, §date: 2031-02-28}\nhub:", "resolved.date",
        "lies before the question, which begins on 2031-03-01"),
    Bad(ITEMS, "  note: As told by the paper.", "  §? [a, b]\n  : two", "overtime", "is not a text"),
    Bad(ITEMS, "  note: As told by the paper.", "  note: a\x07§ bell", "", "control character U+0007"),
    Bad(ITEMS, "  note: As told by the paper.", "  note: a: §b", "", "in quotes"),
    Bad(ITEMS, "  note: As told by the paper.", "§\tnote: a", "", "write spaces"),
    Bad(ITEMS, "window: [2031-04-01, 2031-05-31]", "window: [2031-04-01,\n§\t2031-05-31]", "", "write spaces"),
    Bad(ITEMS, "  note: As told by the paper.", "  note: §[" + "[" * 60, "", "levels deep"),
    Bad(ITEMS, "- id: overtime", "§---\n- id: overtime", "", "second document"),
]


def told(bad: Bad) -> str:
    return f"{bad.field or bad.file} {bad.says}"


@pytest.mark.parametrize("bad", RECORDS, ids=told)
def test_bad_input_is_named_by_file_line_and_field(bad: Bad) -> None:
    files, line = expected(bad)
    first, *rest = problems(files)
    assert (first.file, first.line, first.field) == (bad.file, line, bad.field)
    assert bad.says in first.what
    assert "; " in first.what, "what is wrong; what to write instead"
    assert rest == [], rest


def test_where_nothing_is_defined_yet_the_file_is_named_to_which_to_add_it() -> None:
    found = problems({path: text for path, text in contents().items() if path != SOURCES})
    (item,) = (each for each in found if each.field == "ballot.source")
    assert item.what == "wire is not among the sources; add it to the sources (priors/sources.yaml)"


def test_a_field_is_known_by_a_part_of_its_name() -> None:
    found = problems(changed(ITEMS, "  likelihood_ratio: {strike: [1.5, 2, 3], slowdown: 1.2}", "  ratio: 2"))
    assert "is not known here; did you mean likelihood_ratio?" in {each.what for each in found}


OPINION = "evidence/opinions/bob.yaml"
ONE_PASS = {
    OPINION: ("""\
analyst: {id: ann, blind: perhaps}
items:
  ballot: {likelihood_ratio: {strike: [x, 2, -1], slow: 2}}
  no-talks: {kept: [0.1, 0.2, 0.3]}
  ballots: {likelihood_ratio: {strike: 2}, why: x}
""", [
        (1, "analyst.blind", "perhaps is neither true nor false"), (1, "analyst.id", "is ann, and the name"),
        (3, "items.ballot.likelihood_ratio.slow", "is not a hypothesis"),
        (3, "items.ballot.likelihood_ratio.strike", "-1 is not above 0"),
        (3, "items.ballot.likelihood_ratio.strike", "x is not a number"),
        (4, "items.no-talks.kept", "has no complement"), (4, "items.no-talks.kept", "is for claims"),
        (5, "items.ballots", "is not an item; did you mean ballot"), (5, "items.ballots.why", "is not known here")]),
    SCENARIO: ("""\
drop: [5, overtimes, overtime, overtime]
revise:
  ballot: {source: wires, credibility: 9, likelihood_ratio: {slow: 2}}
  no-talk: {group: rumour}
  overtime: 5
add:
  - {id: ballot, title: "", date: 2031-04-05, source: wires, group: rumours, rationale: R, counts: {strike: [1, 2]}}
  - 5
sources:
  unions: {grade: E}
  union: {grade: G}
""", [
        (1, "drop[1]", "5 is not a text"), (1, "drop[2]", "overtimes is not an item"), (1, "drop[4]", "dropped twice"),
        (3, "revise.ballot.credibility", "9 is above 6"), (3, "revise.ballot.likelihood_ratio", "leaves out the event"),
        (3, "revise.ballot.likelihood_ratio.slow", "is not a hypothesis"),
        (3, "revise.ballot.source", "wires is not among the sources"), (4, "revise.no-talk", "is not an item"),
        (5, "revise.overtime", "5 is not a mapping"), (7, "add.ballot.counts", "leaves out slowdown, calm"),
        (7, "add.ballot.group", "rumours is not among the groups"), (7, "add.ballot.id", "ballot is an item already"),
        (7, "add.ballot.source", "wires is not among the sources"), (7, "add.ballot.title", "is empty"),
        (8, "add[2]", "5 is not a mapping"), (10, "sources.unions", "is not a source"),
        (11, "sources.union.grade", "G is not known")]),
}


@pytest.mark.parametrize("file", ONE_PASS)
def test_what_one_field_gets_wrong_hides_nothing_that_another_does(file: str) -> None:
    text, all_of_it = ONE_PASS[file]
    found = problems(contents(**{file: text}))
    assert {each.file for each in found} == {file}
    assert [(each.line, each.field) for each in sorted(found)] == [(line, field) for line, field, _ in all_of_it]
    for each, (_, _, says) in zip(sorted(found), all_of_it, strict=True):
        assert says in each.what
        assert "; " in each.what, "what is wrong; what to write instead"
