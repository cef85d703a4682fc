"""What the documents show is what happens."""

import json
import re
from pathlib import Path

import pytest
import yaml

from forecast.records.json_schema import schemas
from forecast.workspace.lint import lint
from forecast.workspace.loader import load
from tests.project import reference
from tests.project.blocks import ROOT, SESSIONS, outputs, played, run, run_script, scripts

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs/gallery").glob("*.md"))]


@pytest.mark.parametrize(("command", "output"), [pair for document in DOCUMENTS for pair in outputs(document)])
def test_a_console_block_shows_what_its_command_prints(command: str, output: str) -> None:
    assert run(command) == output


@pytest.mark.parametrize(("code", "output"), [pair for document in DOCUMENTS for pair in scripts(document)])
def test_a_python_block_prints_what_stands_below_it(code: str, output: str) -> None:
    assert run_script(code) == output


@pytest.mark.slow
def test_the_tutorial_is_an_evening_that_can_be_had(tmp_path: Path) -> None:
    (tutorial,) = SESSIONS
    assert played(tutorial, tmp_path) == tutorial.read_text(encoding="utf-8")
    assert len(list(tmp_path.rglob("*.yaml"))) == 5, "its files were written"


def test_the_item_that_the_readme_shows_is_the_one_in_the_evidence() -> None:
    block = re.search(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    (shown,) = yaml.safe_load(block[1])
    item = next(item for item in load(ROOT).items if item.id == shown["id"])
    assert (item.title, item.date, item.source) == (shown["title"], shown["date"], shown["source"])
    assert item.likelihood_ratio is not None
    assert {name: [value.low, value.stated, value.high] for name, value in item.likelihood_ratio.items()} == \
        shown["likelihood_ratio"]


def test_every_relative_link_of_a_document_leads_somewhere() -> None:
    for document in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)", document.read_text(encoding="utf-8")):
            assert "://" in target or (document.parent / target).exists(), f"{document}: {target}"


def test_every_module_that_a_document_names_is_there() -> None:
    documents = [*ROOT.glob("*.md"), ROOT / "tests/README.md", *(ROOT / "docs").rglob("*.md")]
    named = {(document.name, path) for document in documents if document.name != "CHANGELOG.md"
             for path in re.findall(r"`(\w[\w/]*/\w+\.py)`", document.read_text(encoding="utf-8"))}
    assert len(named) > 10
    assert {(name, path) for name, path in named
            if not (ROOT / path).exists() and not (ROOT / "forecast" / path).exists()} == set()


def test_the_reference_is_that_of_the_schemas() -> None:
    assert reference.PAGE.read_text(encoding="utf-8") == reference.reference()


def test_the_schemas_beside_the_real_case_are_those_of_the_records() -> None:
    kept = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (ROOT / ".schemas").glob("*.json")}
    assert kept == schemas(), "forecast schema --write .schemas"


def test_every_verb_is_documented_in_the_guide() -> None:
    guide = (ROOT / "docs/guide.md").read_text(encoding="utf-8")
    verbs = re.findall(r"^  ([a-z]+) ", run("forecast --help | sed -n '/Commands/,$p'"), flags=re.MULTILINE)
    assert len(verbs) > 8
    assert [verb for verb in verbs if f"forecast {verb}" not in guide] == []


def test_the_case_in_one_file_of_the_guide_is_whole(tmp_path: Path) -> None:
    guide = (ROOT / "docs/guide.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"`harbour-strike\.yaml`:\n\n```yaml\n(.*?)```", guide, flags=re.DOTALL)
    file = tmp_path / "harbour-strike.yaml"
    file.write_text(text, encoding="utf-8")
    loaded = load(file)
    assert lint(loaded, loaded.case("2031-05-01")) == []
