"""What one page shows, and what stands in its boxes: nothing of it bears on a forecast."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from forecast.desk.edits import Edits
from forecast.records.types import Steps
from forecast.workspace.editing import Proposal

TABS = {"items": "Items", "sources": "Sources", "prior": "Outside view", "model": "Model", "indicators": "Indicators"}
"""The parts of the left column."""

SAVES = {"files": "Change the files", "scenario": "Save as a scenario"}
"""What can be done with what is on the desk."""


@dataclass(frozen=True)
class Offer:
    """A change of files that is shown, and waits for a yes."""

    proposal: Proposal
    edits: Edits
    """What was on the desk when it was made; once that is another, it is made anew."""
    who: str


@dataclass
class View:
    """The state of a page beside the sitting."""

    tab: str = "items"
    chosen: Steps | None = None
    """The record in the drawer."""
    sort: str = "date"
    descending: bool = True
    order: list[str] = field(default_factory=list)
    """The items as the table had them last: a drawer leads to its neighbours there."""
    typed: dict[str, dict[str, str]] = field(default_factory=dict)
    """What was typed and refused, by input and box; it stays until it fits or is taken back."""
    errors: dict[str, str] = field(default_factory=dict)
    """What is wrong with it; also with forms, by their names."""
    anchor: tuple[str, str, Any] = ("", "", None)
    """The gesture that is being made, the input that it moves, and what that was before."""
    beside: list[str] = field(default_factory=list)
    """Scenarios that are laid beside the desk."""
    saving: str | None = None
    """What the panel for saving shows; None if it is shut."""
    seating: bool = False
    """Whether the form for another analyst is open."""
    forms: dict[str, str] = field(default_factory=dict)
    """What stands in the boxes of forms."""
    offer: Offer | None = None
    said: str = ""
    """What was done last."""

    def anchored(self, gesture: str, name: str, now: Any) -> Any:
        """What an input was before the gesture that moves it: low and high follow from there, not from each key."""
        if not gesture or self.anchor[:2] != (gesture, name):
            self.anchor = gesture, name, now
        return self.anchor[2]

    def forget(self, name: str) -> None:
        """Let go of what was refused for an input."""
        self.typed.pop(name, None)
        self.errors.pop(name, None)
