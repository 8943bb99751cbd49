"""What the buttons and fields of the kept prompts do: callbacks."""

from __future__ import annotations

from collections.abc import Callable

from components.chat_actions import make_message
from components.state import owner, put, session, value
from services.answers.prompts import Prompt, from_json
from services.errors import ServiceError
from services.resources import playground

KEY = "chat_prompts"


def use(prompt: Prompt) -> None:
    """Makes the filled-in text the next message; nothing is sent."""
    values = {name: value(f"{KEY}_{prompt.id}_{name}") for name in prompt.variables}

    def filled() -> str:
        make_message(prompt.filled({name: text for name, text in values.items() if isinstance(text, str)}))
        put(KEY, False)
        return ""

    _guarded(filled)


def change(prompt: Prompt) -> None:
    """Puts it into the fields it is saved from."""
    put(f"{KEY}_title", prompt.title)
    put(f"{KEY}_text", prompt.text)
    session().prompt_said = "It stands under “Save a prompt” now; saved under its name it takes its own place."


def delete(prompt_id: str) -> None:
    here, kept = session(), playground().prompts
    here.prompt_gone = kept.forget(owner(), prompt_id)
    here.prompt_problem, here.prompt_said = None, ""
    left = kept.of(owner())
    if left:
        put(f"{KEY}_which", left[0].id)


def put_back() -> None:
    gone = session().prompt_gone
    if gone is None:
        return

    def back() -> str:
        playground().prompts.add(owner(), [gone])
        session().prompt_gone = None
        return ""

    _guarded(back)


def save() -> None:
    title, text = value(f"{KEY}_title"), value(f"{KEY}_text")

    def saved() -> str:
        made = playground().prompts.save(owner(), str(title), str(text))
        put(f"{KEY}_title", "")
        put(f"{KEY}_text", "")
        put(f"{KEY}_which", made.id)
        return "Saved."

    _guarded(saved)


def read_file() -> None:
    file = value(f"{KEY}_import")
    if file is None:
        return

    def added() -> str:
        count = playground().prompts.add(owner(), from_json(file.getvalue()))  # type: ignore[attr-defined]
        return "All are kept already." if not count else "1 prompt added." if count == 1 else f"{count} prompts added."

    _guarded(added)


def _guarded(act: Callable[[], str]) -> None:
    """act returns what is to be said of it."""
    here = session()
    here.prompt_problem, here.prompt_said = None, ""
    try:
        here.prompt_said = act()
    except ServiceError as error:
        here.prompt_problem = error
