"""What the Tables page does with vectors: search, map, selection, encoders, files; on the demo, without a browser."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import Open
from tests.pages.test_tables import at_tables, embedded, rerun_until, said, with_demo

SEARCH, SELECTION, VIEW = "tables_search", "tables_selection", "tables_view"


@pytest.fixture
def page(opened: Open) -> AppTest:
    """The demo's notifications, embedded by the local encoder."""
    return embedded(with_demo(opened))


def asked(test: AppTest, text: str) -> AppTest:
    return test.text_input(key=f"{SEARCH}_question").set_value(text).run()


def table(test: AppTest, key: str) -> Any:
    return next(frame.value for frame in test.dataframe if frame.key == key)


def shown(test: AppTest, name: str) -> AppTest:
    return next(box for box in test.segmented_control if box.key == VIEW).set_value(name).run()


def workspace(test: AppTest) -> Any:
    from services.resources import playground

    return playground().workspaces.current(test.session_state["session"].fallback_owner)


def test_a_question_finds_by_meaning_what_it_shares_no_word_with_and_by_words_beside(page: AppTest) -> None:
    asked(page, "seal is dripping")
    assert not page.exception
    meaning, words = table(page, f"{SEARCH}_meaning"), table(page, f"{SEARCH}_words")
    assert meaning["Score"].is_monotonic_decreasing
    strangers = [text for text in meaning["Text"] if not {"seal", "is", "dripping"} & set(text.lower().split())]
    assert strangers
    assert set(", ".join(words["Words"]).split(", ")) <= {"seal", "is", "dripping"}
    assert list(meaning["Row"]) != list(words["Row"])


def test_a_suggestion_asks_its_question_and_is_judged_once_the_answer_is_shown(page: AppTest) -> None:
    page.pills(key=f"{SEARCH}_suggested").set_value("seal is dripping").run()
    assert page.text_input(key=f"{SEARCH}_question").value == "seal is dripping"
    assert "Topic" not in table(page, f"{SEARCH}_meaning")
    assert "Precision@10" not in said(page)
    next(box for box in page.toggle if str(box.key).startswith("sample_answer")).set_value(True).run()
    assert table(page, f"{SEARCH}_meaning")["Topic"].str.startswith("✓").sum() >= 7
    assert "Precision@10" in said(page)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("opera singers of the baroque", "No row closer than 0.30."),
        ("qqqqzzzzxxxx", "No row holds a word of this."),
        ("![x](http://evil.example) <script>", "By meaning"),
        ("x" * 3_000, "at most 2,000 are read"),
    ],
)
def test_a_question_that_finds_little_is_answered_in_a_sentence(page: AppTest, text: str, sentence: str) -> None:
    asked(page, text)
    assert not page.exception
    assert sentence in said(page) + "\n".join(head.value for head in page.subheader)
    assert "evil" not in said(page)


def test_hits_are_selected_and_go_on_to_chat_where_they_are_seen_and_removed(page: AppTest) -> None:
    asked(page, "seal is dripping")
    page.button(key=f"{SEARCH}_meaning_add").click().run()
    assert len(workspace(page).selected) == 10
    rows = list(table(page, f"{SEARCH}_meaning")["Row"])
    chosen = next(frame.value for frame in page.dataframe if "QMNUM" in frame.value and len(frame.value) == len(rows))
    assert list(chosen["QMNUM"]) == rows
    assert list(chosen.columns) == ["QMNUM", "QMTXT", "LTXT"]
    page.button(key=f"{SELECTION}_chat").click().run()
    page.switch_page("chat.py").run()
    assert not page.exception
    sent = next(block.value for block in page.code if "ROWS-" in block.value)
    assert all(row in sent for row in rows)
    page.button(key="chat_context_remove").click().run()
    assert not any("ROWS-" in block.value for block in page.code)


def test_rows_go_on_to_compare_too(page: AppTest) -> None:
    asked(page, "seal is dripping")
    page.button(key=f"{SEARCH}_meaning_add").click().run()
    page.button(key=f"{SELECTION}_compare").click().run()
    page.switch_page("compare.py").run()
    assert any("ROWS-" in block.value for block in page.code)
    page.button(key="compare_context_remove").click().run()
    assert not page.exception
    assert not any("ROWS-" in block.value for block in page.code)


def test_more_rows_than_go_along_are_said_and_not_sent(page: AppTest) -> None:
    from services.resources import playground

    owner = page.session_state["session"].fallback_owner
    playground().workspaces.update(owner, lambda kept: replace(kept, selected=tuple(range(60))))
    page.run()
    assert "60 rows are selected; at most 50" in said(page)
    assert page.button(key=f"{SELECTION}_chat").disabled
    page.button(key=f"{SELECTION}_clear").click().run()
    assert "None yet." in said(page)


def test_another_sample_leaves_nothing_of_the_earlier_ones_rows_and_has_maps_of_its_own(page: AppTest) -> None:
    asked(page, "seal is dripping")
    page.button(key=f"{SEARCH}_meaning_add").click().run()
    next(box for box in page.selectbox if box.label == "Rows").set_value(100).run()
    page.button(key="tables_read").click().run()
    rerun_until(page, lambda now: len(workspace(now).sample.rows) == 100, "read anew")
    assert workspace(page).selected == ()
    assert f"{SEARCH}_question" not in [field.key for field in page.text_input]
    embedded(page)
    assert not page.exception
    next(box for box in page.segmented_control if box.label == "Map").set_value("t-sne").run()
    rerun_until(page, lambda now: "t-SNE, begun at the PCA" in said(now), "drawn by t-SNE")
    assert not page.exception


def test_the_map_says_what_it_loses_and_takes_other_colours_and_methods(page: AppTest) -> None:
    assert "PCA, exact. Shows" in said(page)
    assert "of nearest neighbours are kept (k = 10" in said(page)
    next(box for box in page.selectbox if box.label == "Colour by").set_value("FECOD").run()
    assert not page.exception
    assert "other ·" in said(page)
    next(box for box in page.selectbox if box.label == "Colour by").set_value("GUID").run()
    assert not page.exception


def test_what_is_taken_away_is_a_script_that_only_others_run(page: AppTest) -> None:
    shown(page, "Take away")
    assert not page.exception
    assert "The app itself only reads." in said(page)
    sql, python = [block.value for block in page.code][-2:]
    assert 'CREATE COLUMN TABLE "ZDEMO_NOTIFICATION_VECTORS"' in sql
    assert "COSINE_SIMILARITY" in sql
    compile(python, "insert_vectors.py", "exec")
    assert "TOPIC" not in sql + python


def test_encoders_are_compared_on_the_rows_and_simulated_ones_are_called_practice(opened: Open) -> None:
    page = embedded(with_demo(opened))
    shown(page, "Compare encoders")
    box = page.multiselect(key="encoders_chosen")
    simulated = next(option for option in box.options if "simulated" in option)
    box.select(simulated).run()
    page.button(key="encoders_begin").click().run()
    rerun_until(page, lambda now: "Overlap@10" in said(now), "compared")
    assert not page.exception
    assert "Practice: a simulated encoder takes part." in said(page)
    assert "No difference shown" in said(page)


def test_without_vectors_the_page_says_what_to_do(opened: Open) -> None:
    test = with_demo(opened)
    assert not test.exception
    assert f"{SEARCH}_question" not in [field.key for field in test.text_input]
    assert not at_tables(opened).exception
