"""Nobody but the page itself, on this machine, opens a session."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.project.desk.conftest import Desk

pytestmark = pytest.mark.slow


def answer(port: int, host: str | None, origin: str | None, path: str = "/") -> int:
    """Status of a raw request, without any client that would mend its headers; only questions are posted."""
    lines = [f"{'GET' if path == '/' else 'POST'} {path} HTTP/1.1", "Connection: close", "Content-Length: 2"]
    lines += [f"Host: {host}"] if host is not None else []
    lines += [f"Origin: {origin}"] if origin is not None else []
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n{}").encode())
        return int(connection.recv(100).split()[1])


@pytest.mark.parametrize("path", ["/", "/open", "/do", "/later"])
def test_a_foreign_host_is_refused_whatever_its_origin_says(desk: Desk, path: str) -> None:
    own = f"127.0.0.1:{desk.port}"
    for host in ("evil.example", f"evil.example:{desk.port}", "127.0.0.1", f"127.0.0.1.evil.example:{desk.port}",
                 f"127.0.0.1:{desk.port + 1}", f"[::1]:{desk.port}", ""):
        assert answer(desk.port, host, None, path) in (400, 403)
        assert answer(desk.port, host, f"http://{host}", path) in (400, 403)
        assert answer(desk.port, host, f"http://{own}", path) in (400, 403)


@pytest.mark.parametrize("path", ["/open", "/do", "/later"])
def test_a_foreign_origin_is_not_answered(desk: Desk, path: str) -> None:
    own = f"127.0.0.1:{desk.port}"
    for origin in ("http://evil.example", "null", f"https://{own}", f"http://127.0.0.1:{desk.port + 1}",
                   "http://localhost", f"http://localhost:{desk.port}", f"http://{own}.evil.example", None):
        assert answer(desk.port, own, origin, path) == 403


def test_the_page_itself_is_let_in(desk: Desk) -> None:
    for name in ("127.0.0.1", "localhost"):
        own = f"{name}:{desk.port}"
        assert answer(desk.port, own, None) == 200
        assert answer(desk.port, own, f"http://{own}", "/open") == 200


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"open"', b"x" * 200_000, b"[" * 50_000,
                                  b'{"do": "fill", "id": "story", "text": "half a letter: \\ud83d"}'])
def test_what_no_page_of_the_desk_sends_is_refused_in_words(desk: Desk, body: bytes) -> None:
    own = f"http://127.0.0.1:{desk.port}"
    with pytest.raises(HTTPError) as raised:
        urlopen(Request(f"{own}/do", body, {"origin": own}))
    assert raised.value.code == 400
    assert "not a message" in json.loads(raised.value.read())["fault"]


def test_a_page_that_goes_away_amid_a_message_leaves_the_desk_as_it_was(desk: Desk) -> None:
    own = f"127.0.0.1:{desk.port}"
    with socket.create_connection(("127.0.0.1", desk.port), timeout=10) as connection:
        head = f"POST /do HTTP/1.1\r\nHost: {own}\r\nOrigin: http://{own}\r\nContent-Length: 9\r\n\r\n"
        connection.sendall(f"{head}{{".encode())
    assert answer(desk.port, own, f"http://{own}", "/open") == 200, "and no traceback, which the fixture looks for"


def test_the_port_is_bound_to_loopback_only(desk: Desk) -> None:
    rows = [line.split() for name in ("tcp", "tcp6") for line in
            Path(f"/proc/net/{name}").read_text().splitlines()[1:]]
    listening = {row[1].split(":")[0] for row in rows if row[3] == "0A" and int(row[1].split(":")[1], 16) == desk.port}
    assert listening == {"0100007F"}
