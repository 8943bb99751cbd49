"""Chat as its users mean it: from what is chosen and typed to a run, and back into the conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.answers.conversations import Conversation, Setup, Turn, messages
from services.answers.images import MAX_PER_MESSAGE, Image
from services.answers.runs import Request, Run
from services.answers.seams import GO_ON, can_go_on
from services.embedded.local import tasks
from services.endpoints import Endpoint, Kind
from services.errors import BadRequestError, ConfigError
from services.models.model import Model
from services.playground import Playground
from services.schemas import response_format
from services.wire.dialects import DIALECTS
from services.wire.types import ChatRequest, Message, Sampling

DEFAULT_MAX_TOKENS = 2_048
# A small model on one core reads about 130 tokens a second: what it must read is what the visitor waits for.
LOCAL_HISTORY_TOKENS = 500
CHARACTERS_MAX = 200_000
IMAGE_BYTES_MAX = 40_000_000


@dataclass(frozen=True)
class Asked:
    """A request ready to be sent, with what had to be left out of it."""

    request: Request
    left_out: int = 0


def asked(
    endpoint: Endpoint,
    model: str,
    setup: Setup,
    conversation: Conversation,
    text: str,
    images: tuple[Image, ...] = (),
    *,
    sees: bool = True,
) -> Asked:
    """The request for the next answer. max_tokens is always set, so that its cost has a bound.

    Rows ride in front of this question only, not of the earlier ones again; a task reads the message alone. sees:
    whether the images of earlier questions are worth sending.
    """
    task = task_of(setup.task) if endpoint.kind == "local" else None
    if task is not None:
        return Asked(task.build(text, model))
    local = endpoint.kind == "local"
    budget = LOCAL_HISTORY_TOKENS if local else None
    system = setup.system or (tasks.SYSTEM_PROMPT if local else "")
    question = text if setup.context is None else setup.context.before(text)
    sent, left_out = messages(
        conversation.turns, question, system=system, budget_tokens=budget, images=images, sees=sees
    )
    sampling = completed(setup.sampling, defaults(endpoint.kind))
    return Asked(ChatRequest(model, sent, sampling, response_format=response_format(setup.schema)), left_out)


def task_of(task_id: str | None) -> tasks.Task | None:
    """The task of Local with that id."""
    return next((task for task in tasks.TASKS if task.id == task_id), None)


def defaults(kind: Kind) -> Sampling:
    """What holds where nothing was chosen."""
    return tasks.chat_defaults() if kind == "local" else Sampling(max_tokens=DEFAULT_MAX_TOKENS)


def completed(sampling: Sampling, otherwise: Sampling) -> Sampling:
    """sampling, with every value that was left open taken from otherwise."""
    return replace(otherwise, **sampling.given())


def sees_images(endpoint: Endpoint, model: Model) -> bool:
    """False where it is known that an image would not be looked at; of a model that nothing is known of it may be."""
    return DIALECTS[endpoint.kind].sees_images and endpoint.word != "simulated" and model.vision is not False


def ask(
    playground: Playground,
    owner: str,
    endpoint: Endpoint,
    model: Model,
    text: str,
    images: tuple[Image, ...] = (),
    *,
    seeing: Sequence[Model] = (),
) -> Run:
    """Sends text and images as the next message of the owner's conversation.

    seeing are models of the endpoint that see images, named to who attached one to a model that does not.

    Raises ServiceError, and then nothing has changed. The same text at the same place is sent once, however often this
    is called.
    """
    conversation = playground.conversations.current(owner)
    _check(conversation, text)
    playground.schemas.check(conversation.setup.schema)
    if images:
        _check_images(playground, owner, endpoint, model, images, seeing)
    sees = sees_images(endpoint, model)
    made = asked(endpoint, model.id, conversation.setup, conversation, text, images, sees=sees)
    turn_id = f"{conversation.branch}.{len(conversation.turns)}"
    run = playground.runs.start(owner, endpoint, made.request, message_id=turn_id, price=model.price)
    task = conversation.setup.task if endpoint.kind == "local" else None
    notes = playground.notes.find(text) if endpoint.kind == "local" and task is None else ()
    context = conversation.setup.context if task is None else None
    turn = Turn(
        text, (run,), task=task, notes=notes, left_out=made.left_out, context=context, images=images, id=turn_id
    )
    return _joined(playground, owner, conversation, run, turn)


def ask_again(
    playground: Playground,
    owner: str,
    endpoint: Endpoint,
    model: Model,
    turn_id: str,
    *,
    seeing: Sequence[Model] = (),
) -> Run:
    """Answers a question once more; the earlier answer stays as a version of the same turn."""
    conversation = playground.conversations.current(owner)
    turn = next((turn for turn in conversation.turns if turn.id == turn_id), None)
    if turn is None:
        raise ConfigError("This message is no longer here.", remedy="Send it as a new message.")
    _check(conversation, turn.text)
    playground.schemas.check(conversation.setup.schema)
    sees = sees_images(endpoint, model)
    if turn.images and not sees:
        raise _blind(endpoint, model, seeing)
    setup = replace(conversation.setup, task=turn.task, context=turn.context)
    made = asked(endpoint, model.id, setup, conversation.before(turn_id), turn.text, turn.images, sees=sees)
    message_id = f"{turn_id}.{len(turn.runs)}"
    run = playground.runs.start(owner, endpoint, made.request, message_id=message_id, price=model.price)
    return _joined(playground, owner, conversation, run, turn.answered_again(run))


def go_on(playground: Playground, owner: str, endpoint: Endpoint, model: Model, turn_id: str) -> Run:
    """Lets the last answer go on where max_tokens cut it off, in a run of its own that belongs to the same answer.

    The model is shown its own text and told to go on: servers do not agree on how to prolong a message. Raises
    ServiceError, and then nothing has changed.
    """
    conversation = playground.conversations.current(owner)
    turn = next((turn for turn in conversation.turns[-1:] if turn.id == turn_id), None)
    if turn is None:
        raise ConfigError("This answer is no longer the last one.", remedy="Ask for the rest in a new message.")
    _check(conversation, turn.text)
    if not can_go_on(turn):
        raise BadRequestError("This answer was not cut off by its length.", remedy="Ask in a new message.")
    setup = replace(conversation.setup, task=None, context=turn.context, schema="")
    sees, before = sees_images(endpoint, model), conversation.before(turn_id)
    request = asked(endpoint, model.id, setup, before, turn.text, turn.images if sees else (), sees=sees).request
    assert isinstance(request, ChatRequest)
    onward = (*request.messages, Message("assistant", turn.said), Message("user", GO_ON))
    message_id = f"{turn.run.id}.{len(turn.parts)}"
    run = playground.runs.start(
        owner, endpoint, replace(request, messages=onward), message_id=message_id, price=model.price
    )
    return _joined(playground, owner, conversation, run, turn.went_on(run, turn.run.id))


def _joined(playground: Playground, owner: str, conversation: Conversation, run: Run, turn: Turn) -> Run:
    """Puts the turn where it was asked, whatever is open meanwhile; an answer to nowhere is stopped."""
    kept = playground.conversations
    try:
        kept.update(owner, lambda now: now.with_turn(turn), conversation.id)
    except ConfigError:
        run.stop()
        raise
    run.when_done(lambda: kept.save(owner, conversation.id))
    return run


def _check(conversation: Conversation, text: str) -> None:
    if not text.strip():
        raise BadRequestError("The message is empty.", remedy="Type something to send.")
    if len(text) > CHARACTERS_MAX:
        raise BadRequestError(
            f"The message has {len(text):,} characters; at most {CHARACTERS_MAX:,} are sent.", remedy="Shorten it."
        )
    if conversation.live:
        raise BadRequestError("An answer is still being written.", remedy="Wait for it, or press Stop.")


def _check_images(
    playground: Playground,
    owner: str,
    endpoint: Endpoint,
    model: Model,
    images: tuple[Image, ...],
    seeing: Sequence[Model],
) -> None:
    if not sees_images(endpoint, model):
        raise _blind(endpoint, model, seeing)
    if len(images) > MAX_PER_MESSAGE:
        raise BadRequestError(
            f"{len(images)} images are attached; at most {MAX_PER_MESSAGE} go along with a question.",
            remedy="Leave some out.",
        )
    kept = [each for talk in playground.conversations.all(owner) for turn in talk.turns for each in turn.images]
    if sum(len(each.data) for each in (*kept, *images)) > IMAGE_BYTES_MAX:
        raise BadRequestError(
            f"Your conversations hold {IMAGE_BYTES_MAX / 1e6:g} MB of images, as many as are kept.",
            remedy="Delete a conversation with images.",
        )


def _blind(endpoint: Endpoint, model: Model, seeing: Sequence[Model]) -> BadRequestError:
    """Said before any call: such a model answers all the same, about a picture it never saw."""
    remedy = (
        f"Pick {' or '.join(other.label for other in seeing)}, or leave the image out."
        if seeing
        else "Pick an endpoint whose model sees images, or leave the image out."
    )
    who = f"The simulated {model.id}" if endpoint.word == "simulated" else model.label
    return BadRequestError(f"{who} reads text only and would not see the image.", remedy=remedy)
