"""Files of others become drafts: whatever a file states is in a draft, or the report of the import names it."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.core.errors import ForecastError, InputError
from forecast.core.pages import plain
from forecast.workspace.imports.clippings import Order, credibility_of, read_code, read_day
from forecast.workspace.imports.drafts import import_drafts
from forecast.workspace.imports.outcome import Imported
from forecast.workspace.imports.reading import Wanted
from forecast.workspace.imports.tables import parsed_map
from forecast.workspace.loader import load
from forecast.workspace.yaml.reader import read
from tests.regression.conftest import Typed, root, typed  # noqa: F401
from tests.robustness.reading.example import contents, written

TODAY = date(2031, 5, 1)
NUMBERS = {"likelihood_ratio", "probability", "counts", "kept"}


def imported(folder: Path, name: str, data: bytes | str, wanted: Wanted | None = None
             ) -> tuple[Imported, list[dict[str, Any]]]:
    workspace = folder / "w"
    if not workspace.exists():
        written(workspace, contents())
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    made = import_drafts(load(workspace), path, TODAY, wanted)
    drafts = [draft for file in made.files for draft in read((workspace / file).read_bytes()).value]
    assert [draft["id"] for draft in drafts] == list(made.drafts)
    assert not any(NUMBERS & set(draft) for draft in drafts)
    assert {draft.get("recorded", str(TODAY)) for draft in drafts} <= {str(TODAY)}
    return made, drafts


# Tables.

EXCEL = ("\ufeffsep=;\r\nDatum;Titel, lang;Quelle;Note;Güte;Region;Wert\r\n"
         '12.1.2031;"Streik; angekündigt";Union Paper;b2;;Nord;3,5\r\n'
         "03.02.2031 10:30;Kein Streik;Bote;C;2,0;Süd;1\r\n")
COLUMNS = "date=Datum,title=Titel, lang,source=Quelle,grade=Note,credibility=Güte"


def test_what_excel_writes_is_read_when_it_is_told_how(tmp_path: Path) -> None:
    made, drafts = imported(tmp_path, "Excel.csv", EXCEL, Wanted(columns=parsed_map([COLUMNS]), dates="DMY",
                                                               decimal_comma=True))
    assert [draft["date"] for draft in drafts] == ["2031-01-12", "2031-02-03"]
    assert [draft["title"] for draft in drafts] == ["Streik; angekündigt", "Kein Streik"]
    assert [draft["credibility"] for draft in drafts] == [2, 2]
    assert [draft["source"] for draft in drafts] == ["union", "bote"]
    assert drafts[0]["note"] == "Date: 12.1.2031\nGrade: b2\nRegion: Nord\nWert: 3,5\n"
    assert made.fields["title"] == "Titel, lang"
    assert (made.noted, made.unread) == (("Region", "Wert"), ())
    assert [(each.id, each.grade) for each in made.sources] == [("bote", "C")]
    assert "# - {id: bote, name: Bote, grade: C}\n" in (tmp_path / "w" / made.files[0]).read_text()


def test_without_being_told_a_decimal_comma_is_left_in_the_note(tmp_path: Path) -> None:
    made, drafts = imported(tmp_path, "a.csv", EXCEL, Wanted(columns=parsed_map([COLUMNS]), dates="DMY"))
    assert [(each.where, each.field) for each in made.unread] == [("line 4", "credibility")]
    assert "Güte" not in drafts[1]["note"]
    assert "Credibility: 2,0\n" in drafts[1]["note"]


def test_a_row_whose_cells_cannot_be_read_becomes_a_draft_and_is_named(tmp_path: Path) -> None:
    made, drafts = imported(tmp_path, "a.csv", (
        "date,title,credibility,group\n2031-04-01,First,1,rumour\nsoon,Second,9,gossip\n,,,\n2031-04-03,,,\n"))
    assert [(each.where, each.field) for each in made.unread] == [
        ("line 3", "date"), ("line 3", "credibility"), ("line 5", "title")]
    assert [draft.get("group") for draft in drafts] == ["rumour", None, None]
    assert drafts[1]["note"] == "Date: soon\nCredibility: 9\nGroup: gossip\n"
    assert "date" not in drafts[1]
    assert (drafts[2]["date"], "title" in drafts[2]) == ("2031-04-03", False)


def test_what_is_here_already_is_named_and_left_out_if_that_is_asked_for(tmp_path: Path) -> None:
    text = ("date,title,url,id\n2031-04-01,A,http://www.example.org/ballot/,ballot\n2031-04-01,B,https://x.example/1,b\n"
            "2031-04-02,C,https://x.example/1?utm_source=mail,c\n")
    made, drafts = imported(tmp_path, "first.csv", text)
    assert [(each.where, each.what) for each in made.known] == [
        ("line 2", "is that of ballot"), ("line 2", "ballot is taken; the draft is ballot-2"),
        ("line 4", "is that of line 3 too")]
    assert [draft["id"] for draft in drafts] == ["ballot-2", "b", "c"]
    text += "2031-04-03,D,https://x.example/2,d\n"
    again, drafts = imported(tmp_path, "again.csv", text, Wanted(skip_known=True))
    assert [each.where for each in again.skipped] == ["line 2", "line 3", "line 4"]
    assert [draft["id"] for draft in drafts] == ["d"]
    none, drafts = imported(tmp_path, "none.csv", text, Wanted(skip_known=True))
    assert (none.files, drafts, len(none.skipped)) == ((), [], 4)


@pytest.mark.parametrize(("cells", "expected", "comma"), [
    (("0", "1", "1.0", "100"), [5, 5, 5, 1], False), (("0.9", "1", "1.0", "0", "1%", "60"), [None] * 4 + [5, 2], False),
    (('"0,9"', '"1,0"', "50"), [None, None, 3], True), (("0.9%", "1", "99"), [None, 5, 1], False)])
def test_a_confidence_of_a_column_from_0_to_1_is_not_read(tmp_path: Path, cells: tuple[str, ...],
                                                         expected: list[int | None], comma: bool) -> None:
    text = "date,title,confidence\n" + "".join(f"2031-04-01,A,{cell}\n" for cell in cells)
    made, drafts = imported(tmp_path, "a.csv", text, Wanted(columns={"confidence": "confidence"}, decimal_comma=comma))
    assert [each.get("credibility") for each in drafts] == expected
    unread = [f"line {line}" for line, each in enumerate(expected, 2) if each is None]
    assert [each.where for each in made.unread] == unread
    assert all(f"Confidence: {cell.strip(chr(34))}\n" in each["note"] for cell, each in zip(cells, drafts, strict=True))


def test_a_confidence_becomes_a_credibility_if_it_is_mapped(tmp_path: Path) -> None:
    text = "date,title,confidence\n2031-04-01,A,85\n2031-04-01,B,often\n"
    _, drafts = imported(tmp_path, "a.csv", text)
    assert ["credibility" in draft for draft in drafts] == [False, False]
    made, drafts = imported(tmp_path, "b.csv", text, Wanted(columns={"confidence": "confidence"}))
    assert [draft.get("credibility") for draft in drafts] == [1, None]
    assert drafts[1]["note"] == "Confidence: often\n"
    assert [each.field for each in made.unread] == ["confidence"]


@pytest.mark.parametrize(("text", "says"), [
    ("date=,title=A", "--map date=: names no column"), ("headline=A", "write one of"),
    ("Date", "is not a map"), ("date=A,date=B", "mapped twice"), ("", "is not a map"),
    ("tilte=A", "did you mean title?")])
def test_a_map_that_is_none_is_refused_in_words(text: str, says: str) -> None:
    with pytest.raises(ForecastError) as refused:
        parsed_map([text])
    assert says in str(refused.value)


def test_a_column_that_is_not_there_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.csv:1: has no column Headlin for title; did you mean Headline\?"):
        imported(tmp_path, "a.csv", "date,Headline\n2031-04-01,A\n", Wanted(columns={"title": "Headlin"}))


def test_a_column_may_be_what_became_public_and_something_else(tmp_path: Path) -> None:
    _, (draft,) = imported(tmp_path, "a.csv", "date,title\n2031-04-01,A\n", Wanted(columns={"note": "title"}))
    assert (draft["title"], draft["note"]) == ("A", "A\n")


@pytest.mark.parametrize("head", ["sep=|\n", ""])
def test_bars_may_be_between_the_cells(tmp_path: Path, head: str) -> None:
    _, (draft,) = imported(tmp_path, "a.csv", f"{head}date|title\n2031-04-01|A, b; c\n")
    assert draft["title"] == "A, b; c"


def test_a_name_is_one_source_however_its_accents_are_written(tmp_path: Path) -> None:
    made, drafts = imported(tmp_path, "a.csv", "date,title,source\n2031-04-01,A,Caf\u00e9\n2031-04-01,B,CAFE\u0301\n"
                                               "2031-04-01,C,Cafe\n")
    assert [draft["source"] for draft in drafts] == ["cafe", "cafe", "cafe-2"]
    assert [each.name for each in made.sources] == ["Caf\u00e9", "Cafe"]


def test_what_cannot_be_seen_is_neither_a_title_nor_a_source(tmp_path: Path) -> None:
    made, (draft,) = imported(tmp_path, "a.csv", "date,title,source\n2031-04-01,\u200b,\u2060\n")
    assert ("title" in draft, "source" in draft) == (False, False)
    assert [each.field for each in made.unread] == ["title"]


ACLED = ("event_id_cnty\tevent_date\tyear\tevent_type\tsub_event_type\tactor1\tlocation\tcountry\tsource\tnotes\n"
         "XYZ1\t04 March 2031\t2031\tProtests\tPeaceful protest\tProtesters (X)\tHarbour\tX\tUnion paper; Wire\t"
         "On 4 March, \"dockers\" met.\n")


def test_rows_of_acled_are_a_map_with_a_name(tmp_path: Path) -> None:
    for separator in ",;":
        text = io.StringIO()
        csv.writer(text, delimiter=separator).writerows(line.split("\t") for line in ACLED.splitlines())
        made, (draft,) = imported(tmp_path, f"{ord(separator)}.csv", text.getvalue(), Wanted(format="acled"))
        assert draft["title"] == "Peaceful protest, Protesters (X), Harbour, X"
        assert (draft["date"], draft["source"]) == ("2031-03-04", "union-paper-wire")
        assert draft["note"].startswith("On 4 March")
        assert "event_id_cnty: XYZ1\n" in draft["note"]
        assert made.format == "acled"


def test_events_of_gdelt_have_no_first_row(tmp_path: Path) -> None:
    from forecast.workspace.imports.tables import GDELT

    for number, columns in enumerate(GDELT.headers):
        cells = dict.fromkeys(columns, "") | {
            "GLOBALEVENTID": "17", "SQLDATE": "20310304", "Actor1Name": 'UNION "A', "Actor2Name": "PORT",
            "EventCode": "143", "EventRootCode": "14", "ActionGeo_FullName": "Harbour, X",
            "SOURCEURL": "https://www.paper.example/1", "GoldsteinScale": "-6.5", "DATEADDED": "20310305"}
        for name, text in (("bare", ""), ("named", "\t".join(columns) + "\n")):
            made, (draft,) = imported(tmp_path, f"{name}-{number}.csv", text + "\t".join(cells.values()) + "\n",
                                      Wanted(format="gdelt"))
            assert draft["title"].replace('"', "") == "UNION A, protests, PORT, Harbour, X"
            assert (draft["date"], draft["source"]) == ("2031-03-04", "paper-example")
            for column, cell in cells.items():
                assert not cell or cell in draft["note"] or cell == draft["url"], column
            assert made.sources[0].name == "paper.example"


def test_many_rows_become_files_that_can_be_read_and_a_short_report(tmp_path: Path,
                                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    from forecast.workspace.imports import drafts as module

    monkeypatch.setattr(module, "_LARGEST", 100_000)
    rows = "".join(f"2031-04-01,Same title,Source {number % 7},https://x.example/{number % 900}\n"
                   for number in range(1500))
    made, drafts = imported(tmp_path, "big.csv", "date,title,source,url\n" + rows)
    assert len(drafts) == 1500 == len(set(made.drafts))
    assert len(made.files) > 1
    assert len(made.known) == 600
    assert len(str(made).splitlines()) < 20, "the report stays short"
    assert "and 592 more; --json lists all" in str(made)


def test_drafts_that_came_meanwhile_are_known(tmp_path: Path) -> None:
    before = load(written(tmp_path / "w", contents()))
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("date,title,url\n2031-04-01,A,https://x.example/1\n")
    import_drafts(before, tmp_path / "a.csv", TODAY, Wanted(skip_known=True))
    made = import_drafts(before, tmp_path / "b.csv", TODAY, Wanted(skip_known=True))
    assert (made.files, [each.what for each in made.skipped]) == ((), ["is that of a in evidence/drafts/a.yaml"])
    (again,) = import_drafts(before, tmp_path / "b.csv", TODAY).drafts
    assert again == "a-2"


@settings(max_examples=20, deadline=None)
@given(st.lists(st.text("\u65e5\u672c ab", max_size=90), min_size=1, max_size=40), st.integers(3, 60),
       st.integers(300, 4000))
def test_files_of_drafts_can_be_read_whatever_they_hold(tmp_path_factory: pytest.TempPathFactory, sources: list[str],
                                                        values: int, size: int) -> None:
    from forecast.workspace.imports import drafts as module
    from forecast.workspace.yaml import reader

    folder = tmp_path_factory.mktemp("import")
    rows = "".join(f"2031-04-01,{2 * source},{source}\n" for source in sources)
    (folder / "a.csv").write_text("date,title,source\n" + rows)
    workspace = load(written(folder / "w", contents()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_LARGEST", size)
        patch.setattr(module, "MOST_VALUES", values)
        made = import_drafts(workspace, folder / "a.csv", TODAY)
        patch.setattr(reader, "MOST_VALUES", max(values, 2 + 2 * 6))  # one draft is always read
        texts = [(folder / "w" / file).read_text() for file in made.files]
        documents = [read(text.encode()) for text in texts]
    assert [document.flaws for document in documents] == [[]] * len(texts)
    assert [draft["id"] for document in documents for draft in document.value] == list(made.drafts)
    for text, document in zip(texts, documents, strict=True):
        assert len(document.value) == 1 or len(text.encode()) <= size + 300, "the head comes beside it"
    named = re.findall(r"^# - {id: ([a-z0-9-]+)", "".join(texts), re.MULTILINE)
    assert named == [each.id for each in made.sources], "each once"


@pytest.mark.parametrize("cell", ["#N/A", "#REF!", "#DIV/0!", "#NAME?", "NaN", "nan", "None", "null", "N/A", "-", "–"])
def test_what_a_spreadsheet_writes_for_no_value_is_no_title_and_no_source(tmp_path: Path, cell: str) -> None:
    made, drafts = imported(tmp_path, "a.csv", f"date,title,source\n2031-04-01,A,{cell}\n2031-04-01,{cell},wire\n"
                                               f"2031-04-01,A - {cell},The {cell}\n")
    assert [(each.where, each.field) for each in made.unread] == [("line 2", "source"), ("line 3", "title")]
    assert [draft.get("source") for draft in drafts[:2]] == [None, "wire"]
    assert ["title" in draft for draft in drafts] == [True, False, True]
    assert [draft["note"] for draft in drafts[:2]] == [f"Source: {cell}\n", f"Title: {cell}\n"]
    assert [each.name for each in made.sources] == [f"The {cell}"]


def test_a_draft_that_nothing_could_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from forecast.workspace.imports import drafts as module

    monkeypatch.setattr(module, "LARGEST", 1_000)
    with pytest.raises(ForecastError, match="line 3: is too long for a draft that can be read"):
        imported(tmp_path, "a.csv", f"date,title\n2031-04-01,A\n2031-04-01,{'b' * 1_000}\n")
    assert not (tmp_path / "w/evidence/drafts").exists()


@pytest.mark.parametrize("typed_as", ["\u00dcberschrift", "U\u0308berschrift", "\u00dcberschrift+Ort"])
def test_a_column_is_found_however_its_accents_are_written(tmp_path: Path, typed_as: str) -> None:
    for name, column in (("a.csv", "\u00dcberschrift"), ("b.csv", "U\u0308berschrift")):
        _, (draft,) = imported(tmp_path, name, f"date,{column},Ort\n2031-04-01,A,B\n",
                               Wanted(columns=parsed_map([f"title={typed_as}"])))
        assert draft["title"] == ("A, B" if "+" in typed_as else "A")


# Dates and codes.


@pytest.mark.parametrize(("text", "order", "day"), [
    ("2031-04-01", None, "2031-04-01"), ("2031-04-01T23:30:00-05:00", None, "2031-04-02"),
    ("20310401", None, "2031-04-01"), ("20310401120000", None, "2031-04-01"),
    ("Tue, 01 Apr 2031 23:30:00 -0500", None, "2031-04-02"),
    ("Tue, 01 Apr 31 23:30:00 -0500", None, "2031-04-02"), ("Tue, 01 Apr 31 23:30 GMT", None, "2031-04-01"),
    ("Mon, 01 Apr 31 23:30 GMT", None, None), ("01 Apr 31 23:30 GMT", None, None),
    ("1 April 2031", None, "2031-04-01"), ("01-Apr-2031", None, "2031-04-01"), ("April 1, 2031", None, "2031-04-01"),
    ("1.4.2031", "DMY", "2031-04-01"), ("4/1/2031 12:00", "MDY", "2031-04-01"), ("2031/4/1", "YMD", "2031-04-01"),
    ("1.4.2031", None, None), ("1.4.31", "DMY", None), ("31.2.2031", "DMY", None), ("1 Avril 2031", None, None),
    ("1.4/2031", "DMY", None), ("Tue, 41 Apr 2031 23:30:00 -0500", None, None), ("", "DMY", None),
    ("99991399", None, None), ("1932811200", None, "2031-04-01"), ("1932811200000", None, "2031-04-01"),
    ("2031040112", None, None), ("203104011230", None, None), ("1999123123", None, None)])
def test_a_date_is_read_if_it_can_mean_one_day_alone(text: str, order: Order | None, day: str | None) -> None:
    assert read_day(text, order) == (day and date.fromisoformat(day))


@pytest.mark.parametrize(("text", "code"), [
    ("B", ("B", None)), ("2", (None, 2)), ("b2", ("B", 2)), ("C - 3", ("C", 3)), ("B - Usually reliable", ("B", None)),
    ("5 – Improbable", (None, 5)), ("2.0", (None, 2)), ("", (None, None)), ("G", None), ("7", None), ("2.5", None),
    ("-1", None), ("Excellent", None), ("B22", None), ("A good one", None), ("B-C", None),
    ("A – F", None), ("A (b)", None)])
def test_an_admiralty_code_is_read_however_it_is_written(text: str, code: tuple[str | None, int | None] | None) -> None:
    assert read_code(text) == code


def test_confidences_are_those_of_the_scale_of_stix() -> None:
    assert [credibility_of(text) for text in ("0", "19", "20", "39", "40", "59", "60", "79", "80", "100")] == [
        5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    assert [credibility_of(text) for text in ("101", "-1", "0.7", "high", "")] == [None] * 5


# Feeds.

RSS = """<?xml version="1.0"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Harbour News</title>
<item><title>No talks &amp; no ships</title><link>https://news.example/1</link><pubDate>Sat, 01 Mar 2031 23:30:00 -0500
</pubDate><description>&lt;p&gt;The &lt;b&gt;union&lt;/b&gt; says no.&lt;/p&gt;</description>
<category>port</category><category>union</category><dc:creator>A. Reporter</dc:creator>
<enclosure url="https://news.example/1.mp3" type="audio/mpeg"/></item>
<item><guid>https://news.example/2</guid><description>Second</description><source url="https://x.example">Agency</source>
</item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Harbour Blog</title><entry>
<title type="html">A &amp;lt;b&amp;gt;</title><link rel="self" href="https://blog.example/api/1"/><link href="https://blog.example/1"/>
<published>2031-03-02T00:10:00+02:00</published><updated>2031-03-04T00:00:00Z</updated><id>tag:1</id>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>One.</p>
<p>Two.</p></div></content></entry></feed>"""


def test_entries_of_rss_become_drafts(tmp_path: Path) -> None:
    made, (first, second) = imported(tmp_path, "feed.xml", RSS)
    assert (first["title"], first["date"], first["url"]) == ("No talks & no ships", "2031-03-02", "https://news.example/1")
    assert first["source"] == "harbour-news"
    assert first["note"].startswith("The union says no.\n")
    for kept in ("category: port; union", "creator: A. Reporter", "url=https://news.example/1.mp3", "-0500"):
        assert kept in first["note"]
    assert (second["title"], second["url"], second["source"]) == ("Second", "https://news.example/2", "agency")
    assert [(each.where, each.field) for each in made.unread] == [("entry 2", "date")]


def test_an_unread_date_of_a_feed_gets_no_advice_for_tables(tmp_path: Path) -> None:
    text = RSS.replace("Sat, 01 Mar 2031 23:30:00 -0500", "Sat, 41 Mar 2031 23:30:00 -0500").replace(
        "<guid>https://news.example/2</guid>", "<pubDate>1.4.2031</pubDate>")
    with pytest.raises(InputError) as refused:
        imported(tmp_path, "a.xml", text)
    assert [problem.what.partition(" is not a date; ")[2] for problem in refused.value.problems] == [
        "write YYYY-MM-DD", "write YYYY-MM-DD, or say how such dates are meant, with --dates DMY or MDY"]


def test_texts_and_attributes_of_an_entry_itself_are_kept(tmp_path: Path) -> None:
    feed = RSS.replace("<item><title>", '<item about="https://news.example/x" n="7">loose<title>', 1)
    _, (first, _) = imported(tmp_path, "feed.xml", feed)
    assert "entry: about=https://news.example/x; n=7; loose" in first["note"]


def test_entries_of_atom_become_drafts(tmp_path: Path) -> None:
    _, (draft,) = imported(tmp_path, "feed.atom", ATOM)
    assert (draft["date"], draft["url"], draft["source"]) == ("2031-03-01", "https://blog.example/1", "harbour-blog")
    assert draft["title"] == "A <b>"
    assert draft["note"].startswith("One.\nTwo.\n")
    for kept in ("https://blog.example/api/1", "updated: 2031-03-04T00:00:00Z", "id: tag:1"):
        assert kept in draft["note"]


BARE = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Blog</title><entry><title>No address</title>
<updated>2031-03-04T00:00:00Z</updated><id>tag:7</id><author><name>A. Reporter</name></author>
<summary type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>One <b>big</b></p><p>Two</p></div></summary></entry>
</feed>"""


