"""Votes on answers whose models were hidden: what was voted, counts of each pair with intervals, and their export.

Shares are of decided votes, those for one of the two; ties and "both bad" are counted beside them and left out of the
sign test, which asks only whether decided votes fall evenly.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import orjson

from services.answers.sign_test import LEVEL, p_value, votes_for
from services.endpoints import Word
from services.per_owner import PerOwner
from services.shares import wilson
from services.spreadsheet import cell

Choice = Literal["A", "B", "tie", "both bad"]
FORMAT = "together-playground-votes/1"
RULE = (
    "Shares are of decided votes; ties and both bad are counted apart. Interval: Wilson, 95 %. Still needed: two-sided "
    "sign test at 5 % with 80 % power, if the share stays as it is."
)
PRACTICE = "Practice: at least one of the two was simulated, so this says nothing about the model it is named after."


@dataclass(frozen=True, order=True)
class Contender:
    """Who wrote an answer. settings: the sampling it had of its own, in words; empty for the common one."""

    model: str
    endpoint: str
    settings: str
    word: Word

    def __str__(self) -> str:
        return f"{self.model} ({self.settings})" if self.settings else self.model


@dataclass(frozen=True)
class Vote:
    """a and b as they stood on the screen; swapped: chance had put the line-up's second in front.

    id names the round.
    """

    id: str
    a: Contender
    b: Contender
    swapped: bool
    choice: Choice
    at: datetime

    @property
    def pair(self) -> tuple[Contender, Contender]:
        """The two in an order that does not depend on where they stood."""
        return (self.a, self.b) if self.a <= self.b else (self.b, self.a)

    @property
    def winner(self) -> Contender | None:
        return {"A": self.a, "B": self.b}.get(self.choice)


@dataclass(frozen=True)
class PairCount:
    """Votes on one pair, whichever stood left."""

    first: Contender
    second: Contender
    first_wins: int
    second_wins: int
    ties: int
    both_bad: int

    @property
    def decided(self) -> int:
        return self.first_wins + self.second_wins

    @property
    def share(self) -> float | None:
        """Of the first in decided votes, 0..1; None while there are none."""
        return self.first_wins / self.decided if self.decided else None

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.first_wins, self.decided)

    @property
    def shown(self) -> bool:
        """Whether the sign test calls the votes uneven."""
        return p_value(self.first_wins, self.decided) <= LEVEL

    @property
    def still_needed(self) -> int | None:
        """Decided votes to come before a share like this would be shown; None: too even to be shown in 1,000."""
        if self.shown:
            return 0
        total = None if self.share is None else votes_for(self.share)
        return None if total is None else max(1, total - self.decided)

    @property
    def simulated(self) -> bool:
        return "simulated" in (self.first.word, self.second.word)


def counts(votes: Iterable[Vote]) -> tuple[PairCount, ...]:
    """One entry per pair, in the order in which they were first voted on."""
    by_pair: dict[tuple[Contender, Contender], list[Vote]] = {}
    for vote in votes:
        by_pair.setdefault(vote.pair, []).append(vote)
    return tuple(_count(pair, cast) for pair, cast in by_pair.items())


def _count(pair: tuple[Contender, Contender], votes: list[Vote]) -> PairCount:
    first, second = pair
    if first == second:
        wins = [vote.choice for vote in votes]
        first_wins, second_wins = wins.count("A"), wins.count("B")
    else:
        winners = [vote.winner for vote in votes]
        first_wins, second_wins = winners.count(first), winners.count(second)
    choices = [vote.choice for vote in votes]
    return PairCount(first, second, first_wins, second_wins, choices.count("tie"), choices.count("both bad"))


class Votes:
    """The votes of each owner, the newest max_votes of them."""

    def __init__(self, *, max_owners: int = 500, max_votes: int = 2_000) -> None:
        self._kept: PerOwner[tuple[Vote, ...]] = PerOwner(tuple, max_owners=max_owners)
        self._max_votes = max_votes

    def of(self, owner: str) -> tuple[Vote, ...]:
        return self._kept.get(owner)

    def add(self, owner: str, vote: Vote) -> None:
        """A second vote on the same round changes nothing: the names were seen by then."""

        def longer(kept: tuple[Vote, ...]) -> tuple[Vote, ...]:
            known = any(other.id == vote.id for other in kept)
            return kept if known else (*kept, vote)[-self._max_votes :]

        self._kept.update(owner, longer)

    def clear(self, owner: str) -> None:
        self._kept.update(owner, lambda _: ())


def as_csv(votes: Iterable[Vote]) -> str:
    """One line per vote, oldest first."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    names = ("at", "choice", "swapped", *(f"{slot}_{name}" for slot in "ab" for name in Contender.__dataclass_fields__))
    writer.writerow(names)
    for vote in votes:
        row = _flat(vote)
        writer.writerow([cell(row[name]) for name in names])
    return out.getvalue()


def as_json(votes: tuple[Vote, ...], *, now: datetime) -> bytes:
    """Every vote, and the counts of each pair with how they were made."""
    document = {
        "format": FORMAT,
        "exported_at": now.isoformat(),
        "rule": RULE,
        "pairs": [_pair(pair) for pair in counts(votes)],
        "votes": [_flat(vote) for vote in votes],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2)


def _flat(vote: Vote) -> dict[str, Any]:
    row: dict[str, Any] = {"at": vote.at.isoformat(), "choice": vote.choice, "swapped": vote.swapped}
    for slot, contender in (("a", vote.a), ("b", vote.b)):
        row |= {f"{slot}_{name}": getattr(contender, name) for name in Contender.__dataclass_fields__}
    return row


def _pair(pair: PairCount) -> dict[str, Any]:
    low, high = pair.interval
    return {
        "first": str(pair.first),
        "second": str(pair.second),
        "first_wins": pair.first_wins,
        "second_wins": pair.second_wins,
        "ties": pair.ties,
        "both_bad": pair.both_bad,
        "first_share": pair.share,
        "interval_95": [low, high],
        "difference_shown": pair.shown,
        "still_needed_votes": pair.still_needed,
        "note": PRACTICE if pair.simulated else None,
    }
