"""Naming an endpoint of one's own, or changing one: name, what it speaks, address, key."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

import streamlit as st

from components.page_head import grey
from components.state import begin, put, session, value
from components.visitor import reach, visitor
from services.endpoints import Endpoint
from services.errors import ConfigError, ServiceError
from services.resources import playground
from services.visitor import own_endpoint

KEY = "settings_endpoint_form"
SPEAKS = {
    "openai": "like OpenAI (most servers)",
    "together": "like Together",
    "sandbox": "like Together, simulated",
}


def endpoint_form() -> None:
    """Closed to those whom the app lets add none, in one sentence."""
    mine = session().mine
    edited = None if mine.editing is None else mine.own.named(mine.editing)
    if nobody_may_add():
        grey("Who runs this app lets nobody add endpoints.")
        return
    title = "Add an endpoint" if edited is None else "Change the endpoint"
    with (
        st.expander(title, expanded=edited is not None, key=f"{KEY}_{mine.forms}_open"),
        st.form(f"{KEY}_{mine.forms}", border=False),
    ):
        _fields(f"{KEY}_{mine.forms}", edited)
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.form_submit_button(
                "Add and test" if edited is None else "Save and test", icon=":material/add_link:", on_click=_save
            )
            if edited is not None:
                st.form_submit_button("Cancel", type="tertiary", on_click=_cancel)


def nobody_may_add() -> bool:
    return reach().hosts == ()


def _fields(key: str, edited: Endpoint | None) -> None:
    left, right = st.columns(2)
    left.text_input(
        "Name", key=begin(f"{key}_name", "" if edited is None else edited.name), max_chars=40, placeholder="lab"
    )
    right.selectbox(
        "Speaks",
        list(SPEAKS),
        format_func=SPEAKS.__getitem__,
        key=begin(f"{key}_kind", "openai" if edited is None else edited.kind),
        help="Ollama, vLLM, LM Studio and llama.cpp speak like OpenAI, a dedicated endpoint of Together like Together. "
        "Of a Sandbox every answer is marked as simulated.",
    )
    left.text_input(
        "Address",
        key=begin(f"{key}_address", "" if edited is None else edited.base_url),
        max_chars=500,
        placeholder="http://127.0.0.1:11434/v1",
        autocomplete="off",
    )
    keyed = edited is not None and edited.api_key is not None
    right.text_input(
        "Key",
        type="password",
        key=begin(f"{key}_key", ""),
        max_chars=500,
        placeholder="as it is" if keyed else "none",
        help="Where the server wants one. Another host needs its key again."
        if keyed
        else "Where the server wants one.",
        autocomplete="off",
    )


def _save() -> None:
    mine, key = session().mine, f"{KEY}_{session().mine.forms}"
    typed = {name: str(value(f"{key}_{name}") or "") for name in ("name", "kind", "address", "key")}
    put(f"{key}_key", "")
    edited = None if mine.editing is None else mine.own.named(mine.editing)
    try:
        made = own_endpoint(typed["name"], typed["kind"], typed["address"], typed["key"], reach())
        made = _with_former_key(made, edited)
        mine.own = visitor().added(made, instead_of=mine.editing)
    except ServiceError as problem:
        mine.endpoint_problem = problem
        return
    if mine.editing is not None:
        mine.end_probe(mine.editing)
    mine.editing, mine.endpoint_problem, mine.removed, mine.forms = None, None, None, mine.forms + 1
    begin_test(made)


def begin_test(endpoint: Endpoint) -> None:
    mine = session().mine
    try:
        mine.probes[endpoint.name] = playground().probes.start(endpoint)
    except ServiceError as problem:
        mine.endpoint_problem = problem


def _with_former_key(made: Endpoint, edited: Endpoint | None) -> Endpoint:
    """An empty field leaves the key as it is, and never hands it to another host. Raises ConfigError."""
    if edited is None or edited.api_key is None or made.api_key is not None:
        return made
    if urlsplit(made.base_url).netloc != urlsplit(edited.base_url).netloc:
        raise ConfigError("The key was for another host.", remedy="Type the key of the new one.")
    return replace(made, api_key=edited.api_key)


def _cancel() -> None:
    mine = session().mine
    mine.editing, mine.endpoint_problem, mine.forms = None, None, mine.forms + 1
