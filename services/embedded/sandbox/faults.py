"""Faults on demand, for practising and testing: a refusal instead of an answer, or an answer that goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import orjson

from services.embedded.sandbox.refusals import Refusal, bad_key, pretty
from services.embedded.sandbox.script import Script, Step

HEADER = "x-sandbox-fault"
SUFFIX = ":fault-"
_ONCE = "-once"
_JSON = {"content-type": "application/json; charset=utf-8"}
_HTML = b"<!DOCTYPE html>\n<html><head><title>529</title></head><body><h1>Site is overloaded</h1></body></html>\n"

_STOPPED = {"error": {"message": "The engine stopped.", "type": "server_error", "param": None, "code": None}}
_LIMITED = "You are sending requests faster than your dynamic rate limit for this model allows."
REFUSALS: Mapping[str, Refusal] = {
    "400": Refusal(400, "The request was refused, as the fault asks for."),
    "401": bad_key(),
    "402": Refusal(402, "You have reached your monthly spending limit.", "credit_limit", "credit_limit"),
    "403": Refusal(403, "This organization may not use this model.", "forbidden", "forbidden"),
    "404": Refusal(404, "Not found, as the fault asks for.", code="model_not_available"),
    "408": Refusal(408, "The request took too long to arrive.", "timeout", "timeout"),
    "409": Refusal(409, "The request is in conflict with another.", "conflict", "conflict"),
    "422": Refusal(422, "The request could not be processed."),
    "429": Refusal(429, _LIMITED, "dynamic_request_limited", headers={"x-ratelimit-reset": "2"}),
    "429-bare": Refusal(429, _LIMITED, "dynamic_request_limited"),
    "429-tokens": Refusal(429, _LIMITED, "dynamic_token_limited", headers={"x-ratelimit-reset": "2"}),
    "500": Refusal(500, "Internal server error.", "server_error"),
    "502": Refusal(502, "Bad gateway.", "server_error"),
    "503": Refusal(503, "The engine is currently overloaded. Please try again later.", "overloaded", "overloaded"),
    "504": Refusal(504, "The upstream did not answer in time.", "server_error"),
    "524": Refusal(524, "A timeout occurred.", "server_error"),
}


@dataclass(frozen=True)
class Fault:
    """once: the first such request is refused, the next one passes, and so on."""

    name: str
    once: bool = False


def split_model(model: str) -> tuple[str, Fault | None]:
    """`org/name:fault-503-once` -> (`org/name`, the fault). Raises Refusal for a fault nobody knows."""
    name, mark, wanted = model.partition(SUFFIX)
    return name, read_fault(wanted) if mark else None


def read_fault(wanted: str) -> Fault:
    name = wanted.removesuffix(_ONCE)
    if name not in NAMES:
        raise Refusal(400, f"The sandbox knows no fault {name!r}. It knows: {', '.join(NAMES)}.", param=HEADER)
    return Fault(name, wanted.endswith(_ONCE))


def spoil(script: Script, name: str, is_stream: bool) -> Script:
    """The answer with the fault in it. Refusals are not made here: they replace the answer."""
    if name in _INSTEAD:
        return _INSTEAD[name](script)
    if is_stream:
        return _IN_STREAM[name](script)
    return _IN_BODY[name](script)


def _html(script: Script) -> Script:
    return Script(529, {"content-type": "text/html; charset=utf-8"}, (Step(0, _HTML),))


def _hang(script: Script) -> Script:
    return replace(script, head_at_s=None)


def _silent(script: Script) -> Script:
    return replace(script, head_at_s=0, steps=(), ending="silent")


def _part(script: Script) -> tuple[Step, ...]:
    """Somewhat less than half of the events, one at least."""
    return script.steps[: max(1, len(script.steps) * 2 // 5)]


def _error(script: Script) -> Script:
    part = _part(script)
    return replace(script, steps=(*part, Step(part[-1].at_s, b"data: " + orjson.dumps(_STOPPED) + b"\n\n")))


def _error_body(script: Script) -> Script:
    return replace(script, headers=_JSON, steps=(Step(0, pretty(_STOPPED)),))


def _crawl(script: Script) -> Script:
    """One event a second, from the first one on."""
    first_s = script.steps[0].at_s
    return replace(script, steps=tuple(replace(step, at_s=first_s + n) for n, step in enumerate(script.steps)))


def _late(script: Script) -> Script:
    return replace(script, steps=tuple(replace(step, at_s=step.at_s + 10) for step in script.steps))


def _odd(script: Script) -> Script:
    """Legal but unusual bytes: CRLF, comments, and each event in two writes, cut in the middle."""
    steps = []
    for step in script.steps:
        body = b": keep-alive\r\n\r\n" + step.body.replace(b"\n", b"\r\n")
        half = len(body) // 2
        steps += [replace(step, body=body[:half]), replace(step, body=body[half:])]
    return replace(script, steps=tuple(steps))


def _torn_body(script: Script) -> Script:
    body = b"".join(step.body for step in script.steps)
    headers = {**script.headers, "content-length": str(len(body))}
    return replace(script, headers=headers, steps=(Step(0, body[: len(body) // 2]),), ending="drop")


_INSTEAD: dict[str, Callable[[Script], Script]] = {"html": _html, "hang": _hang, "silent": _silent}
_IN_STREAM: dict[str, Callable[[Script], Script]] = {
    "cut": lambda script: replace(script, steps=_part(script)),
    "drop": lambda script: replace(script, steps=_part(script), ending="drop"),
    "stall": lambda script: replace(script, steps=_part(script), ending="silent"),
    "error": _error,
    "crawl": _crawl,
    "odd": _odd,
}
_IN_BODY: dict[str, Callable[[Script], Script]] = {
    "cut": _torn_body,
    "drop": _torn_body,
    "stall": _silent,
    "error": _error_body,
    "crawl": _late,
    "odd": lambda script: script,
}
NAMES = (*REFUSALS, *_INSTEAD, *_IN_STREAM)
