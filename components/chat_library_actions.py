"""What the list of conversations does. Each is a callback."""

from __future__ import annotations

from collections.abc import Callable

from components.chat_actions import KEY, current, guarded, leave_draft, stop_all
from components.state import owner, put, session, value
from services.resources import playground


def begin_anew() -> None:
    _leave_edit()
    _guarded(lambda: playground().conversations.begin(owner()))


def open_conversation(conversation_id: str) -> None:
    _leave_edit()
    _guarded(lambda: playground().conversations.open(owner(), conversation_id))


def delete_conversation(conversation_id: str) -> None:
    """An answer that is still being written in it is stopped."""
    kept = playground().conversations
    for talk in kept.all(owner()):
        if talk.id == conversation_id:
            stop_all(talk)
    if conversation_id == current().id:
        _leave_edit()
    _guarded(lambda: kept.delete(owner(), conversation_id), stay=True)


def put_back() -> None:
    _leave_edit()
    _guarded(lambda: playground().conversations.put_back(owner()))


def rename(conversation_id: str) -> None:
    title = value(f"{KEY}_name_{conversation_id}")
    if isinstance(title, str):
        _guarded(lambda: playground().conversations.rename(owner(), conversation_id, title), stay=True)


def set_saved() -> None:
    """What stood in the way of saving closes the list; opened again, the switch stands as it is."""
    wanted = value(f"{KEY}_saved") is True
    _guarded(lambda: playground().conversations.set_saved(owner(), wanted), stay=True)


def _guarded(change: Callable[[], object], *, stay: bool = False) -> None:
    """Shows what stood in the way; closes the list of conversations unless one should stay in it."""
    if not (guarded(change) and stay):
        put(f"{KEY}_library", False)


def _leave_edit() -> None:
    """A question being edited belongs to its conversation; a message that was not sent yet goes along."""
    if session().editing is not None:
        leave_draft()
