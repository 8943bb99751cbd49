"""What a statement is refused with."""

from __future__ import annotations

UNEXPECTED = 257
SHOWN_CHARACTERS = 2_000


class SqlError(Exception):
    """code and text as the database would send them; position in the statement, 0 where it has none."""

    def __init__(self, code: int, text: str, position: int = 0) -> None:
        super().__init__(text)
        self.code, self.text, self.position = code, text, position


class UnknownStatementError(SqlError):
    """Nobody told this server about the statement."""

    def __init__(self, sql: str) -> None:
        super().__init__(UNEXPECTED, f"sql syntax error: not a statement of this product: {sql[:SHOWN_CHARACTERS]}")
        self.sql = sql