def test_an_entry_without_an_address_loses_nothing_and_its_paragraphs_stay_apart(tmp_path: Path) -> None:
    _, (draft,) = imported(tmp_path, "feed.atom", BARE)
    assert draft["note"].startswith("One big\nTwo\n")
    for kept in ("id: tag:7", "author: A. Reporter"):
        assert kept in draft["note"]
    assert draft["date"] == "2031-03-04"
    assert "updated: 2031-03-04T00:00:00Z" in draft["note"], "the note says that the day is not that of publication"


ENTITIES = """<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY f SYSTEM "file:///etc/passwd">]><rss><channel><item><title>&b;&f;</title></item></channel></rss>"""


@pytest.mark.parametrize(("data", "says"), [
    (ENTITIES, "document type"), ("<rss><channel>", "not well-formed"), ("<rss/>", "has no entries"),
    ("<a>" * 5000 + "</a>" * 5000, "nested more than"), ("<?xml version='1.0' encoding='nonsense'?><rss/>", "encoding"),
    ("<rss><item>&b;</item></rss>", "not well-formed")])
def test_a_hostile_feed_is_refused_in_words(tmp_path: Path, data: str, says: str) -> None:
    with pytest.raises(InputError) as refused:
        imported(tmp_path, "feed.xml", data)
    assert says in str(refused.value)
    assert not (tmp_path / "w/evidence/drafts").exists()


