"""The right side of Completion: the continuation as it grows and after, its alternatives, what can be done with it."""

from __future__ import annotations

import streamlit as st

from components import completion_actions as do
from components.answer_buttons import copy, meanings, served_note, small_button, versions
from components.answer_panel import LivePanel, finished_text, live_answers
from components.badges import word_badge
from components.completion_actions import KEY
from components.completion_tokens import token_view
from components.feedback import plain, show
from components.metrics_line import Update, metric_cells
from components.model_picker import Picked, substitutes
from components.page_head import grey
from components.state import session
from services.answers.completions import Continuation, Sheet, continuation
from services.answers.exports import origin
from services.answers.runs import Result, Run
from services.completing import ignored
from services.errors import NotFoundError
from services.wire.types import CompletionRequest, Sampling

ANSWER_HEIGHT = 256
_ENDS = {"length": "cut off at max_tokens", "stop": "ended by itself or at a stop sequence"}


def result_panel(sheet: Sheet, picked: Picked | None) -> int:
    """Draws the run that is shown, or the place where one will stand; returns the alternative that is looked at."""
    problem = session().completion_problem
    if problem is not None:
        show(problem)
    run = sheet.run
    if run is None:
        _empty()
        return 0
    if run.live:
        live_answers(lambda: [_live(run)])
        return 0
    alternative = _finished(run, picked)
    _buttons(sheet, run, alternative)
    return alternative


def tokens_of(sheet: Sheet, alternative: int) -> None:
    """The token probabilities of what is shown, where they were asked for."""
    run = sheet.run
    result = None if run is None else run.result
    if run is None or result is None or run.request.sampling.logprobs is None or not result.answer.choices:
        return
    tokens = result.answer.choices[min(alternative, len(result.answer.choices) - 1)].logprobs
    if tokens:
        simulated = run.endpoint.word == "simulated"
        token_view(tokens, f"{KEY}_tokens_{run.id}_{alternative}", simulated=simulated)
    else:
        grey("Token probabilities were asked for, and the server sent none.")


def _empty() -> None:
    with st.container(border=True, gap="small"):
        with st.container(height=ANSWER_HEIGHT, border=False):
            st.markdown(":gray[The continuation appears here.]")
        metric_cells(None, columns=3, min_column_width=64)


def _live(run: Run) -> LivePanel:
    with st.container(border=True, gap="small"):
        _origin(run)
        n = _sampling(run).n
        if n is not None and n > 1:
            grey(f"{n} alternatives are being written; the first is shown meanwhile.")
        answer = st.container(height=ANSWER_HEIGHT, border=False, autoscroll=True)
        cells = st.container()
        with answer:
            return LivePanel(run, f"{KEY}_{run.id}", cells=_cells, place=cells, verbatim=True)


def _cells(run: Run) -> Update:
    return metric_cells(run, columns=3, min_column_width=64)


def _finished(run: Run, picked: Picked | None) -> int:
    result = run.result
    assert result is not None
    with st.container(border=True, gap="small"):
        _origin(run)
        alternative = _alternative(run, result)
        found = continuation(run, alternative)
        with st.container(height=ANSWER_HEIGHT, border=False):
            _text(run, result, found)
        _said(run, result, found)
        metric_cells(run, columns=3, min_column_width=64)
    if picked is not None and isinstance(result.error, NotFoundError) and run.request.model == picked.model.id:
        substitutes(picked, run.request.model, f"{KEY}_after", do.use_model)
    return alternative


def _text(run: Run, result: Result, found: Continuation) -> None:
    """Everything as it came: no Markdown, no markup. With echo the prompt stands in front."""
    shown = found.whole if _sampling(run).echo and found.text else found.text
    finished_text(run, result, f"{KEY}_{run.id}", shown=shown, verbatim=True)


def _alternative(run: Run, result: Result) -> int:
    count = len(result.answer.choices)
    if count < 2:
        return 0
    chosen = st.segmented_control(
        "Alternative",
        range(count),
        default=0,
        required=True,
        format_func=lambda number: f":gray[{number + 1}]",
        key=f"{KEY}_alternative_{run.id}",
        help="Each is a continuation of its own.",
    )
    return chosen if chosen is not None and chosen < count else 0


def _origin(run: Run) -> None:
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        word = f" · {origin(run.endpoint)}" if run.endpoint.word == "real" else ""
        st.markdown(f":small[:gray[{plain(run.request.model + word)}]]", width="content")
        word_badge(run.endpoint.word)


def _said(run: Run, result: Result, found: Continuation) -> None:
    """Why it ended, and what of the request had no effect."""
    notes = [] if found.finish_reason is None else [_ENDS.get(found.finish_reason, plain(found.finish_reason))]
    asked = _sampling(run)
    missing = [name for name in ignored(run.endpoint, asked) if name != "echo"]
    if missing:
        notes.append(f"no effect at {run.endpoint.name}: {', '.join(missing)}")
    if asked.echo and not found.echoed:
        notes.append("the prompt in front was put there by the page, the server did not send it back")
    if asked.n is not None and len(result.answer.choices) > 1 and run.endpoint.kind == "local":
        notes.append("tokens are counted for the first alternative only")
    if notes:
        grey(plain("; ".join(notes)[:1].upper() + "; ".join(notes)[1:] + "."))
    served_note(run)


def _sampling(run: Run) -> Sampling:
    assert isinstance(run.request, CompletionRequest)
    return run.request.sampling


def _buttons(sheet: Sheet, run: Run, alternative: int) -> None:
    found = continuation(run, alternative)
    again = "Sends the same prompt once more; this one stays as a version."
    onward = "Puts this behind the prompt and sends that."
    append = "Puts this behind the prompt, to be changed before it is sent."
    take = "Brings its prompt and settings back into the fields."
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        small_button("Again", f"{KEY}_again", "refresh", again, do.again)
        if found.text:
            copy(found.whole if _sampling(run).echo else found.text, "As plain text.")
            go_on_key = f"{KEY}_go_on"
            small_button("Append and go on", go_on_key, "playlist_add", onward, do.append_and_go_on, alternative)
            small_button("Append", f"{KEY}_append", "add", append, do.append, alternative)
        if found.prompt != sheet.prompt:
            small_button("Take its prompt", f"{KEY}_take", "undo", take, do.take_back)
        meanings()
        versions(sheet.shown, len(sheet.runs), f"{KEY}_version", do.show_version)
