"""Hostile files and arguments at the command line: the exit code that was promised, one message, never a traceback."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest

from forecast.cli.app import main
from tests import ROOT
from tests.robustness.hostile.test_fuzz import bounded
from tests.robustness.reading.example import CASES, FILES, ITEMS, QUESTION, SCENARIO


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small workspace, in a folder of its own."""
    for path, text in FILES.items():
        (tmp_path / "w" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "w" / path).write_text(text, encoding="utf-8")
    return tmp_path / "w"


def _linked(path: str, to: str) -> Callable[[Path], object]:
    def build(root: Path) -> None:
        (root / path).unlink()
        (root / path).symlink_to(to)

    return build


def _replaced(path: str, old: str, new: str) -> Callable[[Path], object]:
    def build(root: Path) -> None:
        text = (root / path).read_text(encoding="utf-8")
        assert old in text
        (root / path).write_text(text.replace(old, new), encoding="utf-8")

    return build


def _outside(root: Path, make: Callable[[Path], object]) -> None:
    (root / "priors/outside").mkdir()
    make(root / "priors/outside/others.csv")


FILES_THAT_ARE_NONE: dict[str, tuple[Callable[[Path], object], str]] = {
    "a device without end": (_linked(ITEMS, "/dev/zero"), ITEMS),
    "a link to itself": (_linked(ITEMS, "items.yaml"), ITEMS),
    "a link to the folder above": (_linked(QUESTION, ".."), QUESTION),
    "a table that is a device": (_linked(CASES, "/dev/urandom"), QUESTION),
    "a table elsewhere": (_replaced(QUESTION, "file: cases.csv", "file: ../../../etc/passwd"), QUESTION),
    "a table at the root": (_replaced(QUESTION, "file: cases.csv", "file: /etc/passwd"), QUESTION),
    "a table of a terminal": (_replaced(QUESTION, "file: cases.csv", "file: /dev/tty"), QUESTION),
    "a table that is a folder": (_replaced(QUESTION, "file: cases.csv", "file: ."), QUESTION),
    "a table with a zero byte": (_replaced(QUESTION, "file: cases.csv", 'file: "cases.csv\\0"'), QUESTION),
    "a table of a long name": (_replaced(QUESTION, "file: cases.csv", f"file: {'x' * 9999}"), QUESTION),
    "a scenario's table elsewhere": (_replaced(
        SCENARIO, "  preparation: {lead: 4w}", "  prior: [{kind: reference_class, file: ../../a.csv, weight: 1}]"),
        SCENARIO),
    "fifty megabytes": (lambda root: (root / ITEMS).write_bytes(b"- x\n" * 13 * 2**20), ITEMS),
    "a hundred thousand levels": (lambda root: (root / ITEMS).write_bytes(b"[" * 10**5), ITEMS),
    "no folder of priors": (lambda root: (root / "priors").replace(root / "x"), QUESTION),
    "a name that cannot be printed": (
        lambda root: (root / "evidence/\udcff\u202e\n.yaml").write_bytes(b"[]"), "evidence/"),
}


def _typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["forecast", *words])
    # What draws a page starts V8, which reserves more memory than it uses.
    with nullcontext() if "--html" in words else bounded(), pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0), *capsys.readouterr()


@pytest.mark.parametrize("name", FILES_THAT_ARE_NONE)
def test_what_is_no_file_to_read_is_named_at_once(root: Path, monkeypatch: pytest.MonkeyPatch, name: str,
                                                  capsys: pytest.CaptureFixture[str]) -> None:
    build, file = FILES_THAT_ARE_NONE[name]
    build(root)
    code, out, err = _typed(monkeypatch, capsys, "check", "--workspace", str(root))
    assert (code, out) == (1, "")
    assert re.search(rf"^{re.escape(file)}.*:\d+: ", err, re.MULTILINE)
    assert all(line.isprintable() for line in err.splitlines())
    assert len(err) < 20_000


@pytest.mark.parametrize("make", [lambda path: os.mkfifo(path), lambda path: path.symlink_to("/dev/zero"),
                                  lambda path: path.symlink_to("others.csv"), lambda path: path.mkdir()],
                         ids=["a pipe", "a device", "a loop", "a folder"])
def test_a_table_of_outside_forecasts_that_is_no_file_is_named(root: Path, monkeypatch: pytest.MonkeyPatch,
                                                               capsys: pytest.CaptureFixture[str],
                                                               make: Callable[[Path], object]) -> None:
    _outside(root, make)
    typed = ("backtest", "--workspace", str(root), "--every", "12w", "--jobs", "1", "--no-charts")
    assert _typed(monkeypatch, capsys, *typed)[0] == 0
    code, out, err = _typed(monkeypatch, capsys, "score", "--workspace", str(root), "--as-of", "2031-06-01")
    assert (code, out) == (1, "")
    assert re.match(r"priors/outside/others\.csv:1: ", err)


