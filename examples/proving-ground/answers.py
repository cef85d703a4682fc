"""From the bank's table of answers, one row for each question and date, to the two tables that the commands read.

    python answers.py open_answers.csv

`outcomes.csv` (id, outcome, date) is for `forecast encode --collect --outcomes`; `crowd.csv` (id, probability) holds
what the crowd said about ten days before the first date, and is for `forecast calibrate --crowd`.
Where the bank has only the day on which a question closed, the day after the deadline, the outcome is dated to the
deadline; nothing says when the event happened.
"""

from __future__ import annotations

import csv
import sys
from datetime import date, timedelta
from pathlib import Path

Row = dict[str, str]


def first_rows(rows: list[Row]) -> list[Row]:
    """The row of each question's first date; refuses outcomes that differ between the dates of a question."""
    found: dict[str, Row] = {}
    for row in sorted(rows, key=lambda row: (row["id"], row["as_of"])):
        first = found.setdefault(row["id"], row)
        if (first["outcome"], first["resolved"]) != (row["outcome"], row["resolved"]):
            sys.exit(f"{row['id']}: is resolved in two ways")
    return list(found.values())


def day(row: Row) -> str:
    """The date of an outcome."""
    closed = row["resolved_is"] == "closing date"
    return str(date.fromisoformat(row["resolved"]) - timedelta(days=closed))


def write(name: str, header: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """Write a table beside this file."""
    with (Path(__file__).parent / name).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


if __name__ == "__main__":
    with Path(sys.argv[1]).open(encoding="utf-8", newline="") as table:
        questions = first_rows(list(csv.DictReader(table)))
    write("outcomes.csv", ("id", "outcome", "date"), [(row["id"], row["outcome"], day(row)) for row in questions])
    write("crowd.csv", ("id", "probability"), [(row["id"], row["crowd"]) for row in questions if row["crowd"]])
