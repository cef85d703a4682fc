"""Copies of cited pages: from a server of our own that may refuse, fail or lie, and from files; and references."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from forecast.core.errors import ForecastError, InputError, refuse
from forecast.workspace.cited import copies, fetching
from forecast.workspace.cited.archiving import Archived, archive_file, archive_pages
from forecast.workspace.cited.copies import INDEX, Page, read_archive
from forecast.workspace.cited.fetching import Fetcher, is_public
from forecast.workspace.cited.references import bibtex, csl
from forecast.workspace.lint import lint
from forecast.workspace.loader import Workspace, load, problems_beside
from tests.regression.conftest import Typed, root, typed  # noqa: F401
from tests.robustness.reading.example import ITEMS, SCENARIO, contents, written

TODAY = date(2031, 5, 1)
HTML = ("<html><head><title>Ballot</title><script>alert(1)</script></head>"
        "<body><p>The union</p><p>votes.</p></body></html>")

ITEM = """- id: {id}
  title: About {id}
  date: 2031-04-01
  source: wire
  likelihood_ratio: {{strike: [1.1, 1.3, 1.6]}}
  url: {url}
  rationale: A reason.
"""


@dataclass
class Server:
    """What each path answers, and which were asked for by whom."""

    address: str
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)

    def says(self, path: str, content: bytes | str, kind: str = "text/html; charset=utf-8", status: int = 200,
             **headers: str) -> str:
        data = content if isinstance(content, bytes) else content.encode()
        sized = {} if "Transfer-Encoding" in headers else {"Content-Length": str(len(data))}
        self.answers[path] = (status, {"Content-Type": kind, **sized, **headers}, data)
        return self.address + path


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            found.agents.add(self.headers.get("User-Agent", ""))
            status, headers, data = found.answers.get(self.path, (404, {}, b""))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            """Be quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Server(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def server(running: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    running.answers.clear()
    running.asked.clear()
    monkeypatch.setattr(fetching, "PAUSE", 0.0)
    monkeypatch.setattr(fetching, "is_public", lambda host: host == "127.0.0.1")
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return running


def workspace(folder: Path, **urls: str) -> Workspace:
    items = "".join(ITEM.format(id=name, url=json.dumps(url)) for name, url in urls.items())
    files = {path: data for path, data in contents().items() if path != SCENARIO}
    return load(written(folder / "w", files | {ITEMS: items.encode()}))


def fetched(folder: Path, names: tuple[str, ...] = (), again: bool = False, **urls: str) -> tuple[Path, Archived]:
    found = workspace(folder, **urls)
    return found.root, archive_pages(found, names, TODAY, Fetcher().page, again=again)


# From the network.


def test_a_page_is_kept_with_its_text_and_its_hash(server: Server, tmp_path: Path) -> None:
    url = server.says("/ballot", HTML)
    place, found = fetched(tmp_path, one=url, same=f"{url}/?utm_source=mail")
    (copy,) = found.kept
    assert (copy.item, copy.url, copy.date, copy.how, copy.media_type) == ("one", url, TODAY, "network", "text/html")
    assert (place / copy.original).read_bytes() == HTML.encode()
    assert hashlib.sha256(HTML.encode()).hexdigest() == copy.sha256
    assert (place / copy.text).read_text() == "Ballot\nThe union\nvotes.\n"
    assert (copy.original, copy.text) == ("archive/originals/one.html", "archive/one.txt")
    assert server.asked == ["/robots.txt", "/ballot"]
    assert all(re.match(r"forecast-ledger/\d", agent) for agent in server.agents)
    assert list(read_archive(place).by_item(load(place).items)) == ["one", "same"]


def test_what_is_kept_is_not_fetched_again_unless_that_is_asked_for(server: Server, tmp_path: Path) -> None:
    url = server.says("/a", HTML)
    place, _ = fetched(tmp_path, one=url)
    assert fetched(tmp_path, one=url)[1] == Archived()
    assert [copy.item for copy in fetched(tmp_path, names=("one",), one=url)[1].unchanged] == ["one"]
    assert server.asked == ["/robots.txt", "/a"]
    assert len(fetched(tmp_path, again=True, one=url)[1].unchanged) == 1
    server.says("/a", HTML.replace("votes", "does not vote"))
    (copy,) = fetched(tmp_path, again=True, one=url)[1].kept
    assert copy.text == "archive/one-2.txt"
    assert (place / "archive/one.txt").read_text().endswith("votes.\n"), "the first copy stays"
    archive = read_archive(place)
    item = load(place).items[0]
    assert archive.by_item([item]) == {item.id: copy}
    assert len(archive.copies) == 2


@pytest.mark.parametrize(("answer", "says"), [
    ({"content": "", "status": 404}, "answers 404"), ({"content": "", "status": 500}, "answers 500"),
    ({"content": b"\x89PNG\0", "kind": "image/png"}, "is image/png, of which no text can be kept"),
    ({"content": b"\0\1\2", "kind": "text/plain"}, "is not a text"), ({"content": "x", "kind": ""}, "no known type"),
    ({"content": "x" * 3000}, "larger than"), ({"content": "x", "Content-Length": "9"}, "ended before it was whole"),
    ({"content": "x", "Content-Encoding": "gzip"}, "came packed"), ({"content": "x", "status": 206}, "only a part"),
    ({"content": "5\r\nhello\r\n", "Transfer-Encoding": "chunked"}, "ended before it was whole"),
    ({"content": "", "status": 302, "Location": "file:///etc/passwd"}, "leads to file:///etc/passwd"),
    ({"content": "", "status": 301, "Location": "http://10.0.0.1/"}, "in a private network"),
    ({"content": "", "status": 307, "Location": "//user:secret@127.0.0.1/"}, "a name or a password"),
    ({"content": "", "status": 302, "Location": "/page"}, "without an end"),
    ({"content": "", "status": 302, "Location": "/forbidden/x"}, "robots.txt of its host does not let"),
    ({"content": "", "status": 302}, "answers 302")])
def test_what_cannot_be_kept_is_told_and_the_others_are_kept(server: Server, tmp_path: Path, answer: dict[str, Any],
                                                             says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "LARGEST", 2000)
    server.says("/robots.txt", "User-agent: *\nDisallow: /forbidden\n", "text/plain")
    server.says("/forbidden/x", HTML)
    bad, good = server.says("/page", **answer), server.says("/good", "Plain.", "text/plain")
    place, found = fetched(tmp_path, bad=bad, good=good)
    assert [copy.item for copy in found.kept] == ["good"]
    (failed,) = found.failed
    assert (failed.item, failed.url) == ("bad", bad)
    assert says in failed.what
    assert "--file" in failed.what or "without" in failed.what
    assert "/forbidden/x" not in server.asked
    assert sorted(path.name for path in (place / "archive").rglob("*.*") if path.name != ".lock") == [
        "good.txt", "good.txt", "index.csv"]


@pytest.mark.parametrize(("robots", "kept"), [
    ((404, ""), True), ((403, ""), True), ((500, ""), False), ((200, "\0\ufffd" * 9), True),
    ((200, "User-agent: forecast-ledger\nDisallow: /"), False),
    ((200, "User-agent: *\nDisallow: /\n\nUser-agent: forecast-ledger\nAllow: /"), True)])
def test_robots_are_asked_first(server: Server, tmp_path: Path, robots: tuple[int, str], kept: bool) -> None:
    server.says("/robots.txt", robots[1], "text/plain", status=robots[0])
    _, found = fetched(tmp_path, one=server.says("/a", HTML), two=server.says("/b", HTML))
    assert [len(found.kept), len(found.failed)] == ([2, 0] if kept else [0, 2])
    assert server.asked == ["/robots.txt", *(["/a", "/b"] if kept else [])]
    assert kept or all("robots.txt" in failed.what for failed in found.failed)


def test_an_address_that_a_server_sends_as_it_is_spelt_is_followed(server: Server, tmp_path: Path) -> None:
    url = server.says("/page", "", status=302, Location="новини?q=a b".encode().decode("latin-1"))
    server.says("/%D0%BD%D0%BE%D0%B2%D0%B8%D0%BD%D0%B8?q=a%20b", HTML)
    _, found = fetched(tmp_path, one=url)
    assert (len(found.kept), found.failed) == (1, ())


@pytest.mark.parametrize("url", [
    "ftp://x.example/a", "file:///etc/passwd", "doi:10.1/2", "http://", "http://[::1]/", "A newspaper, page 3"])
def test_only_web_addresses_are_fetched(server: Server, tmp_path: Path, url: str) -> None:
    _, found = fetched(tmp_path, one=url)
    assert "is not an http or https address" in found.failed[0].what
    assert server.asked == []


def test_a_server_that_is_gone_is_told(server: Server, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    _, found = fetched(tmp_path, one=f"http://127.0.0.1:{port}/a")
    assert "cannot be reached" in found.failed[0].what


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.1.2.3", "192.168.0.1", "169.254.169.254", "0.0.0.0",
                                  "::1", "::ffff:127.0.0.1", "224.0.0.1", "2130706433"])
def test_this_machine_and_private_networks_are_not_asked(host: str) -> None:
    assert not is_public(host)
    assert is_public("1.1.1.1")


# From files.


@pytest.mark.parametrize(("name", "data", "text", "suffix"), [
    ("a.html", HTML.encode(), "Ballot\nThe union\nvotes.\n", "html"), ("a.txt", b"One\r\nTwo", "One\nTwo\n", "txt"),
    ("a", HTML.encode(), "Ballot\nThe union\nvotes.\n", "html"), ("a.pdf", b"%PDF-1.7 \0\xff", None, "pdf"),
    ("a.htm", "<meta charset=windows-1251><p>Привет".encode("windows-1251"), "Привет\n", "html"),
    ("a.txt", b"caf\xe9", "café\n", "txt"), ("a.txt", "Привет".encode("utf-16"), "Привет\n", "txt"),
    ("a.html", b"<meta charset=idna><p>x\xff", "xÿ\n", "html"), ("a.html", b"<script>x", "\n", "html"),
    ("a.txt", b"\x1b[31mred", "\ufffd[31mred\n", "txt"),
    ("a.html", b"<meta charset=utf-16><p>even", "even\n", "html"),
    ("a.html", b"<meta charset=utf-7><p>+AGE-", "+AGE-\n", "html"),
    ("a.html", b"<meta charset=iso-8859-1><p>\x93So\x94", "“So”\n", "html"),
    ("a.xhtml", '<?xml version="1.0" encoding="koi8-r"?><p>Да</p>'.encode("koi8-r"), "Да\n", "html")])
def test_a_file_is_kept_as_it_is_and_as_text(tmp_path: Path, name: str, data: bytes, text: str | None, suffix: str
                                             ) -> None:
    (tmp_path / name).write_bytes(data)
    found = workspace(tmp_path, one="https://x.example/1")
    made = archive_file(found, "one", tmp_path / name, TODAY)
    (copy,) = made.kept
    assert (copy.how, copy.original) == ("file", f"archive/originals/one.{suffix}")
    assert (found.root / copy.original).read_bytes() == data
    assert (copy.text and (found.root / copy.text).read_text()) == (text or "")
    assert list(made.without_text) == (["one"] if text == "\n" else [])
    assert archive_file(found, "one", tmp_path / name, TODAY).unchanged == (copy,)


def test_an_item_without_a_url_has_its_copy_too(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Said on the phone.")
    found = load(written(tmp_path / "w", contents()))
    archive_file(found, "no-talks", tmp_path / "a.txt", TODAY)
    assert list(read_archive(found.root).by_item(found.items)) == ["no-talks"]


def test_files_that_cannot_be_kept_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"\0\1\2")
    found = workspace(tmp_path, one="https://x.example/1")
    with pytest.raises(ForecastError, match=r"a\.bin: is not a text"):
        archive_file(found, "one", tmp_path / "a.bin", TODAY)
    with pytest.raises(ForecastError, match="did you mean one"):
        archive_file(found, "onee", tmp_path / "a.bin", TODAY)
    (found.root / "archive").rmdir() if (found.root / "archive").exists() else None
    (tmp_path / "elsewhere").mkdir()
    (found.root / "archive").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(ForecastError, match="a link leads out of the workspace"):
        archive_file(found, "one", tmp_path / "a.txt", TODAY)
    assert list((tmp_path / "elsewhere").iterdir()) == []


# What other verbs make of copies.


def archived(folder: Path) -> Workspace:
    found = workspace(folder, one="https://x.example/1", two="https://x.example/2")
    copies.keep(found.root, found.items[0], Page(HTML.encode(), "text/html", "file"), TODAY)
    return found


def doubts(found: Workspace) -> list[str]:
    return [str(each) for each in lint(found, found.case("2031-05-01")) if each.file == INDEX]


def test_check_names_links_without_a_copy_once_there_is_an_archive(tmp_path: Path) -> None:
    before = workspace(tmp_path, one="https://x.example/1")
    assert doubts(before) == []
    found = archived(tmp_path)
    (doubt,) = doubts(found)
    assert doubt.startswith("archive/index.csv:1: 1 of 2 links have no copy: two; keep them with forecast archive")
    copies.keep(found.root, found.items[1], Page(b"x", "text/plain", "file"), TODAY)
    assert doubts(found) == []
    (found.root / "archive/originals/two.txt").write_text("y")
    (found.root / "archive/one.txt").unlink()
    (doubt,) = doubts(found)
    assert doubt.startswith("archive/index.csv:1: archive/originals/one.html, archive/originals/two.txt: no longer")


def test_a_text_that_was_changed_is_told_unless_an_earlier_version_kept_it_without_a_hash(tmp_path: Path) -> None:
    found = archived(tmp_path)
    (found.root / "archive/one.txt").write_text("The union votes otherwise.\n")
    assert any("archive/originals/one.html: no longer" in doubt for doubt in doubts(found))
    index = found.root / INDEX
    index.write_text("".join(f"{line.rpartition(',')[0]}\n" for line in index.read_text().splitlines()))
    assert not any("no longer" in doubt for doubt in doubts(load(found.root)))
    copies.keep(found.root, found.items[1], Page(b"x", "text/plain", "file"), TODAY)
    assert [copy.text_sha256 for copy in load(found.root).archive.copies] == ["", ""]


@pytest.mark.parametrize("lost", ["archive/originals/one.html", "archive/one.txt"])
def test_a_copy_that_was_lost_is_kept_again(tmp_path: Path, lost: str) -> None:
    found = archived(tmp_path)
    (tmp_path / "page.html").write_text(HTML)
    (found.root / lost).unlink()
    made = archive_file(found, "one", tmp_path / "page.html", TODAY)
    assert ([copy.original for copy in made.kept], made.unchanged) == (["archive/originals/one-2.html"], ())
    assert all("no longer" not in doubt for doubt in doubts(found))
    assert archive_file(found, "one", tmp_path / "page.html", TODAY).unchanged == made.kept


def test_a_page_that_goes_back_is_recorded_and_is_the_newest(tmp_path: Path) -> None:
    found = workspace(tmp_path, one="https://news.example/one")
    first, second = (tmp_path / name for name in ("first.html", "second.html"))
    first.write_text(HTML)
    second.write_text(HTML.replace("union", "ministry"))
    made = [archive_file(found, "one", path, TODAY + timedelta(place))
            for place, path in enumerate((first, second, first, first))]
    assert [len(each.kept) for each in made] == [1, 1, 0, 0]
    assert list(made[2].lines()) == [
        "one: has gone back to what was kept before, and is recorded as such (archive/one.txt)",
        "0 pages kept, 0 unchanged, 1 as before, 0 failed"]
    assert made[3].unchanged == made[2].again
    assert next(made[3].lines()) == f"one: unchanged since {TODAY + timedelta(2)} (archive/one.txt)"
    kept = load(found.root)
    assert [copy.text for copy in kept.archive.copies] == ["archive/one.txt", "archive/one-2.txt", "archive/one.txt"]
    assert kept.archive.by_item(found.items)["one"] == made[2].again[0]
    assert not any("no longer" in doubt for doubt in doubts(kept))


def test_a_wrong_index_is_not_said_to_be_the_file(tmp_path: Path) -> None:
    found = archived(tmp_path)
    (found.root / INDEX).write_text("item\n")
    (tmp_path / "page.html").write_text(HTML)
    with pytest.raises(InputError, match=r"^archive/index\.csv:1: has no column url"):
        archive_file(found, "one", tmp_path / "page.html", TODAY)


@pytest.mark.parametrize(("column", "cell"), [
    ("date", "1.5.2031"), ("how", "post"), ("bytes", "-1"), ("sha256", "ff"), ("text_sha256", "ff"),
    ("original", "../../etc/passwd"),
    ("original", "archive/originals/x.exe"), ("text", "archive/../priors/question.yaml")])
def test_an_index_that_was_changed_by_hand_is_refused_with_the_line(tmp_path: Path, column: str, cell: str) -> None:
    found = archived(tmp_path)
    rows = list(csv.DictReader(io.StringIO((found.root / INDEX).read_text())))
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0].keys())
    writer.writeheader()
    writer.writerow(rows[0] | {column: cell})
    (found.root / INDEX).write_text(text.getvalue())
    with pytest.raises(InputError, match=rf"^archive/index\.csv:2: {column}: .*; restore the index"):
        refuse(problems_beside(load(found.root)))
    assert doubts(found) == []
    assert load(found.root) == found, "it bears on no forecast"


