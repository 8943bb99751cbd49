"""The Models page over servers of every kind: what it shows, finds, ticks, draws and reckons."""

from __future__ import annotations

import socket
import threading
from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from services.answers import figures
from services.models.catalog import Facts
from services.visitor import Own
from tests.pages.conftest import Open
from tests.pages.listing_server import KEY, LLAMA_2, OSS, Together, endpoint, listed, priced, serving
from tests.pages.models_page import find, names, own, rows, said, tick


def test_without_a_key_what_together_offers_can_be_read_and_not_asked(bare: Open) -> None:
    test = find(bare("models.py"), "gpt-oss-120b")
    assert not test.exception
    assert "No key is set for Together" in said(test)
    together = next(row for row in rows(test) if row["Endpoint"] == "Together")
    assert together["Availability"] == ["Available", "No key"]
    tick(test, together["Model"])
    for key in ("models_check", "models_to_chat", "models_to_completion", "models_compare"):
        assert test.button(key=key).disabled
    assert "cannot be asked without a key" in said(test)
    test.multiselect(key="models_endpoint").set_value(["Together"]).run()
    find(test, "")
    tick(test, *names(test)[:2])
    assert " · " in said(test).split("Ticked:")[1]
    assert test.button(key="models_compare").disabled


def test_three_hundred_models_are_shown_found_and_ordered(bare: Open) -> None:
    models = [priced(f"acme/m-{n:03d}", n / 100, (300 - n) / 50, context_length=1_000 * n or None) for n in range(300)]
    with serving(Together(models)) as server:
        test = find(bare("models.py", **server.env), "acme/")
        assert len(rows(test)) == 300
        assert "300 of" in said(test)
        test.selectbox(key="models_sort").set_value("Price in, high first").run()
        assert names(test)[0] == "acme/m-299"
        test.selectbox(key="models_sort").set_value("Price out, low first").run()
        assert names(test)[0] == "acme/m-299"
        test.selectbox(key="models_sort").set_value("Price out, high first").run()
        assert names(test)[0] == "acme/m-000"
        assert names(find(test, "acme/ m-007")) == ["acme/m-007"]
        assert not test.exception


def test_a_server_without_prices_leaves_them_open_and_the_workload_unknown(bare: Open) -> None:
    with serving(Together([listed("acme/one"), listed("acme/two")])) as server:
        test = tick(find(bare("models.py", **server.env), "acme/"), "acme/one", "acme/two")
        assert [row["In,\u00a0$ per M"] for row in rows(test)] == [None, None]
        test.radio(key="models_view").set_value("Workload").run()
        assert list(test.table[0].value["Per day"]) == ["unknown", "unknown"]
        assert "0" not in set(test.table[0].value["Per year"])
        test.radio(key="models_view").set_value("Details").run()
        assert "price unknown" in said(test)


def facts(test: AppTest) -> dict[str, tuple[str, str, str]]:
    """The details of what is ticked: value, source and day of each fact."""
    test.radio(key="models_view").set_value("Details").run()
    table = test.table[0].value
    return {row["Fact"]: (row["Value"], row["Source"], row["Of"]) for row in table.to_dict("records")}


def test_what_the_server_says_of_a_model_stands_in_its_details_with_source_and_day(bare: Open) -> None:
    model = priced("acme/Big-70B-FP8", 0.5, 1.5, context_length=131_072, license="apache-2.0", organization="Acme")
    with serving(Together([model])) as server:
        found = facts(tick(find(bare("models.py", **server.env), "acme/"), "acme/Big-70B-FP8"))
    of_list = {name: found[name][0] for name, (_, source, _) in found.items() if source == "list of Together"}
    assert of_list == {
        r"Input, \$ per M tokens": "0.5",
        r"Output, \$ per M tokens": "1.5",
        r"Cached input, \$ per M tokens": "as new input",
        "Context, tokens": "131,072",
        "Type": "chat",
        "Organization": "Acme",
        "Licence": "apache-2.0",
        "Created": "2025-08-05",
    }
    assert len({date.fromisoformat(found[name][2]) for name in of_list}) == 1
    assert found["Quantization"] == ("FP8", "its id", "")
    assert found["Reads images"] == (figures.UNKNOWN, "", "")


