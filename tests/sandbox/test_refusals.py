"""What a request may not be, and the words of each refusal."""

import pytest

LLAMA = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
LLAMA_2 = "meta-llama/Llama-2-70b-chat-hf"
MIXTRAL = "mistralai/Mixtral-8x7B-Instruct-v0.1"
USER = [{"role": "user", "content": "What is a token?"}]


@pytest.mark.parametrize(
    ("param", "value"),
    [
        ("messages", None),
        ("messages", []),
        ("messages[0]", [{"role": "nobody", "content": "x"}]),
        ("messages[0]", [{"role": "user"}]),
        ("messages[0]", [{"role": "user", "content": 3}]),
        ("messages[0]", [{"role": "user", "content": [{"type": "text"}]}]),
        ("messages[0]", [{"role": "tool", "content": "x"}]),
        ("messages[0]", [{"role": "assistant", "tool_calls": [{"id": "1"}]}]),
        ("model", None),
        ("model", 7),
        ("temperature", 2.1),
        ("temperature", "0.7"),
        ("top_p", -0.1),
        ("max_tokens", 0),
        ("max_tokens", 1.5),
        ("n", 129),
        ("presence_penalty", 2.5),
        ("logprobs", True),
        ("logprobs", 21),
        ("stop", "END"),
        ("stream", "yes"),
        ("echo", 3),
        ("reasoning", "high"),
        ("context_length_exceeded_behavior", "shrink"),
        ("tools", [{"name": "get_weather"}]),
        ("tool_choice", {"type": "function"}),
        ("tool_choice", "always"),
        ("response_format", {"type": "xml"}),
        ("response_format", {"type": "json_schema"}),
        ("response_format", {"type": "json_schema", "schema": {"type": "object", "properties": []}}),
        ("response_format", {"type": "json_schema", "schema": {"type": "object", "required": [{}]}}),
        ("response_format", {"type": "json_schema", "schema": {"enum": []}}),
        ("response_format", {"type": "regex", "pattern": "(a"}),
    ],
)
def test_a_wrong_parameter_is_refused_by_name(sandbox, param, value):
    body = {"model": LLAMA, "messages": USER, param.partition("[")[0]: value}
    answer = sandbox.post("/v1/chat/completions", **body)
    assert answer.status == 400
    assert answer.json["error"].keys() == {"message", "type", "param", "code"}
    assert (answer.json["error"]["type"], answer.json["error"]["param"]) == ("invalid_request_error", param)


def test_a_completion_passes_over_what_belongs_to_chat(sandbox):
    assert sandbox.post("/v1/completions", model=LLAMA, prompt="HANA is", tools=3, response_format="json").status == 200
    assert sandbox.post("/v1/completions", model=LLAMA, prompt="HANA is", tool_choice={}).status == 200


def test_zero_is_a_value(sandbox):
    zeros = {"temperature": 0, "top_p": 0, "top_k": 0, "seed": 0, "logprobs": 0, "presence_penalty": 0}
    assert sandbox.chat(LLAMA, **zeros).status == 200


def test_null_is_the_same_as_absent(sandbox):
    nulls = dict.fromkeys(("temperature", "stop", "n", "tools", "response_format", "reasoning", "stream", "seed"))
    assert sandbox.chat(LLAMA, **nulls).status == 200


def test_fields_nobody_knows_are_passed_over(sandbox):
    assert sandbox.chat(LLAMA, stream_options={"include_usage": True}, made_up=1).status == 200


@pytest.mark.parametrize(("body", "status"), [(b"{", 400), (b"[1]", 422), (b"", 400)])
def test_a_body_that_is_no_object_is_refused(sandbox, body, status):
    assert sandbox.call("POST", "/v1/chat/completions", body).status == status


def test_errors_are_printed_over_several_lines(sandbox):
    assert sandbox.chat("nobody/nothing").body.startswith(b'{\n  "id": ')


def test_an_unknown_model_is_404_with_the_recorded_words(sandbox):
    answer = sandbox.chat("nobody/nothing")
    assert (answer.status, answer.json["error"]["code"]) == (404, "model_not_available")
    assert answer.json["error"]["message"].startswith("Unable to access model nobody/nothing. Please visit")


def test_ids_are_case_sensitive(sandbox):
    assert sandbox.chat(LLAMA.lower()).status == 404


def test_a_model_that_shares_data_is_403(sandbox):
    answer = sandbox.chat("Qwen/Qwen3.6-Plus")
    assert (answer.status, answer.json["error"]["type"]) == (403, "third_party_data_sharing_blocked")


@pytest.mark.parametrize(("model", "status"), [(LLAMA_2, 400), (MIXTRAL, 403)])
@pytest.mark.parametrize("stream", [False, True])
def test_a_prompt_over_the_context_is_refused_before_the_first_byte(sandbox, model, status, stream):
    answer = sandbox.chat(model, "pump " * 40_000, stream=stream)
    assert answer.status == status
    assert answer.json["error"]["param"] == "max_tokens"


def test_max_tokens_counts_towards_the_context(sandbox):
    assert sandbox.chat(LLAMA_2, max_tokens=4000).status == 200
    assert sandbox.chat(LLAMA_2, max_tokens=4090).status == 400
    assert sandbox.chat(LLAMA_2, max_tokens=4090, context_length_exceeded_behavior="truncate").status == 200


def test_a_model_serves_its_own_kind_only(sandbox):
    assert sandbox.post("/v1/embeddings", model=LLAMA, input="x").status == 400
    assert sandbox.chat("togethercomputer/m2-bert-80M-8k-retrieval").status == 400


@pytest.mark.parametrize("given", [None, [], "", [""], [3], {"a": 1}])
def test_embedding_input_must_be_text(sandbox, given):
    answer = sandbox.post("/v1/embeddings", model="intfloat/multilingual-e5-large-instruct", input=given)
    assert (answer.status, answer.json["error"]["param"]) == (400, "input")


def test_a_prompt_is_one_string(sandbox):
    assert sandbox.post("/v1/completions", model=LLAMA, prompt=["a", "b"]).json["error"]["param"] == "prompt"


def test_an_address_or_method_nobody_serves_is_json_too(sandbox):
    assert sandbox.call("GET", "/v2/nothing").json["error"]["type"] == "invalid_request_error"
    assert (sandbox.call("GET", "/v2/nothing").status, sandbox.call("GET", "/v1/embeddings").status) == (404, 405)


def test_a_forced_tool_must_be_offered(sandbox):
    choice = {"type": "function", "function": {"name": "other"}}
    tools = [{"type": "function", "function": {"name": "get_weather"}}]
    assert sandbox.chat(LLAMA, tools=tools, tool_choice=choice).json["error"]["param"] == "tool_choice"


def test_deepseek_takes_no_forced_tool_while_it_thinks(sandbox):
    tools = [{"type": "function", "function": {"name": "get_weather"}}]
    forced = {"tools": tools, "tool_choice": {"type": "function", "function": {"name": "get_weather"}}}
    model = "deepseek-ai/DeepSeek-V4-Pro-0813"
    assert sandbox.chat(model, **forced).status == 400
    assert sandbox.chat(model, **forced, chat_template_kwargs={"thinking": False}).status == 200


def test_a_body_over_the_bound_is_413(serve):
    with serve(pace=0, max_body_bytes=1000) as caller:
        assert caller.chat(LLAMA, "x" * 500).status == 200
        assert caller.chat(LLAMA, "x" * 1500).status == 413
