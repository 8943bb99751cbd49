"""Together's refusals: the status and the pretty-printed body for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

SITE = "https://api.together.ai"


@dataclass(eq=False)
class Refusal(Exception):
    """Raised while a request is read; sent as it stands. code None is sent as null."""

    status: int
    message: str
    type: str = "invalid_request_error"
    code: str | None = None
    param: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self, request_id: str) -> bytes:
        error = {"message": self.message, "type": self.type, "param": self.param, "code": self.code}
        return pretty({"id": request_id, "error": error})


def pretty(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2)


def bad_key() -> Refusal:
    message = f"Invalid API key provided. You can find your API key at {SITE}/settings/api-keys."
    return Refusal(401, message, code="invalid_api_key")


def unknown_model(model: str) -> Refusal:
    message = f"Unable to access model {model}. Please visit {SITE}/models to view the list of supported models."
    return Refusal(404, message, code="model_not_available")


def not_serverless(model: str) -> Refusal:
    message = (
        f"Unable to access non-serverless model {model}. "
        f"Please visit {SITE}/models/{model} to create and start a new dedicated endpoint for the model."
    )
    return Refusal(400, message, code="model_not_available")


def data_sharing(model: str) -> Refusal:
    name = "third_party_data_sharing_blocked"
    return Refusal(403, f"{model} needs the organization's consent to share data with its maker.", name, name)


def wrong(param: str, message: str) -> Refusal:
    return Refusal(400, message, param=param)


def overflow(status: int, prompt_tokens: int, max_tokens: int, context_length: int) -> Refusal:
    message = (
        f"Input validation error: `inputs` tokens + `max_new_tokens` must be <= {context_length}. "
        f"Given: {prompt_tokens} `inputs` tokens and {max_tokens} `max_new_tokens`"
    )
    return Refusal(status, message, param="max_tokens")