# STIX and MISP.

AUTHOR = {"type": "identity", "id": "identity--1", "name": "Harbour CERT",
          "x_opencti_reliability": "B - Usually reliable"}
MARK = {"type": "marking-definition", "id": "marking-definition--1", "extensions": {"extension-definition--1": {
    "extension_type": "property-extension", "admiralty_information_credibility": "3 - Possibly true"}}}
BUNDLE = {"type": "bundle", "id": "bundle--1", "objects": [
    AUTHOR, MARK, {"type": "malware", "id": "malware--1", "name": "Crane"},
    {"type": "report", "id": "report--1", "name": "Cranes stand still", "description": "Nobody knows why.",
     "published": "2031-03-04T23:00:00Z", "created": "2031-03-05T00:00:00Z", "created_by_ref": "identity--1",
     "object_refs": ["malware--1", "malware--2"], "confidence": 65, "labels": ["strike"],
     "external_references": [{"source_name": "CERT", "url": "https://cert.example/1"}]},
    {"type": "note", "id": "note--1", "content": "Only a note.\nOf two lines.", "created": "2031-03-06T00:00:00Z",
     "object_marking_refs": ["marking-definition--1"], "confidence": 95, "object_refs": ["report--1"]},
    {"type": "observed-data", "id": "observed-data--1", "created": "2031-03-07T00:00:00Z", "number_observed": 4,
     "first_observed": "2031-03-01T00:00:00Z", "object_refs": ["malware--1"],
     "labels": ['admiralty-scale:source-reliability="d"', 'admiralty-scale:information-credibility="4"']}]}


