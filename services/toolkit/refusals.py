"""Errors as a script needs them: what to do stands in the traceback, and a model that is gone names its substitutes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from services.errors import BadRequestError, NotFoundError, ServiceError
from services.toolkit.targets import Target

Asked = Literal["chat", "completion", "embedding"]


@contextmanager
def in_script_words(target: Target | None = None, asked: Asked = "chat") -> Iterator[None]:
    """Completes every ServiceError that passes through."""
    try:
        yield
    except ServiceError as error:
        complete(error, target, asked)
        raise


def complete(error: ServiceError, target: Target | None, asked: Asked) -> None:
    """str(error) becomes message and remedy: an uncaught error shows nothing else."""
    if target is not None and error.status is not None:
        if asked == "completion" and _refuses_completions(error):
            error.remedy = f"{error.remedy} If this model only chats, call generate_chat_completion instead."
        elif isinstance(error, NotFoundError):
            _name_substitutes(error, target, asked)
    # Remedies are written for a page with a button.
    error.remedy = error.remedy.replace("press Again", "call again")
    error.args = (f"{error.message} {error.remedy}",)


def _refuses_completions(error: ServiceError) -> bool:
    """A model that is not there is not one that only chats; a path that is not there is."""
    if isinstance(error, NotFoundError):
        return error.code is None and "model" not in error.message.lower()
    return isinstance(error, BadRequestError)


def _name_substitutes(error: NotFoundError, target: Target, asked: Asked) -> None:
    if target.endpoint.kind != "together":
        error.remedy = "Pick one that get_available_models() lists, or set TOGETHER_API_KEY to ask Together."
        return
    from services.models.catalog import Facts, build

    catalog = build(target.endpoint, None, Facts.bundled())
    retired = catalog.retired(target.model)
    if retired is not None:
        error.message = f"{error.message.rstrip('.')}. {retired.sentence}"
    if asked == "embedding":
        error.remedy = "Leave model and TOGETHER_DEFAULT_EMBEDDING_MODEL out for the encoder on this machine."
        return
    ids = " or ".join(model.id for model in catalog.substitutes(target.model))
    error.remedy = f"Pass model or set TOGETHER_DEFAULT_MODEL{f' to {ids}' if ids else ''}."
