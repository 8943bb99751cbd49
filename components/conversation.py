"""A conversation on the page: questions, answers with their versions, and what can be done with each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import streamlit as st

from components.answer_buttons import copy, meanings, served_note, small_button, versions
from components.answer_panel import LivePanel, finished_answer, live_answers
from components.badges import word_badge
from components.context_chip import context_note
from components.continued_answer import continued_answer
from components.feedback import plain
from components.page_head import grey
from components.pictures import pictures
from components.safe_markdown import safe_markdown
from services.answers.conversations import Conversation, Turn
from services.answers.exports import origin
from services.answers.runs import Run
from services.answers.seams import can_go_on
from services.chat import task_of
from services.embedded.local.model import BUNDLED
from services.schemas import Verdict, schema_of

PERSON, ANSWER = ":material/person:", ":material/notes:"


@dataclass(frozen=True)
class Actions:
    """What the buttons under an answer call, each with the turn's id; show also with the version.

    go_on is for an answer that max_tokens cut off.
    """

    again: Callable[[str], None]
    edit: Callable[[str], None]
    show: Callable[[str, int], None]
    go_on: Callable[[str], None] = lambda turn_id: None


def conversation(
    talk: Conversation, actions: Actions, key: str, verdict: Callable[[Run], Verdict | None] = lambda run: None
) -> None:
    """Draws every turn; the last one grows in place while its answer is written.

    verdict says whether an answer that should be JSON of a schema is.
    """
    for number, turn in enumerate(talk.turns):
        with st.chat_message("user", avatar=PERSON):
            st.markdown(safe_markdown(turn.text).replace("\n", "  \n"))
            pictures(turn.images, f"{key}_{turn.id}")
            if turn.context is not None:
                context_note(turn.context, f"{key}_{turn.id}")
        with st.chat_message("assistant", avatar=ANSWER):
            _answer(turn, f"{key}_{turn.id}_{turn.shown}", actions, verdict, last=number == len(talk.turns) - 1)


def _answer(turn: Turn, key: str, actions: Actions, verdict: Callable[[Run], Verdict | None], *, last: bool) -> None:
    if turn.notes:
        _notes(turn)
    _origin(turn)
    result = turn.parts[-1].result
    if len(turn.parts) > 1:
        continued_answer(turn, key)
    elif result is None:
        live_answers(lambda: [LivePanel(turn.run, key)])
    else:
        finished_answer(turn.run, result, key, shown=_shown(turn))
        judged = verdict(turn.run)
        if judged is not None:
            _fits(judged)
    if result is not None:
        _buttons(turn, key, actions, last=last)


def _shown(turn: Turn) -> str:
    """The answer's text, in the form of its task where it has one."""
    text, task = turn.run.text(), task_of(turn.task)
    if schema_of(turn.run) is not None and text and "```" not in text:
        return f"```\n{text}\n```"
    read = None if task is None else task.read(text)
    if read is None:
        return text
    return f"```\n{read}\n```" if "\n" in read else f"**{read}**" if turn.task == "label" else read


def _fits(judged: Verdict) -> None:
    """Whether the answer fits its schema, in words."""
    if judged.fits is True:
        st.badge("Fits the schema", icon=":material/check:", color="gray")
        return
    what = "Does not fit the schema" if judged.fits is False else "Not judged by the schema"
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.badge(what, icon=":material/close:", color="yellow")
        grey(plain(judged.reason))


def _origin(turn: Turn) -> None:
    """Which model, with its word; a served id other than the asked one is said."""
    endpoint, request = turn.run.endpoint, turn.run.request
    task = task_of(turn.task)
    doubt = ", 135 M parameters, often wrong" if endpoint.word == "local" and request.model == BUNDLED else ""
    word = "" if endpoint.word == "simulated" else origin(endpoint) + doubt
    parts = (request.model, "" if task is None else task.title, word)
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        st.markdown(f":small[:gray[{plain(' · '.join(filter(None, parts)))}]]", width="content")
        if endpoint.word == "simulated":
            word_badge(endpoint.word)
    served_note(turn.run)
    result = turn.run.result
    if result is not None and result.attempts > 1:
        grey(f"Sent {result.attempts} times: what came before had failed.")
    if turn.left_out:
        what = "1 earlier message was" if turn.left_out == 1 else f"{turn.left_out} earlier messages were"
        grey(f"{what} left out: the small model reads little at a time.")


def _notes(turn: Turn) -> None:
    with st.container(border=True, gap="xsmall"):
        grey("From the notes that come with the playground")
        for hit in turn.notes:
            st.markdown(f"**{plain(hit.note.title)}**  \n{safe_markdown(hit.note.text)}")


def _buttons(turn: Turn, key: str, actions: Actions, *, last: bool) -> None:
    again = "Asks the same once more; this answer stays as a version."
    onward = "Lets the same model go on where max_tokens cut it off, in a run of its own."
    edit = "Change the question and send it again from here."
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if last:
            small_button("Again", f"again_{key}", "refresh", again, actions.again, turn.id)
        if last and can_go_on(turn):
            go_on_key = f"continue_{key}_{len(turn.parts)}"
            small_button("Continue", go_on_key, "trending_flat", onward, actions.go_on, turn.id)
        small_button("Edit", f"edit_{key}", "edit", edit, actions.edit, turn.id)
        if turn.said:
            copy(turn.said, "The answer as plain text.")
        meanings()
        versions(turn.shown, len(turn.runs), f"version_{key}", partial(actions.show, turn.id))
