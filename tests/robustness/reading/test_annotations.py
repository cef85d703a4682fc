"""`check --format github` and `--json` say what `check` says, with its exit codes: for GitHub and for programs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.robustness.commands.typed import typed
from tests.robustness.reading.example import INDICATORS, ITEMS, changed, contents, written

AS_OF = "2031-06-15"


class Annotation(NamedTuple):
    """A workflow command as the runner understands it."""

    level: str
    where: dict[str, str]
    text: str


def read(line: str) -> Annotation | None:
    """A line as the runner reads it (ActionCommand.cs): properties end at ::, and escapes are undone."""
    match = re.fullmatch(r"::(error|warning|notice)(?: (.*?))?::(.*)", line)
    if match is None:
        return None
    pairs = dict(part.split("=", 1) for part in (match[2] or "").split(",") if part)
    escapes = {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}

    def plain(text: str, known: str) -> str:
        return re.sub(known, lambda escape: escapes[escape[0]], text)

    return Annotation(match[1], {name: plain(value, "%(?:0D|0A|3A|2C|25)") for name, value in pairs.items()},
                      plain(match[3], "%(?:0D|0A|25)"))


def check(monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, list[str], list[Annotation]]:
    """Exit code, lines of both streams, and those lines that are annotations."""
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    done = typed(monkeypatch, "check", *words)
    lines = (done.out + done.err).decode().splitlines()
    return done.code, lines, [each for line in lines if (each := read(line)) is not None]


SPOILT = {
    "a source": changed(ITEMS, "source: wire\n", "source: wires\n"),
    "percent signs and colons": changed(ITEMS, "source: wire\n", 'source: "100%: a, b%0A"\n'),
    "two mistakes": changed(ITEMS, "source: wire\n", "source: wires\n") | {INDICATORS: b"nothing: here\n"},
    "a file of a comma": contents() | {"evidence/a,b: c%.yaml": b"- id: x\n"},
}


@pytest.mark.parametrize("what", SPOILT)
def test_every_mistake_is_an_annotation_at_its_file_and_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                             what: str) -> None:
    written(tmp_path / "case", SPOILT[what])
    monkeypatch.chdir(tmp_path)
    code, plain, _ = check(monkeypatch, "--workspace", "case")
    again, lines, found = check(monkeypatch, "--workspace", "case", "--format", "github")
    assert code == again == 1
    assert len(found) == len(lines) == len(plain) > 0
    assert [f"{each.where['file']}:{each.where['line']}: {each.text}" for each in found] == [
        f"case/{line}" for line in plain]
    assert all((tmp_path / each.where["file"]).is_file() for each in found)


@pytest.mark.parametrize(("strict", "level", "code"), [((), "warning", 0), (("--strict",), "error", 1)])
def test_doubts_are_warnings_unless_they_fail_the_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                      strict: tuple[str, ...], level: str, code: int) -> None:
    monkeypatch.chdir(written(tmp_path, contents()))
    ended, plain, _ = check(monkeypatch, "--as-of", AS_OF, *strict)
    again, lines, found = check(monkeypatch, "--as-of", AS_OF, "--format", "github", *strict)
    assert ended == again == code
    assert {each.level for each in found} == {level}
    assert [f"{each.where['file']}:{each.where['line']}: {each.text}" for each in found] == plain[:-2]
    assert lines[-2:] == plain[-2:]


def test_files_are_named_as_in_the_repository_wherever_the_job_stands(tmp_path: Path,
                                                                     monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(written(tmp_path / "cases/harbour", SPOILT["a source"]) / "evidence")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    found = read(typed(monkeypatch, "check", "--format", "github").out.decode().splitlines()[0])
    assert found is not None
    assert found.where["file"] == f"cases/harbour/{ITEMS}"


def test_what_has_no_file_is_told_without_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, lines, found = check(monkeypatch, "--format", "github")
    assert (code, len(lines), [each.where for each in found]) == (1, 1, [{}])
    assert "forecast init" in found[0].text


def lines_of(found: list[dict[str, str]]) -> list[str]:
    """What JSON says of errors or warnings, as lines of the text."""
    return ["{file}:{line}: {field}: {message}".format_map(each).replace(": : ", ": ") for each in found]


@pytest.mark.parametrize(("strict", "code"), [((), 0), (("--strict",), 1)])
def test_json_has_every_doubt_and_how_much_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                    strict: tuple[str, ...], code: int) -> None:
    monkeypatch.chdir(written(tmp_path, contents()))
    _, plain, _ = check(monkeypatch, "--as-of", AS_OF)
    done = typed(monkeypatch, "check", "--as-of", AS_OF, "--json", *strict)
    found = json.loads(done.out)
    assert (done.code, done.err, found["valid"], found["as_of"], found["errors"]) == (code, b"", True, AS_OF, [])
    assert lines_of(found["warnings"]) == plain[:-2]
    counts = [found["items"], found["indicators"], found["scenarios"], len(found["warnings"])]
    assert [int(number) for number in re.findall("[0-9]+", plain[-1])] == counts
    assert 0 < found["ceiling"]["prior"] < found["ceiling"]["strong"] < found["ceiling"]["sure"] < 1


@pytest.mark.parametrize("what", SPOILT)
def test_json_has_every_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    monkeypatch.chdir(written(tmp_path, SPOILT[what]))
    done = typed(monkeypatch, "check", "--json")
    found = json.loads(done.out)
    assert (done.code, found["valid"], found["items"], found["warnings"]) == (1, False, None, [])
    assert lines_of(found["errors"]) == done.err.decode().splitlines()
