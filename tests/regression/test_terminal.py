"""Faults of the terminal and of what is printed that were found once, each by what it showed."""

from __future__ import annotations

import re
from datetime import date
from importlib.metadata import distributions
from pathlib import Path

import pytest
import yaml

import forecast
from forecast.core.errors import ForecastError, InputError
from forecast.engine.exact import Exact
from forecast.workspace.loader import load
from tests.robustness.commands.typed import started, typed
from tests.robustness.reading.example import FILES, INDICATORS, ITEMS, QUESTION, contents, written

ITEM = """\
- id: {name}
  title: Something about {name}
  date: {date}
  source: wire
  likelihood_ratio: {{strike: {ratio}}}
  rationale: A reason.
"""


def items(count: int, prefix: str = "x", day: str = "2031-03-20", ratio: float = 1.3) -> str:
    return "".join(ITEM.format(name=f"{prefix}{number}", date=day, ratio=ratio) for number in range(count))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(written(tmp_path / "w", contents()))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    return tmp_path / "w"


def told(monkeypatch: pytest.MonkeyPatch, *words: str) -> str:
    done = typed(monkeypatch, *words)
    assert (done.code, done.err) == (0, b"")
    return done.out.decode()


def change(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")


def test_m05_a_long_title_widens_no_table(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(folder, ITEMS, "The union prepares a ballot", "The union prepares, after a night in three papers, " * 4)
    monkeypatch.setenv("COLUMNS", "80")
    for words in (("explain",), ("update",), ("explain", "ballot"), ("compare",)):
        assert max(map(len, told(monkeypatch, *words).splitlines())) <= 80


def test_m06_what_is_nearly_certain_is_not_called_certain(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for source in ("wire", "union"):
        claims = f"source: {source}\n  window: [2031-06-02, 2031-12-31]"
        many = items(12, source, "2031-05-30", 1e6).replace("source: wire", claims)
        (folder / f"evidence/{source}.yaml").write_text(many, encoding="utf-8")
    said = told(monkeypatch, "new", "more", "--title", "T", "--source", "wire", "--as-of", "2031-06-02", "--if",
                "strike=0.9", "--if", "slowdown=0.01", "--if", "calm=0.01", "--rationale", "R", "--yes")
    for text in (said, told(monkeypatch, "update", "--as-of", "2031-06-02"),
                 told(monkeypatch, "compare", "--as-of", "2031-06-02")):
        assert not re.search(r"(?<![\d.])100(\.0+)? ?%", text)
        assert re.search(r"over 99(\.9)?%", text)


def test_m07_a_key_date_that_has_passed_is_left_out(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(folder, QUESTION, "key_dates: [2031-06-30]", "key_dates: [2031-03-20, 2031-06-30]")
    for words in (("update",), ("compare", "--as-of", "2031-05-01")):
        said = " ".join(told(monkeypatch, *words).split())
        assert "20 March 2031" not in said
        assert "20 Mar" not in said
        assert re.search("30 Jun", said)


def test_m08_a_list_that_is_cut_says_how_many_more_there_are(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "evidence/many.yaml").write_text(items(10), encoding="utf-8")
    said = told(monkeypatch, "update", "--as-of", "2031-04-10")
    listed = re.findall(r"^ *[+−]?[\d.]+  (?:Something about|The union|No talks|Overtime)", said, re.MULTILINE)
    assert len(listed) == 6
    assert "and 7 more\n" in said
    done = typed(monkeypatch, "explain", "zzz", "--as-of", "2031-04-10")
    assert done.err.decode().rstrip().endswith("and 1 more")


def test_m10_python_is_told_of_dates_and_the_command_line_of_options(folder: Path,
                                                                     monkeypatch: pytest.MonkeyPatch) -> None:
    case = load(folder).case(date(2031, 5, 1))
    for wrong, words in ((lambda: case.at(date(2040, 1, 1)), ("update", "--as-of", "2040-01-01")),
                         (lambda: forecast.break_even(case, "ballot", 2.0), ("breakeven", "ballot", "--target", "2")),
                         (lambda: forecast.break_even(case, "ballot", 0.5, date(2000, 1, 1)),
                          ("breakeven", "ballot", "--target", "0.5", "--by", "2000-01-01"))):
        with pytest.raises(ForecastError) as refused:
            wrong()
        assert "--" not in str(refused.value)
        done = typed(monkeypatch, *words)
        assert done.code == 1
        option = next(word for word in reversed(words) if word.startswith("--"))
        assert done.err.decode().startswith(f"forecast: {option}: ")


def test_no_room_below_the_command_line_names_its_options() -> None:
    package = Path(forecast.__file__).parent
    rooms = ("core", "records", "engine", "analysis", "evaluation")
    named = [f"{path.name}: {line.strip()}" for room in rooms for path in (package / room).rglob("*.py")
             for line in path.read_text(encoding="utf-8").splitlines() if re.search(r"(?<![-`\w])--[a-z][a-z-]+", line)
             and "`" not in line]
    assert named == []


def test_u01_the_version_is_that_of_the_distribution(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch, "--version") == f"forecast {forecast.__version__}\n"
    installed = {each.metadata["Name"]: each.version for each in distributions()}
    assert forecast.__version__ == installed.get("forecast-ledger", installed.get("forecast"))


def test_u02_a_pipe_that_is_closed_early_is_no_failure(folder: Path) -> None:
    code = "import os\nread, write = os.pipe(); os.close(read); os.dup2(write, 1)"
    assert started(("explain", "--json"), folder, code=code).code == 0


def test_u03_only_dates_that_were_asked_for_are_shown(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(folder, "evidence/scenarios/doubt.yaml", "\nas_of: 2031-04-10", "")
    said = told(monkeypatch, "compare", "--at", "2031-04-19", "--at", "2031-05-02")
    for line in said.splitlines():
        if re.search("as of", line, re.IGNORECASE):
            assert re.search("19 April 2031|2 May 2031|19 Apr 2031", line), line


def test_u03_an_item_that_a_date_cannot_know_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(folder, "evidence/scenarios/doubt.yaml", "\nas_of: 2031-04-10", "")
    said = " ".join(told(monkeypatch, "compare", "--at", "2031-03-19", "--at", "2031-05-02").split())
    assert "“The union denies”, which “The paper is doubted” changes, is public from 5 April 2031" in said
    assert "“The union prepares a ballot”, which" not in said


def test_a_date_that_is_asked_for_twice_has_one_column(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    once = told(monkeypatch, "compare", "--at", "2031-05-02", "--at", "2031-04-19")
    assert told(monkeypatch, "compare", "--at", "2031-05-02", "--at", "2031-04-19", "--at", "2031-05-02") == once


def test_v8_the_prior_at_the_opening_adds_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = told(monkeypatch, "explain")
    (row,) = [line for line in said.splitlines() if line.startswith("Outside view when the question opened")]
    assert len(re.findall(r"[\d.]+", row)) == 2


def test_v12_an_indicator_is_told_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = FILES[INDICATORS]
    more = "".join(entry.replace("fund-opened", f"sign-{number}").replace("The strike fund", f"Sign number {number}")
                   for number in range(3))
    (folder / INDICATORS).write_text(entry + more, encoding="utf-8")
    said = " ".join(told(monkeypatch, "watch").split())
    for number in range(3):
        assert said.count(f"sign-{number}") == said.count(f"Sign number {number} opens") == 1


def test_m12_one_thing_is_named_in_the_singular(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "1 indicator, 1 scenario: valid" in told(monkeypatch, "check")
    (folder / "table.csv").write_text("date,statement\n2031-04-01,Something\n", encoding="utf-8")
    assert ": 1 draft from csv" in told(monkeypatch, "import", "table.csv")


def test_n11_a_number_is_the_same_on_every_screen(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "evidence/many.yaml").write_text(items(9, ratio=1.04), encoding="utf-8")
    shares = forecast.shapley(Exact(load(folder).case(date(2031, 4, 10))))
    titles = {item.id: item.title for item in load(folder).items}
    update = told(monkeypatch, "update", "--as-of", "2031-04-10").splitlines()
    explain = told(monkeypatch, "explain", "--as-of", "2031-04-10").splitlines()
    for name, share in shares.items():
        number = f"{100 * share.points:+.1f}".replace("-", "−").replace("+0.0", "0.0").replace("−0.0", "0.0")
        rows = [line for line in update if line.endswith(titles[name])]
        rows += [line for line in explain if line.startswith(f"{name} ")]
        assert rows
        assert all(number in line for line in rows)


def test_n08_a_case_from_python_is_checked() -> None:
    fields = yaml.safe_load(FILES[QUESTION]) | {"prior": [{"kind": "exposure", "events": 1, "weeks": 40, "weight": 1}]}
    question = forecast.Question.model_validate(fields | {"hub": None})
    source = forecast.Source(id="wire", name="W", grade="C")

    def item(**more: object) -> forecast.Item:
        given = {"id": "claim", "title": "x", "date": date(2031, 3, 1), "source": "wire",
                 "likelihood_ratio": {"strike": 4.0}, "rationale": "r"} | more
        return forecast.Item.model_validate(given)

    def refused(*stated: forecast.Item) -> str:
        with pytest.raises(InputError) as error:
            forecast.Case(question, date(2031, 3, 1), sources=(source,), items=stated)
        return str(error.value)

    assert "item.claim.likelihood_ratio.strke: is not a hypothesis of the question; did you mean strike?" in refused(
        item(likelihood_ratio={"strke": 4.0}))
    assert refused(item(), item()) == "item.claim.id: claim is given twice; write another id"
    assert refused(item(source="wiry")) == "item.claim.source: wiry is not among the sources; did you mean wire?"
    assert forecast.Case(question, "2031-03-01", sources=[source], items=[item()]).as_of == date(2031, 3, 1)


def test_every_help_ends_with_an_example_to_copy(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = told(monkeypatch, "--help")
    assert whole.rstrip().splitlines()[-1].strip() == "Example: forecast init my-question"
    assert "..." not in whole[whole.index("Commands:"):], "each verb's line is whole"
    for verb in re.findall(r"^  ([a-z]+) ", whole[whole.index("Commands:"):], re.MULTILINE):
        last = told(monkeypatch, verb, "--help").rstrip().split("\n\n")[-1]
        assert " ".join(last.split()).startswith(f"Example: forecast {verb}")
