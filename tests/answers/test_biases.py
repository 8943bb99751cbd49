"""logit_bias typed on one line."""

from __future__ import annotations

import pytest

from services.answers.biases import biases_read, biases_written
from services.errors import BadRequestError


def test_pairs_are_read_and_written_back() -> None:
    assert biases_read(" 50256 : -100, 13:2.5 ,") == {"50256": -100.0, "13": 2.5}
    assert biases_read(biases_written({"50256": -100.0, "13": 0.0})) == {"50256": -100.0, "13": 0.0}
    assert biases_read("") == {}


@pytest.mark.parametrize(
    "text", ["x", "5", "5:", ":5", "a: 1", "5: nan", "5: inf", "5: 101", "-5: 1", "٣: 1", "5: 1: 2", "1.5: 1"]
)
def test_what_is_no_pair_of_token_and_bias_is_said(text: str) -> None:
    with pytest.raises(BadRequestError):
        biases_read(text)
