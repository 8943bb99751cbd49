"""What a workload would cost with each ticked model: per day, month and year."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pandas as pd
import streamlit as st

from components.feedback import plain, show
from components.models_list import KEY
from components.page_head import grey
from components.state import begin
from services.answers import figures
from services.errors import ServiceError
from services.models.browsing import Entry
from services.models.workload import DAYS_A_MONTH, DAYS_A_YEAR, MOST_REQUESTS, MOST_TOKENS, Workload, costs, fits

_MAX_SHARE = 100


def workload(chosen: Sequence[Entry]) -> None:
    try:
        load = _asked()
    except ServiceError as problem:
        show(problem)
        return
    if not chosen:
        grey("Tick the models to reckon with.")
        return
    st.table(_frame(load, chosen), border="horizontal", hide_index=True)
    grey(
        f"Tokens × listed price, a month of {DAYS_A_MONTH} days, a year of {DAYS_A_YEAR}. Where a model has no price "
        "for cached input, cached tokens cost what new ones do. A model that thinks first writes more than it shows."
    )


def _asked() -> Workload:
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        requests = _number("Requests a day", "requests", 1_000, MOST_REQUESTS, step=100)
        tokens_in = _number("Tokens in, each", "tokens_in", 1_000, MOST_TOKENS, step=100)
        tokens_out = _number("Tokens out, each", "tokens_out", 300, MOST_TOKENS, step=100)
        cached = _number("Cached input, %", "cached", 0, _MAX_SHARE, step=10)
    return Workload(requests, tokens_in, tokens_out, Decimal(cached) / _MAX_SHARE)


def _number(label: str, name: str, first: int, most: int, *, step: int) -> int:
    number = st.number_input(
        label,
        min_value=0,
        max_value=most,
        step=step,
        key=begin(f"{KEY}_{name}", first),
        width=170,
        persist_state="session",
    )
    return first if number is None else int(number)


def _frame(load: Workload, chosen: Sequence[Entry]) -> pd.DataFrame:
    reckoned = [costs(load, entry.model.price) for entry in chosen]
    return pd.DataFrame(
        {
            "Model": [plain(f"{entry.model.label} · {entry.model.endpoint}") for entry in chosen],
            "Per day": [_money(None if cost is None else cost.day_usd) for cost in reckoned],
            "Per month": [_money(None if cost is None else cost.month_usd) for cost in reckoned],
            "Per year": [_money(None if cost is None else cost.year_usd) for cost in reckoned],
            "Note": [plain(_note(load, entry)) for entry in chosen],
        }
    )


def _money(usd: Decimal | None) -> str:
    return "unknown" if usd is None else figures.money(usd).replace("$", r"\$")


def _note(load: Workload, entry: Entry) -> str:
    price, parts = entry.model.price, []
    if entry.word == "simulated":
        parts.append("simulated: an invented price")
    elif price is not None and price.as_of is not None:
        parts.append(f"price of {price.as_of.isoformat()}")
    if entry.model.availability == "retired":
        parts.append("retired")
    if fits(load, entry.model.context_length) is False:
        parts.append("one request does not fit its context")
    return ", ".join(parts)
