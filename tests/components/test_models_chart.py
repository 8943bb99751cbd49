"""Where models stand in the chart, which axes ask for powers of ten, and what cannot be drawn."""

from __future__ import annotations

from decimal import Decimal

import pytest

from components.charts import HUES
from components.models_chart import Drawn, Point, _trace, placed
from services.endpoints import Word
from services.models.browsing import Entry
from services.models.model import Model
from services.models.prices import Price


def drawn(*prices: tuple[str, int] | None) -> Drawn:
    """Each with its price out and its context; None has neither."""
    models = [
        Model("Here", f"m{number}")
        if each is None
        else Model("Here", f"m{number}", price=Price(Decimal(1), Decimal(each[0])), context_length=each[1])
        for number, each in enumerate(prices)
    ]
    return placed([Entry(model, "real") for model in models], "price out", "context")


@pytest.mark.parametrize(("dearest", "log"), [("2.9", False), ("3", True)])
def test_an_axis_is_logarithmic_from_a_ratio_of_thirty_on(dearest: str, log: bool) -> None:
    found = drawn(("0.1", 4_096), (dearest, 8_192))
    assert (found.log_x, found.log_y, len(found.points)) == (log, False, 2)


def test_a_free_model_is_drawn_at_0_unless_the_axis_has_no_0() -> None:
    near = drawn(("0", 4_096), ("1", 4_096))
    assert ([point.x for point in near.points], near.off_scale) == ([0.0, 1.0], 0)
    far = drawn(("0", 4_096), ("0.01", 4_096), ("1", 4_096))
    assert ([point.x for point in far.points], far.off_scale) == ([0.01, 1.0], 1)


def test_what_lacks_a_figure_is_counted_and_never_drawn_at_0() -> None:
    found = drawn(None, ("1", 4_096))
    assert (len(found.points), found.left_out) == (1, 1)


@pytest.mark.parametrize("word", ["real", "simulated"])
def test_endpoints_differ_by_their_shape_and_simulated_ones_are_hollow(word: Word) -> None:
    points = [Point(Entry(Model("Here", "m"), word), 1.0, 2.0)]
    symbols = [_trace(points, look, "black", set()).marker.symbol for look in range(len(HUES))]
    assert len(set(symbols)) == len(HUES)
    assert {symbol.endswith("-open") for symbol in symbols} == {word == "simulated"}


@pytest.mark.parametrize("prices", [(), (None,), (("0", 1),)])
def test_nothing_or_only_free_ones_have_no_logarithm(prices: tuple[tuple[str, int] | None, ...]) -> None:
    found = drawn(*prices)
    assert (found.log_x, found.off_scale) == (False, 0)
