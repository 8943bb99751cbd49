"""Who may come in: a bearer key is asked for, and a browser's page is turned away."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from services.embedded.sandbox.counts import Counts
from services.embedded.sandbox.refusals import Refusal, bad_key, pretty

_OF_A_PAGE = frozenset({"origin", "sec-fetch-site"})
JSON_TYPE = "application/json; charset=utf-8"


class Gate:
    """api_key None lets any key in that is not empty. Nothing answers with CORS headers."""

    def __init__(self, app: ASGIApp, api_key: str | None, counts: Counts, new_id: Callable[[], str]) -> None:
        self._app, self._api_key, self._counts, self._new_id = app, api_key, counts, new_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self._counts.arrived(scope["path"])
            if (refused := self._refused(scope)) is not None:
                await refused(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _refused(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if not _OF_A_PAGE.isdisjoint(headers):
            page = Refusal(403, "The sandbox does not answer pages of a browser.", "forbidden")
            return Response(page.body(self._new_id()), page.status, media_type=JSON_TYPE)
        if self._is_known(headers.get("authorization", "")):
            return None
        if scope["path"] == "/v1/models":
            return Response(pretty({"error": {"message": "Unauthorized"}}), 401, media_type=JSON_TYPE)
        return Response(bad_key().body(self._new_id()), 401, media_type=JSON_TYPE)

    def _is_known(self, authorization: str) -> bool:
        scheme, _, key = authorization.partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            return False
        return self._api_key is None or hmac.compare_digest(key.strip().encode(), self._api_key.encode())
