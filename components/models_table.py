"""The table of models, with rows to tick. What is ticked is kept by model, not by place, through every filter."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from components.models_filters import AVAILABILITY, clear
from components.models_list import KEY
from components.page_head import grey
from components.state import session
from services.answers import figures
from services.models.browsing import Address, Entry, Found, Order, amount

_SPACE = "\u00a0"
_CHIP, _GONE = {"light": "#D9E3E7", "dark": "#33414A"}, {"light": "#F3C9C5", "dark": "#6B2A26"}
_VERDICTS = {"asking": "Asking", "answered": "Answered", "refused": "Refused"}
_CHIPS = (*AVAILABILITY.values(), "Local", "Simulated", "No key", *_VERDICTS.values())
_ROWS_SEEN, _HEIGHT_PX = 12, 440
OBSERVED = "Median of the newest real answers since this app started, of all visitors; of simulated ones there is none."


def table(entries: Sequence[Entry]) -> None:
    """Keeps what is ticked for the rest of the page and of the session."""
    shown, here = [entry.address for entry in entries], session()
    event = st.dataframe(
        frame(entries),
        key=f"{KEY}_table_{_digest(shown, here.models_table)}",
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        selection_default={
            "selection": {"rows": [at for at, address in enumerate(shown) if address in here.models_chosen]}
        },
        placeholder=figures.UNKNOWN,
        column_config=_columns(entries),
        height="content" if len(entries) <= _ROWS_SEEN else _HEIGHT_PX,
        alt=f"{len(entries)} models with endpoint, availability, context, prices and what was observed of them here.",
    )
    ticked = [shown[row] for row in event.selection.rows if 0 <= row < len(shown)]
    stay = [address for address in here.models_chosen if address in ticked or address not in shown]
    here.models_chosen = (*stay, *(address for address in ticked if address not in stay))


def tick(addresses: Sequence[Address]) -> None:
    """Ticks these and no others, from a callback."""
    here = session()
    here.models_chosen, here.models_table = tuple(dict.fromkeys(addresses)), here.models_table + 1


def empty_place() -> None:
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.markdown("**No model matches.**", text_alignment="center")
        st.button("Clear filters", key=f"{KEY}_clear", on_click=clear)


def rows_line(matching: Found, total: int) -> None:
    """How many rows there are, and how many are left out only because a fact is not known of them."""
    line = f"{len(matching.entries):,} of {total:,} models"
    days = sorted(price.as_of for entry in matching.entries if (price := entry.model.price) is not None and price.as_of)
    if days:
        line += f" · prices of {days[0]}" + (f" to {days[-1]}" if days[0] != days[-1] else "")
    if matching.undecided:
        line += f" · {matching.undecided:,} left out because what is asked for is not known of them"
    grey(f"{line}.")


def frame(entries: Sequence[Entry]) -> pd.DataFrame:
    """Numbers bare, with their unit in the head; what is not known is missing, never 0."""
    models = [entry.model for entry in entries]
    seen = [entry.observed for entry in entries]
    return pd.DataFrame(
        {
            "Model": [model.label for model in models],
            "Endpoint": [model.endpoint for model in models],
            "Availability": [chips(entry) for entry in entries],
            "Context": pd.array([model.context_length for model in models], dtype="Int64"),
            f"In,{_SPACE}$ per M": [_usd(entry, "price in") for entry in entries],
            f"Out,{_SPACE}$ per M": [_usd(entry, "price out") for entry in entries],
            f"Wait,{_SPACE}s": [None if each is None else each.wait_s for each in seen],
            "Tokens/s": [None if each is None else each.writing_per_s for each in seen],
            "n": pd.array([None if each is None else max(each.wait_n, each.writing_n) for each in seen], dtype="Int64"),
        }
    )


def chips(entry: Entry) -> list[str]:
    """What stands for and against asking it, as words."""
    if entry.word == "simulated":
        first = ["Simulated"]
    elif entry.word == "local":
        first = ["Local"]
    else:
        first = [AVAILABILITY[entry.model.availability]]
    if not entry.askable:
        first.append("No key")
    return [*first, *([_VERDICTS[entry.verdict]] if entry.verdict in _VERDICTS else [])]


def _columns(entries: Sequence[Entry]) -> dict[str, Any]:
    theme = "dark" if st.context.theme.type == "dark" else "light"
    red = {AVAILABILITY["retired"], "Refused"}
    price = f"%.{_places(entries)}f"
    number, column = st.column_config.NumberColumn, st.column_config.MultiselectColumn
    return {
        "Model": st.column_config.TextColumn(width=220),
        "Availability": column(
            width=165,
            options=list(_CHIPS),
            color=[_GONE[theme] if name in red else _CHIP[theme] for name in _CHIPS],
            help="Listing is not availability: a check asks the model itself.",
        ),
        "Context": number(format="localized"),
        f"In,{_SPACE}$ per M": number(format=price, help="USD per million tokens read."),
        f"Out,{_SPACE}$ per M": number(format=price, help="USD per million tokens written."),
        f"Wait,{_SPACE}s": number(format="%.2f", help=f"{OBSERVED} From sending to the first text."),
        "Tokens/s": number(format="%.0f", help=f"{OBSERVED} While the answer is written."),
        "n": number(help="How many answers the observed figures rest on."),
    }


def _places(entries: Sequence[Entry]) -> int:
    """As many decimals as the finest price needs, 2 to 4, the same down the column."""
    prices = [entry.model.price for entry in entries if entry.model.price is not None]
    values = [usd for price in prices for usd in (price.input_usd_per_mtok, price.output_usd_per_mtok)]
    finest = min((int(usd.normalize().as_tuple().exponent) for usd in values), default=-2)
    return min(4, max(2, -finest))


def _usd(entry: Entry, which: Order) -> float | None:
    usd = amount(entry, which)
    return None if usd is None else float(usd)


def _digest(addresses: Sequence[Address], round_: int) -> str:
    """Another widget for other rows, and after a change from outside: a ticked place must not mean another model."""
    return hashlib.sha256(repr((addresses, round_)).encode("utf-8", "replace")).hexdigest()[:12]