def test_what_was_compiled_says_so_in_the_details_and_a_model_that_left_says_when(bare: Open) -> None:
    compiled = Facts.bundled().models["openai-gpt-oss-120b"]
    assert compiled.as_of is not None
    with serving(Together([listed(OSS)])) as server:
        test = bare("models.py", **server.env)
        test.multiselect(key="models_endpoint").set_value(["Together"]).run()
        tick(find(test, OSS), *names(test))
        tools = facts(test)["Calls tools"]
        assert (tools[0], tools[2]) == ("yes", compiled.as_of.isoformat())
        assert tools[1] not in ("", "list of Together")
        test.button(key="models_untick").click().run()
        tick(find(test, LLAMA_2), *names(test))
        left = facts(test)["Left the serverless offer"]
    assert date.fromisoformat(left[0]) < date.fromisoformat(left[2])
    assert left[1]


def test_a_workload_costs_what_the_listed_prices_say(bare: Open) -> None:
    with serving(Together([priced("acme/one", 0.5, 1.5, context_length=1_200)])) as server:
        test = tick(find(bare("models.py", **server.env), "acme/"), "acme/one")
        test.radio(key="models_view").set_value("Workload").run()
        table = test.table[0].value
        assert [table[name][0] for name in ("Per day", "Per month", "Per year")] == [r"\$0.95", r"\$28.50", r"\$346.75"]
        assert "does not fit its context" in table["Note"][0]
        test.number_input(key="models_requests").set_value(0).run()
        assert test.table[0].value["Per day"][0] == "free"


def test_an_endpoint_that_is_down_is_named_and_what_is_known_of_it_stays(bare: Open) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = int(listener.getsockname()[1])
    address = f"http://127.0.0.1:{port}/v1"
    test = bare("models.py", TOGETHER_API_KEY=KEY, TOGETHER_BASE_URL=address, TOGETHER_MAX_RETRIES="0")
    assert not test.exception
    assert "**Together:**" in test.warning[0].value
    assert f"127.0.0.1:{port}" in test.warning[0].value
    assert "What stands here was compiled on" in said(test)
    assert {row["Endpoint"] for row in rows(test)} >= {"Together", "Sandbox"}


def test_a_wrong_key_is_said_and_never_shown(bare: Open) -> None:
    with serving(Together([], list_status=401)) as server:
        test = bare("models.py", **server.env)
    assert not test.exception
    assert "key" in test.warning[0].value
    assert KEY not in said(test)
    assert any(row["Endpoint"] == "Together" for row in rows(test))


def test_an_empty_list_is_said(bare: Open) -> None:
    with serving(Together([])) as server:
        test = bare("models.py", **server.env)
    assert "Together lists no models." in said(test)


def test_nothing_that_matches_offers_to_clear_the_filters(bare: Open) -> None:
    test = bare("models.py")
    everything = len(rows(test))
    test.number_input(key="models_context").set_value(2_000.0).run()
    test.multiselect(key="models_can").set_value(["vision"]).run()
    find(test, "no model has such a name")
    assert "No model matches." in said(test)
    assert test.dataframe.len == 0
    test.button(key="models_clear").click().run()
    assert len(rows(test)) == everything
    assert test.text_input(key="models_find").value == ""
    assert test.number_input(key="models_context").value is None


def test_what_is_left_out_for_want_of_a_fact_is_counted(bare: Open) -> None:
    with serving(Together([listed("acme/one"), priced("acme/two", 1, 1)])) as server:
        test = find(bare("models.py", **server.env), "acme/")
        test.number_input(key="models_price").set_value(2.0).run()
        assert names(test) == ["acme/two"]
        assert "1 left out because what is asked for is not known" in said(test)


def test_a_retired_model_stays_with_its_substitutes(bare: Open) -> None:
    with serving(Together([priced(OSS, 0.15, 0.6), listed(LLAMA_2)])) as server:
        test = find(bare("models.py", **server.env), "llama-2-70b-chat-hf")
        row = next(row for row in rows(test) if row["Endpoint"] == "Together")
        assert row["Availability"] == ["Retired"]
        tick(test, row["Model"])
        assert "left the serverless offer" in said(test)
        instead = test.button(key="models_instead_0")
        assert "instead" in instead.label
        instead.click().run()
        assert test.code[0].value == instead.help
        assert "hidden by the filters" in said(test)


