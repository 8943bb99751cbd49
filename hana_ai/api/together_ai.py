"""Models served by Together.ai, or simulated and local ones without a key: a client, and embeddings for LangChain."""

from services.toolkit import (
    ChatStream,
    Embeddings,
    Models,
    Response,
    TogetherAIClient,
    TogetherAIError,
    get_together_ai_client,
)
from services.toolkit.embeddings import get_embeddings

__all__ = [
    "ChatStream",
    "Embeddings",
    "Models",
    "Response",
    "TogetherAIClient",
    "TogetherAIError",
    "get_embeddings",
    "get_together_ai_client",
]
