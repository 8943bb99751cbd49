"""A run or a repeat that has ended holds no key any more, and still knows when and how it went."""

from __future__ import annotations

import gc
from dataclasses import replace

import pytest

from services.answers.gateway import Gateway
from services.answers.repeat_jobs import Repeats
from services.answers.repeats import Asked, Plan
from services.answers.resilience import MEASURED, Policy
from services.answers.runs import Runs
from services.endpoints import Endpoint
from services.wire.call import Call
from services.wire.transport import Pool
from services.wire.types import ChatRequest, Message
from tests.answers.scripted import TOGETHER, Script, ScriptedStream
from tests.faults.server import WHOLE_STREAM, Behaviour, FaultServer, says_no, streams

KEY = "key-invented-for-finished-runs"


def held_by(root: object) -> set[int]:
    """Every object that can be reached from root without passing through a class, a module or a function's globals."""
    seen: dict[int, object] = {}
    open_ = [root]
    while open_:
        here = open_.pop()
        if id(here) in seen or isinstance(here, type) or type(here).__name__ == "module":
            continue
        seen[id(here)] = here
        if not hasattr(here, "__globals__"):
            open_ += gc.get_referents(here)
        else:
            open_ += [cell.cell_contents for cell in getattr(here, "__closure__", None) or ()]
    return set(seen)


@pytest.mark.parametrize("behaviour", [streams(WHOLE_STREAM), says_no(401)])
def test_a_finished_run_leads_to_no_key(behaviour: Behaviour) -> None:
    key = "".join((KEY, "-1"))
    with FaultServer((behaviour,)) as server, Pool() as pool:
        runs = Runs(Gateway(pool))
        endpoint = Endpoint("lab", "openai", server.url, key)
        run = runs.start("ann", endpoint, ChatRequest("acme/tiny", (Message("user", "Hi"),)), message_id="1")
        run.wait(5)
        runs.close()
        assert f"Authorization: Bearer {key}".encode() in server.requests[0]
    assert run.endpoint.name == "lab"
    assert run.endpoint.api_key is None
    assert endpoint.api_key is key
    assert id(key) not in held_by(run)
    assert run.sent_ns <= (run.ended_ns or 0)


class Defective(Script):
    """Breaks as only a defect of ours would, with the key in its hands."""

    def stream_chat(
        self, endpoint: Endpoint, request: ChatRequest, *, policy: Policy = MEASURED, call: Call | None = None
    ) -> ScriptedStream:
        held = endpoint.api_key
        raise ZeroDivisionError(held is None)


def test_a_defect_leads_to_no_key_either() -> None:
    endpoint = replace(TOGETHER, api_key="".join((KEY, "-2")))
    runs = Runs(Defective())
    run = runs.start("ann", endpoint, ChatRequest("acme/tiny", (Message("user", "Hi"),)), message_id="1")
    with pytest.raises(ZeroDivisionError):
        run.wait(5)
    runs.close()
    assert id(endpoint.api_key) not in held_by(run._future)
    assert id(endpoint.api_key) not in held_by(run)


@pytest.mark.parametrize("max_live_per_owner", [8, 0])
def test_a_repeat_that_has_ended_leads_to_no_key(max_live_per_owner: int) -> None:
    """Be it done, or refused by what runs the answers."""
    endpoint = replace(TOGETHER, api_key="".join((KEY, "-3")))
    request = ChatRequest("acme/tiny", (Message("user", "Hi"),))
    runs = Runs(Script(), max_live_per_owner=max_live_per_owner)
    repeats = Repeats(runs)
    job = repeats.start("ann", Plan((Asked(endpoint, request, None, None),), 1, False, None, 0))
    stage = job.wait(5).stage
    repeats.close()
    runs.close()
    assert stage == ("done" if max_live_per_owner else "failing")
    assert job.snapshot().plan.asked[0].endpoint.name == endpoint.name
    assert id(endpoint.api_key) not in held_by(job)
