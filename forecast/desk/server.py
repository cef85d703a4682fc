"""The desk as a web application: three files, and three questions that its page asks."""

from __future__ import annotations

import json
import secrets
from collections import OrderedDict
from pathlib import Path
from threading import Lock
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from forecast.core.errors import ForecastError
from forecast.desk.page.page import Page, shell, style
from forecast.desk.security import Guard

MOST_PAGES = 12
"""Pages that are kept; the one that was used longest ago goes first, and one with unsaved changes last."""

LARGEST = 100_000
"""Bytes of a message."""

Answer = dict[str, Any]

_GONE: Answer = {"gone": True}
"""The page is not there: the desk was started again, or has let it go for others."""


class Desk:
    """The pages that are open on a workspace."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._pages: OrderedDict[str, Page] = OrderedDict()
        self._lock = Lock()

    def open(self, message: Answer) -> Answer:
        """Open a page, or go on with one that is there: a page that is loaded again loses nothing."""
        token = str(message.get("token") or "")
        with self._lock:
            page = self._pages.get(token)
            if page is None:
                token = secrets.token_urlsafe(16)
                asked = message.get("as_of")
                page = self._pages[token] = Page(self.root, str(asked) if asked else None)
                while len(self._pages) > MOST_PAGES:
                    self._let_go(token)
            return self._answer(page, -1) | {"token": token}

    def _let_go(self, new: str) -> None:
        """Forget another page than the new one."""
        others = [token for token in self._pages if token != new]
        unchanged = (token for token in others if not self._pages[token].sitting.is_changed)
        del self._pages[next(unchanged, others[0])]

    def do(self, message: Answer) -> Answer:
        with self._lock:
            page = self._page(message)
            if page is None:
                return _GONE
            page.act(message)
            return self._answer(page, _turn(message))

    def later(self, message: Answer) -> Answer:
        """What takes longer, and what has changed in the files; meanwhile the page can be used."""
        with self._lock:
            page = self._page(message)
            if page is None:
                return _GONE
            what, acts = page.begin(), page.acts
        if what is not None:
            what.run(lambda: page.acts == acts)
        with self._lock:
            if what is not None:
                page.end(what)
            return self._answer(page, _turn(message))

    def _page(self, message: Answer) -> Page | None:
        token = str(message.get("token") or "")
        if token in self._pages:
            self._pages.move_to_end(token)
        return self._pages.get(token)

    @staticmethod
    def _answer(page: Page, seen: int) -> Answer:
        parts = page.changed(seen)
        return {"parts": parts, "turn": page.turn, "settled": page.settled}


def _turn(message: Answer) -> int:
    """The last answer that the browser has taken."""
    turn = message.get("turn")
    return turn if isinstance(turn, int) else -1


def application(root: Path, port: int) -> Starlette:
    """The desk of a workspace, whose page may talk to it under one port."""
    desk = Desk(root)
    script = Path(__file__).with_name("templates").joinpath("desk.js").read_text(encoding="utf-8")
    files = {"/": HTMLResponse(shell()), "/desk.css": Response(style(), media_type="text/css"),
             "/desk.js": Response(script, media_type="text/javascript")}
    routes = [Route(path, response, methods=["GET"]) for path, response in files.items()]
    asked = {"/open": desk.open, "/do": desk.do, "/later": desk.later}
    routes += [Route(path, _answered(work), methods=["POST"]) for path, work in asked.items()]
    return Starlette(routes=routes, middleware=[Middleware(Guard, port=port)])


def _answered(work: Any) -> Any:
    async def answer(request: Request) -> Response:
        message = _message(await _body(request))
        if message is None:
            return JSONResponse({"fault": "This is not a message of the desk's page"}, status_code=400)
        try:
            return JSONResponse(await run_in_threadpool(work, message))
        except ForecastError as error:
            return JSONResponse({"fault": str(error)})
        except Exception as error:  # the page says it, in the words of the command line
            return JSONResponse({"fault": f"A fault of the program, not of your files ({type(error).__name__}: "
                                          f"{error}). Nothing was written; load the page again."})

    return answer


async def _body(request: Request) -> bytes:
    """What was sent; of what is too large to be a message, no more than shows that."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            break
    return body


def _message(body: bytes) -> Answer | None:
    """The object that a page sent; None if it is none."""
    try:
        message = json.loads(body) if len(body) <= LARGEST else None
        json.dumps(message, ensure_ascii=False).encode()  # half a letter could be neither shown nor written
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None
