"""Outputs of every encoding, streams that are closed, full or cut off, and Ctrl+C at any moment."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.core.text import encodable, handler
from tests.robustness.commands.typed import ROOT, VERBS, Done, started, typed
from tests.robustness.reading.example import FILES, contents, written

ENCODINGS = ("utf-8", "ascii", "cp1252", "latin-1", "cp437", "koi8-r", "shift_jis", "utf-16")
UPDATE = ("update", "--as-of", "2031-05-01")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace whose titles no narrow encoding holds, and the current folder."""
    titles = {path: text.replace("title: ", "title: Забастовка 罢工 “é” − ").replace("name: ", "name: Ł ")
              for path, text in FILES.items()}
    root = written(tmp_path / "w", contents(**titles))
    monkeypatch.chdir(root)
    monkeypatch.setenv("NO_COLOR", "1")
    return root


def sound(done: Done, encoding: str = "utf-8") -> bool:
    told = done.err.decode(encoding)
    return "Traceback" not in told and "fault of the program" not in told and "Warning" not in told


@pytest.mark.parametrize("encoding", ["ascii", "shift_jis", "utf-16"])
def test_every_verb_ends_as_it_should_whatever_the_encoding(folder: Path, monkeypatch: pytest.MonkeyPatch,
                                                            encoding: str) -> None:
    for words in VERBS:
        if words == ("sensitivity",) and encoding != "ascii":
            continue  # it computes for seconds
        done = typed(monkeypatch, *words, encoding=encoding)
        refused = "nothing" in words or "1999-01-01" in words
        assert (done.code, bool(done.out)) == (int(refused), not refused), (words, done.err)
        assert sound(done, encoding), (words, done.err)


def test_an_encoding_changes_signs_but_no_number_and_no_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(written(tmp_path, contents()))
    for words in (("explain",), ("watch",), ("compare",)):
        whole = typed(monkeypatch, *words).out.decode()
        for encoding in ("ascii", "cp1252", "latin-1"):
            plain = typed(monkeypatch, *words, encoding=encoding).out.decode(encoding)
            assert plain.count("\n") == whole.count("\n")
            assert _numbers(plain) == _numbers(whole.replace("−", "-").replace("–", "-"))


def _numbers(text: str) -> list[str]:
    return re.findall(r"(?:(?<=\s)[-+])?\d+(?:\.\d+)?%?", text)


@pytest.mark.parametrize("words", [("explain", "--json"), ("schema",), ("watch", "--json")])
def test_json_says_the_same_in_every_encoding(folder: Path, monkeypatch: pytest.MonkeyPatch,
                                              words: tuple[str, ...]) -> None:
    told = [json.loads(typed(monkeypatch, *words, encoding=encoding).out.decode(encoding)) for encoding in ENCODINGS]
    assert all(each == told[0] for each in told)


@given(text=st.text(), encoding=st.sampled_from(ENCODINGS))
def test_every_text_can_be_written_in_every_encoding(text: str, encoding: str) -> None:
    text = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    plainer = encodable(text, encoding)
    assert plainer.encode(encoding) == text.encode(encoding, handler(encoding))
    assert encodable(plainer, encoding) == plainer
    assert plainer == text or encoding not in ("utf-8", "utf-16")


@pytest.mark.parametrize("redirected", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-", "> /dev/full", "2> /dev/full",
                                        "> /dev/null", "1< /dev/null"])
def test_a_stream_that_is_closed_or_full_is_no_fault_of_the_program(folder: Path, redirected: str) -> None:
    done = started(UPDATE, folder, redirected)
    cannot = redirected in ("> /dev/full", "1< /dev/null")
    assert done.code == int(cannot)
    assert sound(done)
    assert (b"forecast: standard output: " in done.err) == cannot
    assert bool(done.out) == (redirected in ("<&-", "2>&-", "2> /dev/full"))


def test_what_asks_for_an_answer_says_what_is_missing_when_nobody_can_be_asked(folder: Path) -> None:
    done = started(("new", "vote"), folder, "<&-")
    assert (done.code, done.out) == (1, b"")
    assert done.err.startswith(b"forecast: --title is missing")


def test_a_new_file_never_gets_what_is_printed_to_a_closed_stream(folder: Path) -> None:
    words = next(words for words in VERBS if words[0] == "new")
    done = started(words, folder, ">&- 2>&-")
    assert done.code == 0
    assert any("id: vote\n" in path.read_text(encoding="utf-8") for path in (folder / "evidence").glob("*.yaml"))
    assert not [path for path in folder.rglob("*") if path.is_file() and b"it takes the forecast" in path.read_bytes()]