def test_what_a_stix_bundle_says_becomes_drafts_with_their_codes(tmp_path: Path) -> None:
    made, (report, note, seen) = imported(tmp_path, "bundle.json", json.dumps(BUNDLE))
    assert (report["title"], report["date"], report["source"], report["url"], report["credibility"]) == (
        "Cranes stand still", "2031-03-04", "harbour-cert", "https://cert.example/1", 2)
    for kept in ("Nobody knows why.", "Crane (malware); malware--2", "Confidence: 65", 'labels: ["strike"]',
                 "report--1"):
        assert kept in report["note"]
    assert (note["title"], note["credibility"], note["date"]) == ("Only a note.", 3, "2031-03-06")
    assert (seen["title"], seen["credibility"]) == ("observed-data: Crane (malware)", 4)
    assert [(each.id, each.grade) for each in made.sources] == [("harbour-cert", "B")]
    assert made.left_out[0].endswith("1 identity, 1 malware, 1 marking-definition")
    assert list(made.drafts.values()) == ["report--1", "note--1", "observed-data--1"]


EVENT = {"Event": {"info": "Cranes stand still", "date": "2031-03-04", "uuid": "u-1", "threat_level_id": "2",
                   "Orgc": {"name": "Harbour CERT"}, "Tag": [{"name": 'admiralty-scale:source-reliability="b"'},
                                                             {"name": 'admiralty-scale:information-credibility="2"'},
                                                             {"name": "tlp:clear"}],
                   "Attribute": [{"type": "link", "value": "https://cert.example/1"},
                                 {"type": "text", "value": "Nobody \u001b[31mknows\ud800", "comment": "why"}],
                   "Object": [{"name": "crane", "Attribute": [{"type": "counter", "value": "7"}]}]}}


