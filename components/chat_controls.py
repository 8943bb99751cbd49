"""What is chosen for a conversation: who answers, what it is to do, how; and what can be done with the whole of it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from components import chat_actions as do
from components.chat_actions import KEY
from components.export_buttons import export_buttons
from components.feedback import plain
from components.model_picker import Picked, model_picker
from components.more_menu import Item, more_menu
from components.page_head import grey
from components.sampling import sampling_panel
from components.state import begin, owner, value
from components.view_code import code_asked_for, view_code
from services.answers.conversations import Conversation, Setup
from services.answers.exports import as_json, as_markdown
from services.answers.images import shortened
from services.chat import asked, defaults, task_of
from services.embedded.local import tasks
from services.resources import playground

FREE_CHAT_HINT = (
    "Answers fluently and often wrongly. Where the bundled notes answer the question, they stand above its text; the "
    "model does not read them."
)


def controls(talk: Conversation, picked: Picked | None) -> Setup:
    """One button that names who answers, and behind it all that can be chosen; returns the setup as it is now.

    It stands beside the message field, where it is at hand however far the conversation has grown.
    """
    setup = talk.setup
    name = "Pick who answers" if picked is None else picked.model.label
    changed = " · changed" if setup.system or setup.schema or setup.sampling.given() else ""
    button = st.popover(f"{name}{changed}", icon=":material/tune:", key=f"{KEY}_setup")
    with button.container(width=560, gap="small"):
        fields = do.fields_of(talk)
        chosen, model = model_picker(fields, picked)
        if chosen is not None and (picked is None or (chosen, model) != (picked.endpoint.name, picked.model.id)):
            setup = replace(setup, endpoint=chosen, model=model)
        if picked is not None and picked.endpoint.kind == "local":
            setup = _task(setup, fields)
        return _sampling(setup, picked, fields)


def _task(setup: Setup, fields: str) -> Setup:
    """For Local: free chat, or one of the things it was measured to do."""
    names = {"": "Free chat", **{task.id: task.title for task in tasks.TASKS}}
    key = begin(f"{fields}_task", setup.task if setup.task is not None else "")
    chosen = st.segmented_control(
        "What to do",
        list(names),
        default=str(value(key)) if value(key) in names else "",
        required=True,
        format_func=lambda task_id: f":gray[{names[task_id]}]",
        key=key,
    )
    task = task_of(chosen)
    grey(FREE_CHAT_HINT if task is None else f"{task.hint} What is set below is for free chat.")
    return replace(setup, task=chosen or None)


def _sampling(setup: Setup, picked: Picked | None, fields: str) -> Setup:
    system = st.text_area(
        "System prompt",
        value=setup.system,
        key=f"{fields}_system",
        placeholder="How the model should answer",
        help="Sent ahead of the conversation, with every message.",
        height=96,
    )
    schema = _schema(setup, picked, fields)
    kind = picked.endpoint.kind if picked is not None else "together"
    sampling = sampling_panel(f"{fields}_sampling", setup.sampling, defaults(kind))
    grey("Enter or a click elsewhere keeps a change; an empty field leaves it to what is shown in it.")
    return replace(setup, system=(system or "").strip(), sampling=sampling, schema=schema)


def _schema(setup: Setup, picked: Picked | None, fields: str) -> str:
    schema = st.text_area(
        "Answers as JSON of this schema",
        value=setup.schema,
        key=f"{fields}_schema",
        placeholder='{"type": "object", "properties": {"fault": {"type": "string"}}, "required": ["fault"]}',
        help="The endpoint is asked to hold the answer to it, and each answer is checked. Say in the system prompt "
        "what the fields mean. Empty: answers are text.",
        height=96,
    )
    wanted = (schema or "").strip()
    problem = playground().schemas.problem(wanted) if wanted else None
    if problem is not None:
        st.warning(plain(problem), icon=":material/warning:")
    elif wanted and picked is not None and picked.model.json_schema is False:
        grey(f"{plain(picked.model.label)} is not known to hold to a schema; whether it did is checked.")
    return wanted


def menu(talk: Conversation, picked: Picked | None) -> None:
    """Export, code, clear, bring back."""
    more_menu(
        KEY,
        partial(_exports, talk),
        (
            Item("View code", "code", "code", do.show_code, picked is not None),
            Item("Clear", "clear", "delete_sweep", do.clear, bool(talk.turns)),
            Item("Bring back the earlier one", "undo", "undo", do.undo, playground().conversations.can_undo(owner())),
        ),
    )
    if picked is not None and code_asked_for():
        text = talk.turns[-1].text if talk.turns else "Hello"
        earlier = replace(talk, turns=talk.turns[:-1])
        images = talk.turns[-1].images if talk.turns else ()
        made = asked(picked.endpoint, picked.model.id, talk.setup, earlier, text, images)
        view_code(picked.endpoint, shortened(made.request))


def _exports(talk: Conversation) -> None:
    export_buttons(
        f"{KEY}_export",
        "conversation",
        {"md": partial(as_markdown, talk), "json": partial(as_json, talk)},
        label="Export as {}",
        disabled=not talk.turns,
        width="stretch",
    )
