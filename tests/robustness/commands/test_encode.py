"""`forecast encode`: the order is enforced, nothing is changed afterwards, and no wrong answer is written."""

from __future__ import annotations

import io
import json
import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from forecast.cli.app import app
from forecast.cli.dialogues.encoding import by_lines
from forecast.core.errors import ForecastError, InputError
from forecast.records.elicitation import word_ratio
from forecast.records.types import WORDS
from forecast.workspace.elicitation.chained_log import START, ChainedLog, canonical, hash_of
from forecast.workspace.elicitation.neutral import read_neutral
from forecast.workspace.elicitation.session import Rejected, Session

CASE = """\
question:
  id: {name}
  title: Will it happen by the end of June?
  resolution: It counts if it happens.
  opens: 2025-01-01
  horizon: 2025-06-30
  as_of: [{first}, 2025-05-01]
  event: {{id: happens, name: The thing, phrase: the thing happens}}
  alternatives: [{{id: otherwise, name: No thing}}]
  reference: otherwise
evidence:
  - {{id: late-vote, title: A vote is held., date: 2025-02-20, recorded: 2025-05-01, source: press, about: condition,
     says: fact, group: votes}}
  - {{id: orders, title: Orders were given., date: 2025-03-20, source: press, about: sign, says: fact}}
  - {{id: speech, title: They announce it for May., date: 2025-02-01, source: official,
     window: [2025-05-01, 2025-05-31], says: report}}
  - {{id: first-vote, title: A first vote is held., date: 2025-02-10, source: press, about: condition, says: fact,
     group: votes}}
left_out:
  - {{fact: Nothing so far, why: silence}}
groups:
  - {{id: votes, name: Votes, overlap: 0.6}}
"""
ORDER = ["speech", "first-vote", "orders", "late-vote"]


def _file(folder: Path, name: str, first: str = "2025-04-01") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.yaml"
    path.write_text(CASE.format(name=name, first=first), encoding="utf-8")
    return path


def _view(name: str = "one", **changes: Any) -> dict[str, Any]:
    return {"question": name, "known": 0.1, "probability": [0.1, 0.2, 0.35],
            "quartiles": ["2025-04-20", "2025-05-10", "2025-06-01"], "reference_class": "such things",
            "reason": "they are rare"} | changes


def _word(item: str, name: str = "one", **changes: Any) -> dict[str, Any]:
    return {"question": name, "item": item, "word": "somewhat", "side": "for", "reason": "so it seems"} | changes


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """One question, nothing answered."""
    return Session(read_neutral([_file(tmp_path / "q", "one")]), "anna", tmp_path / "out")