def test_an_index_keeps_what_somebody_added_to_it(tmp_path: Path) -> None:
    found = archived(tmp_path)
    index = found.root / INDEX
    header, row = index.read_text().splitlines()
    before = f"\ufeffremark,{header}\r\n\"why, and\nwhen\",{row}".encode()
    index.write_bytes(before)
    copies.keep(found.root, found.items[1], Page(b"x", "text/plain", "file"), TODAY)
    assert index.read_bytes().startswith(before + b"\r\n,two,")
    assert [copy.item for copy in load(found.root).archive.copies] == ["one", "two"]


def test_a_report_is_built_with_the_copies_of_its_items(tmp_path: Path) -> None:
    found = archived(tmp_path)

    def copies_at(day: str) -> dict[str, str]:
        return {name: copy.readable for name, copy in found.archive.by_item(found.case(day).active).items()}

    assert copies_at("2031-05-01") == {"one": "archive/one.txt"}
    assert copies_at("2031-03-15") == {}


def test_the_verbs_say_what_became_of_each_page(server: Server, root: Path, typed: Typed, tmp_path: Path) -> None:  # noqa: F811
    (root / "page.html").write_text(HTML)
    code, out, err = typed("archive", "ballot-announced", "--file", "page.html")
    assert (code, err) == (0, "")
    assert out.startswith("ballot-announced: kept as archive/ballot-announced.txt (text/html, ")
    assert out.endswith("1 page kept, 0 unchanged, 0 failed\n")
    assert typed("archive", "--file", "page.html")[0] == 1
    code, out, err = typed("archive", "--json")
    assert code == 1
    assert [failed["item"] for failed in json.loads(out)["failed"]] == ["mediator-named"]
    assert "mediator-named: https://example.org/mediator: is on this machine or in a private network" in err
    assert "have no copy: mediator-named" in typed("check", "--as-of", "2024-01-05")[1]
    assert "  url = " in (cited := typed("cite", "ballot-announced")[1])
    assert "urldate" not in cited  # when a file was saved, nobody says
    assert [entry["id"] for entry in json.loads(typed("cite", "--format", "csl")[1])] == [
        "ballot-announced", "mediator-named"]
    assert typed("cite", "--format", "ris")[0] == 1


