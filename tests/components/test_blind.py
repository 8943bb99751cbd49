"""What votes on a pair are said to show: never more than they do, and never of the wrong one."""

from __future__ import annotations

from components.blind import names, sentence
from services.answers.votes import Contender, PairCount

LLAMA = Contender("meta/Llama", "Together", "", "real")
MIXTRAL = Contender("mistral/Mixtral", "Together", "", "real")
PRACTICE = Contender("meta/Llama", "Sandbox", "", "simulated")


def test_a_few_votes_show_nothing_and_say_how_many_would() -> None:
    said = sentence(PairCount(LLAMA, MIXTRAL, 3, 2, 4, 1))
    assert said.startswith("No preference shown: 60% for Llama (95 % interval 23% to 88%, n = 5 decided).")
    assert said.endswith("About 194 more at this share would show one.")


def test_many_votes_show_a_preference() -> None:
    assert sentence(PairCount(LLAMA, MIXTRAL, 40, 10, 0, 0)).startswith("A preference is shown: 80% for Llama")


def test_an_even_pair_is_promised_nothing() -> None:
    assert "Too even to be shown by 1,000 votes." in sentence(PairCount(LLAMA, MIXTRAL, 5, 5, 0, 0))


def test_a_simulated_pair_is_called_practice() -> None:
    assert sentence(PairCount(MIXTRAL, PRACTICE, 6, 0, 0, 0)).endswith("Practice: simulated.")
    assert sentence(PairCount(MIXTRAL, PRACTICE, 0, 0, 1, 0)) == "No decided vote yet. Practice: simulated."


def test_one_model_on_two_endpoints_keeps_two_names() -> None:
    assert names(PairCount(LLAMA, PRACTICE, 1, 0, 0, 0)) == ("Llama · Together", "Llama · Sandbox")
    assert names(PairCount(LLAMA, LLAMA, 1, 0, 0, 0)) == ("A", "B")