@pytest.mark.parametrize("wrapped", [EVENT, [EVENT], {"response": [EVENT]}])
def test_misp_events_become_drafts_with_the_code_of_their_tags(tmp_path: Path, wrapped: Any) -> None:
    made, (draft,) = imported(tmp_path, "event.json", json.dumps(wrapped))
    assert (draft["title"], draft["date"], draft["source"], draft["credibility"], draft["url"]) == (
        "Cranes stand still", "2031-03-04", "harbour-cert", 2, "https://cert.example/1")
    assert made.sources[0].grade == "B"
    for kept in ("text: Nobody \ufffd[31mknows\ufffd (why)", "counter: 7", "tlp:clear", "threat_level_id: 2"):
        assert kept in draft["note"]


@pytest.mark.parametrize("data", [
    '{"info": "N", "info": "M"}',
    "{" * 100_000, '{"type": "bundle", "objects": ' + "[" * 100_000, '{"type": "bundle"}', '{"a": ' + "9" * 5000 + "}",
    '{"Event": []}', "[]", "[1, null]", "{", json.dumps({"type": "bundle", "objects": [1, [], {}, {"type": 3}]})])
def test_hostile_json_is_refused_in_words(tmp_path: Path, data: str) -> None:
    with pytest.raises(InputError) as refused:
        imported(tmp_path, "event.json", data)
    assert ";" in str(refused.value)
    assert "sys." not in str(refused.value)


