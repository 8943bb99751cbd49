"""The Models page over servers of every kind: what it shows, finds, asks, reckons, and takes along."""

from __future__ import annotations

import http.server
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from services.endpoints import Endpoint
from services.resources import playground
from services.visitor import Own
from services.wire.types import ChatRequest, Message
from tests.pages.conftest import Open

KEY = "tgp_v1_invented-for-models-tests"
LLAMA_2 = "meta-llama/Llama-2-70b-chat-hf"
OSS = "openai/gpt-oss-120b"


@dataclass
class Together:
    """A server that lists and answers as told, and notes what it was asked."""

    models: list[dict[str, Any]]
    list_status: int = 200
    chat_status: int = 200
    go: threading.Event = field(default_factory=threading.Event)
    together_with: threading.Barrier | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)
    port: int = 0

    def __post_init__(self) -> None:
        self.go.set()

    def list_models(self) -> tuple[int, str]:
        if self.together_with is not None:
            try:
                self.together_with.wait(5)
            except threading.BrokenBarrierError:
                return 500, json.dumps({"error": {"message": "Nobody else was asked meanwhile."}})
        refused = {"error": {"message": "Unauthorized"}}
        return self.list_status, json.dumps(self.models if self.list_status == 200 else refused)

    @property
    def env(self) -> dict[str, str]:
        return {
            "TOGETHER_API_KEY": KEY,
            "TOGETHER_BASE_URL": f"http://127.0.0.1:{self.port}/v1",
            "TOGETHER_MAX_RETRIES": "0",
        }

    def chat(self, body: dict[str, Any]) -> tuple[int, str]:
        self.asked.append(body)
        self.go.wait(10)
        if self.chat_status != 200:
            return self.chat_status, json.dumps({"error": {"message": f"Unable to access model {body['model']}."}})
        pieces = [{"delta": {"content": "Hello"}}, {"delta": {}, "finish_reason": "length"}]
        events = [json.dumps({"model": body["model"], "choices": [{"index": 0, **piece}]}) for piece in pieces]
        return 200, "".join(f"data: {event}\n\n" for event in [*events, "[DONE]"])


