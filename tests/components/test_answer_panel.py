"""Where a growing answer is cut into what is finished and what still grows."""

from __future__ import annotations

from components.answer_panel import split_frozen

PARAGRAPHS = "\n\n".join("word " * 30 + str(number) for number in range(12))
FENCED = "intro " * 80 + "\n\n```\n" + "line of code\n\n" * 80 + "```\n\n" + "after " * 90 + "\n\nend"


def test_cutting_loses_nothing() -> None:
    for text in (PARAGRAPHS, FENCED, "", "short"):
        blocks, end = split_frozen(text)
        assert "\n\n".join([*blocks, end]) == text


def test_earlier_cuts_stay_where_they_are_while_the_text_grows() -> None:
    final, _ = split_frozen(FENCED + PARAGRAPHS)
    for length in range(len(FENCED + PARAGRAPHS)):
        blocks, _ = split_frozen((FENCED + PARAGRAPHS)[:length])
        assert blocks == final[: len(blocks)]


def test_a_code_fence_is_never_cut() -> None:
    blocks, end = split_frozen(FENCED)
    assert all(part.count("```") % 2 == 0 for part in (*blocks, end))
