"""Pages from the network: only what robots may read, only from public hosts, never more than a file may hold.

No other part of the program opens a connection.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urljoin, urlsplit

from forecast import __version__
from forecast.core.errors import ForecastError
from forecast.core.pages import web_address
from forecast.core.scalars import LARGEST
from forecast.workspace.cited.copies import Page

if TYPE_CHECKING:
    from urllib.robotparser import RobotFileParser

AGENT = "forecast-ledger"
"""What robots.txt may call us."""
TIMEOUT = 20.0
"""Seconds for which a server may say nothing."""
PATIENCE = 90.0
"""Seconds that a whole page may take."""
PAUSE = 1.0
"""Seconds between two requests to one host; more if its robots.txt asks for more."""

_LONGEST_PAUSE = 30.0
_MOST_HOPS = 6
_LARGEST_ROBOTS = 500 * 1024
_REDIRECTS = (301, 302, 303, 307, 308)
_BY_HAND = "save it in a browser, and keep it with --file"


class UnfetchedError(ForecastError):
    """A page that was not fetched; the message says why, and what to do instead."""


class Fetcher:
    """Fetches pages one after the other, with a pause between two of one host."""

    def __init__(self) -> None:
        from urllib import request

        self.opener = request.OpenerDirector()  # not build_opener, which would open files and FTP too
        for handler in (request.ProxyHandler(), request.UnknownHandler(), request.HTTPHandler(),
                        request.HTTPSHandler(), request.HTTPDefaultErrorHandler(), request.HTTPErrorProcessor()):
            self.opener.add_handler(handler)
        self.robots: dict[str, RobotFileParser | UnfetchedError] = {}
        self.last: dict[str, float] = {}

    def page(self, url: str) -> Page:
        """The page at an address; `UnfetchedError` if it may not or cannot be fetched."""
        from email.message import Message

        address = web_address(url)
        if address is None:
            raise UnfetchedError(f"{url}: is not an http or https address; keep a copy of it with --file")
        headers, content = self._get(address, LARGEST, as_robot=True)
        named = Message()
        named["content-type"] = headers.get("Content-Type", "")
        return Page(content, named.get_content_type() if named["content-type"] else "", "network",
                    named.get_content_charset() or "")

    def _get(self, address: str, largest: int, *, as_robot: bool) -> tuple[Any, bytes]:
        """Headers and body of what an address leads to."""
        from urllib.error import HTTPError, URLError

        try:
            with self._open(address, as_robot=as_robot) as response:
                return response.headers, _body(response, largest)
        except HTTPError as error:
            error.close()
            raise UnfetchedError(f"{address}: the server answers {error.code} {error.reason}; {_BY_HAND}") from error
        except URLError as error:
            raise UnfetchedError(f"{address}: cannot be reached ({_reason(error.reason)}); {_BY_HAND}, or try again"
                                 ) from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise UnfetchedError(f"{address}: cannot be read ({_reason(error)}); {_BY_HAND}, or try again") from None

    def _open(self, address: str, *, as_robot: bool) -> Any:
        """Follow an address to an answer; every address on the way is held against the same rules."""
        from urllib.error import HTTPError
        from urllib.request import Request

        for _ in range(_MOST_HOPS):
            self._refuse(address)
            rules = self._rules(address) if as_robot else None
            if rules is not None and not rules.can_fetch(AGENT, address):
                raise UnfetchedError(f"{address}: robots.txt of its host does not let programs read it; {_BY_HAND}")
            self._pause(address, rules)
            headers = {"User-Agent": f"{AGENT}/{__version__} (keeps copies of pages that an analyst cites)",
                       "Accept": "text/html, text/plain;q=0.9, application/pdf;q=0.8, */*;q=0.1"}
            try:
                return self.opener.open(Request(address, headers=headers), timeout=TIMEOUT)
            except HTTPError as error:
                if error.code not in _REDIRECTS or not error.headers.get("Location"):
                    raise
                error.close()
                # Many servers send it as it is spelt, in UTF-8; http.client reads its bytes as Latin-1.
                spelt = str(error.headers["Location"]).encode("latin-1", "replace")
                target = urljoin(address, quote(spelt.strip(), safe="/%:@!$&'()*+,;=~-._?#[]"))
                found = web_address(target)
                if found is None:
                    raise UnfetchedError(f"{address}: leads to {target[:200]}, which is not an http or https address; "
                                         f"{_BY_HAND}") from None
                address = found
        raise UnfetchedError(f"{address}: leads from address to address without an end; {_BY_HAND}")

    def _refuse(self, address: str) -> None:
        parts = urlsplit(address)
        if parts.username is not None or parts.password is not None:
            raise UnfetchedError(f"{address}: holds a name or a password; write the address without")
        if not is_public(parts.hostname or ""):
            raise UnfetchedError(f"{address}: is on this machine or in a private network; {_BY_HAND}")

    def _rules(self, address: str) -> RobotFileParser:
        """What the robots.txt of a host says; what cannot be read forbids all, what is not there allows all."""
        parts = urlsplit(address)
        host = f"{parts.scheme}://{parts.netloc}"
        if host not in self.robots:
            try:
                self.robots[host] = self._read_rules(f"{host}/robots.txt")
            except UnfetchedError as error:
                self.robots[host] = error
        found = self.robots[host]
        if isinstance(found, UnfetchedError):
            raise found
        return found

    def _read_rules(self, address: str) -> RobotFileParser:
        from urllib.error import HTTPError
        from urllib.robotparser import RobotFileParser

        rules = RobotFileParser()
        try:
            _, content = self._get(address, _LARGEST_ROBOTS, as_robot=False)
        except UnfetchedError as error:
            if not (isinstance(error.__cause__, HTTPError) and 400 <= error.__cause__.code < 500):
                raise
            content = b""
        rules.parse(content.decode("utf-8", "replace").splitlines())
        return rules

    def _pause(self, address: str, rules: RobotFileParser | None) -> None:
        host = urlsplit(address).netloc
        asked = rules.crawl_delay(AGENT) if rules is not None else None
        least = max(PAUSE, min(float(asked or 0), _LONGEST_PAUSE))
        if host in self.last and (left := self.last[host] + least - time.monotonic()) > 0:
            time.sleep(left)
        self.last[host] = time.monotonic()


def is_public(host: str) -> bool:
    """Whether every address of a host is one of the public network; also if none is known, as behind a proxy."""
    try:
        found = {str(entry[4][0]).partition("%")[0] for entry in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return True
    return all(_is_global(ipaddress.ip_address(address)) for address in found)


def _is_global(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    mapped = getattr(address, "ipv4_mapped", None) or address
    return bool(mapped.is_global and not mapped.is_multicast)


def _body(response: Any, largest: int) -> bytes:
    """What a server sends, if it is whole, comes in time, and is not too large."""
    if response.headers.get("Content-Encoding", "identity").lower() not in ("", "identity"):
        raise ValueError("it came packed, though that was not asked for")
    if response.status == http.client.PARTIAL_CONTENT:
        raise ValueError("only a part of it came, though that was not asked for")
    parts: list[bytes] = []
    size, until = 0, time.monotonic() + PATIENCE
    while part := response.read1(65536):
        parts.append(part)
        size += len(part)
        if size > largest:
            raise ValueError(f"it is larger than {largest / 2**20:.2g} MiB")
        if time.monotonic() > until:
            raise ValueError(f"it took longer than {PATIENCE:g} seconds")
    stated = response.headers.get("Content-Length", "")
    if stated.isdecimal() and size < int(stated):
        raise ValueError("it ended before it was whole")
    return b"".join(parts)


def _reason(error: object) -> str:
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    if isinstance(error, http.client.IncompleteRead):
        return "it ended before it was whole"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
