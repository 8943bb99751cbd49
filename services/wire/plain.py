"""Answers that come in one piece, and what is no answer of a model API."""

from __future__ import annotations

from typing import Any

from services.errors import ProtocolError
from services.wire.json_text import loads
from services.wire.reading import answer
from services.wire.reply import Reply
from services.wire.status import event_error
from services.wire.types import Answer

_LONGEST_PAGE = 4_096


def plain_answer(body: bytes, reply: Reply) -> Answer:
    """One whole JSON answer. Raises ProtocolError for anything else, or what its "error" says."""
    host = reply.origin.host
    if body.lstrip()[:1] == b"<":
        raise not_an_api(reply, body)
    value = parsed(body, reply)
    if isinstance(value, dict) and value.get("error"):
        raise event_error(value["error"], reply.origin)
    if not isinstance(value, dict):
        raise ProtocolError(f"{host} answered with JSON that is not the answer of a model API.")
    return answer(value, host, reply.request_id)


def parsed(body: bytes, reply: Reply) -> Any:
    if not body.strip():
        raise ProtocolError(f"{reply.origin.host} answered with nothing ({reply.status}).")
    try:
        return loads(body)
    except ValueError:
        raise ProtocolError(f"{reply.origin.host} answered with damaged JSON.") from None


def not_an_api(reply: Reply, body: bytes) -> ProtocolError:
    page = reply.origin.clean(body[: 2 * _LONGEST_PAGE].decode("utf-8", "replace"))[:_LONGEST_PAGE]
    kind = reply.content_type or "no content type"
    return ProtocolError(f"{reply.origin.host} answered with a web page ({kind}), not like a model API.", page=page)
