"""Chat: one model, one conversation, figures under every answer."""

import streamlit as st

from components import chat_actions as do
from components import chat_room as chat
from components.chat_controls import menu
from components.chat_library import library
from components.chat_prompts import prompts
from components.model_link import follow_link
from components.page_head import page_head

talk = do.current()
follow_link("chat", (talk.setup.endpoint, talk.setup.model), do.use)
picked = chat.picked_now(talk)
lead = "One model at a time; what each answer took and cost stands under it."
with page_head("Chat", lead, word=picked.endpoint.word if picked else None):
    library(talk)
    prompts()
    menu(talk, picked)
chat.notices(picked)
chat.route_error(picked)
chat.keep(talk, chat.input_bar(talk, picked))
with st.container(width=chat.WIDTH):
    chat.room(talk, picked)
    if not talk.turns:
        chat.empty_place(picked)
