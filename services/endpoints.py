"""An endpoint: a place that answers, and the one word that says what kind of answer comes from it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from services.reach import Reach

Kind = Literal["together", "openai", "local", "sandbox"]
Word = Literal["real", "local", "simulated"]

_WORDS: dict[Kind, Word] = {"together": "real", "openai": "real", "local": "local", "sandbox": "simulated"}


@dataclass(frozen=True)
class Patience:
    """How long one call may take (seconds, waits and retries included) and how often it is sent, the first included.

    None: as the process was set up.
    """

    total_timeout_s: float | None = None
    max_attempts: int | None = None


@dataclass(frozen=True)
class Endpoint:
    """A model is always addressed as endpoint + model id.

    base_url includes the version path (https://api.together.ai/v1), without a trailing slash. patience is that of who
    asks. reach bounds where connections may go; None: whoever runs the process named the address.
    """

    name: str
    kind: Kind
    base_url: str
    api_key: str | None = field(default=None, repr=False)
    patience: Patience = Patience()
    reach: Reach | None = None

    def keyless(self) -> Endpoint:
        """To keep with what it answered: that lasts for hours, a visitor's key no longer than it is needed."""
        return replace(self, api_key=None)

    @property
    def word(self) -> Word:
        """Stands beside every figure that comes from here."""
        return _WORDS[self.kind]
