"""Line-ups of one's own, in the menu of Compare: saved, opened with one click, replaced, deleted and put back."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from components.feedback import plain
from services.answers.comparisons import Comparison, Panel
from services.resources import playground
from services.wire.types import Sampling
from tests.pages.conftest import Open

OWN = "Cold & warm :red[**x**] $1$"


def owner_of(test: AppTest) -> str:
    return str(test.session_state["session"].fallback_owner)


def panels(test: AppTest) -> list[tuple[str, str, Sampling | None]]:
    kept = playground().comparisons.current(owner_of(test))
    assert kept is not None
    return [(panel.endpoint, panel.model, panel.sampling) for panel in kept.panels]


def press(test: AppTest, label: str) -> AppTest:
    next(button for button in test.button if button.label == label).click()
    return test.run()


def save(test: AppTest, title: str) -> AppTest:
    test.text_input(key="compare_line_up_title").set_value(title)
    return press(test, "Save")


def opener(test: AppTest, number: int = 0) -> str:
    """The key of the button that opens the number-th saved line-up."""
    return f"compare_{playground().line_ups.of(owner_of(test))[number].id}"


def said(test: AppTest) -> str:
    return " ".join(each.value for each in (*test.markdown, *test.error))


def test_the_present_one_is_saved_and_opened_again_with_one_click(opened: Open) -> None:
    test = opened("compare.py")
    owner = owner_of(test)
    own = Panel("Sandbox", "Qwen/Qwen3.5-9B", Sampling(temperature=0.0, max_tokens=9))
    other = Panel("Sandbox", "mistralai/Mixtral-8x7B-Instruct-v0.1")
    playground().comparisons.begin(owner, Comparison((own, other), prompt="Never kept"))
    save(test.run(), OWN)
    wanted = panels(test)
    assert "Saved “" in said(test)
    assert test.text_input(key="compare_line_up_title").value == ""
    press(test, plain("Llama | Mixtral, simulated practice"))
    assert panels(test) != wanted
    test.text_area(key="compare_prompt").set_value("Another prompt").run()
    test.switch_page("home.py").run()
    test.switch_page("compare.py").run()
    test.button(key=opener(test)).click().run()
    assert panels(test) == wanted
    assert test.text_area(key="compare_prompt").value == "Another prompt"
    assert not test.exception


def test_one_opened_after_its_panel_was_changed_is_as_it_was_saved(opened: Open) -> None:
    test = opened("compare.py")
    save(test, "Mine")
    wanted = panels(test)
    test.button(key=opener(test)).click().run()
    first = next(box for box in test.selectbox if box.label == "Model")
    first.set_value("Qwen/Qwen3.5-9B").run()
    assert panels(test) != wanted
    test.button(key=opener(test)).click().run()
    assert panels(test) == wanted


def test_a_name_used_again_replaces_and_a_bad_one_is_said(opened: Open) -> None:
    test = opened("compare.py")
    save(test, "Mine")
    press(test, "Add panel")
    save(test, "Mine")
    assert "Replaced “Mine”." in said(test)
    assert [len(each.panels) for each in playground().line_ups.of(owner_of(test))] == [3]
    save(test, "   ")
    assert [error.value for error in test.error] == ["A name has 1 to 40 characters. Type another one."]


def test_a_deleted_one_can_be_put_back(opened: Open) -> None:
    test = opened("compare.py")
    save(test, "Mine")
    before = playground().line_ups.of(owner_of(test))
    press(test, "Delete")
    assert playground().line_ups.of(owner_of(test)) == ()
    assert "Deleted “Mine”." in said(test)
    press(test, "Undo delete")
    assert playground().line_ups.of(owner_of(test)) == before
    assert "Undo delete" not in [button.label for button in test.button]


def test_a_name_is_shown_as_it_was_typed(opened: Open) -> None:
    test = save(opened("compare.py"), OWN)
    label = test.button(key=opener(test)).label
    assert ":red[" not in label
    assert "**" not in label
    assert label.replace("\\", "").replace("\u2060", "") == OWN


def test_one_whose_endpoint_is_gone_says_so_and_asks_nobody_else(opened: Open) -> None:
    test = opened("compare.py")
    gone, there = Panel("Lab", "house/llama"), Panel("Sandbox", "Qwen/Qwen3.5-9B")
    playground().line_ups.save(owner_of(test), "Mine", (gone, there))
    test.run().button(key=opener(test)).click().run()
    [said] = [error.value for error in test.error]
    assert said.startswith("There is no endpoint named Lab. Pick another endpoint, or add it under Settings")
    assert [panel[:2] for panel in panels(test)] == [("Lab", "house/llama"), ("Sandbox", "Qwen/Qwen3.5-9B")]
    press(test, "Run all")
    kept = playground().comparisons.current(owner_of(test))
    assert kept is not None
    assert kept.run_at(0) is None
    run = kept.run_at(1)
    assert run is not None
    assert run.wait(30).state == "done"
    assert [panel[0] for panel in panels(test.run())] == ["Lab", "Sandbox"]
