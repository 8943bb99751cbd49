"""Chat: one model, one conversation, figures under every answer."""

import streamlit as st

from components import chat_actions as do
from components import chat_room as chat
from components.page_head import page_head

talk = do.current()
picked = chat.picked_now(talk)
lead = "One model at a time. Nothing is sent before you press Enter, and nothing is sent twice."
with page_head("Chat", lead, word=picked.endpoint.word if picked else None):
    setup = chat.controls(talk, picked)
chat.notices(picked)
chat.route_error(picked)
with st.container(width=chat.WIDTH):
    setup = chat.task_choice(setup, picked)
    chat.keep(talk, setup)
    chat.room(talk, picked)
    if not talk.turns:
        chat.empty_place(picked)
chat.input_bar(talk, picked)
