"""The visitor's own Together key: typed, tested, taken, removed, and never shown."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from components.feedback import plain, show
from components.page_head import grey
from components.settings_block import Tone, block
from components.state import begin, put, session, value
from components.visitor import visitor
from services.errors import ServiceError
from services.probing import Found
from services.resources import playground

KEY = "settings_key"
_GET_ONE = (
    "Make an account at together.ai, open its settings, and create a key under API keys. A key is billed by the token."
)


def key_block() -> None:
    status, tone = _status()
    with block("Together key", status, tone=tone):
        _state()
        _form()
        problem = session().mine.key_problem
        if problem is not None:
            show(problem)


def _status() -> tuple[str, Tone]:
    mine, settings = session().mine, playground().settings
    if mine.key_probe is not None:
        return "testing …", "gray"
    if mine.own.together_key is not None:
        return "yours, this session", "gray"
    if settings.problem_with("TOGETHER_API_KEY") is not None:
        return "cannot be used", "red"
    return ("set", "gray") if settings.together_api_key is not None else ("not set", "gray")


def _state() -> None:
    mine, settings = session().mine, playground().settings
    if mine.own.together_key is not None:
        row = st.container(horizontal=True, gap="small", vertical_alignment="center")
        row.markdown(_outcome(mine.key_found))
        row.button("Remove", key=f"{KEY}_remove", icon=":material/delete:", type="tertiary", on_click=_remove)
    elif settings.together_api_key is not None:
        st.markdown(
            f"`TOGETHER_API_KEY` is set, from {settings.source_of('TOGETHER_API_KEY')}. It stays as it is here."
        )
    else:
        st.markdown("Without a key, Local and the Sandbox answer.")


def _outcome(found: Found | None) -> str:
    if found is None:
        return "Your key is used."
    if found.state == "lists":
        return f"Your key is used: Together took it and lists {len(found.models):,} models."
    why = "" if found.error is None else f" {plain(found.error.message)}"
    return f"Your key is used, though it could not be tested.{why}"


def _form() -> None:
    """Not drawn while a key is being tested: a second one would be the wrong one to tell about."""
    mine, settings = session().mine, playground().settings
    if mine.key_probe is not None:
        grey("Asking Together whether it takes the key …")
        return
    instead = mine.own.together_key is not None or settings.together_api_key is not None
    with (
        st.form(f"{KEY}_form", border=False),
        st.container(horizontal=True, gap="small", vertical_alignment="bottom"),
    ):
        st.text_input(
            "Another key" if instead else "Key",
            type="password",
            key=begin(f"{KEY}_typed", ""),
            max_chars=500,
            autocomplete="off",
        )
        st.form_submit_button("Use this key", icon=":material/key:", on_click=_test)
    grey(f"{_GET_ONE} It stays in this session: a reload of the page forgets it.")


def _test() -> None:
    mine, typed = session().mine, str(value(f"{KEY}_typed") or "")
    put(f"{KEY}_typed", "")
    mine.key_problem = None
    try:
        mine.key_probe = playground().probes.start(visitor().with_key(typed))
    except ServiceError as problem:
        mine.key_problem = problem


def _remove() -> None:
    mine = session().mine
    mine.own, mine.key_found, mine.key_problem = replace(mine.own, together_key=None), None, None
