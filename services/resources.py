"""The Streamlit cache decorators: what the process shares, and for how long. No secret is part of any cache key."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import streamlit as st

from services.embedding.agreement import Precision as AgreementPrecision
from services.embedding.clusters import Clusters, clusters
from services.embedding.embedded import Embedded
from services.embedding.keywords import KeywordSearch
from services.embedding.prepared import Prepared
from services.embedding.search import Hit, MeaningSearch
from services.encoder_trials import Agreement, agreements, precision
from services.encoding import Chosen, prepared
from services.endpoints import Endpoint
from services.errors import ServiceError
from services.exploring import Ground, judged
from services.hana_reach import driver_within
from services.models.catalog import Catalog
from services.playground import Playground, fingerprint, project_root
from services.reach import Reach
from services.settings import HanaSettings, load
from services.tables.connection import driver
from services.tables.demo_precision import Precision
from services.tables.desk import Desk
from services.tables.hana import HanaSource
from services.tables.source import Sample
from services.workspaces import Workspace

DEMO_S = 5.0
NEAREST = 8


@st.cache_resource(show_spinner=False, on_release=Playground.close)
def playground() -> Playground:
    """The HTTP pool, the runs and the children, one for all sessions; closed when the server ends."""
    return Playground(load(project_root(), os.environ))


@st.cache_resource(show_spinner=False, scope="session", on_release=Desk.release)
def demo_desk() -> Desk:
    """This session's way to the demo tables, which all sessions share."""
    return Desk(playground().demo, shared=True, quick_s=DEMO_S)


@st.cache_resource(show_spinner=False, scope="session", on_release=Desk.release, max_entries=1)
def hana_desk(number: int, _hana: HanaSettings, _reach: Reach | None) -> Desk:
    """This session's one connection to SAP HANA: its number-th, closed by the next and with the session.

    Streamlit ends it whenever the browser is gone, be it for a moment: ask here each time, and keep no Desk elsewhere.
    _reach None: the values are the app's own.
    """
    return Desk(HanaSource(_hana, load_driver=driver if _reach is None else driver_within(_hana.host, _reach)))


def prepared_of(workspace: Workspace, chosen: Chosen) -> Prepared:
    """What is sent of the sample in the workspace. Raises ConfigError as services.encoding.prepared does."""
    reader = f"{chosen.encoder.id} {chosen.limit_tokens}"
    return _prepared(workspace.number, workspace.template, workspace.cut_long, reader, workspace, chosen)


@st.cache_resource(max_entries=16, ttl="30m", show_spinner="Counting tokens …")
def _prepared(
    sample: int, template: str, cut_long: bool, reader: str, _workspace: Workspace, _chosen: Chosen
) -> Prepared:
    return prepared(_workspace, _chosen)


@dataclass(frozen=True)
class Listing:
    """The models of one endpoint; problem says why the live list is missing, when it is."""

    catalog: Catalog
    problem: ServiceError | None = None


def listing_of(endpoint: Endpoint) -> Listing:
    """The models of an endpoint as one visitor has it: what is kept is kept by its name, address, key and reach."""
    return _listing(endpoint.name, f"{fingerprint(endpoint)} {endpoint.kind} {endpoint.reach}", endpoint)


def listings(endpoints: Sequence[Endpoint]) -> tuple[Listing, ...]:
    """Of all of them, asked at once: those that are down are waited for together, not one after the other."""
    with st.spinner("Reading the lists of models …"), ThreadPoolExecutor(max(1, len(endpoints))) as workers:
        return tuple(workers.map(listing_of, endpoints))


@st.cache_data(ttl="30s", max_entries=32, show_spinner=False)
def _listing(name: str, scope: str, _endpoint: Endpoint) -> Listing:
    """Half a minute, so that an endpoint that was down is soon asked again; a list that came stays in _live."""
    try:
        return Listing(_live(name, scope, _endpoint))
    except ServiceError as problem:
        return Listing(playground().bundled_catalog(_endpoint), problem)


@st.cache_data(ttl="10m", max_entries=32, refresh_mode="background", show_spinner="Reading the list of models …")
def _live(name: str, scope: str, _endpoint: Endpoint) -> Catalog:
    return playground().catalog(_endpoint)


@st.cache_resource(max_entries=32, show_spinner=False)
def meaning_of(vectors: str, _embedded: Embedded) -> MeaningSearch:
    """The search by meaning over the vectors of that id."""
    return MeaningSearch(_embedded.row_vectors())


@st.cache_resource(max_entries=32, show_spinner=False)
def words_of(ground: str, _texts: Callable[[], Sequence[str | None]]) -> KeywordSearch:
    """The search by words over the texts of the rows of that ground."""
    return KeywordSearch(_texts())


@st.cache_resource(max_entries=32, show_spinner="Grouping the rows …")
def groups_of(ground: str, k: int | None, _embedded: Embedded, _texts: Callable[[], Sequence[str | None]]) -> Clusters:
    """k None: as many groups as are furthest apart."""
    return clusters(_embedded.row_vectors(), _texts(), k)


@st.cache_resource(max_entries=16, show_spinner="Asking all suggested questions …")
def quality_of(ground: str, _ground: Ground) -> tuple[tuple[Precision, ...], tuple[Precision, ...]]:
    """How well the suggested questions find their topic, by meaning and by words."""
    return judged(_ground, words_of(ground, _ground.texts))


@st.cache_resource(max_entries=64, show_spinner="Counting neighbours …")
def precision_of(
    vectors: str, texts: str, label: str, k: int, _embedded: Embedded, _sample: Sample
) -> AgreementPrecision | None:
    """Of a row's k nearest rows by the vectors of that id, how many have its own value of the label column."""
    return precision(_embedded, _sample.column(label), k)


@st.cache_resource(max_entries=64, show_spinner="Counting shared neighbours …")
def agreements_of(vectors: tuple[str, ...], k: int, _embedded: Sequence[Embedded | None]) -> tuple[Agreement, ...]:
    return agreements(_embedded, k)


def near_of(ground: Ground, row: int) -> tuple[Hit, ...]:
    """The rows nearest to one, by the cosine of their vectors."""
    return meaning_of(ground.embedded.id, ground.embedded).near(row, NEAREST)