LONG = "x" * 5000
NEW = ("--title", "x", "--source", "wire", "--rationale", "x", "--if", "strike=0.3", "--if", "slowdown=0.2", "--if",
       "calm=0.1", "--yes")
ARGUMENTS: tuple[tuple[int, tuple[str, ...]], ...] = (
    *((2, (verb, "--as-of", day)) for verb in ("check", "update", "report", "explain", "compare", "watch", "score")
      for day in ("", "2031-02-30", "2031-W10-1", "٢٠٣١-٠٥-٠١", "20310501", LONG)),
    *((1, (verb, "--as-of", day)) for verb in ("check", "update", "report", "explain", "compare", "watch")
      for day in ("0001-01-01", "9999-12-31")),
    *((1, (verb, "--workspace", where)) for verb in ("check", "update", "desk", "backtest")
      for where in ("/dev/null", LONG)),
    (1, ("update", "--engine", "")), (1, ("update", "--engine", LONG)), (2, ("update", "--nothing")), (2, ("nothing",)),
    *((1, ("explain", name)) for name in ("", LONG, "../ballot", "a b", "[x]")),
    *((1, ("compare", name)) for name in ("", "+", "doubt+", "doubt+doubt", "doubt+doubt+doubt", "../doubt", LONG,
                                          "a+b+c")),
    (1, ("compare", "--html", "/dev/null/x")), (1, ("compare", "--html", LONG)), (1, ("compare", "--html", ".")),
    *((1, ("breakeven", "ballot", "--target", target)) for target in ("0", "1", "-1", "2", "nan", "inf", "1e-400")),
    *((2, ("breakeven", "ballot", "--target", target)) for target in ("", "x", "1,5", LONG)),
    (1, ("breakeven", "ballot", "--target", "0.5", "--by", "9999-12-31")), (1, ("breakeven", "", "--target", "0.5")),
    *((2, ("backtest", "--every", every)) for every in ("", "0d", "-1d", "1.5d", "99999999999d", "nand", "٣d")),
    (2, ("backtest", "--jobs", "0")), (2, ("backtest", "--jobs", "-3")), (2, ("backtest", "--jobs", "x")),
    *((1, ("backtest", "--jobs", "1", end, day)) for end, day in (("--from", "9999-12-31"), ("--to", "0001-01-01"))),
    (1, ("backtest", "--cluster", "", "--no-charts")), (1, ("replay", "")), (1, ("replay", LONG)),
    (1, ("replay", "priors")),
    (1, ("init", "priors")), (1, ("init", "/dev/null/x")), (1, ("init", LONG)),
    (1, ("schema", "--write", "/dev/null/x")),
    (2, ("import", "nothing.csv")), (2, ("import", "priors")), (2, ("desk", "--port", "0")),
    (2, ("desk", "--port", "70000")), (2, ("plot",)), (2, ("plot", LONG)), (2, ("plot", "fan", "-o", "fan.jpg")),
    (2, ("plot", "fan", "-o", "")), (1, ("plot", "history")),
    *((1, ("new", name, *NEW)) for name in ("", "ballot", "A", "../x", "a b", LONG, "-")),
    *((1, ("new", "x", *NEW, "--if", pair)) for pair in ("", "strike", "strike=", "strike=2", "strike=nan",
                                                         "strike=1,2", "strike=0.1,0.2,0.3,0.4", "=0.1",
                                                         f"strike={LONG}")),
    (2, ("new", "x", *NEW, "--credibility", "7")), (1, ("new", "x", *NEW, "--date", "9999-12-31")),
    (1, ("new", "x", *NEW, "--from-indicator", "nothing")), (1, ("new", "x", *NEW, "--group", "\x1b[2J")),
    (1, ("score",)), (1, ("score", "nothing")))


def test_every_hostile_argument_gets_its_exit_code_and_a_message(root: Path, monkeypatch: pytest.MonkeyPatch,
                                                                 capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(root)
    before = sorted(path.relative_to(root) for path in root.rglob("*"))
    wrong = []
    for expected, words in ARGUMENTS:
        code, out, err = _typed(monkeypatch, capsys, *words)
        if (code, out) != (expected, "") or not err.strip() or "Traceback" in err or "a fault of the program" in err:
            wrong.append((words, code, out[:200], err[:300]))
    assert wrong == []
    assert sorted(path.relative_to(root) for path in root.rglob("*")) == before, "nothing was written"


@pytest.mark.parametrize(("words", "code"), [
    (("check",), 1), (("update", "--json"), 1), (("update", "--as-of", "no"), 2)])
def test_a_process_ends_with_the_promised_code_too(root: Path, words: tuple[str, ...], code: int) -> None:
    _replaced(QUESTION, "horizon: 2031-12-31", "horizon: 1:30\nhorizon: \\x")(root)
    run = subprocess.run([sys.executable, "-m", "forecast", *words], cwd=root, capture_output=True, check=False,
                         env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert (run.returncode, run.stdout) == (code, b"")
    assert b"Traceback" not in run.stderr
    assert code == 2 or run.stderr.startswith(b"priors/question.yaml:")
