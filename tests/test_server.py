"""Headers and the owner's cookie, on a plain ASGI app behind the same middleware."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from services.server import OWNER_COOKIE, OwnerCookie, SafeHeaders, is_owner, serving
from services.settings import Settings, load


def app(content_type: str) -> Any:
    async def answer(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", content_type.encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    return SafeHeaders(OwnerCookie(answer))


def ran(coroutine: Coroutine[Any, Any, None]) -> None:
    """In a thread of its own: the one of the tests may belong to a browser's event loop."""
    with ThreadPoolExecutor(1) as apart:
        apart.submit(asyncio.run, coroutine).result()


def headers(content_type: str = "text/html; charset=utf-8", *, scheme: str = "http", **sent: str) -> dict[str, str]:
    """The answer's headers for a GET with these request headers."""
    messages: list[Any] = []

    async def send(message: Any) -> None:
        messages.append(message)

    raw = [(name.encode(), value.encode()) for name, value in sent.items()]
    scope = {"type": "http", "method": "GET", "path": "/", "scheme": scheme, "headers": raw}
    ran(app(content_type)(scope, None, send))
    return {name.decode().lower(): value.decode() for name, value in messages[0]["headers"]}


def directive(policy: str, name: str) -> str:
    return next(part for part in policy.split("; ") if part.startswith(name))


def test_nothing_may_be_loaded_from_or_sent_to_another_host() -> None:
    policy = headers(host="play.example:8501")["content-security-policy"]
    assert directive(policy, "img-src") == "img-src 'self' data: blob:"
    assert directive(policy, "connect-src") == "connect-src 'self' ws://play.example:8501 wss://play.example:8501"
    assert directive(policy, "form-action") == "form-action 'self'"
    assert "http:" not in policy.replace("'unsafe", "")


def test_a_host_header_cannot_widen_the_policy() -> None:
    policy = headers(host="x; img-src *")["content-security-policy"]
    assert directive(policy, "connect-src") == "connect-src 'self'"
    assert "*" not in policy


def test_a_new_browser_gets_a_name_that_no_script_can_read() -> None:
    cookie = headers()["set-cookie"]
    assert re.fullmatch(rf"{OWNER_COOKIE}=[\w-]{{32}}; Path=/; HttpOnly; SameSite=Lax", cookie)
    assert headers()["set-cookie"] != cookie


def test_the_cookie_is_secure_where_the_page_is() -> None:
    assert headers(scheme="https")["set-cookie"].endswith("; Secure")


def test_a_known_browser_keeps_its_name() -> None:
    value = headers()["set-cookie"].partition(";")[0]
    assert "set-cookie" not in headers(cookie=value)


def test_a_guessable_name_is_replaced() -> None:
    assert "set-cookie" in headers(cookie=f"{OWNER_COOKIE}=ann")


def test_only_pages_carry_the_cookie() -> None:
    assert "set-cookie" not in headers("application/javascript")


class House:
    """Stands where the playground stands; notes what the server's lifespan asks of it."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.closed, self.warmed = settings, False, threading.Event()

    def warm(self) -> None:
        self.warmed.set()

    def close(self) -> None:
        self.closed = True


def test_the_server_says_what_is_wrong_warms_up_and_closes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    house = House(load(tmp_path, {"TOGETHER_TIMEOUT": "fast", "TOGETHER_BASEURL": "https://x.example"}))

    async def live() -> None:
        async with serving(lambda: house)(None):  # type: ignore[arg-type,return-value]
            assert await asyncio.to_thread(house.warmed.wait, 5)
            assert not house.closed

    ran(live())
    assert house.closed
    console = capsys.readouterr().err
    assert "TOGETHER_TIMEOUT" in console
    assert "TOGETHER_BASEURL" in console


def test_what_is_no_page_passes_untouched() -> None:
    seen: list[str] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    ran(SafeHeaders(OwnerCookie(inner))({"type": "lifespan"}, None, None))
    assert seen == ["lifespan"]


@pytest.mark.parametrize(
    "part", ["frame-ancestors 'self'", "base-uri 'self'", "object-src 'none'", "default-src 'self'"]
)
def test_the_policy_shuts_what_no_page_needs(part: str) -> None:
    assert part in headers()["content-security-policy"].split("; ")


def test_no_header_says_more_than_it_must() -> None:
    got = headers("application/javascript")
    assert (got["referrer-policy"], got["x-content-type-options"]) == ("no-referrer", "nosniff")


def test_a_name_with_something_behind_it_is_not_ours() -> None:
    assert is_owner("a" * 32)
    assert not is_owner("a" * 32 + " and more")
