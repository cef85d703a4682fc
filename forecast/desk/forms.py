"""How values are typed: shown in boxes, read from them, and named. What is wrong is said in plain words.

A value is what a file states: a number, [low, stated, high], a duration such as 8w, a text; None where it is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from forecast.core.errors import ForecastError, did_you_mean

Texts = tuple[str, ...]
"""What stands in the boxes of an input."""

Fields = dict[str, Any]
"""What the page draws, as JSON."""

class Form(Protocol):
    """One way to type a value."""

    def texts(self, value: Any) -> Texts:
        """What stands in the boxes."""

    def read(self, texts: Texts, now: Any, base: Any, part: str) -> Any:
        """The value that is typed; `ForecastError` if there is none.

        `now` is what it was, `base` what the files state, `part` which box, or the slider, was moved.
        """

    def words(self, value: Any) -> str:
        """A value in a sentence."""

    def drawn(self, *known: Any) -> Fields:
        """What the page needs beside the texts, with the values that a slider has to stop at."""


@dataclass(frozen=True)
class Choice:
    """One of a few."""

    options: Mapping[Any, str]
    """Labels by value; None for what is left out."""
    few: bool = False
    """Whether all of them are shown side by side."""

    def texts(self, value: Any) -> Texts:
        """The chosen one."""
        return ("" if value is None else str(value),)

    def read(self, texts: Texts, now: Any, base: Any, part: str) -> Any:
        """The value that has this text."""
        for value in self.options:
            if texts == self.texts(value):
                return value
        known = did_you_mean(texts[0], self.options.values())
        raise ForecastError(f"{texts[0] or 'Nothing'} cannot be chosen; {known}")

    def words(self, value: Any) -> str:
        """Its label."""
        return self.options.get(value, str(value))

    def drawn(self, *known: Any) -> Fields:
        """The options."""
        return {"type": "few" if self.few else "choice",
                "options": [["" if key is None else str(key), label] for key, label in self.options.items()]}


@dataclass(frozen=True)
class Switch:
    """On or off; on is what it is by default, and left out."""

    off: Any = False
    """The value of what is off."""

    def texts(self, value: Any) -> Texts:
        """on or off."""
        return ("off" if value == self.off else "on",)

    def read(self, texts: Texts, now: Any, base: Any, part: str) -> Any:
        """What stands for off; for on the base's value, or nothing."""
        if texts[0] == "off":
            return self.off
        return base if self.texts(base) == ("on",) else None

    def words(self, value: Any) -> str:
        """On or off."""
        return self.texts(value)[0]

    def drawn(self, *known: Any) -> Fields:
        """A switch."""
        return {"type": "switch"}


@dataclass(frozen=True)
class Line:
    """A text on one line, read and shown by two functions; nothing typed leaves the value out."""

    show: Callable[[Any], str]
    parse: Callable[[str], Any]
    example: str = ""
    nothing: str = "none"

    def texts(self, value: Any) -> Texts:
        """What the file states, as it is typed."""
        return ("" if value is None else self.show(value),)

    def read(self, texts: Texts, now: Any, base: Any, part: str) -> Any:
        """The value; None for nothing."""
        typed = texts[0].strip()
        return base if texts == self.texts(base) else self.parse(typed) if typed else None

    def words(self, value: Any) -> str:
        """As it is typed."""
        return self.texts(value)[0] or self.nothing

    def drawn(self, *known: Any) -> Fields:
        """A box with an example in it."""
        return {"type": "line", "example": self.example}
