"""One open page: its sitting, what it shows, and the parts of it that have changed since it was last drawn."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from forecast.core import text as wording
from forecast.desk import left, middle, right, saving
from forecast.desk.actions import Message, act
from forecast.desk.dates import stops
from forecast.desk.meeting import Meeting, meet
from forecast.desk.session import Sitting
from forecast.desk.view import SAVES, TABS, View
from forecast.report.charts.style import COLOURS, DARK
from forecast.report.words import quoted

Parts = dict[str, str]
"""Parts of the page by their ids, as HTML."""


@cache
def environment() -> Any:
    """The templates; whatever they show is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(loader=PackageLoader("forecast.desk"), autoescape=True, undefined=StrictUndefined,
                       trim_blocks=True, lstrip_blocks=True)
    made.filters |= {"percent": wording.tenth, "points": wording.points, "day": wording.day, "short": wording.short,
                     "ratio": wording.ratio, "quoted": quoted, "without": _without}
    return made


def _without(label: str, title: str) -> str:
    """A label under a title that it begins with."""
    rest = label.removeprefix(f"{title}: ")
    return rest if rest == label else rest.capitalize()


def shell() -> str:
    """The page before anything is in it."""
    return str(environment().get_template("desk.html.j2").render())


def style() -> str:
    """The style sheet, in the colours of the reports."""
    return str(environment().get_template("desk.css.j2").render(colours=COLOURS, dark=DARK))


class Page:
    """A page that somebody has open.

    Parameters
    ----------
    root : Path
        The folder of the workspace.
    asked : str, optional
        The as-of date that its address names.
    """

    def __init__(self, root: Path, asked: str | None = None) -> None:
        self.sitting, self.view = Sitting(root, asked), View()
        self.turn = 0
        self._sent: Parts = {}
        self._curve: tuple[Any, right.Picture] | None = None
        self._meeting: tuple[Any, Meeting] | None = None

    def act(self, message: Message) -> None:
        """Do what somebody did."""
        act(self.sitting, self.view, message)

    def settle(self) -> None:
        """Read the files if they have changed, and work out what takes longer."""
        sitting, view = self.sitting, self.view
        sitting.refresh()
        view.beside = [name for name in view.beside if name in sitting.workspace.scenarios]
        if sitting.hidden:
            return
        sitting.engines.find(sitting.who, sitting.base(), sitting.edits())
        key = (sitting.engine(), sitting.base(), tuple(view.beside))
        if self._curve is None or not _same(self._curve[0], key):
            self._curve = key, right.picture(sitting, view)
        at = (sitting.state, sitting.who, sitting.workspace)
        if self._meeting is None or not _same(self._meeting[0], at):
            self._meeting = at, meet(sitting)

    @property
    def settled(self) -> bool:
        """Whether everything that takes longer is there."""
        sitting = self.sitting
        if sitting.hidden:
            return True
        key = (sitting.engine(), sitting.base(), tuple(self.view.beside))
        at = (sitting.state, sitting.who, sitting.workspace)
        return bool(sitting.settled and self._curve and _same(self._curve[0], key)
                    and self._meeting and _same(self._meeting[0], at))

    def changed(self, seen: int) -> Parts:
        """The parts that are others than those that the browser has, which are of a turn; all, if it missed one."""
        now = self.parts()
        before = self._sent if seen == self.turn else {}
        self.turn += 1
        self._sent = now
        return {name: html for name, html in now.items() if before.get(name) != html}

    def parts(self) -> Parts:
        """The whole page."""
        shown = self._shown()
        return {name: str(environment().get_template(f"{name}.html.j2").render(shown))
                for name in ("top", "left", "middle", "curve", "right")}

    def _shown(self) -> dict[str, Any]:
        """What the templates show; tables that are not seen are not made."""
        sitting, view = self.sitting, self.view
        drawer = left.drawer(sitting, view)
        tab = None if drawer else view.tab
        return {
            "sitting": sitting, "view": view, "tabs": TABS, "saves": SAVES, "drawer": drawer,
            "question": sitting.case.question, "settled": self.settled, "columns": left.COLUMNS,
            "stops": stops(sitting.workspace, sitting.state.as_of), "scenarios": right.scenarios(sitting),
            "rows": left.item_rows(sitting, view) if tab == "items" else (),
            "sources": left.source_lines(sitting) if tab == "sources" else (),
            "groups": left.group_lines(sitting) if tab == "sources" else (),
            "indicators": left.indicator_lines(sitting) if tab == "indicators" and not sitting.hidden else None,
            "sections": left.prior_sections(sitting, view) if tab == "prior" else (
                left.model_sections(sitting, view) if tab == "model" else ()),
            "head": None if sitting.hidden else middle.headline(sitting), "changes": middle.changes(sitting),
            "curve": self._curve[1] if self._curve else None, "missing": saving.missing_reasons(sitting),
            "meeting": self._met(),
        }

    def _met(self) -> Meeting | None:
        """Where those at the desk disagree, as last worked out for the one who speaks; it may be a change behind."""
        sitting = self.sitting
        if self._meeting is None or sitting.hidden or len(sitting.seats) < 2:
            return None
        (_, who, _), found = self._meeting
        return found if who == sitting.who and found.alone.keys() == sitting.seats.keys() else None


def _same(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    """Whether two keys hold the same objects; scenarios beside the desk are compared by name."""
    return all(a is b or (isinstance(a, str | tuple) and a == b) for a, b in zip(one, other, strict=True))
