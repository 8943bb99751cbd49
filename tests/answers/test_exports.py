"""What a conversation looks like as a file, and a request as code."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from services.answers.conversations import Conversation, Setup, Turn
from services.answers.exports import as_json, as_markdown
from services.answers.runs import Runs
from services.answers.snippets import curl_code, python_code
from services.embedding.notes import Hit, Note
from services.endpoints import Endpoint
from services.errors import StreamInterruptedError
from services.wire.types import ChatRequest, Chunk, CompletionRequest, Sampling, Usage
from tests.answers.scripted import LOCAL, SANDBOX, TOGETHER, Played, Script, chat

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def runs() -> Iterator[Runs]:
    made = Runs(Script(usage=Usage(412, 121)))
    yield made
    made.close()


def talk(runs: Runs, endpoint: Endpoint) -> Conversation:
    run = runs.start("ann", endpoint, chat("What leaks?"), message_id=endpoint.name)
    run.wait(5)
    return Conversation((Turn("What leaks?", (run,)),), Setup(system="Be short."))


@pytest.mark.parametrize(
    ("endpoint", "word"), [(LOCAL, "real · local"), (SANDBOX, "simulated"), (TOGETHER, "real · Together")]
)
def test_every_answer_carries_its_word(runs: Runs, endpoint: Endpoint, word: str) -> None:
    made = talk(runs, endpoint)
    assert f"## org/model ({word})" in as_markdown(made, now=NOW)
    assert json.loads(as_json(made, now=NOW))["turns"][0]["answers"][0]["origin"] == word


def test_markdown_has_question_answer_figures_and_definitions(runs: Runs) -> None:
    text = as_markdown(talk(runs, LOCAL), now=NOW)
    for part in ("What leaks?", "Hello there", "412 → 121 tokens", "> Be short.", "Wait: from sending"):
        assert part in text


def test_json_opens_and_has_every_figure_with_its_unit(runs: Runs) -> None:
    answer = json.loads(as_json(talk(runs, TOGETHER), now=NOW))["turns"][0]["answers"][0]
    assert answer["text"] == "Hello there"
    assert answer["figures"]["prompt_tokens"] == 412
    assert answer["figures"]["wait_s"] >= 0
    assert answer["messages"] == [{"role": "user", "content": "What leaks?"}]


def test_no_key_and_no_address_leave_in_an_export(runs: Runs) -> None:
    made = talk(runs, TOGETHER)
    for text in (as_markdown(made, now=NOW), as_json(made, now=NOW).decode()):
        assert "invented" not in text
        assert "api.example" not in text


def test_the_code_is_the_request_without_its_key() -> None:
    request = chat("It's 5 o'clock; \"quoted\"\nsecond line ü")
    code = python_code(TOGETHER, request)
    compile(code, "snippet", "exec")
    for text in (code, curl_code(TOGETHER, request)):
        assert "invented" not in text
        assert "TOGETHER_API_KEY" in text
        assert "https://api.example/v1/chat/completions" in text


def test_curl_hands_over_the_very_body() -> None:
    request = chat("It's 5 o'clock; \"quoted\" $HOME `x`\nsecond line ü")
    command = curl_code(TOGETHER, request).replace("curl ", "curl() { printf '%s' \"${!#}\"; }\ncurl ", 1)
    body = json.loads(subprocess.run(["bash", "-c", command], capture_output=True, check=True).stdout)
    assert body["messages"][0]["content"] == request.messages[0].content


def test_python_hands_over_the_very_body() -> None:
    request = CompletionRequest("m", "It's \\ 5\n", Sampling(max_tokens=3, stop=("\n",), echo=True))
    code = python_code(LOCAL, request)
    stub = (
        "import json, sys, types, os\nos.environ['TOGETHER_API_KEY'] = 'x'\n"
        "def post(url, json=None, **_):\n    sys.stdout.write(__import__('json').dumps([url, json])); sys.exit()\n"
        "sys.modules['httpx'] = types.SimpleNamespace(post=post)\n"
    )
    done = subprocess.run([sys.executable, "-c", stub + code], capture_output=True, text=True, check=True)
    url, body = json.loads(done.stdout)
    assert url == "http://127.0.0.1:1/v1/completions"
    assert "raise_for_status()" in code
    assert body["prompt"] == request.prompt
    assert code.endswith('["choices"][0]["text"])\n')
    assert body["stop"] == ["\n"]


def exported(source: Script | Played, request: ChatRequest | CompletionRequest | None = None) -> tuple[str, Any]:
    """Markdown, and the one answer of the JSON, of a conversation with one finished run of that source."""
    made = Runs(source)
    try:
        run = made.start("ann", TOGETHER, request if request is not None else chat(), message_id="1")
        run.wait(5)
    finally:
        made.close()
    talk = Conversation((Turn("q", (run,)),))
    return as_markdown(talk, now=NOW), json.loads(as_json(talk, now=NOW))["turns"][0]["answers"][0]


def test_simulated_answers_are_said_to_be_so_at_the_head(runs: Runs) -> None:
    assert "**Simulated answers" in as_markdown(talk(runs, SANDBOX), now=NOW)
    assert "**Simulated answers" not in as_markdown(talk(runs, LOCAL), now=NOW)


def test_what_broke_an_answer_is_in_the_export() -> None:
    text, answer = exported(Script(error=StreamInterruptedError("It broke.")))
    assert "*It broke.*" in text
    assert answer["error"] == "It broke."


def test_thinking_stands_apart_and_sampling_under_the_answer() -> None:
    text, answer = exported(Played(Chunk(1, "reasoning", "Hm."), Chunk(2, "answer", "Yes.")))
    assert "Thinking:\n\n> Hm." in text
    assert (answer["reasoning"], answer["text"]) == ("Hm.", "Yes.")
    assert "*max_tokens 100*" in text


def test_estimates_and_unknown_costs_are_marked() -> None:
    text, answer = exported(Script())
    assert "≈\u202f" in text
    assert answer["figures"]["tokens_estimated"]
    assert answer["figures"]["cost_usd"] is None


def test_a_completion_is_exported_with_its_prompt() -> None:
    assert exported(Script(), CompletionRequest("m", "Once"))[1]["messages"] == "Once"


def test_notes_versions_and_what_was_left_out_are_part_of_it(runs: Runs) -> None:
    made = talk(runs, LOCAL)
    again = runs.start("ann", LOCAL, chat("Once more"), message_id="again")
    again.wait(5)
    hit = Hit(Note("Pumps", "Leaks", "A seal wears."), 0.9)
    turn = replace(made.turns[0].answered_again(again), notes=(hit,), left_out=3)
    made = replace(made, turns=(turn,))
    assert "Leaks:\n\n> A seal wears." in as_markdown(made, now=NOW)
    kept = json.loads(as_json(made, now=NOW))["turns"][0]
    assert (len(kept["answers"]), kept["shown"], kept["left_out"], kept["notes"]) == (2, 1, 3, ["Leaks"])


def test_an_answer_that_is_still_being_written_says_so() -> None:
    made = Runs(Script(go=threading.Semaphore(0)))
    try:
        live = Conversation((Turn("q", (made.start("ann", LOCAL, chat(), message_id="1"),)),))
        assert "*still being written*" in as_markdown(live, now=NOW)
        assert json.loads(as_json(live, now=NOW))["turns"][0]["answers"][0]["figures"] is None
    finally:
        made.close()


def test_the_code_names_parameters_as_its_endpoint_does() -> None:
    request = replace(chat(), sampling=Sampling(repetition_penalty=1.1))
    assert "repeat_penalty" in python_code(LOCAL, request)
    assert "repetition_penalty" in python_code(TOGETHER, request)
