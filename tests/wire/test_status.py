"""A server's refusal in our words: message, parameter, ids, and how long it asks to wait."""

from __future__ import annotations

import json

import pytest

from services.errors import BadRequestError, ServiceError
from services.wire.origin import Origin
from services.wire.pacing import retry_after_s
from services.wire.status import event_error, status_error

ORIGIN = Origin("Test", "api.example")


def refused(status: int, body: object = None, **headers: str) -> ServiceError:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return status_error(status, {name.replace("_", "-"): text for name, text in headers.items()}, raw, ORIGIN, 0.0)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"error": {"message": "bad top_p", "param": "top_p"}}, "api.example answered 400: bad top_p"),
        ({"error": {"message": "too high", "param": "top_p"}}, "api.example answered 400: too high (parameter top_p)"),
        ({"error": "just text"}, "api.example answered 400: just text"),
        ({"message": "flat"}, "api.example answered 400: flat"),
        ({"detail": "words"}, "api.example answered 400: words"),
        (
            {
                "detail": [
                    {"loc": ["body", "messages", 0, "role"], "msg": "unknown role"},
                    {"loc": ["body"], "msg": "x"},
                ]
            },
            "api.example answered 400: messages.0.role: unknown role; x",
        ),
        ({"error": {"message": None, "code": None}}, "api.example answered 400."),
        ({"error": {"message": "two\n  lines"}}, "api.example answered 400: two lines"),
        ([1, 2], "api.example answered 400."),
        (b"plain words", "api.example answered 400: plain words"),
        (b"", "api.example answered 400."),
        (b"\xff\xfe", "api.example answered 400: \ufffd\ufffd"),
        (b'{"error": {"message": "cut o', 'api.example answered 400: {"error": {"message": "cut o'),
    ],
)
def test_the_providers_reason_is_readable_in_every_shape(body: object, message: str) -> None:
    assert refused(400, body).message == message


def test_a_long_reason_is_cut() -> None:
    assert len(refused(400, {"error": {"message": "x" * 9_000}}).message) < 600


def test_code_status_and_request_id_are_kept() -> None:
    error = refused(400, {"id": "omX", "error": {"message": "m", "type": "invalid_request_error", "code": "bad"}})
    assert (error.code, error.status, error.request_id) == ("bad", 400, "omX")
    assert refused(400, {}, x_request_id="r-1").request_id == "r-1"


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (400, "This model's maximum context length is 8192 tokens", "context_length"),
        (400, "request (2531 tokens) exceeds the available context size", "context_length"),
        (400, "max_tokens has to be an integer", "bad_request"),
        (403, "inputs tokens + max_new_tokens must be <= 4097", "context_length"),
        (403, "Lower max_tokens or shorten the prompt", "context_length"),
        (403, "Your access token lacks a scope", "permission"),
        (401, "No tokens for you", "auth"),
        (501, "This server does not support embeddings.", "bad_request"),
        (500, "image input is not supported", "bad_request"),
        (418, "teapot", "bad_request"),
        (599, "odd", "server"),
    ],
)
def test_the_message_refines_what_the_status_says(status: int, message: str, kind: str) -> None:
    assert refused(status, {"error": {"message": message}}).kind == kind


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        ({"message": "x", "code": 429}, "rate_limit"),
        ({"message": "x", "code": "503"}, "overloaded"),
        ({"message": "x", "type": "overloaded_error"}, "overloaded"),
        ({"message": "x", "code": "context_length_exceeded"}, "context_length"),
        ({"message": "x", "type": "exceed_context_size_error", "code": 400}, "context_length"),
        ({"message": "x", "code": "99999999999999999999"}, "server"),
        ({"message": "x", "code": 7}, "server"),
        ("text", "server"),
        ({}, "server"),
    ],
)
def test_an_error_in_a_stream_is_judged_by_its_own_code(payload: object, kind: str) -> None:
    assert event_error(payload, ORIGIN).kind == kind


def test_a_page_is_cut_after_the_key_was_taken_out_and_not_through_it() -> None:
    origin = Origin("Test", "api.example", "made-up-key-0123456789")
    page = b"<html>" + b"x" * 4_080 + b"made-up-key-0123456789"
    error = status_error(500, {}, page, origin, 0.0)
    assert error.page is not None
    assert "made-up" not in error.page


def test_a_wait_asked_for_becomes_the_next_step() -> None:
    error = refused(429, {}, retry_after="90")
    assert error.retry_after_s == 90
    assert "90 s" in error.remedy
    assert "wait 1 s" in refused(429, {}, retry_after_ms="300").remedy
    assert refused(400, {}, retry_after="90").remedy == BadRequestError.remedy


DATE = "Tue, 24 Nov 2026 12:00:00 GMT"
NOON_S = 1_795_521_600.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "1"}, 1.0),
        ({"retry-after": "0.7"}, 0.7),
        ({"retry-after-ms": "300"}, 0.3),
        ({"retry-after-ms": "300", "retry-after": "5"}, 0.3),
        ({"retry-after-ms": "soon", "retry-after": "5"}, 5.0),
        ({"x-ratelimit-reset": "2"}, 2.0),
        ({"retry-after": "1", "x-ratelimit-reset": "7"}, 7.0),
        ({"retry-after": "9", "x-ratelimit-reset": "7"}, 9.0),
        ({"retry-after": "-1", "x-ratelimit-reset": "7"}, 7.0),
        ({"retry-after": "0"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Tue, 24 Nov 2026 12:00:02 GMT", "date": DATE}, 2.0),
        ({"retry-after": "Tue, 24 Nov 2026 13:00:02 GMT", "date": "Tue, 24 Nov 2026 13:00:00 GMT"}, 2.0),
        ({"retry-after": "Tue, 24 Nov 2026 12:00:03 GMT"}, 3.0),
        ({"retry-after": "Tue, 24 Nov 2026 11:59:00 GMT", "date": DATE}, None),
        ({"retry-after": "Fri, 31 Dec 99999 23:59:59 GMT", "date": DATE}, None),
        ({"retry-after": "3600"}, 3_600.0),
        ({"x-ratelimit-reset": "1795521660"}, None),
    ],
)
def test_how_long_a_server_asks_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_s(headers, NOON_S) == (None if seconds is None else pytest.approx(seconds))