def test_another_version_of_an_object_is_named(tmp_path: Path) -> None:
    report = {"type": "report", "id": "report--1", "name": "N", "published": "2031-03-04T00:00:00Z"}
    nameless = {name: value for name, value in report.items() if name != "id"}
    objects = [report, report | {"modified": "2031-03-06T00:00:00Z"}, nameless, nameless]
    made, drafts = imported(tmp_path, "a.json", json.dumps({"type": "bundle", "objects": objects}))
    assert len(drafts) == 4
    assert [(each.where, each.field) for each in made.known] == [("report--1", "id")]


def test_a_report_that_names_no_author_has_none(tmp_path: Path) -> None:
    report = {"type": "report", "name": "N", "published": "2031-03-04T00:00:00Z"}
    made, (draft,) = imported(tmp_path, "bundle.json", json.dumps({"type": "bundle", "objects": [report]}))
    assert ("source" in draft, made.sources) == (False, ())


@pytest.mark.parametrize("value", [None, 3, "x", [], {}, [None], {"a": {"b": [1]}}, [["x"]], True, "\x1b"])
def test_fields_of_another_shape_than_expected_are_kept_as_they_are(tmp_path: Path, value: Any) -> None:
    report = {"type": "report", "id": "report--1", "published": "2031-03-04T00:00:00Z", "name": "N"}
    names = ("labels", "object_refs", "external_references", "created_by_ref", "extensions", "description",
             "confidence", "object_marking_refs", "x_other", "explanation", "abstract")
    bundle = {"type": "bundle", "objects": [report | dict.fromkeys(names, value)]}
    event = {"Event": {"info": "N", "date": "2031-03-04"} | dict.fromkeys(
        ("Orgc", "Tag", "Attribute", "Object", "EventReport", "uuid", "other"), value)}
    for name, stated in (("a.json", bundle), ("b.json", event)):
        _, (draft,) = imported(tmp_path, name, json.dumps(stated))
        assert draft["title"] == "N"
        if value in (3, "x", [["x"]]) and value is not True:
            assert draft["note"].count(str(value).replace("'", '"')) >= 4


