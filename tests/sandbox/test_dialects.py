"""The bytes of answers against the recorded shapes: same keys, same kinds of values, same order of chunks."""

import pytest

LLAMA = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
LLAMA_2 = "meta-llama/Llama-2-70b-chat-hf"
GPT_OSS = "openai/gpt-oss-120b"
DEEPSEEK = "deepseek-ai/DeepSeek-V4-Pro-0813"
QWEN = "Qwen/Qwen3.5-9B"
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Weather of a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
ASK_WEATHER = {"text": "What is the weather in Berlin?", "tools": [WEATHER]}

BODY_A = {
    "id": "",
    "object": "chat.completion",
    "created": 0,
    "model": LLAMA,
    "prompt": [],
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "", "tool_calls": []},
            "logprobs": None,
            "finish_reason": "stop",
            "seed": 15924764223251450000,
        }
    ],
    "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0, "cached_tokens": 0},
}
BODY_B = {
    "id": "",
    "object": "chat.completion",
    "created": 0,
    "model": GPT_OSS,
    "metadata": {"weight_version": "default"},
    "prompt": [],
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "", "tool_calls": [], "reasoning": ""},
            "logprobs": None,
            "finish_reason": "stop",
            "seed": None,
        }
    ],
    "usage": {"prompt_tokens": 0, "total_tokens": 0, "completion_tokens": 0, "reasoning_tokens": 0},
}


