"""The words in which two finished answers differ, marked by strike-through and weight as well as by colour."""

from __future__ import annotations

import streamlit as st

from components.compare_actions import KEY
from components.compare_panels import COLOURS
from components.feedback import plain
from components.page_head import grey
from services.answers.comparisons import LETTERS, Comparison
from services.answers.diffs import Diff, Piece, word_diff


def word_diff_menu(comparison: Comparison) -> None:
    """Nothing until two answers stand there. Compared only while it is open."""
    ready = [place for place, run in enumerate(comparison.runs) if run is not None and not run.live and run.text()]
    if len(ready) < 2:
        return
    icon = ":material/difference:"
    opened = st.expander("Word diff", icon=icon, key=f"{KEY}_diff", type="compact", on_change="rerun")
    if not opened.open:
        return
    with opened, st.container(gap="small"):
        left, right = (ready[0], ready[1]) if len(ready) == 2 else _chosen(ready)
        _draw(comparison, left, right)


def _chosen(ready: list[int]) -> tuple[int, int]:
    with st.container(horizontal=True, gap="small"):
        left = st.selectbox("From", ready, format_func=LETTERS.__getitem__, key=f"{KEY}_diff_left", width=120)
        others = [place for place in ready if place != left]
        right = st.selectbox("To", others, format_func=LETTERS.__getitem__, key=f"{KEY}_diff_right", width=120)
    return left, right


def _draw(comparison: Comparison, left: int, right: int) -> None:
    one, two = comparison.run_at(left), comparison.run_at(right)
    assert one is not None
    assert two is not None
    diff = word_diff(one.text(), two.text())
    st.markdown(
        f"{_mark('left', f'only in {LETTERS[left]}', left)} · {_mark('right', f'only in {LETTERS[right]}', right)} · "
        "in both"
    )
    if not diff.complete:
        grey("The texts are too long to compare whole: what was not compared is marked as different.")
    with st.container(border=True):
        st.markdown(marked(diff, left, right))
    same, only_left, only_right = diff.words("same"), diff.words("left"), diff.words("right")
    grey(f"{same:,} words in both, {only_left:,} only in {LETTERS[left]}, {only_right:,} only in {LETTERS[right]}.")


def marked(diff: Diff, left: int, right: int) -> str:
    """Markdown in which the words are inert; left and right are the places whose colours mark them."""
    parts = [_marked_piece(piece, left, right) for piece in diff.pieces]
    return "".join(part if part[:1].isspace() else f" {part}" for part in parts).strip()


def _marked_piece(piece: Piece, left: int, right: int) -> str:
    """Line by line, as a mark cannot reach over the end of a line."""
    lines = piece.text.split("\n")
    place = {"same": None, "left": left, "right": right}[piece.side]
    return "  \n".join(_marked_line(line, piece.side, place) for line in lines)


def _marked_line(line: str, side: str, place: int | None) -> str:
    words = plain(" ".join(line.split()))
    if not words:
        return " " if line else ""
    space = " " if line[0].isspace() else ""
    return space + (words if place is None else _mark(side, words, place))


def _mark(side: str, words: str, place: int) -> str:
    stroke = "~~" if side == "left" else "**"
    return f":{COLOURS[place]}-background[{stroke}{words}{stroke}]"
