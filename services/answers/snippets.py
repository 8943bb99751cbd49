"""The same request as code to run elsewhere: Python with httpx, and curl. The key is named, never shown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from services.endpoints import Endpoint
from services.wire.bodies import chat_body, completion_body
from services.wire.dialects import DIALECTS
from services.wire.types import ChatRequest, CompletionRequest

KEY_VARIABLE = "TOGETHER_API_KEY"


def python_code(endpoint: Endpoint, request: ChatRequest | CompletionRequest) -> str:
    body = _body(endpoint, request)
    return f"""import os

import httpx

response = httpx.post(
    "{_url(endpoint, request)}",
    headers={{"Authorization": f"Bearer {{os.environ['{KEY_VARIABLE}']}}"}},
    json={_literal(body, "    ")},
    timeout=300,
)
response.raise_for_status()
print(response.json()["choices"][0]{_text_of(request)})
"""


def curl_code(endpoint: Endpoint, request: ChatRequest | CompletionRequest) -> str:
    body = json.dumps(_body(endpoint, request), indent=2, ensure_ascii=False).replace("'", "'\\''")
    return f"""curl {_url(endpoint, request)} \\
  -H "Authorization: Bearer ${KEY_VARIABLE}" \\
  -H "Content-Type: application/json" \\
  -d '{body}'
"""


def _literal(value: object, indent: str) -> str:
    """value as Python, one entry a line."""
    deeper = indent + "    "
    if isinstance(value, Mapping) and value:
        entries = [f"{json.dumps(str(name))}: {_literal(entry, deeper)}" for name, entry in value.items()]
        return "{\n" + "".join(f"{deeper}{entry},\n" for entry in entries) + indent + "}"
    if isinstance(value, list | tuple) and value:
        return "[\n" + "".join(f"{deeper}{_literal(entry, deeper)},\n" for entry in value) + indent + "]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _body(endpoint: Endpoint, request: ChatRequest | CompletionRequest) -> dict[str, Any]:
    dialect = DIALECTS[endpoint.kind]
    if isinstance(request, ChatRequest):
        return chat_body(request, dialect, stream=False)
    return completion_body(request, dialect, stream=False)


def _url(endpoint: Endpoint, request: ChatRequest | CompletionRequest) -> str:
    return f"{endpoint.base_url}/{'chat/completions' if isinstance(request, ChatRequest) else 'completions'}"


def _text_of(request: ChatRequest | CompletionRequest) -> str:
    return '["message"]["content"]' if isinstance(request, ChatRequest) else '["text"]'
