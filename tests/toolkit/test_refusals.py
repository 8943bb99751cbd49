"""Who answers a script, what it is told, and what it is refused."""

from __future__ import annotations

import json
import math
import pydoc
from collections.abc import Callable

import pytest

from services.errors import BadRequestError, ConfigError, NotFoundError, ServiceError
from services.toolkit import TogetherAIClient, TogetherAIError, get_together_ai_client
from services.toolkit.embeddings import get_embeddings
from tests.faults.server import WHOLE_STREAM, FaultServer, says_no, streams
from tests.toolkit.conftest import KEY, Said

RETIRED = "meta-llama/Llama-2-70b-chat-hf"
EMBEDDING_MODEL = "togethercomputer/m2-bert-80M-8k-retrieval"
MakeClient = Callable[..., TogetherAIClient]


def gone(model: str) -> dict[str, object]:
    return {"error": {"message": f"Unable to access {model}.", "code": "model_not_available"}}


def test_together_required_without_a_key_is_refused_at_once(client_with: MakeClient, said: Said) -> None:
    with pytest.raises(TogetherAIError, match="TOGETHER_API_KEY") as refused:
        client_with({"ENABLE_TOGETHER_AI": "true"})
    assert refused.value.kind == "config"
    assert said == []


def test_an_address_without_a_key_is_not_passed_over(client_with: MakeClient) -> None:
    with pytest.raises(ConfigError, match="no key"):
        client_with(base_url="https://api.example/v1")
    client_with({"ENABLE_TOGETHER_AI": "false"}, base_url="https://api.example/v1")


def test_a_key_given_replaces_one_that_cannot_be_used(client_with: MakeClient, said: Said) -> None:
    with pytest.raises(ConfigError, match="placeholder"):
        client_with({"TOGETHER_API_KEY": "<your key>"})
    client_with({"TOGETHER_API_KEY": "<your key>"}, api_key=KEY)
    assert said == []


@pytest.mark.parametrize("named_by", ["call", "override", "setting"])
def test_a_model_named_without_a_key_is_simulated(named_by: str, client_with: MakeClient, said: Said) -> None:
    client = client_with(
        {"TOGETHER_DEFAULT_MODEL": RETIRED} if named_by == "setting" else {},
        default_model=RETIRED if named_by == "override" else None,
    )
    for _ in range(2):
        response = client.generate_completion("A pump", RETIRED if named_by == "call" else None, max_tokens=1)
        assert (response["model"], response["origin"], response["endpoint"]) == (RETIRED, "simulated", "Sandbox")
    (notice,) = said
    assert f"Sandbox simulates {RETIRED}" in notice


def test_where_local_cannot_run_the_sandbox_answers_with_the_reason(client_with: MakeClient, said: Said) -> None:
    response = client_with().generate_chat_completion("Hi", max_tokens=1)
    assert response["origin"] == "simulated"
    (notice,) = said
    assert "There is no build for this machine" in notice


def test_embeddings_of_a_named_model_without_a_key_are_simulated(client_with: MakeClient, said: Said) -> None:
    made = client_with().generate_embeddings("pump", EMBEDDING_MODEL)
    assert (made["origin"], made["model"]) == ("simulated", EMBEDDING_MODEL)
    assert len(said) == 1


def test_switched_off_a_named_embedding_model_is_refused_and_a_set_one_replaced_aloud(
    client_with: MakeClient, said: Said
) -> None:
    off = {"ENABLE_TOGETHER_AI": "false", "TOGETHER_API_KEY": KEY}
    with pytest.raises(ConfigError, match="ENABLE_TOGETHER_AI is false"):
        client_with(off).generate_embeddings("pump", EMBEDDING_MODEL)
    made = client_with(off, default_embedding_model=EMBEDDING_MODEL).generate_embeddings("pump")
    assert made["origin"] == "local"
    (notice,) = said
    assert "encoder on this machine" in notice


def test_without_a_key_the_models_to_name_are_the_simulated_ones(client_with: MakeClient) -> None:
    models = client_with().get_available_models()
    assert {model["origin"] for model in models} == {"simulated"}
    assert RETIRED in {model["id"] for model in models}


