"""Reports as the verbs make them: written, compared with those that are there, replayed, and held against today."""

from __future__ import annotations

import errno
import hashlib
import json
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forecast import __version__
from forecast.analysis.case_diff import change
from forecast.analysis.crowd import beside
from forecast.core import text
from forecast.core.equality import differences, differing_engines
from forecast.core.errors import ForecastError, InputError
from forecast.core.numerics import probability
from forecast.engine.exact import Exact
from forecast.engine.forecast import Forecast
from forecast.records.case import Case
from forecast.records.result import Result
from forecast.records.types import parsed_day
from forecast.report.contents.assembly import case_fields, edges, step_rows
from forecast.report.document import Change, ChartDocument, CopyRow, Provenance, ReportDocument, StoredInput
from forecast.workspace.archive import (
    StoredReport,
    newest_before,
    refuse_disproved,
    sound_reports,
    write_report_folder,
)
from forecast.workspace.loader import Workspace, load_texts
from forecast.workspace.writing import locked, remove_file, write_file

if TYPE_CHECKING:
    from forecast.engine.nuts.result import NutsResult

_PACKAGES = ("altair", "arviz", "numpy", "nutpie", "pydantic", "pymc", "pytensor", "scipy", "xarray")

Tell = Callable[[str], object]
"""Is told what a long computation begins with next."""


def _silent(_: str) -> None:
    """Tell nobody."""


def earlier_reports(workspace: Workspace, document: ChartDocument) -> list[ReportDocument]:
    """The reports of a workspace before a forecast that are of its question."""
    from forecast.report.contents.track import comparable

    return comparable(document, read_reports(workspace.reports, document.as_of))


def change_since_last(reports: Path, forecast: Forecast) -> Change | None:
    """What changed since the newest report of an earlier date; None if there is none that can be compared."""
    return _change(newest_before(reports, forecast.as_of), forecast)


class Moved(Result):
    """Whether a headline has moved by so many points, and by how much each has."""

    since: date
    as_of: date
    moved: bool
    points: dict[str, float]
    sentence: str


def alert(workspace: Workspace, case: Case, least: float, since: date | None) -> Moved:
    """Hold the three headlines against those of the newest earlier report, or of a date.

    Raises `ForecastError` if there is no earlier report or it is of another question, and no date was given.
    """
    if since is None:
        last = newest_before(workspace.reports, case.as_of)
        if last is None:
            raise ForecastError(f"no report before {case.as_of}; write one with forecast report, or name a date with "
                                "--since")
        before = _case_of(last)
        asked = before.question
        if asked.identity != case.question.identity or asked.horizon != case.question.horizon:
            raise ForecastError(f"{last.name} asks {asked.id} by {asked.horizon}, which is another question by now; "
                                "write one of this question with forecast report, or name a date with --since")
        then = Exact(before).forecast
    elif since > case.as_of:
        raise ForecastError(f"--since {since} lies after {case.as_of}, the as-of date; name an earlier day")
    else:
        then = Exact(case.at(since)).forecast
    now = Exact(case).forecast
    points = {f"by {text.short(case.question.horizon)}": now.event - then.event,
              "within 13 weeks": now.next.probability - then.next.probability,
              "being prepared now": now.preparing.now - then.preparing.now}
    moved = any(abs(100 * each) >= least for each in points.values())
    told = ", ".join(f"{text.points(each)} {name}" for name, each in points.items())
    return Moved(since=then.as_of, as_of=now.as_of, moved=moved, points=points, sentence=(
        f"{'Moved by at least' if moved else 'Not moved by'} {least:g} points since {text.day(then.as_of)}: {told}."))


def _case_of(stored: StoredReport) -> Case:
    try:
        return load_texts(stored.inputs).case(stored.as_of)
    except InputError as error:
        raise ForecastError(f"{stored.folder}: its stored inputs are no longer valid:\n{error}") from None


