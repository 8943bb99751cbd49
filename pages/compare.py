"""Compare: one prompt, two to four models side by side, measured from the same clock."""

import streamlit as st

from components import compare_actions as do
from components.blind import blind_switch, vote_bar
from components.compare_diff import word_diff_menu
from components.compare_on import ask_on_bar
from components.compare_panels import panels
from components.compare_result import result
from components.compare_room import head, input_block, menu
from components.recording import on_stage, recording_menu
from components.recording_panels import playing
from components.repeat import repeat

comparison = do.current(st.query_params.get("models"))
do.address(comparison)
with head(comparison, on_stage(comparison)):
    menu(comparison)
    recording_menu(comparison)
    blind_switch(comparison)
if do.keep(comparison, input_block(comparison)):
    st.rerun()
if (played := playing(do.KEY)) is not None:
    result(played.comparison)
    st.stop()
panels(comparison)
ask_on_bar(comparison)
word_diff_menu(comparison)
if vote_bar(comparison):
    st.stop()
result(comparison)
repeat(comparison)
