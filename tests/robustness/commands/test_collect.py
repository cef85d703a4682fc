"""`forecast encode --collect`: what encoders answered becomes cases, all of it and nothing else."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from typer.testing import CliRunner

from forecast.cli.app import app
from forecast.core.errors import ForecastError, InputError
from forecast.engine.exact import Exact
from forecast.engine.panel import analysts
from forecast.records.elicitation import ItemView
from forecast.workspace.elicitation.chained_log import ChainedLog
from forecast.workspace.elicitation.collecting import collect, encoders, outcomes, values
from forecast.workspace.elicitation.neutral import read_neutral
from forecast.workspace.elicitation.session import Rejected, Session
from forecast.workspace.loader import load
from forecast.workspace.yaml.reader import read
from forecast.workspace.yaml.writer import case_text
from tests.robustness.commands.test_encode import CASE

SOURCES = """\
sources:
  - {id: press, name: Press, grade: B, checked: false}
  - {id: official, name: Official, grade: B, checked: false}
"""
WORDS: dict[str, dict[str, Any]] = {
    "speech": {"kept": [0.3, 0.4, 0.6]}, "first-vote": {"word": "clearly", "side": "against"},
    "orders": {"word": "nothing"}, "late-vote": {"word": "decisive", "side": "for"}}


def _encoded(folder: Path, analyst: str, word: dict[str, Any] | None = None, known: float = 0.25) -> Path:
    """The log of an encoder who answers everything; `word` in the place of what he says of orders."""
    session = Session(read_neutral([folder / "q"]), analyst, folder / "logs")
    while waiting := session.pending():
        request = waiting[0]
        name = request.case.question.id
        if request.item is None:
            session.answer({"question": name, "known": known, "probability": [0.1, 0.2, 0.35],
                            "quartiles": ["2025-04-20", "2025-05-10", "2025-06-01"], "reference_class": "such things",
                            "reason": "rare"})
        else:
            said = word if word and request.item.id == "orders" else WORDS[request.item.id]
            session.answer({"question": name, "item": request.item.id, "reason": f"as {analyst} sees it"} | said)
    return session.log.path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A neutral question, and sources beside where the cases go."""
    (tmp_path / "q").mkdir()
    (tmp_path / "q" / "one.yaml").write_text(CASE.format(name="one", first="2025-04-01"), encoding="utf-8")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "defaults.yaml").write_text(SOURCES, encoding="utf-8")
    return tmp_path


def test_a_case_is_no_wider_than_what_was_answered(folder: Path) -> None:
    log = _encoded(folder, "a")
    log.chmod(0o600)
    (written,) = collect(read_neutral([folder / "q"]), encoders([log]), folder / "out")
    assert written.stat().st_mode & 0o777 == 0o600


def test_answers_become_a_case(folder: Path) -> None:
    logs = [_encoded(folder, "a"), _encoded(folder, "b", {"word": "somewhat", "side": "for"})]
    written = collect(read_neutral([folder / "q"]), encoders(logs), folder / "out")
    assert written == [folder / "out" / "one.yaml"]
    case = load(written[0]).case()
    items = {item.id: item for item in case.items}
    assert items["first-vote"].likelihood_ratio == {"happens": (0.25, 0.158, 0.354)}
    assert items["late-vote"].likelihood_ratio == {"happens": (30, 17.3, 52)}
    assert items["late-vote"].recorded is not None
    assert items["speech"].kept == (0.4, 0.3, 0.6)
    assert items["speech"].is_report
    assert {item.analyst for item in case.items} == {"a"}
    assert items["orders"].rationale == "as a sees it"
    assert [component.analyst for component in case.question.prior] == ["a", "b"]
    assert len({component.weight for component in case.question.prior}) == 1
    opinion = next(opinion for opinion in case.opinions if opinion.analyst.id == "b")
    assert opinion.analyst.known == 0.25
    assert opinion.analyst.blind
    assert opinion.items["orders"].note == "as b sees it"
    assert analysts(case) == ("a", "b")
    late = {item.id for item in case.at(case.question.as_of[0]).known_then().active}
    assert "late-vote" not in late
    assert Exact(case).evidence.log_lift[[item.id for item in case.active].index("orders")] > 0


def test_a_word_for_what_was_looked_for_in_vain_is_of_the_report_of_that(folder: Path) -> None:
    path = folder / "q" / "one.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("about: sign, says: fact", "about: sign, seen: false"),
                    encoding="utf-8")
    logs = [_encoded(folder, "a", {"word": "clearly", "side": "against"}),
            _encoded(folder, "b", {"word": "somewhat", "side": "against"})]
    written = collect(read_neutral([folder / "q"]), encoders(logs), folder / "out")
    case = load(written[0]).case()
    orders = next(item for item in case.items if item.id == "orders")
    assert (orders.seen, orders.says) == (True, "report")
    assert Exact(case).evidence.log_lift[[item.id for item in case.active].index("orders")] < 0


