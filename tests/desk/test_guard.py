"""Nobody but the page itself, on this machine, opens a session."""

from __future__ import annotations

import base64
import socket
from pathlib import Path

import pytest

from tests.desk.conftest import Desk

pytestmark = pytest.mark.slow


def answer(port: int, host: str | None, origin: str | None, socket_asked: bool) -> int:
    """Status of a raw request, without any client that would mend its headers."""
    lines = [f"GET {'/_stcore/stream' if socket_asked else '/'} HTTP/1.1", "Connection: close"]
    lines += [f"Host: {host}"] if host is not None else []
    lines += [f"Origin: {origin}"] if origin is not None else []
    if socket_asked:
        key = base64.b64encode(b"sixteen bytes key").decode()
        lines[1] = "Connection: Upgrade"
        lines += ["Upgrade: websocket", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key[:22]}=="]
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        return int(connection.recv(100).split()[1])


@pytest.mark.parametrize("socket_asked", [False, True])
def test_a_foreign_host_is_refused_whatever_its_origin_says(desk: Desk, socket_asked: bool) -> None:
    own = f"127.0.0.1:{desk.port}"
    for host in ("evil.example", f"evil.example:{desk.port}", "127.0.0.1", f"127.0.0.1.evil.example:{desk.port}",
                 f"127.0.0.1:{desk.port + 1}", f"[::1]:{desk.port}", ""):
        assert answer(desk.port, host, None, socket_asked) in (400, 403)
        assert answer(desk.port, host, f"http://{host}", socket_asked) in (400, 403)
        assert answer(desk.port, host, f"http://{own}", socket_asked) in (400, 403)


def test_a_foreign_origin_opens_no_session(desk: Desk) -> None:
    own = f"127.0.0.1:{desk.port}"
    for origin in ("http://evil.example", "null", f"https://{own}", f"http://127.0.0.1:{desk.port + 1}",
                   "http://localhost", f"http://localhost:{desk.port}", f"http://{own}.evil.example", None):
        assert answer(desk.port, own, origin, True) == 403


def test_the_page_itself_is_let_in(desk: Desk) -> None:
    for name in ("127.0.0.1", "localhost"):
        own = f"{name}:{desk.port}"
        assert answer(desk.port, own, None, False) == 200
        assert answer(desk.port, own, f"http://{own}", True) == 101


def test_the_port_is_bound_to_loopback_only(desk: Desk) -> None:
    rows = [line.split() for name in ("tcp", "tcp6") for line in
            Path(f"/proc/net/{name}").read_text().splitlines()[1:]]
    listening = {row[1].split(":")[0] for row in rows if row[3] == "0A" and int(row[1].split(":")[1], 16) == desk.port}
    assert listening == {"0100007F"}
