"""The server for other programs: it answers what the verbs print as JSON, and nothing that it does leaves a trace."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import anyio
import jsonschema
import pytest
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.shared.memory import create_connected_server_and_client_session
from mcp.types import CallToolResult, TextContent, Tool

from forecast.cli.app import main
from forecast.cli.mcp import tools
from forecast.cli.mcp.server import serve, server
from forecast.core.errors import ForecastError
from tests import ROOT
from tests.robustness.reading.example import QUESTION, contents, written

DAY = "2031-04-20"
OTHER = "harbour-peace"

Call = tuple[str, Mapping[str, Any]]


def state(root: Path) -> dict[str, bytes | None]:
    return {str(path.relative_to(root)): path.read_bytes() if path.is_file() else None
            for path in sorted(root.rglob("*"))}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Two workspaces, which are afterwards what they were."""
    folder = tmp_path_factory.mktemp("served")
    written(folder / "strike", contents())
    written(folder / "peace", {path: text.replace(b"id: harbour-strike", f"id: {OTHER}".encode())
                               for path, text in contents().items()})
    before = state(folder)
    yield folder
    assert state(folder) == before


def asked(folders: list[Path], *calls: Call) -> list[CallToolResult]:
    """What a client of a server in this process is answered."""
    async def ask() -> list[CallToolResult]:
        async with create_connected_server_and_client_session(server(folders)) as client:
            return [await client.call_tool(name, dict(arguments)) for name, arguments in calls]

    return anyio.run(ask)


def listed(folders: list[Path]) -> dict[str, Tool]:
    async def ask() -> dict[str, Tool]:
        async with create_connected_server_and_client_session(server(folders)) as client:
            return {tool.name: tool for tool in (await client.list_tools()).tools}

    return anyio.run(ask)


def text_of(result: CallToolResult) -> str:
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


def answered(root: Path, name: str, **arguments: Any) -> dict[str, Any]:
    (result,) = asked([root / "strike"], (name, arguments))
    assert not result.isError, text_of(result)
    assert result.structuredContent == json.loads(text_of(result))
    found: dict[str, Any] = result.structuredContent
    return found


def refused(root: Path, name: str, **arguments: Any) -> str:
    (result,) = asked([root / "strike"], (name, arguments))
    assert result.isError
    assert "Traceback" not in text_of(result)
    return text_of(result)


@pytest.fixture
def printed(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """What a verb prints as JSON."""
    def run(*words: str) -> Any:
        given = ["forecast", *words, "--workspace", str(root / "strike"), "--as-of", DAY, "--json"]
        monkeypatch.setattr(sys, "argv", given)
        with pytest.raises(SystemExit):
            main()
        return json.loads(capsys.readouterr().out)

    return run


def test_every_tool_says_that_it_only_reads_and_what_it_takes(root: Path) -> None:
    found = listed([root / "strike"])
    assert set(found) == {"questions", "items", "forecast", "explain", "what_if"}
    for tool in found.values():
        assert tool.description
        assert tool.annotations is not None
        assert tool.annotations.readOnlyHint
        jsonschema.Draft202012Validator.check_schema(tool.inputSchema)
    changes = {"drop": ["ballot"], "revise": {"no-talks": {"credibility": 3}}}
    jsonschema.validate({"changes": changes}, found["what_if"].inputSchema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"changes": {"revise": {"no-talks": {"grade": "A"}}}}, found["what_if"].inputSchema)


def test_the_forecast_is_what_update_prints(root: Path, printed: Any) -> None:
    assert answered(root, "forecast", as_of=DAY) == printed("update")


def test_an_explanation_is_what_explain_prints(root: Path, printed: Any) -> None:
    assert answered(root, "explain", as_of=DAY) == printed("explain")
    assert answered(root, "explain", as_of=DAY, item="no-talks") == printed("explain", "no-talks")


