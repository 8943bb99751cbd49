"""The conversations of each owner, kept outside the browser session: a reload or a second tab finds them again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from services.answers.conversations import Conversation, Setup
from services.answers.line_ups import checked_title
from services.errors import BadRequestError, ConfigError, ServiceError
from services.per_owner import PerOwner


class Store(Protocol):
    """Where conversations outlive the process, for those who asked for it. Every method may raise ServiceError."""

    def load(self, owner: str) -> tuple[Conversation, ...] | None: ...
    def join(self, owner: str) -> None: ...
    def leave(self, owner: str) -> None: ...
    def keep(self, owner: str, conversation: Conversation) -> None: ...
    def forget(self, owner: str, conversation_id: str) -> None: ...


@dataclass(frozen=True)
class _Kept:
    """talk, and what it was before the last clear or rewind, for undo; base is how many turns that left."""

    talk: Conversation
    earlier: Conversation | None = None
    base: int = 0


@dataclass(frozen=True)
class _Shelf:
    """kept is never empty, newest last; current is an id in it. saved: it outlives the process; problem: it should."""

    kept: tuple[_Kept, ...]
    current: str
    deleted: _Kept | None = None
    looked: bool = False
    saved: bool = False
    problem: ServiceError | None = None

    @property
    def open(self) -> _Kept:
        return self.at(self.current)

    def at(self, conversation_id: str) -> _Kept:
        """Raises ConfigError for one that is gone."""
        found = next((kept for kept in self.kept if kept.talk.id == conversation_id), None)
        if found is None:
            raise ConfigError("This conversation is no longer here.", remedy="Pick another one, or begin anew.")
        return found

    def put(self, changed: _Kept) -> _Shelf:
        kept = tuple(changed if each.talk.id == changed.talk.id else each for each in self.kept)
        return replace(self, kept=kept)

    def tidied(self) -> _Shelf:
        """Without those in which nothing was ever asked, unless they are open or have a name."""
        kept = tuple(
            each
            for each in self.kept
            if each.talk.turns or each.earlier is not None or each.talk.title or each.talk.id == self.current
        )
        return replace(self, kept=kept)

    def with_new(self, setup: Setup) -> _Shelf:
        talk = Conversation(setup=setup, number=max((each.talk.number for each in self.kept), default=-1) + 1)
        return replace(self, kept=(*self.kept, _Kept(talk)), current=talk.id).tidied()


class Conversations:
    """Thread-safe. max_owners are kept, those not looked at for longest out first, each with max_each conversations.

    Nothing outlives the process unless its owner asked for it, and a store was given. Tabs of one owner have the same
    conversation open.
    """

    def __init__(self, store: Store | None = None, *, max_owners: int = 500, max_each: int = 50) -> None:
        self._store, self._max_each = store, max_each
        self._shelves = PerOwner(_new_shelf, max_owners=max_owners)
        self._saving = threading.Lock()

    def current(self, owner: str) -> Conversation:
        return self._shelf(owner).open.talk

    def all(self, owner: str) -> tuple[Conversation, ...]:
        """Newest first."""
        return tuple(kept.talk for kept in reversed(self._shelf(owner).kept))

    def update(
        self, owner: str, change: Callable[[Conversation], Conversation], conversation_id: str | None = None
    ) -> Conversation:
        """Applies change so that two tabs of one person lose nothing of each other. conversation_id None: the open one.

        Raises ConfigError for one that is gone.
        """

        def changed(shelf: _Shelf) -> _Shelf:
            kept = shelf.open if conversation_id is None else shelf.at(conversation_id)
            return shelf.put(replace(kept, talk=change(kept.talk)))

        shelf = self._changed(owner, changed)
        kept = shelf.open if conversation_id is None else shelf.at(conversation_id)
        self.save(owner, kept.talk.id)
        return kept.talk

    def begin(self, owner: str) -> Conversation:
        """Opens an empty conversation, asked with what the open one is, rows left out; an empty one stays open.

        Raises BadRequestError where max_each are kept already.
        """

        def begun(shelf: _Shelf) -> _Shelf:
            talk = shelf.open.talk
            if not talk.turns and shelf.open.earlier is None and talk.title is None:
                return shelf
            if len(shelf.kept) >= self._max_each:
                raise BadRequestError(
                    f"{self._max_each} conversations are kept already.", remedy="Delete one that is done with."
                )
            return shelf.with_new(replace(talk.setup, context=None))

        return self._changed(owner, begun).open.talk

    def open(self, owner: str, conversation_id: str) -> None:
        """Raises ConfigError for one that is gone."""
        self._changed(owner, lambda shelf: replace(shelf, current=shelf.at(conversation_id).talk.id).tidied())

    def rename(self, owner: str, conversation_id: str, title: str) -> None:
        """Empty: named after its first question again. Raises BadRequestError for what is no title."""
        checked = checked_title(title) if title.strip() else None
        self.update(owner, lambda talk: replace(talk, title=checked), conversation_id)

    def delete(self, owner: str, conversation_id: str) -> None:
        """Takes it out, from the file at once; the last one deleted can be put back while the process lives."""

        def without(shelf: _Shelf) -> _Shelf:
            gone = shelf.at(conversation_id)
            left = replace(shelf, kept=tuple(kept for kept in shelf.kept if kept is not gone), deleted=gone)
            if conversation_id != shelf.current:
                return left
            return replace(left, current=left.kept[-1].talk.id) if left.kept else left.with_new(gone.talk.setup)

        self._changed(owner, without)
        self.save(owner, conversation_id)

    def deleted(self, owner: str) -> Conversation | None:
        """What put_back() would bring back."""
        kept = self._shelf(owner).deleted
        return None if kept is None else kept.talk

    def put_back(self, owner: str) -> None:
        """Brings back what was deleted last, and opens it. Raises BadRequestError where there is no room any more."""

        def back(shelf: _Shelf) -> _Shelf:
            if shelf.deleted is None:
                return shelf
            if len(shelf.kept) > self._max_each:
                raise BadRequestError(f"{self._max_each} conversations are kept already.", remedy="Delete another one.")
            kept = sorted((*shelf.kept, shelf.deleted), key=lambda each: each.talk.number)
            return replace(shelf, kept=tuple(kept), current=shelf.deleted.talk.id, deleted=None).tidied()

        self.save(owner, self._changed(owner, back).current)

    def rewind(self, owner: str, turn_id: str | None = None) -> None:
        """Takes back that turn and those after it, all of them for None. undo() brings them back."""

        def rewound(kept: _Kept) -> _Kept:
            turns = () if turn_id is None else kept.talk.before(turn_id).turns
            return _Kept(replace(kept.talk, turns=turns, branch=Conversation().branch), kept.talk, len(turns))

        shelf = self._changed(owner, lambda shelf: shelf.put(rewound(shelf.open)))
        self.save(owner, shelf.current)

    def can_undo(self, owner: str) -> bool:
        """Until more than one new thing was asked."""
        kept = self._shelf(owner).open
        return kept.earlier is not None and bool(kept.earlier.turns) and len(kept.talk.turns) <= kept.base + 1

    def undo(self, owner: str) -> None:
        """Changes places with what was taken back; once more changes again."""

        def swapped(kept: _Kept) -> _Kept:
            if kept.earlier is None:
                return kept
            back = replace(kept.talk, turns=kept.earlier.turns, branch=kept.earlier.branch)
            return _Kept(back, kept.talk, len(back.turns))

        shelf = self._changed(owner, lambda shelf: shelf.put(swapped(shelf.open)))
        self.save(owner, shelf.current)

    def saved(self, owner: str) -> bool:
        """Whether they outlive the process."""
        return self._shelf(owner).saved

    def problem(self, owner: str) -> ServiceError | None:
        """Why what should outlive the process does not at present."""
        return self._shelf(owner).problem

    def set_saved(self, owner: str, saved: bool) -> None:
        """On: all of the owner's conversations are saved from now on. Off: what was saved of them is deleted.

        Raises ServiceError, and then nothing has changed.
        """
        if self._store is None:
            raise ConfigError("Conversations cannot be saved here.", remedy="Export them as files.")
        shelf = self._shelf(owner)
        with self._saving:
            if saved:
                self._store.join(owner)
                for kept in shelf.kept:
                    self._store.keep(owner, kept.talk)
            else:
                self._store.leave(owner)
            self._shelves.update(owner, lambda now: replace(now, saved=saved, problem=None))

    def save(self, owner: str, conversation_id: str) -> None:
        """Writes it as it is now, or takes it out of the file where it is gone; nothing for who did not ask for it."""
        if self._store is None or not self._shelves.get(owner).saved:
            return
        with self._saving:
            problem: ServiceError | None = None
            talk = next((k.talk for k in self._shelves.get(owner).kept if k.talk.id == conversation_id), None)
            try:
                if talk is None:
                    self._store.forget(owner, conversation_id)
                elif talk.turns or talk.title:
                    self._store.keep(owner, talk)
                else:
                    self._store.forget(owner, conversation_id)
            except ServiceError as error:
                problem = error
            self._shelves.update(owner, lambda now: replace(now, problem=problem))

    def _changed(self, owner: str, change: Callable[[_Shelf], _Shelf]) -> _Shelf:
        self._shelf(owner)
        return self._shelves.update(owner, change)

    def _shelf(self, owner: str) -> _Shelf:
        """What is kept of the owner, read from the store where it was not looked for yet."""
        shelf = self._shelves.get(owner)
        if shelf.looked:
            return shelf
        found, problem = None, None
        try:
            found = None if self._store is None else self._store.load(owner)
        except ServiceError as error:
            problem = error
        return self._shelves.update(owner, lambda now: now if now.looked else _filled(now, found, problem))


def _new_shelf() -> _Shelf:
    talk = Conversation()
    return _Shelf((_Kept(talk),), talk.id)


def _filled(shelf: _Shelf, found: tuple[Conversation, ...] | None, problem: ServiceError | None) -> _Shelf:
    if not found:
        return replace(shelf, looked=True, saved=found is not None, problem=problem)
    kept = tuple(_Kept(replace(talk, number=number)) for number, talk in enumerate(found))
    return _Shelf(kept, kept[-1].talk.id, looked=True, saved=True)
