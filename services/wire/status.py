"""A server's no, in our words: status, code and message to one error of the tree."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from services.errors import (
    AccessDeniedError,
    AuthError,
    BadRequestError,
    BillingError,
    BlockedError,
    ConflictError,
    ContextLengthError,
    DeadlineError,
    NotFoundError,
    OverloadedError,
    RateLimitError,
    RedirectError,
    ServerError,
    ServiceError,
    TooLargeError,
)
from services.wire.json_text import list_of, loads, object_of, text_of
from services.wire.origin import Origin
from services.wire.pacing import retry_after_s

_LONGEST_MESSAGE = 500
_LONGEST_PAGE = 4_096

_BY_STATUS: dict[int, type[ServiceError]] = {
    400: BadRequestError,
    401: AuthError,
    402: BillingError,
    403: AccessDeniedError,
    404: NotFoundError,
    408: DeadlineError,
    409: ConflictError,
    413: TooLargeError,
    422: BadRequestError,
    429: RateLimitError,
    503: OverloadedError,
    529: OverloadedError,
}

_BY_CODE: dict[str, type[ServiceError]] = {
    "authentication_error": AuthError,
    "context_length_exceeded": ContextLengthError,
    "dedicated_endpoint_not_running": NotFoundError,
    "dynamic_request_limited": RateLimitError,
    "dynamic_token_limited": RateLimitError,
    "exceed_context_size_error": ContextLengthError,
    "insufficient_quota": BillingError,
    "invalid_api_key": AuthError,
    "model_not_available": NotFoundError,
    "model_rate_limit": RateLimitError,
    "not_supported_error": BadRequestError,
    "overloaded_error": OverloadedError,
    "rate_limit_error": RateLimitError,
    "rate_limit_exceeded": RateLimitError,
    "timeout": DeadlineError,
}


@dataclass(frozen=True)
class _Rule:
    """A finer reading of a status: where the pattern stands in the server's words, kind is meant."""

    statuses: frozenset[int]
    part: str  # "code": code and type; "message"
    pattern: re.Pattern[str]
    kind: type[ServiceError]


_RULES = tuple(
    _Rule(frozenset(statuses), part, re.compile(pattern, re.IGNORECASE), kind)
    for statuses, part, pattern, kind in (
        ({400, 404}, "code", "model_not_available|dedicated_endpoint_not_running", NotFoundError),
        ({429}, "code", "quota|billing|credit|balance|spending", BillingError),
        ({400, 403, 413, 422}, "code", "context_(length|size)|too_many_tokens", ContextLengthError),
        # 403 is what Together's documentation gives for a prompt that does not fit; an "access token" is no such thing.
        ({403}, "message", r"\bcontext\b|context_length|tokens|token (count|limit)", ContextLengthError),
        # A 400 that merely dislikes the value of max_tokens is none either.
        ({400}, "message", r"\bcontext\b|context_length|\btokens\b|token (count|limit)", ContextLengthError),
        ({500, 501}, "message", "not support|not implemented", BadRequestError),
    )
)


def status_error(status: int, headers: Mapping[str, str], body: bytes, origin: Origin, now_s: float) -> ServiceError:
    """The error for an HTTP answer that is no success. body may be cut short; now_s is Unix time."""
    if 300 <= status < 400:
        return _redirect(headers.get("location"), status, origin)
    page = body.decode("utf-8", "replace") if _is_html(headers.get("content-type", ""), body) else None
    said = {} if page is not None else _said(body)
    kind = BlockedError if page is not None and status == 403 else _kind(status, said)
    wait_s = retry_after_s(headers, now_s)
    error = _built(kind, said, origin, f"{origin.host} answered {status}{' with a web page' if page else ''}", status)
    error.page = None if page is None else origin.clean(page)[:_LONGEST_PAGE]
    error.request_id = _clean(headers.get("x-request-id") or said.get("id") or headers.get("cf-ray"), origin)
    error.retry_after_s = wait_s
    if wait_s is not None and error.retryable:
        error.remedy = f"The provider asks to wait {math.ceil(wait_s)} s: then press Again, or pick another model."
    if headers.get("x-should-retry", "").lower() == "false":
        error.retryable = False
    return error