def build(workspace: Workspace, case: Case, since: StoredReport | None, tell: Tell = _silent
          ) -> tuple[ReportDocument, NutsResult]:
    """Compute everything that a report of a case says, with both engines."""
    from forecast.engine.nuts import kept_code
    from forecast.engine.nuts.agreement import engines

    crowds = workspace.crowds
    tell("the exact forecast, and what moved it")
    exact = Exact(case)
    computed = case_fields(exact)
    kept_code.prepare()
    tell("the second engine, NUTS" if kept_code.is_there() else
         "the second engine, NUTS; it is compiled first, once on a machine, which takes a minute or two")
    sampled, compared = engines(exact)
    versions = {"python": platform.python_version(), "forecast-ledger": __version__,
                **{name: version(name) for name in _PACKAGES}}
    inputs = {path: StoredInput(sha256=hashlib.sha256(content).hexdigest(), text=content.decode())
              for path, content in sorted(workspace.inputs.items())}
    name = (workspace.reports / str(case.as_of)).relative_to(workspace.root)
    option = f" --workspace {workspace.file}" if workspace.file else ""
    made = Provenance(versions=versions, seed=sampled.diagnostics.seed, inputs=inputs,
                      commands=(f"forecast replay {name}", f"forecast report{option} --as-of {case.as_of}"))
    copies = {name: CopyRow(date=copy.date, path=copy.readable, sha256=copy.sha256)
              for name, copy in workspace.archive.by_item(case.active).items()}
    return ReportDocument(**computed, edges=edges(exact.forecast, computed["evidence"]), copies=copies,
                          change=_change(since, exact.forecast), engines=compared,
                          crowd=beside(exact.forecast, crowds), provenance=made), sampled


def _change(since: StoredReport | None, now: Forecast) -> Change | None:
    if since is None:
        return None
    old = _case_of(since)
    is_same = old.question.identity == now.case.question.identity  # its horizon may have been moved
    if not is_same or not old.question.begins <= now.as_of < old.question.horizon:
        return None
    rows, then = change(old, now.case), Exact(old).forecast
    before = rows[0].total - rows[0].decibans
    return Change(since=since.as_of, decibans=before, probability=probability(before), steps=step_rows(rows),
                  thirteen_weeks=(then.next.probability, now.next.probability),
                  preparing=(then.preparing.now, now.preparing.now))


def report(workspace: Workspace, case: Case, *, force: bool = False, unconfirmed: bool = False,
           tell: Tell = _silent) -> str:
    """Write the report of a date, whole or not at all, and what derives from all reports; says what it did.

    Raises `ForecastError` if the engines disagree and `unconfirmed` is false, a report of the date is there that
    differs and `force` is false, or anything in an earlier report was changed since it was written.
    """
    reports, until = workspace.reports, case.as_of
    target = StoredReport(reports / str(until))
    replacing = force and target.is_there
    before = sound_reports(reports, until, replacing=replacing)
    if target.is_there and not force:
        _refuse_unlike(target, workspace)
    since = before[-1] if before else None
    seal = since and since.seal()
    content, sampled = build(workspace, case, since, tell)
    if not content.engines.confirmed and not unconfirmed:
        raise ForecastError("the engines do not confirm each other, nothing is written: "
                            f"{'; '.join(content.engines.failures)}; "
                            "--unconfirmed writes the report with that said at its head")
    with locked(reports):
        if target.is_there and not force:
            return _compared(target, content, reports, case)
        before = sound_reports(reports, until, replacing=replacing)
        if since is not None and since.seal() != seal:
            raise ForecastError(f"{since.name}: was replaced meanwhile; run the command again")
        tell("charts and pages")
        earlier = list(map(read_report, before))
        write_report_folder(target, lambda folder: _fill(folder, content, earlier, sampled),
                            before[-1] if before else None, [workspace.root / path for path in workspace.inputs])
        try:
            strangers = rebuild(reports, case)
        except Exception as error:
            raise ForecastError(f"{target.name}: written; but the list of reports and the hub files are as they were: "
                                f"{error}") from error
    return f"{target.name}: written{_told(strangers)}"


def _refuse_unlike(target: StoredReport, workspace: Workspace) -> None:
    """Refuse at once what need not be computed: a report that was changed, or that was made from other inputs."""
    # Whether another forecast.json says the same is known only when everything has been computed.
    target.refuse_changed(lambda path: path != "forecast.json")
    stored = target.read()["provenance"]["inputs"]
    now = {path: hashlib.sha256(content).hexdigest() for path, content in workspace.inputs.items()}
    others = [path for path in sorted(stored.keys() | now.keys())
              if path not in stored or stored[path]["sha256"] != now.get(path)]
    if others:
        raise ForecastError(f"{target.name} is there and was made from other inputs ({text.shortened(others, 6)}); "
                            "past reports are kept as they are, --force replaces this one")


