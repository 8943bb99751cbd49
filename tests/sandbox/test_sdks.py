"""The unmodified SDKs of Together (3.x) and OpenAI as clients."""

import json

import openai
import pytest
import together

LLAMA = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
GPT_OSS = "openai/gpt-oss-120b"
MESSAGES = [{"role": "user", "content": "What is a token?"}]
E5 = "intfloat/multilingual-e5-large-instruct"
TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Weather of a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
WEATHER = [{"role": "user", "content": "How is the weather in Berlin?"}]


@pytest.fixture(scope="module", params=["together", "openai"])
def sdk(request, sandbox):
    """(module, client): the together SDK adds /v1 itself, the other wants it in its base URL."""
    if request.param == "together":
        client = together.Together(api_key="x", base_url=sandbox.root, max_retries=0)
    else:
        client = openai.OpenAI(api_key="x", base_url=f"{sandbox.root}/v1", max_retries=0)
    with client:
        yield {"together": together, "openai": openai}[request.param], client


@pytest.mark.parametrize(
    "model", [LLAMA, GPT_OSS, "deepseek-ai/DeepSeek-V4-Pro-0813", "meta-llama/Llama-2-70b-chat-hf"]
)
def test_chat(sdk, model):
    answer = sdk[1].chat.completions.create(model=model, messages=MESSAGES)
    assert "piece of text" in answer.choices[0].message.content
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


@pytest.mark.parametrize("model", [LLAMA, GPT_OSS])
def test_streamed_chat_is_the_whole_answer_in_parts(sdk, model):
    create = sdk[1].chat.completions.create
    chunks = list(create(model=model, messages=MESSAGES, stream=True))
    text = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
    assert text == create(model=model, messages=MESSAGES).choices[0].message.content
    assert [chunk.usage.total_tokens > 0 for chunk in chunks if chunk.usage] == [True]


@pytest.mark.parametrize("model", [LLAMA, GPT_OSS])
def test_a_conversation_with_a_tool(sdk, model):
    create = sdk[1].chat.completions.create
    message = create(model=model, messages=WEATHER, tools=[TOOL]).choices[0].message
    (call,) = message.tool_calls
    assert json.loads(call.function.arguments) == {"city": "Berlin"}
    said = {"role": "assistant", "content": "", "tool_calls": [call.model_dump(exclude={"index"})]}
    result = {"role": "tool", "tool_call_id": call.id, "content": '{"degrees": 21}'}
    after = create(model=model, messages=[*WEATHER, said, result], tools=[TOOL])
    assert after.choices[0].message.content == "get_weather returned degrees = 21."


@pytest.mark.parametrize("model", [LLAMA, GPT_OSS])
def test_streamed_arguments_of_a_tool_join_to_json(sdk, model):
    chunks = sdk[1].chat.completions.create(model=model, messages=WEATHER, tools=[TOOL], stream=True)
    deltas = [call for chunk in chunks for c in chunk.choices for call in c.delta.tool_calls or ()]
    assert json.loads("".join(call.function.arguments for call in deltas)) == {"city": "Berlin"}


def test_embeddings(sdk):
    rows = sdk[1].embeddings.create(model=E5, input=["a pump", "a valve"]).data
    assert [len(row.embedding) for row in rows] == [256, 256]


def test_the_list_of_models_comes_through_either_client(sdk):
    """Together sends a bare array, which models.list of neither SDK reads: one wants a page, the other a project."""
    module, client = sdk
    listed = client.get("/v1/models" if module is together else "/models", cast_to=object)
    assert {LLAMA, GPT_OSS, E5} <= {entry["id"] for entry in listed}


def test_completion(sdk):
    answer = sdk[1].completions.create(model=LLAMA, prompt="A token is", max_tokens=20)
    assert answer.choices[0].finish_reason == "length"


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        ("400", "BadRequestError"),
        ("401", "AuthenticationError"),
        ("403", "PermissionDeniedError"),
        ("404", "NotFoundError"),
        ("409", "ConflictError"),
        ("422", "UnprocessableEntityError"),
        ("429", "RateLimitError"),
        ("503", "InternalServerError"),
        ("html", "InternalServerError"),
    ],
)
def test_each_status_is_the_sdks_own_error(sdk, fault, name):
    module, client = sdk
    with pytest.raises(getattr(module, name)):
        client.chat.completions.create(model=f"{LLAMA}:fault-{fault}", messages=MESSAGES)


def test_an_error_inside_a_stream_is_raised(sdk):
    module, client = sdk
    with pytest.raises(module.APIError, match="The engine stopped"):
        list(client.chat.completions.create(model=f"{LLAMA}:fault-error", messages=MESSAGES, stream=True))


def test_an_sdk_that_retries_gets_through_a_fault_that_strikes_once(sdk):
    retrying = sdk[1].with_options(max_retries=1)
    answer = retrying.chat.completions.create(model=f"{GPT_OSS}:fault-500-once", messages=MESSAGES)
    assert answer.choices


def test_together_reads_thoughts_under_both_keys(sandbox):
    with together.Together(api_key="x", base_url=sandbox.root) as client:
        for model, key in ((GPT_OSS, "reasoning"), ("deepseek-ai/DeepSeek-V4-Pro-0813", "reasoning_content")):
            chunks = client.chat.completions.create(model=model, messages=MESSAGES, stream=True)
            assert "".join(getattr(c.delta, key) or "" for chunk in chunks for c in chunk.choices)


def test_a_base_url_with_v1_leads_the_together_sdk_astray(sandbox):
    client = together.Together(api_key="x", base_url=f"{sandbox.root}/v1", max_retries=0)
    with client, pytest.raises(together.NotFoundError):
        client.chat.completions.create(model=LLAMA, messages=MESSAGES)
