"""An answer shown as text: what stands in its row is told from what does not, in words too."""

from __future__ import annotations

from components.matrix_marks import marked
from services.matrix.grounding import Given, Mark


def test_what_stands_in_the_row_is_told_from_what_does_not_without_colour() -> None:
    text = "Pump 4711 leaks, not 4712."
    made = marked(text, Given({"TEXT": "Pump 4711"}, ()).marks(text).marks)
    assert made == r"Pump :gray-background[4711 ✓] leaks, not :yellow-background[4712 ?]."


def test_a_mark_holds_no_markup_and_no_line_break() -> None:
    made = marked('"a]\nb" end', [Mark(0, 6, "quote", False)])
    assert made == ':yellow-background["a\\] b" ?] end'


def test_a_long_answer_is_cut_between_words_and_never_through_a_mark() -> None:
    text = "one two three 1234567890 four"
    assert marked(text, (), most=9) == "one two …"
    assert marked(text, [Mark(14, 24, "id", True)], most=20) == "one two three …"
    assert marked(text, (), most=len(text)) == text
    assert marked("x" * 50, (), most=30) == "x" * 30 + " …"


def test_a_mark_right_behind_a_colon_is_still_one() -> None:
    assert marked("Material:4711", [Mark(9, 13, "number", True)]) == r"Material\::gray-background[4711 ✓]"


def test_a_rule_of_the_markup_has_no_say_where_a_mark_ends() -> None:
    assert marked("4711. https://e.example", [Mark(0, 4, "number", True)]) == (
        ":gray-background[4711 ✓]. https:\u2060//e.example"
    )
