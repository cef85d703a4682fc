"""What a page is made of: sections of paragraphs, tables and figures, without any markup.

Every text in here is plain: each renderer (`html`, `markdown`, `terminal`) escapes it in its own way, and nothing an
analyst wrote can become markup.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True)
class Strong:
    """A text that matters most."""

    text: str


@dataclass(frozen=True)
class Faint:
    """A text beside the point, such as a source line."""

    text: str


@dataclass(frozen=True)
class Code:
    """A text to be typed or compared letter by letter."""

    text: str


@dataclass(frozen=True)
class Link:
    """A link; its address has passed `web_address`, or leads to a file of the workspace."""

    text: str
    url: str


Run = str | Strong | Faint | Code | Link
Line = tuple[Run, ...]
Cell = tuple[Line, ...]
"""The lines of a cell of a table."""


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; `lead` marks what a hurried reader reads, `short` a beginning that is in full elsewhere."""

    runs: Line
    lead: bool = False
    short: bool = False


@dataclass(frozen=True)
class Notice:
    """Something that a reader must not miss."""

    title: str
    runs: Line


@dataclass(frozen=True)
class Heading:
    """A heading inside a section."""

    text: str


@dataclass(frozen=True)
class Curve:
    """A probability through time: places from 0 to 1 on the axis of time, each with its probability."""

    sign: str
    """What it is drawn with."""
    name: str
    points: tuple[tuple[float, float], ...]
    joined: bool = True
    """Whether there is a line between its points."""


@dataclass(frozen=True)
class Curves:
    """Curves over each other, and a band below them: places, each with a low and a high."""

    curves: tuple[Curve, ...]
    band: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True)
class Mark:
    """A part of an axis from one place to another, from 0 to 1, and how much it is for (or, below 0, against)."""

    start: float
    end: float
    weight: float


@dataclass(frozen=True)
class Strip:
    """A row of marks with its label, and a text at its end."""

    label: str
    marks: tuple[Mark, ...]
    value: str = ""


@dataclass(frozen=True)
class Strips:
    """Rows of marks on one axis: parts of it, or `dots`."""

    strips: tuple[Strip, ...]
    dots: bool = False


@dataclass(frozen=True)
class Figure:
    """A chart by its name, what it shows in words, and a remark below it.

    A terminal draws it only if it has a `drawing`, or `bars`, one for each value; `ends` stand below the first and the
    last, and `drawn` says what is seen there, where that is not all that the chart shows.
    """

    name: str
    alt: str
    caption: str = ""
    bars: tuple[float, ...] = ()
    ends: tuple[str, str] = ("", "")
    drawing: Curves | Strips | None = None
    drawn: str = ""


@dataclass(frozen=True)
class Row:
    """A row of a table; `more` is told when asked for, below its first cell."""

    cells: tuple[Cell, ...]
    more: tuple[Line, ...] = ()
    total: bool = False


@dataclass(frozen=True)
class Table:
    """A table; `numeric` names the columns of numbers by their place.

    `folded` hides it on a page until it is asked for; one that is not for `paper` is left out in print.
    A terminal shows at most so many rows of it, the first or, `evenly`, from the first to the last; 0 is all.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    numeric: Collection[int] = ()
    folded: bool = False
    paper: bool = True
    most: int = 0
    evenly: bool = False


@dataclass(frozen=True)
class Bullets:
    """A list."""

    items: tuple[Line, ...]


@dataclass(frozen=True)
class Listing:
    """Lines to be typed."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """One outcome and its probability."""

    name: str
    probability: float
    label: str
    """The probability in words."""


@dataclass(frozen=True)
class Outcomes:
    """All outcomes of a question and their probabilities, the event first: one bar of parts that sum to one."""

    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Card:
    """A few words that answer one question at a glance, and a line that says what they are."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Cards:
    """Cards side by side."""

    cards: tuple[Card, ...]


@dataclass(frozen=True)
class Move:
    """Something that moved a forecast: by how many points, in which direction, and what it is."""

    points: str
    towards: bool
    title: Line
    note: Line = ()


@dataclass(frozen=True)
class Moves:
    """What moved a forecast, the farthest first."""

    caption: str
    moves: tuple[Move, ...]


@dataclass(frozen=True)
class Columns:
    """Blocks side by side where there is room, below each other where there is none."""

    columns: tuple[tuple[Block, ...], ...]


@dataclass(frozen=True)
class Fold:
    """Blocks that are shown when asked for; on paper if they are for `paper`."""

    title: str
    blocks: tuple[Block, ...]
    paper: bool = False


Block = (Paragraph | Notice | Heading | Figure | Table | Bullets | Listing | Outcomes | Cards | Moves | Columns | Fold)


@dataclass(frozen=True)
class Section:
    """A section; pages number theirs, and one without a title goes on where the last one ended."""

    id: str
    title: str
    blocks: tuple[Block, ...]
    short: str = ""
    """The title in a list of sections, where it is shorter."""


@dataclass(frozen=True)
class Page:
    """A whole page; what is empty is left out."""

    title: str
    subtitle: str = ""
    sections: tuple[Section, ...] = ()
    notices: tuple[Notice, ...] = ()
    head: tuple[Block, ...] = ()
    """What is read first, before any section."""
    links: Line = ()
    """Ways to other pages."""
    appendix: tuple[Section, ...] = ()
    """What is folded away, and told in a file of its own where nothing can be folded."""


def cell(*runs: Run) -> Cell:
    """A cell of one line."""
    return (runs,)


def row(*cells: Run | Cell, more: tuple[Line, ...] = (), total: bool = False) -> Row:
    """A row of cells, of which a plain one may be given as it is."""
    return Row(tuple(part if isinstance(part, tuple) else cell(part) for part in cells), more, total)
