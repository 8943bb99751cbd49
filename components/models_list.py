"""The models of all endpoints as rows to browse, and why an endpoint's own list is missing, where it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import streamlit as st

from components.feedback import plain
from components.page_head import grey
from components.state import owner
from components.visitor import visitor
from services.checking import Check
from services.endpoints import Endpoint, Patience
from services.errors import ServiceError
from services.models.browsing import Address, Entry
from services.models.catalog import Catalog
from services.models.model import Model
from services.resources import listings, playground
from services.settings import TOGETHER

KEY = "models"
_BRIEF = Patience(total_timeout_s=8.0, max_attempts=1)
_NO_KEY = "No key is set for Together: what stands here of it was compiled on {day}, and cannot be asked."


@dataclass(frozen=True)
class Gathered:
    """entries of all endpoints, with the catalogue each stands in; problems by endpoint; notes are for the reader."""

    entries: tuple[Entry, ...]
    catalogs: Mapping[str, Catalog]
    problems: Mapping[str, ServiceError]
    notes: tuple[str, ...] = ()

    def entry(self, address: Address) -> Entry | None:
        return next((entry for entry in self.entries if entry.address == address), None)


@dataclass(frozen=True)
class _Source:
    """An endpoint with its catalogue. askable: a request can be sent to it now."""

    endpoint: Endpoint
    catalog: Catalog
    askable: bool = True


def gathered() -> Gathered:
    """Raises nothing of ServiceError: an endpoint that cannot be had is a problem among others."""
    sources, problems = _sources()
    notes = [source.catalog.note for source in sources if source.catalog.note is not None and source.askable]
    notes += [_no_key(source.catalog) for source in sources if not source.askable]
    checks = playground().checks.of(owner())
    entries = [_entry(source, model, checks) for source in sources for model in _models(source.catalog)]
    catalogs = {source.endpoint.name: source.catalog for source in sources}
    return Gathered(tuple(entries), catalogs, problems, tuple(notes))


def _sources() -> tuple[list[_Source], dict[str, ServiceError]]:
    """Together stands among them without a key too: what it offers can be read, and not asked."""
    endpoints, problems = _endpoints()
    sources = []
    for endpoint, found in zip(endpoints, listings(endpoints), strict=True):
        sources.append(_Source(endpoint, found.catalog))
        if found.problem is not None:
            problems[endpoint.name] = found.problem
    if not visitor().has_together:
        unasked = Endpoint(TOGETHER, "together", "")
        sources.append(_Source(unasked, playground().bundled_catalog(unasked), askable=False))
    return sources, problems


def _endpoints() -> tuple[list[Endpoint], dict[str, ServiceError]]:
    """Each is asked for its list once and briefly: one that is down must not hold up the page for long."""
    endpoints, problems = [], {}
    for name in visitor().endpoint_names():
        try:
            endpoints.append(replace(visitor().endpoint(name), patience=_BRIEF))
        except ServiceError as problem:
            problems[name] = problem
    return endpoints, problems


def _no_key(catalog: Catalog) -> str:
    return _NO_KEY.format(day="a day not known" if catalog.facts is None else catalog.facts.as_of.isoformat())


def _models(catalog: Catalog) -> Iterator[Model]:
    yield from catalog.models
    yield from playground().removed_models(catalog)


def _entry(source: _Source, model: Model, checks: Mapping[Address, Check]) -> Entry:
    check = checks.get((model.endpoint, model.id))
    same = check is not None and check.run.endpoint.base_url == source.endpoint.base_url
    return Entry(
        model,
        source.endpoint.word,
        askable=source.askable,
        observed=playground().observations.of(source.endpoint, model.id),
        verdict=check.verdict if check is not None and same else None,
    )


def notices(here: Gathered) -> None:
    """Which endpoints could not be asked for their list, and what stands here instead."""
    if here.problems:
        lines = [
            f"**{plain(name)}:** {plain(problem.message)} {plain(problem.remedy)}"
            for name, problem in here.problems.items()
        ]
        st.warning("  \n".join(lines), icon=":material/cloud_off:")
    for note in here.notes:
        grey(plain(note))