def test_a_scenario_that_is_asked_as_a_what_if_comes_out_as_compare_has_it(root: Path, printed: Any) -> None:
    (row,) = printed("compare", "doubt")["scenarios"]
    changes = {"drop": ["overtime"], "revise": {"ballot": {"likelihood_ratio": {"strike": 1.5}}},
               "sources": {"union": {"grade": "E"}}, "groups": {"rumour": {"overlap": 0.9}},
               "question": {"preparation": {"lead": "4w"}}, "as_of": "2031-04-10",
               "add": [{"id": "denial", "title": "The union denies", "date": "2031-04-05", "source": "union",
                        "likelihood_ratio": {"strike": 0.8}, "rationale": "Denials are cheap."}]}
    found = answered(root, "what_if", as_of=DAY, changes=changes)
    (same,) = found["scenarios"]
    assert same == row | {"name": "what-if", "title": "changes", "story": ""}
    assert answered(root, "forecast", as_of=DAY, scenario="doubt")["hypotheses"] == row["hypotheses"]


def test_items_are_those_of_the_date_and_of_what_is_asked_for(root: Path) -> None:
    def ids(**arguments: Any) -> list[str]:
        return [row["id"] for row in answered(root, "items", **arguments)["items"]]

    assert ids(as_of="2031-03-15") == ["ballot"]
    assert ids(as_of=DAY) == ["ballot", "no-talks", "overtime"]
    assert ids(as_of="2031-07-02") == ["ballot", "no-talks"]
    assert ids(as_of=DAY, source="union") == ["no-talks", "overtime"]
    assert ids(as_of=DAY, group="rumour", kind="claim") == ["ballot"]
    assert ids(as_of=DAY, contains="TALKS") == ["no-talks"]
    row = answered(root, "items", as_of=DAY, contains="ballot")["items"][0]
    assert (row["values"]["strike"], row["rationale"]) == ([1.5, 2, 3], "Ballots come before strikes.")


def test_several_questions_are_told_apart_by_their_ids(root: Path) -> None:
    folders = [root / "strike", root / "peace"]
    everything, named, unnamed, other = asked(
        folders, ("questions", {}), ("items", {"question_id": OTHER, "as_of": DAY}), ("items", {}),
        ("items", {"question_id": "harbour-pease"}))
    rows = json.loads(text_of(everything))["questions"]
    assert [row["question"]["id"] for row in rows] == ["harbour-strike", OTHER]
    assert rows[0]["scenarios"] == {"doubt": "The paper is doubted"}
    assert not named.isError
    assert text_of(unnamed) == f"question_id: is missing; write one of {OTHER}, harbour-strike"
    assert text_of(other) == f"question_id: harbour-pease is not a question here; did you mean {OTHER}?"
    with pytest.raises(ForecastError, match="both have the question harbour-strike"):
        server([root / "strike", root / "strike" / ".." / "strike"])


@pytest.mark.parametrize(("name", "arguments", "message"), [
    ("forecast", {"as_of": "yesterday"}, "as_of: yesterday is not a date; write YYYY-MM-DD"),
    ("forecast", {"as_of": "2032-01-01"}, "as_of: 2032-01-01 is outside the question"),
    ("forecast", {"date": DAY}, "date: is not known here"),
    ("forecast", {"scenario": "doubts"}, "doubts: no such scenario in evidence/scenarios/; did you mean doubt?"),
    ("items", {"source": "wyre"}, "source: wyre is not a source of this question; did you mean wire?"),
    ("items", {"kind": "signs"}, "kind: signs is not known; did you mean sign?"),
    ("explain", {"as_of": DAY, "item": "balot"}, "balot: no such item; did you mean ballot?"),
    ("explain", {"item": 5}, "item: 5 is not a text"),
    ("what_if", {}, "changes: is missing; add it"),
    ("what_if", {"changes": ["ballot"]}, "changes: [ballot] is not a mapping"),
    ("what_if", {"changes": {"sources": {"wire": {"grade": "Q"}}}, "as_of": DAY},
     "changes: sources.wire.grade: Q is not known; write one of A, B, C, D, E, F"),
    ("what_if", {"changes": {"drop": ["nothing"]}, "as_of": DAY}, "changes: drop[1]: nothing is not an item"),
    ("questions", {"every": 1}, "every: is not known here; leave it out"),
    ("report", {}, "report: no such tool")])
def test_what_is_asked_wrongly_is_refused_in_words(root: Path, name: str, arguments: dict[str, Any],
                                                   message: str) -> None:
    assert refused(root, name, **arguments).startswith(message)


