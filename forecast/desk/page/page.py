"""One open page: its sitting, what it shows, and the parts of it that have changed since it was last drawn."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from typing import Any

from forecast.core import text as wording
from forecast.desk import saving
from forecast.desk.actions import Message, act
from forecast.desk.files import stops
from forecast.desk.page import answers, left
from forecast.desk.page.results import Meeting, Settled, Work, work
from forecast.desk.page.view import FILES, SAVES, TABS, View, is_blinded
from forecast.desk.session import Sitting
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
    made.filters |= {"percent": wording.tenth, "chance": partial(wording.chance, least=1), "points": wording.points,
                     "day": wording.day, "short": wording.short,
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
    """A page that somebody has open on a workspace; its address may name an as-of date."""

    def __init__(self, root: Path, asked: str | None = None) -> None:
        self.sitting, self.view = Sitting(root, asked), View()
        self.turn = 0
        self.acts = 0
        """How often somebody did something."""
        self._sent: Parts = {}
        self._settled = Settled()

    def act(self, message: Message) -> None:
        self.acts += 1
        act(self.sitting, self.view, message)

    def begin(self) -> Work | None:
        """Read the files if they have changed; then what has yet to be worked out, or nothing."""
        sitting, view = self.sitting, self.view
        sitting.refresh()
        view.turn_to(sitting.who)
        view.beside = [name for name in view.beside if name in sitting.workspace.scenarios]
        return None if self.settled else work(
            sitting, view.beside, self._settled, self._watches)

    def end(self, done: Work) -> None:
        self._settled = done.settled
        if done.findings is not None and done.sitting.workspace is self.sitting.workspace:
            self.sitting.engines.found[done.sitting.who] = done.findings

    def settle(self) -> None:
        """Work out at once what takes longer."""
        if (what := self.begin()) is not None:
            what.run(lambda: True)
            self.end(what)

    @property
    def settled(self) -> bool:
        """Whether everything that takes longer is there."""
        sitting, found = self.sitting, self.sitting.findings
        if sitting.hidden:
            return True
        return (sitting.settled and not (self._watches and found and found.watched is None)
                and self._settled.is_of(sitting, self.view.beside))

    @property
    def _watches(self) -> bool:
        """Whether the indicators are seen."""
        return self.view.tab == "indicators" and self.view.chosen is None

    def changed(self, seen: int) -> Parts:
        """The parts that are others than those that the browser has, which are of a turn; all, if it missed one."""
        now = self.parts()
        before = self._sent if seen == self.turn else {}
        self.turn += 1
        self._sent = now
        return {name: html for name, html in now.items() if before.get(name) != html}

    def parts(self) -> Parts:
        shown = self._shown()
        return {name: str(environment().get_template(f"{name}.html.j2").render(shown))
                for name in ("top", "left", "middle", "curve", "right")}

    def _shown(self) -> dict[str, Any]:
        """What the templates show; tables that are not seen are not made."""
        sitting, view = self.sitting, self.view
        drawer = left.drawer(sitting, view)
        tab = None if drawer else view.tab
        return {
            "sitting": sitting, "view": view, "tabs": TABS, "saves": SAVES, "files": FILES, "drawer": drawer,
            "question": sitting.case.question, "settled": self.settled, "columns": left.COLUMNS,
            "stops": stops(sitting.workspace, sitting.state.as_of), "scenarios": answers.scenarios(sitting),
            "rows": left.item_rows(sitting, view) if tab == "items" else (),
            "sources": left.source_lines(sitting) if tab == "sources" else (),
            "groups": left.group_lines(sitting) if tab == "sources" else (),
            "indicators": left.indicator_lines(sitting) if tab == "indicators" and not sitting.hidden else None,
            "is_blinded": tab == "prior" and is_blinded(sitting, ("question", sitting.case.question.id, "prior")),
            "sections": left.prior_sections(sitting, view) if tab == "prior" else (
                left.model_sections(sitting, view) if tab == "model" else ()),
            "head": None if sitting.hidden else answers.headline(sitting), "changes": answers.changes(sitting),
            "curve": self._settled.curve, "missing": saving.missing_reasons(sitting),
            "meeting": self._met(),
        }

    def _met(self) -> Meeting | None:
        """Where those at the desk disagree, as last worked out for the one who speaks; it may be a change behind."""
        sitting, found = self.sitting, self._settled
        if found.meeting is None or found.meeting_of is None or sitting.hidden or len(sitting.seats) < 2:
            return None
        is_own = found.meeting_of[1] == sitting.who and found.meeting.alone.keys() == sitting.seats.keys()
        return found.meeting if is_own else None
