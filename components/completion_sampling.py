"""How a text is continued: the fields of every page, and those that only a completion has."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, cast

import streamlit as st

from components.feedback import show
from components.sampling import Field, sampling_panel
from services.answers.biases import biases_read, biases_written
from services.completing import MOST_ALTERNATIVES
from services.errors import ServiceError
from services.wire.types import Sampling

MORE = (
    Field("n", 1, MOST_ALTERNATIVES, 1, "How many alternatives to write; each costs its own tokens.", whole=True),
    Field(
        "logprobs",
        1,
        20,
        1,
        "Asks for the probability of each token, with this many of the likeliest at its place.",
        whole=True,
    ),
)
_TOO_LONG = {"": "server's own", "error": "refuse", "truncate": "cut"}


def completion_sampling(key: str, current: Sampling, defaults: Sampling) -> Sampling:
    sampling = sampling_panel(key, current, defaults, MORE)
    with st.grid(columns=3, min_column_width=150, gap="small"):
        biases = _biases(f"{key}_bias", current)
        too_long = st.selectbox(
            "prompt too long",
            list(_TOO_LONG),
            index=list(_TOO_LONG).index(_too_long(current)),
            format_func=_TOO_LONG.__getitem__,
            key=f"{key}_too_long",
            help="context_length_exceeded_behavior: what becomes of a prompt that leaves no room for max_tokens.",
        )
        echo = st.checkbox(
            "echo",
            value=bool(current.echo),
            key=f"{key}_echo",
            help="The prompt stands in front of what was written.",
        )
    return replace(
        sampling,
        logit_bias=biases,
        echo=True if echo else None,
        context_length_exceeded_behavior=cast("Literal['error', 'truncate']", too_long) if too_long else None,
    )


def _too_long(current: Sampling) -> str:
    behaviour = current.context_length_exceeded_behavior
    return "" if behaviour is None else behaviour


def _biases(key: str, current: Sampling) -> dict[str, float] | None:
    """What cannot be read is said, and what held before holds on."""
    before = None if current.logit_bias is None else dict(current.logit_bias)
    with st.container(gap="xsmall"):
        text = st.text_input(
            "logit_bias",
            value="" if before is None else biases_written(before),
            key=key,
            placeholder="none",
            help="Token ids with a bias from −100 to 100, like 50256: -100, 13: 2.",
        )
        try:
            biases = biases_read(text if text is not None else "")
        except ServiceError as problem:
            show(problem)
            return before
    return biases if biases else None
