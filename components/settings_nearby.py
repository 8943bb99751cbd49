"""Servers that run on this machine at their usual ports: looked for when the page opens, offered in one click."""

from __future__ import annotations

import streamlit as st

from components.feedback import plain
from components.page_head import grey
from components.settings_block import code
from components.settings_endpoint_form import begin_test
from components.state import session
from components.visitor import here, reach, visitor
from services.endpoints import Endpoint
from services.errors import ServiceError
from services.probing import USUAL_PORTS, nearby
from services.resources import playground
from services.visitor import own_endpoint

KEY = "settings_nearby"


def look_around() -> None:
    """Asks this machine alone, and only for a visitor who sits at it."""
    mine = session().mine
    for probe in mine.nearby:
        probe.stop()
    mine.nearby = nearby(playground().probes, _candidates()) if here() else ()


def _candidates() -> list[Endpoint]:
    try:
        return [
            own_endpoint(name, "openai", f"http://127.0.0.1:{port}/v1", None, reach()) for name, port in USUAL_PORTS
        ]
    except ServiceError:
        return []


def nearby_offers() -> None:
    known = {
        endpoint.base_url.replace("//localhost:", "//127.0.0.1:")
        for endpoint in (*visitor().own.endpoints, *visitor().settings.endpoints)
    }
    for number, probe in enumerate(session().mine.nearby):
        found, endpoint = probe.found, probe.endpoint
        if found is None or found.state != "lists" or endpoint.base_url in known:
            continue
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            count = "1 model" if len(found.models) == 1 else f"{len(found.models):,} models"
            grey(
                f"A server answers at the usual port of {plain(endpoint.name)}, "
                f"{code(endpoint.base_url)}, and lists {count}."
            )
            st.button(
                f"Add {endpoint.name}",
                key=f"{KEY}_{number}",
                icon=":material/add_link:",
                on_click=_add,
                args=(endpoint,),
            )


def _add(endpoint: Endpoint) -> None:
    mine = session().mine
    mine.endpoint_problem = None
    try:
        mine.own = visitor().added(endpoint)
    except ServiceError as problem:
        mine.endpoint_problem = problem
        return
    begin_test(endpoint)
