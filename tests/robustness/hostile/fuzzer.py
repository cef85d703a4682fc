"""Valid workspaces spoilt at random: bytes, lines, keys, values, numbers, dates, encodings, aliases and files."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

from forecast.workspace.files import Folder
from forecast.workspace.yaml.reader import read
from tests import ROOT
from tests.robustness.reading.example import QUESTION, contents

Files = dict[str, bytes]
"""The files of a workspace by path."""

_TOKEN = re.compile(r"[^\s{}\[\],:#\"']+(?::[^\s{}\[\],:#\"']+)*")
_NUMBER = re.compile(r"(?<![\w.-])-?\d+(?:\.\d+)?(?:e-?\d+)?[wd]?(?![\w.-])")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_KEY = re.compile(r"[a-z_]+(?=:\s)")

WORDS = (
    "", "~", "null", "no", "yes", "on", "true", "False", "y", "1_000", "0o17", "0x1F", "010", "1:30", "1e3", ".5", "5.",
    "+3", "-0.0", "0", "-1", "1e308", "-1e308", "1e-320", "1e400", "nan", ".nan", "inf", ".inf", "-.inf", "9" * 40,
    "9" * 450, "٣", "３", "1,5", "1 000", "½", "never", "13w", "0w", "1e3w", "13W", "1e-9", "1e9", "1e10", "2w 3d",
    "'", '"', "'x", '"x', '""', "' '", '"\\0"', '"\\x1b[31m"', '"\\ud800"', '"\\u202e"', "[]", "{}", "[[]]", "[1, 2]",
    "[1, 2, 3]", "[3, 2, 1]", "[0.1, 0.2, 0.3]", "[2031-01-01, 2030-01-01]", "{a: 1}", "{<<: {a: 1}}", "{? a: b}",
    "!!python/object/apply:os.system [x]", "!x y", "!!binary aGk=", "&a x", "*a", "*nothing", "&a [*a]", "| ", ">-",
    "|", "%", "@", "`", "- - -", "? ", ": ", "#", "...", "---", "\t", "\ta", "a\tb", "<script>", "\u202e", "\u2028",
    "\ufeff",
    "\x00", "\x1b[2J", "\U0001f600", "a" * 5000, "../../etc/passwd", "/etc/passwd", "/dev/zero", "/dev/stdin", ".",
    "..", "cases.csv", "question.yaml", "\\\\host\\share", "file:///etc/passwd", "a+b", "-", "id", "open", "none",
    "reference_class", "exposure", "elicited", "A", "F", "G", "event", "ended", "censored")
"""What is put in the place of a value: what YAML, dates, numbers, paths or terminals may stumble over."""

NUMBERS = ("0", "-0.0", "1", "2", "1e-9", "1e-12", "1e9", "1e10", "1e15", "1e308", "1e-308", "5e-324", "0.5",
           "0.999999", "0.9999999999999999", "1e-300", "99", "100", "1000000", "-1", ".inf", ".nan", "1w", "1e9w",
           "0.0000001d", "1d", "5200w", "999999999w")
DATES = ("0001-01-01", "9999-12-31", "2022-02-29", "2024-02-29", "2022-13-01", "0000-00-00", "1900-01-01", "2100-01-01",
         "2022-9-1", "20220901", "2022-W01", "2022-W01-1", "2022-09-01T00:00:00Z", "٢٠٢٢-٠٩-٠١", "2031-03-01",
         "2031-12-31", "tomorrow")
KEYS = ("id", "title", "date", "recorded", "source", "group", "likelihood_ratio", "probability", "counts",
        "about", "says", "kept", "analyst", "preparation", "climate", "lead", "carried_out", "unprepared",
        "window", "standing", "every", "at_most", "until", "seen", "retracted", "url", "note", "rationale", "name",
        "grade", "record", "overlap", "kind", "file", "weeks", "weight", "events", "opens", "horizon", "event",
        "alternatives", "reference", "share", "hub", "team", "resolved", "outcome", "by", "<<", "__class__", "1", "no",
        "", "é", "ID")
ENCODINGS = ("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "latin-1", "utf-7", "cp1252", "cp500")


def workspaces() -> dict[str, Files]:
    """All valid workspaces at hand, by name; the longer ones with their last files alone, which makes no difference."""
    folders = [ROOT, *sorted((ROOT / "examples").glob("*/")),
               *sorted((ROOT / "tests/regression/vectors").glob("*/"))]
    found = {folder.name: _files(folder) for folder in folders if (folder / QUESTION).is_file()}
    return {"small": contents()} | {name if name != ROOT.name else "root": files for name, files in found.items()}


def _files(folder: Path) -> Files:
    files = Folder(folder)
    return {path: files[path] for path in files if not path.endswith("/") and path != "priors/README.md"}


def spoilt(files: Files, random: Random) -> Files:
    """A copy of a workspace with one to eight things changed in it."""
    result = dict(files)
    for _ in range(random.choice((1, 1, 1, 1, 2, 3, 8))):
        path = random.choice([path for path in result if path.endswith((".yaml", ".csv"))] or [*files])
        change = random.choices(tuple(CHANGES), tuple(CHANGES.values()))[0]
        change(result, path, random)
    return result


def _bytes(files: Files, path: str, random: Random) -> None:
    """Overwrite, insert, remove or repeat a piece."""
    data = files[path]
    start = random.randrange(len(data) + 1)
    end = min(len(data), start + random.choice((0, 0, 1, 1, 4, 100, len(data))))
    piece = random.choice((b"", random.randbytes(random.choice((1, 2, 9))), data[start:end] * 2, b"\0", b"\xff",
                           b"\xed\xa0\x80", random.choice(b"{}[]:,&*#?|-<>=!%@`'\"\\\n\r\t ".decode()).encode()))
    files[path] = data[:start] + piece + data[end:]


def _lines(files: Files, path: str, random: Random) -> None:
    """Remove, repeat, move, indent or outdent some lines."""
    lines = files[path].splitlines(keepends=True)
    start = random.randrange(len(lines) + 1)
    end = start + random.choice((1, 1, 2, 5))
    block, rest = lines[start:end], lines[:start] + lines[end:]
    where = random.randrange(len(rest) + 1)
    lines = random.choice((
        rest, lines[:end] + block + lines[end:], rest[:where] + block + rest[where:], lines[:start],
        lines[:start] + [random.choice((b" ", b"  ", b"\t", b"- ", b"# ")) + line for line in block] + lines[end:],
        lines[:start] + [line[random.choice((1, 2)):] for line in block] + lines[end:]))
    files[path] = b"".join(lines)


def _replaced(pattern: re.Pattern[str], choices: tuple[str, ...]) -> Callable[[Files, str, Random], None]:
    """Put another text in the place of one that matches a pattern."""
    def change(files: Files, path: str, random: Random) -> None:
        text = files[path].decode(errors="replace")
        found = list(pattern.finditer(text))
        if found:
            match = random.choice(found)
            new = random.choice(choices)
            files[path] = (text[:match.start()] + new + text[match.end():]).encode(errors="replace")

    return change


def _nudged(files: Files, path: str, random: Random) -> None:
    """Multiply a number, so that the workspace may well stay valid."""
    text = files[path].decode(errors="replace")
    found = [match for match in _NUMBER.finditer(text) if match[0][-1] not in "wd"]
    if found:
        match = random.choice(found)
        number = float(match[0]) * 10 ** random.uniform(-9, 9)
        files[path] = f"{text[:match.start()]}{number:.6g}{text[match.end():]}".encode()


def _tree(files: Files, path: str, random: Random) -> None:
    """Replace, remove, repeat or wrap something in what a file means, and write all of it as JSON, which is YAML."""
    value = read(files[path]).value if path.endswith(".yaml") else None
    if not isinstance(value, dict | list) or not value:
        return
    value = json.loads(json.dumps(value))
    place: Any = value
    while True:
        key = random.choice([*place] if isinstance(place, dict) else range(len(place)))
        inner = place[key]
        if not isinstance(inner, dict | list) or not inner or random.random() < 0.2:
            break
        place = inner
    match random.randrange(5):
        case 0:
            del place[key]
        case 1:
            place[key] = random.choice((None, True, 0, -1, 3, 1.5, 1e308, -0.0, 10**30, "", "x", "13w", "2022-12-01",
                                        [], {}, [inner], {"a": inner}, [inner] * 3, [[[]]], {"a": {"a": {}}}, "\x00",
                                        "\ud800"))
        case 2 if isinstance(place, list):
            place += [inner] * random.choice((1, 200))
        case 3 if isinstance(place, dict):
            place[random.choice(KEYS)] = place.pop(key)
        case _:
            other = value[0] if isinstance(value, list) else value
            place[key] = deepcopy(random.choice([*other.values()])) if isinstance(other, dict) and other else None
    files[path] = json.dumps(value).encode()


def _encoded(files: Files, path: str, random: Random) -> None:
    """Save a file in another encoding, or with other ends of lines."""
    text = files[path].decode(errors="replace")
    change = random.choice((*ENCODINGS, "\r\n", "\r", "\x85", "\u2028", "\x0c"))
    files[path] = text.encode(change, "replace") if change in ENCODINGS else text.replace("\n", change).encode()


def _aliased(files: Files, path: str, random: Random) -> None:
    """Name one value and put its alias in the place of others."""
    lines = files[path].decode(errors="replace").split("\n")
    places = [index for index, line in enumerate(lines) if re.search(r":\s+\S", line)]
    for count, index in enumerate(random.sample(places, min(3, len(places)))):
        mark = "&x " if count == random.randrange(3) else "*x #"
        lines[index] = re.sub(r"(:\s+)(?=\S)", rf"\1{mark}", lines[index], count=1)
    files[path] = "\n".join(lines).encode()


def _filed(files: Files, path: str, random: Random) -> None:
    """Rename, remove, empty or replace a whole file, or grow a list of items."""
    match random.randrange(6):
        case 0:
            del files[path]
        case 1:
            files[path] = random.choice((b"", b"\n", b"#", b"---", b"null", b"[]", b"{}", b"a", b"- " * 99))
        case 2:
            files[random.choice([*files])] = files[path]
        case 3:
            files[random.choice(("evidence/x.yml", "evidence/x.yaml", "evidence/indicators.yaml", "evidence/a b.yaml",
                                 "evidence/scenarios/a+b.yaml", "evidence/scenarios/x.yaml", "evidence/drafts/x.yaml",
                                 "evidence/deep/", "evidence/\u202e.yaml", "priors/question.yml"))] = files[path]
        case 4:
            files[path] = files[path] * random.choice((2, 30))
        case _:
            files[path] = files[path] + files[random.choice([*files])]


CHANGES = {_bytes: 3, _lines: 3, _replaced(_TOKEN, WORDS): 5, _replaced(_NUMBER, NUMBERS): 3, _nudged: 5,
           _replaced(_DATE, DATES): 2, _replaced(_KEY, KEYS): 2, _tree: 6, _encoded: 1, _aliased: 1, _filed: 1}
"""Every kind of change with how often it is made."""


def _cells(files: Files, path: str, random: Random) -> None:
    """Put in, take out, exchange or repeat a cell of a table, or a column, or change what separates its cells."""
    rows = [line.split(",") for line in files[path].decode(errors="replace").split("\n")]
    row = random.choice(rows)
    place = random.randrange(len(row))
    match random.randrange(7):
        case 0:
            row.insert(place, random.choice(("", " ", "0", "35%", "0,35", '"a, b"', '"', "x" * 200_000, *WORDS)))
        case 1:
            del row[place]
        case 2:
            random.shuffle(row)
        case 3:
            row[place] = random.choice(random.choice(rows) or [""])
        case 4:
            rows = [each + each[:1] for each in rows]
        case 5:
            rows.append([""] * len(row))
        case _:
            row[place] = f" {row[place]}\t"
    separator = random.choice((",", ",", ",", ",", ", ", ";", "\t", "|"))
    files[path] = "\n".join(separator.join(each) for each in rows).encode(errors="replace")


TABLE_CHANGES = {_bytes: 2, _lines: 3, _cells: 6, _replaced(_TOKEN, WORDS): 3, _replaced(_NUMBER, NUMBERS): 2,
                 _replaced(_DATE, DATES): 1, _encoded: 1}
"""The kinds of change in a table."""


def spoilt_table(text: str, random: Random) -> bytes:
    """A table with one to three things changed in it."""
    files = {"table.csv": text.encode()}
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        change = random.choices(tuple(TABLE_CHANGES), tuple(TABLE_CHANGES.values()))[0]
        change(files, "table.csv", random)
    return files["table.csv"]