@pytest.mark.parametrize("words", [("--help",), UPDATE, ("schema",), ("explain", "--json"), ("explain", "nothing")])
def test_a_reader_that_leaves_is_no_failure(folder: Path, words: tuple[str, ...]) -> None:
    program = "from forecast.__main__ import main; main()"
    process = subprocess.Popen([sys.executable, "-c", program, *words], cwd=folder, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"})
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    told = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) == int("nothing" in words)
    assert told == b"" or words[-1] == "nothing"


def test_a_writing_verb_writes_though_nobody_reads_what_it_says(folder: Path) -> None:
    words = next(words for words in VERBS if words[0] == "new")
    code = "import os\nread, write = os.pipe(); os.close(read); os.dup2(write, 1); os.dup2(write, 2)"
    assert started(words, folder, code=code).code == 0
    assert any("id: vote\n" in path.read_text(encoding="utf-8") for path in (folder / "evidence").glob("*.yaml"))


PRESSED = """
import signal
class Pressed:
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}:
            sys.meta_path.remove(self)
            {how}
sys.meta_path.insert(0, Pressed())
"""
PLAIN = "signal.raise_signal(signal.SIGINT)"
TURNED = "\n            ".join(("try:", f"    {PLAIN}", "except KeyboardInterrupt:",
                                "    raise ImportError('the library could not be loaded') from None"))
SWALLOWED = "\n            ".join(("class Dying:", "    def __del__(self):", f"        {PLAIN}", "Dying()",
                                   "import time; time.sleep(1)"))


@pytest.mark.parametrize(("name", "how"), [
    ("forecast.cli.app", PLAIN), ("typer", PLAIN), ("numpy", PLAIN), ("scipy.special", PLAIN), ("rich.text", PLAIN),
    ("forecast.engine.exact", PLAIN), ("typer", TURNED), ("numpy", TURNED), ("typer", SWALLOWED), ("numpy", SWALLOWED)])
def test_ctrl_c_ends_in_one_word_whatever_is_being_loaded(folder: Path, name: str, how: str) -> None:
    done = started(UPDATE, folder, code=PRESSED.format(name=name, how=how))
    assert (done.code, done.out, done.err) == (130, b"", b"interrupted\n")


def test_the_installed_command_ends_in_one_word_before_anything_is_loaded(folder: Path) -> None:
    script = (ROOT / "scripts/forecast").read_text(encoding="utf-8").removeprefix("#!python\n")
    for name in ("forecast", "lazy_loader", "forecast.cli.process"):
        code = "import sys" + PRESSED.format(name=name, how=PLAIN) + script
        done = subprocess.run([sys.executable, "-c", code, *UPDATE], cwd=folder, capture_output=True, check=False,
                              env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"})
        assert (done.returncode, done.stderr) == (-2, b"interrupted\n")


def test_who_ignores_interrupts_goes_on_ignoring_them(folder: Path) -> None:
    done = started(UPDATE, folder, code="import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"
                   + PRESSED.format(name="numpy", how=PLAIN))
    assert (done.code, done.err) == (0, b"")


def test_helpers_leave_ctrl_c_to_the_process_that_shares_out_the_work() -> None:
    code = ("import signal, sys\nfrom forecast.evaluation import parallel\n"
            "def ask(_): return signal.getsignal(signal.SIGINT) is signal.SIG_IGN\n"
            "if __name__ == '__main__':\n"
            "    with parallel.workers(2) as shared: print(list(shared(signal.getsignal, [signal.SIGINT])))\n"
            "    print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)\n")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                          env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"})
    assert done.stdout.splitlines()[-1] == "True"
    assert "SIG_IGN" in done.stdout


@pytest.mark.parametrize("columns", ["0", "-5", "²", "x", "9" * 30, "20"])
def test_an_odd_width_of_the_terminal_shows_the_whole_page(folder: Path, monkeypatch: pytest.MonkeyPatch,
                                                           columns: str) -> None:
    for name in ("COLUMNS", "LINES"):
        monkeypatch.setenv(name, columns)
    done = typed(monkeypatch, *UPDATE)
    assert done.code == 0
    assert len(done.out.decode().split()) > 100
    assert max(map(len, done.out.decode().splitlines())) <= (20 if columns == "20" else 80)


def test_warnings_of_libraries_are_for_those_who_ask(folder: Path) -> None:
    warn = "import warnings\n"
    hook = PRESSED.format(name="rich.text", how="__import__('warnings').warn('of a library')")
    assert started(UPDATE, folder, code=warn + hook).err == b""
    assert b"of a library" in started(UPDATE, folder, code=warn + hook, PYTHONWARNINGS="default").err


def test_a_stream_that_is_no_file_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    from forecast.cli import process

    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr(sys, "stderr", stream)
    process._hold_streams()
    assert sys.stdout is sys.stderr is stream
