"""Models served by Together.ai, or simulated and local ones without a key: get_together_ai_client()."""

from services.toolkit import (
    ChatStream,
    Embeddings,
    Models,
    Response,
    TogetherAIClient,
    TogetherAIError,
    get_together_ai_client,
)

__all__ = [
    "ChatStream",
    "Embeddings",
    "Models",
    "Response",
    "TogetherAIClient",
    "TogetherAIError",
    "get_together_ai_client",
]
