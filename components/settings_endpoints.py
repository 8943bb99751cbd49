"""The endpoints that can be asked: those of the playground as they are, and the visitor's own to test and change."""

from __future__ import annotations

import streamlit as st

from components.feedback import plain, show
from components.page_head import grey
from components.settings_block import block, code
from components.settings_endpoint_form import endpoint_form
from components.settings_nearby import nearby_offers
from components.state import session
from components.visitor import here, visitor
from services.endpoints import Endpoint
from services.errors import AuthError, ServiceError
from services.probing import Found, Probe
from services.resources import playground
from services.settings import LOCAL, SANDBOX, TOGETHER

KEY = "settings_endpoint"
SHOWN_MODELS = 5
KINDS = {
    "openai": "speaks like OpenAI",
    "together": "speaks like Together",
    "local": "on this computer",
    "sandbox": "simulates",
}
# Said without asking for them: that would start what nobody needs yet.
BUILT_IN = {LOCAL: "built in · a small model on this computer", SANDBOX: "built in · simulates large models"}


def endpoints_block() -> None:
    mine = session().mine
    count = len(mine.own.endpoints)
    with block("Endpoints", f"{count} of yours" if count else "none of yours"):
        for name in visitor().endpoint_names():
            _row(name, own=mine.own.named(name) is not None)
        if mine.removed is not None:
            with st.container(horizontal=True, gap="small", vertical_alignment="center"):
                st.markdown(f"Removed {plain(mine.removed.name)}.")
                st.button("Undo", key=f"{KEY}_undo", icon=":material/undo:", type="tertiary", on_click=_put_back)
        nearby_offers()
        endpoint_form()
        if mine.endpoint_problem is not None:
            show(mine.endpoint_problem)


def _row(name: str, *, own: bool) -> None:
    with st.container(gap=None):
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.markdown(f"**{plain(name)}**{' :gray-badge[yours]' if own else ''}", width="stretch")
            _buttons(name, own=own)
        grey(BUILT_IN[name] if name in BUILT_IN else _described(visitor().endpoint(name), own=own))
        probe = session().mine.probes.get(name)
        if probe is not None:
            _outcome(probe, own=own)


def _described(endpoint: Endpoint, *, own: bool) -> str:
    key = "with a key" if endpoint.api_key is not None else "without a key"
    mine = own or (endpoint.name == TOGETHER and session().mine.own.together_key is not None)
    whose = "" if mine else " · from the settings of this app"
    address = f"{code(endpoint.base_url)} · " if visitor().may_see_address(endpoint, here=here()) else ""
    return f"{address}{KINDS[endpoint.kind]} · {key}{whose}"


def _buttons(name: str, *, own: bool) -> None:
    """Keys go by position: a name may hold anything."""
    place = visitor().endpoint_names().index(name)
    probe = session().mine.probes.get(name)
    st.button(
        "Test",
        key=f"{KEY}_test_{place}",
        icon=":material/network_check:",
        type="tertiary",
        disabled=probe is not None and probe.found is None,
        help="Asks for its list of models.",
        on_click=test,
        args=(name,),
    )
    if own:
        st.button(
            "Edit",
            key=f"{KEY}_edit_{place}",
            icon=":material/edit:",
            type="tertiary",
            on_click=_edit,
            args=(name,),
        )
        st.button(
            "Remove",
            key=f"{KEY}_remove_{place}",
            icon=":material/delete:",
            type="tertiary",
            on_click=_remove,
            args=(name,),
        )


def _outcome(probe: Probe, *, own: bool) -> None:
    found = probe.found
    if found is None:
        grey("Asking for its models …")
    elif found.error is not None and found.state == "failed":
        refused = own and isinstance(found.error, AuthError)
        show(AuthError(found.error.message, remedy="Press Edit and type its key.") if refused else found.error)
    else:
        grey(_listed(found))


def _listed(found: Found) -> str:
    if found.state == "no list":
        return "It answers, but names no models: type the id of one where you pick a model."
    if not found.models:
        return "It answers, and lists no model: load one there first."
    shown, more = found.models[:SHOWN_MODELS], len(found.models) - SHOWN_MODELS
    names = ", ".join(plain(model[:80]) for model in shown)
    count = "1 model" if len(found.models) == 1 else f"{len(found.models):,} models"
    return f"It lists {count}: {names}{f' and {more:,} more' if more > 0 else ''}."


def test(name: str) -> None:
    """Asks the endpoint of that name for its models; a former test of it is ended."""
    mine = session().mine
    mine.endpoint_problem = None
    try:
        probe = playground().probes.start(visitor().endpoint(name))
    except ServiceError as problem:
        mine.endpoint_problem = problem
        return
    mine.end_probe(name)
    mine.probes[name] = probe


def _edit(name: str) -> None:
    mine = session().mine
    mine.editing, mine.endpoint_problem, mine.forms = name, None, mine.forms + 1


def _remove(name: str) -> None:
    mine = session().mine
    mine.end_probe(name)
    mine.removed, mine.own, mine.endpoint_problem = mine.own.named(name), mine.own.without(name), None
    if mine.editing == name:
        mine.editing, mine.forms = None, mine.forms + 1


def _put_back() -> None:
    mine = session().mine
    if mine.removed is None:
        return
    try:
        mine.own, mine.removed = visitor().added(mine.removed), None
    except ServiceError as problem:
        mine.endpoint_problem = problem
