"""Whose vectors: the encoder of this machine, an endpoint's embedding model, or one inside SAP HANA."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from components.feedback import plain
from components.hana_form import connected
from components.model_picker import label
from components.page_head import grey
from components.state import begin, owner, value
from components.tables_reading import reading
from components.visitor import listing, visitor
from services import encoding
from services.encoding import Chosen
from services.errors import BadRequestError, ServiceError
from services.resources import playground
from services.settings import LOCAL, TOGETHER
from services.tables.hana import HanaSource
from services.workspaces import EncoderChoice

KEY = "encoder"


def place_box(choice: EncoderChoice, *, disabled: bool) -> None:
    """Where vectors come from. With another place the model is open again."""
    places = _places(choice)
    st.selectbox(
        "Vectors from",
        places,
        format_func=_name,
        key=begin(f"{KEY}_place", replace(choice, model=None)),
        disabled=disabled,
        on_change=_placed,
        help="The local encoder is free, needs no network, and was made for English.",
    )


def model_box(choice: EncoderChoice, *, disabled: bool) -> EncoderChoice:
    """Which of its models; one may be typed, since a dedicated endpoint stands in no list. Raises ServiceError."""
    labels = in_hana() if choice.in_hana else _at(choice.endpoint or "")
    known = choice.model if choice.model is not None else _default(choice, labels)
    ids = [*labels, *([known] if known is not None and known not in labels else [])]
    model = st.selectbox(
        "Embedding model",
        ids,
        format_func=lambda model_id: labels.get(model_id, model_id),
        key=begin(f"{KEY}_model_{choice.endpoint}_{choice.in_hana}", known),
        placeholder="None is offered" if choice.in_hana else "Pick one, or type its id",
        accept_new_options=not choice.in_hana,
        disabled=disabled,
    )
    typed = "" if model is None else model.strip()
    return replace(choice, model=typed if typed else None)


def chosen(choice: EncoderChoice) -> Chosen:
    """Raises ServiceError where it cannot be had, or no model was picked yet."""
    house = playground()
    if choice.local:
        return encoding.local(house)
    if choice.model is None:
        raise BadRequestError("No embedding model is picked.", remedy="Pick or type one, or use the local encoder.")
    if not choice.in_hana:
        return encoding.of_endpoint(visitor(), listing(choice.endpoint or "").catalog.named(choice.model))
    desk = connected()
    if desk is None or not isinstance(desk.source, HanaSource):
        raise BadRequestError("SAP HANA is not connected any more.", remedy="Connect again, or use another encoder.")
    return encoding.of_hana(desk.source, choice.model)


def waiting(choice: EncoderChoice) -> bool:
    """Whether the database is still being asked which models it has; draws how long. Raises ServiceError."""
    desk = connected() if choice.in_hana else None
    if desk is None or desk.capabilities() is not None:
        return False
    if desk.reads.live:
        reading(desk, KEY)
    return True


def remark(choice: EncoderChoice) -> None:
    """What speaks against the model, before anything is sent to it."""
    if choice.endpoint is None or choice.model is None:
        return
    found = listing(choice.endpoint)
    gone = found.catalog.retired(choice.model)
    if gone is not None:
        grey(plain(gone.sentence))
    elif found.problem is not None:
        grey(plain(f"The list of models could not be had: {found.problem.message}"))


def _placed() -> None:
    place = value(f"{KEY}_place")
    if isinstance(place, EncoderChoice):
        playground().workspaces.update(owner(), lambda kept: kept.rechosen(place))


def _places(choice: EncoderChoice) -> list[EncoderChoice]:
    """The one chosen stays offered: what became of it is said where it is asked."""
    endpoints = [EncoderChoice(name) for name in visitor().endpoint_names() if name != LOCAL]
    hana = [EncoderChoice(in_hana=True)] if connected() is not None else []
    places = [EncoderChoice(), *endpoints, *hana]
    here = replace(choice, model=None)
    return places if here in places else [*places, here]


def _name(place: EncoderChoice) -> str:
    if place.in_hana:
        return "SAP HANA's VECTOR_EMBEDDING"
    if place.endpoint is None:
        return "Local encoder · free, English"
    try:
        simulated = visitor().endpoint(place.endpoint).word == "simulated"
    except ServiceError:
        simulated = False
    return f"{place.endpoint} · simulated" if simulated else place.endpoint


def _at(endpoint: str) -> dict[str, str]:
    """Model id -> label. Raises ServiceError where the endpoint cannot be had."""
    return {model.id: label(model) for model in listing(endpoint).catalog.embedding_models()}


def in_hana() -> dict[str, str]:
    """Model id -> label; empty until a connected database has said. Raises ServiceError where it does not say."""
    desk = connected()
    offered = None if desk is None else desk.capabilities()
    return {} if offered is None else {model: model for model in offered.embedding_models}


def _default(choice: EncoderChoice, labels: dict[str, str]) -> str | None:
    """The one of the settings at Together, else the first that is known to be callable."""
    if choice.endpoint == TOGETHER:
        configured = playground().settings.together_default_embedding_model
        if configured is not None:
            return configured
    if choice.in_hana:
        return next(iter(labels), None)
    callable_ = listing(choice.endpoint or "").catalog.available(labels)
    return callable_[0].id if callable_ else None
