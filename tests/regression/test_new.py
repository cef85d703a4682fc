"""`forecast new` and `init`: what is asked, asked again, stated and found."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from forecast.analysis.indicators import watch
from forecast.engine.exact import Exact
from forecast.records.evidence import Item
from forecast.workspace.editing import from_indicator
from forecast.workspace.loader import load
from forecast.workspace.starting import init
from tests.regression.conftest import ITEM, NEW, Typed

BARE = ("new", "mine", "--date", "2024-01-10")
FIRST = ("--title", "T", "--source", "paper")


def item(root: Path, name: str = "mine") -> Item:
    return next(item for item in load(root).items if item.id == name)


def test_a_wrong_answer_is_asked_again_and_no_other_is_lost(root: Path, typed: Typed) -> None:
    answers = ["My title", "papper", "paper", "omen", "condition", "rumour", "fact", "no-group", "wage-round",
               "https://example.org/1", "9", "2", "lots", "clearly maybe", "probability", "1.5", "0.9,0.5,0.1", "0.5",
               "0.3", "nan", "0.2,0.3,0.4", "fortnight", "4w,at_most=13w", "Because.", "y"]
    code, out, _ = typed(*BARE, answers="\n".join(answers) + "\n")
    assert code == 0
    assert out.count("How often is it so") == 3, "asked again twice"
    assert out.count("How often would you see this") == 3 + 3
    made = item(root)
    assert (made.title, made.source, made.group, made.credibility) == ("My title", "paper", "wage-round", 2)
    assert (made.about, made.says) == ("condition", "fact")
    assert made.probability is not None
    assert made.probability["settled"] == (0.3, 0.2, 0.4)
    assert made.standing is not None
    assert made.standing.at_most == 13


@pytest.mark.parametrize(("options", "said"), [
    (("--counts", "strike=3of4"), "--counts strike=3of4: 3of4: not a number; write 3/4 for seen in three of four"),
    (("--ratio", "strike=quite strongly"), "a word (nothing, barely 1.25"),
    (("--ratio", "strike=2", "--ratio", "strike=3"), "--ratio: strike is given twice; leave one out"),
    (("--standing", "every=4w,every=8w", "--ratio", "strike=2"), "every=8w: states one thing twice"),
    (("--url", "\udcff"), "holds a byte that is not UTF-8, or half a letter; write it in UTF-8"),
    (("--window", "\udcff,2024-02-01"), "is not a date"), (("--standing", "\udcff", "--ratio", "strike=2"), "is not"),
    (("--group", "\udcff"), "holds a byte that is not UTF-8"), (("--about", "\udcff"), "holds a byte"),
    (("--ratio", "strike:2"), "strike:2 is not a hypothesis; did you mean strike?"),
    (("--ratio", "strike"), "the number is missing; write strike=0.3"),
    (("--if", "strike=0,4"), "0,4 is two numbers; write 0.4 with a point, or low,stated,high"),
    (("--kept", "0,4", "--window", "2024-01-20,2024-02-01"), "write 0.4 with a point"),
    (("--ratio", "strike=1,5"), "write 1.5 with a point"),
    (("--if", "strike=180%"), "out of range"), (("--if", "strike=much%"), "not a number"),
    (("--window", "2024-02-01"), "2024-02-01 is not a window; write first,last, such as 2027-03-01,2027-03-31"),
    (("--window", "2024-02-01,2024-02-02,2024-02-03"), "is not a window; write first,last"),
    (("--url", "www.example.org/x"), "is not a whole address; write https://www.example.org/x"),
    (("--url", "example.org/x"), "write https://example.org/x")])
def test_a_wrong_option_says_what_to_write(root: Path, typed: Typed, options: tuple[str, ...], said: str) -> None:
    code, _, err = typed(*BARE, *FIRST, "--rationale", "R", *options)
    assert code == 1
    assert said in err


@pytest.mark.parametrize(("title", "said"), [
    ("\udcff", "--title \ufffd: holds a byte that is not UTF-8"), ("\x1b[2J", "holds the control character U+001B"),
    ("\u200b", "is empty")])
def test_a_title_that_cannot_be_read_is_refused(root: Path, typed: Typed, title: str, said: str) -> None:
    for words in (("new", "x", "--title", title, *NEW[2:]), ("init", "other", "--title", title)):
        code, _, err = typed(*words)
        assert (code, said in err) == (1, True), err
    assert not (root / "other").exists()


def test_what_was_typed_before_an_interruption_can_be_pasted(root: Path, typed: Typed) -> None:
    _, _, err = typed(*BARE, answers="My title\npaper\ncondition\n")
    assert "about: condition" in err
    assert "kind:" not in err


def test_a_window_may_be_typed_as_a_file_has_it(root: Path, typed: Typed) -> None:
    code, out, _ = typed(*BARE, *FIRST, "--rationale", "R", "--kept", "0.2", "--yes", "--window",
                         "[2024-01-20, 2024-02-01]")
    assert code == 0, out
    assert item(root).window == (date(2024, 1, 20), date(2024, 2, 1))


def test_what_need_not_be_said_is_passed_over(root: Path, typed: Typed) -> None:
    answers = ["My title", "paper", "", "", "", "", "", "2", "", "", "Because.", ""]
    code, out, _ = typed(*BARE, answers="\n".join(answers) + "\n")
    assert code == 0, out
    made = item(root)
    assert (made.group, made.url, made.window, made.about, made.says) == (None,) * 5
    assert made.likelihood_ratio == {"strike": (2, None, None)}


def test_percents_are_probabilities(root: Path, typed: Typed) -> None:
    code, out, _ = typed(*BARE, *FIRST, "--rationale", "R", "--if", "strike=70%,80%,90%", "--if", "talks=12.5%", "--if",
                         "settled=0.2")
    assert code == 0, out
    made = item(root)
    assert made.probability == {"strike": (0.8, 0.7, 0.9), "talks": (0.125, None, None), "settled": (0.2, None, None)}


def test_what_was_asked_is_shown_in_the_order_in_which_it_is_written(root: Path, typed: Typed) -> None:
    answers = ["My title", "paper", "claim", "2024-01-20,2024-02-01", "", "", "", "", "20%", "Because.", "y"]
    code, out, _ = typed(*BARE, answers="\n".join(answers) + "\n")
    assert code == 0, out
    shown = re.findall(r"^  (\w+): ", out[out.index("\n- id: mine"):], re.MULTILINE)
    written = re.findall(r"^  (\w+): ", next(root.glob("evidence/2024-01.yaml")).read_text("utf-8"), re.MULTILINE)
    assert shown == written


def test_a_claim_is_asked_for_its_days_and_how_many_such_are_kept(root: Path, typed: Typed) -> None:
    answers = ["My title", "paper", "claim", "2024-02-01,2024-01-20", "2024-01-20, 2024-02-01", "", "", "", "", "150",
               "0.1,0.2,0.35", "Because.", "y"]
    code, out, _ = typed(*BARE, answers="\n".join(answers) + "\n")
    assert code == 0, out
    made = item(root)
    assert (made.kind, made.kept, made.window) == ("claim", (0.2, 0.1, 0.35), (date(2024, 1, 20), date(2024, 2, 1)))
    assert "If it goes on" not in out


def test_a_group_is_shown_with_what_joined_it_last(root: Path, typed: Typed) -> None:
    _, out, _ = typed(*BARE, answers="My title\npaper\n\n\n")
    members = [each for each in load(root).items if each.group == "wage-round" and each.date <= date(2024, 1, 10)]
    assert members[-1].title in out


@pytest.mark.parametrize(("answers", "encoding"), [
    (["counts", "3/4", "lots", "0.2", "1/5", "4/3", "0/4"],
     {"counts": {"strike": (3, 4), "talks": (1, 5), "settled": (0, 4)}}),
    (["2", "-1", "0.5,1,2"], {"likelihood_ratio": {"strike": (2, None, None), "talks": (1, 0.5, 2)}}),
    (["Clearly", "barely against"], {"likelihood_ratio": {"strike": (4, 2.8, 6.3), "talks": (0.8, 0.63, 0.89)}})])
def test_a_word_a_count_or_a_number_answers(root: Path, typed: Typed, answers: list[str],
                                            encoding: dict[str, object]) -> None:
    code, out, _ = typed(*BARE, *FIRST, "--rationale", "R", answers="\n".join([*answers, "y"]) + "\n")
    assert code == 0, out
    assert {name: getattr(item(root), name) for name in encoding} == encoding


def test_what_a_new_item_does_to_the_three_headlines_is_shown(root: Path, typed: Typed) -> None:
    _, out, _ = typed("new", "mine", *NEW, "--dry-run")
    assert out.count(" from ") == 3
    assert "being prepared now" in out


def test_everything_can_be_stated(root: Path, typed: Typed) -> None:
    code, _, err = typed(*BARE, *FIRST, "--counts", "strike=3/4", "--counts", "talks=1/5", "--counts", "settled=0/4",
                         "--window", "2024-01-20..2024-02-01", "--standing", "every=4w,at_most=13w,until=2024-03-01",
                         "--credibility", "2", "--group", "wage-round", "--url", "https://example.org/1",
                         "--rationale", "R")
    assert (code, err) == (0, "")
    made = item(root)
    assert made.counts == {"strike": (3, 4), "talks": (1, 5), "settled": (0, 4)}
    assert made.standing is not None
    assert made.standing.until == date(2024, 3, 1)
    assert typed("new", "other", *FIRST, "--date", "2024-01-10", "--ratio", "strike=1.2,1.5,2",
                 "--rationale", "R")[0] == 0
    assert item(root, "other").likelihood_ratio == {"strike": (1.5, 1.2, 2)}


@pytest.mark.parametrize(("words", "says"), [
    (("--counts", "strike=4/3"), "4 seen out of 3 is impossible"), (("--counts", "strike=0.5"), "is not a count"),
    (("--ratio", "strike=0"), "not above 0"), (("--ratio", "strke=2"), "did you mean strike?"),
    (("--ratio", "strike=2", "--if", "strike=0.5"), "exactly one of the encodings"),
    (("--ratio", "talks=2"), "leaves out the event"), (("--window", "2024-02-01,2024-01-01"), "before it begins"),
    (("--standing", "soon"), "is not a duration"), (("--group", "wage-rond"), "did you mean wage-round?"),
    (("--source", "papper"), "did you mean paper?"), (("--title", " "), "is empty"),
    (("--title", "a\u2028b"), "U+2028"), (("--about", "weather"), "about"), (("--says", "hearsay"), "says")])
def test_what_does_not_fit_is_named_by_its_option(root: Path, typed: Typed, words: tuple[str, ...],
                                                  says: str) -> None:
    before = sorted(root.rglob("*"))
    encoding = () if {"--ratio", "--counts"} & {*words} else NEW[6:12]
    fine = [*FIRST, "--rationale", "R", *encoding]
    code, _, err = typed(*BARE, *fine, *words)
    assert code == 1
    assert says in err
    assert "evidence/2024-01.yaml:" not in err, "names no line of a file that nobody has"
    assert sorted(path for path in root.rglob("*") if path.name != ".lock") == before


@pytest.mark.parametrize("name", ["ballot-announced", "A", "../x", "", "a b", "x" * 61])
def test_an_id_is_refused_before_anything_is_asked(root: Path, typed: Typed, name: str) -> None:
    code, out, err = typed("new", name, answers="")
    assert (code, out) == (1, "")
    assert "write another id" in err or "is not an id" in err


def test_a_dry_run_shows_what_would_be_written(root: Path, typed: Typed) -> None:
    before = sorted(root.rglob("*"))
    code, out, _ = typed("new", "mine", *NEW, "--dry-run")
    assert code == 0
    assert "+- id: mine\n" in out
    assert out.endswith("Nothing was written.\n")
    assert sorted(root.rglob("*")) == before


def test_nobody_who_cannot_be_asked_is_asked(root: Path) -> None:
    command = f'exec "{sys.executable}" -m forecast new mine <&-'
    run = subprocess.run(["/bin/sh", "-c", command], cwd=root, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert run.stderr.startswith("forecast: --title is missing; state it, or run the command in a terminal")


def test_recorded_is_the_day_on_which_it_is_entered(root: Path, typed: Typed) -> None:
    assert typed("new", "mine", *NEW)[0] == 0
    assert item(root).recorded == date.today()
    assert typed("new", "fund", "--from-indicator", "strike-pay-fund", "--source", "paper", "--date", "2024-01-12",
                 "--yes")[0] == 0
    assert item(root, "fund").recorded == date.today()


@pytest.mark.parametrize("words", [NEW, ("--from-indicator", "strike-pay-fund", "--source", "paper", "--yes")])
def test_nothing_has_become_public_after_today(root: Path, typed: Typed, words: tuple[str, ...]) -> None:
    later = date.today() + timedelta(days=1)
    code, out, err = typed("new", "mine", *words, "--date", str(later))
    assert (code, out) == (1, "")
    assert f"--date {later}: {later} lies after today, {date.today()}; write the day" in err


def test_the_date_is_asked_and_asked_again_and_enter_is_the_as_of_date(root: Path, typed: Typed) -> None:
    rest = ["paper", "", "", "", "", "", "2", "", "", "Because.", "y"]
    days = ["yesterday", str(date.today() + timedelta(days=1)), "2024-07-03", "2024-01-20"]
    code, out, _ = typed("new", "mine", answers="\n".join(["My title", *days, *rest]) + "\n")
    assert code == 0, out
    assert out.count("On which day did it become public? (Enter: 2024-01-03)") == 4
    assert "yesterday is not a date" in out
    assert "2024-07-03 is outside the question" in out
    assert "As of 2024-01-20" in out
    assert item(root).date == date(2024, 1, 20)
    assert typed("new", "other", "--as-of", "2024-01-08", answers="\n".join(["My title", "", *rest]) + "\n")[0] == 0
    assert item(root, "other").date == date(2024, 1, 8)


def test_a_source_that_is_added_while_the_question_waits_is_known(root: Path, typed: Typed,
                                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    ask, sources, times = typer.prompt, root / "priors/sources.yaml", count(1)

    def prompt(words: str, **options: Any) -> Any:
        if words.startswith("Who says it?") and next(times) == 2:
            sources.write_text(sources.read_text() + "- {id: radio, name: The radio, grade: C}\n")
        return ask(words, **options)

    monkeypatch.setattr(typer, "prompt", prompt)
    answers = ["My title", "radio", "radio", "", "", "", "", "", "clearly", "", "", "Because.", "y"]
    code, out, _ = typed(*BARE, answers="\n".join(answers) + "\n")
    assert code == 0, out
    assert "radio is not among the sources; write one of paper, union, or add it" in out
    assert "  source: radio\n" in out, "the item is shown before it is written"
    assert item(root).source == "radio"


def test_of_an_indicator_the_date_is_asked(root: Path, typed: Typed) -> None:
    code, out, _ = typed("new", "fund", "--from-indicator", "strike-pay-fund", answers="2024-01-09\npaper\ny\n")
    assert code == 0, out
    assert item(root, "fund").date == date(2024, 1, 9)


def test_an_item_of_a_question_that_is_not_open_yet_is_of_today_at_the_latest(tmp_path: Path, typed: Typed,
                                                                              monkeypatch: pytest.MonkeyPatch) -> None:
    init(tmp_path / "w", date.today() + timedelta(weeks=8))
    monkeypatch.chdir(tmp_path / "w")
    assert typed("new", "mine", *NEW[:4], *NEW[6:])[0] == 0
    assert item(tmp_path / "w").date == date.today()


def test_an_item_of_an_indicator_has_everything_that_the_indicator_states(root: Path, typed: Typed) -> None:
    path = root / "evidence/indicators.yaml"
    more = "  window: [2024-02-01, 2024-03-01]\n  note: Seen before.\n  by:"
    path.write_text(path.read_text().replace("  by:", more))
    assert typed("new", "fund", "--from-indicator", "strike-pay-fund", "--source", "paper", "--date", "2024-01-12",
                 "--not-seen", "--yes")[0] == 0
    made = item(root, "fund")
    assert (made.seen, made.note, made.window) == (False, "Seen before.", (date(2024, 2, 1), date(2024, 3, 1)))


@pytest.mark.parametrize("more", [{}, {"window": [date(2024, 2, 1), date(2024, 3, 1)]}, {"about": "condition"}])
@pytest.mark.parametrize("seen", [True, False])
def test_an_item_of_an_indicator_does_what_was_said_of_it(root: Path, seen: bool, more: dict[str, Any]) -> None:
    path = root / "evidence/indicators.yaml"
    stated = yaml.safe_load(path.read_text())[0] | {"source": "union", "credibility": 3} | more
    path.write_text(yaml.safe_dump([stated]))
    case = load(root).case("2024-01-12")
    said = watch(case)[0]
    made = Item.model_validate(from_indicator(case, "strike-pay-fund", seen, case.as_of))
    after = Exact(case.with_item(made)).forecast
    assert after.event == pytest.approx(said.if_seen if seen else said.if_not_seen, rel=1e-12)
    assert after.event != pytest.approx(Exact(case).forecast.event, rel=1e-6)


def test_the_effect_is_told_in_the_words_of_the_report(root: Path, typed: Typed) -> None:
    rows = "\n".join(ITEM.format(id=f"x{number}", date="2024-01-10").replace("[1.1, 1.3, 1.6]", "10")
                     for number in range(12))
    (root / "evidence/many.yaml").write_text(rows)
    _, out, _ = typed("new", "mine", *NEW, "--dry-run")
    assert "100.0 %" not in out


def test_a_workspace_is_named_after_its_folder(tmp_path: Path, typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert typed("init", "City Buses 2", "--title", "Will: they?", "--opens", "2024-02-01",
                 "--horizon", "2024-02-20")[0] == 0
    made = load(tmp_path / "City Buses 2").question
    assert (made.id, made.title, made.opens, made.horizon) == (
        "city-buses-2", "Will: they?", date(2024, 2, 1), date(2024, 2, 20))
    assert (made.event.phrase, load(tmp_path / "City Buses 2").items) == ("it happens", ())
    assert typed("check", "--workspace", "City Buses 2", "--strict")[0] == 0
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert typed("init", ".", "--opens", "9999-12-01")[0] == 0
    assert load(tmp_path / "here").question.id == "here"
    for folder in ("3e7", "Газета", "no"):
        assert typed("init", folder)[0] == 0
        load(Path(folder))


BESIDE = {
    "an unclosed quote": ("evidence/drafts/a.yaml", lambda path: path.write_text("- {id: a, title: 'x}\n")),
    "a draft that leads out": ("evidence/drafts/a.yaml", lambda path: path.symlink_to("/etc/passwd")),
    "a draft of other letters": ("evidence/drafts/a.yaml", lambda path: path.write_bytes(b"- {id: a, title: \xe9}\n")),
    "an index of others": ("archive/index.csv", lambda path: path.write_text("nothing\n")),
    "an index that leads out": ("archive/index.csv", lambda path: path.symlink_to("/etc/passwd")),
    "an index in a circle": ("archive/index.csv", lambda path: path.symlink_to("index.csv"))}


@pytest.mark.parametrize("what", BESIDE)
@pytest.mark.parametrize("form", [("--json",), ("--format", "github"), ()])
def test_check_names_what_another_verb_would_read(root: Path, typed: Typed, what: str, form: tuple[str, ...]) -> None:
    path, spoil = BESIDE[what]
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    spoil(root / path)
    code, out, err = typed("check", *form)
    assert code == 1
    assert path in (out if form else err)
    if form == ("--json",):
        assert not json.loads(out)["valid"]


def test_a_wrong_item_hides_no_wrong_index(root: Path, typed: Typed) -> None:
    (root / "archive").mkdir()
    (root / "archive/index.csv").write_text("nothing\n")
    (root / "evidence/more.yaml").write_text("- {id: bad}\n")
    code, _, err = typed("check")
    assert code == 1
    assert "archive/index.csv" in err
    assert "evidence/more.yaml" in err