def _run(session: Session, *answers: dict[str, Any], capsys: pytest.CaptureFixture[str], at_once: bool = False
         ) -> tuple[int, list[dict[str, Any]]]:
    lines = "".join(json.dumps(answer) + "\n" for answer in answers)
    code = by_lines(session, io.StringIO(lines), at_once=at_once)
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_whole_question_in_its_order(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = _run(session, _view(), *map(_word, ORDER), capsys=capsys)
    assert code == 0
    assert [line["ask"] for line in lines if "ask" in line] == ["outside", *["item"] * 4, None]
    assert [line["item"] for line in lines if line.get("ask") == "item"] == ORDER
    assert lines[-1]["head"] == session.log.head == lines[-2]["hash"]


@pytest.mark.parametrize("at_once", [False, True])
def test_no_item_is_shown_before_the_outside_view_is_stored(session: Session, capsys: pytest.CaptureFixture[str],
                                                            at_once: bool) -> None:
    _, lines = _run(session, capsys=capsys, at_once=at_once)
    text = json.dumps(lines)
    assert [line["ask"] for line in lines] == ["outside"]
    assert not any(word in text for word in ("speech", "announce", "vote", "Orders"))
    assert not session.log.path.exists()


def test_at_once_shows_one_block_and_no_more(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    _, lines = _run(session, _view(), capsys=capsys, at_once=True)
    assert [line["item"] for line in lines if line.get("ask") == "item"] == ORDER[:3]
    assert "late" not in json.dumps(lines)  # nor as another member of the group of first-vote
    _, lines = _run(session, *map(_word, ORDER[:3]), capsys=capsys, at_once=True)
    assert [line["item"] for line in lines if line.get("ask") == "item"] == ORDER
    assert lines[-1]["group"]["others"] == ["2025-02-10 A first vote is held."]
    assert [line["at_once"] for line in session.log.lines[2:]] == [True] * 3


def test_an_interrupted_session_goes_on(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    _run(session, _view(), _word("speech"), capsys=capsys)
    again = Session(session.questions, "anna", session.log.path.parent)
    _, lines = _run(again, capsys=capsys)
    assert [line["item"] for line in lines] == ["first-vote"]


def test_a_wrong_answer_is_told_and_not_written(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = _run(session, _view(), _word("speech"), _word("first-vote", word="very"), _word("orders"),
                       capsys=capsys)
    assert code == 1
    assert "error" in lines[-1]
    assert lines[-1]["item"] == "first-vote"
    assert [line["entry"] for line in session.log.lines] == ["begin", "outside", "item"]


@pytest.mark.parametrize(("changes", "what"), [
    ({"known": 2}, "known"),
    ({"known_outcome": "happen"}, "did you mean happens"),
    ({"probability": 0.2}, "[low, stated, high]"),
    ({"probability": [0.3, 0.2, 0.4]}, "not in order"),
    ({"probability": [0.0, 0.2, 0.4]}, "out of range"),
    ({"probability": [0.001, 0.5, 0.999]}, "no Beta"),
    ({"quartiles": [1, 2]}, "quartiles"),
    ({"quartiles": [3, 2, 4]}, "falls"),
    ({"quartiles": [0, 2, 4]}, "outside the question"),
    ({"quartiles": [1, 2, 13]}, "outside the question"),
    ({"quartiles": ["2025-04-20", 3, 4]}, "mixes"),
    ({"quartiles": ["2025-4-20", "2025-05-10", "2025-06-01"]}, "YYYY-MM-DD"),
    ({"quartiles": [1, True, 3]}, "YYYY-MM-DD"),
    ({"reference_class": " "}, "empty"),
    ({"question": "two"}, "is not the question"),
    ({"probabilty": [0.1, 0.2, 0.3]}, "did you mean probability"),
])
def test_outside_views_that_do_not_fit(session: Session, changes: dict[str, Any], what: str) -> None:
    with pytest.raises(Rejected) as error:
        session.answer(_view() | changes)
    assert what in str(error.value)
    assert not session.log.path.exists()


@pytest.mark.parametrize(("changes", "what"), [
    ({"word": "strong"}, "did you mean strongly"),
    ({"side": None}, "write for or against"),
    ({"word": "nothing"}, "takes no side"),
    ({"word": None, "side": None}, "is missing"),
    ({"kept": 0.4}, "write one of the two"),
    ({"word": None, "kept": 0.4}, "which has none"),
    ({"word": None, "side": None, "kept": 1.4}, "out of range"),
    ({"background": {"otherwise": {"word": "nothing"}}}, "leave out background"),
    ({"item": "orders"}, "answer speech"),
    ({"reason": ""}, "empty"),
])
def test_views_of_items_that_do_not_fit(session: Session, changes: dict[str, Any], what: str) -> None:
    session.answer(_view())
    with pytest.raises(Rejected) as error:
        session.answer(_word("speech") | changes)
    assert what in str(error.value)
    assert len(session.log.lines) == 2


def test_kept_is_for_claims(session: Session) -> None:
    session.answer(_view())
    kept = {"word": None, "side": None, "kept": [0.2, 0.3, 0.5]}
    session.answer(_word("speech", **kept))
    with pytest.raises(Rejected, match="is for claims"):
        session.answer(_word("first-vote", **kept))


THREE = ("[{id: otherwise, name: No thing}]",
         "[{id: otherwise, name: No thing, share: 0.6}, {id: other, name: Another, share: 0.4}]")


def _changed(folder: Path, *changes: tuple[str, str]) -> Session:
    path = _file(folder / "q", "one")
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return Session(read_neutral([path]), "anna", folder / "out")


@pytest.mark.parametrize(("says", "what"), [
    ("says: fact", "speech says a fact"), ("note: no more", "speech says a fact"),
    ("seen: false", "speech was not seen"), ("says: report, seen: false", "speech was not seen")])
def test_kept_is_offered_and_taken_where_the_gate_takes_it(tmp_path: Path, says: str, what: str) -> None:
    session = _changed(tmp_path, ("window: [2025-05-01, 2025-05-31], says: report",
                                  f"window: [2025-05-01, 2025-05-31], {says}"))
    session.answer(_view())
    asked = session.pending()[0].document()
    assert "kept" not in asked["answer"]
    assert "kept" not in asked["asks"]
    with pytest.raises(Rejected, match=what):
        session.answer({"question": "one", "item": "speech", "kept": [0.2, 0.3, 0.5], "reason": "so"})
    session.answer(_word("speech"))


def test_what_kept_cannot_say_is_refused_and_not_asked(tmp_path: Path) -> None:
    leaning = {"background": {"other": {"word": "clearly", "side": "for"}}}
    session = _changed(tmp_path, THREE)
    session.answer(_view(shares={"otherwise": 0.6, "other": 0.4}))
    kept = {"question": "one", "item": "speech", "kept": [0.2, 0.3, 0.5], "reason": "so"}
    with pytest.raises(Rejected, match="cannot go with kept"):
        session.answer(kept | leaning)
    session.answer(kept)
    session.answer(_word("first-vote") | leaning)


def test_leanings_that_were_written_beside_kept_before_are_read(tmp_path: Path) -> None:
    session = _changed(tmp_path, THREE)
    session.answer(_view(shares={"otherwise": 0.6, "other": 0.4}))
    session.answer({"question": "one", "item": "speech", "kept": [0.2, 0.3, 0.5], "reason": "so"})
    answer = session.log.lines[-1]["answer"] | {"background": {"other": {"word": "clearly", "side": "for"}}}
    _resealed(session.log.path, *session.log.lines[:-1], session.log.lines[-1] | {"answer": answer})
    assert Session(session.questions, "anna", tmp_path / "out").answered.items["one"]["speech"].answer.background


def test_people_are_not_asked_for_leanings_beside_kept(tmp_path: Path) -> None:
    session = _changed(tmp_path, THREE)
    said = ["0", "10%, 20%, 35%", "2025-04-20, 2025-05-10, 2025-06-01", "0.6", "0.4", "such", "rare", "y",
            "kept", "30%, 40%, 60%", "so", "y", "nothing", "clearly", "for", "so", "y"]
    command = ["encode", str(tmp_path / "q"), "--analyst", "anna", "--out", str(tmp_path / "out")]
    shown = CliRunner().invoke(app, command, input="\n".join(said) + "\n").output
    lines = Session(session.questions, "anna", tmp_path / "out").log.lines
    assert shown.count("Another against No thing") == 1  # of the first vote
    assert [line["answer"].get("background") for line in lines[2:]] == [
        None, {"other": {"word": "clearly", "side": "for"}}]


def _complete(session: Session) -> bytes:
    for answer in (_view(), *map(_word, ORDER)):
        session.answer(answer)
    return session.log.path.read_bytes()


def test_every_changed_byte_of_a_log_is_found(session: Session) -> None:
    whole = _complete(session)
    for at in range(0, len(whole) - 1, 7):
        changed = bytes([whole[at] ^ 1])
        session.log.path.write_bytes(whole[:at] + changed + whole[at + 1:])
        with pytest.raises(ForecastError):
            Session(session.questions, "anna", session.log.path.parent)


@pytest.mark.parametrize(("change", "line"), [
    (lambda lines: [*lines[:2], *lines[3:]], 3),
    (lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], 2),
    (lambda lines: [*lines, lines[-1]], 7),
    (lambda lines: lines[1:], 1),
    (lambda lines: [*lines[:3], "", *lines[3:]], 4),
    (lambda lines: [*lines[:3], lines[3].replace("somewhat", "decisive"), *lines[4:]], 4),
])
def test_a_tampered_log_is_refused_with_its_line(session: Session, change: Any, line: int) -> None:
    lines = _complete(session).decode().splitlines()
    session.log.path.write_text("\n".join(change(lines)) + "\n")
    with pytest.raises(InputError) as error:
        Session(session.questions, "anna", session.log.path.parent)
    assert [problem.line for problem in error.value.problems] == [line]


def test_a_log_in_the_wrong_order_is_refused_though_its_hashes_fit(session: Session) -> None:
    log = ChainedLog(session.log.path)
    log.append({"entry": "begin", "analyst": "anna", "format": 1})
    log.append({"entry": "item", "question": "one", "item": "speech", "shown": "", "answer": {}})
    with pytest.raises(InputError, match="before the outside view"):
        Session(session.questions, "anna", log.path.parent)


def _resealed(path: Path, *lines: dict[str, Any]) -> None:
    """Write a log whose hashes fit, whatever its lines hold."""
    before, text = START, ""
    for number, fields in enumerate(lines, start=1):
        line = fields | {"n": number, "before": before}
        before = hash_of(line)
        text += canonical(line | {"hash": before}) + "\n"
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("changes", [
    {"question": ["one"]}, {"question": None}, {"items": 5}, {"items": [["speech"]]}, {"shown": 1}, {"answer": "x"},
    {"answer": {}}, {"entry": []}, {"answer": _view(known=7)}, {"answer": _view(quartiles=[1, 900, 901])},
    {"answer": _view("two")}])
def test_a_log_with_odd_lines_is_refused_though_its_hashes_fit(session: Session, changes: dict[str, Any]) -> None:
    _complete(session)
    begin, view, *_ = ChainedLog(session.log.path).lines
    _resealed(session.log.path, begin, view | changes, {"entry": "item", "question": "one", "item": "speech"})
    with pytest.raises(InputError) as error:
        Session(session.questions, "anna", session.log.path.parent)
    assert "; restore the log from a backup" in str(error.value)


def test_an_answer_that_does_not_fit_its_item_is_refused_though_its_hashes_fit(session: Session) -> None:
    _complete(session)
    begin, view, first, *_ = ChainedLog(session.log.path).lines
    _resealed(session.log.path, begin, view, first | {"answer": _word("orders")})
    with pytest.raises(InputError, match="is not what anna answered"):
        Session(session.questions, "anna", session.log.path.parent)


@pytest.mark.parametrize("line", [
    '{"hash":"x","a":NaN}', '{"hash":"x","a":1e999}', '{"hash":"x","a":"\\ud800"}', "[" * 100_000, "[]", "5",
    '{"hash":{}}'])
def test_a_line_that_cannot_be_hashed_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "anna.log.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(InputError) as error:
        ChainedLog(path)
    assert error.value.problems[0].line == 1


def test_a_field_that_is_written_twice_is_a_change(session: Session) -> None:
    whole = _complete(session).decode()
    session.log.path.write_text(whole.replace('"word":"somewhat"', '"word":"decisive","word":"somewhat"', 1))
    with pytest.raises(InputError, match="was changed after it had been written"):
        Session(session.questions, "anna", session.log.path.parent)


def test_a_log_of_somebody_else_is_refused(session: Session) -> None:
    _complete(session)
    session.log.path.rename(session.log.path.with_name("bert.log.jsonl"))
    with pytest.raises(InputError, match="log of bert"):
        Session(session.questions, "bert", session.log.path.parent)


def test_two_sessions_do_not_write_over_each_other(session: Session) -> None:
    other = Session(session.questions, "anna", session.log.path.parent)
    session.answer(_view())
    with pytest.raises(ForecastError, match="another session"):
        other.answer(_view(known=0.5))
    assert [line["answer"]["known"] for line in session.log.lines[1:]] == [0.1]


@pytest.mark.parametrize(("old", "new", "place"), [
    ("It counts if it happens.", "It counts if it nearly happens.", "question"),
    ("They announce it for May.", "They announce it for April.", "evidence.speech"),
    ("id: orders", "id: commands", "evidence"),
])
def test_a_question_that_was_changed_after_it_had_been_shown_is_refused(session: Session, old: str, new: str,
                                                                        place: str) -> None:
    _complete(session)
    path = session.questions[0].path
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(InputError) as error:
        Session(read_neutral([path]), "anna", session.log.path.parent)
    assert [problem.field for problem in error.value.problems] == [place]


@pytest.mark.parametrize(("old", "new", "place"), [
    ("  reference: otherwise", "  reference: otherwise\n  evidence_weight: 0.2", "question"),
    ("  reference: otherwise", "  reference: otherwise\n  preparation: {lead: 2w}", "question"),
    ("every: 2w", "every: 2w, at_most: never", "evidence.orders"),
    ("source: official,", "source: official, seen: false,", "evidence.speech"),
    ("overlap: 0.6", "overlap: 0.6, memory: never", "evidence.first-vote"),
])
def test_what_bears_on_the_forecast_and_was_not_shown_cannot_be_changed_either(
        tmp_path: Path, old: str, new: str, place: str) -> None:
    session = _changed(tmp_path, ("about: sign", "about: sign, standing: {every: 2w}"))
    _complete(session)
    path = session.questions[0].path
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(InputError) as error:
        Session(read_neutral([path]), "anna", session.log.path.parent)
    assert {problem.field for problem in error.value.problems} >= {place}
    # Logs that were written before know nothing of it.
    _resealed(session.log.path, *({name: value for name, value in line.items() if name != "set_before"}
                                  for line in session.log.lines))
    Session(read_neutral([path]), "anna", session.log.path.parent)


def test_what_is_learned_later_may_be_written(session: Session) -> None:
    _complete(session)
    path = session.questions[0].path
    path.write_text(path.read_text().replace("source: official,", "source: official, retracted: 2025-05-03,").replace(
        "  reference: otherwise", "  reference: otherwise\n  calibration: calibration.yaml"))
    Session(read_neutral([path]), "anna", session.log.path.parent)


def test_a_question_that_is_begun_is_finished_first(tmp_path: Path) -> None:
    first, second = _file(tmp_path, "one"), _file(tmp_path, "two")
    Session(read_neutral([second]), "anna", tmp_path).answer(_view("two"))
    with pytest.raises(ForecastError, match="two is begun and not finished"):
        Session(read_neutral([first]), "anna", tmp_path)
    assert Session(read_neutral([first, second]), "anna", tmp_path).pending()[0].case.question.id == "two"


def test_a_folder_is_read_by_first_date_and_then_id(tmp_path: Path) -> None:
    for name, first in (("b", "2025-04-02"), ("c", "2025-04-01"), ("a", "2025-04-02")):
        _file(tmp_path, name, first)
    (tmp_path / "defaults.yaml").write_text("sources: []\n")
    assert [each.id for each in read_neutral([tmp_path])] == ["c", "a", "b"]
    assert [each.id for each in read_neutral([tmp_path / "b.yaml", tmp_path / "a.yaml"])] == ["b", "a"]


def test_problems_of_neutral_cases_have_their_lines(tmp_path: Path) -> None:
    path = _file(tmp_path, "one")
    path.write_text(path.read_text().replace("about: sign", "about: sing").replace("id: speech", "id: orders")
                    .replace("group: votes}\n  - {id: ord", "group: vote}\n  - {id: ord"))
    with pytest.raises(InputError) as error:
        read_neutral([path, path.with_name("none.yaml")])
    found = {(problem.line, problem.field): problem.what for problem in error.value.problems}
    assert "did you mean sign" in found[14, "evidence.orders.about"]
    assert (1, "") in found


def test_people_are_asked_again(tmp_path: Path) -> None:
    path = _file(tmp_path / "q", "one")
    outside = ["often", "0", "0.1, 0.2, 0.35", "1, 5, 8", "such things", "they are rare", "y"]
    speech = ["kept", "0.2, 0.3, 0.5", "they said so before", "y"]
    vote = ["very", "for", "hm", "somewhat", "for", "so it seems", "n", "nothing", "it says nothing", "y"]
    rest = ["clearly", "against", "why not", "y"] * 2
    arguments = ["encode", str(path), "--analyst", "anna", "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(app, arguments, input="\n".join([*outside, *speech, *vote, *rest]) + "\n")
    assert result.exit_code == 0, result.output
    assert "often is not a number" in result.output
    assert "did you mean" in result.output or "write one of" in result.output
    answers = [line["answer"] for line in ChainedLog(tmp_path / "out/anna.log.jsonl").lines[1:]]
    assert answers[0]["probability"] == [0.1, 0.2, 0.35]
    assert answers[1]["kept"] == [0.2, 0.3, 0.5]
    assert (answers[2]["word"], answers[2].get("side")) == ("nothing", None)
    assert answers[3]["side"] == "against"


def test_lines_that_are_no_answers(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    for line in ("{", "[]", "1", '"text"', "NaN", "[" * 100_000, json.dumps(_view(reason="\ud800")),
                 json.dumps(_view(known=math.nan)), '{"known": ' + "1" * 200_000 + "}",
                 json.dumps(_view()).replace("{", '{"known": 0.9, ', 1)):
        assert by_lines(session, io.StringIO(line + "\n")) == 1
        said = json.loads(capsys.readouterr().out.splitlines()[-1])["error"]
        assert "sys." not in said
    assert not session.log.path.exists()


junk = st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5)
                    | st.sampled_from(["one", "speech", "for", "2025-05-01"]),
                    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
                    max_leaves=6)


@given(st.dictionaries(st.sampled_from(sorted({*_view(), *_word("speech"), "kept", "background", "shares", "side"})),
                       junk), st.booleans())
def test_no_answer_makes_a_traceback(tmp_path_factory: pytest.TempPathFactory, changes: dict[str, Any],
                                     outside: bool) -> None:
    folder = tmp_path_factory.mktemp("fuzz")
    session = Session(read_neutral([_file(folder, "one")]), "anna", folder)
    if outside:
        answer = _view() | changes
    else:
        session.answer(_view())
        answer = _word("speech") | changes
    before = len(session.log.lines)
    try:
        session.answer(answer)
    except Rejected:
        assert len(session.log.lines) == before
    else:
        assert Session(session.questions, "anna", folder).log.head == session.log.head


def test_words_are_a_ladder_whose_ranges_touch() -> None:
    ranges = [word_ratio(word, "for") for word in WORDS]  # type: ignore[arg-type]
    for lower, upper in pairwise(ranges):
        assert lower.high == pytest.approx(upper.low)
        assert lower.high == pytest.approx(math.sqrt(lower.stated * upper.stated))
    for word, estimate in zip(WORDS, ranges, strict=True):
        against = word_ratio(word, "against")  # type: ignore[arg-type]
        assert against.stated == pytest.approx(1 / estimate.stated)
        assert against.bounds() == pytest.approx((1 / estimate.bounds()[1], 1 / estimate.bounds()[0]))
