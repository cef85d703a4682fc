"""Charts of probabilities side by side: yardstick, hypotheses, sources, prior components, indicators, past cases."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from typing import Any

from forecast.core import text as wording
from forecast.core.text import signed
from forecast.report.charts.rowed import MOST, hover, percent_axis, reference_line
from forecast.report.charts.style import AWAY, EVENT, INK, LINE, MUTED, PAPER, PRIOR, Chart, Records, finish, plot, rows
from forecast.report.words import (
    Document,
    band,
    chance,
    component_label,
    counted,
    event_of,
    name_of,
    quoted,
    short,
)
from forecast.workspace.csv_tables import past_cases as read_past_cases


def yardstick(document: Document, width: int) -> Chart:
    """The probability on the ICD 203 scale of likelihood."""
    import altair as alt

    p, (low, high) = event_of(document), document["band"]
    edges = [*wording.EDGES, 1.0]
    here = wording.term(p)
    parts = [{"a": a, "b": b, "tone": EVENT if name == here else LINE, "term": name, "light": 0.55,
              "range": f"{100 * a:.0f}–{100 * b:.0f} %"}
             for (a, name), b in zip(wording.TERMS, edges[1:], strict=True)]
    scale = alt.Scale(domain=[0, 1], range=[2, width - 2], nice=False)
    axis = alt.Axis(title=None, values=edges[1:-1], domain=False, grid=False, labelOverlap=False,
                    labelExpr="format(100 * datum.value, '.0f') + ' %'")
    y = alt.Y("y:Q", scale=alt.Scale(domain=[0, 54], range=[0, 54]), axis=None)
    base = plot([
        {"p": p, "low": low, "high": high, "label": f"{here}: {chance(p)}", "y": 40, "top": 12}]).encode(y=y)
    x = alt.X("p:Q", scale=scale)
    layers = [
        plot(parts).mark_bar(height=12, stroke=PAPER, strokeWidth=2, opacity=0.6).encode(
            x=alt.X("a:Q", scale=scale, axis=axis), x2="b:Q", y=alt.value(40), color=alt.Color("tone:N", scale=None),
            tooltip=[alt.Tooltip("term:N", title="Term"), alt.Tooltip("range:N", title="Stands for")]),
        base.mark_rule(color=INK, strokeWidth=2).encode(x=alt.X("low:Q", scale=scale), x2="high:Q"),
        base.mark_point(color=EVENT, filled=True, size=130, opacity=1, stroke=INK, strokeWidth=1.5).encode(x=x),
        base.mark_text(align="left" if p < 0.25 else "right" if p > 0.75 else "center", fontSize=13,
                       fontWeight="bold").encode(x=x, y=alt.Y("top:Q"), text="label:N")]
    return finish(layers, f"How likely it is by {short(document['question']['horizon'])}: "
                  f"{name_of(document)}", "The seven terms of likelihood of ICD 203. Dot: forecast. Line: 5–95 % band, "
                  f"{band((low, high))}.", width, (width, 54))


def _dumbbells(labels: Sequence[tuple[str, str]], values: Sequence[dict[str, Any]], width: int, titles: tuple[str, str],
               axis: str, names: tuple[str, str], reference: float | None = None) -> Chart:
    """Rows with a hollow dot (`before`) and a filled one (`after`) on an axis of probability.

    Parameters
    ----------
    labels : sequence of (label, note)
        One for each row.
    values : sequence of dict
        `before` and `after`; `label` and `tone` where they are not the usual ones.
    width : int
        Width of the chart in pixels.
    titles : (title, subtitle)
        What the chart shows, and how to read it.
    axis : str
        Title of the axis.
    names : (before, after)
        What the two dots are called.
    reference : float, optional
        A probability at which a dotted line stands.
    """
    import altair as alt

    layout = rows(labels, width, 84)
    placed = layout.place({
        "what": label, "was": chance(row["before"]), "now": chance(row["after"]), "label": chance(row["after"]),
        "edge": max(row["before"], row["after"]), "tone": EVENT if row["after"] >= row["before"] else AWAY, **row}
        for (label, _), row in zip(labels, values, strict=True))
    x = percent_axis(layout, axis)
    base = plot(placed).encode(y=layout.y("y"))
    colour = alt.Color("tone:N", scale=None)
    lines = [] if reference is None else [reference_line(placed, layout, x, reference, strokeDash=[2, 3])]
    layers = [
        *lines,
        base.mark_rule(strokeWidth=3, opacity=0.5).encode(x=x("before"), x2="after:Q", color=colour),
        base.mark_point(filled=True, size=70, opacity=1, color=PAPER, stroke=PRIOR, strokeWidth=2).encode(
            x=x("before")),
        base.mark_point(filled=True, size=90, opacity=1).encode(x=x("after"), color=colour),
        base.mark_text(align="left", dx=9).encode(x=x("edge"), text="label:N"),
        layout.labels(), hover(placed, layout, width, what="Row", was=names[0], now=names[1])]
    return finish(layers, *titles, width, (width, layout.height))


def hypotheses(document: Document, width: int) -> Chart:
    """Each hypothesis, before and after the evidence."""
    names, event = document["question"]["names"], document["question"]["event"]
    values = [{"before": document["prior"][h], "after": p} for h, p in document["hypotheses"].items()]
    labels = [(quoted(names[h]), "the event" if h == event else "alternative") for h in document["hypotheses"]]
    return _dumbbells(labels, values, width, (
        f"What the evidence does to each hypothesis, as of {short(document['as_of'])}",
        "Hollow: without evidence. Filled, with number: with it."),
        f"Probability, % (of the event: by {short(document['question']['horizon'])})", ("Without evidence", "Forecast"))


def sources(document: Document, width: int) -> Chart | None:
    """Reliability of each source that speaks: as given, and as the evidence leaves it."""
    used = [row for row in document["reliability"] if row["items"]]
    if not used:
        return None
    used.sort(key=lambda row: (-abs(row["posterior"] - row["prior"]), row["id"]))
    labels = [(quoted(row["name"]), f"grade {row['grade']}, {counted(row['items'], 'item')}") for row in used[:MOST]]
    more = f" The {MOST} that changed most of {len(used)}." if len(used) > MOST else ""
    return _dumbbells(labels, [_source(row) for row in used[:MOST]], width, (
        f"What sources have earned and lost, as of {short(document['as_of'])}",
        "Hollow: reliability by grade and record. Filled, with number: as the evidence leaves it, and the change in "
        f"points.{more}"), "Reliability, %", ("By grade and record", "Now"))


def _source(row: dict[str, Any]) -> dict[str, Any]:
    moved = 100 * (row["posterior"] - row["prior"])
    change = signed(moved, 1)
    return {"before": row["prior"], "after": row["posterior"], "was": wording.percent(row["prior"]),
            "now": f"{wording.percent(row['posterior'])} ({change} points)",
            "label": f"{wording.percent(row['posterior'])} ({change})",
            "tone": MUTED if round(moved, 1) == 0 else EVENT if moved > 0 else AWAY}


def components(document: Document, width: int) -> Chart:
    """What each prior component would say alone, before and after the evidence."""
    parts = document["components"]
    labels = [("All together", "weights as stated"),
              *((component_label(part), f"weight {100 * part['weight']:.0f} %, alone") for part in parts)]
    values = [{"before": document["prior"][document["question"]["event"]], "after": event_of(document)},
              *({"before": part["prior"], "after": part["posterior"]} for part in parts)]
    return _dumbbells(labels, values, width, (
        f"What each part of the prior would say alone, as of {short(document['as_of'])}",
        "Hollow: without evidence. Filled, with number: with it."),
        f"Probability of the event by {short(document['question']['horizon'])}, %",
        ("Without evidence", "With the evidence"))


def indicators(document: Document, width: int) -> Chart | None:
    """What seeing, or not seeing, each indicator would do."""
    listed = document["indicators"][:MOST]
    if not listed:
        return None
    labels = [(quoted(row["title"]), f"by {short(row['by'])}; chance of being seen {wording.percent(row['chance'])}")
              for row in listed]
    return _dumbbells(labels, [{"before": row["if_not_seen"], "after": row["if_seen"]} for row in listed], width, (
        f"What would change our mind: {name_of(document)}",
        f"Filled, with number: the forecast if it is seen. Hollow: if it is not. Dotted line: now, "
        f"{chance(event_of(document))}. The most telling first."),
        f"Probability of the event by {short(document['question']['horizon'])}, %", ("If not seen", "If seen"),
        event_of(document))


OUTCOMES = {"event": ("the event came", "circle", EVENT, EVENT), "ended": ("ended without it", "square", PAPER, MUTED),
            "censored": ("still open", "triangle-right", PAPER, MUTED)}
"""How past cases end: in words, and the shape, fill and line of their mark."""


def reference_class(document: Document, place: int, width: int) -> Chart | None:
    """The past cases of one prior component: how long each was followed, how it ended, what it weighs."""
    import altair as alt

    everything = past_cases(document, place)
    if not everything:
        return None
    cases = sorted(everything, key=lambda case: (-case["weight"], case["weeks"], case["case"]))[:2 * MOST]
    layout = rows([(case["case"], "") for case in cases], width, 24, space=3)
    placed = layout.place(_drawn(case, cases[0]["weight"]) for case in cases)
    scale = alt.Scale(type="sqrt", domain=[0, max(case["weeks"] for case in cases)],
                      range=[layout.left + 8, layout.right], nice=False)
    axis = alt.Axis(title="Weeks followed (square-root scale)", tickCount=6, domain=False, ticks=False)
    base = plot(placed).encode(y=layout.y("y"))
    layers = [
        base.mark_rule(opacity=0.55).encode(x=alt.X("zero:Q", scale=scale, axis=axis), x2="weeks:Q",
                                            size=alt.Size("thick:Q", scale=None, legend=None),
                                            color=alt.Color("tone:N", scale=None)),
        base.mark_point(filled=True, opacity=1, strokeWidth=1.5).encode(
            x=alt.X("weeks:Q", scale=scale, axis=axis), size=alt.Size("size:Q", scale=None, legend=None),
            shape=alt.Shape("shape:N", scale=None, legend=None), fill=alt.Fill("fill:N", scale=None),
            stroke=alt.Stroke("tone:N", scale=None)),
        layout.labels(), hover(placed, layout, width, case="Case", long="Followed", end="Outcome", share="Weight")]
    weights = {kind: sum(case["weight"] for case in everything if case["outcome"] == kind) for kind in OUTCOMES}
    more = f" The {len(cases)} heaviest of {len(everything)}." if len(everything) > len(cases) else ""
    return finish(layers, "The past cases behind the prior, with their weights",
                  f"Disc: the event came (together weight {weights['event']:.3g}). Square: ended without it "
                  f"({weights['ended']:.3g}). Triangle: still open ({weights['censored']:.3g}). The thicker, the more "
                  f"a case weighs.{more}", width, (width, layout.height))


def _drawn(case: dict[str, Any], heaviest: float) -> dict[str, Any]:
    words, shape, fill, tone = OUTCOMES[case["outcome"]]
    share = case["weight"] / heaviest if heaviest > 0 else 0.0
    return case | {"zero": 0.0, "size": 30 + 110 * share, "thick": 1 + 4 * share, "end": words, "shape": shape,
                   "fill": fill, "tone": tone, "share": f"{case['weight']:g}", "long": counted(case["weeks"], "week")}


def past_cases(document: Document, place: int) -> Records:
    """The past cases of a prior component, from the stored input; none if it is no reference class."""
    part = document["components"][place]
    if part["kind"] != "reference_class":
        return []
    path = posixpath.normpath(f"priors/{part['stated']['file']}")
    stored = document.get("provenance", {}).get("inputs", {}).get(path)
    if stored is None:
        return []
    cases, _ = read_past_cases(stored["text"].encode())
    return [{"case": quoted(case.case), "weeks": case.weeks, "outcome": case.outcome, "weight": case.weight}
            for case in cases]
