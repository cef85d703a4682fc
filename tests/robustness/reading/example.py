"""A small workspace that is right, as text: what a test changes in it is what is wrong."""

from __future__ import annotations

from pathlib import Path

QUESTION = "priors/question.yaml"
SOURCES = "priors/sources.yaml"
GROUPS = "priors/groups.yaml"
CASES = "priors/cases.csv"
ITEMS = "evidence/items.yaml"
INDICATORS = "evidence/indicators.yaml"
SCENARIO = "evidence/scenarios/doubt.yaml"

FILES = {
    QUESTION: """\
id: harbour-strike
title: Will the harbour go on strike?
resolution: The union calls a strike.
opens: 2031-03-01
horizon: 2031-12-31
event: {id: strike, name: A strike}
alternatives:
  - {id: slowdown, name: Work to rule, share: 0.4}
  - {id: calm, name: Work as usual, share: 0.6}
reference: calm
preparation: {lead: 13w}
key_dates: [2031-06-30]
default_spread: 2
share_concentration: 10
evidence_weight: [0.5, 0.8, 1]
hub: {team: desk, model: ledger}
prior:
  - {kind: reference_class, file: cases.csv, weight: 0.5}
  - {kind: exposure, events: 1, weeks: 40, weight: 0.3}
  - {kind: elicited, probability: [0.1, 0.3, 0.5], weeks: [5, 15, 40], weight: 0.2}
""",
    SOURCES: """\
- id: wire
  name: News wire
  grade: B
  record: {right: 3, wrong: 1}
- id: union
  name: Union paper
  grade: C
  record:
    - {date: 2031-04-01, right: 1, wrong: 0, note: Said so in March.}
""",
    GROUPS: """\
- id: rumour
  name: One rumour
  overlap: [0.4, 0.6, 0.8]
  memory: 26w
""",
    CASES: """\
case,weeks,outcome,weight
north,12.5,event,0.5
south,30,ended,
west,8,censored,1
""",
    ITEMS: """\
- id: ballot
  title: The union prepares a ballot
  date: 2031-03-10
  recorded: 2031-03-12
  source: wire
  credibility: 2
  group: rumour
  likelihood_ratio: {strike: [1.5, 2, 3], slowdown: 1.2}
  window: [2031-04-01, 2031-05-31]
  url: https://example.org/ballot
  rationale: Ballots come before strikes.
- id: no-talks
  title: No talks were seen
  date: 2031-03-20
  source: union
  group: rumour
  seen: false
  probability: {strike: 0.2, slowdown: [0.3, 0.4, 0.5], calm: 0.6}
  rationale: Talks end disputes.
- id: overtime
  title: Overtime is refused
  date: 2031-04-02
  source: union
  counts: {strike: [4, 5], slowdown: [3, 5], calm: [1, 6]}
  standing: {every: 4w, at_most: 12w, until: 2031-06-01}
  retracted: 2031-07-01
  note: As told by the paper.
  rationale: Counted in former disputes.
""",
    INDICATORS: """\
- id: fund-opened
  title: The strike fund opens
  by: 2031-09-30
  probability: {strike: 0.7, slowdown: 0.3, calm: 0.1}
  rationale: Money first.
""",
    SCENARIO: """\
name: The paper is doubted
story: What if the union paper only repeats the wire?
drop: [overtime]
revise:
  ballot: {likelihood_ratio: {strike: 1.5}}
sources:
  union: {grade: E}
groups:
  rumour: {overlap: 0.9}
question:
  preparation: {lead: 4w}
add:
  - id: denial
    title: The union denies
    date: 2031-04-05
    source: union
    likelihood_ratio: {strike: 0.8}
    rationale: Denials are cheap.
as_of: 2031-04-10
""",
}


def contents(**changes: str) -> dict[str, bytes]:
    """The files as bytes."""
    return {path: text.encode() for path, text in (FILES | changes).items()}


def changed(file: str, old: str, new: str) -> dict[str, bytes]:
    """The files, with one text in one of them replaced."""
    assert FILES[file].count(old) == 1, f"{old!r} is not unique in {file}"
    return contents(**{file: FILES[file].replace(old, new)})


def written(folder: Path, files: dict[str, bytes]) -> Path:
    """A folder with these files."""
    for path, data in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return folder
