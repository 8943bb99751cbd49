"""What one process shares: the HTTP pool, the gateway, the runs, the conversations and the two embedded servers."""

from __future__ import annotations

import gc
import hashlib
from datetime import UTC, datetime
from pathlib import Path

from services.answers.comparisons import Comparisons
from services.answers.completions import Sheet
from services.answers.conversation_store import FILE as CONVERSATIONS_FILE
from services.answers.conversation_store import ConversationStore
from services.answers.gateway import Gateway
from services.answers.library import Conversations
from services.answers.line_ups import LineUps
from services.answers.prompts import Prompts
from services.answers.recordings import Recordings
from services.answers.repeat_jobs import Repeats
from services.answers.resilience import Backoff
from services.answers.runs import Runs
from services.answers.votes import Votes
from services.checking import Checks
from services.embedded.local import model as local
from services.embedded.on_demand import OnDemand, sandbox_child
from services.embedding.encoder import LocalEncoder
from services.embedding.jobs import Jobs
from services.embedding.notes import NoteSearch, read_notes
from services.embedding.vector_store import VectorStore
from services.encoder_trials import Trials
from services.endpoints import Endpoint
from services.errors import ConfigError, ServiceError
from services.explorations import Explorations
from services.maps import Maps
from services.matrix.jobs import Matrices
from services.matrix_setups import Setups
from services.models.catalog import Catalog, Facts, build
from services.models.facts import folded
from services.models.joining import removed
from services.models.model import Model
from services.models.observed import Observations
from services.network import network_of
from services.observing import observer
from services.per_owner import PerOwner
from services.probing import Probes
from services.routing import Route, route
from services.schemas import Schemas
from services.settings import LOCAL, SANDBOX, Settings
from services.tables.demo import DemoSource
from services.wire.limits import Limits
from services.wire.transport import Pool
from services.workspaces import Workspaces


class Playground:
    """Made once per process from its settings; close() ends everything it started."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.pool = Pool(network_of(settings))
        self.gateway = Gateway(
            self.pool,
            limits=Limits(total_timeout_s=settings.timeout_s),
            backoff=Backoff(max_attempts=settings.max_attempts),
        )
        self.observations = Observations()
        self.runs = Runs(self.gateway, on_end=observer(self.observations))
        self.checks = Checks(self.runs)
        self.probes = Probes(self.gateway)
        self.conversations = Conversations(ConversationStore(project_root() / settings.data_dir / CONVERSATIONS_FILE))
        self.schemas = Schemas()
        self.prompts = Prompts()
        self.comparisons = Comparisons()
        self.completions = PerOwner(Sheet, max_owners=500)
        self.line_ups = LineUps()
        self.recordings = Recordings()
        self.repeats = Repeats(self.runs)
        self.matrices = Matrices(self.runs)
        self.matrix_setups = Setups()
        self.votes = Votes()
        self.encoder = LocalEncoder()
        self.demo = DemoSource()
        self.vectors = VectorStore(project_root() / settings.data_dir / "vectors.sqlite")
        self.embeddings = Jobs(self.vectors)
        self.workspaces = Workspaces()
        self.explorations = Explorations()
        self.maps = Maps()
        self.trials = Trials(self.vectors)
        self.notes = NoteSearch(read_notes(), self.encoder)
        self._facts = Facts.bundled()
        self._local = OnDemand(lambda: local.start(local.find(settings.local_model_path)))
        self._sandbox = OnDemand(sandbox_child)

    def warm(self) -> None:
        """Starts and loads what the first visitors will need, so that they do not wait for it."""
        self.local_problem()
        self.notes.find("warm")
        import pandas  # noqa: F401  tables draw with it, and it is slow to import

        settle()

    def close(self) -> None:
        self.repeats.close()
        self.embeddings.close()
        self.trials.close()
        self.probes.close()
        self.matrices.close()
        self.explorations.close()
        self.maps.close()
        self.runs.close()
        self.schemas.close()
        self._local.stop()
        self._sandbox.stop()
        self.demo.close()
        self.vectors.close()
        self.pool.close()

    def route(self) -> Route:
        return route(self.settings, local_problem=self.local_problem())

    def local_problem(self) -> str | None:
        """Why Local cannot answer, in one sentence; None when it can."""
        try:
            self._local.child()
        except ServiceError as problem:
            return problem.message
        return None

    def local_model_id(self) -> str:
        """Raises UnavailableError or ConfigError where there is none."""
        return local.find(self.settings.local_model_path).id

    def endpoint_names(self) -> tuple[str, ...]:
        """Those that can be asked now, the real remote ones first."""
        own = self.settings.together_endpoint()
        remote = [*([own.name] if own is not None else []), *(e.name for e in self.settings.endpoints)]
        return (*remote, *([] if self.local_problem() else [LOCAL]), SANDBOX)

    def endpoint(self, name: str) -> Endpoint:
        """Raises UnavailableError for Local and Sandbox where they cannot run, ConfigError for an unknown name."""
        if name == LOCAL:
            child = self._local.child()
            return Endpoint(LOCAL, "local", child.base_url, child.api_key)
        if name == SANDBOX:
            child = self._sandbox.child()
            return Endpoint(SANDBOX, "sandbox", child.base_url, child.api_key)
        own = self.settings.together_endpoint()
        for endpoint in (*([own] if own is not None else []), *self.settings.endpoints):
            if endpoint.name == name:
                return endpoint
        raise ConfigError(f"There is no endpoint named {name}.", remedy="Pick another endpoint.")

    def catalog(self, endpoint: Endpoint) -> Catalog:
        """The endpoint's own list of models with the bundled facts. Raises ServiceError when the list cannot be had."""
        return build(endpoint, self.gateway.models(endpoint), self._facts, listed_on=datetime.now(UTC).date())

    def bundled_catalog(self, endpoint: Endpoint) -> Catalog:
        """What the bundled facts know, without asking anybody."""
        return build(endpoint, None, self._facts)

    def removed_models(self, catalog: Catalog) -> tuple[Model, ...]:
        """What left the offer of the catalogue's endpoint and stands in no list of it any more."""
        if catalog.facts is None:
            return ()
        return removed(catalog.endpoint, {folded(model.id) for model in catalog.models}, catalog.facts)


def settle() -> None:
    """Takes all that stands out of every later garbage collection.

    Streamlit collects fully after each rerun of a fragment, many times a minute while an answer streams.
    """
    gc.collect()
    gc.freeze()


def fingerprint(endpoint: Endpoint) -> str:
    """Tells one key from another without being one: what caches may be keyed by."""
    return hashlib.sha256(f"{endpoint.base_url}\0{endpoint.api_key}".encode()).hexdigest()[:16]


def project_root() -> Path:
    return Path(__file__).resolve().parents[1]
