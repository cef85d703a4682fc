"""Stored reports that were changed by hand: named and refused, whatever was done to them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from forecast.cli.commands import replay
from forecast.core.errors import ForecastError
from forecast.engine.exact import Exact
from forecast.report.document import document, plain
from forecast.workspace.loader import load_texts
from tests.gate.example import FILES

TEXTS = {path: text.encode() for path, text in FILES.items()}

Content = dict[str, Any]


def stored(folder: Path) -> tuple[Path, Content]:
    """The folder of a report, with what a forecast.json says of the forecast and of its inputs."""
    case = load_texts(TEXTS).case()
    inputs = {path: {"sha256": hashlib.sha256(text).hexdigest(), "text": text.decode()} for path, text in TEXTS.items()}
    content = plain(document(Exact(case))) | {"engines": {}, "provenance": {"inputs": inputs}}
    target = folder / "reports" / str(case.as_of)
    target.mkdir(parents=True)
    return target, content


def _inputs(change: Callable[[Content], object]) -> Callable[[Content], Content]:
    def changed(content: Content) -> Content:
        change(content["provenance"]["inputs"])
        return content

    return changed


ITEM = next(path for path in FILES if path.startswith("evidence/"))

CHANGES: dict[str, tuple[Callable[[Content], Any], str]] = {
    "nothing left": (lambda _: "", "is no stored forecast"),
    "a list": (lambda _: [], "is no stored forecast"),
    "another day": (lambda content: content | {"as_of": "yesterday"}, "is no stored forecast"),
    "no hypotheses": (lambda content: content | {"hypotheses": 3}, "is no stored forecast"),
    "no provenance": (lambda content: content | {"provenance": None}, "is no stored forecast"),
    "no inputs": (lambda content: content | {"provenance": {}}, "its inputs: changed since"),
    "an input that is no text": (_inputs(lambda inputs: inputs[ITEM].update(text=5)), "its inputs: changed since"),
    "an input without its digest": (_inputs(lambda inputs: inputs[ITEM].pop("sha256")), "its inputs: changed since"),
    "another ratio": (_inputs(lambda inputs: inputs[ITEM].update(text=inputs[ITEM]["text"] + "\n")),
                      f"{ITEM}: changed since"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_report_that_was_changed_by_hand_is_not_replayed(tmp_path: Path, name: str) -> None:
    change, message = CHANGES[name]
    folder, content = stored(tmp_path)
    (folder / "forecast.json").write_text(json.dumps(change(content)), encoding="utf-8")
    with pytest.raises(ForecastError, match=message) as refused:
        replay(folder)
    assert str(folder / "forecast.json") in str(refused.value)


@pytest.mark.parametrize("spoil", [lambda text: text[:len(text) // 2], lambda _: b"", lambda text: b"\xff" + text,
                                   lambda _: b"[" * 10**5])
def test_a_report_that_cannot_be_read_is_named(tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    folder, content = stored(tmp_path)
    (folder / "forecast.json").write_bytes(spoil(json.dumps(content).encode()))
    with pytest.raises(ForecastError, match="cannot be read"):
        replay(folder)
