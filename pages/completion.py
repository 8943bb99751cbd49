"""Completion: a prompt, and how models go on from it, token by token."""

import streamlit as st

from components import completion_actions as do
from components import completion_room as room
from components.completion_result import result_panel, tokens_of
from components.model_link import follow_link
from components.page_head import page_head

sheet = do.current()
follow_link("completion", (sheet.endpoint, sheet.model), do.use)
picked = room.picked_now(sheet)
lead = "The model goes on from the prompt as it stands: no turns, no system prompt, no memory."
with page_head("Completion", lead, word=picked.endpoint.word if picked else None):
    room.menu(sheet, picked)
room.notices(sheet, picked)
left, right = st.columns(2)
with left:
    room.keep(sheet, room.input_block(sheet, picked))
    if not sheet.runs:
        room.examples(picked)
with right:
    alternative = result_panel(sheet, picked)
tokens_of(sheet, alternative)
