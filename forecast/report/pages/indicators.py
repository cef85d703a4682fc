"""What `forecast watch` and `forecast breakeven` say: what to look for, and how wrong an item would have to be."""

from __future__ import annotations

from forecast.core.text import day, ratio
from forecast.report.page import Page, Paragraph, Section
from forecast.report.pages.checks import indicators
from forecast.report.words import Document, chance, event_of, name_of, quoted


def page(document: Document) -> Page:
    """The indicators of a forecast, by the information expected from looking.

    Parameters
    ----------
    document : dict
        What `report.document.asked` gives, with the `indicators`.
    """
    question = document["question"]
    subtitle = (f"As of {day(document['as_of'])}: {chance(event_of(document))} for “{name_of(document)}” by "
                f"{day(question['horizon'])}")
    return Page(quoted(question["title"]), subtitle, "", "", (),
                (Section("indicators", "", tuple(indicators(document))),))


def break_even_page(document: Document) -> Page:
    """The ratio of an item that would take a forecast to a target.

    Parameters
    ----------
    document : dict
        What `breakeven --json` prints, with the `title` of the item.
    """
    now = (f"By {day(document['by'])} the probability is {chance(document['probability'])}, at the stated ratio of "
           f"{ratio(document['stated'])}.")
    target = chance(document["target"])
    if document["ratio"] is None:
        found = f"No ratio between 1/1000 and 1000 takes it to {target}."
    else:
        found = f"A ratio of {ratio(document['ratio'])} would take it to {target}."
    said = Paragraph((f"{now} {found}",))
    return Page(quoted(document["title"]), "", "", "", (), (Section("ratio", "", (said,)),))
