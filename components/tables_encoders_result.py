"""What each encoder finds, takes, costs and cuts on the same rows, and how far two of them find the same."""

from __future__ import annotations

from collections import Counter

import streamlit as st

from components.feedback import plain
from components.page_head import grey
from components.state import begin
from services.answers import figures
from services.embedding.agreement import Precision
from services.embedding.embedded import Embedded
from services.embedding.progress import Snapshot
from services.encoder_trials import Entry, Trial, vector_bytes, verdict
from services.exploring import ANSWER, Ground
from services.resources import agreements_of, precision_of
from services.shares import Share

KEY = "encoders_result"
K = 10
LETTERS = "ABC"
_HUES = ("blue", "orange", "green")


def trial_result(ground: Ground, trial: Trial) -> None:
    snapshots = trial.snapshots()
    embedded = [snapshot.embedded for snapshot in snapshots]
    label = _label(ground)
    found = [None if one is None or label is None else _precision(ground, one, label) for one in embedded]
    names = [f"{LETTERS[place]}" for place in range(len(snapshots))]
    said = verdict(names, found)
    if said:
        st.markdown(f"**{said}**{_practice(snapshots)}")
    rows = [
        _line(place, entry, snapshot, cell)
        for place, (entry, snapshot, cell) in enumerate(zip(trial.entries, snapshots, found, strict=True))
    ]
    st.table({name: [row[name] for row in rows] for name in rows[0]}, border="horizontal")
    _agreements(embedded)
    grey(_definitions(label))


def _label(ground: Ground) -> str | None:
    """The column that says which rows belong together: one whose values repeat."""
    sample = ground.sample
    own = [ANSWER] if ground.judged else []
    names = [*own, *(column.name for column in ground.shown if _repeats(ground, column.name))]
    if not names:
        grey("No column has values that repeat, so no precision can be told.")
        return None
    return st.selectbox(
        "Rows belong together by",
        names,
        key=begin(f"{KEY}_label_{sample.info.object.name}", names[0]),
        width=260,
        help="A row's nearest rows should have its own value in this column.",
    )


def _repeats(ground: Ground, name: str) -> bool:
    """Two values at least, and half of the rows not alone with theirs."""
    counts = Counter(value for value in ground.sample.column(name) if value is not None)
    return len(counts) > 1 and 2 * sum(count for count in counts.values() if count > 1) >= len(ground.sample.rows)


def _precision(ground: Ground, embedded: Embedded, label: str) -> Precision | None:
    return precision_of(embedded.id, ground.texts_id, label, K, embedded, ground.sample)


def _line(place: int, entry: Entry, snapshot: Snapshot, cell: Precision | None) -> dict[str, str]:
    ready, embedded = entry.candidate.ready, snapshot.embedded
    word = "" if snapshot.word == "real" else f" · {snapshot.word}"
    return {
        "Encoder": f":{_HUES[place]}-badge[{LETTERS[place]}] {plain(snapshot.encoder)}{word}",
        f"Precision@{K}": figures.UNKNOWN if cell is None else _share(cell.share),
        "Rows/s": _speed(snapshot),
        "Cost": _cost(snapshot, by_token=entry.candidate.by_token),
        "Rows cut": f"{ready.cut_rows:,} of {ready.rows:,}",
        "Dimensions": figures.UNKNOWN if embedded is None else f"{embedded.dimensions:,}",
        "Storage": figures.UNKNOWN if embedded is None else _storage(vector_bytes(entry, embedded)),
        "State": plain(snapshot.problem.message) if snapshot.problem is not None else snapshot.state,
    }


def _share(share: Share) -> str:
    return f"{share.value:.2f} ({share.low:.2f} to {share.high:.2f}, n = {share.n:,})"


def _speed(snapshot: Snapshot) -> str:
    if snapshot.rows_per_s is None:
        return "kept" if snapshot.from_store else figures.UNKNOWN
    return figures.per_second(snapshot.rows_per_s) if snapshot.rows_per_s < 1_000 else f"{snapshot.rows_per_s:,.0f}"


def _cost(snapshot: Snapshot, *, by_token: bool) -> str:
    if not by_token:
        return "the instance"
    if snapshot.word == "simulated":
        return "simulated"
    if snapshot.from_store and not snapshot.tokens:
        return "kept"
    return figures.money(snapshot.cost_usd).replace("$", r"\$")


def _storage(size: int | None) -> str:
    if size is None:
        return figures.UNKNOWN
    return f"{size / 1e6:.1f}{figures.NARROW}MB" if size >= 1e5 else f"{size / 1e3:.1f}{figures.NARROW}kB"


def _practice(snapshots: tuple[Snapshot, ...]) -> str:
    return " Practice: a simulated encoder takes part." if any(one.word == "simulated" for one in snapshots) else ""


def _agreements(embedded: list[Embedded | None]) -> None:
    found = agreements_of(tuple("" if one is None else one.id for one in embedded), K, embedded)
    if not found:
        return
    st.table(
        {
            "Pair": [f"{LETTERS[one.first]} and {LETTERS[one.second]}" for one in found],
            f"Overlap@{K}": [_share(one.overlap.share) for one in found],
            "By chance": [f"{one.overlap.by_chance:.3f}" for one in found],
        },
        border="horizontal",
    )


def _definitions(label: str | None) -> str:
    of = (
        ""
        if label is None
        else (
            f"Precision@{K}: of a row's {K} nearest rows, how many have its own {plain(label)}; the mean over n rows. "
        )
    )
    return (
        f"{of}Overlap@{K}: of a row's {K} nearest rows by the one, how many are among those by the other. In brackets "
        "the 95 % interval. Rows/s: while texts were sent, all encoders at once; kept: the vectors stood here from "
        "before. Storage: of these rows as REAL_VECTOR, before compression and index."
    )
