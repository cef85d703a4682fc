"""Texts that try every door, in every free text of a workspace: inert in every output of every verb."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from forecast.cli.app import main
from forecast.report.folder import render_index
from forecast.report.hub import hub_files
from forecast.report.markdown import page_markdown
from forecast.report.pages import front
from forecast.workspace.loader import load
from tests.project.report.documents import report_of
from tests.robustness.reading.example import FILES

FORMULAS = "=cmd|'/c calc'!A1"
HOSTILE = (FORMULAS + " <script>alert(1)</script><img src=x onerror=alert(1)> \"'>}}{{7*7}} </script> <!-- | `x` "
           "[a](javascript:alert(1)) ![b](http://evil.example/p.png) <http://evil.example> [red]rich[/red] "
           "[link=x]l[/link] \u202egnirts\u202c \u2066x\u2069 \u200bzero\u200f \U000e0041 :smile: %s {0} ${1} "
           "&lt;b&gt; *bold* # 1. - \\")
"""What the gate admits of a hostile text; it refuses control characters themselves."""

_FREE = re.compile(r"^(\s*(?:- )?(?:title|name|story|rationale|note|resolution|url): )(.+)$", re.MULTILINE)
_STEERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]")

def quoted(text: str) -> str:
    """A text as YAML writes it in double quotes."""
    return json.dumps(text, ensure_ascii=False)


Runs = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose every free text is hostile."""
    folder = tmp_path_factory.mktemp("hostile")
    for path, text in FILES.items():
        spoilt = _FREE.sub(lambda match: match[1] + quoted(f"{HOSTILE} {match[2]}"), text) if ".yaml" in path else text
        spoilt = spoilt.replace("name: A strike", f"name: {quoted(HOSTILE)}").replace(
            "name: Work as usual", f"name: {quoted(HOSTILE)}")
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(spoilt, encoding="utf-8")
    (folder / "evidence/drafts").mkdir()
    (folder / "evidence/drafts/=cmd [a](b).yaml").write_text("- x\n", encoding="utf-8")
    return folder


@pytest.fixture
def run(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Runs:
    """Run a command in that workspace and give its exit code and what it wrote."""

    def typed(*words: str) -> tuple[int, str, str]:
        monkeypatch.chdir(root)
        monkeypatch.setattr(sys, "argv", ["forecast", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), *capsys.readouterr()

    return typed


class Elements(HTMLParser):
    """The elements of a page, with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def inert_page(page: str) -> None:
    """A page has no handler and no address but its own, and its text steers nothing."""
    elements = Elements(page)
    for tag, attributes in elements.found:
        assert tag not in ("img", "iframe", "object", "embed", "base", "form") or str(attributes.get("src")).startswith(
            "data:"), (tag, attributes)
        assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
        for name in ("href", "src", "xlink:href"):
            assert not re.match(r"\s*(javascript|data:text|https?://evil)", attributes.get(name) or "", re.IGNORECASE)
    shown = "".join(elements.texts)
    assert "onerror=alert(1)" in shown, "the text is there, as text"
    outside = re.sub(r"<script\b.*?</script>", "", page, flags=re.DOTALL)
    assert not _STEERS.search(outside)


def _strings(value: Any) -> Iterator[str]:
    entries = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for entry in entries:
        yield from _strings(entry)
    if isinstance(value, str):
        yield value


VERBS = (("update",), ("check",), ("explain",), ("explain", "ballot"), ("watch",), ("plot", "ledger"),
         ("breakeven", "ballot", "--target", "0.5"), ("compare",), ("compare", "doubt", "--at", "2031-05-01"),
         ("check", "--as-of", "2031-05-01", "--strict"))


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_a_terminal_is_not_steered(run: Runs, words: tuple[str, ...]) -> None:
    code, out, err = run(*words)
    assert code == ("--strict" in words)
    assert err == ""
    assert not _STEERS.search(out)
    if words[0] != "check":
        assert "[red]rich[/red]" in " ".join(out.split()) or words == ("explain", "ballot") or "doubt" in out


@pytest.mark.parametrize("words", [("explain", "\x1b[31m\u202eid"), ("compare", "\x1b]0;x\x07\u202e"),
                                   ("breakeven", "\u202eid\n[x]", "--target", "0.5"), ("compare", "doubt+\u202e"),
                                   ("new", "\u202eid", "--title", "x", "--source", "\x1b[2J", "--rationale", "x",
                                    "--if", "\x1b=1"), ("update", "--engine", "\x1b[31m")], ids=repr)
def test_a_message_quotes_no_steering_argument(run: Runs, words: tuple[str, ...]) -> None:
    code, out, err = run(*words)
    assert (code, out) == (1, "")
    assert err.startswith("forecast: ") or ".yaml:" in err
    assert not _STEERS.search(err)


def test_json_holds_the_texts_as_they_are_and_nothing_else(run: Runs) -> None:
    _, out, err = run("explain", "--json")
    assert err == ""
    assert any(HOSTILE in text for text in _strings(json.loads(out)))


def test_the_pages_of_a_comparison_and_a_backtest_are_inert(run: Runs, root: Path) -> None:
    assert run("compare", "--html", "page.html")[0] == 0
    inert_page((root / "page.html").read_text(encoding="utf-8"))
    assert run("backtest", "--every", "8w", "--jobs", "1")[0] == 0
    inert_page((root / "reports/backtest/harbour-strike-every-8w.html").read_text(encoding="utf-8"))
    assert all(re.fullmatch(r"[a-z0-9.-]+", path.name) for path in (root / "reports/backtest").rglob("*"))


def test_a_report_in_markdown_is_inert_and_so_is_what_derives_from_it(root: Path) -> None:
    case = load(root).case(date(2031, 5, 1))
    told = report_of(case)
    text = page_markdown(front.page(told))
    assert not _STEERS.search(text)
    tokens = [token for block in MarkdownIt("commonmark").enable("table").parse(text) for token in
              (block, *(block.children or ()))]
    assert not [token for token in tokens if token.type in ("html_inline", "html_block")]
    for token in tokens:
        where = str(token.attrGet("href") or token.attrGet("src") or "charts/")
        assert where.startswith(("charts/", "https://example.org/")), where
    inert_page(render_index([told]))
    for path, content in hub_files([told], case.question).items():
        assert not _STEERS.search(content), path
        for row in csv.reader(io.StringIO(content)) if path.endswith(".csv") else ():
            assert not [cell for cell in row if cell[:1] in "=+-@\t" and cell], path


@pytest.mark.parametrize("name", ["/dev/null", "pipe", "latin.csv", "bare.csv", "wide.csv", "early.csv"])
def test_what_is_no_table_is_no_import(run: Runs, root: Path, name: str) -> None:
    if not (root / "pipe").exists():
        os.mkfifo(root / "pipe")
    for path, content in {"latin.csv": b"date,statement\n2031-04-01,caf\xe9\n", "bare.csv": b"\0\0\0\0",
                          "wide.csv": b"date,statement\n2031-04-01," + b"x" * 200_000,
                          "early.csv": "date,statement\n2031-W01-1,\u202ex\n".encode()}.items():
        (root / path).write_bytes(content)
    code, out, err = run("import", name)
    assert (code, out) == (1, "")
    assert re.match(rf"{re.escape(name)}:\d+: ", err)
    assert not _STEERS.search(err)
    assert len(err) < 500
