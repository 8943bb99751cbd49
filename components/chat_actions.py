"""What the buttons and fields of Chat do. Each is a callback: it changes what is kept, and the page is drawn anew."""

from __future__ import annotations

from dataclasses import replace

from components.model_picker import resolved
from components.state import owner, put, session, value
from services.answers.conversations import Conversation
from services.chat import ask, ask_again
from services.errors import ServiceError
from services.resources import playground
from services.starters import Starter

KEY = "chat"


def current() -> Conversation:
    return playground().conversations.current(owner())


def start(starter: Starter) -> None:
    """Asks a starter in a conversation of its own."""
    house = playground()
    if current().turns:
        house.conversations.rewind(owner())
    house.conversations.update(owner(), lambda now: replace(now, setup=replace(now.setup, task=starter.task)))
    put(f"{KEY}_task", starter.task if starter.task is not None else "")
    _ask(starter.text)


def send() -> None:
    text = value(f"{KEY}_ask")
    if isinstance(text, str):
        _ask(text)


def _ask(text: str) -> None:
    """A message that cannot be sent is not lost: it comes back as a draft, with the reason."""
    here = session()
    try:
        picked = resolved(current().setup.endpoint, current().setup.model)
        if picked is not None:
            ask(playground(), owner(), picked.endpoint, picked.model, text)
        here.problem, here.draft = None, None
    except ServiceError as error:
        here.problem, here.draft = error, text


def again(turn_id: str) -> None:
    try:
        picked = resolved(current().setup.endpoint, current().setup.model)
        if picked is not None:
            ask_again(playground(), owner(), picked.endpoint, picked.model, turn_id)
        session().problem = None
    except ServiceError as error:
        session().problem = error


def edit(turn_id: str) -> None:
    turn = next((turn for turn in current().turns if turn.id == turn_id), None)
    if turn is not None:
        turn.run.stop()
        playground().conversations.rewind(owner(), turn_id)
        session().draft = turn.text
        put(f"{KEY}_draft", turn.text)


def send_draft() -> None:
    text = value(f"{KEY}_draft")
    if isinstance(text, str):
        _ask(text)


def cancel_draft() -> None:
    session().draft = session().problem = None
    if playground().conversations.can_undo(owner()):
        playground().conversations.undo(owner())


def show_version(turn_id: str, version: int) -> None:
    def shown(talk: Conversation) -> Conversation:
        turns = tuple(replace(turn, shown=version) if turn.id == turn_id else turn for turn in talk.turns)
        return replace(talk, turns=turns)

    playground().conversations.update(owner(), shown)


def use_model(model_id: str) -> None:
    def changed(talk: Conversation) -> Conversation:
        return replace(talk, setup=replace(talk.setup, model=model_id))

    playground().conversations.update(owner(), changed)
    picked = resolved(current().setup.endpoint, model_id)
    if picked is not None:
        put(f"{KEY}_model_{picked.endpoint.name}", model_id)


def clear() -> None:
    stop()
    playground().conversations.rewind(owner())
    session().draft = session().problem = None


def undo() -> None:
    playground().conversations.undo(owner())


def stop() -> None:
    for turn in current().turns:
        turn.run.stop()


def show_code() -> None:
    """Closes the menu, which would lie over the dialog."""
    put(f"{KEY}_more", False)
    session().show_code = True
