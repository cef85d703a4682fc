"""Completion in the shell: what Tab offers, from the script that the command itself prints."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from forecast.cli.app import app
from tests.project.blocks import run
from tests.robustness.commands.typed import typed

TYPED = {("up",): {"update"}, ("check", "--f"): {"--format"}, ("check", "--format", "g"): {"github"},
         ("alert", "--p"): {"--points"}, ("re",): {"report", "replay"}}

COMMANDS = [str(command.name) for command in app.registered_commands]


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


@pytest.mark.parametrize(("words", "says"), [
    (("plot", "histry"), "histry is not known; did you mean history?"),
    (("check", "--format", "gitub"), "gitub is not known; did you mean github?"),
    (("check", "--format", "xyz"), "xyz is not known; write one of github, text")])
def test_a_choice_that_is_none_is_refused_in_words(words: tuple[str, ...], says: str) -> None:
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 2
    assert says in " ".join(done.output.split())
    assert "Value error" not in done.output


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_example_at_the_end_of_help_is_one_line_to_copy(name: str) -> None:
    """Of help as narrow as eighty columns, too: an option that is cut at its hyphen cannot be typed."""
    done = CliRunner().invoke(app, [name, "--help"])
    assert done.output.rstrip().rpartition("\n")[2].strip().startswith(f"Example: forecast {name}")
