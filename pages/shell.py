"""Page configuration, the list of pages, and the sidebar around them."""

from pathlib import Path

import streamlit as st

from components.status import awaited, sidebar

BRAND = Path(__file__).resolve().parents[1] / "assets" / "brand"

st.set_page_config(
    page_title="Together Playground for SAP HANA",
    page_icon=str(BRAND / "favicon.png"),
    layout="wide",
    initial_sidebar_state=216,
)
page = st.navigation(
    {
        "": [st.Page("home.py", title="Home", icon=":material/home:", default=True)],
        "Ask": [
            st.Page("chat.py", title="Chat", icon=":material/forum:", url_path="chat"),
            st.Page("completion.py", title="Completion", icon=":material/text_snippet:", url_path="completion"),
            st.Page("compare.py", title="Compare", icon=":material/view_column:", url_path="compare"),
        ],
        "Data": [
            st.Page("models.py", title="Models", icon=":material/deployed_code:", url_path="models"),
            st.Page("tables.py", title="Tables", icon=":material/table:", url_path="tables"),
        ],
        "Account": [st.Page("settings.py", title="Settings", icon=":material/settings:", url_path="settings")],
    }
)
st.logo(str(BRAND / "logo.svg"), size="large", icon_image=str(BRAND / "mark.svg"))
awaited()
sidebar()
page.run()
