"""Asking models about rows as its users mean it: what a visitor begins with, and the plan that is made of it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace

from services.answers.comparisons import Panel
from services.chat import completed, defaults
from services.comparing import Resolve
from services.embedding import texts
from services.endpoints import Endpoint
from services.errors import BadRequestError, ConfigError, ServiceError
from services.matrix.checks import Expected
from services.matrix.forecast import forecast
from services.matrix.job import Matrix
from services.matrix.lanes import Place
from services.matrix.plans import MAX_ROWS, Plan, entrant, plan_of
from services.matrix.template import parse, readable
from services.matrix_setups import Setup
from services.playground import Playground
from services.settings import LOCAL, SANDBOX
from services.tables.demo_catalogue import NOTIFICATION
from services.tables.source import Sample
from services.wire.types import Sampling
from services.workspaces import Workspace

DEMO_PROMPT = (
    "Summarise this notification in one sentence and name its number and priority. "
    "Number {{QMNUM}}, priority {{PRIOK}}: {{LTXT}}"
)
_LLAMA, _MIXTRAL = "meta-llama/Llama-3.3-70B-Instruct-Turbo", "mistralai/Mixtral-8x7B-Instruct-v0.1"


def setup_of(house: Playground, owner: str) -> Setup:
    """What the visitor set up, fitted to the sample he has now; needs a sample."""
    workspace = house.workspaces.current(owner)
    first = first_panels(house) if house.matrix_setups.current(owner) is None else ()
    return house.matrix_setups.update(owner, lambda kept: _fitted(Setup(first) if kept is None else kept, workspace))


def change(house: Playground, owner: str, changed: Callable[[Setup], Setup]) -> Setup:
    """Nothing changes where nothing was set up yet."""

    def update(kept: Setup | None) -> Setup:
        return changed(Setup(first_panels(house)) if kept is None else kept)

    return house.matrix_setups.update(owner, update)


def first_panels(house: Playground) -> tuple[Panel, ...]:
    """Local beside a simulated model; two simulated ones where Local cannot run."""
    if LOCAL in house.endpoint_names():
        return Panel(LOCAL, house.local_model_id()), Panel(SANDBOX, _LLAMA)
    return Panel(SANDBOX, _LLAMA), Panel(SANDBOX, _MIXTRAL)


def first_prompt(sample: Sample) -> str:
    """Asks for the texts of a row. Empty where the sample has no column that can be read."""
    names = readable(sample)
    if sample.info.object == NOTIFICATION.name and {"QMNUM", "PRIOK", "LTXT"} <= set(names):
        return DEMO_PROMPT
    try:
        used = texts.parse(texts.default_template(sample), names).columns
    except ServiceError:
        return ""
    return f"Summarise this in one sentence: {' '.join(f'{{{{{name}}}}}' for name in used)}"


def rows_of(workspace: Workspace, setup: Setup) -> tuple[int, ...]:
    """The selected rows, or else the first of the sample; never more than MAX_ROWS."""
    if workspace.selected:
        return workspace.selected[:MAX_ROWS]
    there = 0 if workspace.sample is None else len(workspace.sample.rows)
    return tuple(range(min(setup.rows, there, MAX_ROWS)))


def plan_for(workspace: Workspace, setup: Setup, resolve: Resolve, *, seed: int = 0) -> Plan:
    """Raises ServiceError where a model cannot be had, or in one sentence what cannot be asked; needs a sample."""
    assert workspace.sample is not None
    entrants = []
    for panel in setup.panels:
        endpoint, model = resolve(panel.endpoint, panel.model)
        sampling = completed(Sampling(max_tokens=setup.max_tokens), defaults(endpoint.kind))
        entrants.append(entrant(endpoint, model.id, price=model.price, sampling=sampling))
    return plan_of(
        setup.text,
        workspace.sample,
        rows_of(workspace, setup),
        entrants,
        system=setup.system,
        cap_usd=setup.ceiling_usd,
        seed=seed,
    )


def start(
    house: Playground, owner: str, resolve: Resolve, *, confirmed: bool = False, seed: int | None = None
) -> Matrix:
    """Asks what is set up. seed draws the order of the models in each row; None: drawn anew.

    Raises ServiceError where it may not begin, see Matrices.start.
    """
    workspace, setup = house.workspaces.current(owner), house.matrix_setups.current(owner)
    if workspace.sample is None or setup is None:
        raise BadRequestError("There are no rows to ask about.", remedy="Read a sample first.")
    drawn = secrets.randbits(32) if seed is None else seed
    plan = plan_for(workspace, setup, resolve, seed=drawn)
    return house.matrices.start(owner, plan, checks=setup.checks, confirmed=confirmed)


def again(house: Playground, owner: str, places: Sequence[Place], endpoint_of: Callable[[str], Endpoint]) -> Matrix:
    """Asks cells once more; a part of what was asked needs no other word than the whole did.

    Raises ServiceError where one of their endpoints cannot be had any more, see Matrices.again otherwise.
    """
    plan, asked = house.matrices.known(owner).plan, {place for _, place in places}
    endpoints = [_now(each, endpoint_of) if place in asked else each for place, each in enumerate(plan.endpoints)]
    return house.matrices.again(owner, places, endpoints, confirmed=forecast(plan).to_confirm)


def _now(then: Endpoint, endpoint_of: Callable[[str], Endpoint]) -> Endpoint:
    """With its key. Raises ConfigError where the name stands for another server; a built-in one may change its port."""
    now = endpoint_of(then.name)
    if then.name not in (LOCAL, SANDBOX) and (now.kind, now.base_url) != (then.kind, then.base_url):
        raise ConfigError(f"{then.name} is another server now than when the rows were asked.", remedy="Ask all anew.")
    return now


def _fitted(setup: Setup, workspace: Workspace) -> Setup:
    """With another sample the prompt is begun anew if it names columns that are not there; so go such checks."""
    sample = workspace.sample
    if sample is None or setup.number == workspace.number:
        return setup
    names = {column.name for column in sample.columns}
    checks = tuple(check for check in setup.checks if not isinstance(check, Expected) or check.column in names)
    fitted = replace(setup, number=workspace.number, checks=checks)
    return fitted if _fits(setup.text, sample) else fitted.rewritten(first_prompt(sample))


def _fits(text: str, sample: Sample) -> bool:
    try:
        parse(text, readable(sample))
    except BadRequestError:
        return False
    return True