def test_what_is_no_event_and_no_object_is_named(tmp_path: Path) -> None:
    made, _ = imported(tmp_path, "a.json", json.dumps([EVENT, {"Event": {"date": "2031-03-04"}}, 5]))
    assert made.left_out[1] == "2 entries that are not events"
    made, _ = imported(tmp_path, "b.json", json.dumps(BUNDLE | {"objects": [*BUNDLE["objects"], "lost"]}))
    assert made.left_out[-1] == "1 entry that is not an object"


def test_a_comment_on_a_link_and_the_owner_of_an_event_are_kept(tmp_path: Path) -> None:
    event = {"info": "N", "date": "2031-03-04", "Orgc": {"name": "Harbour CERT"}, "Org": {"name": "Port Authority"},
             "Attribute": [{"type": "link", "value": "https://cert.example/1", "comment": "the first report"}]}
    _, (draft,) = imported(tmp_path, "event.json", json.dumps(event))
    assert draft["url"] == "https://cert.example/1"
    assert "the first report" in draft["note"]
    assert "Port Authority" in draft["note"]


def test_the_report_names_what_went_where(root: Path, typed: Typed) -> None:  # noqa: F811
    (root / "c.csv").write_text("Day;What;Grade\n2024-01-10;A;B\nx;B;\n")
    code, out, err = typed("import", "c.csv", "--map", "date=Day", "--map", "title=What")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "evidence/drafts/c.yaml: 2 drafts from csv; give each an encoding and a rationale, and move it to an evidence "
        "file",
        "taken: date from Day, title from What, grade from Grade", "not read, and left in the notes word for word:",
        "  line 3: date: x is not a date; write YYYY-MM-DD, or say how such dates are meant, with --dates DMY or MDY"]
    (root / "d.csv").write_text("date,title\n2024-01-10,A\n")
    code, out, _ = typed("import", "d.csv", "--json")
    assert json.loads(out)["drafts"] == {"a-2": "line 2"}
    for words, says in ((("--from", "rss"), "is not a format"), (("--dates", "dd"), "write DMY, MDY or YMD"),
                        (("--from", "stix", "--map", "date=a"), "names the columns of a table")):
        code, _, err = typed("import", "d.csv", *words)
        assert code == 1
        assert says in err