@contextmanager
def serving(together: Together) -> Iterator[Together]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = together.list_models()
            self._reply(status, "application/json", body)

        def do_POST(self) -> None:
            status, body = together.chat(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self._reply(status, "text/event-stream" if status == 200 else "application/json", body)

        def _reply(self, status: int, content_type: str, body: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        together.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield together
        finally:
            together.go.set()
            server.shutdown()
            thread.join(5)


@pytest.fixture
def opened(opened: Open, tmp_path: Path) -> Open:
    """Without Local, whose weights take longer to load than all the rest."""
    (tmp_path / "no.gguf").write_bytes(b"no weights")

    def run(page: str = "models.py", **env: str) -> AppTest:
        return opened(page, LOCAL_MODEL_PATH=str(tmp_path / "no.gguf"), **env)

    return run


def listed(model_id: str, **more: Any) -> dict[str, Any]:
    return {"id": model_id, "object": "model", "type": "chat", "created": 1_754_414_557, **more}


def priced(model_id: str, p_in: float, p_out: float, **more: Any) -> dict[str, Any]:
    return listed(model_id, pricing={"input": p_in, "output": p_out}, **more)


def said(test: AppTest) -> str:
    parts = [*test.markdown, *test.error, *test.warning, *test.header, *test.code]
    return "\n".join(str(part.value) for part in parts)


def rows(test: AppTest) -> list[dict[str, Any]]:
    """What stands in the table; None where a cell is empty."""
    found = test.dataframe[0].value.to_dict("records") if test.dataframe else []
    return [{name: _cell(value) for name, value in row.items()} for row in found]


def _cell(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    return None if pd.isna(value) else value


def names(test: AppTest) -> list[str]:
    return [str(row["Model"]) for row in rows(test)]


def find(test: AppTest, words: str) -> AppTest:
    return test.text_input(key="models_find").set_value(words).run()


def tick(test: AppTest, *models: str) -> AppTest:
    """Ticks the rows of these names, and no others of those shown."""
    key = test.dataframe[0].proto.id.rsplit("-", 1)[-1]
    shown = names(test)
    test.session_state[key] = {
        "selection": {"rows": [shown.index(name) for name in models], "columns": [], "cells": []}
    }
    test.run()
    assert not test.exception
    return test


def until_checked(test: AppTest) -> AppTest:
    end_s = time.monotonic() + 20
    while any(button.key == "models_check_stop" for button in test.run().button):
        assert time.monotonic() < end_s
    return test


def test_without_a_key_what_together_offers_can_be_read_and_not_asked(opened: Open) -> None:
    test = find(opened("models.py"), "gpt-oss-120b")
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


def test_three_hundred_models_are_shown_found_and_ordered(opened: Open) -> None:
    models = [priced(f"acme/m-{n:03d}", n / 100, n / 50, context_length=1_000 * n or None) for n in range(300)]
    with serving(Together(models)) as server:
        test = find(opened("models.py", **server.env), "acme/")
        assert len(rows(test)) == 300
        assert "300 of" in said(test)
        test.selectbox(key="models_sort").set_value("Price in, high first").run()
        assert names(test)[0] == "acme/m-299"
        assert names(find(test, "acme/ m-007")) == ["acme/m-007"]
        assert not test.exception


def test_a_server_without_prices_leaves_them_open_and_the_workload_unknown(opened: Open) -> None:
    with serving(Together([listed("acme/one"), listed("acme/two")])) as server:
        test = tick(find(opened("models.py", **server.env), "acme/"), "acme/one", "acme/two")
        assert [row["In,\u00a0$ per M"] for row in rows(test)] == [None, None]
        test.radio(key="models_view").set_value("Workload").run()
        assert list(test.table[0].value["Per day"]) == ["unknown", "unknown"]
        assert "0" not in set(test.table[0].value["Per year"])
        test.radio(key="models_view").set_value("Details").run()
        assert "price unknown" in said(test)


def test_a_workload_costs_what_the_listed_prices_say(opened: Open) -> None:
    with serving(Together([priced("acme/one", 0.5, 1.5, context_length=1_200)])) as server:
        test = tick(find(opened("models.py", **server.env), "acme/"), "acme/one")
        test.radio(key="models_view").set_value("Workload").run()
        table = test.table[0].value
        assert [table[name][0] for name in ("Per day", "Per month", "Per year")] == [r"\$0.95", r"\$28.50", r"\$346.75"]
        assert "does not fit its context" in table["Note"][0]
        test.number_input(key="models_requests").set_value(0).run()
        assert test.table[0].value["Per day"][0] == "free"


def test_an_endpoint_that_is_down_is_named_and_what_is_known_of_it_stays(opened: Open) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = int(listener.getsockname()[1])
    address = f"http://127.0.0.1:{port}/v1"
    test = opened("models.py", TOGETHER_API_KEY=KEY, TOGETHER_BASE_URL=address, TOGETHER_MAX_RETRIES="0")
    assert not test.exception
    assert "**Together:**" in test.warning[0].value
    assert f"127.0.0.1:{port}" in test.warning[0].value
    assert "What stands here was compiled on" in said(test)
    assert {row["Endpoint"] for row in rows(test)} >= {"Together", "Sandbox"}


def test_a_wrong_key_is_said_and_never_shown(opened: Open) -> None:
    with serving(Together([], list_status=401)) as server:
        test = opened("models.py", **server.env)
    assert not test.exception
    assert "key" in test.warning[0].value
    assert KEY not in said(test)
    assert any(row["Endpoint"] == "Together" for row in rows(test))


def test_an_empty_list_is_said(opened: Open) -> None:
    with serving(Together([])) as server:
        test = opened("models.py", **server.env)
    assert "Together lists no models." in said(test)


def test_nothing_that_matches_offers_to_clear_the_filters(opened: Open) -> None:
    test = opened("models.py")
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


def test_what_is_left_out_for_want_of_a_fact_is_counted(opened: Open) -> None:
    with serving(Together([listed("acme/one"), priced("acme/two", 1, 1)])) as server:
        test = find(opened("models.py", **server.env), "acme/")
        test.number_input(key="models_price").set_value(2.0).run()
        assert names(test) == ["acme/two"]
        assert "1 left out because what is asked for is not known" in said(test)


def test_a_retired_model_stays_with_its_substitutes(opened: Open) -> None:
    with serving(Together([priced(OSS, 0.15, 0.6), listed(LLAMA_2)])) as server:
        test = find(opened("models.py", **server.env), "llama-2-70b-chat-hf")
        row = next(row for row in rows(test) if row["Endpoint"] == "Together")
        assert row["Availability"] == ["Retired"]
        tick(test, row["Model"])
        assert "left the serverless offer" in said(test)
        instead = test.button(key="models_instead_0")
        assert "instead" in instead.label
        instead.click().run()
        assert test.code[0].value == instead.help
        assert "hidden by the filters" in said(test)


def test_what_is_ticked_survives_a_search_and_untick_all(opened: Open) -> None:
    with serving(Together([listed("acme/one"), listed("acme/two"), listed("acme/three")])) as server:
        test = tick(find(opened("models.py", **server.env), "acme/"), "acme/two")
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


def test_a_check_asks_for_one_token_and_its_wait_is_observed(opened: Open) -> None:
    with serving(Together([priced("acme/one", 1, 2)])) as server:
        test = tick(find(opened("models.py", **server.env), "acme/"), "acme/one")
        assert r"at most \$0.0000" in said(test)
        assert server.asked == []
        test.button(key="models_check").click().run()
        until_checked(test)
        assert "Answered at" in said(test)
        assert [request["max_tokens"] for request in server.asked] == [1]
        (row,) = rows(test)
        assert row["Availability"] == ["Listed only", "Answered"]
        assert (row["n"], row["Wait,\u00a0s"] >= 0) == (1, True)


def test_a_listed_model_that_cannot_be_called_is_shown_as_such(opened: Open) -> None:
    with serving(Together([listed("acme/one")], chat_status=404)) as server:
        test = tick(find(opened("models.py", **server.env), "acme/"), "acme/one")
        test.button(key="models_check").click().run()
        until_checked(test)
        assert "Refused at" in said(test)
        assert "It is listed, and cannot be called." in said(test)
        (row,) = rows(test)
        assert row["Availability"] == ["Listed only", "Refused"]
        assert row["Wait,\u00a0s"] is None


def test_a_busy_server_says_nothing_of_the_model(opened: Open) -> None:
    with serving(Together([listed("acme/one")], chat_status=429)) as server:
        test = tick(find(opened("models.py", **server.env), "acme/"), "acme/one")
        test.button(key="models_check").click().run()
        until_checked(test)
        assert "Not known, asked at" in said(test)
        assert rows(test)[0]["Availability"] == ["Listed only"]


def test_a_check_can_be_stopped_while_the_server_is_silent(opened: Open) -> None:
    with serving(Together([listed("acme/one")])) as server:
        server.go.clear()
        test = tick(find(opened("models.py", **server.env), "acme/"), "acme/one")
        test.button(key="models_check").click().run()
        assert rows(test)[0]["Availability"] == ["Listed only", "Asking"]
        test.button(key="models_check_stop").click().run()
        until_checked(test)
        assert "whether it answers is not known" in said(test)


def test_simulated_models_are_never_observed(opened: Open) -> None:
    test = find(opened("models.py"), "mixtral")
    name = next(row["Model"] for row in rows(test) if row["Endpoint"] == "Sandbox")
    tick(test, name)
    assert "simulated, nothing is paid" in said(test)
    test.button(key="models_check").click().run()
    until_checked(test)
    assert "simulated" in said(test)
    row = next(row for row in rows(test) if row["Model"] == name)
    assert row["Availability"] == ["Simulated", "Answered"]
    assert (row["n"], row["Tokens/s"]) == (None, None)


def test_a_choice_is_taken_to_chat_and_to_completion(opened: Open) -> None:
    test = find(opened("models.py"), "mixtral")
    name = next(row["Model"] for row in rows(test) if row["Endpoint"] == "Sandbox")
    tick(test, name).button(key="models_to_chat").click().run()
    assert test.title[0].value == "Chat"
    assert test.selectbox(key="chat_endpoint").value == "Sandbox"
    assert "Mixtral" in test.selectbox(key="chat_model_Sandbox").value
    test.switch_page("models.py").run()
    test.button(key="models_to_completion").click().run()
    assert test.title[0].value == "Completion"
    assert test.selectbox(key="completion_endpoint").value == "Sandbox"


def test_two_are_taken_to_compare_in_the_order_of_ticking(opened: Open) -> None:
    test = opened("models.py")
    test.multiselect(key="models_endpoint").set_value(["Sandbox"]).run()
    second, first = names(test)[:2]
    tick(test, first)
    tick(test, second, first)
    test.button(key="models_compare").click().run()
    assert not test.exception
    assert test.title[0].value == "Compare"
    link = str(test.query_params["models"])
    assert link.count("Sandbox~") == 2


@pytest.mark.parametrize(
    ("endpoint", "model", "said_"),
    [
        ("Nowhere", "m", "an endpoint that is not set up here"),
        ("Sandbox", " ", "names no model"),
        ("Sandbox", "m" * 201, "names no model"),
        ("Sandbox", "a\nb", "names no model"),
    ],
)
@pytest.mark.parametrize("page", ["chat", "completion"])
def test_a_link_that_names_nothing_here_changes_nothing(
    opened: Open, page: str, endpoint: str, model: str, said_: str
) -> None:
    test = opened("home.py")
    test.query_params["endpoint"], test.query_params["model"] = endpoint, model
    test.switch_page(f"{page}.py").run()
    assert not test.exception
    assert said_ in test.error[0].value
    assert test.selectbox(key=f"{page}_endpoint").value == "Sandbox"
    assert test.selectbox(key=f"{page}_model_Sandbox").value not in (model, None)


def test_a_link_picks_once_and_a_later_choice_stands(opened: Open) -> None:
    test = opened("home.py")
    test.query_params["endpoint"], test.query_params["model"] = "Sandbox", LLAMA_2
    test.switch_page("chat.py").run()
    assert test.selectbox(key="chat_model_Sandbox").value == LLAMA_2
    other = next(option for option in test.selectbox(key="chat_model_Sandbox").options if "Mixtral" in option)
    test.selectbox(key="chat_model_Sandbox").select(other).run()
    assert "Mixtral" in test.selectbox(key="chat_model_Sandbox").value
    assert "model" not in test.query_params


def test_filters_come_from_the_address_and_nonsense_in_it_is_passed_over(opened: Open) -> None:
    test = opened("home.py")
    for name, given in {"find": "mixtral", "sort": "nothing", "price": "nan", "context": "inf", "type": "<b>"}.items():
        test.query_params[f"models_{name}"] = given
    test.switch_page("models.py").run()
    assert not test.exception
    assert names(test)
    assert all("mixtral" in name.lower() for name in names(test))


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_is_none_filters_nothing(opened: Open, number: float) -> None:
    test = opened("models.py")
    everything = len(rows(test))
    for name in ("price", "context"):
        test.number_input(key=f"models_{name}").set_value(number).run()
        assert not test.exception
    assert len(rows(test)) == everything


def test_hostile_entries_of_a_list_are_text(opened: Open) -> None:
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
        test = find(opened("models.py", **server.env), "acme/")
        assert not test.exception
        for name in names(test):
            tick(test, name)
            for view in ("Chart", "Workload", "Details"):
                test.radio(key="models_view").set_value(view).run()
                assert not test.exception
        assert "](http" not in said(test)
        assert "](javascript" not in said(test)
        assert "Its own page" not in said(test)


def test_ids_that_cannot_stand_in_a_link_are_not_compared(opened: Open) -> None:
    with serving(Together([listed("acme/a,b~c"), listed("acme/d")])) as server:
        test = tick(find(opened("models.py", **server.env), "acme/"), "acme/a,b~c", "acme/d")
        assert test.button(key="models_compare").disabled


def test_the_chart_draws_what_has_both_figures_and_counts_the_rest(opened: Open) -> None:
    models = [
        priced("acme/dear", 10, 30, context_length=1_000_000),
        priced("acme/cheap", 0.01, 0.02, context_length=4_096),
        listed("acme/unknown"),
    ]
    with serving(Together(models)) as server:
        test = find(opened("models.py", **server.env), "acme/")
        test.radio(key="models_view").set_value("Chart").run()
        assert not test.exception
        assert "2 drawn · 1 without both figures." in said(test)
        assert list(test.dataframe[1].value["Model"]) == ["acme/cheap", "acme/dear"]
        test.selectbox(key="models_across").set_value("wait").run()
        assert "No model shown has both figures." in said(test)


def endpoint(name: str, server: Together) -> Endpoint:
    return Endpoint(name, "openai", f"http://127.0.0.1:{server.port}/v1")


def own(test: AppTest, server: Together) -> AppTest:
    """The visitor's own endpoint of one name, wherever it leads now."""
    test.session_state["session"].mine.own = Own(endpoints=(endpoint("Mine", server),))
    return test.run()


def test_all_endpoints_are_asked_for_their_lists_at_once(opened: Open) -> None:
    both = threading.Barrier(2)
    one, two = Together([listed("acme/one")], together_with=both), Together([listed("acme/two")], together_with=both)
    with serving(one), serving(two):
        test = opened("home.py")
        test.session_state["session"].mine.own = Own(endpoints=(endpoint("One", one), endpoint("Two", two)))
        test.switch_page("models.py").run()
        assert names(find(test, "acme/")) == ["acme/one", "acme/two"]
        assert not test.warning


def test_what_was_seen_of_an_endpoint_is_not_said_of_another_address_under_its_name(opened: Open) -> None:
    with serving(Together([listed("acme/one")])) as first, serving(Together([listed("acme/one")])) as second:
        test = tick(find(own(opened("models.py"), first), "acme/"), "acme/one")
        assert rows(test)[0]["Availability"] == ["Available"]
        test.button(key="models_check").click().run()
        until_checked(test)
        assert (rows(test)[0]["Availability"], rows(test)[0]["n"]) == (["Available", "Answered"], 1)
        own(test, second)
        assert (rows(test)[0]["Availability"], rows(test)[0]["n"]) == (["Available"], None)
        assert "Answered at" not in said(test)


def test_an_endpoint_that_went_takes_its_ticked_models_along(opened: Open) -> None:
    with serving(Together([listed("acme/one")])) as server:
        test = tick(find(own(opened("models.py"), server), "acme/"), "acme/one")
        test.session_state["session"].mine.own = Own()
        test.run()
        assert not test.exception
        assert "Ticked" not in said(test)


def test_a_check_that_cannot_be_sent_says_why(opened: Open) -> None:
    with serving(Together([listed("acme/one")])) as server:
        test = tick(find(own(opened("models.py"), server), "acme/"), "acme/one")
        server.go.clear()
        runs = playground().runs
        for number in range(8):
            request = ChatRequest("acme/one", (Message("user", "Hello"),))
            runs.start(
                test.session_state["session"].fallback_owner,
                endpoint("Mine", server),
                request,
                message_id=f"busy.{number}",
            )
        test.button(key="models_check").click().run()
        assert "8 answers are being written for you already" in test.error[0].value
        assert rows(test)[0]["Availability"] == ["Available"]


def followed(test: AppTest, model_id: str) -> object:
    """Opens Chat by a link from elsewhere; the model picked there then."""
    test.switch_page("home.py").run()
    test.query_params["endpoint"], test.query_params["model"] = "Sandbox", model_id
    test.switch_page("chat.py").run()
    return test.selectbox(key="chat_model_Sandbox").value


def test_a_link_followed_again_after_another_choice_picks_again(opened: Open) -> None:
    test = opened("home.py")
    assert followed(test, LLAMA_2) == LLAMA_2
    test.switch_page("home.py").run()
    test.query_params.clear()
    test.switch_page("chat.py").run()
    playground().conversations.update(
        test.session_state["session"].fallback_owner, lambda talk: replace(talk, setup=replace(talk.setup, model=OSS))
    )
    assert followed(test, LLAMA_2) == LLAMA_2
