"""How the next token is chosen, under the field's names and with its ranges. An empty field is not sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from components.state import is_drawn, value
from services.answers.stops import stops_read, stops_written
from services.wire.types import Sampling


@dataclass(frozen=True)
class Field:
    """One number: what it is called on the wire, its range, and what it does in one sentence."""

    name: str
    low: float
    high: float | None
    step: float
    help: str
    whole: bool = False


FIELDS = (
    Field("max_tokens", 1, 131_072, 1, "The most tokens an answer may have, thinking included.", whole=True),
    Field("temperature", 0, 2, 0.1, "0 always takes the likeliest token; higher varies more."),
    Field("top_p", 0, 1, 0.05, "Draws from the likeliest tokens that together reach this probability."),
    Field("top_k", 1, 1_000, 1, "Draws from this many of the likeliest tokens.", whole=True),
    Field("min_p", 0, 1, 0.01, "Leaves out tokens less likely than this share of the likeliest."),
    Field("repetition_penalty", 0.1, 2, 0.05, "Above 1 makes tokens that stood before less likely."),
    Field("presence_penalty", -2, 2, 0.1, "Above 0 favours tokens that did not appear yet."),
    Field("frequency_penalty", -2, 2, 0.1, "Above 0 disfavours tokens the more often they appeared."),
    Field("seed", 0, None, 1, "The same seed asks for the same draw; providers do not promise it.", whole=True),
)


def sampling_panel(key: str, current: Sampling, defaults: Sampling, more: Sequence[Field] = ()) -> Sampling:
    """Fields start with current; defaults are shown where a field is empty, and hold then. more: further fields."""
    with st.grid(columns=3, min_column_width=150, gap="small"):
        for field in (*FIELDS, *more):
            _number(f"{key}_{field.name}", field, current, defaults)
    st.text_input(
        "stop",
        value=stops_written(current.stop if current.stop is not None else ()),
        key=f"{key}_stop",
        placeholder="none",
        help=r"The answer ends before any of these texts; separate them by commas. \\n is a line break, \\, a comma.",
    )
    return sampling_at(key, current, more)


def sampling_at(key: str, kept: Sampling, more: Sequence[Field] = ()) -> Sampling:
    """What the fields hold at this moment, also in a callback; kept where they were not drawn."""
    if not is_drawn(f"{key}_stop"):
        return kept
    values: dict[str, Any] = {field.name: value(f"{key}_{field.name}") for field in (*FIELDS, *more)}
    sequences = stops_read(str(value(f"{key}_stop") or ""))
    return replace(kept, **values, stop=sequences if sequences else None)


def _number(key: str, field: Field, current: Sampling, defaults: Sampling) -> None:
    kind = int if field.whole else float
    start, default = getattr(current, field.name), getattr(defaults, field.name)
    st.number_input(
        field.name,
        min_value=kind(field.low),
        max_value=None if field.high is None else kind(field.high),
        value=None if start is None else kind(start),
        step=kind(field.step),
        key=key,
        placeholder="model's own" if default is None else f"{default:g}",
        help=field.help,
    )
