"""What one browser session remembers. The only reader and writer of session_state."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import cast

import streamlit as st

from components.settings_state import Mine
from components.shelf import Rack, Shelf
from services.answers.images import Image
from services.answers.prompts import Prompt
from services.errors import ServiceError
from services.server import OWNER_COOKIE, is_owner
from services.settings import HanaSettings
from services.verify import Check

_KEY = "session"


@dataclass
class Session:
    """draft is a message being edited before it is sent, images go along with it, editing is the turn it will replace;
    problem what stood in the way of the last one. prompt_gone is the kept prompt that was deleted last, prompt_problem
    stood in the way of keeping one, prompt_said is what became of it.

    fallback_owner stands in where no cookie came, checks are the last verification's lines, show_code asks for the
    dialog with the request as code, shown_link is the line-up that Compare showed last, as a link ("" in a blind
    round), shelf what is played of the recordings, rack what was done to saved line-ups.

    compare_problem stood in the way of comparing, repeat_problem of repeating, table_problem of reading a table,
    embed_problem of embedding it, matrix_problem of asking about rows, completion_problem of completing, hana_problem
    of connecting; hana is what this session is connected with, hana_number how many connections it made, hana_typed
    what its form was last filled with, but for the password. models_problem stood in the way of a check; models_chosen
    are the models ticked, as endpoint and id, models_table counts how often the page itself changed them;
    opened_models is, by page, the model a link picked there already.
    """

    fallback_owner: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    draft: str | None = None
    images: tuple[Image, ...] = ()
    editing: str | None = None
    problem: ServiceError | None = None
    prompt_gone: Prompt | None = None
    prompt_problem: ServiceError | None = None
    prompt_said: str = ""
    checks: tuple[Check, ...] = ()
    show_code: bool = False
    shown_link: str | None = None
    compare_problem: ServiceError | None = None
    repeat_problem: ServiceError | None = None
    table_problem: ServiceError | None = None
    trial_problem: ServiceError | None = None
    embed_problem: ServiceError | None = None
    matrix_problem: ServiceError | None = None
    completion_problem: ServiceError | None = None
    hana_problem: ServiceError | None = None
    models_problem: ServiceError | None = None
    models_chosen: tuple[tuple[str, str], ...] = ()
    models_table: int = 0
    opened_models: dict[str, tuple[str, str]] = field(default_factory=dict)
    hana: HanaSettings | None = None
    hana_number: int = 0
    hana_typed: HanaSettings = HanaSettings()
    shelf: Shelf = field(default_factory=Shelf)
    rack: Rack = field(default_factory=Rack)
    mine: Mine = field(default_factory=Mine, repr=False)


def session() -> Session:
    if _KEY not in st.session_state:
        st.session_state[_KEY] = Session()
    return cast(Session, st.session_state[_KEY])


def owner() -> str:
    """Who owns runs and conversations: the cookie of this browser, so that a reload finds them again."""
    named = st.context.cookies.get(OWNER_COOKIE)
    return named if named is not None and is_owner(named) else session().fallback_owner


def value(key: str) -> object:
    """A widget's value, for its callback; None when it was not drawn."""
    return st.session_state.get(key)


def is_drawn(key: str) -> bool:
    """Whether the widget of that key was there in the last run: one of another page is forgotten."""
    return key in st.session_state


def put(key: str, new: object) -> None:
    """Sets a widget's value from a callback, before it is drawn again."""
    st.session_state[key] = new


def begin(key: str, initial: object) -> str:
    """Gives a widget its first value, once. Returns key.

    A field whose text would be missed carries the same value as its default too: where the page is drawn twice at once,
    only that reaches the browser.
    """
    if key not in st.session_state:
        st.session_state[key] = initial
    return key
