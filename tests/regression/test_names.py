"""Names and addresses: mistyped, spelt otherwise, or read by one reader and refused by the next."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from forecast.core.errors import InputError
from forecast.core.pages import page_of
from forecast.records.json_schema import schemas
from forecast.report.hub import hub_files
from forecast.workspace.loader import load_texts
from forecast.workspace.yaml.reader import read
from tests.project.report.documents import case_of, plain_document
from tests.regression.conftest import ITEM, Typed
from tests.robustness.hostile.fuzzer import spoilt
from tests.robustness.reading.example import GROUPS, INDICATORS, ITEMS, QUESTION, SCENARIO, SOURCES, contents


@pytest.mark.parametrize("words", [("explain",), ("explain", "--json"), ("breakeven", "--target", "0.5")])
@pytest.mark.parametrize(("name", "says"), [
    ("ballot-anounced", "did you mean ballot-announced?"), ("late", "is public from 2024-02-10"),
    ("gone", "was retracted on 2024-01-09")])
def test_an_item_that_cannot_be_explained_is_told_why(root: Path, typed: Typed, words: tuple[str, ...], name: str,
                                                      says: str) -> None:
    texts = [ITEM.format(id=f"a{number:02}", date="2024-01-10") for number in range(20)]
    texts += [ITEM.format(id="late", date="2024-02-10"), ITEM.format(id="gone", date="2024-01-04")
              + "  retracted: 2024-01-09\n  note: Taken back.\n"]
    (root / "evidence/many.yaml").write_text("\n".join(texts))
    code, out, err = typed(words[0], name, *words[1:], "--as-of", "2024-01-12")
    assert (code, out) == (1, "")
    assert says in err


SAME = ("https://example.org/story?id=4", "http://www.example.org/story/?id=4&utm_source=telegram#comments",
        "HTTPS://EXAMPLE.ORG:443/story?utm_medium=x&id=4&fbclid=abc", " https://example.org./story?id=4 ")
OTHERS = ("https://example.org/story?id=5", "https://example.org/Story?id=4", "https://example.org:8443/story?id=4",
          "https://example.com/story?id=4", "https://m.org/example.org/story?id=4", "story?id=4", "", "https://[broken")


def test_one_page_has_one_name_however_it_is_addressed() -> None:
    assert len({page_of(url) for url in SAME}) == 1
    assert len({page_of(url) for url in (*OTHERS, SAME[0])}) == len(OTHERS) + 1
    assert page_of("https://example.org/посредник") == page_of(
        "https://example.org/%D0%BF%D0%BE%D1%81%D1%80%D0%B5%D0%B4%D0%BD%D0%B8%D0%BA/")
    assert page_of("https://пример.рф/1") == page_of("https://xn--e1afmkfd.xn--p1ai/1")


@given(st.text())
def test_every_text_may_stand_for_an_address(text: str) -> None:
    assert page_of(text) == page_of(text + " ")


KINDS = {QUESTION: "question", SOURCES: "sources", GROUPS: "groups", ITEMS: "evidence", INDICATORS: "indicators",
         SCENARIO: "scenario"}
SCHEMAS = {kind: Draft202012Validator(schema) for kind, schema in schemas().items()}


def agree(files: dict[str, bytes]) -> bool:
    """Whether the gate takes files; whatever it takes, an editor takes too."""
    try:
        load_texts(files)
    except InputError:
        return False
    for path, kind in KINDS.items():
        if path in files:
            assert list(SCHEMAS[kind].iter_errors(read(files[path]).value)) == [], path
    return True


def mutations() -> list[tuple[str, str, str]]:
    """Each field of each record left out, empty, or of another kind."""
    found = []
    for path, text in contents().items():
        value = read(text).value if path in KINDS else None
        records = value if isinstance(value, list) else [value] if value else []
        found += [(path, name, change) for record in records for name in record for change in ("out", "null", "other")]
    return sorted(set(found))


@pytest.mark.parametrize(("path", "name", "change"), mutations())
def test_what_the_gate_takes_the_schema_takes(path: str, name: str, change: str) -> None:
    files = contents()
    value = read(files[path]).value
    for record in value if isinstance(value, list) else [value]:
        if name in record and change == "out":
            del record[name]
        elif name in record:
            record[name] = None if change == "null" else [record[name]]
    agree(files | {path: json.dumps(value).encode()})


@pytest.mark.parametrize(("path", "old", "new", "taken"), [
    (ITEMS, "  seen: false", "  likelihood_ratio: null\n  seen: false", True),
    (ITEMS, "  seen: false\n  probability", "  seen: false\n  counts", False),
    (SCENARIO, "name: The paper is doubted\n", "", True),
    (SCENARIO, "question:\n", "question:\n  id: other\n", False),
    (ITEMS, "title: Overtime is refused", 'title: "  "', False), (ITEMS, "every: 4w", "every: 0w", False),
    (ITEMS, "every: 4w", "every: 1.2.3w", False), (ITEMS, "date: 2031-04-02", "date: 2031-13-02", False),
    (ITEMS, "date: 2031-04-02", "date: \u0662\u0660\u0663\u0661-\u0660\u0664-\u0660\u0662", False),
    (QUESTION, "share: 0.4", "share: 1e10", False), (QUESTION, "team: desk", f"team: {'d' * 61}", False)])
def test_where_they_disagreed(path: str, old: str, new: str, taken: bool) -> None:
    text = contents()[path].decode()
    assert old in text
    changed = text.replace(old, new)
    assert agree(contents() | {path: changed.encode()}) is taken
    assert SCHEMAS[KINDS[path]].is_valid(read(changed.encode()).value) is taken


def test_spoilt_workspaces_that_the_gate_takes_pass_the_schemas() -> None:
    assert sum(agree(spoilt(contents(), Random(number))) for number in range(300)) > 20


def test_the_hub_is_told_what_the_question_states() -> None:
    case = case_of()
    question = case.question
    files = hub_files([plain_document()], question)
    methods = yaml.safe_load(files["model-metadata/desk-ledger.yml"])["methods"]
    kinds = {part.kind for part in question.prior if part.weight > 0}
    assert ("past cases" in methods) == ("reference_class" in kinds)
    assert json.loads(files["hub-config/admin.json"])["repository"] == {}
    assert question.hub is not None
    named = question.model_copy(update={"hub": question.hub.model_copy(update={"repository": "desk/hub-of-ours"})})
    assert json.loads(hub_files([plain_document()], named)["hub-config/admin.json"])["repository"] == {
        "host": "github", "owner": "desk", "name": "hub-of-ours"}
    rates = [part for part in plain_document().components if part.kind == "exposure"]
    toy = plain_document().model_copy(update={"components": tuple(rates)})
    assert "past cases" not in yaml.safe_load(hub_files([toy], question)["model-metadata/desk-ledger.yml"])["methods"]
