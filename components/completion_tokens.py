"""The tokens of a continuation: the text with a heavier line under what was less likely, and a table of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from components.page_head import grey
from services.answers.figures import tokens as counted
from services.answers.probabilities import (
    alternatives,
    described,
    mean_probability,
    percent,
    probability,
    seen,
    visible,
    weight,
)
from services.wire.types import TokenLogprob

SHOWN = 1_000
LEGEND = (
    "The heavier the line under a token, the less likely it was: none from 90 %, then below 90, 50, 20 and 5 %. "
    "Hold the pointer on a token for its figures."
)
_NO_ROWS = "–"


def token_view(tokens: Sequence[TokenLogprob], key: str, *, simulated: bool) -> None:
    """The marked text and, beside it, the table. Figures of simulated tokens are called that."""
    mean = mean_probability(tokens)
    if mean is None:
        return
    word = "simulated, " if simulated else ""
    st.header("Token probabilities", anchor=False)
    grey(f"{counted(len(tokens))} tokens, {word}on average {percent(mean)} likely (geometric mean). {LEGEND}")
    if len(tokens) > SHOWN:
        grey(f"The first {SHOWN:,} are shown; the export has all.")
    text, table = st.columns([1, 1.15])
    with text:
        st.html(marked(tokens[:SHOWN]))
    with table:
        _table(tokens[:SHOWN], key)


def marked(tokens: Sequence[TokenLogprob]) -> str:
    """HTML of the text. All that comes from a model is escaped; what cannot be seen is written as a sign."""
    style = "white-space: pre-wrap; overflow-wrap: anywhere; line-height: 2"
    return f'<div style="{style}">{"".join(map(_span, tokens))}</div>'


def _span(token: TokenLogprob) -> str:
    line = weight(probability(token.logprob))
    shown = "".join("↵\n" if character == "\n" else seen(character) for character in token.token)
    text = escape(shown if shown else visible(token.token))
    return (
        f'<span title="{escape(described(token))}" '
        f'style="border-bottom: {line}px solid currentColor; padding-bottom: 1px; cursor: help">{text}</span>'
    )


def _table(tokens: Sequence[TokenLogprob], key: str) -> None:
    rows = {
        "#": list(range(1, len(tokens) + 1)),
        "Token": [visible(token.token) for token in tokens],
        "Probability": [probability(token.logprob) for token in tokens],
        "Instead": [_instead(token) for token in tokens],
    }
    st.dataframe(
        rows,
        key=key,
        hide_index=True,
        height=min(36 * (len(tokens) + 1), 396),
        column_config={
            "#": st.column_config.NumberColumn(width=44),
            "Token": st.column_config.TextColumn(width=96),
            "Probability": st.column_config.ProgressColumn(format="percent", min_value=0.0, max_value=1.0, width=110),
            "Instead": st.column_config.TextColumn(help="What else could have stood there, likeliest first."),
        },
        alt="The tokens with how likely each was, and what else could have stood there",
    )


def _instead(token: TokenLogprob) -> str:
    others = alternatives(token)
    return " · ".join(f"{visible(other)} {percent(share)}" for other, share in others) if others else _NO_ROWS
