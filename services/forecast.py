"""What the next message takes, said before it is sent: tokens, their share of the window, at most what they cost."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from services.answers.conversations import Conversation
from services.answers.images import Image
from services.chat import asked, sees_images
from services.endpoints import Endpoint
from services.models.model import Model
from services.models.prices import estimate_tokens, most_usd
from services.wire.types import ChatRequest


@dataclass(frozen=True)
class Forecast:
    """prompt_tokens are an estimate; answer_tokens is max_tokens. window_tokens and most_usd None: not known."""

    prompt_tokens: int
    answer_tokens: int
    window_tokens: int | None
    most_usd: Decimal | None

    @property
    def share(self) -> float | None:
        """0 to 1: how much of the window prompt and answer may take together; 1 also where it is too small."""
        if self.window_tokens is None or self.window_tokens <= 0:
            return None
        return min(1.0, (self.prompt_tokens + self.answer_tokens) / self.window_tokens)

    @property
    def fits(self) -> bool:
        """True where the window is not known."""
        return self.window_tokens is None or self.prompt_tokens + self.answer_tokens <= self.window_tokens


def forecast(
    endpoint: Endpoint, model: Model, talk: Conversation, text: str = "", images: tuple[Image, ...] = ()
) -> Forecast:
    """Of text and images as the next message of talk: everything that would be sent with them counts."""
    sees = sees_images(endpoint, model)
    request = asked(endpoint, model.id, talk.setup, talk, text, images, sees=sees).request
    prompt = request.messages if isinstance(request, ChatRequest) else request.prompt
    tokens, answer = estimate_tokens(prompt, request.model), request.sampling.max_tokens
    return Forecast(
        prompt_tokens=tokens,
        answer_tokens=0 if answer is None else answer,
        window_tokens=model.context_length,
        most_usd=most_usd(tokens, answer, model.price),
    )
