"""Completion in the shell: what Tab offers, from the script that the command itself prints."""

from __future__ import annotations

import pytest

from tests.project.blocks import run
from tests.robustness.commands.typed import typed

TYPED = {("up",): {"update"}, ("check", "--f"): {"--format"}, ("check", "--format", "g"): {"github"},
         ("alert", "--p"): {"--points"}, ("re",): {"report", "replay"}}


@pytest.mark.parametrize("words", TYPED, ids=" ".join)
def test_what_tab_offers(monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]) -> None:
    for name, value in {"_FORECAST_COMPLETE": "complete_bash", "COMP_WORDS": f"forecast {' '.join(words)}",
                        "COMP_CWORD": str(len(words))}.items():
        monkeypatch.setenv(name, value)
    done = typed(monkeypatch)
    assert (done.code, done.err) == (0, b"")
    assert set(done.out.decode().split()) == TYPED[words]


def test_bash_takes_the_script_that_the_command_prints() -> None:
    tab = "COMP_WORDS=(forecast br); COMP_CWORD=1; _forecast_completion forecast; echo ${COMPREPLY[@]}"
    assert run(f"source <(forecast --show-completion); {tab}") == "breakeven\n"


@pytest.mark.parametrize("typed_words", [{}, {"COMP_WORDS": "forecast up", "COMP_CWORD": "x"}])
def test_what_no_shell_would_ask_is_refused_in_words(monkeypatch: pytest.MonkeyPatch, typed_words: dict[str, str]
                                                     ) -> None:
    for name, value in {"_FORECAST_COMPLETE": "complete_bash", **typed_words}.items():
        monkeypatch.setenv(name, value)
    done = typed(monkeypatch)
    assert (done.code, done.out) == (1, b"")
    assert b"is for the shell alone" in done.err
