"""One entry more or less, or other values of some fields, in a YAML file whose every other byte stays as it was.

The text is cut where its parser says that values are. Each change is read back: what it was to leave alone must be
the same, or it is refused in words.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from forecast.core.errors import ForecastError
from forecast.core.scalars import decoded
from forecast.records.evidence import ENCODINGS
from forecast.records.types import Steps
from forecast.workspace.yaml.layout import Layout, Node, Splice
from forecast.workspace.yaml.reader import read
from forecast.workspace.yaml.writer import entry, field, inline, mapping

Fields = Mapping[str, Any]
"""New values by the names of fields; None removes a field."""

Span = tuple[int, int]
"""Where a piece of the text begins and ends."""

_BY_HAND = "change it by hand"


class UnspliceableError(ForecastError):
    """A text in which a change would touch what it must leave alone."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(f"{what}; {_BY_HAND}")
        self.line = line


def with_entry(data: bytes, fields: Fields, comments: Sequence[str] = ()) -> bytes | None:
    """A file with an entry at the end of its list, below its comments; None if it has no list with hyphens."""
    layout = Layout(decoded(data))
    root, text = layout.root, layout.text
    if root.kind != "list" or (root.entries and root.in_brackets):
        return None
    indent, splices = 0, []
    if root.entries:
        indent = layout.dash(root.entries[0]) - layout.line_start(layout.dash(root.entries[0]))
    else:
        splices.append(Splice(*_with_space(layout, root.start, root.end), ""))
    given = {name: value for name, value in fields.items() if value is not None}
    lines = [*comments, *entry(given).splitlines()]
    new = _indented("\n".join((*lines, "")), indent)
    head = text[:layout.end]
    unfinished = "" if not head or head[-1] in "\r\n" else "\n"
    gap = "" if not root.entries or layout.is_blank(layout.line_start(max(layout.end - 1, 0)), layout.end) else "\n"
    old = read(data).value
    for space in (gap, ""):  # a blank line may belong to the text before it
        changed = _encoded(data, layout.spliced([*splices, Splice(layout.end, layout.end, unfinished + space + new)]))
        if _reads_as(changed, [*old, _plain(given)], loose=bool(unfinished)):
            return changed
    raise UnspliceableError(layout.row(layout.end) + 1, "nothing can be added below its last entry")


def without_entry(data: bytes, index: int) -> tuple[bytes, list[str]]:
    """A file without one entry of its list, and the comments that belonged to the entry."""
    layout = Layout(decoded(data))
    entries, gone = layout.root.entries, layout.root.entries[index]
    if layout.root.in_brackets:
        splices = list(_out_of_brackets(layout, layout.root, index, 1, _comments_beside(layout, index)))
    else:
        new = "[]\n" if len(entries) == 1 else ""
        splices = [Splice(*_block_of(layout, index), new)]
    comments = [comment for start, end, _ in splices for comment in layout.comments_in(start, end)]
    changed = _encoded(data, layout.spliced(splices))
    old = read(data).value
    if not _reads_as(changed, old[:index] + old[index + 1:]):
        raise UnspliceableError(layout.row(gone.start) + 1, "its entry cannot be taken out alone")
    return changed, comments


def _out_of_brackets(layout: Layout, parent: Node, index: int, width: int, comments: Sequence[Span] = ()
                     ) -> Iterator[Splice]:
    """Take an entry of so many values, one comma and some comments out of brackets; what is beside them stays.

    The comma before the last entry of a list may stand at the end of its line, and stays.
    """
    first, last = parent.entries[index], parent.entries[index + width - 1]
    spans = [(first.start, last.end), *comments]
    after = parent.entries[index + width].start if index + width < len(parent.entries) else parent.end
    before = parent.entries[index - 1].end if index else first.start
    comma = layout.bare.find(",", last.end, after)
    leading = layout.bare.rfind(",", before, first.start) if index else -1
    if leading >= 0 and (comma < 0 or layout.opens_line(leading)) and layout.row(leading) == layout.row(first.start):
        spans[0] = leading, last.end
    elif comma >= 0:
        spans.append((comma, comma + 1))
    elif index and width > 1 and not layout.comments_in(before, first.start):
        spans[0] = before, last.end
    for start, end in _joined(layout, spans):
        yield Splice(*_with_space(layout, start, end), "")


