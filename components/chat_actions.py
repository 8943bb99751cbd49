"""What the buttons and fields of Chat do. Each is a callback: it changes what is kept, and the page is drawn anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from streamlit.elements.widgets.chat import ChatInputValue

from components.model_picker import Picked, resolved
from components.more_menu import menu_key
from components.state import owner, put, session, value
from components.view_code import ask_for_code
from components.visitor import visitor
from services.answers.context import Context
from services.answers.conversations import Conversation, Setup
from services.answers.images import Image, image
from services.chat import ask, ask_again, go_on
from services.errors import BadRequestError, ServiceError
from services.resources import playground
from services.starters import Starter

KEY = "chat"
# How many models are named to who attached an image to one that does not see it.
NAMED = 2


def current() -> Conversation:
    return playground().conversations.current(owner())


def fields_of(talk: Conversation) -> str:
    """What the keys of its setup's fields begin with: each conversation has fields of its own, in every tab."""
    return KEY if talk.number == 0 else f"{KEY}{talk.number}"


def start(starter: Starter) -> None:
    """Asks a starter in a conversation of its own; the one before it stays in the list."""
    stop()
    if not guarded(lambda: playground().conversations.begin(owner())):
        return
    _changed(lambda setup: replace(setup, task=starter.task))
    put(f"{fields_of(current())}_task", starter.task if starter.task is not None else "")
    leave_draft()
    _ask(starter.text)


def send() -> None:
    """A file that is no picture we take is said, and the rest stays as a draft."""
    given = value(f"{KEY}_ask")
    if isinstance(given, str) and given.strip():
        _ask(given)
    elif isinstance(given, ChatInputValue):
        try:
            images = tuple(image(file.name, file.getvalue()) for file in given.files)
        except BadRequestError as error:
            session().problem = error
            _draft(given.text)
            return
        if given.text.strip() or images:
            _ask(given.text, images)


def again(turn_id: str) -> None:
    def asked() -> None:
        picked = resolved(current().setup.endpoint, current().setup.model)
        if picked is not None:
            seeing = picked.catalog.seeing_models()[:NAMED]
            ask_again(playground(), owner(), picked.endpoint, picked.model, turn_id, seeing=seeing)

    guarded(asked)


def continue_(turn_id: str) -> None:
    """The model that was cut off goes on, whatever is picked for the next question."""

    def asked() -> None:
        turn = next((turn for turn in current().turns if turn.id == turn_id), None)
        picked = None if turn is None else resolved(turn.run.endpoint.name, turn.run.request.model)
        if picked is not None:
            go_on(playground(), owner(), picked.endpoint, picked.model, turn_id)

    guarded(asked)


def edit(turn_id: str) -> None:
    """Opens a question for editing. Nothing is taken back before the new one is sent."""
    turn = next((turn for turn in current().turns if turn.id == turn_id), None)
    if turn is not None:
        stop()
        session().editing, session().problem = turn_id, None
        _draft(turn.text, turn.images)


def send_draft() -> None:
    """Sends the edited message in place of the old one and what followed; a refusal leaves all as it was."""
    here, text = session(), value(f"{KEY}_draft")
    if not isinstance(text, str):
        return
    if here.editing is None:
        _ask(text, here.images)
        return
    house = playground()
    house.conversations.rewind(owner(), here.editing)
    if not _ask(text, here.images):
        house.conversations.undo(owner())


def make_message(text: str) -> None:
    """Text from elsewhere becomes the next message, to be looked at before it is sent."""
    session().editing = session().problem = None
    _draft(text, session().images)


def leave_out(number: int) -> None:
    """Takes an image out of the message that is being edited."""
    here = session()
    here.images = tuple(each for place, each in enumerate(here.images) if place != number)
    here.problem = None


def cancel_draft() -> None:
    leave_draft()


def show_version(turn_id: str, version: int) -> None:
    def shown(talk: Conversation) -> Conversation:
        turns = tuple(replace(turn, shown=version) if turn.id == turn_id else turn for turn in talk.turns)
        return replace(talk, turns=turns)

    playground().conversations.update(owner(), shown)


def use(endpoint: str, model_id: str) -> None:
    """Who answers from now on, as a link names it."""
    _changed(lambda setup: replace(setup, endpoint=endpoint))
    use_model(model_id)


def use_model(model_id: str) -> None:
    _changed(lambda setup: replace(setup, model=model_id))
    picked = resolved(current().setup.endpoint, model_id)
    if picked is not None:
        put(f"{fields_of(current())}_model_{picked.endpoint.name}", model_id)


def take_rows(context: Context | None) -> None:
    """Rows that go along with each question from now on; None: none."""
    _changed(lambda setup: replace(setup, context=context))


def clear() -> None:
    stop()
    playground().conversations.rewind(owner())
    put(menu_key(KEY), False)
    leave_draft()


def undo() -> None:
    stop()
    playground().conversations.undo(owner())
    put(menu_key(KEY), False)
    leave_draft()


def stop() -> None:
    stop_all(current())


def show_code() -> None:
    ask_for_code(menu_key(KEY))


def _ask(text: str, images: tuple[Image, ...] = ()) -> bool:
    """Whether it was sent. A message that cannot be sent is not lost: it stays as a draft, with the reason."""
    try:
        picked = _picked()
        if picked is None:
            return False
        seeing = picked.catalog.seeing_models()[:NAMED]
        ask(playground(), owner(), picked.endpoint, picked.model, text, images, seeing=seeing)
    except ServiceError as error:
        session().problem = error
        _draft(text, images)
        return False
    leave_draft()
    return True


def _picked() -> Picked | None:
    """Who answers, as the fields say it: what was picked just before sending, the page may not have been drawn with."""
    setup, fields = current().setup, fields_of(current())
    standing = visitor().route().endpoint_name if setup.endpoint is None else setup.endpoint
    endpoint = value(f"{fields}_endpoint")
    if isinstance(endpoint, str) and endpoint != standing:
        _changed(lambda now: replace(now, endpoint=endpoint, model=None))
        return resolved(endpoint, None)
    picked, model = resolved(setup.endpoint, setup.model), value(f"{fields}_model_{standing}")
    if picked is not None and isinstance(model, str) and model != picked.model.id:
        _changed(lambda now: replace(now, model=model))
        return resolved(setup.endpoint, model)
    return picked


def guarded(act: Callable[[], object]) -> bool:
    """Whether it could be done. What stood in its way is kept, to be shown under the conversation."""
    session().problem = None
    try:
        act()
    except ServiceError as error:
        session().problem = error
    return session().problem is None


def stop_all(talk: Conversation) -> None:
    for turn in talk.turns:
        for run in (*turn.runs, *(more for _, more in turn.more)):
            run.stop()


def _draft(text: str, images: tuple[Image, ...] = ()) -> None:
    session().draft, session().images = text, images
    put(f"{KEY}_draft", text)


def leave_draft() -> None:
    here = session()
    here.draft = here.editing = here.problem = None
    here.images = ()


def _changed(change: Callable[[Setup], Setup]) -> None:
    """Sets parts of what the conversation is asked with."""
    playground().conversations.update(owner(), lambda now: replace(now, setup=change(now.setup)))
