"""Two or three encoders on the rows of the sample: chosen, priced before anything is sent, embedded, and compared."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from components.feedback import plain, show
from components.page_head import grey
from components.state import begin, owner, session
from components.tables_encoder import chosen, in_hana, waiting
from components.tables_encoders_result import trial_result
from components.visitor import listing, visitor
from services.answers import figures
from services.encoder_trials import FEWEST, MOST, Candidate, Forecast, Trial
from services.errors import ServiceError
from services.exploring import Ground
from services.resources import playground, prepared_of
from services.settings import LOCAL
from services.workspaces import EncoderChoice

KEY = "encoders"
EVERY_S, QUICK_S = 0.5, 3.0


def encoders(ground: Ground) -> None:
    trial = playground().trials.current(owner(), ground.texts_id)
    current = playground().workspaces.current(owner()).encoder
    with st.container(border=True, gap="small"):
        if not current.in_hana:
            with suppress(ServiceError):
                waiting(EncoderChoice(in_hana=True))
        options = _options(current)
        picked = st.multiselect(
            "Encoders",
            list(options),
            format_func=lambda choice: options.get(choice, str(choice.model)),
            key=begin(f"{KEY}_chosen", [current]),
            max_selections=MOST,
            placeholder="Pick two or three",
        )
        if trial is not None and trial.live:
            _progress(ground.texts_id)
        else:
            _offer(ground, [choice for choice in picked if choice in options])
        problem = session().trial_problem
        if problem is not None:
            show(problem)
    if trial is None:
        grey(
            "Each embeds the same rows; then stand here what they find, take, cost and cut. What is kept is not asked."
        )
    elif not trial.live:
        trial_result(ground, trial)


def _options(current: EncoderChoice) -> dict[EncoderChoice, str]:
    """Every encoder that could be asked now, and what it is called; who does not say what there is offers none."""
    mine = visitor()
    found = {EncoderChoice(): "Local encoder · free"}
    for name in mine.endpoint_names():
        if name == LOCAL:
            continue
        try:
            endpoint, catalog = mine.endpoint(name), listing(name).catalog
        except ServiceError:
            continue
        word = " · simulated" if endpoint.word == "simulated" else ""
        for model in catalog.embedding_models():
            found[EncoderChoice(name, model=model.id)] = f"{model.label} · {name}{word}"
    with suppress(ServiceError):
        found |= {EncoderChoice(in_hana=True, model=model): f"{model} · SAP HANA" for model in in_hana()}
    if current not in found and current.model is not None:
        found[current] = f"{current.model} · {'SAP HANA' if current.in_hana else current.endpoint}"
    return found


def _offer(ground: Ground, picked: list[EncoderChoice]) -> None:
    if len(picked) < FEWEST:
        grey("Pick two or three: the local encoder is free, endpoints charge by the token.")
        return
    try:
        candidates = [_candidate(choice) for choice in picked]
        forecast = playground().trials.forecast(candidates)
    except ServiceError as problem:
        show(problem)
        return
    sure = True
    if forecast.usd is None or forecast.usd > 0:
        sure = st.checkbox(_consent(forecast), key=f"{KEY}_sure_{'_'.join(str(choice.model) for choice in picked)}")
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button(
            "Compare encoders",
            key=f"{KEY}_begin",
            icon=":material/balance:",
            disabled=not sure,
            on_click=_begin,
            args=(ground.texts_id, candidates),
        )
        grey(_forecast(forecast))


def _candidate(choice: EncoderChoice) -> Candidate:
    """Raises ServiceError where it cannot be had, or reads no such texts."""
    found = chosen(choice)
    ready = prepared_of(playground().workspaces.current(owner()), found)
    return Candidate(found.encoder, ready, found.usd_per_mtok, found.by_token)


def _consent(forecast: Forecast) -> str:
    if forecast.usd is None:
        return "Go on, although a price is not known"
    return rf"Pay up to {figures.money(forecast.usd)}".replace("$", r"\$")


def _forecast(forecast: Forecast) -> str:
    if not forecast.new_texts:
        return "All vectors are kept from before: nothing is sent."
    return f"{forecast.new_texts:,} texts are sent; what is kept from before is not."


def _begin(texts: str, candidates: list[Candidate]) -> None:
    here = session()
    here.trial_problem = None
    try:
        trial = playground().trials.start(owner(), texts, candidates)
        for entry in trial.entries:
            entry.job.wait(QUICK_S / len(trial.entries))
    except ServiceError as problem:
        here.trial_problem = problem


@st.fragment(run_every=EVERY_S)
def _progress(texts: str) -> None:
    trial: Trial | None = playground().trials.current(owner(), texts)
    if trial is None or not trial.live:
        st.rerun()
    for snapshot in trial.snapshots():
        share = snapshot.texts_done / max(1, snapshot.texts)
        st.progress(share, text=f"{plain(snapshot.encoder)} · {snapshot.rows_done:,} of {snapshot.rows:,} rows")
    st.button("Stop", key=f"{KEY}_stop", icon=":material/stop:", on_click=trial.stop)
