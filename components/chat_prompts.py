"""Prompts kept under a name: filled in, made the next message, saved, and exchanged as a file."""

from __future__ import annotations

import streamlit as st

from components import chat_prompt_actions as do
from components.chat_prompt_actions import KEY
from components.export_buttons import export_buttons
from components.feedback import plain, show
from components.page_head import grey
from components.state import begin, owner, session
from services.answers.line_ups import MAX_TITLE
from services.answers.prompts import MAX_CHARACTERS, Prompt, to_json
from services.resources import playground


def prompts() -> None:
    """One button, and behind it all that is kept."""
    popover = st.popover("Prompts", icon=":material/bookmark:", key=KEY, on_change="rerun")
    if not popover.open:
        return
    with popover.container(width=440, gap="small"):
        kept = playground().prompts.of(owner())
        if kept:
            _filling(kept)
        else:
            grey("None yet. Save one below, or open a file of them.")
        _put_back()
        problem = session().prompt_problem
        if problem is not None:
            show(problem)
        elif session().prompt_said:
            grey(session().prompt_said)
        _saving()
        _exchange(kept)


def _filling(kept: tuple[Prompt, ...]) -> None:
    names = {prompt.id: prompt.title for prompt in kept}
    chosen = st.selectbox(
        "Prompt", list(names), format_func=lambda prompt_id: names.get(prompt_id, ""), key=f"{KEY}_which"
    )
    prompt = next((each for each in kept if each.id == chosen), kept[0])
    st.code(prompt.text, language=None, wrap_lines=True, height=140 if len(prompt.text) > 300 else "content")
    for name in prompt.variables:
        st.text_area(plain(name), key=f"{KEY}_{prompt.id}_{name}", height="content")
    with st.container(horizontal=True, gap="small"):
        st.button("Make it the message", key=f"{KEY}_use", on_click=do.use, args=(prompt,))
        st.button("Change", key=f"{KEY}_change", type="tertiary", on_click=do.change, args=(prompt,))
        st.button("Delete", key=f"{KEY}_delete", type="tertiary", on_click=do.delete, args=(prompt.id,))


def _put_back() -> None:
    gone = session().prompt_gone
    if gone is not None:
        st.button(f"Bring back “{plain(gone.title)}”", key=f"{KEY}_back", icon=":material/undo:", on_click=do.put_back)


def _saving() -> None:
    with st.expander("Save a prompt", key=f"{KEY}_new", type="compact"):
        st.text_input("Name", key=begin(f"{KEY}_title", ""), max_chars=MAX_TITLE)
        st.text_area(
            "Text",
            key=begin(f"{KEY}_text", ""),
            placeholder="Summarise {{text}} for {{reader}}.",
            max_chars=MAX_CHARACTERS,
            help="What stands in double braces is asked for each time.",
        )
        st.button("Save", key=f"{KEY}_save", on_click=do.save)
        grey("Kept until the server stops; the file keeps them longer.")


def _exchange(kept: tuple[Prompt, ...]) -> None:
    with st.expander("As a file", key=f"{KEY}_file", type="compact"):
        export_buttons(
            f"{KEY}_export", "prompts", {"json": lambda now: to_json(kept)}, label="Export all", disabled=not kept
        )
        st.file_uploader("Open a file of prompts", type=["json"], key=f"{KEY}_import", on_change=do.read_file)
