"""How each model did over the rows: checks passed, marks that stand in the row, and what sets two models apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from services.answers import figures
from services.answers.comparisons import LETTERS
from services.answers.repeat_report import PRACTICE
from services.matrix.cells import UNDER_WAY, Cell, Snapshot
from services.matrix.shares import MIN_ROWS, PairedShares, clustered_interval, paired_shares
from services.shares import wilson

_PERCENT = f"{figures.NARROW}%"

METHODS = {
    "passed": f"Passed: answers that pass every check, of those judged, with Wilson's 95{_PERCENT} interval. Cells "
    "without an answer, and answers that a check cannot judge, are counted apart and never as passed.",
    "difference": "Two models are set apart on the rows judged for both: exact McNemar test at 5"
    f"{_PERCENT}, interval of the difference after Newcombe (method 10).",
    "grounding": "Stands in the row: numbers, dates, codes, amounts and quotations of an answer that are found, by "
    f"value, in the columns sent or in the prompt. Share over all marks; 95{_PERCENT} interval clustered by row (Korn "
    "and Graubard). What is found may stand there for something else, and what is not found may still be right: a sum "
    "or a rounding stands nowhere.",
    "many": "Each sentence stands for itself: between equal models about one in twenty shows a difference by chance.",
}


@dataclass(frozen=True)
class PassScore:
    """passed of judged answers. unjudged: answered, but a check could not tell; unanswered: asked, but no answer."""

    place: int
    passed: int
    judged: int
    unjudged: int
    unanswered: int
    simulated: bool

    @property
    def share(self) -> float | None:
        return self.passed / self.judged if self.judged else None

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.passed, self.judged)

    @property
    def short(self) -> str:
        """3 of 5 (23 to 88 %), for a table."""
        return _short(self.passed, self.judged, None if self.share is None else self.interval)

    @property
    def sentence(self) -> str:
        apart = [(self.unjudged, "could not be judged"), (self.unanswered, "gave no answer")]
        note = "".join(f" {count} {what}." for count, what in apart if count)
        name = LETTERS[self.place]
        if self.share is None:
            return f"{_practice(self.simulated)}No answer of {name} was judged.{note}"
        return (
            f"{_practice(self.simulated)}{name} passes {self.passed} of {self.judged} "
            f"({_percent(self.share)}, 95{_PERCENT} interval {_range(self.interval)}).{note}"
        )


@dataclass(frozen=True)
class GroundingScore:
    """grounded of judged marks in the answers to rows; rows: those with a mark. interval None below MIN_ROWS rows."""

    place: int
    grounded: int
    judged: int
    rows: int
    interval: tuple[float, float] | None
    simulated: bool

    @property
    def share(self) -> float | None:
        return self.grounded / self.judged if self.judged else None

    @property
    def short(self) -> str:
        """41 of 50 (71 to 90 %), for a table; no interval where there is none."""
        return _short(self.grounded, self.judged, self.interval)

    @property
    def sentence(self) -> str:
        name = LETTERS[self.place]
        if self.share is None:
            return f"{_practice(self.simulated)}{name} says nothing that can be looked up in a row."
        said = f"{self.grounded} of {self.judged} marks of {name} stand in the row"
        interval = (
            f"no interval below {MIN_ROWS} rows"
            if self.interval is None
            else f"95{_PERCENT} interval {_range(self.interval)}"
        )
        rows = "1 row" if self.rows == 1 else f"{self.rows} rows"
        return f"{_practice(self.simulated)}{said} ({_percent(self.share)}, {interval}, n = {rows})."


@dataclass(frozen=True)
class PairScore:
    """left_out: rows that were not judged for both."""

    places: tuple[int, int]
    shares: PairedShares
    left_out: int
    simulated: bool

    @property
    def sentence(self) -> str:
        found, names = self.shares, [LETTERS[place] for place in self.places]
        rows = "1 row is" if self.left_out == 1 else f"{self.left_out} rows are"
        note = f" {rows} left out, not judged for both." if self.left_out else ""
        return f"{_practice(self.simulated)}{_claim(found, names)}{note}"


def pass_scores(snapshot: Snapshot) -> list[PassScore]:
    """One for each model; all zero where no check is set."""
    return [_passes(snapshot, place, _verdicts(snapshot, place)) for place in _models(snapshot)]


def check_scores(snapshot: Snapshot, check: int) -> list[PassScore]:
    """By the check-th check alone, one for each model."""
    return [_passes(snapshot, place, _verdicts(snapshot, place, check)) for place in _models(snapshot)]


def pair_scores(snapshot: Snapshot) -> list[PairScore]:
    """Each pair of models by all checks together; none where no check is set."""
    if not snapshot.checks:
        return []
    found = []
    for places in combinations(_models(snapshot), 2):
        shares = paired_shares(*(_verdicts(snapshot, place) for place in places))
        simulated = any(snapshot.plan.entrants[place].simulated for place in places)
        found.append(PairScore(places, shares, len(snapshot.plan.rows) - shares.n, simulated))
    return found


def grounding_scores(snapshot: Snapshot) -> list[GroundingScore]:
    """One for each model, over its judged answers."""
    return [_grounding(snapshot, place) for place in _models(snapshot)]


def sentences(snapshot: Snapshot) -> list[str]:
    """What there is to say of the matrix, each claim with its n."""
    passes = [score.sentence for score in pass_scores(snapshot)] if snapshot.checks else []
    pairs = [score.sentence for score in pair_scores(snapshot)]
    return [*passes, *pairs, *(score.sentence for score in grounding_scores(snapshot))]


def headline(snapshot: Snapshot) -> str:
    """The one of sentences() to be read first: what sets two models apart, most clearly so, or the first there is."""
    pairs = [score for score in pair_scores(snapshot) if score.shares.n]
    if pairs:
        return min(pairs, key=lambda score: score.shares.p_value).sentence
    return sentences(snapshot)[0]


def _models(snapshot: Snapshot) -> range:
    return range(len(snapshot.plan.entrants))


def _verdicts(snapshot: Snapshot, place: int, check: int | None = None) -> list[bool | None]:
    """Row by row; None where there is no answer, none judged yet, or the check could not tell."""
    return [_verdict(cell, check) for cell in snapshot.of(place)]


def _verdict(cell: Cell, check: int | None) -> bool | None:
    if cell.judgement is None:
        return None
    return cell.judgement.passed if check is None else cell.judgement.outcomes[check].passed


def _passes(snapshot: Snapshot, place: int, verdicts: Sequence[bool | None]) -> PassScore:
    cells = snapshot.of(place)
    judged = [verdict for verdict in verdicts if verdict is not None]
    answered = sum(cell.judgement is not None for cell in cells)
    asked = sum(cell.state not in UNDER_WAY and cell.state != "not asked" for cell in cells)
    return PassScore(
        place=place,
        passed=judged.count(True),
        judged=len(judged),
        unjudged=answered - len(judged) if snapshot.checks else 0,
        unanswered=asked - sum(cell.answered for cell in cells),
        simulated=snapshot.plan.entrants[place].simulated,
    )


def _grounding(snapshot: Snapshot, place: int) -> GroundingScore:
    found = [cell.judgement.grounding for cell in snapshot.of(place) if cell.judgement is not None]
    hits, counts = [each.grounded for each in found], [each.judged for each in found]
    return GroundingScore(
        place=place,
        grounded=sum(hits),
        judged=sum(counts),
        rows=sum(count > 0 for count in counts),
        interval=clustered_interval(hits, counts),
        simulated=snapshot.plan.entrants[place].simulated,
    )


def _claim(found: PairedShares, names: Sequence[str]) -> str:
    first, second = names
    if found.n == 0:
        return f"No row was judged for both {first} and {second}."
    if found.shown:
        ahead, behind = (first, second) if found.difference > 0 else (second, first)
        low, high = sorted(abs(bound) for bound in found.interval)
        return (
            f"{ahead} passes more rows than {behind} by {_points(abs(found.difference))} points (95{_PERCENT} interval "
            f"{_points(low)} to {_points(high)}, n = {found.n})."
        )
    claim = f"{first} and {second} are not distinguishable in checks passed at n = {found.n}"
    if not found.only_first + found.only_second:
        return f"{claim}: they pass and fail in the same rows."
    if found.n < MIN_ROWS:
        return f"{claim}, too few to say how many would do."
    if found.more is None:
        return f"{claim}; nothing points to a difference that more rows would show."
    return f"{claim}; about {found.more} more rows would settle it."


def _practice(simulated: bool) -> str:
    return PRACTICE if simulated else ""


def _short(count: int, of: int, interval: tuple[float, float] | None) -> str:
    if of == 0:
        return figures.UNKNOWN
    return f"{count} of {of}" if interval is None else f"{count} of {of} ({_range(interval)})"


def _points(share: float) -> str:
    """One decimal at the ends, so that not quite all is not written as 100, nor next to nothing as 0."""
    is_near_end = 0 < share < 0.005 or 0.995 <= share < 1
    return f"{100 * share:.1f}" if is_near_end else f"{100 * share:.0f}"


def _percent(share: float) -> str:
    return f"{_points(share)}{_PERCENT}"


def _range(bounds: tuple[float, float]) -> str:
    return f"{_points(bounds[0])} to {_points(bounds[1])}{_PERCENT}"
