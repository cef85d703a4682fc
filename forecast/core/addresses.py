"""Addresses of pages: when two are one page's, and whose they are."""

from __future__ import annotations

import re
from contextlib import suppress
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

_CAMPAIGN = re.compile(r"(utm_.*|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_[ce]id|_ga)$", re.IGNORECASE)
"""Parts of an address that say who sent the reader, not what is read."""


def page_of(url: str) -> str:
    """What tells one page from another: an address without its scheme, www., marks of campaigns, last slash and #…."""
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").rstrip(".").removeprefix("www."), parts.port
    except ValueError:
        return url.strip()
    if not host:
        return url.strip()
    with suppress(UnicodeError):
        host = host.encode("idna").decode()
    asked = sorted(pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _CAMPAIGN.match(pair[0]))
    shown_port = "" if port in (None, 80, 443) else f":{port}"
    return f"{host}{shown_port}{unquote(parts.path).rstrip('/')}{'?' + urlencode(asked) if asked else ''}"


def host_of(url: str) -> str:
    """The host of an address without www.; empty if it has none."""
    try:
        return (urlsplit(url.strip()).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def web_address(url: str | None) -> str | None:
    """An address that may become a link: http or https, with a host; percent-encoded where it is not ASCII."""
    if not url or not url.isprintable() or re.search(r"[\s<>\"'`{}|\\^\[\]]", url):
        return None
    try:
        parts = urlsplit(url)
        if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
            return None
        host = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode()
        return urlunsplit((parts.scheme, host, quote(parts.path, safe="/%:@!$&()*+,;=~-._"),
                           quote(parts.query, safe="/%:@!$&()*+,;=~-._?"),
                           quote(parts.fragment, safe="/%:@!$&()*+,;=~-._?")))
    except (ValueError, UnicodeError):
        return None
