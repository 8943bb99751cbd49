"""The Completion page as its visitors use it, run from the shell against a Sandbox and servers that misbehave."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.completion_tokens import SHOWN, marked
from services.answers.completions import Sheet, continuation
from services.answers.runs import Run
from services.resources import playground
from services.wire.types import Sampling, TokenLogprob
from tests.faults.server import DONE, FaultServer, Peer, event
from tests.pages.conftest import Open
from tests.pages.test_pages import KEY, closed_port, texts

MODEL = "Qwen/Qwen3.5-9B"
PROMPT = "The port of SAP HANA Cloud is"
HOSTILE = "\n<script>alert(1)</script>\n  ![x](http://e.example/?d=1) $a$ :material/star: -> **b**\"'\u202e\n"
Completion = Callable[..., AppTest]


@pytest.fixture
def page(opened: Open, sandbox_address: str) -> Completion:
    """Completion with an endpoint that answers at once and takes any key; settings may be added."""

    def run(**env: str) -> AppTest:
        given = {"TOGETHER_API_KEY": KEY, "TOGETHER_BASE_URL": sandbox_address, "TOGETHER_DEFAULT_MODEL": MODEL}
        return opened("completion.py", **{**given, **env})

    return run


@contextmanager
def answering(*events: object, status: str = "200 OK") -> Iterator[FaultServer]:
    """Lists no models; every completion is answered with these events, or with the status and the first as a body."""

    def behave(peer: Peer) -> None:
        while True:
            if b"/models" in peer.request().split(b"\r\n")[0]:
                peer.answer(b"[]", "Content-Type: application/json")
            elif status == "200 OK":
                peer.start_stream()
                peer.send(b"".join(event(one) for one in events) + DONE)
                return
            else:
                peer.answer(json.dumps(events[0]).encode(), status=status)

    with FaultServer((behave,)) as server:
        yield server


@pytest.fixture
def hostile() -> Iterator[FaultServer]:
    """Continues every prompt with a text that would like to be more than text, and tokens to match."""
    content = [{"token": HOSTILE, "logprob": math.log(0.5), "top_logprobs": [{"token": "<b>", "logprob": -2.0}]}]
    choice = {"index": 0, "text": HOSTILE, "finish_reason": "stop", "logprobs": {"content": content}}
    with answering({"id": "a", "model": MODEL, "choices": [choice]}) as server:
        yield server


@pytest.fixture
def chat_only() -> Iterator[FaultServer]:
    """Refuses completions as a server does that has chat models only."""
    message = "This is a chat model and not supported in the v1/completions endpoint."
    with answering({"error": {"message": message}}, status="404 Not Found") as server:
        yield server


def sheet(test: AppTest) -> Sheet:
    return playground().completions.get(str(test.session_state["session"].fallback_owner))


def shown(test: AppTest) -> Run:
    run = sheet(test).run
    assert run is not None
    return run


def set_up(test: AppTest, **sampling: Any) -> AppTest:
    who = str(test.session_state["session"].fallback_owner)
    playground().completions.update(who, lambda now: now.with_sampling(Sampling(**sampling)))
    return test.run()


def completed(test: AppTest, prompt: str = PROMPT) -> AppTest:
    return finished(sent(test, prompt))


def sent(test: AppTest, prompt: str = PROMPT) -> AppTest:
    test.text_area(key="completion_prompt").set_value(prompt).run()
    return test.button(key="completion_send").click().run()


def finished(test: AppTest) -> AppTest:
    """Runs the page again until nothing is being written."""
    end_s = time.monotonic() + 30
    while not test.run().button(key="completion_stop").disabled:
        assert time.monotonic() < end_s
    assert not test.exception
    return test


def setting(test: AppTest, name: str) -> str:
    return f"completion_sampling_{sheet(test).filled}_{name}"


def pressed(test: AppTest, name: str) -> AppTest:
    return test.button(key=f"completion_{name}").click().run()


def more(test: AppTest, name: str) -> AppTest:
    test.session_state["completion_more"] = True
    return pressed(test.run(), name)


def blocks(test: AppTest) -> list[str]:
    """What stands there verbatim: first the continuation, then what can be copied."""
    return [str(element.value) for element in test.code]


def prompt(test: AppTest) -> str:
    return str(test.text_area(key="completion_prompt").value)


def test_a_prompt_is_continued_where_it_stands_and_drawn_character_for_character(page: Completion) -> None:
    test = completed(page())
    assert continuation(shown(test)).prompt == PROMPT
    assert shown(test).text().startswith(" ")
    assert blocks(test)[0] == shown(test).text()
    assert "**done**" in texts(test)
    assert "Ended by itself or at a stop sequence." in texts(test)


def test_hostile_text_and_tokens_stay_text(page: Completion, hostile: FaultServer) -> None:
    test = page(TOGETHER_BASE_URL=hostile.url)
    test = completed(set_up(test, logprobs=5))
    assert blocks(test)[0] == HOSTILE
    assert HOSTILE not in texts(test)
    [html] = test.get("html")
    assert "<script" not in html.proto.body
    assert "&lt;script&gt;" in html.proto.body
    assert "\u202e" not in html.proto.body


def test_everything_a_token_holds_is_escaped_in_the_marked_text() -> None:
    text = marked([TokenLogprob('"><img src=x onerror=alert(1)>', -1.0, (("'\"</span>", -2.0),))])
    assert "<img" not in text
    assert text.count("<span") == text.count("</span>") == 1
    assert text.count('"') == 2 + 2 * 2


def test_a_less_likely_token_has_a_heavier_line() -> None:
    likely, unlikely = (marked([TokenLogprob("a", math.log(share))]) for share in (0.95, 0.3))
    assert "border-bottom: 0px" in likely
    assert "border-bottom: 2px" in unlikely


def test_probabilities_stand_in_a_table_beside_the_text_and_are_called_simulated(opened: Open) -> None:
    test = opened("completion.py")
    test.selectbox(key="completion_endpoint").set_value("Sandbox").run()
    test = completed(set_up(test, logprobs=3))
    [table] = test.dataframe
    tokens = shown(test).wait(1).answer.choices[0].logprobs
    assert len(table.value) == len(tokens)
    assert "".join(token.token for token in tokens) == shown(test).text()
    assert table.value["Probability"].between(0, 1).all()
    assert "simulated, on average" in texts(test)
    assert "Simulated" in texts(test)


def test_a_server_that_sends_no_probabilities_is_said_to(page: Completion) -> None:
    with answering(
        {"id": "a", "model": MODEL, "choices": [{"index": 0, "text": " 443", "finish_reason": "stop"}]}
    ) as server:
        test = completed(set_up(page(TOGETHER_BASE_URL=server.url), logprobs=3))
        assert "the server sent none" in texts(test)
        assert not test.dataframe


def test_only_the_first_tokens_of_a_very_long_text_are_drawn(page: Completion) -> None:
    count = SHOWN + 5
    probabilities = {"tokens": ["a "] * count, "token_logprobs": [-0.1] * count}
    choice = {"index": 0, "text": "a " * count, "finish_reason": "stop", "logprobs": probabilities}
    with answering({"id": "a", "model": MODEL, "choices": [choice]}) as server:
        test = completed(set_up(page(TOGETHER_BASE_URL=server.url), logprobs=1))
        assert len(test.dataframe[0].value) == SHOWN
        assert test.get("html")[0].proto.body.count("<span") == SHOWN
        assert "The first 1,000 are shown; the export has all." in texts(test)


def test_each_alternative_has_its_own_text_and_is_gone_on_from(page: Completion) -> None:
    test = completed(set_up(page(), n=3, temperature=1.0, max_tokens=8))
    choices = shown(test).wait(1).answer.choices
    assert len(choices) == 3
    pick = f"completion_alternative_{shown(test).id}"
    [choice] = [group for group in test.get("button_group") if group.key == pick]
    choice.set_value(2).run()
    assert blocks(test)[0] == choices[2].text
    pressed(test, "append")
    assert prompt(test) == sheet(test).prompt == PROMPT + choices[2].text
    assert len(sheet(test).runs) == 1


def test_append_and_go_on_sends_the_longer_prompt_and_shows_it(page: Completion) -> None:
    test = completed(set_up(page(), max_tokens=5))
    first = shown(test).text()
    finished(pressed(test, "go_on"))
    assert continuation(shown(test)).prompt == prompt(test) == PROMPT + first


def test_versions_can_be_looked_at_and_taken_back_with_their_settings(page: Completion) -> None:
    test = completed(set_up(page(), max_tokens=7, stop=("\n\n",)), "The first prompt")
    test = completed(set_up(test, max_tokens=9), "The second prompt")
    assert "2 of 2" in texts(test)
    pressed(test, "version_-1")
    assert continuation(shown(test)).prompt == "The first prompt"
    assert prompt(test) == "The second prompt"
    pressed(test, "take")
    assert prompt(test) == "The first prompt"
    assert test.number_input(key=setting(test, "max_tokens")).value == 7
    assert test.text_input(key=setting(test, "stop")).value == r"\n\n"


def test_again_adds_a_version_of_the_same_prompt(page: Completion) -> None:
    test = finished(pressed(completed(page()), "again"))
    assert [continuation(run).prompt for run in sheet(test).runs] == [PROMPT, PROMPT]


def test_every_field_reaches_the_request(page: Completion) -> None:
    test = page()
    for name, value in (("temperature", 0.0), ("n", 2), ("logprobs", 4), ("seed", 0), ("presence_penalty", -1.5)):
        test.number_input(key=setting(test, name)).set_value(value).run()
    test.text_input(key=setting(test, "stop")).set_value(r"\n, END").run()
    test.text_input(key=setting(test, "bias")).set_value("13: -100").run()
    test.checkbox(key=setting(test, "echo")).check().run()
    test.selectbox(key=setting(test, "too_long")).set_value("truncate").run()
    completed(test)
    assert shown(test).request.sampling == Sampling(
        max_tokens=256,
        temperature=0.0,
        n=2,
        logprobs=4,
        seed=0,
        presence_penalty=-1.5,
        stop=("\n", "END"),
        logit_bias={"13": -100.0},
        echo=True,
        context_length_exceeded_behavior="truncate",
    )


def test_a_bias_that_cannot_be_read_is_said_and_what_held_before_holds(page: Completion) -> None:
    test = set_up(page(), logit_bias={"13": 1.0})
    test.text_input(key=setting(test, "bias")).set_value("13 much").run()
    assert "13 much is no token id with a bias" in texts(test)
    assert sheet(test).sampling.logit_bias == {"13": 1.0}


def test_with_echo_the_prompt_stands_ahead_and_who_put_it_there_is_said(page: Completion) -> None:
    test = completed(set_up(page(), echo=True))
    assert blocks(test) == [PROMPT + shown(test).text()] * 2
    assert "was put there by the page" in texts(test)


def test_what_was_typed_and_chosen_survives_a_visit_to_another_page(page: Completion) -> None:
    test = completed(set_up(page(), max_tokens=7))
    test.text_area(key="completion_prompt").set_value("Half a sen").run()
    run = shown(test)
    test.switch_page("chat.py").run()
    test.switch_page("completion.py").run()
    assert prompt(test) == "Half a sen"
    assert test.number_input(key=setting(test, "max_tokens")).value == 7
    assert blocks(test)[0] == run.text()


def test_a_chat_model_is_said_to_be_one_before_the_call_and_chat_takes_the_prompt(opened: Open) -> None:
    test = opened("completion.py")
    test.selectbox(key="completion_endpoint").set_value("Sandbox").run()
    test.text_area(key="completion_prompt").set_value(PROMPT).run()
    assert "is listed as a chat model" in texts(test)
    model = test.selectbox(key="completion_model_Sandbox").value
    pressed(test, "to_chat")
    assert test.title[0].value == "Chat"
    assert test.text_area(key="chat_draft").value == PROMPT
    assert test.selectbox(key="chat_endpoint").value == "Sandbox"
    assert test.selectbox(key="chat_model_Sandbox").value == model
    assert sheet(test).prompt == PROMPT
    assert not playground().runs.tally(str(test.session_state["session"].fallback_owner)).answers


def test_a_model_that_its_server_sends_to_chat_is_not_asked_again(page: Completion, chat_only: FaultServer) -> None:
    test = completed(page(TOGETHER_BASE_URL=chat_only.url))
    assert "**failed**" in texts(test)
    assert "answers in chat only, its server says" in texts(test)
    assert test.button(key="completion_send").disabled
    assert test.button(key="completion_to_chat")


def test_a_prompt_that_cannot_be_sent_stays_and_why_stands_where_the_result_would(page: Completion) -> None:
    test = sent(page(), "   ")
    assert "The prompt is empty" in test.error[0].value
    assert prompt(test) == "   "
    completed(test)
    assert not test.error


def test_a_problem_of_the_server_stands_in_the_place_of_the_result(page: Completion) -> None:
    port = closed_port()
    test = completed(page(TOGETHER_BASE_URL=f"http://127.0.0.1:{port}/v1", TOGETHER_MAX_RETRIES="0"))
    assert f"127.0.0.1:{port}" in test.error[0].value
    assert "**failed**" in texts(test)
    assert prompt(test) == PROMPT


def test_stop_keeps_what_came(page: Completion) -> None:
    test = sent(page(TOGETHER_DEFAULT_MODEL=f"{MODEL}:fault-crawl"))
    run = shown(test)
    assert run.live
    assert test.button(key="completion_send").disabled
    pressed(test, "stop")
    assert run.wait(10).state == "stopped"
    finished(test)
    assert "**stopped**" in texts(test)
    assert not test.button(key="completion_send").disabled


def test_the_forecast_bounds_the_cost_of_every_alternative(page: Completion) -> None:
    test = page(TOGETHER_DEFAULT_MODEL="openai/gpt-oss-120b")
    test.text_area(key="completion_prompt").set_value(PROMPT).run()
    one = next(part for part in texts(test).split("\n") if "tokens in" in part)
    set_up(test, n=8)
    eight = next(part for part in texts(test).split("\n") if "tokens in" in part)
    assert "at most" in one
    assert one != eight


def test_fields_that_are_left_by_the_click_on_complete_are_sent_as_they_are(page: Completion) -> None:
    """The page is not drawn between the two."""
    test = page()
    test.number_input(key=setting(test, "max_tokens")).set_value(7)
    test.number_input(key=setting(test, "n")).set_value(2)
    test.text_area(key="completion_prompt").set_value(PROMPT)
    request = shown(finished(test.button(key="completion_send").click().run())).request
    assert (request.prompt, request.sampling.max_tokens, request.sampling.n) == (PROMPT, 7, 2)


def test_an_example_brings_its_own_settings_and_is_sent(page: Completion) -> None:
    test = finished(pressed(page(), "start_pattern"))
    assert prompt(test).endswith("battery =>")
    assert shown(test).request.sampling.stop == ("\n",)
    assert test.text_input(key=setting(test, "stop")).value == r"\n"
    assert test.number_input(key=setting(test, "logprobs")).value == 5


def test_clear_takes_all_away_and_it_can_be_brought_back(page: Completion) -> None:
    test = more(completed(page()), "clear")
    assert prompt(test) == ""
    assert sheet(test).runs == ()
    more(test, "undo")
    assert prompt(test) == PROMPT
    assert blocks(test)[0] == shown(test).text()


def test_view_code_shows_this_request_and_no_key(page: Completion) -> None:
    test = page()
    test.text_area(key="completion_prompt").set_value(PROMPT).run()
    more(test, "code")
    code = "\n".join(blocks(test))
    assert "/completions" in code
    assert PROMPT in code
    assert KEY not in code


def test_a_retired_model_is_said_before_the_call(page: Completion) -> None:
    test = page(TOGETHER_DEFAULT_MODEL="mistralai/Mixtral-8x7B-Instruct-v0.1")
    assert "left the serverless offer" in test.warning[0].value
    pressed(test, "instead_0")
    assert sheet(test).model != "mistralai/Mixtral-8x7B-Instruct-v0.1"
    assert not test.warning


def test_another_owner_has_a_sheet_of_his_own(page: Completion) -> None:
    test = completed(page())
    test.session_state["session"] = replace(test.session_state["session"], fallback_owner="somebody-else")
    test.run()
    assert sheet(test).runs == ()
    assert not blocks(test)
