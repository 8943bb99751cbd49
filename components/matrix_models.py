"""Whom the rows are asked: one to four models, each at an endpoint, with the word that says what its answers are."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from components import matrix_actions as do
from components.feedback import plain, show
from components.matrix_actions import KEY
from components.matrix_cell import COLOURS
from components.model_picker import Picked, model_picker, resolved
from services.answers.comparisons import LETTERS, MAX_PANELS, Panel
from services.endpoints import Word
from services.errors import ServiceError
from services.matrix_setups import Setup

WORDS: dict[Word, str] = {"real": "", "local": "local", "simulated": "simulated"}


def model_names(setup: Setup) -> str:
    """Markdown: letter, name and word of each."""
    return " \u2003".join(
        f":{COLOURS[place]}-badge[{LETTERS[place]}] {_name(p)}" for place, p in enumerate(setup.panels)
    )


def named(name: str, word: Word) -> str:
    """Markdown: the word stands behind the name, once: some names hold it."""
    said = WORDS[word]
    return plain(name) if not said or f"({said})" in name else f"{plain(name)} ({said})"


def models_box(setup: Setup) -> None:
    with st.container(width=720, gap="small"):
        for place, panel in enumerate(setup.panels):
            _model(panel, place, alone=len(setup.panels) == 1)
        full = len(setup.panels) >= MAX_PANELS
        st.button("Add model", key=f"{KEY}_add", icon=":material/add:", disabled=full, on_click=do.add_model)


def _model(panel: Panel, place: int, *, alone: bool) -> None:
    picked, problem = _picked(panel)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        st.markdown(f":{COLOURS[place]}-badge[{LETTERS[place]}]", width=28)
        with st.container(width="content"):
            endpoint, model = model_picker(f"{KEY}_{panel.id}", picked)
        st.button(
            "Remove",
            key=f"{KEY}_{panel.id}_remove",
            type="tertiary",
            icon=":material/close:",
            disabled=alone,
            on_click=do.remove_model,
            args=(panel.id,),
        )
    if problem is not None:
        show(problem)
    if endpoint is not None and model is not None and (endpoint, model) != (panel.endpoint, panel.model):
        do.change_model(replace(panel, endpoint=endpoint, model=model))
        st.rerun()


def _picked(panel: Panel) -> tuple[Picked | None, ServiceError | None]:
    try:
        return resolved(panel.endpoint, panel.model), None
    except ServiceError as problem:
        return None, problem


def _name(panel: Panel) -> str:
    picked, _ = _picked(panel)
    if picked is None:
        return f"{plain(panel.model)} :gray[(cannot be asked)]"
    return named(picked.model.label, picked.endpoint.word)