def test_outcomes_are_written_when_they_are_known(folder: Path) -> None:
    logs = [_encoded(folder, "a"), _encoded(folder, "b")]
    table = folder / "answers.csv"
    table.write_text("id,outcome,date\none,1,2025-05-20\nother,0,2025-06-30\n", encoding="utf-8")
    command = ["encode", str(folder / "q"), "--collect", str(logs[0]), "--collect", str(logs[1]),
               "--out", str(folder / "out")]
    ran = CliRunner().invoke(app, command)
    assert "1 case written" in ran.output
    assert load(folder / "out" / "one.yaml").question.resolved is None
    again = CliRunner().invoke(app, [*command, "--outcomes", str(table)])
    assert "--force" in str(again.exception)
    forced = CliRunner().invoke(app, [*command, "--outcomes", str(table), "--force"])
    assert f"{table}: not one of the questions, and not used: other\n" in forced.output
    (folder / "out/priors").mkdir()
    assert "write resolved: into" in str(CliRunner().invoke(app, [*command, "--outcomes", str(table)]).exception)
    (folder / "out/priors").rmdir()
    resolved = load(folder / "out" / "one.yaml").question.resolved
    assert resolved is not None
    assert (resolved.outcome, str(resolved.date)) == ("happens", "2025-05-20")


@pytest.mark.parametrize("text", ["id,outcome\none,1\n", "id,outcome,date\none,1,soon\n",
                                  "id,outcome,date\none,1,2025-01-02\none,0,2025-01-02\n",
                                  "id,outcome,date\none,,2025-01-02\n", "id,outcome,date\n,1,2025-01-02\n"])
def test_a_wrong_table_of_outcomes_is_told(tmp_path: Path, text: str) -> None:
    table = tmp_path / "answers.csv"
    table.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"answers\.csv:\d.*;"):
        outcomes(table)


def test_a_table_that_never_ends_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "answers.csv")
    with pytest.raises(InputError, match="is not a regular file"):
        outcomes(tmp_path / "answers.csv")


@pytest.mark.parametrize("there", ["folder", "link to nothing", "link to itself", "link out"])
def test_what_is_in_the_way_of_a_case_is_named_and_no_case_is_written(folder: Path, there: str) -> None:
    place, target = folder / "out" / "one.yaml", {"link to nothing": "nothing", "link to itself": "one.yaml",
                                                  "link out": "../q/one.yaml"}
    if there == "folder":
        place.mkdir()
    else:
        place.symlink_to(target[there])
    (folder / "q" / "other.yaml").write_text(CASE.format(name="other", first="2025-04-01"), encoding="utf-8")
    with pytest.raises(InputError, match=r"out/one\.yaml:1: .*; put"):
        collect(read_neutral([folder / "q"]), encoders([_encoded(folder, "a")]), folder / "out", force=True)
    assert not (folder / "out" / "other.yaml").exists()


def test_nothing_is_written_while_something_is_missing(folder: Path) -> None:
    whole = _encoded(folder, "a")
    begun = Session(read_neutral([folder / "q"]), "b", folder / "logs")
    begun.answer({"question": "one", "known": 0, "probability": [0.1, 0.2, 0.35], "quartiles": [1, 2, 3],
                  "reference_class": "such things", "reason": "rare"})
    files = read_neutral([folder / "q"])
    with pytest.raises(InputError, match=r"evidence\.orders: b has not encoded it"):
        collect(files, encoders([whole, begun.log.path]), folder / "out")
    changed = CASE.format(name="one", first="2025-04-01").replace("A first vote", "A vote")
    (folder / "q" / "one.yaml").write_text(changed, encoding="utf-8")
    with pytest.raises(InputError, match="was changed after a had been shown it"):
        collect(read_neutral([folder / "q"]), encoders([whole]), folder / "out")
    assert not (folder / "out" / "one.yaml").exists()
    with pytest.raises(InputError, match="is not a log"):
        encoders([folder / "q" / "one.yaml"])


def test_a_case_that_would_not_pass_the_gate_is_not_written(folder: Path) -> None:
    logs = [_encoded(folder, "a")]
    (folder / "out" / "defaults.yaml").unlink()
    with pytest.raises(InputError, match="source"):
        collect(read_neutral([folder / "q"]), encoders(logs), folder / "out")
    assert not (folder / "out" / "one.yaml").exists()


def test_a_log_that_was_changed_is_refused(folder: Path) -> None:
    log = _encoded(folder, "a")
    log.write_text(log.read_text(encoding="utf-8").replace("decisive", "strongly"), encoding="utf-8")
    with pytest.raises(InputError, match="was changed"):
        encoders([log])
    assert ChainedLog(folder / "logs" / "nobody.log.jsonl").lines == []


