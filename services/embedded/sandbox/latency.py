"""When each piece of an answer leaves: a wait, then tokens at an uneven pace, several to a chunk."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Latency:
    """first_token_spread and jitter are standard deviations of the logarithm; bundle_max_tokens per chunk at most."""

    first_token_s: float
    first_token_spread: float
    tokens_per_s: float
    jitter: float
    slow_start_chance: float
    slow_start_factor: float
    bundle_max_tokens: int
    prefill_s_per_1k_tokens: float

    def bundles(self, tokens: int, prompt_tokens: int, chance: random.Random) -> list[Bundle]:
        """Chunks that hold `tokens` in all, with the seconds since the request at which each leaves."""
        at_s = self._first_wait_s(prompt_tokens, chance)
        per_s = self.tokens_per_s * math.exp(chance.gauss(0, self.jitter / 3))
        bundles = []
        while tokens > 0:
            size = min(tokens, chance.randint(1, self.bundle_max_tokens))
            bundles.append(Bundle(at_s, size))
            at_s += size / per_s * math.exp(chance.gauss(0, self.jitter))
            tokens -= size
        return bundles

    def _first_wait_s(self, prompt_tokens: int, chance: random.Random) -> float:
        wait_s = self.first_token_s * math.exp(chance.gauss(0, self.first_token_spread))
        if chance.random() < self.slow_start_chance:
            wait_s *= self.slow_start_factor
        return wait_s + prompt_tokens / 1000 * self.prefill_s_per_1k_tokens


@dataclass(frozen=True)
class Bundle:
    """at_s is counted from the arrival of the request."""

    at_s: float
    tokens: int
