"""One answer, drawn while it is written and after: what is finished freezes, only the growing end is sent again."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.feedback import show
from components.metrics_line import Update, metrics_line
from components.safe_markdown import safe_markdown
from services.answers.runs import Result, Run

WINDOW_S, EVERY_S, TICK_S, FIGURES_EVERY_S = 0.8, 0.9, 0.1, 0.4
FREEZE_AFTER_CHARACTERS, FREEZE_VERBATIM_AFTER_CHARACTERS = 400, 4_000
CARET = "▍"
WAITING = ":gray[Waiting for the first text …]"
READING = ":gray[Reading the prompt …]"


def split_frozen(text: str, at_least: int = FREEZE_AFTER_CHARACTERS) -> tuple[list[str], str]:
    """(finished blocks, growing end). Decided by what precedes a cut alone, so every redraw cuts at the same places."""
    blocks, start = [], 0
    while (cut := text.find("\n\n", start + at_least)) != -1:
        while cut != -1 and text.count("```", start, cut) % 2:
            cut = text.find("\n\n", cut + 2)
        if cut == -1:
            break
        blocks.append(text[start:cut])
        start = cut + 2
    return blocks, text[start:]


class GrowingText:
    """Text that only grows, as Markdown or, verbatim, as it is: draw() sends what is new."""

    def __init__(self, *, verbatim: bool = False) -> None:
        self._verbatim = verbatim
        self._box = st.container(gap="small")
        self._end = self._box.empty()
        self._frozen, self._drawn = 0, ""

    def draw(self, text: str, *, empty: str, caret: bool) -> None:
        at_least = FREEZE_VERBATIM_AFTER_CHARACTERS if self._verbatim else FREEZE_AFTER_CHARACTERS
        blocks, end = split_frozen(text, at_least)
        for block in blocks[self._frozen :]:
            self._put(block)
            self._end, self._drawn = self._box.empty(), ""
        self._frozen = len(blocks)
        shown = (end + CARET if caret else end) if text else empty
        if shown != self._drawn:
            self._put(shown) if text else self._end.markdown(empty)
            self._drawn = shown

    def _put(self, text: str) -> None:
        if self._verbatim:
            verbatim_text(self._end, text)
        else:
            self._end.markdown(safe_markdown(text))


def verbatim_text(place: DeltaGenerator, text: str) -> None:
    """Every character as it came; of what it is given, a code block takes one line break at either end away."""
    place.code(f"\n{text}\n", language=None, wrap_lines=True)


class LivePanel:
    """One run while it is written: reasoning folded apart, the text, the six cells.

    Draws its text where it is made; cells draws the figures, into place (below the text where none is given), and
    returns what brings them up to date. verbatim: the answer is no Markdown. waiting stands until the first text; None:
    in words that tell whether the model runs here.
    """

    def __init__(
        self,
        run: Run,
        key: str,
        *,
        cells: Callable[[Run], Update] = metrics_line,
        place: DeltaGenerator | None = None,
        waiting: str | None = None,
        verbatim: bool = False,
    ) -> None:
        self.run, self._key, self._cells = run, key, cells
        self._waiting = waiting if waiting is not None else READING if run.endpoint.kind == "local" else WAITING
        self._reasoning_slot = st.container()
        self._reasoning: GrowingText | None = None
        self._answer = GrowingText(verbatim=verbatim)
        self._figures = (st if place is None else place).container()
        self._update: Update | None = None
        self._figures_due_s = 0.0

    def draw(self) -> bool:
        """Draws what is new. True while the run is live (read first, so that the last chunk is not missed)."""
        live = self.run.live
        reasoning, text = self.run.text("reasoning"), self.run.text()
        if reasoning:
            self._draw_reasoning(reasoning)
        self._answer.draw(text, empty="" if reasoning else self._waiting, caret=live)
        if time.monotonic() >= self._figures_due_s:
            self._draw_figures()
            self._figures_due_s = time.monotonic() + FIGURES_EVERY_S
        return live

    def _draw_figures(self) -> None:
        if self._update is None:
            with self._figures:
                self._update = self._cells(self.run)
        else:
            self._update(self.run)

    def _draw_reasoning(self, text: str) -> None:
        if self._reasoning is None:
            with self._reasoning_slot.expander("Thinking", key=f"thinking_{self._key}", type="compact"):
                self._reasoning = GrowingText()
        self._reasoning.draw(text, empty="", caret=False)


def live_answers(build: Callable[[], Sequence[LivePanel]]) -> None:
    """Draws runs as they grow, in one fragment for all of them; one full rerun when the last has ended.

    build draws what stands around them and returns the panels that are live. A fragment that drains for less than its
    own period hands the script thread back in between, so that clicks elsewhere on the page are never kept waiting.
    """

    def body() -> None:
        drawn = build()
        end_s = time.monotonic() + WINDOW_S
        while busy := any([panel.draw() for panel in drawn]):
            if time.monotonic() + TICK_S > end_s:
                break
            time.sleep(TICK_S)
        if not busy:
            st.rerun()

    st.fragment(body, run_every=EVERY_S)()


def finished_answer(run: Run, result: Result, key: str, *, shown: str) -> None:
    """What came of a run, with its figures. shown is its text as it is to be read."""
    finished_text(run, result, key, shown=shown)
    metrics_line(run)


def finished_text(run: Run, result: Result, key: str, *, shown: str, verbatim: bool = False) -> None:
    """An answer that will not change any more: one element, so that lists and links across blocks render whole."""
    reasoning = run.text("reasoning")
    if reasoning:
        with st.expander("Thinking", key=f"thinking_{key}", type="compact"):
            st.markdown(safe_markdown(reasoning))
    if shown:
        verbatim_text(st.container(), shown) if verbatim else st.markdown(safe_markdown(shown))
    elif result.state == "cut off":
        st.markdown(":gray[All of max\\_tokens went into thinking; raise it to get an answer.]")
    elif result.state == "stopped":
        st.markdown(":gray[Stopped while thinking.]" if reasoning else ":gray[Stopped before the first text.]")
    elif result.state == "done":
        st.markdown(":gray[An empty answer.]")
    for call in (call for choice in result.answer.choices for call in choice.tool_calls):
        st.code(f"{call.name}({call.arguments})", language=None, wrap_lines=True)
    if result.error is not None:
        show(result.error)
