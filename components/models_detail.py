"""One model in full: what became of it, what is known of it and from where, and whether it really answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import pandas as pd
import streamlit as st

from components.feedback import plain
from components.models_check import check_block
from components.models_list import KEY, Gathered
from components.models_table import OBSERVED, chips, tick
from components.page_head import grey
from components.state import session
from services.answers import figures
from services.models.browsing import Address, Entry
from services.models.provenance import Fact, facts_of

# A listed address that cannot hold any other markup.
_ADDRESS = re.compile(r"https://[\w./~%?&=#+-]+")
_MEANS = {
    "available": "It can be called.",
    "listed": "The server lists it, which does not mean that it can be called: a check asks it.",
    "unknown": "It was described as callable, and the server does not list it: a check asks it.",
    "retired": "It left the serverless offer.",
}


def detail(here: Gathered, chosen: Sequence[Entry]) -> None:
    if not chosen:
        grey("Tick a row (Shift+Space by keyboard) for its prices, what it can do, and where each fact comes from.")
        return
    entry = _picked(chosen)
    left, right = st.columns([1, 1.25], gap="medium")
    with left:
        st.header(plain(entry.model.label), anchor=False)
        st.code(entry.model.id, language=None, wrap_lines=True)
        grey(plain(f"{entry.model.endpoint} · {', '.join(chips(entry))}. {_standing(here, entry)}"))
        _substitutes(here, entry)
        if entry.model.note is not None:
            grey(plain(entry.model.note))
        if entry.model.link is not None and _ADDRESS.fullmatch(entry.model.link):
            grey(f"Its own page: <{entry.model.link}>")
        check_block(entry)
    with right:
        st.table(_frame(facts_of(entry.model)), border="horizontal", hide_index=True)
        grey(_observed(entry))


def _picked(chosen: Sequence[Entry]) -> Entry:
    if len(chosen) == 1:
        return chosen[0]
    by_address = {entry.address: entry for entry in chosen}
    address = st.selectbox(
        "Details of",
        list(by_address),
        format_func=lambda address: f"{by_address[address].model.label} · {address[0]}",
        key=f"{KEY}_details_of",
        width=420,
    )
    return by_address.get(address, chosen[0])


def _standing(here: Gathered, entry: Entry) -> str:
    if entry.word == "simulated":
        return "Simulated: text, speed and price are invented for practice."
    if entry.word == "local":
        return "It runs on this computer: free, and as fast as this machine."
    retirement = here.catalogs[entry.model.endpoint].retired(entry.model.id)
    return _MEANS[entry.model.availability] if retirement is None else retirement.sentence


def _substitutes(here: Gathered, entry: Entry) -> None:
    """In place of a model that left, or that said no."""
    if entry.model.availability != "retired" and entry.verdict != "refused":
        return
    with st.container(horizontal=True, gap="small"):
        for number, other in enumerate(here.catalogs[entry.model.endpoint].substitutes(entry.model.id)):
            st.button(
                f"Tick {other.label} instead",
                key=f"{KEY}_instead_{number}",
                help=other.id,
                on_click=_instead,
                args=(entry.address, (other.endpoint, other.id)),
            )


def _instead(gone: Address, other: Address) -> None:
    tick([other if address == gone else address for address in session().models_chosen])


def _frame(facts: Iterable[Fact]) -> pd.DataFrame:
    rows = list(facts)
    return pd.DataFrame(
        {
            "Fact": [fact.name.replace("$", r"\$") for fact in rows],
            "Value": [figures.UNKNOWN if fact.value is None else plain(fact.value) for fact in rows],
            "Source": [plain(fact.source) if fact.value is not None else "" for fact in rows],
            "Of": ["" if fact.as_of is None or fact.value is None else fact.as_of.isoformat() for fact in rows],
        }
    )


def _observed(entry: Entry) -> str:
    if entry.word == "simulated":
        return "Nothing is observed of simulated models: their speed is invented."
    seen = entry.observed
    if seen is None:
        return "It has not answered here since this app started, so no wait and no speed is known."
    parts = []
    if seen.wait_s is not None:
        parts.append(f"wait {figures.seconds(seen.wait_s)} (n = {seen.wait_n})")
    if seen.writing_per_s is not None:
        parts.append(f"{figures.per_second(seen.writing_per_s)} tokens/s (n = {seen.writing_n})")
    return f"Observed here: {', '.join(parts)}, last on {seen.last_at:%Y-%m-%d at %H:%M} UTC. {OBSERVED}"
