"""Parts of a file that somebody else may have written: read by name, checked, refused with the place of the fault."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from services.errors import ConfigError

MAX_COUNT = 10**12
REMEDY = "Pick a file that this playground has written."


def damage(what: str) -> ConfigError:
    return ConfigError(f"The recording is damaged: {what} cannot be read.", remedy=REMEDY)


class Part:
    """One object of the file; where names it in what is said of a damage. Every method raises ConfigError."""

    def __init__(self, value: object, where: str = "") -> None:
        if not isinstance(value, Mapping):
            raise damage(where.rstrip(", "))
        self._value, self._where = value, where

    def damage(self, name: str) -> ConfigError:
        return damage(f"{self._where}{name}")

    def get(self, name: str) -> Any:
        return self._value.get(name)

    def part(self, name: str) -> Part:
        return Part(self.get(name), f"{self._where}{name}, ")

    def items(self, name: str) -> list[Any]:
        value = self.get(name)
        if not isinstance(value, list):
            raise self.damage(name)
        return value

    def text(self, name: str, longest: int) -> str:
        value = self.get(name)
        if not isinstance(value, str) or len(value) > longest:
            raise self.damage(name)
        return value

    def optional_text(self, name: str, longest: int) -> str | None:
        return None if self.get(name) is None else self.text(name, longest)

    def one_of(self, name: str, values: tuple[str, ...]) -> str:
        value = self.get(name)
        if not isinstance(value, str) or value not in values:
            raise self.damage(name)
        return value

    def flag(self, name: str) -> bool:
        value = self.get(name)
        if not isinstance(value, bool):
            raise self.damage(name)
        return value

    def count(self, name: str) -> int:
        value = self.get(name)
        if type(value) is not int or not 0 <= value <= MAX_COUNT:
            raise self.damage(name)
        return value

    def optional_count(self, name: str) -> int | None:
        return None if self.get(name) is None else self.count(name)

    def optional_money(self, name: str) -> Decimal | None:
        """USD as text, so that no digit is lost."""
        text = self.optional_text(name, 40)
        if text is None:
            return None
        try:
            value = Decimal(text)
        except InvalidOperation:
            raise self.damage(name) from None
        if not (value.is_finite() and 0 <= value < MAX_COUNT):
            raise self.damage(name)
        return value

    def moment(self, name: str) -> datetime:
        """In UTC."""
        try:
            value = datetime.fromisoformat(self.text(name, 40))
            if value.tzinfo is not None:
                return value.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        raise self.damage(name)