def test_a_setting_that_cannot_be_used_is_said(client_with: MakeClient, said: Said) -> None:
    client_with({"TOGETHER_API_KEY": KEY, "TOGETHER_TIMEOUT": "soon", "TOGETHER_DEFAULT_MODLE": "x"})
    assert ["TOGETHER_TIMEOUT" in said[0], "did you mean TOGETHER_DEFAULT_MODEL?" in said[1]] == [True, True]


@pytest.mark.parametrize("named_by", ["call", "default"])
def test_a_retired_model_is_asked_once_and_then_named_with_substitutes(named_by: str, client_with: MakeClient) -> None:
    with FaultServer((says_no(404, gone(RETIRED)),)) as server:
        client = client_with(api_key=KEY, base_url=server.url, default_model=RETIRED)
        with pytest.raises(NotFoundError) as refused:
            client.generate_chat_completion("Hi", RETIRED if named_by == "call" else None)
        assert len(server.requests) == 1
    assert "left the serverless offer on 22 August 2024" in refused.value.message
    assert "TOGETHER_DEFAULT_MODEL to openai/gpt-oss-120b" in refused.value.remedy
    assert str(refused.value) == f"{refused.value.message} {refused.value.remedy}"


@pytest.mark.parametrize("body", [gone("acme/unheard-of"), b"There is no model acme/unheard-of here."])
def test_a_model_nobody_knows_is_refused_without_a_story(body: object, client_with: MakeClient) -> None:
    with FaultServer((says_no(404, body),)) as server:
        client = client_with(api_key=KEY, base_url=server.url)
        with pytest.raises(NotFoundError) as refused:
            client.generate_completion("Hi", "acme/unheard-of")
    assert "left the serverless offer" not in str(refused.value)
    assert "generate_chat_completion" not in str(refused.value)
    assert "TOGETHER_DEFAULT_MODEL" in refused.value.remedy


def test_an_embedding_model_that_is_gone_points_to_the_encoder(client_with: MakeClient) -> None:
    with FaultServer((says_no(404, gone(EMBEDDING_MODEL)),)) as server:
        client = client_with(api_key=KEY, base_url=server.url)
        with pytest.raises(NotFoundError, match="13 June 2025") as refused:
            client.generate_embeddings("pump", EMBEDDING_MODEL)
    assert "encoder on this machine" in refused.value.remedy


def test_a_model_the_sandbox_lacks_is_refused_with_where_to_look(client_with: MakeClient) -> None:
    with pytest.raises(NotFoundError, match="get_available_models"):
        client_with().generate_chat_completion("Hi", "acme/unheard-of")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"error": {"message": "This model only supports chat completions."}}),
        (404, {"error": "Not Found"}),
        (404, b"404 page not found"),
    ],
)
def test_a_model_that_only_chats_points_to_the_chat(status: int, body: object, client_with: MakeClient) -> None:
    with FaultServer((says_no(status, body),)) as server:
        client = client_with(api_key=KEY, base_url=server.url)
        with pytest.raises(ServiceError, match="generate_chat_completion"):
            client.generate_completion("Hi", "acme/chat")


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [{"content": "Hi"}],
        ["Hi"],
        [{"role": "user", "content": "Hi", "mood": "good"}],
        [{"role": "user", "content": "Hi", "mood": "good", 7: "pumps"}],
        [{"role": "user", "content": ["Hi"]}],
        [{"role": "assistant", "content": None, "tool_calls": 7}],
        7,
    ],
)
def test_what_is_no_message_is_refused_without_a_request(messages: object, client_with: MakeClient) -> None:
    with FaultServer((says_no(500),)) as server:
        client = client_with(api_key=KEY, base_url=server.url)
        with pytest.raises(BadRequestError):
            client.generate_chat_completion(messages, "acme/tiny")  # type: ignore[arg-type]
        assert server.requests == []


@pytest.mark.parametrize("model", ["", " ", 7])
def test_what_names_no_model_is_refused_before_anybody_is_asked(
    model: str, client_with: MakeClient, said: Said
) -> None:
    client = client_with()
    for ask in (client.generate_chat_completion, client.generate_completion, client.generate_embeddings):
        with pytest.raises(BadRequestError, match="id of a model"):
            ask("Hi", model)
    assert said == []


