"""What Local was measured to do, and how to ask it: a very small model follows patterns, not instructions.

Measured 2026-11-24 with benchmarks/local_tasks.py on invented texts. The prompts were chosen on one half of them; the
hints quote the other half (Wilson intervals). Wording and order of the examples decide: of the texts they were chosen
on the six label examples find 20 of 20, in another order 11 and as chat turns 13. Free rewriting (blunt to polite,
stiff to plain) lost the sense of most of 22 sentences and is not offered.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.embedded.local.grammar import copied_fields, one_of
from services.wire.types import ChatRequest, CompletionRequest, Message, Sampling

SYSTEM_PROMPT = "Answer in one or two short sentences."

IGNORES = (
    "Tools: offered ones are not called.",
    "Images: a message with one is refused.",
    "Embeddings: this server makes none; the local encoder does.",
    "Long texts: prompt and answer share 4,096 tokens, and 1,900 of them take about 14 s to read.",
    "Facts, counting, comparing rows, yes or no: answers are no better than chance.",
    "Languages other than English: not measured.",
)

LABELS = ("leak", "noise", "power")
_LABELLED = (
    ("Oil drips from the gearbox of conveyor 3 onto the floor.", "leak"),
    ("Fan 12 in the dryer screeches when it starts.", "noise"),
    ("The main fuse of press 4 blew twice this morning.", "power"),
    ("Cooling water runs out below the heat exchanger.", "leak"),
    ("Motor of mixer 2 gets no voltage since the night shift.", "power"),
    ("A loud knocking comes from the compressor under load.", "noise"),
)

FIELDS = ("equipment", "plant", "fault", "date", "reported_by")
_FILLED = (
    ("Lamp L-16 has a loose cable.", ("L-16", "", "loose cable", "", "")),
    (
        "Oven O-7 does not heat, writes the kitchen team. Plant 3300, 2 June.",
        ("O-7", "3300", "does not heat", "2 June", "kitchen team"),
    ),
    (
        "On 12 May the night shift in plant 1200 reported that pump P-204 leaks oil.",
        ("P-204", "1200", "leaks oil", "12 May", "night shift"),
    ),
)

_SOFTENED = (
    ("Send me the list now.", "Could you please send me the list now?"),
    ("Move your truck away from gate 4.", "Could you please move your truck away from gate 4?"),
    ("Do not touch the red valve.", "Could you please not touch the red valve?"),
    ("Tell me who changed the order.", "Could you please tell me who changed the order?"),
)


@dataclass(frozen=True)
class Task:
    """example is a text to start with; hint says what comes of it and how well.

    build(text, model) is the request; read(answer text) is what to show, None for an answer not of the task's form.
    """

    id: str
    title: str
    example: str
    hint: str
    build: Callable[[str, str], ChatRequest | CompletionRequest]
    read: Callable[[str], str | None]


def chat_defaults() -> Sampling:
    """For free chat: at temperature 0 without a penalty 2 of 8 answers ran in circles, with these none."""
    return Sampling(max_tokens=200, temperature=0.2, min_p=0.05, repetition_penalty=1.1)


def label_request(text: str, model: str) -> CompletionRequest:
    shown = "".join(f"{example} => {label}\n" for example, label in _LABELLED)
    grammar = one_of([f" {label}" for label in LABELS])
    return CompletionRequest(model, f"{shown}{_one_line(text)} =>", _exact(8), grammar)


def fields_request(text: str, model: str) -> ChatRequest:
    line = _one_line(text)
    filled = [(example, json.dumps(dict(zip(FIELDS, values, strict=True)))) for example, values in _FILLED]
    return ChatRequest(model, _turns(filled, line), _exact(400), grammar=copied_fields(FIELDS, line))


def polite_request(text: str, model: str) -> ChatRequest:
    return ChatRequest(model, _turns(_SOFTENED, _one_line(text)), _exact(120))


def label_read(answer: str) -> str | None:
    label = answer.strip()
    return label if label in LABELS else None


def fields_read(answer: str) -> str | None:
    """Indented JSON; a field left empty is null."""
    try:
        fields = json.loads(answer)
    except ValueError:
        return None
    if not isinstance(fields, dict):
        return None
    return json.dumps({name: fields.get(name) or None for name in FIELDS}, indent=2, ensure_ascii=False)


def text_read(answer: str) -> str | None:
    return answer.strip() or None


def _exact(max_tokens: int) -> Sampling:
    """The likeliest token each time; a penalty on repetition would punish the copying these tasks consist of."""
    return Sampling(max_tokens=max_tokens, temperature=0.0, repetition_penalty=1.0)


def _turns(shown: Sequence[tuple[str, str]], text: str) -> tuple[Message, ...]:
    pairs = [(Message("user", asked), Message("assistant", answered)) for asked, answered in shown]
    return (*(message for pair in pairs for message in pair), Message("user", text))


def _one_line(text: str) -> str:
    """A line break would end the pattern of the examples."""
    return " ".join(text.split())


TASKS = (
    Task(
        id="label",
        title="Label a notification",
        example="Hydraulic fluid is seeping from the cylinder of lift 7.",
        hint="Answers leak, noise or power and nothing else: 19 of 20 new texts right (95 % interval 76 to 99 %).",
        build=label_request,
        read=label_read,
    ),
    Task(
        id="fields",
        title="Fill five fields",
        example="The early shift noticed on 9 January that press PR-31 in plant 1400 loses pressure.",
        hint="Copies equipment, plant, fault, date and reporter out of the text: 56 of 60 fields right in 12 new texts "
        "(95 % interval 84 to 97 %). What the text does not say is filled with other words of it.",
        build=fields_request,
        read=fields_read,
    ),
    Task(
        id="polite",
        title="Make an order a polite request",
        example="Clean the filter before the shift ends.",
        hint="Turns an order into a question: 10 of 12 new orders kept their sense (95 % interval 55 to 95 %).",
        build=polite_request,
        read=text_read,
    ),
)
