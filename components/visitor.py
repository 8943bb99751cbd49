"""The visitor of this session: the one door to endpoints, to where answers come from, and to lists of models."""

from __future__ import annotations

import streamlit as st

from components.state import session
from services.reach import Reach
from services.resources import Listing, listing_of, playground
from services.visitor import Visitor, at_this_machine, reach_for

_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via")


def visitor() -> Visitor:
    mine = session().mine
    mine.settle()
    return Visitor(playground(), mine.own)


def listing(name: str) -> Listing:
    """The models of an endpoint. Raises ServiceError when the endpoint itself cannot be had."""
    return listing_of(visitor().endpoint(name))


def reach() -> Reach:
    """Where endpoints that this visitor adds may lead."""
    return reach_for(
        playground().settings, bound_to=_bound_to(), peer=st.context.ip_address, host=_host(), forwarded=_forwarded()
    )


def here() -> bool:
    """Whether he sits at the machine that the app runs on."""
    return at_this_machine(bound_to=_bound_to(), peer=st.context.ip_address, host=_host(), forwarded=_forwarded())


def _bound_to() -> str | None:
    bound = st.get_option("server.address")
    return bound if isinstance(bound, str) else None


def _host() -> str | None:
    return st.context.headers.get("Host")


def _forwarded() -> bool:
    return any(name in st.context.headers for name in _FORWARDED)
