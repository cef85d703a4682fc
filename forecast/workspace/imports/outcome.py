"""What an import has to say: what it made, what went where, and what could not be read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from forecast.core.text import counted, shortened
from forecast.records.result import Result

_TOLD = 8
"""Lines of each kind that are shown; the JSON has all."""


class Remark(Result):
    """What an import has to say of one place in the file."""

    where: str
    field: str
    what: str


class NewSource(Result):
    """A source that the workspace does not have."""

    id: str
    name: str
    grade: str | None
    """The grade that the file states; None if it states none, or several."""


class Imported(Result):
    """What an import made, and what went where."""

    files: tuple[str, ...]
    """The files of drafts, relative to the workspace."""
    format: str
    drafts: dict[str, str]
    """Ids of the drafts, and from where in the file each is."""
    fields: dict[str, str]
    """From which columns the fields were taken."""
    noted: tuple[str, ...]
    """What is no field, and was put into the notes."""
    unread: tuple[Remark, ...]
    """What could not be read as a field; it is in the note of its draft, word for word."""
    known: tuple[Remark, ...]
    """What is here already."""
    skipped: tuple[Remark, ...]
    """What became no draft because it is here already."""
    sources: tuple[NewSource, ...]
    left_out: tuple[str, ...]
    """What of the file is not in the drafts, and why."""

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield (f"{', '.join(self.files) or 'nothing written'}: {counted(len(self.drafts), 'draft')} from {self.format}"
               + ("; give each an encoding and a rationale, and move it to an evidence file" if self.files else ""))
        if renamed := [f"{name} from {column}" for name, column in self.fields.items() if name != column]:
            yield f"taken: {', '.join(renamed)}"
        if self.noted:
            yield f"in the notes: {', '.join(self.noted)}"
        yield from _listed("not read, and left in the notes word for word", self.unread)
        yield from _listed("here already", self.known)
        yield from _listed("no draft, since it is here already", self.skipped)
        if self.sources:
            names = [f"{each.id}{f' ({each.grade})' if each.grade else ''}" for each in self.sources]
            heads = "heads of the files" if len(self.files) > 1 else "head of the file"
            yield f"new sources, listed at the {heads} for priors/sources.yaml: {shortened(names, _TOLD)}"
        yield from (f"not in the drafts: {what}" for what in self.left_out)


def _listed(title: str, remarks: Sequence[Remark]) -> Iterator[str]:
    if remarks:
        yield f"{title}:"
        yield from (f"  {each.where}: {each.field}: {each.what}" for each in remarks[:_TOLD])
    if len(remarks) > _TOLD:
        yield f"  and {len(remarks) - _TOLD:,} more; --json lists all"
