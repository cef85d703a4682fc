"""Stored documents that were changed by hand: named and refused, or as good as before; never a number, never a crash.

The seal notices every change. Here it is renewed each time, as somebody would do who knows of it, so that what the
documents themselves must be is on trial.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import date
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest

from forecast.cli.reports import read_report
from forecast.core.errors import ForecastError
from forecast.evaluation.backtest import Dates, backtest
from forecast.report.folder import index_page
from forecast.report.hub import forecasts, hub_files
from forecast.workspace.archive import StoredReport, sound_reports
from forecast.workspace.loader import load_texts
from forecast.workspace.stored.issued import read_backtest, series_of
from forecast.workspace.writing import SEAL
from tests.robustness.reading.example import contents
from tests.stored import Content, content_of, store, store_backtest

SEEDS = range(400)
DAY = date(2031, 5, 1)
Steps = tuple[str | int, ...]
GONE = object()
VALUES: tuple[Any, ...] = (
    GONE, None, True, "", "x", [], {}, [[]], -5, -1e-3, 1.01, 1e308, 10**400, math.nan, math.inf, -math.inf,
    "0.5", "NaN", "2031-02-30", "2031-05-01T00:00:00", "20310501", "../../x", "\ud800", "\x00",
    "x" * 100_000, [0.5, 0.5], {"strike": 1})


@cache
def _text() -> str:
    workspace = load_texts(contents())
    return json.dumps(content_of(workspace.case(DAY), workspace.inputs))


@cache
def _rows() -> str:
    case = load_texts(contents()).case(DAY)
    return json.dumps(backtest([case], Dates(DAY, date(2031, 5, 29), 14))[0].document().model_dump(mode="json"))


def _places(value: Any, depth: int, place: Steps = ()) -> Iterator[Steps]:
    """The places in a document down to some depth."""
    if place:
        yield place
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, entry in entries if len(place) < depth else ():
        yield from _places(entry, depth, (*place, key))


def mutated(content: Content, random: Random) -> tuple[Content, Steps]:
    """The document with one place changed: taken out, replaced, doubled or exchanged with another one."""
    result = deepcopy(content)
    # Places deep down are many; so each level has its turn.
    place = random.choice(list(_places(result, depth=random.randint(1, 4))))
    holder = result
    for step in place[:-1]:
        holder = holder[step]
    value = random.choice(VALUES)
    if value is GONE:
        del holder[place[-1]]
    elif isinstance(holder[place[-1]], float) and random.random() < 0.5:
        holder[place[-1]] *= random.choice([-1, 0, 1 + 1e-3, 2, 1e3])
    else:
        holder[place[-1]] = value
    return result, place


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stored")
    store(folder, json.loads(_text()))
    return folder


def _derived(root: Path) -> list[float]:
    """Every probability that is made of stored reports."""
    question = load_texts(contents()).question
    documents = list(map(read_report, sound_reports(root / "reports")))
    assert index_page(documents).sections
    assert hub_files(documents, question)
    found = [value for document in documents for _, value in forecasts(document)]
    found += [value for document in documents for value in (*document.hypotheses.values(), *document.by.values())]
    for series in series_of(root / "reports", question.id, {}).series:
        found += [float(value) for issued in series.forecasts for value in (*issued.cumulative, *issued.prior)]
    return found


def test_a_report_that_is_right_gives_numbers(root: Path) -> None:
    values = _derived(root)
    assert len(values) > 100
    assert all(0 <= value <= 1 for value in values)


def _seal_again(folder: Path, document: str) -> None:
    (folder / "forecast.json").write_text(document, encoding="utf-8")
    lines = (folder / SEAL).read_text(encoding="utf-8").splitlines(keepends=True)
    digest = hashlib.sha256(document.encode()).hexdigest()
    (folder / SEAL).write_text("".join(f"{digest}  forecast.json\n" if "forecast.json" in line else line
                                       for line in lines), encoding="utf-8")


def test_no_change_of_a_document_ends_in_a_crash_or_in_a_number_that_cannot_be(root: Path) -> None:
    folder = root / "reports" / str(DAY)
    content, refused = json.loads(_text()), 0
    for seed in SEEDS:
        changed, place = mutated(content, Random(seed))
        _seal_again(folder, json.dumps(changed))
        try:
            values = _derived(root)
        except ForecastError as error:
            refused += 1
            assert f"reports/{DAY}/forecast.json" in str(error), place
            continue
        assert all(0 <= value <= 1 for value in values), place
    assert refused > len(SEEDS) // 2


def test_no_change_of_a_backtest_does_either(tmp_path: Path) -> None:
    content, question, refused = json.loads(_rows()), load_texts(contents()).question, 0
    for seed in SEEDS:
        changed, place = mutated(content, Random(seed))
        try:
            path = store_backtest(tmp_path, changed)
        except (TypeError, ValueError):
            path.write_text(json.dumps(changed), encoding="utf-8")
        try:
            series = series_of(tmp_path / "reports", question.id, {}).series
        except ForecastError as error:
            refused += 1
            assert "strike.json" in str(error), place
            continue
        for issued in (each for one in series for each in one.forecasts):
            assert all(0 <= value <= 1 for value in (*issued.cumulative, *issued.prior)), place
    assert refused > len(SEEDS) // 3


def _cut(data: bytes, random: Random) -> bytes:
    return data[:random.randrange(len(data))]


def _replaced(data: bytes, random: Random) -> bytes:
    place = random.randrange(len(data))
    return data[:place] + random.randbytes(1) + data[place + 1:]


def _put_in(data: bytes, random: Random) -> bytes:
    place = random.randrange(len(data))
    return data[:place] + random.randbytes(9) + data[place:]


SPOILT: dict[str, Callable[[bytes, Random], bytes]] = {
    "cut off": _cut, "a byte": _replaced, "put in": _put_in, "nothing": lambda _, __: b"",
    "deep": lambda _, __: b"[" * 10**5, "not UTF-8": lambda data, _: b"\xff" + data}


@pytest.mark.parametrize("how", SPOILT)
@pytest.mark.parametrize("name", ["forecast.json", SEAL, "report.html"])
def test_bytes_that_were_changed_are_named(tmp_path: Path, how: str, name: str) -> None:
    report = store(tmp_path, json.loads(_text()))
    path = report.folder / name
    data = path.read_bytes()
    for seed in range(12):
        spoilt = SPOILT[how](data, Random(seed))
        if spoilt == data:
            continue
        path.write_bytes(spoilt)
        with pytest.raises(ForecastError, match=f"reports/{DAY}/"):
            sound_reports(tmp_path / "reports")
        assert report.changes()


@pytest.mark.parametrize("how", SPOILT)
def test_bytes_of_a_backtest_are_refused_with_its_name(tmp_path: Path, how: str) -> None:
    path = store_backtest(tmp_path, json.loads(_rows()))
    data = path.read_bytes()
    for seed in range(12):
        spoilt = SPOILT[how](data, Random(seed))
        path.write_bytes(spoilt)
        if spoilt != data:
            with pytest.raises(ForecastError, match=r"strike\.json: .*run forecast backtest again"):
                read_backtest(path)


@pytest.mark.parametrize("line", ["../../../etc/passwd", "/etc/passwd", "charts/../../x", "", "\x00",
                                  "../2031-04-24/SHA256SUMS", "../2031-05-01/SHA256SUMS"])
def test_a_seal_that_names_what_is_not_the_reports_is_refused(tmp_path: Path, line: str) -> None:
    report = store(tmp_path, json.loads(_text()))
    with (report.folder / SEAL).open("a", encoding="utf-8") as seal:
        seal.write(f"{'0' * 64}  {line}\n")
    assert report.changes()


def test_the_report_of_another_day_is_refused(tmp_path: Path) -> None:
    report = store(tmp_path, json.loads(_text()))
    other = report.folder.with_name("2031-05-02")
    report.folder.rename(other)
    with pytest.raises(ForecastError, match=r"2031-05-02/forecast\.json: is the report of 2031-05-01"):
        StoredReport(other).document  # noqa: B018
