"""Line-ups under a name: who answers and how, never what was asked; those a person saved are kept for each owner."""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass

from services.answers.comparisons import MAX_PANELS, MIN_PANELS, Panel
from services.errors import BadRequestError
from services.per_owner import PerOwner

MAX_TITLE, MAX_KEPT, MAX_CHARACTERS = 40, 20, 20_000
# Categories that hold no letter, and the marks that turn the direction of whatever stands after them.
_UNREADABLE = {"Cc", "Cs", "Co", "Cn"}
_TURNING = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}


@dataclass(frozen=True)
class LineUp:
    """A named choice of panels to begin with."""

    id: str
    title: str
    panels: tuple[Panel, ...]

    def fresh(self) -> tuple[Panel, ...]:
        """Panels that were never on a page: what was chosen since in one of the same id would win over them."""
        return tuple(_bare(panel) for panel in self.panels)


class LineUps:
    """What each owner saved, by title. max_characters bounds one line-up: a model id may be typed, and be anything."""

    def __init__(
        self, *, max_each: int = MAX_KEPT, max_characters: int = MAX_CHARACTERS, max_owners: int = 500
    ) -> None:
        self._max_each, self._max_characters = max_each, max_characters
        self._kept: PerOwner[tuple[LineUp, ...]] = PerOwner(tuple, max_owners=max_owners)

    def of(self, owner: str) -> tuple[LineUp, ...]:
        return self._kept.get(owner)

    def save(self, owner: str, title: str, panels: tuple[Panel, ...]) -> tuple[LineUp, bool]:
        """Keeps endpoint, model and own settings of each panel. True: it took the place of one with the same title.

        Raises BadRequestError for a title that is none, a line-up too large, and one more than max_each.
        """
        saved = LineUp(secrets.token_urlsafe(6), checked_title(title), tuple(_bare(panel) for panel in panels))
        self._check(saved)
        replaced: list[LineUp] = []

        def change(kept: tuple[LineUp, ...]) -> tuple[LineUp, ...]:
            replaced.extend(each for each in kept if each.title == saved.title)
            return self._with(tuple(each for each in kept if each.title != saved.title), saved)

        self._kept.update(owner, change)
        return saved, bool(replaced)

    def forget(self, owner: str, line_up_id: str) -> LineUp | None:
        """Returns what it took out, so that it can be put back; None where it was gone already."""
        gone: list[LineUp] = []

        def change(kept: tuple[LineUp, ...]) -> tuple[LineUp, ...]:
            gone.extend(each for each in kept if each.id == line_up_id)
            return tuple(each for each in kept if each.id != line_up_id)

        self._kept.update(owner, change)
        return gone[0] if gone else None

    def put_back(self, owner: str, line_up: LineUp) -> None:
        """Raises BadRequestError where its title was taken meanwhile, or there is no room any more."""

        def change(kept: tuple[LineUp, ...]) -> tuple[LineUp, ...]:
            if any(each.title == line_up.title for each in kept):
                raise BadRequestError(f"“{line_up.title}” was saved anew meanwhile.", remedy="Delete that one first.")
            return self._with(kept, line_up)

        self._kept.update(owner, change)

    def _with(self, kept: tuple[LineUp, ...], new: LineUp) -> tuple[LineUp, ...]:
        if len(kept) >= self._max_each:
            raise BadRequestError(
                f"{self._max_each} line-ups are kept already.", remedy="Delete one, or save under one of their names."
            )
        return tuple(sorted((*kept, new), key=_in_order))

    def _check(self, line_up: LineUp) -> None:
        if not MIN_PANELS <= len(line_up.panels) <= MAX_PANELS:
            raise BadRequestError(f"A line-up has {MIN_PANELS} to {MAX_PANELS} models.", remedy="Add or remove panels.")
        if len(repr(line_up)) > self._max_characters:
            raise BadRequestError(
                "This line-up is too large to be kept.", remedy="Shorten a model id or its stop sequences."
            )


def checked_title(text: str) -> str:
    """The title as it is kept: one line, composed characters. Raises BadRequestError for what is none."""
    title = unicodedata.normalize("NFC", " ".join(text.split()))
    if not 1 <= len(title) <= MAX_TITLE:
        raise BadRequestError(f"A name has 1 to {MAX_TITLE} characters.", remedy="Type another one.")
    hidden = any(unicodedata.category(sign) in _UNREADABLE or ord(sign) in _TURNING for sign in title)
    if hidden or not any(sign.isprintable() for sign in title):
        raise BadRequestError("A name consists of characters that can be seen.", remedy="Type another one.")
    return title


def _bare(panel: Panel) -> Panel:
    return Panel(panel.endpoint, panel.model, panel.sampling)


def _in_order(line_up: LineUp) -> tuple[str, str]:
    return line_up.title.casefold(), line_up.title