def _joined(layout: Layout, spans: Sequence[Span]) -> list[Span]:
    """Pieces of the text in their order, those in one that have only space of one line between them."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        last = joined[-1] if joined else (start, start)
        if joined and layout.row(last[1]) == layout.row(start) and layout.is_blank(last[1], start):
            joined[-1] = last[0], end
        else:
            joined.append((start, end))
    return joined


def _with_space(layout: Layout, start: int, end: int) -> Span:
    """A piece of the text that is to go with its line if nothing else is on it, else with the space beside it."""
    line_start, line_end = layout.line_start(start), layout.line_end(end)
    opens, closes = layout.is_blank(line_start, start), layout.is_blank(end, line_end)
    if opens and closes:
        return line_start, line_end
    if closes:
        return line_start + len(layout.text[line_start:start].rstrip()), end
    rest = layout.text[end:line_end].lstrip()
    end = line_end - len(rest)
    is_apart = rest[0] != "#" or layout.text[start - 1].isspace()
    return start, end if is_apart else end - 1


def _comments_beside(layout: Layout, index: int) -> list[Span]:
    """The comments of an entry between brackets: in the lines above it, and behind it if its line holds no other."""
    root, gone = layout.root, layout.root.entries[index]
    begun = layout.line_start(gone.start)
    before = root.entries[index - 1].end if index else root.start + 1
    is_first = before <= begun or (index == 0 and layout.is_blank(before, gone.start))
    after = root.entries[index + 1].start if index + 1 < len(root.entries) else root.end
    top, line_end = layout.row(gone.start), min(layout.line_end(gone.end), after)
    while before <= begun and top - 1 in layout.comment_rows and layout.row_start(top - 1) >= before:
        top -= 1
    own = [(start, end) for start, end in layout.comments if layout.row_start(top) <= start < begun]
    if is_first or layout.row(gone.end) > layout.row(gone.start):
        own += [(start, end) for start, end in layout.comments if gone.end <= start < line_end]
    return own


def _block_of(layout: Layout, index: int) -> tuple[int, int]:
    """The lines of an entry with its own comments and the blank lines between it and its neighbour."""
    entries = layout.root.entries
    dash = layout.dash(entries[index])
    start = _own_comments(layout, index)
    row = layout.row(max(entries[index].end, dash)) + 1
    indent = dash - layout.line_start(dash)
    while row < len(layout.starts) and layout.comment_rows.get(row, 0) > indent:
        row += 1
    end = min(layout.row_start(row), layout.end)
    after = end
    while after < layout.end and layout.is_blank(after, layout.line_end(after)):
        after = min(layout.line_end(after), layout.end)
    above = layout.row(start) - 1
    is_apart = start == 0 or layout.is_blank(layout.row_start(above), start)
    if after < layout.end and is_apart:
        return start, after
    if after >= layout.end and index > 0:
        while above > 0 and layout.is_blank(layout.row_start(above), layout.row_start(above + 1)):
            start, above = layout.row_start(above), above - 1
    return start, end


def _own_comments(layout: Layout, index: int) -> int:
    """Where the comments of an entry begin, which stand directly above it; what heads the file is not among them."""
    entries = layout.root.entries
    starts = [layout.comments_above(layout.dash(each)) for each in entries]
    dash = layout.line_start(layout.dash(entries[index]))
    above = layout.text[:starts[0]].splitlines()
    if index > 0 or starts[0] == dash or any(line.strip() and line[:1] not in "-%" for line in above):
        return starts[index]
    first_end = layout.line_end(starts[0])
    heads = first_end if "yaml-language-server" in layout.text[starts[0]:first_end] else starts[0]
    all_have = len(entries) > 1 and all(
        start < layout.line_start(layout.dash(each)) for start, each in zip(starts, entries, strict=True))
    return heads if all_have else dash


def with_fields(data: bytes, edits: Sequence[tuple[Steps, Fields]]) -> bytes:
    """A file in which some fields of some records have other values.

    An edit has the path of a record, keys and indices, and its new values; another encoding of an item takes the place
    of the old one.
    """
    layout = Layout(decoded(data))
    expected = _plain(read(data).value)
    splices: list[Splice] = []
    for path, fields in edits:
        node, record = layout.root, expected
        for step in path:
            node, record = node.entries[int(step)], record[step]  # records are entries of lists, or whole files
            if node.kind == "alias":
                raise UnspliceableError(layout.row(node.start) + 1, "is written in another place and only named here")
        splices += _set(layout, node, record, fields)
        _apply(record, fields)
    try:
        changed = _encoded(data, layout.spliced(splices))
    except ValueError as error:
        raise UnspliceableError(1, f"would need {error}") from None
    if not _reads_as(changed, expected):
        line = layout.row(splices[0].start) + 1 if splices else 1
        raise UnspliceableError(line, "cannot be changed without changing something else, perhaps by an anchor (&)")
    return changed


def _apply(record: dict[str, Any], fields: Fields) -> None:
    if any(fields.get(name) is not None for name in ENCODINGS):
        for name in ENCODINGS:
            record.pop(name, None)
    for name, value in fields.items():
        record.pop(name, None)
        if value is not None:
            record[name] = _plain(value)


def _set(layout: Layout, record: Node, old: Fields, fields: Fields) -> Iterator[Splice]:
    """Replace, add and remove fields of a record where they stand."""
    places = {name: index for index, name in enumerate(old)}
    given = [name for name in old if name in ENCODINGS]
    new = next((name for name in fields if name in ENCODINGS and fields[name] is not None), None)
    last = _last(record, old, [name for name in old if fields.get(name, "") is not None])
    for name, value in fields.items():
        if name == new and name not in old and given:
            yield from _renamed(layout, record, places[given[0]], name, value)
        elif value is None:
            if name in old and not (new and name == given[0] and new not in old):
                yield from _removed(layout, record, places[name])
        elif name not in old:
            yield _added(layout, record, places.get("rationale"), last, name, value)
        else:
            yield from _replaced(layout, record, record.pairs[places[name]], old[name], _plain(value))
    if new:
        kept = new if new in old else given[0] if given else None
        for name in given:
            if name != kept and name not in fields:
                yield from _removed(layout, record, places[name])


def _replaced(layout: Layout, record: Node, pair: tuple[Node, Node], old: Any, new: Any) -> Iterator[Splice]:
    """Put a value in the place of another; what stays the same inside keeps its look and its comments."""
    key, node = pair
    if _same(old, new, loose=False):
        return
    if isinstance(old, dict) and isinstance(new, dict) and node.kind == "map" and new and (
            old.keys() & new.keys() or not node.in_brackets):
        yield from _replaced_inside(layout, node, old, new)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new) and node.kind == "list":
        for child, one, other in zip(node.entries, old, new, strict=True):
            yield from _replaced(layout, node, (child, child), one, other)
    elif isinstance(new, str) and "\n" in new and key is not node and not record.in_brackets:
        yield from _over_lines(layout, key, node, field(layout.text[key.start:key.end].strip("\"'"), new))
    elif layout.row(key.start) == layout.row(node.end):
        yield Splice(node.start, node.end, " " * (node.start == node.end) + inline(new))
    elif key is not node:
        yield from _over_lines(layout, key, node, f"{layout.text[key.start:key.end]}: {inline(new)}\n")
    elif layout.comments_in(node.start, node.end):
        raise UnspliceableError(layout.row(node.start) + 1, "holds comments that would be lost")
    else:
        yield Splice(node.start, node.end, inline(new))


def _replaced_inside(layout: Layout, node: Node, old: Any, new: Any) -> Iterator[Splice]:
    """Replace, remove and add keys of a mapping where they stand."""
    for place, (pair, name) in enumerate(zip(node.pairs, old, strict=True)):
        if name in new:
            yield from _replaced(layout, node, pair, old[name], new[name])
        else:
            yield from _removed(layout, node, place)
    last = _last(node, old, new)
    yield from (_added(layout, node, None, last, name, new[name]) for name in new if name not in old)


def _last(record: Node, names: Iterable[str], kept: Collection[str]) -> Node:
    """The last value of a mapping that stays; the last of all if none does."""
    stays = [value for (_, value), name in zip(record.pairs, names, strict=True) if name in kept]
    return stays[-1] if stays else record.pairs[-1][1]


def _renamed(layout: Layout, record: Node, place: int, name: str, value: Any) -> Iterator[Splice]:
    """Put another field in the place of one."""
    key, node = record.pairs[place]
    if layout.row(key.start) == layout.row(node.end):
        yield Splice(key.start, key.end, name)
        yield Splice(node.start, node.end, inline(value))
    else:
        yield from _over_lines(layout, key, node, field(name, value))


def _over_lines(layout: Layout, key: Node, node: Node, new: str) -> Iterator[Splice]:
    """Replace a field of several lines, or by several; comments in it go above."""
    start = layout.line_start(key.start)
    end = layout.line_end(node.end) if new.count("\n") > 1 else node.end
    comments = layout.comments_in(key.start, end)
    if comments:
        indent = " " * layout.indent(key.start)
        yield Splice(start, start, "".join(f"{indent}{comment}\n" for comment in comments))
    lines = _indented(new, key.start - start).lstrip(" ")
    yield Splice(key.start, end, lines if end > node.end else lines.rstrip("\n"))


def _indented(lines: str, by: int) -> str:
    return "".join(" " * by + line if line.strip() else line for line in lines.splitlines(keepends=True))


def _removed(layout: Layout, record: Node, place: int) -> Iterator[Splice]:
    """Take a field out; a comment beside it stays, in a line of its own."""
    key, node = record.pairs[place]
    if record.in_brackets:
        if layout.comments_in(key.start, node.end):
            raise UnspliceableError(layout.row(key.start) + 1, "holds comments that would be lost")
        yield from _out_of_brackets(layout, record, 2 * place, 2)
        return
    start, end = layout.line_start(key.start), layout.line_end(node.end)
    comments = layout.comments_in(key.start, end)
    indent = " " * (key.start - start)
    if layout.opens_line(key.start):
        yield Splice(start, end, "".join(f"{indent}{comment}\n" for comment in comments))
    elif comments or place + 1 == len(record.pairs):
        raise UnspliceableError(layout.row(key.start) + 1, "the first field of an entry cannot be taken out")
    else:
        yield Splice(key.start, record.pairs[place + 1][0].start, "")


def _added(layout: Layout, record: Node, rationale: int | None, last: Node, name: str, value: Any) -> Splice:
    """Put a field above the rationale or, where there is none, below the last value."""
    key = record.pairs[rationale][0] if rationale else None
    if record.in_brackets:
        if key is not None:
            apart = "\n" + " " * layout.indent(key.start) if layout.opens_line(key.start) else " "
            return Splice(key.start, key.start, f"{inline(name)}: {inline(value)},{apart}")
        return Splice(last.end, last.end, f", {inline(name)}: {inline(value)}")
    first = record.pairs[0][0]
    lines = _indented(_lines_of(name, value), first.start - layout.line_start(first.start))
    if key is not None and layout.opens_line(key.start):
        where = layout.comments_above(key.start)
        return Splice(where, where, lines)
    where = layout.line_end(last.end)
    unfinished = "\n" if layout.text[where - 1:where] not in ("\r", "\n") else ""
    return Splice(where, where, unfinished + lines)


def _lines_of(name: str, value: Any) -> str:
    """A new field; records in it that are long get lines of their own."""
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return mapping({name: value}) if any(isinstance(part, Mapping) for part in parts) else field(name, value)


def _encoded(data: bytes, text: str) -> bytes:
    return BOM_UTF8 * data.startswith(BOM_UTF8) + text.encode()


def _plain(value: Any) -> Any:
    """A copy of a value as a file gives it, aliases written out."""
    match value:
        case Mapping():
            return {name: _plain(part) for name, part in value.items()}
        case list() | tuple():
            return [_plain(part) for part in value]
        case None | bool() | int() | float() | str():
            return value
        case _:
            return str(value)


def _reads_as(data: bytes, expected: Any, loose: bool = True) -> bool:
    """Whether a file holds a value and no flaw; `loose`: line breaks at the end of texts are no matter."""
    document = read(data)
    return not document.flaws and _same(document.value, expected, loose)


def _same(found: Any, expected: Any, loose: bool) -> bool:
    if isinstance(expected, dict) and isinstance(found, dict):
        return found.keys() == expected.keys() and all(_same(found[name], expected[name], loose) for name in expected)
    if isinstance(expected, list) and isinstance(found, list):
        return len(found) == len(expected) and all(map(_same, found, expected, [loose] * len(found)))
    if loose and isinstance(expected, str) and isinstance(found, str):
        return found.rstrip("\n") == expected.rstrip("\n")
    return bool(found == expected) and isinstance(found, bool) == isinstance(expected, bool)
