"""`forecast encode --collect` into a workspace: its items are encoded anew, and nothing else is touched."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from forecast.cli.app import app
from forecast.core.errors import InputError
from forecast.engine.exact import Exact
from forecast.engine.panel import analysts
from forecast.workspace.elicitation.collecting import encoders, recoded
from forecast.workspace.elicitation.neutral import read_neutral
from forecast.workspace.loader import load
from tests.robustness.commands.test_collect import SOURCES, _encoded
from tests.robustness.commands.test_encode import CASE

QUESTION = """\
# The question, kept by hand.
id: one
title: Will one happen?
resolution: If it happens.
opens: 2025-04-01
horizon: 2025-06-30
event: {id: happens, name: The thing, phrase: the thing happens}
alternatives: [{id: otherwise, name: No thing}]
reference: otherwise
prior:
  - {kind: elicited, probability: [0.1, 0.2, 0.4], weeks: [2, 5, 9], weight: 1}   # before anything was seen
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace with comments whose facts both encoders have encoded, one of them looked for in vain."""
    (tmp_path / "q").mkdir()
    text = CASE.format(name="one", first="2025-04-01").replace("about: sign, says: fact", "about: sign, seen: false")
    (tmp_path / "q/one.yaml").write_text(text, encoding="utf-8")
    neutral = read_neutral([tmp_path / "q"])[0]
    lines = ["# One month."]
    for number, item in enumerate(neutral.case.evidence):
        window = f"  window: [{item.window[0]}, {item.window[1]}]\n" if item.window else ""
        about = "" if item.window else f"  about: {item.kind}\n"
        recorded = f"  recorded: {item.recorded}\n" if item.recorded else ""
        value = "  probability: {happens: 0.2, otherwise: 0.1}\n  seen: false\n" if item.id == "orders" else (
            "  likelihood_ratio: {happens: [1.1, 1.4, 1.9]}   # as it was\n")
        lines.append(f"\n# Comment {number}.\n- id: {item.id}\n  title: Title {number}\n  date: {item.date}\n{recorded}"
                     f"  source: {item.source}\n{window}{about}{value}  url: https://example.org/{number}\n"
                     f"  rationale: |\n    Old reason {number}.")
    root = tmp_path / "workspace"
    for path, text in {"priors/question.yaml": QUESTION, "priors/sources.yaml": SOURCES.split("\n", 1)[1],
                       "evidence/2025-04.yaml": "\n".join(lines) + "\n"}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    groups = "".join(f"- {{id: {group.id}, name: {group.name}, overlap: 0.5}}\n" for group in neutral.case.groups)
    (root / "priors/groups.yaml").write_text(groups or "[]\n", encoding="utf-8")
    return tmp_path


def test_items_are_encoded_anew_and_nothing_else_changes(folder: Path) -> None:
    logs = [_encoded(folder, "a"), _encoded(folder, "b", {"word": "somewhat", "side": "for"})]
    root = folder / "workspace"
    before = {path: path.read_bytes() for path in sorted(root.rglob("*.yaml"))}
    command = ["encode", str(folder / "q"), "--collect", str(logs[0]), "--collect", str(logs[1]), "--out", str(root)]
    ran = CliRunner().invoke(app, command)
    assert ran.exit_code == 0, ran.output
    assert "4 items encoded anew in 3 files" in ran.output
    case = load(root).case()
    items = {item.id: item for item in case.items}
    assert {item.analyst for item in case.items} == {"a"}
    assert items["late-vote"].likelihood_ratio == {"happens": (30, 17.3, 52)}
    assert items["speech"].kept == (0.4, 0.3, 0.6)
    assert items["first-vote"].rationale.strip() == "as a sees it"
    assert (items["orders"].seen, items["orders"].is_report) == (True, True)
    assert analysts(case) == ("a", "b")
    assert Exact(case).evidence.log_lift[[item.id for item in case.active].index("orders")] > 0
    evidence = (root / "evidence/2025-04.yaml").read_text(encoding="utf-8")
    assert "Old reason" not in evidence
    for number in range(4):
        for kept in (f"# Comment {number}.", f"title: Title {number}", f"https://example.org/{number}"):
            assert kept in evidence
    for path, text in before.items():
        assert path.name == "2025-04.yaml" or path.read_bytes() == text
    again = recoded(load(root), read_neutral([folder / "q"])[0], encoders(logs))
    assert {path for path, text in again.after.items() if text != again.before[path]} == set()


OPINION = """\
# Kept by hand.
analyst: {{id: {}, name: Berta}}   # since 2024
items:
  late-vote:
    likelihood_ratio: {{happens: [1.2, 1.5, 2]}}   # agreed in May
    note: |
      From our own archive.
prior:
  - {{kind: elicited, probability: [0.05, 0.1, 0.2], weeks: [2, 5, 9], weight: 1}}   # hers
"""


def test_the_file_of_an_opinion_keeps_what_was_not_encoded(folder: Path) -> None:
    logs = [_encoded(folder, "a"), _encoded(folder, "b")]
    root, question = folder / "workspace", read_neutral([folder / "q"])[0]
    (root / "evidence/opinions").mkdir()
    for name in "ab":
        (root / f"evidence/opinions/{name}.yaml").write_text(OPINION.format(name), encoding="utf-8")
    before = load(root).opinions
    recoded(load(root), question, encoders(logs)).write()
    for old, opinion in zip(before, load(root).opinions, strict=True):
        assert (opinion.prior, opinion.analyst.name, opinion.analyst.known) == (old.prior, "Berta", 0.25)
        text = (root / f"evidence/opinions/{opinion.analyst.id}.yaml").read_text(encoding="utf-8")
        assert all(f"# {comment}\n" in text for comment in ("Kept by hand.", "since 2024", "agreed in May", "hers"))
    own, other = load(root).opinions
    assert (own.items, set(other.items)) == ({}, {"speech", "first-vote", "orders", "late-vote"})
    assert other.items["late-vote"].likelihood_ratio == {"happens": (30, 17.3, 52)}
    assert other.items["late-vote"].note == "as b sees it\nFrom our own archive."
    again = recoded(load(root), question, encoders(logs))
    assert {path for path, text in again.after.items() if text != again.before[path]} == set()


@pytest.mark.parametrize(("old", "new", "expected"), [
    ("source: press", "source: official", "encode it as it is there"),
    ("id: first-vote", "id: other-vote", "is not an item of the workspace"),
    ("id: first-vote", "id: other-vote", "other-vote is an item of the workspace and not of the question")])
def test_facts_that_are_others_are_told_and_nothing_is_written(folder: Path, old: str, new: str, expected: str) -> None:
    log = _encoded(folder, "a")
    path = folder / "workspace/evidence/2025-04.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    before = path.read_bytes()
    with pytest.raises(InputError, match=expected):
        recoded(load(folder / "workspace"), read_neutral([folder / "q"])[0], encoders([log]))
    assert path.read_bytes() == before
    assert not (folder / "workspace/evidence/opinions").exists()


def test_a_workspace_that_asks_something_else_is_told(folder: Path) -> None:
    log = _encoded(folder, "a")
    path = folder / "workspace/priors/question.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("id: one", "id: two"), encoding="utf-8")
    ran = CliRunner().invoke(app, ["encode", str(folder / "q"), "--collect", str(log), "--out", str(path.parents[1])])
    assert "is none of the questions" in str(ran.exception)
