"""What the kinds of endpoint name differently or lack: one table, the only place that tells them apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from services.endpoints import Kind

_TOGETHER_ONLY = frozenset({"safety_model", "compliance", "context_length_exceeded_behavior"})


@dataclass(frozen=True)
class Dialect:
    """How requests to one kind of endpoint are written.

    renames: our parameter name -> theirs. ignores: parameters that have no effect there; they are not sent, and a page
    can say so. logprobs_as_flag: chat wants logprobs: true and top_logprobs: n instead of the number. include_usage:
    a stream counts tokens only if stream_options asks. keeps_connection: whether a connection survives an answer.
    wraps_json_schema: the flat {"type": "json_schema", "schema": …} has no effect and is written in its long form.
    embeds_base64: embeddings can be asked for as base64. sees_images: image parts are worth sending.
    """

    renames: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    ignores: frozenset[str] = frozenset()
    logprobs_as_flag: bool = False
    include_usage: bool = False
    keeps_connection: bool = True
    wraps_json_schema: bool = False
    embeds_base64: bool = False
    sees_images: bool = True


# Together counts tokens in a stream unasked, on the last chunk with a choice or on one of its own.
_TOGETHER = Dialect(ignores=frozenset({"grammar"}))

DIALECTS: Mapping[Kind, Dialect] = MappingProxyType(
    {
        "together": _TOGETHER,
        "sandbox": _TOGETHER,
        "openai": Dialect(
            ignores=_TOGETHER_ONLY | {"grammar"},
            logprobs_as_flag=True,
            include_usage=True,
            wraps_json_schema=True,
            embeds_base64=True,
        ),
        # llama.cpp's server: its template knows no tools, and a connection it kept is broken after a stream.
        "local": Dialect(
            renames=MappingProxyType({"repetition_penalty": "repeat_penalty"}),
            ignores=_TOGETHER_ONLY | {"tools", "tool_choice", "echo", "reasoning", "reasoning_effort"},
            logprobs_as_flag=True,
            include_usage=True,
            keeps_connection=False,
            wraps_json_schema=True,
            sees_images=False,
        ),
    }
)
