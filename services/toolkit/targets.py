"""Which endpoint and model answer a call of a script; says once where that is not Together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.endpoints import Endpoint
from services.errors import ConfigError, ServiceError
from services.routing import Route, route
from services.settings import LOCAL, SANDBOX, Settings
from services.toolkit.notices import Notices
from services.wire.types import ListedModel

if TYPE_CHECKING:
    from services.toolkit.servers import Servers

_SOME_MODEL = "some model of Together"
_MARKS = {
    LOCAL: "It is small and often wrong.",
    SANDBOX: "Its answers and figures are invented; set TOGETHER_API_KEY for real ones.",
}


@dataclass(frozen=True)
class Target:
    endpoint: Endpoint
    model: str


class Targets:
    """listed asks an endpoint for its models. Raises ConfigError at once where settings stand in the way."""

    def __init__(
        self,
        settings: Settings,
        servers: Callable[[], Servers],
        notices: Notices,
        listed: Callable[[Endpoint], tuple[ListedModel, ...]],
    ) -> None:
        self._settings, self._servers, self._notices, self._listed = settings, servers, notices, listed
        self._route(_SOME_MODEL)
        for sentence in (*(f"{p.message} {p.remedy}" for p in settings.problems), *settings.warnings):
            notices.say(sentence, sentence)

    @property
    def lack_a_key(self) -> bool:
        """Whether Together would be asked, were there a key."""
        return self._route(_SOME_MODEL).kind == "sandbox"

    def chat(self, model: str | None) -> Target:
        """For a chat or a completion. Raises ServiceError where nobody can answer."""
        named = self._settings.together_default_model if model is None else model
        endpoint = self._endpoint(named)
        if endpoint.kind == "local":
            return Target(endpoint, self._local_model(named))
        return Target(endpoint, self._default(endpoint) if named is None else named)

    def embedding(self, model: str | None) -> Target | None:
        """None: the encoder on this machine, which is meant whenever no model is named, or its own name is."""
        from services.toolkit.encoding import encoder

        named = self._settings.together_default_embedding_model if model is None else model
        if named is None or named == encoder().name:
            return None
        found = self._route(named)
        if found.kind == "local":
            if model is None:
                self._notices.say("encoder", f"{found.reason} Embeddings come from the encoder on this machine.")
                return None
            # Vectors of another model would not mix with those the caller has.
            raise ConfigError(
                f"{named} cannot be asked for embeddings. {found.reason}",
                remedy="Leave model out for the encoder on this machine, or take the switch out.",
            )
        return Target(self._remote(found), named)

    def endpoints(self) -> tuple[Endpoint, ...]:
        """Whom a call without a model would reach, and the Sandbox where naming one leads there."""
        default = self._endpoint(None)
        named = self._route(_SOME_MODEL)
        return (default,) if named.kind in ("local", default.kind) else (default, self._remote(named))

    def _endpoint(self, named: str | None) -> Endpoint:
        asked = None if named is None or self._is_local(named) else named
        found = self._route(asked)
        if found.kind == "local":
            try:
                child = self._servers().local.child()
            except ServiceError as problem:
                found = self._route(asked, local_problem=problem.message)
            else:
                self._say(LOCAL, found.reason)
                return Endpoint(LOCAL, "local", child.base_url, child.api_key)
        return self._remote(found)

    def _remote(self, found: Route) -> Endpoint:
        endpoint = self._settings.together_endpoint()
        if found.kind == "together" and endpoint is not None:
            return endpoint
        child = self._servers().sandbox.child()
        self._say(SANDBOX, found.reason)
        return Endpoint(SANDBOX, "sandbox", child.base_url, child.api_key)

    def _route(self, named: str | None, local_problem: str | None = None) -> Route:
        found = route(self._settings, local_problem=local_problem, surface="toolkit", model=named)
        if found.error is not None:
            raise found.error
        return found

    def _is_local(self, named: str) -> bool:
        if self._settings.together_api_key is not None:
            return False
        try:
            return named == self._servers().local_model_id()
        except ServiceError:
            return False

    def _local_model(self, named: str | None) -> str:
        own = self._servers().local_model_id()
        if named is not None and named != own:
            self._notices.say(f"instead of {named}", f"{own} answers in place of {named}.")
        return own

    def _default(self, endpoint: Endpoint) -> str:
        from services.models.catalog import Facts, build, default_chat

        # Together's list would cost a request; its dated facts name a model that can be called.
        listed = None if endpoint.kind == "together" else self._listed(endpoint)
        choice = default_chat(build(endpoint, listed, Facts.bundled()), None)
        if choice.model_id is None:
            raise ConfigError(choice.reason, remedy="Pass model, or set TOGETHER_DEFAULT_MODEL.")
        return choice.model_id

    def _say(self, name: str, reason: str) -> None:
        self._notices.say(name, f"{reason} {_MARKS[name]}")
