"""A blind round: when it may be voted on, and the vote, which shows who wrote what."""

from __future__ import annotations

from datetime import datetime

from services.answers.comparisons import Comparison
from services.answers.votes import Choice, Contender, Vote
from services.playground import Playground

_WHOLE = ("done", "cut off")


def round_id(comparison: Comparison) -> str:
    return f"{comparison.id}.{comparison.round}"


def votable(comparison: Comparison) -> bool:
    """Both answers are there as far as their models wrote them; a failed or stopped one could not be judged fairly."""
    runs = comparison.runs
    return comparison.hidden and len(runs) == len(comparison.panels) and all(r and r.state in _WHOLE for r in runs)


def vote(playground: Playground, owner: str, choice: Choice, *, now: datetime) -> Vote | None:
    """Keeps the vote and reveals the models. None where there is nothing to vote on, as after a first vote."""
    cast: list[Vote] = []

    def revealed(comparison: Comparison) -> Comparison:
        if not votable(comparison):
            return comparison
        a, b = (_contender(comparison, place) for place in range(2))
        cast.append(Vote(round_id(comparison), a, b, comparison.swapped, choice, now))
        return comparison.revealed()

    playground.comparisons.update(owner, revealed)
    if not cast:
        return None
    playground.votes.add(owner, cast[0])
    return cast[0]


def _contender(comparison: Comparison, place: int) -> Contender:
    panel, run = comparison.panels[place], comparison.run_at(place)
    assert run is not None
    own = {} if panel.sampling is None else panel.sampling.to_wire()
    return Contender(
        model=panel.model,
        endpoint=panel.endpoint,
        settings=", ".join(f"{name} {value}" for name, value in own.items()),
        word=run.endpoint.word,
    )
