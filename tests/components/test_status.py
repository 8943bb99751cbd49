"""What the sidebar says of the answers so far and of what they cost."""

from __future__ import annotations

from decimal import Decimal

import pytest

from components.status import spent
from services.answers.runs import Tally


@pytest.mark.parametrize(
    ("tally", "text"),
    [
        (Tally(), "No answers yet"),
        (Tally(1), "1 answer · nothing spent"),
        (Tally(38, Decimal("0.043")), "38 answers · $0.043"),
        (Tally(2, Decimal("0.043"), estimated=True), "2 answers · ≈\u202f$0.043"),
        (Tally(2, Decimal("0.043"), unpriced=1), "2 answers · at least $0.043"),
        (Tally(2, unpriced=2), "2 answers · price unknown"),
    ],
)
def test_what_was_spent_is_never_said_to_be_less(tally: Tally, text: str) -> None:
    assert spent(tally) == text
