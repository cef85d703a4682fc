"""What is wrong with the past cases of a reference class, whether a table states them or Python does."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, get_args

from forecast.core.cure_model import Outcome, PastCase
from forecast.core.errors import did_you_mean
from forecast.core.numerics import is_number, plain
from forecast.records.types import LARGEST, SMALLEST, Fault, shown

MOST_CASES = 20_000
"""Past cases of the largest reference class."""

OUTCOMES: tuple[str, ...] = get_args(Outcome)


class Misfit(NamedTuple):
    """What is wrong in one column of past cases."""

    column: str
    what: str


def misfits(case: PastCase, quoted: Callable[[str], str]) -> Iterator[Misfit]:
    """What is wrong with one past case; `quoted` shows what was written in one of its columns."""
    if not isinstance(case.case, str):
        yield Misfit("case", f"{quoted('case')} is not a text; write a name")
    elif not case.case.strip():
        yield Misfit("case", "is empty; write a name")
    if not (is_number(case.weeks) and SMALLEST <= case.weeks <= LARGEST):
        yield Misfit("weeks", f"{quoted('weeks')} is not a duration; write weeks as a number above 0")
    if not isinstance(case.outcome, str) or case.outcome not in OUTCOMES:
        yield Misfit("outcome", f"{quoted('outcome')} is not an outcome; {did_you_mean(str(case.outcome), OUTCOMES)}")
    if not (is_number(case.weight) and (case.weight == 0 or SMALLEST <= case.weight <= LARGEST)):
        yield Misfit("weight", f"{quoted('weight')} is not a weight; write a number from 0")


def useless(cases: Collection[PastCase]) -> Misfit | None:
    """Why past cases that are right by themselves teach nothing together; None if they teach something."""
    if not cases:
        return Misfit("", "holds no case; write one row for each past case")
    if not any(case.weight for case in cases):
        return Misfit("weight", "is 0 in every row, so that no case counts; write a number above 0 in some")
    return None


_RIGHT: dict[int, tuple[PastCase, ...]] = {}
"""Tables that were found to be right, by their identities: every scenario of a case has the same ones."""

_MOST_RIGHT = 1_000


def _is_right(table: object) -> bool:
    return _RIGHT.get(id(table)) is table


def tables_of(histories: Mapping[str, Any]) -> dict[str, Any]:
    """Past cases by their file, in tuples; what is no past case stays as it is, to be refused."""
    return {name: _table_of(table) for name, table in histories.items()}


def _table_of(table: Any) -> Any:
    if _is_right(table) or isinstance(table, str) or not isinstance(table, Iterable):
        return table
    found = tuple(map(_plain, table))
    is_as_it_was = isinstance(table, tuple) and all(one is other for one, other in zip(found, table, strict=True))
    return table if is_as_it_was else found


def _plain(case: Any) -> Any:
    return plain(case) if isinstance(case, PastCase) and not {str, int, float}.issuperset(map(type, case)) else case


def unlearnable(histories: Mapping[str, Any]) -> Iterator[Fault]:
    """What is wrong with past cases that Python states; paths begin with the file."""
    for name, table in histories.items():
        if not isinstance(table, tuple):
            yield Fault(("histories", name), f"{shown(table)} is not a list of past cases; write [one, another]")
        elif len(table) > MOST_CASES:
            yield Fault(("histories", name), f"has more than {MOST_CASES:,} rows; write fewer")
        elif not _is_right(table):
            yield from (Fault(("histories", name, *fault.path), fault.what) for fault in _flaws(table))


def _written(case: PastCase) -> Callable[[str], str]:
    return lambda column: shown(getattr(case, column))


def _flaws(table: tuple[Any, ...]) -> Iterator[Fault]:
    is_each_right = True
    for index, case in enumerate(table):
        if isinstance(case, PastCase):
            found = [Fault((index, column), what) for column, what in misfits(case, _written(case))]
        else:
            what = f"{shown(case)} is not a PastCase; write PastCase(case, weeks, outcome, weight)"
            found = [Fault((index,), what)]
        is_each_right = is_each_right and not found
        yield from found
    if not is_each_right:
        return
    if (misfit := useless(table)) is not None:
        yield Fault((misfit.column,) if misfit.column else (), misfit.what)
        return
    if len(_RIGHT) >= _MOST_RIGHT:
        _RIGHT.clear()
    _RIGHT[id(table)] = table
