"""Prompts kept under a name, with {{variables}} to fill in; exchanged as a JSON file that is checked whole."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import orjson

from services.answers.line_ups import MAX_TITLE, checked_title
from services.errors import BadRequestError, ConfigError
from services.per_owner import PerOwner

FORMAT, VERSION = "together-playground-prompts", 1
MAX_KEPT, MAX_CHARACTERS, MAX_FILE_BYTES, MAX_VARIABLES = 50, 20_000, 2_000_000, 20
_VARIABLE = re.compile(r"\{\{\s*([^\W\d]\w{0,39})\s*\}\}")
_REMEDY = "Pick a file that this playground has written, or mend this one."


@dataclass(frozen=True)
class Prompt:
    title: str
    text: str
    id: str = field(default_factory=lambda: secrets.token_urlsafe(6))

    @property
    def variables(self) -> tuple[str, ...]:
        """Each once, in the order in which they stand in the text."""
        return tuple(dict.fromkeys(_VARIABLE.findall(self.text)))

    def filled(self, values: Mapping[str, str]) -> str:
        """With each variable replaced; what a value looks like a variable itself stays as it is.

        Raises BadRequestError naming the variables that are empty.
        """
        empty = [name for name in self.variables if not values.get(name, "").strip()]
        if empty:
            raise BadRequestError(f"Nothing is filled in for {', '.join(empty)}.", remedy="Fill it in.")
        return _VARIABLE.sub(lambda found: values[found[1]], self.text)


class Prompts:
    """Thread-safe. What each owner saved, by title."""

    def __init__(self, *, max_each: int = MAX_KEPT, max_owners: int = 500) -> None:
        self._max_each = max_each
        self._kept: PerOwner[tuple[Prompt, ...]] = PerOwner(tuple, max_owners=max_owners)

    def of(self, owner: str) -> tuple[Prompt, ...]:
        return self._kept.get(owner)

    def save(self, owner: str, title: str, text: str) -> Prompt:
        """Takes the place of one with the same title.

        Raises BadRequestError for a title or a text that cannot be kept, and for one more than max_each.
        """
        made = checked(title, text)

        def change(kept: tuple[Prompt, ...]) -> tuple[Prompt, ...]:
            return self._with([each for each in kept if each.title != made.title], [made])

        self._kept.update(owner, change)
        return made

    def forget(self, owner: str, prompt_id: str) -> Prompt | None:
        """Returns what it took out, so that it can be put back; None where it was gone already."""
        gone = next((each for each in self.of(owner) if each.id == prompt_id), None)
        self._kept.update(owner, lambda kept: tuple(each for each in kept if each.id != prompt_id))
        return gone

    def add(self, owner: str, prompts: Sequence[Prompt]) -> int:
        """Returns how many are new: one that is kept already with the same text is not added again.

        A title that is taken gets a number. Raises BadRequestError, and adds nothing, where there is no room for all.
        """
        before = len(self.of(owner))

        def change(kept: tuple[Prompt, ...]) -> tuple[Prompt, ...]:
            nonlocal before
            before = len(kept)
            made = list(kept)
            for each in prompts:
                if not any(other.text == each.text and _stem(other.title) == _stem(each.title) for other in made):
                    made.append(replace(each, title=_free(each.title, {other.title for other in made})))
            return self._with(list(kept), made[len(kept) :])

        return len(self._kept.update(owner, change)) - before

    def _with(self, kept: list[Prompt], new: list[Prompt]) -> tuple[Prompt, ...]:
        if len(kept) + len(new) > self._max_each:
            raise BadRequestError(f"At most {self._max_each} prompts are kept.", remedy="Delete some first.")
        return tuple(sorted((*kept, *new), key=lambda each: (each.title.casefold(), each.title)))


def checked(title: str, text: str) -> Prompt:
    """Raises BadRequestError for what cannot be kept."""
    made = Prompt(checked_title(title), text)
    if not text.strip():
        raise BadRequestError("The prompt is empty.", remedy="Type its text.")
    if len(text) > MAX_CHARACTERS:
        raise BadRequestError(
            f"The prompt has {len(text):,} characters; at most {MAX_CHARACTERS:,} are kept.", remedy="Shorten it."
        )
    if len(made.variables) > MAX_VARIABLES:
        raise BadRequestError(
            f"The prompt has {len(made.variables)} variables; at most {MAX_VARIABLES} can be filled in.",
            remedy="Use fewer.",
        )
    return made


def to_json(prompts: Sequence[Prompt]) -> bytes:
    written = [{"title": each.title, "text": each.text} for each in prompts]
    return orjson.dumps({"format": FORMAT, "version": VERSION, "prompts": written}, option=orjson.OPT_INDENT_2)


def from_json(data: bytes, *, max_bytes: int = MAX_FILE_BYTES, max_prompts: int = MAX_KEPT) -> tuple[Prompt, ...]:
    """Raises ConfigError, saying why and which, for a file that is damaged, too large, newer, or something else."""
    if len(data) > max_bytes:
        raise ConfigError(f"The file has more than {max_bytes / 1e6:g} MB.", remedy=_REMEDY)
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise ConfigError(f"The file is no JSON: line {error.lineno}, column {error.colno}.", remedy=_REMEDY) from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ConfigError("The file holds no prompts of this playground.", remedy=_REMEDY)
    version = document.get("version")
    if type(version) is not int or version != VERSION:
        raise ConfigError("The prompts are of another version than this app reads.", remedy="Update the app.")
    entries = document.get("prompts")
    if not isinstance(entries, list) or not 1 <= len(entries) <= max_prompts:
        raise ConfigError(f"The file does not hold a list of 1 to {max_prompts} prompts.", remedy=_REMEDY)
    return tuple(_prompt(entry, number) for number, entry in enumerate(entries, 1))


def _prompt(entry: object, number: int) -> Prompt:
    match entry:
        case {"title": str(title), "text": str(text)}:
            try:
                return checked(title, text)
            except BadRequestError as error:
                raise ConfigError(f"Prompt {number} in the file: {error.message}", remedy=_REMEDY) from None
    raise ConfigError(f"Prompt {number} in the file has no title or no text.", remedy=_REMEDY)


def _free(title: str, taken: set[str]) -> str:
    number, free = 1, title
    while free in taken:
        number += 1
        ending = f" ({number})"
        free = f"{title[: MAX_TITLE - len(ending)]}{ending}"
    return free


def _stem(title: str) -> str:
    return re.sub(r" \(\d+\)$", "", title)