def event_error(payload: Any, origin: Origin) -> ServiceError:
    """The error for an "error" object or text inside a 200 or a stream: as its own code says, else ServerError."""
    said = _fields(payload)
    status = next((int(code) for code in (said.get("status"), said.get("code")) if code and _is_status(code)), None)
    by_code = next((_BY_CODE[said[part]] for part in ("code", "type") if said.get(part) in _BY_CODE), ServerError)
    kind = by_code if status is None else _kind(status, said)
    return _built(kind, said, origin, f"{origin.host} broke the answer off", status)


def _kind(status: int, said: Mapping[str, str]) -> type[ServiceError]:
    words = {"code": f"{said.get('code', '')} {said.get('type', '')}", "message": said.get("message", "")}
    for rule in _RULES:
        if status in rule.statuses and rule.pattern.search(words[rule.part]):
            return rule.kind
    return _BY_STATUS.get(status, ServerError if status >= 500 else BadRequestError)


def _built(
    kind: type[ServiceError], said: Mapping[str, str], origin: Origin, opening: str, status: int | None
) -> ServiceError:
    message = " ".join(origin.clean(said.get("message", "")).split())
    if len(message) > _LONGEST_MESSAGE:
        message = f"{message[:_LONGEST_MESSAGE]}…"
    param = f" (parameter {said['param']})" if said.get("param") and said["param"] not in message else ""
    text = f"{opening}: {message}{param}" if message else f"{opening}."
    code = said.get("code") or said.get("type")
    return kind(origin.clean(text), status=status, code=_clean(code, origin))


def _said(body: bytes) -> dict[str, str]:
    """message, code, type, param and id of an error body, whatever its shape; {} for what is no JSON."""
    try:
        value = loads(body)
    except ValueError:
        return {"message": body.decode("utf-8", "replace").strip()}
    whole = object_of(value)
    nested = next((whole[name] for name in ("error", "detail", "message") if whole.get(name) is not None), value)
    said = _fields(nested)
    said.setdefault("message", _text(whole.get("message")))
    if _text(whole.get("id")):
        said["id"] = _text(whole["id"])
    return said


def _fields(payload: Any) -> dict[str, str]:
    if isinstance(payload, list):
        return {"message": "; ".join(text for text in map(_complaint, payload) if text)}
    if not isinstance(payload, dict):
        return {"message": _text(payload)}
    inner = payload.get("error")
    if isinstance(inner, dict | str):
        return _fields(inner)
    named = {name: _text(payload.get(name)) for name in ("message", "code", "type", "param", "status")}
    return {name: text for name, text in named.items() if text}


def _complaint(item: Any) -> str:
    """One entry of FastAPI's `detail` list: where, and what."""
    entry = object_of(item)
    if not entry:
        return text_of(item) or ""
    place = ".".join(_text(part) for part in list_of(entry.get("loc")) if part != "body")
    return ": ".join(text for text in (place, _text(entry.get("msg"))) if text)


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return text_of(str(value)) or ""


def _clean(text: str | None, origin: Origin) -> str | None:
    return origin.clean(text) if text else None


def _is_status(code: str) -> bool:
    return code.isascii() and code.isdigit() and 400 <= int(code[:4]) <= 599


def _is_html(content_type: str, body: bytes) -> bool:
    return "html" in content_type.lower() or body.lstrip()[:1] == b"<"


def _redirect(location: str | None, status: int, origin: Origin) -> RedirectError:
    try:
        other = urlsplit(location or "").netloc.rpartition("@")[2]
    except ValueError:
        other = ""
    target = origin.clean(other) or (
        "another path of its own" if (location or "").startswith("/") else "another address"
    )
    return RedirectError(f"{origin.host} sends the request on to {target}, which is refused.", status=status)
