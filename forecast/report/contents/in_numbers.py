"""A forecast in numbers alone: what `forecast update --json` prints, without loading what pages need."""

from __future__ import annotations

from forecast.analysis.crowd import CrowdStudy
from forecast.analysis.headline import Headline, headline_fields
from forecast.engine.forecast import Forecast


class UpdateHeadline(Headline):
    """What `forecast update --json` prints."""

    crowd: CrowdStudy | None


def update_headline(forecast: Forecast, crowd: CrowdStudy | None) -> UpdateHeadline:
    """A forecast in numbers, with what others say beside it."""
    return UpdateHeadline(**headline_fields(forecast), crowd=crowd)
