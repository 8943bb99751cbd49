"""The head and the input block of Compare: line-ups, prompt, settings, run and stop, export."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from decimal import Decimal
from functools import partial

import streamlit as st

from components import compare_actions as do
from components.compare_actions import KEY
from components.compare_line_ups import line_up_menu
from components.context_chip import context_chip
from components.export_buttons import export_buttons
from components.feedback import show
from components.page_head import grey, page_head
from components.sampling import sampling_panel
from components.state import begin, session
from components.visitor import visitor
from services.answers import figures
from services.answers.comparisons import MAX_PANELS, Comparison
from services.answers.replays import Playing
from services.answers.reports import as_csv, as_json, as_markdown
from services.chat import DEFAULT_MAX_TOKENS
from services.comparing import request_of
from services.endpoints import Word
from services.errors import ServiceError
from services.models.prices import estimate_tokens, most_usd
from services.wire.types import Sampling


def head(comparison: Comparison, played: Playing | None) -> AbstractContextManager[None]:
    """The head of the page speaks of what stands below it: of the recording while one is played."""
    lead = "Same prompt, same clock. Nothing is retried, nothing is swapped."
    if played is None:
        return page_head("Compare", lead, word=_word_of(comparison))
    at = played.recording.recorded_at
    return page_head("Compare", lead, word=_word_of(played.comparison), recorded_at=at)


def _word_of(comparison: Comparison) -> Word | None:
    """The most important word of the panels, for the head of the page. A recording's endpoints need not be here."""
    words = set()
    for place, panel in enumerate(comparison.panels):
        run = comparison.run_at(place)
        try:
            words.add((visitor().endpoint(panel.endpoint) if run is None else run.endpoint).word)
        except ServiceError:
            continue
    return "simulated" if "simulated" in words else "local" if "local" in words else None


def menu(comparison: Comparison) -> None:
    """Nothing in a blind round: link and export would tell who stands where."""
    if comparison.hidden:
        return
    line_up_menu(comparison)
    with st.popover("Export", icon=":material/download:", disabled=comparison.live or not comparison.asked):
        export_buttons(
            f"{KEY}_export",
            "comparison",
            {
                "md": partial(as_markdown, comparison),
                "csv": partial(as_csv, comparison),
                "json": partial(as_json, comparison),
            },
            width="stretch",
        )


def input_block(comparison: Comparison) -> Comparison:
    """Returns the comparison with prompt and settings as they are now."""
    with st.container(border=True, gap="small"):
        prompt = st.text_area(
            "Prompt",
            value=comparison.prompt,
            key=begin(f"{KEY}_prompt", comparison.prompt),
            height=68,
            label_visibility="collapsed",
        )
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.button("Run all", key=f"{KEY}_run", type="primary", icon=":material/play_arrow:", on_click=do.run_all)
            st.button(
                "Stop all",
                key=f"{KEY}_stop",
                icon=":material/stop:",
                disabled=not comparison.live,
                on_click=do.stop_all,
            )
            full = len(comparison.panels) >= MAX_PANELS or comparison.live or comparison.hidden
            st.button("Add panel", key=f"{KEY}_add", icon=":material/add:", disabled=full, on_click=do.add)
            with st.popover("Settings", icon=":material/tune:"), st.container(width=520):
                system, sampling = _settings(comparison)
            grey(_forecast(comparison))
        if comparison.context is not None:
            context_chip(comparison.context, KEY, partial(do.take_rows, None))
    problem = session().compare_problem
    if problem is not None:
        show(problem)
    return replace(comparison, prompt=prompt or "", system=system, sampling=sampling)


def _settings(comparison: Comparison) -> tuple[str, Sampling]:
    system = st.text_area("System prompt", value=comparison.system, key=f"{KEY}_system", height=96)
    defaults = Sampling(max_tokens=DEFAULT_MAX_TOKENS)
    sampling = sampling_panel(f"{KEY}_sampling", comparison.sampling, defaults)
    grey("For every panel that has no settings of its own.")
    return (system or "").strip(), sampling


def _forecast(comparison: Comparison) -> str:
    """About what Run all reads, and at most what it costs; simulated prices are not added to real ones."""
    tokens, real = 0, []
    for place, panel in enumerate(comparison.panels):
        try:
            endpoint, model = do.resolve(panel.endpoint, panel.model)
        except ServiceError:
            continue
        request = request_of(comparison, place, endpoint)
        here = estimate_tokens(request.messages, request.model)
        tokens += here
        if endpoint.word != "simulated":
            real.append(most_usd(here, request.sampling.max_tokens, model.price))
    return f"about {figures.tokens(tokens)} tokens in · {_bound(real)}".replace("$", r"\$")


def _bound(costs: list[Decimal | None]) -> str:
    if not costs:
        return "simulated"
    known = [cost for cost in costs if cost is not None]
    if len(known) < len(costs):
        return "price unknown"
    total = sum(known, Decimal(0))
    return "free" if total == 0 else f"at most {figures.money(total)}"
