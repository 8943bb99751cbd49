"""How many rows are asked for, as people write it."""

from __future__ import annotations

import pytest

from components.tables_table import rows_of
from services.errors import BadRequestError


@pytest.mark.parametrize(
    ("given", "rows"), [(500, 500), ("1,200", 1_200), (" 1 200 ", 1_200), ("1.200", 1_200), ("5000", 5_000), ("1", 1)]
)
def test_a_number_is_read_as_it_is_written(given: object, rows: int) -> None:
    assert rows_of(given) == rows


@pytest.mark.parametrize("given", [None, "", "0", "5001", "-3", "1e3", "many", "٣", "9" * 5_000, "1; DROP"])
def test_what_is_no_number_of_rows_is_refused_in_one_short_sentence(given: object) -> None:
    with pytest.raises(BadRequestError) as refused:
        rows_of(given)
    assert "from 1 to 5,000" in refused.value.remedy
    assert len(refused.value.message) < 60
