"""Answers that must fit a form: schemas, patterns and the arguments of functions."""

import json
import re

import jsonschema
import pytest

QWEN = "Qwen/Qwen3.5-9B"
LLAMA = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
PROMPT = 'Notification 1001, priority 2: "pump leaks oil" in plant Ulm. What is a token?'


def obj(**properties):
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


TREE = obj(name={"type": "string"}, children={"type": "array", "items": {"$ref": "#/$defs/tree"}})
SCHEMAS = [
    obj(priority={"type": "integer", "minimum": 1, "maximum": 4}, summary={"type": "string", "maxLength": 30}),
    obj(defect={"enum": ["label", "leak", "noise"]}, is_open={"type": "boolean"}, nothing={"type": "null"}),
    obj(tags={"type": "array", "items": {"type": "string", "minLength": 20}, "minItems": 2, "maxItems": 5}),
    obj(kinds={"type": "array", "items": {"enum": ["a", "b", "c"]}, "minItems": 2, "uniqueItems": True}),
    obj(code={"type": "string", "pattern": r"^[A-Z]{3}-\d{4}(-(x|y))?$"}, day={"type": "string", "format": "date"}),
    obj(
        ratio={"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
        tens={"type": "integer", "multipleOf": 10},
    ),
    obj(step={"type": "integer", "minimum": 5, "multipleOf": 4}, low={"type": "number", "maximum": -3.5}),
    obj(maybe={"type": ["integer", "null"]}, either={"anyOf": [{"type": "null"}, {"type": "string"}]}),
    obj(fixed={"const": 3}, one={"oneOf": [{"type": "integer"}, {"type": "string"}]}),
    {
        **obj(place={"$ref": "#/$defs/place"}),
        "$defs": {"place": obj(city={"type": "string"}, street={"type": "string"})},
    },
    {"allOf": [{"properties": {"a": {"type": "string"}}, "required": ["a"]}, {"type": "object", "required": ["b"]}]},
    {"$ref": "#/$defs/tree", "$defs": {"tree": TREE}},
    {"type": "array", "items": {"type": "integer"}, "minItems": 3, "maxItems": 3},
    {"type": "string", "enum": ["yes", "no"]},
    {"type": "object", "required": ["undescribed"]},
    {"type": "integer", "minimum": 3, "exclusiveMinimum": 5, "maximum": 8},
    {"type": "object", "properties": {"optional": {"type": "string"}}, "required": []},
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: json.dumps(schema)[:60])
@pytest.mark.parametrize("prompt", [PROMPT, "?", "Give 999999 or -3.5 and not 0"])
def test_an_answer_to_a_schema_validates(sandbox, schema, prompt):
    jsonschema.Draft202012Validator.check_schema(schema)
    said = sandbox.said(
        QWEN, prompt, response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    )
    jsonschema.Draft202012Validator(schema).validate(json.loads(said))


def test_the_flat_form_of_a_schema_is_taken_too(sandbox):
    schema = obj(priority={"type": "integer"})
    assert json.loads(sandbox.said(LLAMA, "Priority 3", response_format={"type": "json_schema", "schema": schema})) == {
        "priority": 3
    }


def test_values_come_from_the_prompt(sandbox):
    schema = obj(plant={"type": "string"}, priority={"type": "integer"}, defect={"enum": ["noise", "leak"]})
    said = sandbox.said(
        LLAMA, "Priority 2, plant Ulm: pump leaks", response_format={"type": "json_schema", "schema": schema}
    )
    assert json.loads(said) == {"plant": "Ulm", "priority": 2, "defect": "leak"}


def test_json_object_takes_the_keys_the_prompt_names(sandbox):
    said = sandbox.said(
        LLAMA, 'Answer as JSON with "topic" and "reason". What is HANA?', response_format={"type": "json_object"}
    )
    assert json.loads(said).keys() == {"topic", "reason"}


@pytest.mark.parametrize(
    "pattern", ["(positive|negative)", r"[0-9]{3}", r"\d+\.\d\w?", r"[^a-z]+x{2,4}", "(?:a|b)(c|d)*"]
)
def test_a_pattern_is_matched_as_a_whole(sandbox, pattern):
    said = sandbox.said(LLAMA, "Rate it", response_format={"type": "regex", "pattern": pattern})
    assert re.fullmatch(pattern, said)


def test_of_alternatives_the_one_the_prompt_speaks_of_is_taken(sandbox):
    wanted = {"type": "regex", "pattern": "(positive|negative)"}
    assert sandbox.said(LLAMA, "Is a broken seal negative?", response_format=wanted) == "negative"


@pytest.mark.parametrize(
    "endless",
    [
        {"$ref": "#/$defs/a", "$defs": {"a": obj(a={"$ref": "#/$defs/a"})}},
        {"allOf": [{"$ref": "#"}]},
        {"type": "string", "pattern": "^(?=ahead)"},
    ],
)
def test_a_schema_beyond_the_rules_is_refused(sandbox, endless):
    answer = sandbox.chat(LLAMA, response_format={"type": "json_schema", "schema": endless})
    assert (answer.status, answer.json["error"]["param"]) == (400, "response_format")


def function(name, about, **properties):
    return {"type": "function", "function": {"name": name, "description": about, "parameters": obj(**properties)}}


TOOLS = [
    function("get_weather", "Weather of a city", city={"type": "string"}, unit={"enum": ["celsius", "kelvin"]}),
    function(
        "count_rows", "Number of rows in a table", table={"type": "string"}, limit={"type": "integer", "minimum": 1}
    ),
]


def called(sandbox, text, **more):
    return sandbox.chat(LLAMA, text, tools=TOOLS, **more).json["choices"][0]["message"]["tool_calls"]


def test_the_tool_a_question_speaks_of_is_called_with_words_from_it(sandbox):
    (call,) = called(sandbox, "Count the rows of table ZDEMO_MATERIAL, limit 50")
    assert call["function"]["name"] == "count_rows"
    assert json.loads(call["function"]["arguments"]) == {"table": "ZDEMO_MATERIAL", "limit": 50}


def test_arguments_validate(sandbox):
    (call,) = called(sandbox, "How is the weather in Berlin in kelvin?")
    assert json.loads(call["function"]["arguments"]) == {"city": "Berlin", "unit": "kelvin"}


def test_no_tool_is_called_where_none_fits_or_none_is_allowed(sandbox):
    assert called(sandbox, "What is a token?") == []
    assert called(sandbox, "How is the weather in Berlin?", tool_choice="none") == []


def test_required_and_a_named_tool_are_called_in_any_case(sandbox):
    forced = {"type": "function", "function": {"name": "count_rows"}}
    assert called(sandbox, "What is a token?", tool_choice="required")
    assert called(sandbox, "What is a token?", tool_choice=forced)[0]["function"]["name"] == "count_rows"


def test_after_the_tools_message_the_result_is_told(sandbox):
    call = {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
    messages = [
        {"role": "user", "content": "How is the weather in Berlin?"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": '{"city": "Berlin", "degrees": 21}'},
    ]
    body = sandbox.post("/v1/chat/completions", model=LLAMA, messages=messages, tools=TOOLS).json
    assert body["choices"][0]["message"]["content"] == "get_weather returned city = Berlin, degrees = 21."


def test_parameters_that_are_no_schema_are_refused(sandbox):
    tool = {"type": "function", "function": {"name": "weather", "parameters": {"properties": [1]}}}
    assert sandbox.chat(LLAMA, "weather", tools=[tool]).json["error"]["param"] == "tools"
