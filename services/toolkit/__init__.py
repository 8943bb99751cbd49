"""The service layer for scripts: what `hana_ai.api.together_ai` hands out. No page, no table, no plot is loaded."""

from services.errors import ServiceError as TogetherAIError
from services.toolkit.client import TogetherAIClient, get_together_ai_client
from services.toolkit.shapes import Embeddings, Models, Response
from services.toolkit.stream import ChatStream

__all__ = [
    "ChatStream",
    "Embeddings",
    "Models",
    "Response",
    "TogetherAIClient",
    "TogetherAIError",
    "get_together_ai_client",
]