def test_a_file_that_was_spoilt_since_is_named_with_its_line(tmp_path: Path) -> None:
    made = server([written(tmp_path, contents())])
    path = tmp_path / QUESTION
    path.write_text(path.read_text(encoding="utf-8").replace("opens: 2031", "opens: 231"),
                    encoding="utf-8")

    async def ask() -> CallToolResult:
        async with create_connected_server_and_client_session(made) as client:
            return await client.call_tool("forecast", {})

    found = anyio.run(ask)
    assert found.isError
    assert text_of(found).startswith(f"{QUESTION}:4: opens: 231-03-01 is not a date")


def test_a_question_that_has_another_name_by_now_is_not_answered_under_the_old_one(tmp_path: Path) -> None:
    root = written(tmp_path / "strike", contents())
    folders = tools.served([root])
    path = root / QUESTION
    path.write_text(path.read_text(encoding="utf-8").replace("id: harbour-strike", "id: renamed"), encoding="utf-8")
    assert tools.answer(folders, "items", {})
    with pytest.raises(ForecastError, match="harbour-strike is called renamed in its files by now"):
        tools.answer(folders, "items", {"question_id": "harbour-strike"})


def test_a_fault_of_the_program_is_no_traceback_either(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "update_headline", lambda *_: 1 / 0)
    assert refused(root, "forecast", as_of=DAY).startswith("a fault of the program, not of your files (ZeroDivision")


def test_without_the_extra_the_verb_says_what_to_install(root: Path, monkeypatch: pytest.MonkeyPatch,
                                                         capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)
    monkeypatch.delitem(sys.modules, "forecast.cli.mcp.server")
    monkeypatch.setattr(sys, "argv", ["forecast", "mcp", str(root / "strike")])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert "install the extra of forecast-ledger, in its checkout: pip install '.[mcp]'" in capsys.readouterr().err


def test_what_was_asked_before_the_input_ends_is_answered(root: Path, monkeypatch: pytest.MonkeyPatch,
                                                          tmp_path: Path) -> None:
    begin = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}}
    asked: list[dict[str, Any]] = [{"id": 0, "method": "initialize", "params": begin},
                                   {"method": "notifications/initialized"}]
    asked += [{"id": number, "method": "tools/call", "params": {"name": "items", "arguments": {}}}
              for number in range(1, 6)]
    asked += [{"id": "odd", "method": "odd"}]
    asked += [{"method": "notifications/cancelled", "params": {"requestId": number}} for number in range(1, 6)]
    lines = [json.dumps({"jsonrpc": "2.0"} | each) for each in asked]
    unasked = ["no message", "", json.dumps({"jsonrpc": "2.0", "id": 99, "result": {}})] * 20
    (tmp_path / "asked").write_text("\n".join([*lines, *unasked]), encoding="utf-8")
    before = signal.getsignal(signal.SIGINT)
    try:
        with (tmp_path / "asked").open() as heard, (tmp_path / "said").open("w") as said:
            monkeypatch.setattr(sys, "stdin", heard)
            monkeypatch.setattr(sys, "stdout", said)
            serve([root / "strike"])
    finally:
        signal.signal(signal.SIGINT, before)
    answers = [json.loads(line) for line in (tmp_path / "said").read_text(encoding="utf-8").splitlines()]
    assert [each["id"] for each in answers if "id" in each] == [0, 1, 2, 3, 4, 5, "odd"]


@pytest.mark.slow
def test_the_process_speaks_the_protocol_on_its_streams(root: Path, tmp_path: Path) -> None:
    started = StdioServerParameters(command=sys.executable, args=["-m", "forecast", "mcp", str(root / "strike")],
                                    cwd=ROOT)

    async def ask(errors: Any) -> tuple[str, CallToolResult]:
        async with stdio_client(started, errors) as (heard, said), ClientSession(heard, said) as client:
            told = await client.initialize()
            return told.serverInfo.name, await client.call_tool("items", {"as_of": DAY})

    with (tmp_path / "errors").open("w") as errors:
        name, found = anyio.run(ask, errors)
    assert (name, found.isError) == ("forecast", False)
    assert [row["id"] for row in json.loads(text_of(found))["items"]] == ["ballot", "no-talks", "overtime"]
    assert (tmp_path / "errors").read_text() == ""
