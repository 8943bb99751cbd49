"""What Home is made of: what answers now, what to try first, what a key and a HANA add, and the verification."""

from __future__ import annotations

import streamlit as st

from components.feedback import plain
from components.model_picker import Picked
from components.page_head import grey
from components.state import session
from components.visitor import visitor
from services.embedded.local.model import BUNDLED
from services.endpoints import Kind
from services.routing import Route
from services.starters import Starter, starters
from services.verify import Check, checks

_MARKS = {
    "ok": ":material/check: ok",
    "off": ":material/remove: not set up",
    "failed": ":material/error: failed",
}


def answering(route: Route, picked: Picked | None) -> None:
    """One line on who answers, and the way to a larger model."""
    with st.container(border=True):
        if visitor().settings.together_api_key is not None:
            st.markdown(_now(route, picked))
            return
        line, button = st.columns([5, 1], vertical_alignment="center")
        line.markdown(_now(route, picked))
        if button.button("Add key", icon=":material/key:", width="stretch", key="home_add_key"):
            st.switch_page("settings.py")


def _now(route: Route, picked: Picked | None) -> str:
    if picked is None:
        error = None if visitor().settings.problems else route.error
        why = "" if error is None else f" {plain(error.message)} {plain(error.remedy)}"
        return f"**Nobody answers by default.**{why} Local and the Sandbox can be picked in Chat."
    if picked.endpoint.kind == "local":
        size = " of 135 M parameters" if picked.model.id == BUNDLED else ""
        wrong = ", and often wrong" if picked.model.id == BUNDLED else ""
        return (
            f"**Local.** A real model{size} ({plain(picked.model.label)}) on this computer: free{wrong}. "
            "Add a Together key to ask large ones."
        )
    if picked.endpoint.kind == "sandbox":
        return f"**Sandbox.** Texts and speeds are made up and cost nothing. {plain(route.reason)}"
    return (
        f"**{plain(picked.endpoint.name)}.** {plain(picked.model.label)} answers, unless you pick another one in Chat. "
        "Every answer is billed to the account of the key."
    )


def starter_buttons(kind: Kind, key: str) -> Starter | None:
    """The one that was clicked."""
    st.header("Try one", anchor=False)
    clicked = None
    with st.grid(columns=3, min_column_width=240, gap="small"):
        for starter in starters(kind):
            with st.container(border=True, gap="xsmall", height="stretch"):
                st.markdown(f"**{starter.title}**")
                grey(plain(starter.text))
                if st.button("Ask", key=f"{key}_{starter.id}", icon=":material/play_arrow:"):
                    clicked = starter
    return clicked


def additions() -> None:
    """Cards on what the product does now and what a key or a HANA would add."""
    settings = visitor().settings
    with st.grid(columns=4, min_column_width=200, gap="small"):
        with _card(":material/forum: Chat", "Ask one model. See wait, speed, tokens and cost under every answer."):
            if st.button("Open Chat", key="home_chat"):
                st.switch_page("chat.py")
        with _card(
            ":material/view_column: Compare",
            "Same prompt, two to four models side by side, measured from the same clock.",
        ):
            if st.button("Open Compare", type="primary", key="home_compare"):
                st.switch_page("compare.py")
        with _card(
            ":material/table: Tables",
            "Rows of SAP HANA, or of the demo tables: searched by meaning, seen as a map, put to models.",
        ):
            if st.button("Open Tables", key="home_tables"):
                st.switch_page("tables.py")
        with _card(
            ":material/key: A Together key",
            "Asks large open models: DeepSeek, Qwen, GLM, gpt-oss and others, billed by the token.",
        ):
            if settings.together_api_key is not None:
                grey("It is set.")
            elif st.button("Open Settings", key="home_settings"):
                st.switch_page("settings.py")


def _card(title: str, text: str) -> st.delta_generator.DeltaGenerator:
    card = st.container(border=True, gap="xsmall", height="stretch")
    card.markdown(f"**{title}**")
    card.markdown(f":small[:gray[{text}]]")
    return card


def verification() -> None:
    """One button; a line for each check as soon as it is known, kept until the next time."""
    st.header("Is everything ready?", anchor=False)
    here = session()
    clicked = st.button("Verify", icon=":material/fact_check:", key="home_verify")
    place = st.empty()
    if clicked:
        here.checks = ()
        with st.spinner("Asking …"):
            for check in checks(visitor()):
                here.checks = (*here.checks, check)
                place.table(_rows(here.checks), border="horizontal", hide_index=True)
    elif here.checks:
        place.table(_rows(here.checks), border="horizontal", hide_index=True)
    else:
        grey("Checks key, model, one token, embeddings and HANA, and says what to do where something is missing.")


def _rows(lines: tuple[Check, ...]) -> list[dict[str, str]]:
    return [
        {"Check": check.name, "State": _MARKS[check.state], "What": plain(f"{check.sentence} {check.remedy}".strip())}
        for check in lines
    ]