def test_what_is_ticked_survives_a_search_and_untick_all(bare: Open) -> None:
    with serving(Together([listed("acme/one"), listed("acme/two"), listed("acme/three")])) as server:
        test = tick(find(bare("models.py", **server.env), "acme/"), "acme/two")
        find(test, "acme/three")
        assert "Ticked: acme/two (hidden by the filters)" in said(test)
        tick(test, "acme/three")
        assert "Ticked: acme/two (hidden by the filters) · acme/three" in said(test)
        assert "Ticked: acme/two · acme/three" in said(find(test, "acme/"))
        assert not test.button(key="models_compare").disabled
        assert test.button(key="models_to_chat").disabled
        test.button(key="models_untick").click().run()
        assert "Ticked" not in said(test)
        assert test.button(key="models_compare").disabled


def test_filters_come_from_the_address_and_nonsense_in_it_is_passed_over(bare: Open) -> None:
    test = bare("home.py")
    for name, given in {"find": "mixtral", "sort": "nothing", "price": "nan", "context": "inf", "type": "<b>"}.items():
        test.query_params[f"models_{name}"] = given
    test.switch_page("models.py").run()
    assert not test.exception
    assert names(test)
    assert all("mixtral" in name.lower() for name in names(test))


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_is_none_filters_nothing(bare: Open, number: float) -> None:
    test = bare("models.py")
    everything = len(rows(test))
    for name in ("price", "context"):
        test.number_input(key=f"models_{name}").set_value(number).run()
        assert not test.exception
    assert len(rows(test)) == everything


def test_hostile_entries_of_a_list_are_text(bare: Open) -> None:
    hostile = [
        priced(
            "acme/![x](http://evil.example/a.png)", 1e308, 0.0, display_name="=1+1 <b>$x$ **y**", context_length=10**40
        ),
        listed("acme/\u202egnihtemos", organization="[click](javascript:alert(1))", license="`<script>`" * 50),
        listed("acme/a,b~c", display_name="x" * 5_000, link="javascript:alert(1)", created=10**30),
        {"id": 7},
        "not an object",
    ]
    with serving(Together(hostile)) as server:
        test = find(bare("models.py", **server.env), "acme/")
        assert not test.exception
        for name in names(test):
            tick(test, name)
            for view in ("Chart", "Workload", "Details"):
                test.radio(key="models_view").set_value(view).run()
                assert not test.exception
        assert "](http" not in said(test)
        assert "](javascript" not in said(test)
        assert "Its own page" not in said(test)


def test_the_chart_draws_what_has_both_figures_and_counts_the_rest(bare: Open) -> None:
    models = [
        priced("acme/dear", 10, 30, context_length=1_000_000),
        priced("acme/cheap", 0.01, 0.02, context_length=4_096),
        listed("acme/unknown"),
    ]
    with serving(Together(models)) as server:
        test = find(bare("models.py", **server.env), "acme/")
        test.radio(key="models_view").set_value("Chart").run()
        assert not test.exception
        assert "2 drawn · 1 without both figures." in said(test)
        assert list(test.dataframe[1].value["Model"]) == ["acme/cheap", "acme/dear"]
        test.selectbox(key="models_across").set_value("wait").run()
        assert "No model shown has both figures." in said(test)


def test_all_endpoints_are_asked_for_their_lists_at_once(bare: Open) -> None:
    both = threading.Barrier(2)
    one, two = Together([listed("acme/one")], together_with=both), Together([listed("acme/two")], together_with=both)
    with serving(one), serving(two):
        test = bare("home.py")
        test.session_state["session"].mine.own = Own(endpoints=(endpoint("One", one), endpoint("Two", two)))
        test.switch_page("models.py").run()
        assert names(find(test, "acme/")) == ["acme/one", "acme/two"]
        assert not test.warning


def test_an_endpoint_that_went_takes_its_ticked_models_along(bare: Open) -> None:
    with serving(Together([listed("acme/one")])) as server:
        test = tick(find(own(bare("models.py"), server), "acme/"), "acme/one")
        test.session_state["session"].mine.own = Own()
        test.run()
        assert not test.exception
        assert "Ticked" not in said(test)
