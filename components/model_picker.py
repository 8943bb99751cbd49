"""The one way to pick who answers: an endpoint, then one of its models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from components.feedback import plain
from components.state import begin, value
from components.visitor import listing, visitor
from services.endpoints import Endpoint
from services.errors import ServiceError, UnavailableError
from services.models.catalog import Catalog, default_chat
from services.models.model import Model
from services.settings import TOGETHER


@dataclass(frozen=True)
class Picked:
    """Who answers. problem says why the endpoint's own list of models is missing, if it is."""

    endpoint: Endpoint
    model: Model
    catalog: Catalog
    problem: ServiceError | None = None


def resolved(endpoint_name: str | None, model_id: str | None) -> Picked | None:
    """The choice, with defaults for what is None. None where there is no default endpoint and nobody picked yet.

    Raises ServiceError where the endpoint cannot be had, or names no model that could be asked.
    """
    here = visitor()
    name = endpoint_name if endpoint_name is not None else here.route().endpoint_name
    if name is None:
        return None
    endpoint, found = here.endpoint(name), listing(name)
    if model_id is not None:
        return Picked(endpoint, found.catalog.named(model_id), found.catalog, found.problem)
    configured = here.settings.together_default_model if endpoint.name == TOGETHER else None
    default = default_chat(found.catalog, configured)
    if default.model is None:
        raise found.problem or UnavailableError(default.reason, remedy="Type a model id, or pick another endpoint.")
    return Picked(endpoint, default.model, found.catalog, found.problem)


def model_picker(
    key: str, picked: Picked | None, offered: Callable[[Catalog], tuple[Model, ...]] = Catalog.chat_models
) -> tuple[str | None, str | None]:
    """Two select boxes; returns (endpoint name, model id) as chosen, None for what is still open."""
    names = visitor().endpoint_names()
    current = picked.endpoint.name if picked is not None else None
    boxes = st.container(horizontal=True, gap="small")
    name = boxes.selectbox(
        "Endpoint",
        names,
        index=names.index(current) if current in names else None,
        key=f"{key}_endpoint",
        placeholder="Pick one",
        width=160,
    )
    if name is None:
        return None, None
    with boxes:
        return name, _model_box(f"{key}_model_{name}", name, picked if name == current else None, offered)


def _model_box(
    key: str, name: str, picked: Picked | None, offered: Callable[[Catalog], tuple[Model, ...]]
) -> str | None:
    """The models of the endpoint; another id may be typed: a dedicated endpoint stands in no list."""
    here = picked if picked is not None else _without_words(name)
    models = () if here is None else offered(here.catalog)
    if here is not None and here.model.id not in [model.id for model in models]:
        models = (here.model, *models)
    labels = {model.id: label(model) for model in models}
    begin(key, None if here is None else here.model.id)
    chosen, ids = value(key), list(labels)
    return st.selectbox(
        "Model",
        ids,
        # A box in a closed popover is drawn later than it gets its value: what it then begins with must be the same.
        index=ids.index(chosen) if isinstance(chosen, str) and chosen in labels else None,
        format_func=lambda model_id: labels.get(model_id, model_id),
        key=key,
        placeholder="Type a model id",
        accept_new_options=True,
        width=360,
    )


def _without_words(name: str) -> Picked | None:
    """What an endpoint offers by default; its problem is told where the answer would stand."""
    try:
        return resolved(name, None)
    except ServiceError:
        return None


def label(model: Model) -> str:
    """The model's name, with what stands against asking it."""
    if model.availability == "retired":
        return f"{model.label} · retired"
    return f"{model.label} · listed only" if model.availability == "listed" else model.label


def retirement_notice(picked: Picked, key: str, on_use: Callable[[str], None]) -> None:
    """Says before any call that the picked model is gone, with what to use instead in one click."""
    gone = picked.catalog.retired(picked.model.id)
    if gone is not None:
        st.warning(plain(gone.sentence), icon=":material/block:")
        substitutes(picked, picked.model.id, key, on_use)


def substitutes(picked: Picked, model_id: str, key: str, on_use: Callable[[str], None]) -> None:
    """A button for each model that can be called instead of model_id."""
    models = picked.catalog.substitutes(model_id)
    if models:
        with st.container(horizontal=True, gap="small", key=key):
            for number, model in enumerate(models):
                st.button(
                    f"Use {model.label}",
                    key=f"{key}_{number}",
                    help=f"Asks {model.id} from now on.",
                    on_click=on_use,
                    args=(model.id,),
                )
