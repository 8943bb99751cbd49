"""Home: what can be done now, and what would add to it."""

import streamlit as st

from components import chat_actions as do
from components import chat_room as chat
from components import welcome
from components.page_head import page_head
from components.recorded_demo import recorded_demo
from components.visitor import visitor

talk = do.current()
picked = chat.picked_now(talk)
lead = "Try open models on your own questions, and see what each answer takes and costs."
with page_head("Together Playground for SAP HANA", lead, word=picked.endpoint.word if picked else None):
    pass
welcome.answering(visitor().route(), picked)
chat.notices(picked)
if picked is not None:
    starter = welcome.starter_buttons(picked.endpoint.kind, "home_start")
    if starter is not None:
        do.start(starter)
        st.switch_page("chat.py")
recorded_demo()
welcome.additions()
welcome.verification()
