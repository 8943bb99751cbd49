"""The web server around the script: what starts and ends with it, and the headers every answer carries."""

from __future__ import annotations

import re
import secrets
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request, cookie_parser
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.playground import Playground

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

OWNER_COOKIE = "playground_owner"
_OWNER = re.compile(r"^[A-Za-z0-9_-]{24,64}$")
_HOST = re.compile(r"^[A-Za-z0-9.\-:\[\]]{1,255}$")


def serving(opened: Callable[[], Playground]) -> Callable[[object], AbstractAsyncContextManager[None]]:
    """The server's lifespan: says on the console what is wrong with the settings, warms up, ends the children."""

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        playground = opened()
        for line in console_lines(playground):
            sys.stderr.write(line + "\n")
        threading.Thread(target=playground.warm, name="warm-up", daemon=True).start()
        yield
        playground.close()

    return lifespan


def console_lines(playground: Playground) -> list[str]:
    settings = playground.settings
    return [*(f"{p.message} {p.remedy}" for p in settings.problems), *settings.warnings]


def routes() -> Sequence[Route]:
    return [Route("/readyz", _ready)]


async def _ready(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


def content_security_policy(host: str) -> str:
    """Nothing may be fetched from, or sent to, anywhere but this server: model text is not to be trusted.

    Streamlit's own bundle needs inline and evaluated scripts; what holds is that no outside host is named.
    """
    sockets = f" ws://{host} wss://{host}" if _HOST.match(host) else ""
    return "; ".join(
        (
            "default-src 'self'",
            "img-src 'self' data: blob:",
            f"connect-src 'self'{sockets}",
            "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
            "style-src 'self' 'unsafe-inline'",
            "font-src 'self' data:",
            "worker-src 'self' blob:",
            "media-src 'self' blob: data:",
            "frame-src 'self' blob: data:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'self'",
        )
    )


class SafeHeaders:
    """Adds the security headers to every response."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        policy = content_security_policy(Headers(scope=scope).get("host", ""))

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = policy
                headers["Referrer-Policy"] = "no-referrer"
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        return await self.app(scope, receive, with_headers)


class OwnerCookie:
    """Gives each browser an unguessable name of its own with the first page it loads.

    Answers belong to that name, so a reload finds them again and nobody else can. HttpOnly: no script reads it.
    """

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or is_owner(_owner(scope)):
            return await self.app(scope, receive, send)

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append("Set-Cookie", _cookie(secure=scope.get("scheme") == "https"))
            await send(message)

        return await self.app(scope, receive, with_cookie)


def is_owner(value: object) -> bool:
    """Whether it can be a name this server gave: nobody may choose an easy one."""
    return isinstance(value, str) and _OWNER.match(value) is not None


def _owner(scope: Scope) -> str:
    return cookie_parser(Headers(scope=scope).get("cookie", "")).get(OWNER_COOKIE, "")


def _cookie(*, secure: bool) -> str:
    value = secrets.token_urlsafe(24)
    return f"{OWNER_COOKIE}={value}; Path=/; HttpOnly; SameSite=Lax" + ("; Secure" if secure else "")
