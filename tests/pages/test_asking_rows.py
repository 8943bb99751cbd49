"""Asking models about the rows of a sample, as a visitor presses through it."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button, TextArea

from services import asking_rows
from services.answers.comparisons import Panel
from services.matrix.cells import Snapshot
from services.matrix.checks import Contains, Expected
from services.matrix.job import Matrix
from services.matrix_setups import Setup
from services.resources import playground
from services.tables.demo_catalogue import NOTIFICATION
from services.tables.source import Cell, Column, ObjectName, Sample, SampleRequest, TableInfo
from tests.matrix.rows import until
from tests.pages.conftest import Open

MODELS = asking_rows._LLAMA, asking_rows._MIXTRAL


def owner_of(test: AppTest) -> str:
    return str(test.session_state["session"].fallback_owner)


def press(test: AppTest, label: str) -> AppTest:
    next(button for button in test.button if button.label == label).click()
    return test.run()


def job_of(test: AppTest) -> Matrix:
    job = playground().matrices.current(owner_of(test))
    assert job is not None
    return job


def ended(test: AppTest) -> Snapshot:
    """What stands when all is answered and judged, drawn."""
    found = job_of(test).wait(30)
    test.run()
    return found


def markdown(test: AppTest) -> str:
    return "\n".join(element.value for element in test.markdown)


def on(test: AppTest, sample: Sample, **setup: object) -> AppTest:
    """The Tables page with a sample read, two simulated models set up, and the view that asks them."""
    mine, house = owner_of(test), playground()
    house.workspaces.take(mine, SampleRequest(sample.info.object), sample)
    panels = tuple(Panel("Sandbox", model) for model in MODELS)
    text = asking_rows.first_prompt(sample)
    number = house.workspaces.current(mine).number
    made = Setup(**{"panels": panels, "number": number, "text": text, "rows": 2, "max_tokens": 60, **setup})  # type: ignore[arg-type]
    house.matrix_setups.update(mine, lambda _: made)
    test.session_state["tables_view"] = "Ask the rows"
    return test.run()


def notifications(n: int = 3) -> Sample:
    return playground().demo.sample(SampleRequest(NOTIFICATION.name, rows=n))


def prompt(test: AppTest) -> TextArea:
    return next(area for area in test.text_area if area.label.startswith("Prompt"))


def asking(test: AppTest) -> Button:
    return next(button for button in test.button if button.key == "matrix_ask")


def made_up(*rows: tuple[Cell, ...], names: tuple[str, ...] = ("ID", "TEXT")) -> Sample:
    columns = tuple(Column(name, "NVARCHAR", key=name == "ID", text=True) for name in names)
    return Sample("Demo tables", False, TableInfo(ObjectName("Z", "ZT"), "table"), columns, rows, "All rows.")


@pytest.fixture
def tables(opened: Open) -> AppTest:
    return opened("tables.py")


def test_rows_are_asked_of_each_model_and_the_score_says_it_is_practice(tables: AppTest) -> None:
    test = on(tables, notifications())
    assert "4 calls" in markdown(test)
    found = ended(press(test, "Ask 4 cells"))
    assert [cell.state for cell in found.cells] == ["done"] * 4
    table = test.table[0].value
    assert list(table["Answered"]) == ["2\u00a0of\u00a02"] * 2
    assert "simulated" in table["Model"][0]
    assert "Simulated practice" in markdown(test)
    assert not test.exception


def test_a_column_that_is_pressed_goes_into_the_prompt(tables: AppTest) -> None:
    test = on(tables, made_up(("1", "a pump"), ("2", "a fan")))
    pills = test.button_group(key=f"matrix_insert_{playground().workspaces.current(owner_of(test)).number}")
    test = pills.select("ID").run()
    wanted = "Summarise this in one sentence: {{TEXT}} {{ID}}"
    assert [prompt(test).value, prompt(test.run()).value] == [wanted, wanted]


def test_what_is_set_up_outlives_a_visit_to_another_page_and_a_reload(tables: AppTest) -> None:
    test = on(tables, notifications(12))
    prompt(test).set_value("Translate: {{QMTXT}}")
    test.run()
    test.number_input(key="matrix_tokens").set_value(77).run()
    test.text_area(key="matrix_system").set_value("Be brief.").run()
    test = test.switch_page("home.py").run().switch_page("tables.py").run()
    assert asking_rows.setup_of(playground(), owner_of(test)).text == "Translate: {{QMTXT}}"
    test.session_state["tables_view"] = "Ask the rows"
    test.run()
    assert prompt(test).value == "Translate: {{QMTXT}}"
    assert test.number_input(key="matrix_tokens").value == 77
    assert test.text_area(key="matrix_system").value == "Be brief."


def test_an_unknown_column_is_named_before_anybody_is_asked(tables: AppTest) -> None:
    test = on(tables, notifications())
    prompt(test).set_value("Say {{LTX}}")
    test.run()
    assert "no column LTX; the nearest is LTXT" in markdown(test)
    assert next(button for button in test.button if button.label == "Ask").disabled


def test_what_may_cost_more_than_the_ceiling_is_asked_only_after_a_word(opened: Open, sandbox_address: str) -> None:
    real = {"TOGETHER_API_KEY": "tgp_v1_invented", "TOGETHER_BASE_URL": sandbox_address}
    panel = Panel("Together", "openai/gpt-oss-120b")
    test = on(opened("tables.py", **real), notifications(), panels=(panel,), ceiling_usd=Decimal(0))
    assert asking(test).disabled
    assert "Above the ceiling: spend up to" in test.checkbox(key="matrix_confirmed").label
    test.checkbox(key="matrix_confirmed").check().run()
    found = ended(press(test, "Ask 2 cells"))
    assert found.spent_usd > 0
    assert "spent" in markdown(test)
    assert not test.checkbox(key="matrix_confirmed").value
    test.button(key="matrix_1_0_again").click().run()
    assert ended(test).at(1, 0).started_at != found.at(1, 0).started_at
    assert not test.error


def test_a_sample_of_other_columns_gets_a_prompt_of_its_own(tables: AppTest) -> None:
    test = on(tables, notifications(), checks=(Expected("PRIOK"), Contains("pump")))
    mine = owner_of(test)
    playground().workspaces.take(mine, SampleRequest(ObjectName("Z", "ZT")), made_up(("1", "a pump")))
    test.run()
    assert prompt(test).value == "Summarise this in one sentence: {{TEXT}}"
    assert asking_rows.setup_of(playground(), mine).checks == (Contains("pump"),)


def test_selected_rows_are_asked_instead_of_the_first(tables: AppTest) -> None:
    test = on(tables, notifications(60))
    playground().workspaces.update(owner_of(test), lambda kept: replace(kept, selected=(7, 3)))
    test.run()
    assert "2 rows, selected." in markdown(test)
    playground().workspaces.update(owner_of(test), lambda kept: replace(kept, selected=tuple(range(55))))
    test.run()
    assert "50 rows of 55 selected." in markdown(test)
    assert asking(test).label == "Ask 100 cells"


def test_a_selection_from_anywhere_stands_in_the_grid_with_its_own_words(tables: AppTest) -> None:
    texts = ("a pump", "a fan", "a hose", "a seal")
    sample = made_up(*((str(number), text) for number, text in enumerate(texts)))
    test = on(tables, sample)
    playground().workspaces.update(owner_of(test), lambda kept: replace(kept, selected=(3, 1)))
    found = ended(press(test.run(), "Ask 4 cells"))
    assert not test.exception
    lines = [line for line in markdown(test).splitlines() if any(f"**{key}**" in line for key in found.plan.keys)]
    assert [text for line in lines for text in texts if text in line] == [texts[row] for row in found.plan.rows]


def test_checks_are_added_told_apart_and_judged_anew_without_asking(tables: AppTest) -> None:
    test = on(tables, made_up(("1", "Reply with: four"), ("2", "Reply with: nine")), text="{{TEXT}}")
    ended(press(test, "Ask 4 cells"))
    asked_at = [cell.started_at for cell in job_of(test).snapshot().cells]
    test.selectbox(key="matrix_check_kind").select("Contains a text").run()
    test.text_input(key="matrix_check_text").set_value("FOUR").run()
    test = press(test, "Add check")
    test = press(test, "Judge the answers by these")
    until(lambda: not job_of(test).snapshot().checking)
    test.run()
    assert [cell.judgement.passed for cell in job_of(test).snapshot().cells if cell.judgement] == [True] * 2 + [
        False
    ] * 2
    assert "✓ passed: contains “FOUR”" in markdown(test).replace("\\", "")
    assert "✗ failed: contains “FOUR”" in markdown(test).replace("\\", "")
    assert [cell.started_at for cell in job_of(test).snapshot().cells] == asked_at


def test_a_check_that_can_judge_nothing_is_refused_when_it_is_added(tables: AppTest) -> None:
    test = on(tables, notifications())
    test.selectbox(key="matrix_check_kind").select("Regex").run()
    test.text_input(key="matrix_check_pattern").set_value("(").run()
    test = press(test, "Add check")
    assert len(test.error) == 1
    assert asking_rows.setup_of(playground(), owner_of(test)).checks == ()


def test_hostile_rows_and_answers_are_shown_as_text(tables: AppTest) -> None:
    hostile = "Say ![x](http://e.example/?d=1) <img src=x onerror=alert(1)> :material/home: $x$"
    test = on(tables, made_up((hostile, hostile), ("2", None)), text="{{TEXT}}")
    found = ended(press(test, "Ask 4 cells"))
    assert "![x](" in found.at(0, 0).text
    drawn = markdown(test).partition("cells answered")[2]
    assert drawn.count("alert") >= 2
    assert "![x]" not in drawn
    assert not re.search(r"(?<!\\)<img", drawn)
    assert ":material/home" not in drawn
    assert not test.exception


def test_stop_keeps_what_is_done_and_the_rest_can_be_asked_again(tables: AppTest) -> None:
    crawling = Panel("Sandbox", f"{MODELS[0]}:fault-crawl")
    test = on(tables, notifications(), panels=(Panel("Sandbox", MODELS[1]), crawling))
    press(test, "Ask 4 cells")
    until(lambda: all(cell.judgement for cell in job_of(test).snapshot().of(0)))
    test = press(test.run(), "Stop")
    found = ended(test)
    assert [cell.state for cell in found.of(0)] == ["done", "done"]
    assert "**Stopped: 2 of 4 cells answered**" in markdown(test)
    before = found.at(0, 0).started_at
    test = press(test, "Ask 2 again")
    press(test.run(), "Stop")
    assert ended(test).at(0, 0).started_at == before


def test_one_cell_is_asked_again_and_the_others_stay(tables: AppTest) -> None:
    test = on(tables, notifications())
    first = ended(press(test, "Ask 4 cells"))
    test.button(key="matrix_1_0_again").click().run()
    second = ended(test)
    again = [cell.started_at != earlier.started_at for earlier, cell in zip(first.cells, second.cells, strict=True)]
    assert again == [False, False, True, False]


def test_a_model_that_only_fails_is_told_and_its_cells_offer_to_be_asked(tables: AppTest) -> None:
    test = on(tables, notifications(10), panels=(Panel("Sandbox", f"{MODELS[0]}:fault-500"),), rows=10)
    ended(press(test, "Ask 10 cells"))
    drawn = markdown(test)
    assert "a model failed again and again" in drawn
    assert "Not asked: this model only failed." in drawn
    assert "given up" in drawn


def test_ten_rows_are_drawn_at_a_time(tables: AppTest) -> None:
    test = on(tables, notifications(12), rows=12, panels=(Panel("Sandbox", MODELS[0]),))
    ended(press(test, "Ask 12 cells"))
    keys = [button.key for button in test.button]
    assert "matrix_9_0_open" in keys
    assert "matrix_10_0_open" not in keys
    test.session_state[f"matrix_page_{job_of(test).plan.seed}"] = 2
    keys = [button.key for button in test.run().button]
    assert "matrix_9_0_open" not in keys
    assert "matrix_11_0_open" in keys
    assert "rows 11 to 12 of 12" in markdown(test)
    ended(press(test, "Ask 12 cells"))
    assert "matrix_0_0_open" in [button.key for button in test.button]


def test_an_empty_table_says_what_is_missing(tables: AppTest) -> None:
    test = on(tables, made_up())
    assert "0 rows are chosen" in markdown(test)
    assert not test.exception


def test_models_are_added_up_to_four_and_the_last_one_stays(tables: AppTest) -> None:
    test = on(tables, notifications())
    press(press(test, "Add model"), "Add model")
    assert asking(test.run()).label == "Ask 8 cells"
    assert next(button for button in test.button if button.label == "Add model").disabled
    for _ in range(3):
        press(test, "Remove")
    assert asking(test.run()).label == "Ask 2 cells"
    assert next(button for button in test.button if button.label == "Remove").disabled


def test_a_column_that_holds_the_answer_is_offered_for_checks_and_not_for_the_prompt(tables: AppTest) -> None:
    test = on(tables, notifications())
    number = playground().workspaces.current(owner_of(test)).number
    assert "TOPIC" not in "".join(test.button_group(key=f"matrix_insert_{number}").options)
    assert "TOPIC" in test.selectbox(key=f"matrix_check_column_{number}").options
    assert "LTXT" in "".join(test.button_group(key=f"matrix_insert_{number}").options)


def test_nobody_can_be_asked_twice_at_once(tables: AppTest) -> None:
    test = on(tables, notifications(), panels=(Panel("Sandbox", f"{MODELS[0]}:fault-crawl"),))
    test = press(test, "Ask 2 cells").run()
    assert asking(test).disabled
    assert "matrix_0_0_again" not in [button.key for button in test.button]
    press(test, "Stop")
    ended(test)
    assert not asking(test.run()).disabled


def test_without_a_sample_it_says_what_to_do(opened: Open) -> None:
    def view() -> None:
        from components.matrix_setup import matrix
        from services.workspaces import Workspace

        matrix(Workspace())

    opened("tables.py")
    assert "Read a sample above" in markdown(AppTest.from_function(view).run())


def test_a_cell_opens_with_what_was_sent_the_whole_answer_and_its_figures(tables: AppTest) -> None:
    test = on(tables, notifications())
    found = ended(press(test, "Ask 4 cells"))
    test.button(key="matrix_1_1_open").click().run()
    codes = [code.value for code in test.code]
    assert found.plan.prompts[1].text in codes
    assert found.at(1, 1).text in codes
    assert not test.exception