def test_a_word_is_the_lift_whatever_it_says_of_the_alternatives() -> None:
    view = ItemView.model_validate({"question": "q", "item": "i", "word": "somewhat", "side": "for", "reason": "so",
                                    "background": {"covert": {"word": "clearly", "side": "for"}}})
    shares = {"open": 0.0, "covert": 0.7, "none": 0.3}
    ratios = values(view, shares)["likelihood_ratio"]
    mean = 0.7 * ratios["covert"][1] + 0.3
    assert ratios["open"][1] / mean == pytest.approx(2, rel=0.005)
    assert ratios["covert"] == [2.83, 4, 6.32]


def test_an_encoder_may_be_certain_of_the_outcome(folder: Path) -> None:
    """He says so with 1, and the case that is made of it passes the gate."""
    log = _encoded(folder, "a", known=1)
    written = collect(read_neutral([folder / "q"]), encoders([log]), folder / "out")
    assert load(written[0]).case().opinions[0].analyst.known == 1


@pytest.mark.parametrize("text", ["1e5", "0o17", "1_0", "no", "~", "1:30", "- x", "a: b", " x ", "x\n y\n"])
def test_texts_of_a_case_are_read_back_as_they_were(text: str) -> None:
    fields = {"question": {"title": text, "notes": [text], "event": {"name": text}}}
    assert read(case_text(fields)).value == fields


ALTERNATIVES = ("otherwise", "talks", "settled")
THREE = CASE.replace("name: No thing}}]", "name: No thing}}, {{id: talks, name: Talks}}, {{id: settled, name: Peace}}]")
PROBABILITY = st.sampled_from([0.00001, 0.0004, 0.5, 0.999, 0.9996, 0.9999999]) | st.floats(1e-9, 1 - 1e-9)
SHARE = st.sampled_from([1e-9, 0.00001, 0.5, 0.99999, 1e9]) | st.floats(1e-12, 1e9)
RANGE = st.tuples(PROBABILITY, PROBABILITY, PROBABILITY).map(sorted)


@given(RANGE, RANGE, st.lists(SHARE, min_size=3, max_size=3), RANGE)
@example([0.1, 0.2, 0.3], [0.99, 0.999, 0.9999], [1, 0.99999, 0.00001], [0.1, 0.2, 0.3])
@example([0.999998, 0.9999996, 0.9999999], [1e-9, 0.9996, 0.9999999], [1e9, 1e-9, 1e-9], [0.1, 0.2, 0.3])
def test_whatever_encode_takes_is_collected(view: list[float], kept: list[float], shares: list[float],
                                           other: list[float]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "one.yaml").write_text(THREE.format(name="one", first="2025-04-01"), encoding="utf-8")
        (folder / "out").mkdir()
        (folder / "out/defaults.yaml").write_text(SOURCES, encoding="utf-8")
        logs = [_answered(folder, "a", view, kept, shares), _answered(folder, "b", other, kept, shares[::-1])]
        (case,) = collect(read_neutral([folder / "one.yaml"]), encoders(logs), folder / "out")
        assert {item.id for item in load(case).items} == set(WORDS)


def _answered(folder: Path, analyst: str, view: list[float], kept: list[float], shares: list[float]) -> Path:
    """The log of an encoder who gives these numbers or, where one is refused, plain ones."""
    session = Session(read_neutral([folder / "one.yaml"]), analyst, folder / "logs")
    outside = {"question": "one", "known": 0.25, "quartiles": ["2025-04-20", "2025-05-10", "2025-06-01"],
               "reference_class": "such things", "reason": "rare"}
    _answer(session, [outside | {"probability": p, "shares": dict(zip(ALTERNATIVES, s, strict=True))}
                      for p in (view, [0.1, 0.2, 0.35]) for s in (shares, [1.0, 1.0, 1.0])])
    while waiting := session.pending():
        item = waiting[0].item
        assert item is not None
        said = [{"kept": kept}, {"kept": 0.4}] if item.id == "speech" else [WORDS[item.id]]
        _answer(session, [{"question": "one", "item": item.id, "reason": "R"} | each for each in said])
    return session.log.path


def _answer(session: Session, answers: list[dict[str, Any]]) -> None:
    """Give the first of some answers that is taken."""
    for answer in answers:
        with suppress(Rejected):
            session.answer(answer)
            return
    raise AssertionError(answers)


def test_cases_go_to_a_folder_that_is_there(folder: Path) -> None:
    with pytest.raises(ForecastError, match=r"new: is no folder; make it, and put a defaults\.yaml into it"):
        collect(read_neutral([folder / "q"]), encoders([_encoded(folder, "a")]), folder / "new")