# The text of pages, which feeds and copies share.


@pytest.mark.parametrize(("page", "text"), [
    ("a <b>c</b> d", "a c d"), ("<p>One<p>Two<br/>Three", "One\nTwo\nThree"), ("5 < 6 and x<y", "5 < 6 and x<y"),
    ("a &amp; b &lt;c&gt;", "a & b <c>"), ("<a title='x > y' href=\"z>\">v</a>", "v"), ("<!-- a > b -->v", "v"),
    ("<SCRIPT>if (a<b) {}</Script >v", "v"), ("<style>a", ""), ("v<!-- open", "v<!-- open"), ("<p title=\"open>v", "v"),
    ("<>v</>", "<>v")])
def test_of_a_page_its_text_is_left(page: str, text: str) -> None:
    assert plain(page) == text


@pytest.mark.parametrize("part", [
    "<", "<a ", "<!--", "</", "<a b='", "<a b=\"\">", "<script>", "<!", "&", "= ", "<a b=' >"])
def test_a_page_of_one_part_again_and_again_is_read_in_one_pass(part: str) -> None:
    sizes = []
    for count in (20_000, 40_000):
        page = Counting(part * count)
        assert plain(page) is not None
        sizes.append(page.read)
    assert sizes[1] <= 2.5 * sizes[0] + 100


class Counting(str):
    """A text that counts how far it is searched for the ends of tags and comments."""

    read = 0

    def find(self, *given: Any) -> int:
        found = super().find(*given)
        self.read += (found if found >= 0 else len(self)) - given[1]
        return found
