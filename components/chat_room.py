"""Everything of a chat that a page puts together: who answers, how, what is sent, and what became of it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from components import chat_actions as do
from components.chat_actions import KEY
from components.chat_controls import controls
from components.chat_meter import cost_line, next_turn, window_bar
from components.context_chip import context_chip
from components.conversation import Actions, conversation
from components.feedback import plain, show
from components.model_picker import Picked, resolved, retirement_notice, substitutes
from components.page_head import grey
from components.pictures import pictures
from components.state import begin, owner, session
from components.visitor import visitor
from services.answers.conversations import Conversation, Setup
from services.answers.images import SUFFIXES
from services.answers.runs import Run
from services.chat import sees_images, task_of
from services.errors import NotFoundError, ServiceError
from services.resources import playground
from services.starters import starters

WIDTH = 780


def picked_now(talk: Conversation) -> Picked | None:
    """Who answers; None while nobody is picked and there is no default. A problem is shown in its place."""
    try:
        return resolved(talk.setup.endpoint, talk.setup.model)
    except ServiceError as error:
        show(error)
        return None


def keep(talk: Conversation, setup: Setup) -> None:
    """Remembers a changed setup and draws the page again with it."""
    if setup != talk.setup:
        playground().conversations.update(owner(), lambda now: replace(now, setup=setup))
        st.rerun()


def notices(picked: Picked | None) -> None:
    """What should be known before anything is asked."""
    for problem in playground().settings.problems:
        st.error(f"{plain(problem.message)} {plain(problem.remedy)}", icon=":material/error:")
    for warning in playground().settings.warnings:
        grey(plain(warning))
    if picked is None:
        return
    retirement_notice(picked, f"{KEY}_instead", do.use_model)
    if picked.problem is not None:
        grey(f"{plain(picked.problem.message)} {plain(picked.catalog.note or '')}")


def route_error(picked: Picked | None) -> None:
    """Why nobody answers by default, until somebody is picked."""
    house = playground()
    error = visitor().route().error
    if error is not None and picked is None and not house.settings.problems:
        show(error)


def room(talk: Conversation, picked: Picked | None) -> None:
    """The conversation itself, and the message being edited, if any."""
    here = session()
    kept = talk if here.editing is None else talk.before(here.editing)
    conversation(kept, Actions(do.again, do.edit, do.show_version, do.continue_), KEY, playground().schemas.verdict)
    if picked is not None and kept.turns:
        _instead_of(kept.turns[-1].run, picked)
    if here.problem is not None:
        show(here.problem)
    if here.draft is not None:
        _editor(len(talk.turns) - len(kept.turns), picked)


def _instead_of(run: Run, picked: Picked) -> None:
    """After an endpoint said that it does not have the model: what it does have."""
    result = run.result
    if result is not None and isinstance(result.error, NotFoundError) and run.request.model == picked.model.id:
        substitutes(picked, run.request.model, f"{KEY}_after", do.use_model)


def empty_place(picked: Picked | None) -> None:
    """What to do first, or the way back to what was just cleared."""
    if session().draft is not None:
        return
    if playground().conversations.can_undo(owner()):
        st.button("Bring back the conversation", key=f"{KEY}_back", icon=":material/undo:", on_click=do.undo)
    if picked is None:
        return
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.markdown("**Nothing asked yet**", text_alignment="center")
        st.markdown(":gray[Type below, or try one of these.]", text_alignment="center")
        for starter in starters(picked.endpoint.kind):
            st.button(
                f"Try: {starter.title}",
                key=f"{KEY}_start_{starter.id}",
                help=starter.text,
                on_click=do.start,
                args=(starter,),
            )


def input_bar(talk: Conversation, picked: Picked | None) -> Setup:
    """Who answers, the forecast, Stop and the message field at the foot of the page; returns the setup chosen there.

    The field stands outside the container: only then does the page keep its newest text in sight. It stays open while
    an answer is written, so that the next question can be typed meanwhile.
    """
    if talk.setup.context is not None:
        task = task_of(talk.setup.task) if picked is not None and picked.endpoint.kind == "local" else None
        note = "" if task is None else f"{task.title} reads the message alone: the rows are not sent."
        with st.bottom.container(width=WIDTH):
            context_chip(talk.setup.context, KEY, partial(do.take_rows, None), note=note)
    told = None if picked is None else next_turn(talk, picked)
    bar = st.bottom.container(
        width=WIDTH, horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small"
    )
    with bar:
        setup = controls(talk, picked)
        if told is not None and picked is not None:
            cost_line(told, picked)
        st.button(
            "Stop",
            key=f"{KEY}_stop",
            icon=":material/stop:",
            disabled=not talk.live,
            on_click=do.stop,
            help="Ends the answer now; the text so far stays.",
        )
    if told is not None:
        with st.bottom.container(width=WIDTH):
            window_bar(told)
    st.chat_input(
        _placeholder(talk, picked),
        key=f"{KEY}_ask",
        disabled=picked is None or session().draft is not None,
        on_submit=do.send,
        width=WIDTH,
        accept_file="multiple",
        file_type=list(SUFFIXES),
    )
    return setup


def _placeholder(talk: Conversation, picked: Picked | None) -> str:
    if picked is None:
        return "Pick who answers first"
    if session().draft is not None:
        return "Send or cancel the message above first"
    task = task_of(talk.setup.task) if picked.endpoint.kind == "local" else None
    return "Ask anything" if task is None else f"{task.title}: the text"


def _editor(replaced: int, picked: Picked | None) -> None:
    """replaced counts the turns that sending will take back."""
    here = session()
    with st.container(border=True, gap="small"):
        here.draft = st.text_area("Your message", key=begin(f"{KEY}_draft", here.draft), height="content")
        pictures(here.images, f"{KEY}_draft", do.leave_out)
        if here.images and picked is not None:
            _sight(picked)
        if replaced:
            what = "this question and its answer" if replaced == 1 else f"this and the {replaced - 1} after it"
            grey(f"Sending replaces {what}; More brings them back.")
        with st.container(horizontal=True, gap="small"):
            st.button("Send", key=f"{KEY}_draft_send", on_click=do.send_draft, disabled=not (here.draft or "").strip())
            st.button("Cancel", key=f"{KEY}_draft_cancel", type="tertiary", on_click=do.cancel_draft)


def _sight(picked: Picked) -> None:
    """Whether the image would be seen, and who would see it."""
    if picked.model.vision is None and sees_images(picked.endpoint, picked.model):
        grey(f"Whether {plain(picked.model.label)} sees images is not known; one that does not answers all the same.")
    if sees_images(picked.endpoint, picked.model):
        return
    with st.container(horizontal=True, gap="small"):
        for number, model in enumerate(picked.catalog.seeing_models()[: do.NAMED]):
            st.button(
                f"Use {model.label}",
                key=f"{KEY}_sight_{number}",
                help=f"Asks {model.id}, which sees images, from now on.",
                on_click=do.use_model,
                args=(model.id,),
            )
