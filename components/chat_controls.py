"""What is chosen for a conversation: who answers, what it is to do, how; and what can be done with the whole of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import streamlit as st

from components import chat_actions as do
from components.chat_actions import KEY
from components.feedback import plain
from components.model_picker import Picked, model_picker
from components.page_head import grey
from components.sampling import sampling_panel
from components.state import begin, owner, session, value
from components.view_code import view_code
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
    popover = st.popover("More", icon=":material/more_horiz:", key=f"{KEY}_more", on_change="rerun")
    if popover.open:
        with popover:
            _exports(talk)
            _items(talk, picked)
    if session().show_code and picked is not None:
        session().show_code = False
        text = talk.turns[-1].text if talk.turns else "Hello"
        earlier = replace(talk, turns=talk.turns[:-1])
        images = talk.turns[-1].images if talk.turns else ()
        made = asked(picked.endpoint, picked.model.id, talk.setup, earlier, text, images)
        view_code(picked.endpoint, shortened(made.request))


def _exports(talk: Conversation) -> None:
    now = datetime.now(UTC)
    for name, suffix, mime, make in (
        ("Markdown", "md", "text/markdown", as_markdown),
        ("JSON", "json", "application/json", as_json),
    ):
        st.download_button(
            f"Export as {name}",
            data=partial(make, talk, now=now),
            file_name=f"conversation-{now:%Y%m%d-%H%M}.{suffix}",
            mime=mime,
            key=f"{KEY}_export_{suffix}",
            icon=":material/download:",
            disabled=not talk.turns,
            on_click="ignore",
            width="stretch",
        )


def _items(talk: Conversation, picked: Picked | None) -> None:
    for label, name, icon, act, ready in (
        ("View code", "code", "code", do.show_code, picked is not None),
        ("Clear", "clear", "delete_sweep", do.clear, bool(talk.turns)),
        ("Bring back the earlier one", "undo", "undo", do.undo, playground().conversations.can_undo(owner())),
    ):
        st.button(
            label,
            key=f"{KEY}_{name}",
            icon=f":material/{icon}:",
            disabled=not ready,
            on_click=act,
            width="stretch",
        )
