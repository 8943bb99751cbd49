"""What the buttons and fields of Completion do. Each is a callback: it changes what is kept; the page is drawn anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from components.completion_sampling import MORE
from components.model_picker import Picked, resolved
from components.more_menu import menu_key
from components.sampling import sampling_at
from components.state import owner, put, session, value
from components.view_code import ask_for_code
from services.answers.completions import Sheet, continuation
from services.answers.runs import Run
from services.completing import complete, complete_again, go_on
from services.endpoints import Endpoint
from services.errors import ServiceError
from services.examples import Example
from services.models.model import Model
from services.playground import Playground
from services.resources import playground

KEY = "completion"
Send = Callable[[Playground, str, Endpoint, Model], Run]


def current() -> Sheet:
    return playground().completions.get(owner())


def changed(change: Callable[[Sheet], Sheet]) -> Sheet:
    return playground().completions.update(owner(), change)


def sampling_key(sheet: Sheet) -> str:
    """What the keys of its fields begin with: other ones once they are filled by the page itself."""
    return f"{KEY}_sampling_{sheet.filled}"


def typed() -> None:
    text = value(f"{KEY}_prompt")
    if isinstance(text, str):
        changed(lambda sheet: sheet.with_prompt(text))


def send() -> None:
    """What was left by this very click holds too, though the page may not have been drawn with it yet."""
    typed()
    changed(lambda sheet: replace(sheet, sampling=sampling_at(sampling_key(sheet), sheet.sampling, MORE)))
    _guarded(complete)


def again() -> None:
    _guarded(complete_again)


def append(alternative: int) -> None:
    """Puts a continuation behind its prompt, to be read and changed before anything is sent."""
    run = current().run
    if run is not None:
        _set_prompt(continuation(run, alternative).whole)


def append_and_go_on(alternative: int) -> None:
    if _guarded(lambda house, who, endpoint, model: go_on(house, who, endpoint, model, alternative)):
        put(f"{KEY}_prompt", current().prompt)


def take_back() -> None:
    """Brings the prompt and the sampling of the run that is shown back into their fields."""
    run = current().run
    if run is not None:
        _set_prompt(continuation(run).prompt)
        changed(lambda sheet: sheet.with_sampling(run.request.sampling))


def start(example: Example) -> None:
    _set_prompt(example.prompt)
    changed(lambda sheet: sheet.with_sampling(example.sampling))
    _guarded(complete)


def show_version(number: int) -> None:
    changed(lambda sheet: replace(sheet, shown=number))


def use(endpoint: str, model_id: str) -> None:
    """Who goes on from the prompt from now on, as a link names it."""
    changed(lambda sheet: replace(sheet, endpoint=endpoint))
    use_model(model_id)


def use_model(model_id: str) -> None:
    sheet = changed(lambda sheet: replace(sheet, model=model_id))
    picked = resolved(sheet.endpoint, model_id)
    if picked is not None:
        put(f"{KEY}_model_{picked.endpoint.name}", model_id)


def stop() -> None:
    for run in current().runs:
        run.stop()


def clear() -> None:
    stop()
    changed(Sheet.emptied)
    _settled()


def undo() -> None:
    changed(Sheet.restored)
    _settled()


def show_code() -> None:
    ask_for_code(menu_key(KEY))


def to_chat(picked: Picked) -> None:
    """Makes the prompt Chat's next message, for the same model; nothing is sent."""
    here = session()
    here.draft, here.editing, here.problem = current().prompt, None, None
    playground().conversations.update(
        owner(),
        lambda talk: replace(
            talk, setup=replace(talk.setup, endpoint=picked.endpoint.name, model=picked.model.id, task=None)
        ),
    )


def _settled() -> None:
    put(menu_key(KEY), False)
    put(f"{KEY}_prompt", current().prompt)
    session().completion_problem = None


def _set_prompt(text: str) -> None:
    changed(lambda sheet: sheet.with_prompt(text))
    put(f"{KEY}_prompt", text)


def _guarded(sending: Send) -> bool:
    """Whether it was sent; why not stands in the place of the result."""
    sheet = current()
    try:
        picked = resolved(sheet.endpoint, sheet.model)
        if picked is not None:
            sending(playground(), owner(), picked.endpoint, picked.model)
        session().completion_problem = None
    except ServiceError as error:
        session().completion_problem = error
        return False
    return picked is not None
