"""What a reader looks for among the models, and in which order. All of it stands in the address and can be shared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, get_args

import streamlit as st

from components.models_list import KEY
from components.state import put, value
from services.models.browsing import Entry, Order, Wanted
from services.models.model import Availability

SORTS: dict[str, tuple[Order, bool]] = {
    "Availability": ("availability", False),
    "Name": ("name", False),
    "Price in, low first": ("price in", False),
    "Price in, high first": ("price in", True),
    "Price out, low first": ("price out", False),
    "Price out, high first": ("price out", True),
    "Context, high first": ("context", True),
    "Context, low first": ("context", False),
    "Observed wait, low first": ("wait", False),
    "Observed speed, high first": ("speed", True),
}
AVAILABILITY: dict[Availability, str] = {
    "available": "Available",
    "listed": "Listed only",
    "retired": "Retired",
    "unknown": "Not listed",
}
_CAN = ("vision", "tools", "reasoning")
_EMPTY: dict[str, object] = {
    "find": "",
    "endpoint": [],
    "organization": [],
    "type": [],
    "availability": [],
    "context": None,
    "price": None,
    "can": [],
}
_BEHIND = ("organization", "type", "availability", "context", "price", "can")


@dataclass(frozen=True)
class Chosen:
    wanted: Wanted
    order: Order
    descending: bool


def filters(entries: Sequence[Entry]) -> Chosen:
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    words = row.text_input(
        "Search",
        key=f"{KEY}_find",
        placeholder="Name, id or organization",
        icon=":material/search:",
        max_chars=200,
        live=True,
        width=260,
        bind="query-params",
    )
    with row:
        endpoints = _several("Endpoint", "endpoint", _sorted(entry.model.endpoint for entry in entries), width=220)
        wanted = _behind_a_button(entries, words or "", endpoints)
        order, descending = _order()
    return Chosen(wanted, order, descending)


def _behind_a_button(entries: Sequence[Entry], words: str, endpoints: tuple[str, ...]) -> Wanted:
    count = sum(bool(value(f"{KEY}_{name}")) for name in _BEHIND)
    with (
        st.popover(f"Filters · {count}" if count else "Filters", icon=":material/filter_list:"),
        st.container(width=420, gap="small"),
    ):
        availability = _several("Availability", "availability", list(get_args(Availability)), AVAILABILITY)
        organizations = _several("Organization", "organization", _sorted(entry.organization for entry in entries))
        types = _several("Type", "type", _sorted(entry.type for entry in entries))
        context = _at("Context at least, tokens", "context", step=1_000.0, format_="%.0f")
        price = _at("Price at most, $ per M tokens", "price", step=0.1, format_="%.2f")
        can = _several("Can", "can", _CAN)
    return Wanted(
        words,
        endpoints,
        organizations,
        types,
        availability,
        None if context is None else int(context),
        None if price is None else Decimal(str(price)),
        *(name in can for name in _CAN),
    )


def _several(
    label: str,
    name: str,
    options: Sequence[str],
    labels: Mapping[Availability, str] | None = None,
    *,
    width: int | Literal["stretch"] = "stretch",
) -> tuple[str, ...]:
    """What stands in the address are the labels."""
    shown: dict[str, str] = {} if labels is None else {str(key): text for key, text in labels.items()}
    chosen = st.multiselect(
        label,
        options,
        format_func=lambda option: shown.get(option, option),
        key=f"{KEY}_{name}",
        placeholder="Any",
        width=width,
        bind="query-params",
    )
    return tuple(chosen)


def _at(label: str, name: str, *, step: float, format_: str) -> float | None:
    """None where nothing was given; Streamlit passes over what is no number in an address."""
    return st.number_input(
        label,
        min_value=0.0,
        value=None,
        step=step,
        format=format_,
        key=f"{KEY}_{name}",
        placeholder="Any",
        bind="query-params",
    )


def _order() -> tuple[Order, bool]:
    return SORTS[st.selectbox("Sort", list(SORTS), key=f"{KEY}_sort", width=210, bind="query-params")]


def clear() -> None:
    for name, empty in _EMPTY.items():
        put(f"{KEY}_{name}", empty)


def _sorted(names: Iterable[str]) -> list[str]:
    return sorted(set(names), key=str.casefold)
