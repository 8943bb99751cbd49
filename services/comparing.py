"""Comparing as its users mean it: line-ups to begin with, and one prompt sent to all panels or to one of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from services.answers.comparisons import LETTERS, MAX_PANELS, MIN_PANELS, Comparison, FollowUp, Panel
from services.answers.line_ups import LineUp
from services.answers.resilience import MEASURED
from services.answers.runs import Run
from services.chat import CHARACTERS_MAX, completed, defaults
from services.endpoints import Endpoint
from services.errors import BadRequestError, ConfigError, ServiceError
from services.models.model import Model
from services.playground import Playground
from services.settings import LOCAL, SANDBOX, TOGETHER
from services.visitor import Visitor
from services.wire.types import ChatRequest, Message, Sampling

FIRST_PROMPT = "Explain what a column store is, and when it is the better choice. Answer in four sentences."
_LLAMA, _MIXTRAL = "meta-llama/Llama-3.3-70B-Instruct-Turbo", "mistralai/Mixtral-8x7B-Instruct-v0.1"
_GONE = ("meta-llama/Llama-2-70b-chat-hf", _MIXTRAL)

# An endpoint's name and a model id: what answers there, with its price. Raises ServiceError.
Resolve = Callable[[str, str], tuple[Endpoint, Model]]


def line_ups(visitor: Visitor) -> tuple[LineUp, ...]:
    """Those that can be asked now, the one to open first in front."""
    practice = LineUp(
        "practice",
        "Llama | Mixtral, simulated practice",
        (Panel(SANDBOX, _LLAMA), Panel(SANDBOX, _MIXTRAL)),
    )
    names = visitor.endpoint_names()
    found = []
    if TOGETHER in names:
        found += _successors(visitor)
    found.append(practice)
    if LOCAL in names:
        model = visitor.house.local_model_id()
        panels = tuple(Panel(LOCAL, model, Sampling(temperature=t)) for t in (0.2, 1.0))
        found.append(LineUp("temperatures", "Local at temperature 0.2 | 1.0", panels))
    return tuple(found)


def _successors(visitor: Visitor) -> list[LineUp]:
    """What the catalogue names first in place of Llama and of Mixtral: two different models, or no line-up."""
    catalog = visitor.house.bundled_catalog(visitor.endpoint(TOGETHER))
    chosen: list[str] = []
    for gone in _GONE:
        chosen += [model.id for model in catalog.substitutes(gone) if model.id not in chosen][:1]
    if len(chosen) < MIN_PANELS:
        return []
    return [LineUp("successors", "Llama successor | Mixtral successor", tuple(Panel(TOGETHER, m) for m in chosen))]


def from_link(text: str) -> tuple[Panel, ...]:
    """Panels from a link, `endpoint~model` joined by commas; a link carries models only, never a prompt.

    Raises ConfigError for what is no line-up.
    """
    panels = []
    for part in text.split(","):
        endpoint, mark, model = part.strip().partition("~")
        if not (endpoint and mark and model) or len(part) > 200:
            raise ConfigError("The link names no line-up.", remedy="Pick models below.")
        panels.append(Panel(endpoint, model))
    if not MIN_PANELS <= len(panels) <= MAX_PANELS:
        raise ConfigError(f"A line-up has {MIN_PANELS} to {MAX_PANELS} models.", remedy="Pick models below.")
    return tuple(panels)


def to_link(panels: tuple[Panel, ...]) -> str:
    return ",".join(f"{panel.endpoint}~{panel.model}" for panel in panels)


def ask_all(
    playground: Playground, owner: str, resolve: Resolve, *, chance: Callable[[], float] = random.random
) -> None:
    """Sends the prompt to every panel at once, each in a thread of its own, none of them retried.

    In a blind round chance (0..1) decides which of the two stands first. A panel that cannot be asked does not keep the
    others from it: its problem is raised after they were sent. Whatever is being written is stopped, unless it is
    just what would be sent: then nothing is, however often this is called.
    """
    with playground.comparisons.asking(owner):
        comparison = _current(playground, owner)
        check(comparison)
        if _being_written(comparison):
            return
        for run in filter(None, comparison.runs):
            run.stop()
        playground.comparisons.update(owner, lambda now: now.begun(swap=chance() < 0.5))
        places = range(len(_current(playground, owner).panels))
        _each(lambda place: ask_one(playground, owner, place, resolve), places)


def _being_written(comparison: Comparison) -> bool:
    """Whether what stands here, unfinished and not stopped, is the round that would be sent now."""
    runs = [comparison.run_at(place) for place in range(len(comparison.panels))]
    return (
        any(run is not None and run.live and not run.call.stopped for run in runs)
        and comparison.hidden == comparison.begun(swap=False).hidden
        and all(
            run is not None and run.request == request_of(comparison, place, run.endpoint)
            for place, run in enumerate(runs)
        )
    )


def ask_one(playground: Playground, owner: str, place: int, resolve: Resolve) -> Run:
    """Sends the prompt to one panel; whatever stood there is replaced.

    A blind round ends where the model cannot be had, as the problem names it.
    """
    return _ask(playground, owner, place, _current(playground, owner).panels[place], resolve)


def ask_on(playground: Playground, owner: str, question: str, places: Sequence[int], resolve: Resolve) -> None:
    """Asks these panels a further question, each after its own turns. A panel that cannot be asked stays as it was.

    Raises BadRequestError where one has no finished answer to go on from, and in a blind round.
    """
    comparison = _current(playground, owner)
    if comparison.hidden:
        raise BadRequestError("This round is blind.", remedy="Vote first.")
    _each(
        lambda place: _ask(playground, owner, place, _followed(comparison, place, question), resolve),
        places,
    )


def _each(ask: Callable[[int], object], places: Iterable[int]) -> None:
    """Raises the first problem, after all places were asked."""
    problems = []
    for place in places:
        try:
            ask(place)
        except ServiceError as problem:
            problems.append(problem)
    if problems:
        raise problems[0]


def _followed(comparison: Comparison, place: int, question: str) -> Panel:
    panel, run = comparison.panels[place], comparison.run_at(place)
    if run is None or run.live or not run.text() or not isinstance(run.request, ChatRequest):
        raise BadRequestError(f"{LETTERS[place]} has no finished answer to go on from.", remedy="Press Again first.")
    earlier = () if panel.follow_up is None else panel.follow_up.earlier
    asked = str(run.request.messages[-1].content)
    return replace(panel, follow_up=FollowUp(question, (*earlier, (asked, run.text()))))


def _ask(playground: Playground, owner: str, place: int, panel: Panel, resolve: Resolve) -> Run:
    comparison = _current(playground, owner)
    check(comparison if panel.follow_up is None else replace(comparison, prompt=panel.follow_up.question))
    try:
        endpoint, model = resolve(panel.endpoint, panel.model)
    except ServiceError:
        playground.comparisons.update(owner, Comparison.revealed)
        raise
    earlier = comparison.run_at(place)
    if earlier is not None and earlier.live:
        raise BadRequestError(f"{LETTERS[place]} is still writing.", remedy="Wait for it, or press Stop.")
    request = request_of(comparison, place, endpoint)
    if panel.follow_up is not None:
        request = replace(request, messages=(*request.messages[:-1], *_turns(panel.follow_up)))
    before = "first" if earlier is None else earlier.id
    message_id = f"{comparison.id}.{comparison.round}.{place}.{before}"
    run = playground.runs.start(owner, endpoint, request, message_id=message_id, price=model.price, policy=MEASURED)
    playground.comparisons.update(owner, lambda now: now.with_run(place, run, panel))
    return run


def _turns(follow_up: FollowUp) -> Iterator[Message]:
    for question, answer in follow_up.earlier:
        yield Message("user", question)
        yield Message("assistant", answer)
    yield Message("user", follow_up.question)


def request_of(comparison: Comparison, place: int, endpoint: Endpoint) -> ChatRequest:
    """The prompt as this panel is asked it; max_tokens is always set."""
    system = (Message("system", comparison.system),) if comparison.system else ()
    sampling = completed(comparison.sampling_of(place), defaults(endpoint.kind))
    messages = (*system, Message("user", comparison.sent))
    return ChatRequest(comparison.panels[place].model, messages, sampling)


def _current(playground: Playground, owner: str) -> Comparison:
    comparison = playground.comparisons.current(owner)
    if comparison is None:
        raise ConfigError("There is no comparison.", remedy="Pick a line-up.")
    return comparison


def check(comparison: Comparison) -> None:
    if not comparison.prompt.strip():
        raise BadRequestError("The prompt is empty.", remedy="Type something to ask.")
    if len(comparison.prompt) > CHARACTERS_MAX:
        raise BadRequestError(
            f"The prompt has {len(comparison.prompt):,} characters; at most {CHARACTERS_MAX:,} are sent.",
            remedy="Shorten it.",
        )