def _compared(target: StoredReport, content: ReportDocument, reports: Path, case: Case) -> str:
    """Compare a report that is there with what was computed."""
    differing = _differing(target.read(), content)
    if differing:
        raise ForecastError(f"{target.name} is there and differs in {text.shortened(differing, 6)}; "
                            "past reports are kept as they are, --force replaces this one")
    if changes := target.changes():
        return (f"{target.name}: unchanged, every number is the same; but {'; '.join(changes)}. --force writes the "
                "report again; the list of reports and the hub files are as they were")
    strangers = rebuild(reports, case)  # a run that was killed may have left the index behind
    return f"{target.name}: unchanged{_told(strangers)}"


def _told(strangers: Sequence[str]) -> str:
    """What is to be done with files of the hub that nobody here wrote."""
    if not strangers:
        return ""
    return f"; reports/hub/ also has what comes from no report ({text.shortened(strangers, 3)}): move it away"


def _fill(folder: Path, content: ReportDocument, earlier: list[ReportDocument], sampled: NutsResult) -> None:
    from forecast.engine.nuts.stored import write_netcdf
    from forecast.report.folder import write_report

    (folder / "forecast.json").write_text(content.json_text(), encoding="utf-8")
    try:
        write_netcdf(sampled.tree, folder / "posterior.nc")
    except RuntimeError as error:  # all that netCDF says of a full disk
        raise OSError(errno.EIO, f"{error}; is the disk full?") from error
    write_report(folder, content, earlier)


def read_report(stored: StoredReport) -> ReportDocument:
    """A stored report as a document; `ForecastError` if it was changed or is not one."""
    return ReportDocument.from_json(json.dumps(stored.document), f"{stored.name}/forecast.json")


def read_reports(reports: Path, before: date = date.max) -> list[ReportDocument]:
    """All reports of a workspace, or those before a date; `ForecastError` if any was changed."""
    return list(map(read_report, sound_reports(reports, before)))


def rebuild(reports: Path, case: Case) -> list[str]:
    """Derive the index, the feed and the Hubverse files anew from the reports of the question; all must be unchanged.

    What an earlier run derived and this one does not is removed. Returns the files of the hub that are not known to be
    ours and come from no report.
    """
    from forecast.report.folder import feed, render_index
    from forecast.report.hub import hub_files, is_ours, leftovers, of_question

    documents = of_question(read_reports(reports), case.question)
    files = {"index.html": render_index(documents)}
    if documents:
        files["feed.xml"] = feed(documents)
    else:
        remove_file(reports / "feed.xml", reports.parent)
    hub = hub_files(documents, case.question)
    files |= {f"hub/{path}": content for path, content in hub.items()}
    for path, content in files.items():
        write_file(reports / path, content.encode(), reports.parent)
    old = leftovers(reports / "hub", hub)
    ours = [path for path in old if is_ours(reports / "hub", path)]
    for path in reversed(ours):  # what says that a model is ours comes last
        remove_file(reports / "hub" / path, reports.parent)
    return sorted(f"hub/{path}" for path in set(old) - set(ours))


def replay(folder: Path, tell: Tell = _silent) -> str:
    """Recompute a report from what it stored; says that every number is the same, or raises with those that differ."""
    stored = StoredReport(folder.resolve())
    if parsed_day(stored.folder.name) is None or not stored.is_there:
        raise ForecastError(f"{folder}: is not a report; write a folder such as reports/2022-12-02")
    stored.refuse_changed()
    refuse_disproved(stored)
    old, since = stored.document, None
    if old["change"]:
        since = StoredReport(stored.folder.parent / old["change"]["since"])
        since.refuse_changed()
    case = _case_of(stored)
    workspace = replace(load_texts(stored.inputs), root=stored.folder.parent.parent)
    content, _ = build(workspace, case, since, tell)
    differing = _differing(old, content)
    if differing:
        raise ForecastError(f"{folder}: not the same in {text.shortened(differing, 6)}")
    return f"{folder}: every number is the same"


def _differing(old: Mapping[str, Any], new: ReportDocument) -> list[str]:
    """Name what differs: exact numbers by more than rounding, sampled ones by more than their errors."""
    stored, computed = ({"crowd": None, **json.loads(json.dumps(old))}, json.loads(new.json_text()))
    if "edges" not in stored:
        computed.pop("edges")
    engines = stored.pop("engines"), computed.pop("engines")
    for content in (stored, computed):
        content["provenance"].pop("versions")
        content.pop("copies", None)  # they are kept after a report, too, and bear on no number
    return differences(stored, computed) + differing_engines(*engines)

