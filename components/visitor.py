"""The visitor of this session: the one door to endpoints, to where answers come from, and to lists of models."""

from __future__ import annotations

import streamlit as st

from components.state import session
from services.reach import Reach
from services.resources import Listing, listing_of, playground
from services.visitor import Visitor, at_this_machine, reach_for


def visitor() -> Visitor:
    mine = session().mine
    mine.settle()
    return Visitor(playground(), mine.own)


def listing(name: str) -> Listing:
    """The models of an endpoint. Raises ServiceError when the endpoint itself cannot be had."""
    return listing_of(visitor().endpoint(name))


def reach() -> Reach:
    """Where endpoints that this visitor adds may lead."""
    return reach_for(playground().settings, here=here())


def here() -> bool:
    """Whether he sits at the machine that the app runs on."""
    bound = st.get_option("server.address")
    return at_this_machine(
        bound_to=bound if isinstance(bound, str) else None, peer=st.context.ip_address, headers=st.context.headers
    )
