"""The documents as a site: `make site`. Warnings are errors, so that no link between pages leads nowhere."""

import re
from pathlib import Path

from sphinx.application import Sphinx

from forecast import __version__

project = "forecast"
author = "The forecast-ledger authors"
copyright = author
release = __version__
extensions = ["myst_parser"]
exclude_patterns = ["_build"]
nitpicky = True
linkcheck_ignore = [r"https://example\.org/", r"http://127\.0\.0\.1"]

myst_heading_anchors = 3  # the anchors that GitHub makes, so that a link works in both places

html_theme = "pydata_sphinx_theme"
html_title = f"forecast {release}"
html_theme_options = {"show_toc_level": 2, "navigation_with_keys": False, "header_links_before_dropdown": 6}
html_sidebars = {"**": []}  # all pages are in the head
html_show_sourcelink = False


_LINK = re.compile(r"\[([^\]]+)\]\((\.\./[^)#\s]*)[^)]*\)")
_DOCS = Path(__file__).parent


def _name_outside(_: Sphinx, page: str, source: list[str]) -> None:
    """Name the files of the repository that are not on the site, where the repository itself links them."""

    def named(link: re.Match[str]) -> str:
        target = (_DOCS / page).parent.joinpath(link[2]).resolve()
        return link[0] if target.is_relative_to(_DOCS) else f"{link[1]} (`{target.relative_to(_DOCS.parent)}`)"

    source[0] = _LINK.sub(named, source[0])


def setup(app: Sphinx) -> None:
    """Connect the above."""
    app.connect("source-read", _name_outside)
