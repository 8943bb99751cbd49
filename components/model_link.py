"""Links that open a page with a model picked: ?endpoint=NAME&model=ID. They pick, and never send anything."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from components.feedback import show
from components.state import session
from components.visitor import visitor
from services.errors import ConfigError, ServiceError

_LONGEST = 200


def to_link(endpoint: str, model_id: str) -> dict[str, str]:
    """The parameters of the address."""
    return {"endpoint": endpoint, "model": model_id}


def follow_link(page: str, chosen: tuple[str | None, str | None], use: Callable[[str, str], None]) -> None:
    """Picks what the address names, once, and draws the page anew; an address that no longer says what is chosen goes.

    chosen is what the page is set to now, as endpoint and model. A link that names nothing here is said to.
    """
    opened, link = session().opened_models, _named()
    if link is None:
        opened.pop(page, None)
        return
    if opened.get(page) == link:
        if chosen != link:
            _forget(page)
        return
    try:
        _check(*link)
        if chosen != link:
            use(*link)
    except ServiceError as problem:
        _forget(page)
        show(problem)
        return
    opened[page] = link
    if chosen != link:
        st.rerun()


def _named() -> tuple[str, str] | None:
    endpoint, model_id = st.query_params.get("endpoint"), st.query_params.get("model")
    return None if endpoint is None or model_id is None else (endpoint, model_id)


def _forget(page: str) -> None:
    session().opened_models.pop(page, None)
    for name in to_link("", ""):
        st.query_params.pop(name, None)


def _check(endpoint: str, model_id: str) -> None:
    if not model_id.strip() or len(model_id) > _LONGEST or not model_id.isprintable():
        raise ConfigError("The link names no model.", remedy="Pick one here.")
    if endpoint not in visitor().endpoint_names():
        raise ConfigError("The link names an endpoint that is not set up here.", remedy="Pick one that is.")
