"""Everything of a chat that a page puts together: who answers, how, what is sent, and what became of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import streamlit as st

from components import chat_actions as do
from components.chat_actions import KEY
from components.conversation import Actions, conversation
from components.feedback import plain, show
from components.model_picker import Picked, model_picker, resolved, retirement_notice, substitutes
from components.page_head import grey
from components.sampling import sampling_panel
from components.state import begin, owner, session
from components.view_code import view_code
from services.answers import figures
from services.answers.conversations import Conversation, Setup
from services.answers.exports import as_json, as_markdown
from services.answers.runs import Run
from services.chat import asked, defaults, task_of
from services.embedded.local import tasks
from services.errors import NotFoundError, ServiceError
from services.models.prices import estimate_tokens, most_usd
from services.resources import playground
from services.starters import starters
from services.wire.types import ChatRequest

WIDTH = 780
FREE_CHAT_HINT = (
    "Answers fluently and often wrongly. Where the bundled notes answer the question, they stand beside it."
)


def picked_now(talk: Conversation) -> Picked | None:
    """Who answers; None while nobody is picked and there is no default. A problem is shown in its place."""
    try:
        return resolved(talk.setup.endpoint, talk.setup.model)
    except ServiceError as error:
        show(error)
        return None


def controls(talk: Conversation, picked: Picked | None) -> Setup:
    """The picker, the settings and the menu; returns the setup as it is chosen now."""
    name, model = model_picker(KEY, picked)
    setup = talk.setup
    if name is not None and (picked is None or (name, model) != (picked.endpoint.name, picked.model.id)):
        setup = replace(setup, endpoint=name, model=model)
    with st.popover("Settings", icon=":material/tune:"), st.container(width=520):
        setup = _settings(setup, picked)
    _menu(talk, picked)
    return setup


def keep(talk: Conversation, setup: Setup) -> None:
    """Remembers a changed setup and draws the page again with it."""
    if setup != talk.setup:
        playground().conversations.update(owner(), lambda now: replace(now, setup=setup))
        st.rerun()


def _settings(setup: Setup, picked: Picked | None) -> Setup:
    system = st.text_area(
        "System prompt",
        value=setup.system,
        key=f"{KEY}_system",
        placeholder="How the model should answer",
        help="Sent ahead of the conversation, with every message.",
        height=96,
    )
    sampling = sampling_panel(
        f"{KEY}_sampling", setup.sampling, defaults(picked.endpoint.kind if picked is not None else "together")
    )
    return replace(setup, system=(system or "").strip(), sampling=sampling)


def _menu(talk: Conversation, picked: Picked | None) -> None:
    menu = st.popover("More", icon=":material/more_horiz:", key=f"{KEY}_more", on_change="rerun")
    if menu.open:
        with menu:
            _menu_items(talk, picked)
    if session().show_code and picked is not None:
        session().show_code = False
        text = talk.turns[-1].text if talk.turns else "Hello"
        earlier = replace(talk, turns=talk.turns[:-1])
        view_code(picked.endpoint, asked(picked.endpoint, picked.model.id, talk.setup, earlier, text).request)


def _menu_items(talk: Conversation, picked: Picked | None) -> None:
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
    st.button(
        "View code",
        key=f"{KEY}_code",
        icon=":material/code:",
        disabled=picked is None,
        on_click=do.show_code,
        width="stretch",
    )
    st.button(
        "Clear",
        key=f"{KEY}_clear",
        icon=":material/delete_sweep:",
        disabled=not talk.turns,
        on_click=do.clear,
        width="stretch",
        help="Begins a new conversation; it can be brought back until you ask something new.",
    )


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
    error = house.route().error
    if error is not None and picked is None and not house.settings.problems:
        show(error)


def task_choice(setup: Setup, picked: Picked | None) -> Setup:
    """For Local: free chat, or one of the things it was measured to do."""
    if picked is None or picked.endpoint.kind != "local":
        return setup
    names = {"": "Free chat", **{task.id: task.title for task in tasks.TASKS}}
    chosen = st.segmented_control(
        "What to do",
        list(names),
        required=True,
        format_func=lambda task_id: f":gray[{names[task_id]}]",
        key=begin(f"{KEY}_task", setup.task if setup.task is not None else ""),
        label_visibility="collapsed",
    )
    task = task_of(chosen)
    grey(task.hint if task is not None else FREE_CHAT_HINT)
    return replace(setup, task=chosen or None)


def room(talk: Conversation, picked: Picked | None) -> None:
    """The conversation itself, and the message being edited, if any."""
    conversation(talk, Actions(do.again, do.edit, do.show_version), KEY)
    if picked is not None and talk.turns:
        _instead_of(talk.turns[-1].run, picked)
    problem = session().problem
    if problem is not None:
        show(problem)
    if session().draft is not None:
        _editor()


def _instead_of(run: Run, picked: Picked) -> None:
    """After an endpoint said that it does not have the model: what it does have."""
    result = run.result
    if result is not None and isinstance(result.error, NotFoundError) and run.request.model == picked.model.id:
        substitutes(picked, run.request.model, f"{KEY}_after", do.use_model)


def empty_place(picked: Picked | None) -> None:
    """What to do first, or the way back to what was just cleared."""
    if playground().conversations.can_undo(owner()):
        st.button("Bring back the conversation", key=f"{KEY}_undo", icon=":material/undo:", on_click=do.undo)
    if picked is None or session().draft is not None:
        return
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.markdown("**Nothing asked yet**", text_alignment="center")
        st.markdown(":gray[Type below, or begin with one of these.]", text_alignment="center")
        for starter in starters(picked.endpoint.kind):
            st.button(starter.title, key=f"{KEY}_start_{starter.id}", on_click=do.start, args=(starter,))


def input_bar(talk: Conversation, picked: Picked | None) -> None:
    """Forecast, Stop and the message field at the foot of the page.

    The field stands outside the container: only then does the page keep its newest text in sight.
    """
    bar = st.bottom.container(
        width=WIDTH, horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    )
    with bar:
        grey(_forecast(talk, picked))
        st.button(
            "Stop",
            key=f"{KEY}_stop",
            icon=":material/stop:",
            disabled=not talk.live,
            on_click=do.stop,
            help="Ends the answer now; the text so far stays.",
        )
    st.chat_input(
        _placeholder(talk, picked),
        key=f"{KEY}_ask",
        disabled=talk.live or picked is None,
        on_submit=do.send,
        width=WIDTH,
    )


def _placeholder(talk: Conversation, picked: Picked | None) -> str:
    if picked is None:
        return "Pick an endpoint and a model first"
    task = task_of(talk.setup.task) if picked.endpoint.kind == "local" else None
    return f"Ask {picked.model.label}" if task is None else f"{task.title}: the text"


def _forecast(talk: Conversation, picked: Picked | None) -> str:
    if picked is None:
        return ""
    request = asked(picked.endpoint, picked.model.id, talk.setup, talk, "").request
    prompt = request.messages if isinstance(request, ChatRequest) else request.prompt
    tokens = estimate_tokens(prompt, request.model)
    most = most_usd(tokens, request.sampling.max_tokens, picked.model.price)
    cost = "price unknown" if most is None else "free" if most == 0 else f"at most {figures.money(most)}"
    if picked.endpoint.word == "simulated":
        cost = "simulated, costs nothing"
    return f"Next turn: about {figures.tokens(tokens)} tokens in · {cost}".replace("$", r"\$")


def _editor() -> None:
    with st.container(border=True, gap="small"):
        text = st.text_area("Your message", key=begin(f"{KEY}_draft", session().draft or ""), height="content")
        with st.container(horizontal=True, gap="small"):
            st.button("Send", key=f"{KEY}_draft_send", on_click=do.send_draft, disabled=not (text or "").strip())
            st.button("Cancel", key=f"{KEY}_draft_cancel", type="tertiary", on_click=do.cancel_draft)
