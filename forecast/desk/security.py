"""Who may talk to the desk: pages of the desk itself, under a name of this machine, and nobody else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Message, Receive, Send], Awaitable[None]]

_HEADERS = {
    # The page may talk to its own server alone: the browser itself refuses every other address.
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
                               "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
                               "form-action 'none'",
    "x-frame-options": "DENY", "x-content-type-options": "nosniff", "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin", "cache-control": "no-store",
}


class Guard:
    """Middleware that refuses requests of foreign pages, before the application sees them.

    The Host must be a loopback name with the desk's own port, so that a foreign name which was made to point to this
    machine (DNS rebinding) is of no use. The Origin, where there is one, must be the same page; whatever changes
    anything must have one, as every browser sends it. Programs of this machine can send what they like: the guard
    keeps out web pages and not other users of the machine.
    """

    def __init__(self, app: Asgi, port: int) -> None:
        self.app = app
        self.hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost")}
        self.headers = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it with 403."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] != "http" or not self.admits(scope):
            await _refuse(scope, receive, send)
        else:
            await self.app(scope, receive, self._sealed(send))

    def admits(self, scope: Message) -> bool:
        """Whether Host and Origin of a request are the desk's own."""
        hosts, origins = (_values(scope, name) for name in (b"host", b"origin"))
        if len(hosts) != 1 or hosts[0] not in self.hosts or len(origins) > 1:
            return False
        if not origins:
            return bool(scope["method"] in ("GET", "HEAD"))
        return origins[0] == f"http://{hosts[0]}"

    def _sealed(self, send: Send) -> Send:
        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *self.headers]
            await send(message)

        return sealed


def _values(scope: Message, name: bytes) -> list[str]:
    return [value.decode("latin-1").lower() for key, value in scope["headers"] if key.lower() == name]


async def _refuse(scope: Message, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        # Closing before accepting answers the handshake with 403.
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    await send({"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"This desk answers to its own page on this machine alone.\n"})
