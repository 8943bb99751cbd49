"""What a statement is refused with."""

from __future__ import annotations

UNEXPECTED = 257


class SqlError(Exception):
    """code and text as the database would send them; position in the statement, 0 where it has none."""

    def __init__(self, code: int, text: str, position: int = 0) -> None:
        super().__init__(text)
        self.code, self.text, self.position = code, text, position
