"""What others say, in words: beside ours, never mixed with it."""

from __future__ import annotations

from datetime import date

from forecast.analysis.crowd import CrowdStudy, Pooled, Said
from forecast.core.text import chance, listed, percent, short
from forecast.report.page import Block, Line, Paragraph, Strong
from forecast.report.pages import findings
from forecast.report.words import crowd_name

MOST = 5
"""Series of others that are shown."""


def said(crowd: CrowdStudy | None, horizon: date) -> list[Block]:
    """What each of them said last, and what we say; nothing if there is nothing."""
    rows = crowd.said if crowd is not None else ()
    lines = [_said(row, horizon) for row in rows[:MOST]]
    if len(rows) > MOST:
        lines.append(f"{len(rows) - MOST} more in forecast.json.")
    return [findings.bullets(lines)] if len(lines) > 1 else [Paragraph((line,)) for line in lines]


def _said(row: Said, horizon: date) -> str:
    day, probability = row.last
    subject = "" if row.by == horizon else f"By {short(row.by)}: "
    return f"{subject}{crowd_name(row.name)} said {percent(probability)} on {short(day)}; we say {chance(row.ours)}."


def pooled(crowd: CrowdStudy | None, horizon: date) -> list[Line]:
    """Ours pooled with theirs, and how; nothing unless the question asks for it."""
    return [(Strong("With others. "), _pooled(row, horizon)) for row in (crowd.pooled if crowd is not None else ())]


def _pooled(row: Pooled, horizon: date) -> str:
    names = listed([crowd_name(name) for name in row.weights])
    weights = listed([f"{weight:g}" for weight in row.weights.values()])
    start = "Pooled" if row.by == horizon else f"By {short(row.by)}, pooled"
    return (f"{start} with {names} in log odds, weight{'s' if len(row.weights) > 1 else ''} {weights}: "
            f"{chance(row.probability)}. Our forecast stays {chance(row.ours)}.")
