"""From chosen rows of a sample to what rides in front of a prompt."""

from __future__ import annotations

from collections.abc import Sequence

from services.answers.context import Context, context
from services.errors import BadRequestError
from services.tables.files import free_name
from services.tables.source import Cell, Sample

MOST_ROWS, MOST_TOKENS = 50, 8_000
_NUMBER = "row"


def context_of(
    sample: Sample,
    rows: Sequence[int],
    columns: Sequence[str],
    *,
    most_rows: int = MOST_ROWS,
    most_tokens: int = MOST_TOKENS,
) -> Context:
    """The key of each row comes first, or its number in the sample, from 1, where the sample has no key.

    Raises BadRequestError for no row, more than most_rows, columns that name nothing to send, and a block over
    most_tokens.
    """
    if not rows:
        raise BadRequestError("No row is selected.", remedy="Select rows on the map, or among the hits.")
    if len(rows) > most_rows:
        raise BadRequestError(
            f"{len(rows):,} rows are selected; at most {most_rows} go along with a prompt.", remedy="Select fewer."
        )
    if not set(columns) & {column.name for column in sample.columns if column.readable}:
        raise BadRequestError("No column is chosen.", remedy="Choose what is sent of each row.")
    made = context(sample.info.object.name, [_row(sample, row, columns) for row in rows])
    if made.tokens > most_tokens:
        raise BadRequestError(
            f"The rows have about {made.tokens:,} tokens; at most {most_tokens:,} go along with a prompt.",
            remedy="Select fewer rows, or leave out a long column.",
        )
    return made


def _row(sample: Sample, row: int, columns: Sequence[str]) -> dict[str, Cell]:
    values = dict(zip((column.name for column in sample.columns), sample.rows[row], strict=True))
    keys = [column.name for column in sample.columns if column.key]
    numbered: dict[str, Cell] = {} if keys else {free_name(_NUMBER, list(values)): row + 1}
    named = [*keys, *(column.name for column in sample.columns if column.name in columns and not column.key)]
    return {**numbered, **{name: values[name] for name in named}}