# References.


def test_references_hold_source_date_title_and_addresses(tmp_path: Path) -> None:
    found = workspace(tmp_path, one="https://x.example/1", two="https://x.example/2")
    copies.keep(found.root, found.items[0], Page(HTML.encode(), "text/html", "network"), TODAY)
    sources, kept = {source.id: source for source in found.sources}, read_archive(found.root).by_item(found.items)
    first, second = bibtex(found.items, sources, kept).split("\n\n")
    assert first == ("@misc{one,\n  author = {{News wire}},\n  title = {{About one}},\n  year = {2031},\n"
                     "  month = apr,\n  day = {1},\n  url = {https://x.example/1},\n  urldate = {2031-05-01},\n}")
    assert "urldate" not in second
    assert csl(found.items, sources, kept)[0] == {
        "id": "one", "type": "webpage", "title": "About one", "author": [{"literal": "News wire"}],
        "issued": {"date-parts": [[2031, 4, 1]]}, "URL": "https://x.example/1",
        "accessed": {"date-parts": [[2031, 5, 1]]}, "archive_location": "archive/one.txt"}


def test_a_file_that_was_kept_does_not_say_when_its_address_was_visited(tmp_path: Path) -> None:
    found = archived(tmp_path)
    sources, kept = {source.id: source for source in found.sources}, read_archive(found.root).by_item(found.items)
    assert "urldate" not in bibtex(found.items, sources, kept)
    first, _ = csl(found.items, sources, kept)
    assert ("accessed" in first, first["archive_location"]) == (False, "archive/one.txt")


def test_no_text_of_an_item_ends_its_entry(tmp_path: Path) -> None:
    found = workspace(tmp_path, one="https://x.example/a%20{b}\\c")
    hostile = found.items[0].model_copy(update={"title": "50% of {A & B}_#$ ~^\\ }\n@misc{x,\u202e"})
    text = bibtex([hostile], {source.id: source for source in found.sources}, {})
    assert (r"title = {{50\% of \{A \& B\}\_\#\$ \textasciitilde{}\textasciicircum{}\textbackslash{} \} @misc\{x,"
            ) in text
    assert "url = {https://x.example/a%20%7Bb%7D%5Cc}" in text
    assert "\u202e" not in text
    bare = re.sub(r"\\[{}\\]", "", text)
    assert bare.count("{") == bare.count("}")


def test_no_other_module_opens_a_connection() -> None:
    package = Path(fetching.__file__).parents[2]
    openers = re.compile(r"urllib\.request|http\.client|import socket|import requests|urlopen")
    found = {path.relative_to(package).as_posix() for path in package.rglob("*.py") if openers.search(path.read_text())}
    assert found - {"workspace/cited/fetching.py"} == {path for path in found if path.startswith("desk/")}
