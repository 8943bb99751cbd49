"""Answers in the shape that scripts know from OpenAI's API; print() shows what a reader wants to see of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.toolkit.targets import Target
from services.wire.types import Answer, Choice, EmbeddingResult, Usage

if TYPE_CHECKING:
    from services.models.model import Model


class Response(dict[str, Any]):
    """A chat or a completion: response["choices"] as on the wire, str(response) is the text of the first choice.

    Besides the known fields, "endpoint" names who answered and "origin" says real, local or simulated.
    """

    @property
    def text(self) -> str:
        choices = self["choices"]
        if not choices:
            return ""
        said = choices[0]["text"] if "text" in choices[0] else choices[0]["message"]["content"]
        return str(said)

    def __str__(self) -> str:
        return self.text


class Embeddings(dict[str, Any]):
    """embeddings["data"][i]["embedding"] holds the plain floats of text i."""

    def __str__(self) -> str:
        rows = self["data"]
        dimensions = len(rows[0]["embedding"]) if rows else 0
        return f"{len(rows)} embeddings of {dimensions} dimensions ({self['model']}, {self['origin']})"


class Models(list[dict[str, Any]]):
    """A bare list, as Together itself answers, so that scripts can go through it; str() is one line for each."""

    def __str__(self) -> str:
        return "\n".join(f"{model['id']} ({model['endpoint']}, {model['origin']})" for model in self)


def chat_response(answer: Answer, target: Target, created: int) -> Response:
    """created is Unix time, in seconds."""
    choices = [_chat_choice(index, choice, answer) for index, choice in enumerate(answer.choices)]
    return _response("chat.completion", choices, answer, target, created)


def completion_response(answer: Answer, target: Target, created: int) -> Response:
    choices = [
        {"index": index, "text": choice.text, "finish_reason": choice.finish_reason, "logprobs": None}
        for index, choice in enumerate(answer.choices)
    ]
    return _response("text_completion", choices, answer, target, created)


def _chat_choice(index: int, choice: Choice, answer: Answer) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": choice.text}
    if choice.reasoning:
        message[answer.reasoning_key] = choice.reasoning
    return {"index": index, "message": message, "finish_reason": choice.finish_reason, "logprobs": None}


def _response(kind: str, choices: list[dict[str, Any]], answer: Answer, target: Target, created: int) -> Response:
    return Response(
        id=answer.id,
        object=kind,
        created=created,
        model=target.model if answer.model is None else answer.model,
        choices=choices,
        usage=usage_of(answer.usage),
        endpoint=target.endpoint.name,
        origin=target.endpoint.word,
    )


def usage_of(usage: Usage | None) -> dict[str, int] | None:
    """None where the server did not count."""
    if usage is None:
        return None
    total_tokens = usage.prompt_tokens + usage.completion_tokens
    counted = {"prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.completion_tokens}
    optional = {"cached_tokens": usage.cached_tokens, "reasoning_tokens": usage.reasoning_tokens}
    return counted | {"total_tokens": total_tokens} | {name: n for name, n in optional.items() if n is not None}


def embeddings_of(result: EmbeddingResult, model: str, endpoint: str, origin: str) -> Embeddings:
    rows = result.vectors.tolist()
    return Embeddings(
        object="list",
        data=[{"object": "embedding", "index": index, "embedding": row} for index, row in enumerate(rows)],
        model=model if result.model is None else result.model,
        usage=usage_of(result.usage),
        endpoint=endpoint,
        origin=origin,
    )


def model_entry(model: Model, origin: str) -> dict[str, Any]:
    """pricing is in USD per 10^6 tokens, None where it is not known."""
    price = model.price
    return {
        "id": model.id,
        "object": "model",
        "type": model.type,
        "display_name": model.display_name,
        "organization": model.organization,
        "context_length": model.context_length,
        "pricing": None
        if price is None
        else {"input": float(price.input_usd_per_mtok), "output": float(price.output_usd_per_mtok)},
        "availability": model.availability,
        "endpoint": model.endpoint,
        "origin": origin,
    }