def test_a_tool_call_of_the_history_is_sent_whole_or_refused(client_with: MakeClient) -> None:
    call = {"id": "c-1", "type": "function", "function": {"name": "find", "arguments": "{}"}}
    asked = {"role": "assistant", "content": None, "tool_calls": [call]}
    told = {"role": "tool", "content": "Pump 7.", "tool_call_id": "c-1"}
    with FaultServer((streams(WHOLE_STREAM),)) as server:
        client = client_with(api_key=KEY, base_url=server.url)
        client.generate_chat_completion([asked, told], "acme/tiny")
        assert json.loads(server.requests[0].partition(b"\r\n\r\n")[2])["messages"] == [asked, told]
        with pytest.raises(BadRequestError, match="id, function name and arguments"):
            client.generate_chat_completion([{**asked, "tool_calls": [{"id": "c-1"}]}], "acme/tiny")


def test_a_prompt_is_a_text(client_with: MakeClient) -> None:
    with pytest.raises(BadRequestError, match="prompt is not a text"):
        client_with(api_key=KEY).generate_completion(["Hi"])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value"),
    [("temperature", math.nan), ("top_p", math.inf), ("max_tokens", -math.inf), ("stop", 7), ("stop", ["END", 7])],
)
def test_what_cannot_be_sent_as_it_stands_is_named(name: str, value: object, client_with: MakeClient) -> None:
    client = client_with(api_key=KEY, base_url="http://127.0.0.1:9/v1")
    for ask in (client.generate_chat_completion, client.generate_completion, client.stream_chat_completion):
        with pytest.raises(BadRequestError, match=f"^{name}"):
            ask("Hi", "acme/tiny", **{name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("texts", [[], ["pump", 7], 7, None, b"pump"])
def test_what_is_no_text_is_not_embedded(texts: list[str], client_with: MakeClient) -> None:
    with pytest.raises(BadRequestError):
        client_with().generate_embeddings(texts)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("api_key", "two words"),
        ("api_key", 7),
        ("base_url", "api.example"),
        ("base_url", "http://api.example/v1"),
        ("default_model", " "),
        ("default_embedding_model", 7),
        *((name, value) for name in ("connect_timeout_s", "total_timeout_s") for value in (0, -1, "5", True)),
        ("first_token_timeout_s", float("nan")),
        ("idle_timeout_s", float("inf")),
        *(("max_attempts", value) for value in (0, 12, 1.5, True)),
        *((name, -1) for name in ("backoff_base_s", "backoff_cap_s", "max_retry_after_s")),
        *((name, 0) for name in ("max_response_bytes", "max_event_bytes")),
    ],
)
def test_a_value_that_cannot_be_right_is_named_and_never_repeated(name: str, value: object) -> None:
    with pytest.raises(ConfigError, match=f"^{name} cannot be used: ") as refused:
        get_together_ai_client(**{name: value})  # type: ignore[arg-type]
    assert "two words" not in str(refused.value)


@pytest.mark.parametrize(
    ("get", "keyword"), [(get_together_ai_client, "timeout"), (get_embeddings, "timeout"), (get_embeddings, "model_id")]
)
def test_a_keyword_nobody_knows_is_pythons_own_error(get: Callable[..., object], keyword: str) -> None:
    with pytest.raises(TypeError, match=keyword):
        get(**{keyword: 5})


@pytest.mark.parametrize(
    ("get", "own"), [(get_together_ai_client, "default_model: 'str | None' = None"), (get_embeddings, "model: 'str")]
)
def test_help_shows_each_keyword_and_what_comes_back(get: Callable[..., object], own: str) -> None:
    shown = pydoc.plain(pydoc.render_doc(get))
    assert f"{get.__name__}(*, api_key: 'str | None' = None, base_url:" in shown
    assert f", {own}" in shown
    assert ") -> 'TogetherAI" in shown


def test_no_key_stands_in_what_a_client_shows_of_itself(client_with: MakeClient) -> None:
    client = client_with(api_key=KEY)
    assert KEY not in f"{client!r} {vars(client)!r}"
