"""Verbs that hold forecasts and ratios against what happened."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from forecast.cli.options import AsJson, Cluster, Folders, Jobs, Where, dated, days, stated, verb
from forecast.cli.output import answer, print_json, show, tell


@verb("forecast backtest --from 2022-09-30 --to 2024-12-27")
def backtest(folders: Folders = None, workspace: Where = None,
             start: Annotated[date | None, dated("First date (default: the opening)", "--from")] = None,
             stop: Annotated[date | None, dated("Last date (default: today, or the question's end)", "--to")] = None,
             every: Annotated[int, typer.Option(parser=days, metavar="DURATION",
                                                help="Time from date to date, such as 7d or 2w")] = "7d",  # type: ignore[assignment]
             known_then: Annotated[bool, typer.Option(
                 "--known-then", help="Leave out what had not been recorded by the date")] = False,
             jobs: Jobs = None, cluster: Cluster = None,
             charts: Annotated[bool, typer.Option("--charts/--no-charts", help="Draw charts and a page")] = True,
             as_json: AsJson = False) -> None:
    """Forecast as of each week with what was public then.

    The table and its charts are written to reports/backtest/.
    """
    from forecast.evaluation import parallel as workers

    workers.prepare(jobs, cluster)
    from forecast.evaluation import batch
    from forecast.evaluation.backtest import Dates

    found = batch.run(batch.folders_of(folders, workspace), Dates(start, stop, every, date.today()),
                      known_then=known_then, jobs=jobs, cluster=cluster, write=not as_json)
    documents = {path: each.document() for path, each in found.items()}
    if as_json:
        from forecast.evaluation.backtest import BacktestsDocument

        print_json(BacktestsDocument(backtests=tuple(documents.values())))
        return
    from forecast.report.pages.evaluation.backtest import backtest_page, brief_page, write_charts

    if charts:
        write_charts(documents)
    for path, document in documents.items():
        show(backtest_page(document) if len(documents) == 1 else brief_page(document))
        page = path.with_suffix(".html")
        beside = f" and, for reading, {page.name}" if charts else ""
        if not charts and page.exists():
            beside = f"; {page.name} beside it is of an earlier run and may say other numbers, --charts draws it anew"
        print(f"\n{path}{beside}")


@verb("forecast score")
def score(folders: Folders = None, workspace: Where = None,
          as_of: Annotated[date | None, dated("Score what was known by then; an open question had no event (default: "
                                              "by `resolved`)", "--as-of")] = None,
          as_json: AsJson = False) -> None:
    """Score reports and backtests against what happened.

    Baselines and the forecasts of others stand beside them.
    """
    from forecast.evaluation import batch
    from forecast.evaluation.scoreboard import scoreboard
    from forecast.report.pages.evaluation.scores import page

    answer(scoreboard(batch.open_all(batch.folders_of(folders, workspace)), as_of), page, as_json=as_json)


@verb("forecast calibrate examples/proving-ground/open --out calibration/")
def calibrate(folders: Annotated[list[Path], typer.Argument(
                  metavar="DIR", help="Resolved cases: folders, files, or folders of files")],
              out: Annotated[Path | None, stated("Folder for calibration.yaml and calibration.json, and for the page "
                                                 "with its charts", metavar="DIR")] = None,
              cutoff: Annotated[date | None, dated("Last day on which a deadline had to have passed (default: today)",
                                                   "--as-of")] = None,
              crowd: Annotated[Path | None, stated("What a crowd said on first dates, as id,probability",
                                                   metavar="CSV", exists=True, dir_okay=False)] = None,
              weigh_no: Annotated[float, typer.Option(
                  min=0.01, max=100, help="How much a question counts whose event did not happen")] = 1.0,
              sample: Annotated[bool, typer.Option("--nuts/--no-nuts", help="Sample what was integrated, too")] = True,
              commit: Annotated[Path | None, stated("Learn nothing; write forecasts of the cases by the calibration "
                                                    "that they take", metavar="CSV")] = None,
              jobs: Jobs = None, cluster: Cluster = None, as_json: AsJson = False) -> None:
    """Learn from resolved questions what evidence is worth.

    What is learned is scored on questions that were left out.
    """
    from forecast.evaluation import parallel as workers

    workers.prepare(jobs, cluster)
    from forecast.cli import calibrating

    if commit is not None:
        print(calibrating.commit(folders, commit))
        return
    if out is not None:
        calibrating.refuse_taken(out)
    study = calibrating.learn(folders, cutoff or date.today(), crowd, weigh_no, sample=sample, jobs=jobs,
                              cluster=cluster, tell=tell)
    if out is not None:
        tell(calibrating.write(study, out))
    from forecast.report.pages.evaluation.calibration import page

    answer(study, page, as_json=as_json)


@verb("forecast encode questions/ --analyst a --out encodings/")
def encode(questions: Annotated[list[Path], typer.Argument(metavar="QUESTION",
                                                           help="Neutral cases: YAML files, or folders of them")],
           out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the log ANALYST.log.jsonl; with "
                                                                 "--collect, of the cases")],
           analyst: Annotated[str | None, stated("Id of the encoder")] = None,
           as_json: Annotated[bool, typer.Option(
               "--json", help="Requests as lines of JSON on stdout, answers as lines of JSON from stdin")] = False,
           at_once: Annotated[bool, typer.Option(
               "--at-once", help="With --json: show all items of a date together, once the outside view is stored; "
                                 "the log says so")] = False,
           collected: Annotated[list[Path] | None, stated(
               "Make cases from the log of an encoder, once for each; the first one's values come first", "--collect",
               metavar="LOG")] = None,
           outcomes: Annotated[Path | None, stated("With --collect: how questions were resolved, as id,outcome,date",
                                                   metavar="CSV", exists=True, dir_okay=False)] = None,
           force: Annotated[bool, typer.Option("--force", help="With --collect: replace cases that differ")] = False
           ) -> None:
    """Encode questions blind: outside view first, then each item.

    The answers go into a log that shows their order.
    """
    from forecast.cli.dialogues import encoding

    if collected:
        print(encoding.collect(questions, collected, out, outcomes, force=force))
        return
    raise typer.Exit(encoding.encode(questions, encoding.checked_analyst(analyst), out, as_json=as_json,
                                     at_once=at_once))