def shape(value):
    """Keys and kinds, without the values."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    return type(value).__name__


def chunk_a(text, finish=None, seed=None, usage=None, token_id=1):
    delta = {"token_id": token_id, "role": "assistant", "content": text}
    choice = {"index": 0, "text": text, "logprobs": None, "finish_reason": finish, "seed": seed, "delta": delta}
    head = {"id": "", "object": "chat.completion.chunk", "created": 0}
    return head | {"choices": [choice], "model": LLAMA, "usage": usage}


def chunk_b(text, thought, finish=None):
    delta = {"token_id": None, "role": "assistant", "content": text, "reasoning": thought}
    choice = {"index": 0, "text": text, "logprobs": None, "finish_reason": finish, "delta": delta}
    return {"id": "", "object": "chat.completion.chunk", "created": 0, "choices": [choice], "model": GPT_OSS}


def joined(events, key="content"):
    deltas = [choice["delta"] for event in events for choice in event["choices"]]
    return "".join(delta.get(key) or "" for delta in deltas)


@pytest.mark.parametrize(("model", "recorded"), [(LLAMA, BODY_A), (GPT_OSS, BODY_B)])
def test_a_whole_answer_has_the_recorded_shape(sandbox, model, recorded):
    answer = sandbox.chat(model)
    assert answer.headers["content-type"].startswith("application/json")
    assert shape(answer.json) == shape(recorded)
    assert (answer.json["object"], answer.json["model"]) == ("chat.completion", model)


def test_llama_names_a_seed_too_big_for_64_bits_with_sign(sandbox):
    assert sandbox.chat(LLAMA).json["choices"][0]["seed"] > 2**63


def test_dialect_a_streams_as_recorded(sandbox):
    answer = sandbox.chat(LLAMA, stream=True)
    first, *_, last = answer.events
    usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0, "cached_tokens": 0}
    assert answer.headers["content-type"] == "text/event-stream;charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache, no-transform"
    assert shape(first) == shape(chunk_a("Hello"))
    assert shape(last) == shape(chunk_a("", "stop", 2**63, usage, None))


def test_dialect_b_streams_as_recorded(sandbox):
    first, second, *_, finish, last = sandbox.chat(GPT_OSS, stream=True).events
    usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0, "reasoning_tokens": 0}
    assert shape(first) == shape(chunk_b("", None))
    assert shape(second) == shape(chunk_b("", "Need") | {"usage": None})
    assert shape(finish) == shape(chunk_b("", None, "stop") | {"usage": None})
    assert shape(last) == shape(chunk_b("", None) | {"choices": [], "usage": usage})


@pytest.mark.parametrize("model", [LLAMA, LLAMA_2, GPT_OSS, DEEPSEEK, QWEN])
def test_a_stream_holds_the_same_text_and_usage_as_the_whole_answer(sandbox, model):
    whole, events = sandbox.chat(model).json, sandbox.chat(model, stream=True).events
    assert joined(events) == whole["choices"][0]["message"]["content"]
    assert [event["usage"] for event in events if event.get("usage")] == [whole["usage"]]


def test_text_stands_beside_delta_content(sandbox):
    for model in (LLAMA, GPT_OSS):
        for event in sandbox.chat(model, stream=True).events:
            assert [c["text"] for c in event["choices"]] == [c["delta"]["content"] for c in event["choices"]]


@pytest.mark.parametrize(
    ("model", "key"), [(GPT_OSS, "reasoning"), (QWEN, "reasoning"), (DEEPSEEK, "reasoning_content")]
)
def test_thoughts_come_under_each_models_own_key(sandbox, model, key):
    message = sandbox.chat(model).json["choices"][0]["message"]
    other = {"reasoning", "reasoning_content"} - {key}
    assert message[key]
    assert not message.keys() & other
    assert joined(sandbox.chat(model, stream=True).events, key) == message[key]


def test_r1_thinks_in_tags_inside_its_text(sandbox):
    said = sandbox.said("deepseek-ai/DeepSeek-R1", "What is a token?")
    assert said.startswith("<think>\n")
    assert said.split("</think>\n\n")[1].startswith("A token")


def test_r1_keeps_its_thoughts_beside_a_call(sandbox):
    choice = sandbox.chat("deepseek-ai/DeepSeek-R1", **ASK_WEATHER).json["choices"][0]
    streamed = sandbox.chat("deepseek-ai/DeepSeek-R1", **ASK_WEATHER, stream=True).events
    assert choice["message"]["content"].startswith("<think>")
    assert joined(streamed) == choice["message"]["content"]


@pytest.mark.parametrize(
    "switch", [{"reasoning": {"enabled": False}}, {"chat_template_kwargs": {"enable_thinking": False}}]
)
def test_thinking_can_be_switched_off_where_the_model_allows_it(sandbox, switch):
    assert sandbox.chat(QWEN, **switch).json["choices"][0]["message"]["reasoning"] is None
    assert sandbox.chat(GPT_OSS, **switch).json["choices"][0]["message"]["reasoning"]


@pytest.mark.parametrize(
    ("model", "keys"),
    [
        (LLAMA_2, set()),
        (LLAMA, {"cached_tokens"}),
        (QWEN, {"reasoning_tokens"}),
        (DEEPSEEK, {"prompt_tokens_details", "completion_tokens_details"}),
    ],
)
def test_usage_takes_the_models_form_and_adds_up(sandbox, model, keys):
    usage = sandbox.chat(model).json["usage"]
    assert usage.keys() == {"prompt_tokens", "completion_tokens", "total_tokens"} | keys
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]


def test_thinking_spends_max_tokens_first(sandbox):
    answer = sandbox.chat(GPT_OSS, max_tokens=5).json
    assert answer["choices"][0]["message"]["content"] == ""
    assert answer["choices"][0]["finish_reason"] == "length"
    assert answer["usage"]["completion_tokens"] == 5


@pytest.mark.parametrize("stream", [False, True])
def test_max_tokens_1_gives_one_token(sandbox, stream):
    answer = sandbox.chat(LLAMA, max_tokens=1, stream=stream)
    body = answer.events[-1] if stream else answer.json
    assert body["choices"][0]["finish_reason"] == "length"
    assert body["usage"]["completion_tokens"] == 1


def test_a_stop_sequence_ends_the_text_before_itself(sandbox):
    whole = sandbox.said(LLAMA, "What is a token?", temperature=0)
    cut = sandbox.chat(LLAMA, "What is a token?", temperature=0, stop=["piece of"]).json["choices"][0]
    assert cut["message"]["content"] == whole[: whole.index("piece of")]
    assert cut["finish_reason"] == "stop"


def test_a_stop_sequence_at_the_very_start_leaves_an_empty_stream(sandbox):
    events = sandbox.chat(LLAMA, "Say pump", stop=["Pump"], stream=True).events
    assert joined(events) == ""
    assert events[-1]["choices"][0]["finish_reason"] == "stop"


def test_llama_2_ends_with_eos(sandbox):
    assert sandbox.chat(LLAMA_2).json["choices"][0]["finish_reason"] == "eos"


@pytest.mark.parametrize("stream", [False, True])
def test_n_gives_so_many_choices(sandbox, stream):
    answer = sandbox.chat(LLAMA, n=3, stream=stream)
    bodies = answer.events if stream else [answer.json]
    finished = [c["index"] for body in bodies for c in body["choices"] if c["finish_reason"]]
    assert finished == [0, 1, 2]


@pytest.mark.parametrize("model", [LLAMA, GPT_OSS])
def test_usage_of_several_choices_is_told_once_and_together(sandbox, model):
    events = sandbox.chat(model, n=3, stream=True, temperature=0).events
    whole = sandbox.chat(model, n=3, temperature=0).json
    assert [event["usage"] for event in events if event.get("usage")] == [whole["usage"]]


@pytest.mark.parametrize("stream", [False, True])
def test_a_call_that_thinking_left_no_room_for_is_not_made(sandbox, stream):
    answer = sandbox.chat(GPT_OSS, **ASK_WEATHER, max_tokens=3, stream=stream)
    assert b"get_weather" not in answer.body
    assert b'"finish_reason":"length"' in answer.body


def test_choices_differ_only_above_temperature_0(sandbox):
    def texts(temperature):
        choices = sandbox.chat(LLAMA, "What is HANA?", n=12, temperature=temperature).json["choices"]
        return {choice["message"]["content"] for choice in choices}

    assert len(texts(1)) > 1
    assert len(texts(0)) == 1


def test_echo_sends_the_prompt_back(sandbox):
    assert sandbox.chat(LLAMA, "What is a token?", echo=True).json["prompt"][0]["text"] == "What is a token?"


def test_log_probabilities_have_three_shapes(sandbox):
    spec = sandbox.chat(LLAMA_2, logprobs=2, max_tokens=3).json["choices"][0]["logprobs"]
    lists = sandbox.chat(LLAMA, logprobs=2, max_tokens=3).json["choices"][0]["logprobs"]
    openai = sandbox.chat(QWEN, logprobs=2, reasoning={"enabled": False}).json["choices"][0]["logprobs"]
    assert isinstance(spec["top_logprobs"], dict)
    assert len(spec["tokens"]) == len(spec["token_ids"]) == len(spec["token_logprobs"]) == 3
    assert [len(top) for top in lists["top_logprobs"]] == [2, 2, 2]
    assert openai["content"][0].keys() == {"token", "bytes", "logprob", "top_logprobs"}


def test_gpt_oss_lists_its_hidden_tokens(sandbox):
    tokens = sandbox.chat(GPT_OSS, logprobs=0).json["choices"][0]["logprobs"]["content"]
    assert tokens[0]["token"] == "<|channel|>"
    assert tokens[0]["top_logprobs"] == []


def test_log_probabilities_stream_beside_their_tokens(sandbox):
    events = sandbox.chat(LLAMA, logprobs=1, stream=True).events
    choices = [choice for event in events for choice in event["choices"]]
    for choice in choices:
        assert "".join((choice["logprobs"] or {"tokens": []})["tokens"]) == choice["text"]
    probabilities = [p for choice in choices if choice["logprobs"] for p in choice["logprobs"]["token_logprobs"]]
    assert all(p < 0 for p in probabilities)


@pytest.mark.parametrize(("model", "content"), [(LLAMA, None), (GPT_OSS, "")])
def test_a_tool_call_has_the_recorded_shape(sandbox, model, content):
    choice = sandbox.chat(model, **ASK_WEATHER).json["choices"][0]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] == content
    call = choice["message"]["tool_calls"][0]
    assert call["id"].startswith("call_")
    assert (call["index"], call["type"]) == (0, "function")
    assert call["function"] == {"name": "get_weather", "arguments": '{"city":"Berlin"}'}


def test_dialect_b_names_the_call_once_and_sends_nulls_after(sandbox):
    events = sandbox.chat(GPT_OSS, **ASK_WEATHER, stream=True).events
    calls = [c["delta"]["tool_calls"][0] for e in events for c in e["choices"] if "tool_calls" in c["delta"]]
    assert calls[0]["function"] == {"name": "get_weather", "arguments": ""}
    assert all((call["id"], call["function"]["name"]) == (None, None) for call in calls[1:])
    assert "".join(call["function"]["arguments"] for call in calls) == '{"city":"Berlin"}'


def test_dialect_a_leaves_the_name_out_and_finishes_twice(sandbox):
    events = sandbox.chat(LLAMA, **ASK_WEATHER, stream=True).events
    calls = [c["delta"]["tool_calls"][0] for e in events for c in e["choices"] if "tool_calls" in c["delta"]]
    assert all(call.keys() == {"index", "function"} for call in calls[1:])
    finished = [c for e in events for c in e["choices"] if c["finish_reason"]]
    assert [c["finish_reason"] for c in finished] == ["tool_calls"] * 2
    assert "tool_calls" in finished[0]["delta"]


def test_completion_has_the_shape_of_the_specification(sandbox):
    body = sandbox.post("/v1/completions", model=LLAMA_2, prompt="HANA is").json
    assert body["object"] == "text.completion"
    assert body["choices"][0].keys() == {"index", "text", "finish_reason", "seed", "logprobs"}
    assert body["choices"][0]["text"].startswith(" SAP HANA is a relational database")


def test_completion_streams_chunks_with_usage_on_the_last(sandbox):
    answer = sandbox.post("/v1/completions", model=LLAMA_2, prompt="HANA is", stream=True)
    first, *_, last = answer.events
    assert first["object"] == "completion.chunk"
    assert first["choices"][0]["delta"].keys() == {"token_id", "content"}
    assert (first["usage"], last["usage"]["total_tokens"] > 0) == (None, True)


def test_embeddings_have_length_one_and_meaning(sandbox):
    inputs = ["the pump leaks oil", "fluid is dripping from the motor", "the invoice shows a wrong price"]
    body = sandbox.post("/v1/embeddings", model="togethercomputer/m2-bert-80M-8k-retrieval", input=inputs).json
    pump, fluid, invoice = (row["embedding"] for row in body["data"])
    assert body.keys() == {"object", "model", "data"}
    assert [row["index"] for row in body["data"]] == [0, 1, 2]
    assert len(pump) == 256
    assert sum(x * x for x in pump) == pytest.approx(1, abs=1e-5)
    assert dot(pump, fluid) > dot(pump, invoice)


def dot(left, right):
    return sum(x * y for x, y in zip(left, right, strict=True))


def test_one_embedding_model_counts_usage_and_cuts_long_texts_in_silence(sandbox):
    e5 = "intfloat/multilingual-e5-large-instruct"
    long, longer = (sandbox.post("/v1/embeddings", model=e5, input="pump " * size).json for size in (600, 900))
    assert long["data"] == longer["data"]
    assert long["usage"]["prompt_tokens"] == long["usage"]["total_tokens"] == 516


def test_ids_carry_the_ray_of_the_header(sandbox):
    answer = sandbox.chat(LLAMA)
    assert answer.json["id"].rsplit("-", 1)[1] == answer.headers["cf-ray"].split("-")[0]
