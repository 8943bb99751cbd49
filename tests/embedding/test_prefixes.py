"""Models that were trained with a word in front of a text get it, by whatever name they are served."""

from __future__ import annotations

import pytest

from services.embedding.prefixes import Prefixes, prefixes_of


@pytest.mark.parametrize(
    ("model", "query", "document"),
    [
        ("intfloat/multilingual-e5-large", "query: ", "passage: "),
        ("intfloat/e5-base-v2", "query: ", "passage: "),
        ("my-project/E5-Small-tuned", "query: ", "passage: "),
        ("BAAI/bge-large-en-v1.5", "Represent this sentence for searching relevant passages: ", ""),
    ],
)
def test_a_known_family_has_its_own(model: str, query: str, document: str) -> None:
    assert prefixes_of(model) == Prefixes(query, document)


def test_an_instructed_model_wants_its_task_before_the_question_alone() -> None:
    prefixes = prefixes_of("intfloat/multilingual-e5-large-instruct")
    assert prefixes.query.endswith("\nQuery: ")
    assert prefixes.document == ""


@pytest.mark.parametrize("model", ["", "togethercomputer/m2-bert-80M-8k-retrieval", "acme/made5-large", "e5"])
def test_a_text_for_any_other_goes_as_it_is(model: str) -> None:
    assert prefixes_of(model) == Prefixes()
