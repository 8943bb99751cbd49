"""Blind rounds of Compare: the switch, the vote under the panels, what it revealed, and the votes so far."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import pandas as pd
import streamlit as st

from components.compare_actions import KEY
from components.export_buttons import export_buttons
from components.feedback import plain
from components.page_head import grey
from components.state import owner, session
from services import blind
from services.answers.comparisons import BLIND_PANELS, LETTERS, Comparison
from services.answers.votes import RULE, Choice, Contender, PairCount, Vote, as_csv, as_json, counts
from services.resources import playground

# Label and key of each choice; the keys C and R are Streamlit's own.
BUTTONS: tuple[tuple[Choice, str, str], ...] = (
    ("A", "A is better", "A"),
    ("B", "B is better", "B"),
    ("tie", "Tie", "T"),
    ("both bad", "Both bad", "N"),
)


def blind_switch(comparison: Comparison) -> None:
    """Whether the next round hides who answers; in the head of the page."""
    st.toggle(
        "Blind",
        value=comparison.blind,
        key=f"{KEY}_blind_{comparison.id}",
        disabled=comparison.hidden or (len(comparison.panels) != BLIND_PANELS and not comparison.blind),
        help="For two panels: Run all shuffles them and hides names and figures until you have voted.",
        on_change=_switch,
        args=(not comparison.blind,),
    )


def vote_bar(comparison: Comparison) -> bool:
    """The four votes while the models are hidden, what was voted afterwards. True while they are hidden."""
    votes = playground().votes.of(owner())
    if comparison.hidden:
        _buttons(comparison)
    elif votes and _stands(votes[-1], comparison):
        st.markdown(_revealed(votes[-1]))
    if votes:
        with st.popover(f"Votes ({len(votes)})", icon=":material/how_to_vote:", key=f"{KEY}_votes"):
            _tally(votes)
    return comparison.hidden


def _buttons(comparison: Comparison) -> None:
    ready = blind.votable(comparison)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        for choice, label, key in BUTTONS:
            st.button(
                label,
                key=f"{KEY}_vote_{key}",
                shortcut=key,
                disabled=not ready,
                help=f"Key {key}. Then the names and figures are shown.",
                on_click=_vote,
                args=(choice,),
            )
        st.button("Reveal without a vote", key=f"{KEY}_reveal", type="tertiary", on_click=_reveal)
    if comparison.live:
        grey("Names and figures are hidden. The vote opens when both answers are there.")
    elif not ready:
        grey("One answer is not complete, so there is nothing to vote on. Press Again, or reveal.")


def _stands(vote: Vote, comparison: Comparison) -> bool:
    """Whether the letters of the vote are still those on the page."""
    shown = [(panel.endpoint, panel.model) for panel in comparison.panels[:BLIND_PANELS]]
    voted = [(contender.endpoint, contender.model) for contender in (vote.a, vote.b)]
    return vote.id == blind.round_id(comparison) and shown == voted


def _switch(on: bool) -> None:
    playground().comparisons.update(owner(), lambda now: replace(now, blind=on))


def _vote(choice: Choice) -> None:
    blind.vote(playground(), owner(), choice, now=datetime.now(UTC))


def _reveal() -> None:
    session().compare_problem = None
    playground().comparisons.update(owner(), Comparison.revealed)


def _revealed(vote: Vote) -> str:
    names = {"A": vote.a, "B": vote.b}
    winner = vote.winner
    said = f"You voted for {vote.choice}" if winner is not None else f"You voted: {vote.choice}"
    who = ", ".join(f"{letter} is {plain(str(names[letter]))}" for letter in LETTERS[:BLIND_PANELS])
    return f"**{said}.** {who}."


def _tally(votes: tuple[Vote, ...]) -> None:
    """Counts of each pair, and the files to keep."""
    with st.container(width=640, gap="small"):
        for pair in counts(votes):
            st.table(_table(pair), border="horizontal", hide_index=True)
            grey(plain(sentence(pair)))
        grey(RULE)
        with st.container(horizontal=True, gap="small"):
            export_buttons(f"{KEY}_votes", "votes", {"csv": lambda now: as_csv(votes), "json": partial(as_json, votes)})
            st.button("Clear", key=f"{KEY}_votes_clear", type="tertiary", on_click=_clear)


def _clear() -> None:
    playground().votes.clear(owner())


def _table(pair: PairCount) -> pd.DataFrame:
    found = [pair.first_wins, pair.second_wins, pair.ties, pair.both_bad]
    return pd.DataFrame({"Voted for": [plain(name) for name in (*names(pair), "Tie", "Both bad")], "Votes": found})


def names(pair: PairCount) -> tuple[str, str]:
    """Short, with the endpoint where the models are the same; the letters where all is the same."""
    if pair.first == pair.second:
        return "A", "B"
    first, second = _short(pair.first), _short(pair.second)
    if first == second:
        return f"{first} · {pair.first.endpoint}", f"{second} · {pair.second.endpoint}"
    return first, second


def _short(contender: Contender) -> str:
    return str(contender).rsplit("/", 1)[-1]


def sentence(pair: PairCount) -> str:
    """What the votes on one pair show so far: share, interval, n, and how many more it would take."""
    practice = " Practice: simulated." if pair.simulated else ""
    if pair.share is None:
        return f"No decided vote yet.{practice}"
    low, high = pair.interval
    share = f"{pair.share:.0%} for {names(pair)[0]} (95 % interval {low:.0%} to {high:.0%}, n = {pair.decided} decided)"
    if pair.shown:
        return f"A preference is shown: {share}.{practice}"
    if pair.still_needed is None:
        return f"No preference shown: {share}. Too even to be shown by 1,000 votes.{practice}"
    return f"No preference shown: {share}. About {pair.still_needed} more at this share would show one.{practice}"
