"""What a conversation looks like as a file, and a request as code."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from services.answers.conversations import Conversation, Setup, Turn
from services.answers.exports import as_json, as_markdown
from services.answers.runs import Runs
from services.answers.snippets import curl_code, python_code
from services.endpoints import Endpoint
from services.wire.types import CompletionRequest, Sampling, Usage
from tests.answers.scripted import LOCAL, SANDBOX, TOGETHER, Script, chat

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
    assert body["prompt"] == request.prompt
    assert body["stop"] == ["\n"]
