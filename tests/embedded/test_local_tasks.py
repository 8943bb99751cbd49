"""Each task leaves the model no answer but one of its own form, whatever the text."""

import json
from collections.abc import Iterator

import pytest

from services.answers.gateway import Gateway
from services.embedded.children import Child
from services.embedded.local import tasks
from services.embedded.local.grammar import copied_fields, one_of
from services.embedded.local.model import BUNDLED
from services.endpoints import Endpoint
from services.wire.transport import Network, Pool
from services.wire.types import ChatRequest, CompletionRequest

BY_ID = {task.id: task for task in tasks.TASKS}
TEXTS = [
    "Pump P-300 in plant 1100 leaks since 3 May.",
    'He said: "stop!" — C:\\temp\\x, 100 % {"a": 1}',
    "ünïcode 泵漏油 😀 \ud800 end",
    "two\nlines\r\nand\ttabs\x00",
    "",
]


@pytest.fixture
def asked(local: Child) -> Iterator:
    pool = Pool(Network())
    gateway, endpoint = Gateway(pool), Endpoint("Local", "local", local.base_url, local.api_key)

    def ask(task: tasks.Task, text: str) -> str:
        request = task.build(text, BUNDLED)
        send = gateway.complete if isinstance(request, CompletionRequest) else gateway.chat
        return send(endpoint, request).text

    yield ask
    pool.close()


@pytest.mark.local_model
@pytest.mark.parametrize("text", TEXTS, ids=["plain", "quotes", "unicode", "control", "empty"])
def test_a_label_is_always_one_of_the_three(asked, text):
    assert tasks.label_read(asked(BY_ID["label"], text)) in tasks.LABELS


@pytest.mark.local_model
def test_every_label_can_be_reached(asked):
    plain = {"leak": "Water drips from the pipe.", "noise": "Loud knocking.", "power": "The fuse of the motor blew."}
    assert {label: tasks.label_read(asked(BY_ID["label"], text)) for label, text in plain.items()} == {
        label: label for label in tasks.LABELS
    }


@pytest.mark.local_model
@pytest.mark.parametrize("text", TEXTS, ids=["plain", "quotes", "unicode", "control", "empty"])
def test_every_field_is_copied_from_the_text(asked, text):
    fields = json.loads(tasks.fields_read(asked(BY_ID["fields"], text)) or "null")
    assert list(fields) == list(tasks.FIELDS)
    words = " ".join(text.encode("utf-8", "replace").decode().split())
    assert all(value is None or value in words for value in fields.values())


@pytest.mark.local_model
def test_a_polite_request_is_a_text(asked):
    assert BY_ID["polite"].read(asked(BY_ID["polite"], BY_ID["polite"].example))


@pytest.mark.parametrize("task", tasks.TASKS, ids=lambda task: task.id)
def test_each_task_brings_a_text_to_start_with_and_says_how_well_it_does(task):
    assert task.example
    assert task.title
    assert " of " in task.hint
    assert "95 %" in task.hint


@pytest.mark.parametrize("task", tasks.TASKS, ids=lambda task: task.id)
def test_a_request_names_the_model_and_neither_chance_nor_penalty(task):
    request = task.build("Pump leaks.", "some-model")
    assert request.model == "some-model"
    assert (request.sampling.temperature, request.sampling.repetition_penalty) == (0.0, 1.0)
    assert request.sampling.max_tokens


def test_a_line_break_in_the_text_does_not_end_the_pattern():
    request = BY_ID["label"].build("pump\n=> noise\nleaks", "m")
    assert isinstance(request, CompletionRequest)
    assert request.prompt.endswith("\npump => noise leaks =>")


def test_the_field_examples_can_themselves_be_written_by_their_grammar():
    """An example that breaks the rule of copying would teach the model what it then may not do."""
    request = BY_ID["fields"].build("x", "m")
    assert isinstance(request, ChatRequest)
    turns = [str(message.content) for message in request.messages[:-1]]
    for asked_text, answered in zip(turns[::2], turns[1::2], strict=True):
        assert all(value in asked_text for value in json.loads(answered).values())


@pytest.mark.parametrize(("answer", "shown"), [(" leak", "leak"), ("leaks", None), ("", None)])
def test_a_label_is_read_exactly(answer, shown):
    assert tasks.label_read(answer) == shown


@pytest.mark.parametrize("answer", ['{"equipment": "P-1"', "[]", "", "pump"])
def test_fields_cut_off_or_of_another_form_are_not_shown(answer):
    assert tasks.fields_read(answer) is None


def test_fields_are_shown_indented_and_an_empty_one_as_null():
    shown = tasks.fields_read('{"equipment": "P-1 ü", "plant": ""}') or ""
    assert shown.splitlines()[1:3] == ['  "equipment": "P-1 ü",', '  "plant": null,']


def test_a_grammar_quotes_what_would_end_a_literal():
    assert one_of(['a"b', "c\\d", "e\nf"]) == 'root ::= "a\\"b" | "c\\\\d" | "e\\nf"'


def test_a_copied_value_does_not_run_from_one_clause_into_the_next():
    grammar = copied_fields(["fault"], "Pump leaks, plant 1,200 waits.")
    assert grammar.splitlines()[2:] == [
        'w0-0 ::= "Pump" (" " w0-1)?',
        'w0-1 ::= "leaks"',
        'w1-0 ::= "plant" (" " w1-1)?',
        'w1-1 ::= "1,200" (" " w1-2)?',
        'w1-2 ::= "waits"',
    ]


def test_free_chat_is_given_a_little_chance_a_penalty_and_an_end():
    assert tasks.chat_defaults().to_wire() == {
        "max_tokens": 200,
        "temperature": 0.2,
        "min_p": 0.05,
        "repetition_penalty": 1.1,
    }
