"""The visitor's conversations: which one is open, what it is called, and whether they outlive the server."""

from __future__ import annotations

import streamlit as st

from components import chat_library_actions as do
from components.chat_actions import KEY
from components.feedback import plain
from components.page_head import grey
from components.state import begin, owner
from services.answers.conversation_store import FILE
from services.answers.conversations import Conversation
from services.answers.line_ups import MAX_TITLE
from services.resources import playground

_LIST_HEIGHT, _LIST_FROM = 300, 6


def library(talk: Conversation) -> None:
    """One button, and behind it all conversations."""
    popover = st.popover("Conversations", icon=":material/forum:", key=f"{KEY}_library", on_change="rerun")
    if not popover.open:
        return
    with popover.container(width=400, gap="small"):
        st.button("New conversation", key=f"{KEY}_new", icon=":material/add:", on_click=do.begin_anew, width="stretch")
        _put_back()
        _list(talk)
        if talk.turns or talk.title is not None:
            _open_one(talk)
        _keeping()


def _put_back() -> None:
    gone = playground().conversations.deleted(owner())
    if gone is not None:
        st.button(
            f"Bring back “{plain(gone.name)}”",
            key=f"{KEY}_put_back",
            icon=":material/undo:",
            on_click=do.put_back,
            width="stretch",
        )


def _list(talk: Conversation) -> None:
    kept = playground().conversations.all(owner())
    with st.container(height=_LIST_HEIGHT if len(kept) > _LIST_FROM else "content", border=False, gap="xsmall"):
        for each in kept:
            st.button(
                _label(each, is_open=each.id == talk.id),
                key=f"{KEY}_open_{each.id}",
                disabled=each.id == talk.id,
                on_click=do.open_conversation,
                args=(each.id,),
                width="stretch",
            )


def _label(each: Conversation, *, is_open: bool) -> str:
    count = len(each.turns)
    asked = "nothing asked" if not count else "1 question" if count == 1 else f"{count} questions"
    state = " · answering" if each.live else " · open" if is_open else ""
    return f"{plain(each.name)} :gray[{asked}{state}]"


def _open_one(talk: Conversation) -> None:
    st.text_input(
        "Name of the open one",
        key=begin(f"{KEY}_name_{talk.id}", "" if talk.title is None else talk.title),
        placeholder=talk.name,
        max_chars=MAX_TITLE,
        on_change=do.rename,
        args=(talk.id,),
        help="Empty: the beginning of its first question.",
    )
    st.button(
        "Delete the open one",
        key=f"{KEY}_delete",
        icon=":material/delete:",
        on_click=do.delete_conversation,
        args=(talk.id,),
        width="stretch",
    )


def _keeping() -> None:
    """Whether they are saved, where, and what that means; off until the visitor says so."""
    house = playground()
    st.toggle(
        "Save my conversations",
        key=begin(f"{KEY}_saved", house.conversations.saved(owner())),
        on_change=do.set_saved,
    )
    where = plain(str(house.settings.data_dir / FILE))
    if house.conversations.saved(owner()):
        grey(
            f"All of them are in {where} on the server, rows and images included, readable for whoever runs it. This "
            "browser finds them again after a restart. Switched off, they are erased from the file at once."
        )
    else:
        grey(f"Off: they are gone when the server stops. On: they are written to {where} on the server.")
    problem = house.conversations.problem(owner())
    if problem is not None:
        st.warning(f"{plain(problem.message)} {plain(problem.remedy)}", icon=":material/warning:")
