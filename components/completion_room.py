"""The left side of Completion and its head: prompt, who continues it and how, what it may cost, send and stop."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from components import completion_actions as do
from components.completion_actions import KEY
from components.completion_sampling import completion_sampling
from components.export_buttons import export_buttons
from components.feedback import plain, show
from components.model_picker import Picked, model_picker, resolved, retirement_notice
from components.more_menu import Item, more_menu
from components.page_head import grey
from components.state import begin
from components.view_code import code_asked_for, view_code
from components.visitor import visitor
from services.answers import figures
from services.answers.completion_exports import as_json, as_markdown
from services.answers.completions import Sheet
from services.chat import LOCAL_HISTORY_TOKENS
from services.completing import defaults, forecast, form_of, refused, request_of
from services.errors import ServiceError
from services.examples import EXAMPLES
from services.models.catalog import Catalog
from services.resources import playground

PROMPT_HEIGHT = 256


def picked_now(sheet: Sheet) -> Picked | None:
    """Who continues; None while nobody is picked and there is no default. A problem is shown in its place."""
    try:
        return resolved(sheet.endpoint, sheet.model)
    except ServiceError as error:
        show(error)
        return None


def notices(sheet: Sheet, picked: Picked | None) -> None:
    """What should be known before anything is sent."""
    house = playground()
    for problem in house.settings.problems:
        st.error(f"{plain(problem.message)} {plain(problem.remedy)}", icon=":material/error:")
    if picked is None:
        error = visitor().route().error
        if error is not None and not house.settings.problems:
            show(error)
        return
    retirement_notice(picked, f"{KEY}_instead", do.use_model)
    if picked.problem is not None:
        grey(f"{plain(picked.problem.message)} {plain(picked.catalog.note or '')}")
    _chat_form(sheet, picked)


def _chat_form(sheet: Sheet, picked: Picked) -> None:
    """A model that is made for turns is said to be one, with the way to its own form."""
    label, word = plain(picked.model.label), form_of(picked.model)
    if refused(sheet, picked.endpoint, picked.model):
        text = f"{label} answers in chat only, its server says."
    elif word == "chat":
        text = f"{label} is listed as a chat model. Here it gets the bare prompt, without its turns."
    elif word == "other":
        text = f"{label} writes no text: it is listed as {plain(str(picked.model.type))}."
    else:
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown(f":small[:gray[{text}]]", width="content")
        if word != "other" and st.button(
            "Ask it in Chat",
            key=f"{KEY}_to_chat",
            icon=":material/forum:",
            type="tertiary",
            help="Opens Chat with the prompt as a draft; nothing is sent.",
        ):
            do.to_chat(picked)
            st.switch_page("chat.py")


def input_block(sheet: Sheet, picked: Picked | None) -> Sheet:
    """Prompt, settings and buttons; returns the sheet with what is chosen there now."""
    with st.container(border=True, gap="small"):
        st.text_area(
            "Prompt",
            value=sheet.prompt,
            key=begin(f"{KEY}_prompt", sheet.prompt),
            height=PROMPT_HEIGHT,
            placeholder="The beginning of a text; the model goes on from its last character.",
            help="Sent as it stands, blanks and line breaks included.",
            on_change=do.typed,
        )
        if picked is not None:
            grey(_forecast(sheet, picked))
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            _send(sheet, picked)
            st.button(
                "Stop",
                key=f"{KEY}_stop",
                icon=":material/stop:",
                disabled=not sheet.live,
                on_click=do.stop,
                help="Ends it now; the text so far stays.",
            )
            return _setup(sheet, picked)


def _send(sheet: Sheet, picked: Picked | None) -> None:
    blocked = picked is None or form_of(picked.model) == "other" or refused(sheet, picked.endpoint, picked.model)
    st.button(
        "Complete",
        key=f"{KEY}_send",
        type="primary",
        icon=":material/play_arrow:",
        disabled=blocked or sheet.live,
        on_click=do.send,
    )


def _setup(sheet: Sheet, picked: Picked | None) -> Sheet:
    name = "Pick who continues" if picked is None else picked.model.label
    changed = " · changed" if sheet.sampling.given() else ""
    with st.popover(f"{name}{changed}", icon=":material/tune:", key=f"{KEY}_setup").container(width=560, gap="small"):
        chosen, model = model_picker(KEY, picked, Catalog.text_models)
        if chosen is not None and (picked is None or (chosen, model) != (picked.endpoint.name, picked.model.id)):
            sheet = replace(sheet, endpoint=chosen, model=model)
        kind = picked.endpoint.kind if picked is not None else "together"
        chosen_so = completion_sampling(do.sampling_key(sheet), sheet.sampling, defaults(kind))
        sheet = replace(sheet, sampling=chosen_so)
        grey("Enter or a click elsewhere keeps a change; an empty field leaves it to what is shown in it.")
    return sheet


def keep(before: Sheet, now: Sheet) -> None:
    """Remembers who was picked and what was set, and draws the page again with it."""
    if (now.endpoint, now.model, now.sampling) != (before.endpoint, before.model, before.sampling):
        do.changed(lambda kept: replace(kept, endpoint=now.endpoint, model=now.model, sampling=now.sampling))
        st.rerun()


def _forecast(sheet: Sheet, picked: Picked) -> str:
    request = request_of(picked.endpoint, picked.model.id, sheet)
    tokens, most = forecast(request, picked.model)
    cost = "price unknown" if most is None else "free" if most == 0 else f"at most {figures.money(most)}"
    parts = [f"About {figures.tokens(tokens)} tokens in", cost]
    if picked.endpoint.word == "simulated":
        parts.append("simulated")
    window = picked.model.context_length
    asked = request.sampling.max_tokens
    if window is not None and tokens + (0 if asked is None else asked) > window:
        parts.append(f"more than its {figures.tokens(window)} tokens of context")
    elif picked.endpoint.kind == "local" and tokens > LOCAL_HISTORY_TOKENS:
        parts.append("long for the small model, which reads slowly")
    return " · ".join(parts).replace("$", r"\$")


def examples(picked: Picked | None) -> None:
    if picked is None:
        return
    with st.container(border=True, gap="small"):
        st.markdown("**Nothing completed yet**")
        st.markdown(":gray[Type above, or try one of these.]")
        with st.container(horizontal=True, gap="small"):
            for example in EXAMPLES:
                st.button(
                    f"Try: {example.title}",
                    key=f"{KEY}_start_{example.id}",
                    help=example.hint,
                    on_click=do.start,
                    args=(example,),
                )


def menu(sheet: Sheet, picked: Picked | None) -> None:
    """Export, code, clear, bring back."""
    more_menu(
        KEY,
        partial(_exports, sheet),
        (
            Item("View code", "code", "code", do.show_code, picked is not None),
            Item("Clear", "clear", "delete_sweep", do.clear, bool(sheet.runs or sheet.prompt)),
            Item("Bring back what was cleared", "undo", "undo", do.undo, sheet.cleared is not None),
        ),
    )
    if picked is not None and code_asked_for():
        view_code(picked.endpoint, request_of(picked.endpoint, picked.model.id, sheet))


def _exports(sheet: Sheet) -> None:
    export_buttons(
        f"{KEY}_export",
        "completion",
        {"md": partial(as_markdown, sheet), "json": partial(as_json, sheet)},
        label="Export as {}",
        disabled=not sheet.runs,
        width="stretch",
    )
