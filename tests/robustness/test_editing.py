"""Whatever style a file is written in, a change touches the lines it means, or is refused in words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.core.errors import InputError
from forecast.core.scalars import control
from forecast.records.evidence import ENCODINGS
from forecast.workspace.editing import propose
from forecast.workspace.loader import load, load_texts
from forecast.workspace.starting import write_schemas
from forecast.workspace.yaml.layout import Layout
from forecast.workspace.yaml.reader import Document, read
from forecast.workspace.yaml.splicing import UnspliceableError, with_entry, with_fields, without_entry
from forecast.workspace.yaml.writer import entry, field, inline, mapping
from tests.robustness import FUZZED
from tests.robustness.reading.example import ITEMS, SCENARIO, contents, written
from tests.robustness.styles import evidence, in_brackets, nested

NEW = {"id": "new", "title": "12e3", "date": "2031-03-20", "source": "wire", "credibility": None,
       "likelihood_ratio": {"strike": [1.5, 2, 3]}, "rationale": "One.\n\nTwo: no.\n"}
CHANGES: tuple[dict[str, Any], ...] = (
    {"likelihood_ratio": {"strike": [1.5, 2.25, 3], "slowdown": 1.2}}, {"likelihood_ratio": {"strike": 7.5}},
    {"counts": {"strike": [1, 2], "slowdown": [1, 2], "calm": [1, 2]}}, {"credibility": 4}, {"group": None},
    {"rationale": "New: and\nlonger.\n"}, {"title": "X: y"}, {"group": "rumour", "credibility": None},
    {"note": "Noted.\n", "likelihood_ratio": {"strike": [1, 2, 3.5]}})


def lines(data: bytes) -> list[str]:
    return re.split(r"\r\n|\r|\n", data.decode("utf-8-sig"))


def in_order(some: Iterable[str], all_of_them: Sequence[str]) -> bool:
    """Whether some lines are among others, in their order."""
    rest = iter(all_of_them)
    return all(any(line == other for other in rest) for line in some)


def comments(data: bytes) -> Counter[str]:
    layout = Layout(data.decode("utf-8-sig"))
    return Counter(layout.comments_in(0, len(layout.text)))


@cache
def valid() -> list[tuple[int, bytes]]:
    """Valid evidence files in all styles, each with the number that makes it again."""
    found = []
    for number in range(FUZZED):
        random = Random(number)
        data = evidence(random, ["ann", "bob", "cat"][:random.randint(1, 3)])
        try:
            load_texts(contents(**{SCENARIO: "name: x\n"}) | {ITEMS: data})
        except InputError:
            continue
        found.append((number, data))
    return found


def files() -> Iterable[tuple[int, Random, bytes]]:
    """Those files, each with what decides on a change of it."""
    return ((number, Random(f"change {number}"), data) for number, data in valid())


def break_kinds(data: bytes) -> set[bytes]:
    return set(re.findall(rb"\r\n|\r|\n", data))


def test_the_styles_are_valid_for_the_most_part() -> None:
    assert len(valid()) > 0.7 * FUZZED


def test_an_entry_is_added_and_every_line_stays() -> None:
    for number, _, data in files():
        added = with_entry(data, NEW, ["# told"])
        assert added is not None
        assert in_order((line for line in lines(data) if line.strip()), lines(added)), number
        assert break_kinds(added) <= (break_kinds(data) or {b"\n"}), number
        assert added[:3] == data[:3], number
        assert comments(added) == comments(data) + Counter(["# told"]), number
        expected = {name: value for name, value in NEW.items() if value is not None}
        assert read(added).value[-1] == expected, number
        assert len(lines(added)) - len(lines(data)) <= len(entry(expected).splitlines()) + 3, number


def test_an_entry_is_taken_out_and_every_other_line_stays() -> None:
    refused = 0
    for number, random, data in files():
        old = read(data)
        index = random.randrange(len(old.value))
        try:
            left, told = without_entry(data, index)
        except UnspliceableError:
            refused += 1
            continue
        kept = [line for row, line in enumerate(lines(data)) if not _of_entry(old, index, row) and line.strip()]
        assert in_order([line for line in kept if not line.lstrip().startswith("#")], lines(left)), number
        assert comments(left) + Counter(told) == comments(data), number
        names = [each["id"] for each in read(left).value]
        assert names == [each["id"] for each in old.value if each is not old.value[index]], number
    assert refused < FUZZED / 20


@pytest.mark.parametrize(("before", "after"), [
    ("[] # none yet\n", "# none yet\n- id: a\n"), ("--- []\n", "---\n- id: a\n"),
    ("# head\n[]\n# foot\n", "# head\n# foot\n- id: a\n")])
def test_an_empty_list_leaves_no_space_behind(before: str, after: str) -> None:
    assert with_entry(before.encode(), {"id": "a"}) == after.encode()


@pytest.mark.parametrize(("index", "left", "told"), [
    (0, "[\n # for b\n {id: b}, # about b\n # for c\n {id: c} # about c\n]\n", ["# about a"]),
    (1, "[{id: a}, # about a\n # for c\n {id: c} # about c\n]\n", ["# for b", "# about b"]),
    (2, "[{id: a}, # about a\n # for b\n {id: b}, # about b\n]\n", ["# for c", "# about c"])])
def test_a_neighbour_between_brackets_keeps_its_comments(index: int, left: str, told: list[str]) -> None:
    data = b"[{id: a}, # about a\n # for b\n {id: b}, # about b\n # for c\n {id: c} # about c\n]\n"
    assert without_entry(data, index) == (left.encode(), told)


def test_comments_of_a_field_between_braces_stay_above() -> None:
    data = b"- {id: a, # the id\n   # why\n   note: x, # the note\n   # because\n   rationale: y} # end\n"
    assert with_fields(data, [((0,), {"note": None})]) == data.replace(b"note: x, ", b"")
    first = b"- id: b\n  map: {note: x, # the note\n    rest: 1}\n"
    assert with_fields(first, [((0,), {"map": {"rest": 1}})]) == first.replace(b"note: x,", b"")
    with pytest.raises(UnspliceableError, match="holds comments"):
        with_fields(b"- {id: a, note: # lost\n  x, b: 1}\n", [((0,), {"note": None})])


def _of_entry(document: Document, index: int, row: int) -> bool:
    first = document.line((index,)) - 1
    last = document.line((index + 1,)) - 1 if index + 1 < len(document.value) else 10**9
    return first <= row < last


def test_an_entry_between_brackets_takes_its_own_comments_and_no_others() -> None:
    for number in range(FUZZED):
        random = Random(f"brackets {number}")
        names = ["ann", "bob", "cat", "dan"][:random.randint(1, 4)]
        data, gone = in_brackets(random, names), random.choice(names)
        left, told = without_entry(data, names.index(gone))
        assert comments(left) + Counter(told) == comments(data), number
        assert all(comment.endswith(f" {gone}") for comment in told), number
        assert not any(re.search(rf"# (?:above|beside|in) {gone}$", line) for line in lines(left)), number
        assert [entry["id"] for entry in read(left).value] == [name for name in names if name != gone], number
        kept = [line for line in lines(data) if not re.search(rf"id: {gone}| {gone}$|^ *title", line)]
        assert in_order(kept, lines(left)), number
        assert break_kinds(left) <= break_kinds(data), number


def test_a_key_is_added_or_taken_out_and_every_other_line_stays() -> None:
    for number in range(FUZZED):
        random = Random(f"nested {number}")
        keys = ["ann", "bob", "cat"][:random.randint(2, 3)]
        data, gone = nested(random, keys), random.choice(keys)
        kept = {key: 1.5 for key in keys if key != gone}
        more = dict.fromkeys([*keys, "new"], 1.5)
        others = {"new": {"ratio": 2}} if b"{" not in data else kept
        for new in (kept, more, kept | {"new": [1, 2.5, 3]}, more | {gone: 2}, others):
            changed = with_fields(data, [((), {"of": {"all": new}})])
            assert read(changed).value["of"] == {"all": new}, number
            assert comments(changed) == comments(data), number
            stay = [line for line in lines(data) if not any(f" {key}: " in line for key in keys if new.get(key) != 1.5)]
            if b"{" in data:
                stay = [line for line in stay if not line.endswith("}") and ("new" not in new or "1.50," not in line)]
            assert in_order(stay, lines(changed)), number


def test_a_field_between_braces_is_taken_out_and_no_comment_goes_with_it() -> None:
    refused = 0
    for number in range(FUZZED):
        random = Random(f"braces {number}")
        names = ["ann", "bob", "cat", "dan"]
        parts = [f"{name}: {random.choice(('1', '[1,2]', f'[1, # in {name}{chr(10)}  2]'))},"
                 f"{random.choice((' ', chr(10) + '  ', f' # beside {name}{chr(10)}  '))}" for name in names]
        body = "".join(parts).rstrip()
        text = "- {" + body + (random.choice(("} # end\n", "\n  }\n")) if body.endswith(",") else "\n  }\n")
        gone = random.sample(names, random.randint(1, 2))
        try:
            changed = with_fields(text.encode(), [((0,), dict.fromkeys(gone))])
        except UnspliceableError:
            refused += 1
            assert any(f"# in {name}" in text for name in gone), number
            continue
        assert comments(changed) == comments(text.encode()), number
        assert list(read(changed).value[0]) == [name for name in names if name not in gone], number
        assert in_order((line for line in text.splitlines() if not any(f"{name}: " in line for name in gone)),
                        changed.decode().splitlines()), number
    assert refused < FUZZED / 2


def test_fields_are_changed_and_every_line_outside_them_stays() -> None:
    refused = 0
    for number, random, data in files():
        old = read(data)
        index, changes = random.randrange(len(old.value)), random.choice(CHANGES)
        try:
            changed = with_fields(data, [((index,), changes)])
        except UnspliceableError:
            refused += 1
            continue
        rows = _rows_of(data, index, {*changes, *(ENCODINGS if changes.keys() & ENCODINGS.keys() else ())})
        kept = [line for row, line in enumerate(lines(data)) if row not in rows]
        assert in_order(kept[:-1] if kept and not kept[-1] else kept, lines(changed)), number
        assert not comments(data) - comments(changed), number
        assert changed[:3] == data[:3], number
        assert break_kinds(changed) <= (break_kinds(data) or {b"\n"}), number
        assert _without_ends(read(changed).value[index]) == _without_ends(_changed(old.value[index], changes)), number
    assert refused < FUZZED / 20


def _rows_of(data: bytes, index: int, names: set[str]) -> set[int]:
    """The lines of some fields, by their places in the text; between brackets, those of the whole record."""
    layout = Layout(data.decode("utf-8-sig"))
    record = layout.root.entries[index]
    if record.in_brackets:
        return set(range(layout.row(record.start), layout.row(record.end) + 1))
    return {row for key, value in record.pairs if layout.text[key.start:key.end].strip("\"'") in names
            for row in range(layout.row(key.start), layout.row(value.end) + 1)}


def _changed(record: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    gone = set(ENCODINGS) if changes.keys() & ENCODINGS.keys() else set()
    kept = {name: value for name, value in record.items() if name not in gone}
    return {name: value for name, value in (kept | changes).items() if value is not None or name not in changes}


def _without_ends(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value.rstrip("\n") if isinstance(value, str) else value for name, value in record.items()}


TEXTS = st.text(max_size=40).filter(lambda text: control(text) is None)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=6)
WORDS = st.sampled_from((
    "12e3", "3e7", "no", "on", "0o17", "0x1F", "010", "1:30", "1_000", "~", "null", "=", "<<", "", "-", ".inf",
    "2031-03-01", "2031-03-01 10:00", "+1", "- a", "? a", "a: b", "a #b", "%a", "@a", "`a", "!a", "&a", "*a", "|", ">",
    "[a", "{a", "a]", "a,b", "'", '"', "…", "---", "...", " a ", "a\n", "\n"))


@given(st.dictionaries(TEXTS.filter(bool), VALUES | WORDS, min_size=1, max_size=4))
def test_what_is_written_is_read_back(fields: dict[str, Any]) -> None:
    given_fields = {name: value for name, value in fields.items() if value is not None}
    assert read(f"a: {inline(fields)}".encode()).value == {"a": fields}
    if given_fields:
        assert read(entry(given_fields).encode()).value == [given_fields]
        assert read(mapping(given_fields).encode()).value == given_fields
    for name, value in fields.items():
        assert read(field(name, value).encode()).value == {name: value}


@pytest.mark.parametrize("text", ["12e3", "3e7", "no", "0o17", "1:30", "010", "2031-03-01", "~", "1_000"])
def test_what_yaml_reads_otherwise_is_quoted(text: str) -> None:
    assert entry({"title": text}) == f"- title: '{text}'\n"


@pytest.mark.parametrize("there", [True, False])
def test_a_new_file_names_its_schema_where_there_is_one(tmp_path: Path, there: bool) -> None:
    root = written(tmp_path, contents())
    if there:
        write_schemas(root / ".schemas")
    item = {"id": "new", "title": "New", "date": "2031-05-02", "source": "wire", "likelihood_ratio": {"strike": 2},
            "rationale": "R"}
    (text,) = propose(load(root), item).after.values()
    line = b"# yaml-language-server: $schema=../.schemas/evidence.json\n\n"
    assert text.startswith(line if there else b"- id: new\n")
    if there:
        assert (root / "evidence/../.schemas/evidence.json").is_file()
