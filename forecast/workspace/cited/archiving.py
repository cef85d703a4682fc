"""Keeping copies of what a workspace cites: from the network, or from a file that somebody saved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import get_args

from forecast.core.errors import ForecastError, InputError, did_you_mean
from forecast.core.text import counted
from forecast.records.evidence import Item
from forecast.records.result import Result
from forecast.workspace.cited.copies import Copy, Kept, Page, is_whole, keep, key_of, page_of_file, read_archive
from forecast.workspace.loader import Workspace


class Failed(Result):
    """An item of whose page no copy was kept."""

    item: str
    url: str
    what: str


class Archived(Result):
    """What became of every page that was asked for."""

    kept: tuple[Copy, ...] = ()
    unchanged: tuple[Copy, ...] = ()
    """Copies that are there already with the same content."""
    again: tuple[Copy, ...] = ()
    """Of pages that have gone back to what an earlier copy holds, which was recorded."""
    failed: tuple[Failed, ...] = ()
    without_text: tuple[str, ...] = ()
    """Items of whose pages a copy was kept that holds no text, since scripts would have to make it."""

    def lines(self) -> Iterator[str]:
        """What there is to say, but for what failed."""
        for copy in self.kept:
            yield (f"{copy.item}: kept as {copy.readable} ({copy.media_type}, {copy.bytes:,} bytes, SHA-256 "
                   f"{copy.sha256[:12]}…)")
        for copy in self.unchanged:
            yield f"{copy.item}: unchanged since {copy.date} ({copy.readable})"
        for copy in self.again:
            yield f"{copy.item}: has gone back to what was kept before, and is recorded as such ({copy.readable})"
        for name in self.without_text:
            yield f"{name}: its copy holds no text; save the page in a browser, and keep that with --file"
        back = f", {len(self.again)} as before" if self.again else ""
        yield (f"{counted(len(self.kept), 'page')} kept, {len(self.unchanged)} unchanged{back}, "
               f"{len(self.failed)} failed")


def chosen(workspace: Workspace, names: Sequence[str]) -> list[Item]:
    """The items of some ids; `ForecastError` if there is none of an id."""
    by_id = {item.id: item for item in workspace.items}
    for name in names:
        if name not in by_id:
            raise ForecastError(f"{name}: is not an item; {did_you_mean(name, by_id)}")
    return [by_id[name] for name in dict.fromkeys(names)]


def archive_file(workspace: Workspace, name: str, path: Path, today: date) -> Archived:
    """Keep a file as the copy of the page that an item cites."""
    (item,) = chosen(workspace, [name])
    try:
        found = keep(workspace.root, item, page_of_file(path), today, path)
    except InputError:  # of the index, not of the file
        raise
    except ForecastError as error:
        message = str(error)
        raise ForecastError(message if message.startswith(str(path)) else f"{path}: {message}") from None
    return _archived([found], [], workspace)


def archive_pages(workspace: Workspace, names: Sequence[str], today: date, fetch: Callable[[str], Page], *,
                  again: bool = False, tell: Callable[[str], object] = lambda _: None) -> Archived:
    """Fetch the pages that items cite, and keep copies; each is kept at once, so that an interruption loses none.

    Without names the pages of all items that have a url are fetched, but for those of which a copy is kept, unless
    `again` is true. `tell` is told which page is fetched next.
    """
    items = chosen(workspace, names) if names else [item for item in workspace.items if (item.url or "").strip()]
    known = {} if again else read_archive(workspace.root).by_item(items)
    there = {name: copy for name, copy in known.items() if is_whole(workspace.root, copy)}
    kept: list[tuple[Copy, Kept]] = [(there[item.id], "unchanged") for item in items if names and item.id in there]
    failed: list[Failed] = []
    for item in _one_a_page(item for item in items if item.id not in there):
        try:
            kept.append(keep(workspace.root, item, _fetched(item, fetch, tell), today))
        except ForecastError as error:
            failed.append(Failed(item=item.id, url=item.url or "", what=str(error)))
    return _archived(kept, failed, workspace)


def _one_a_page(items: Iterable[Item]) -> list[Item]:
    found: dict[str, Item] = {}
    for item in items:
        found.setdefault(key_of(item), item)
    return list(found.values())


def _fetched(item: Item, fetch: Callable[[str], Page], tell: Callable[[str], object]) -> Page:
    url = (item.url or "").strip()
    if not url:
        raise ForecastError("has no url; keep a copy of it with --file")
    tell(url)
    return fetch(url)


def _archived(kept: Sequence[tuple[Copy, Kept]], failed: Sequence[Failed], workspace: Workspace) -> Archived:
    done = {what: tuple(copy for copy, was in kept if was == what) for what in get_args(Kept)}
    empty = [copy.item for copy in done["kept"]
             if copy.text and not (workspace.root / copy.text).read_text("utf-8").strip()]
    return Archived(**done, failed=tuple(failed), without_text=tuple(empty))
