"""A comparison is kept with the time of every piece, goes through a file, and plays again with nobody asked."""

from __future__ import annotations

import json
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from services.answers.comparisons import Comparison, Panel
from services.answers.recording_files import MAX_TIME_NS, from_json, to_json
from services.answers.recordings import Recordings, record, recordable
from services.answers.replays import SPEEDS, Playhead, Playing
from services.answers.runs import Runs
from services.endpoints import Endpoint
from services.errors import BadRequestError, ConfigError, ConnectError, ServiceError
from services.playground import Playground
from services.recording import keep
from services.wire.types import Message, Sampling, Usage
from tests.answers.recorded import HOSTILE, MS, PRICE, panel, recording
from tests.answers.scripted import SANDBOX, Script, chat

GATEWAY = Endpoint("Gateway", "openai", "https://gateway.example:8443/v1", "tgp_v1_invented")
PROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"


def changed(**values: Any) -> bytes:
    """A good file with these fields of panel B set to something else."""
    document = json.loads(to_json(recording()))
    document["panels"][1].update(values)
    return json.dumps(document).encode()


@pytest.fixture
def answered() -> Iterator[Callable[..., Comparison]]:
    """A comparison whose panels were answered by these scripts."""
    started: list[Runs] = []

    def asked(*scripts: Script, endpoint: Endpoint = SANDBOX) -> Comparison:
        panels = tuple(Panel(endpoint.name, "org/model") for _ in scripts)
        comparison = Comparison(panels, prompt="Edited since", system="This too")
        for place, script in enumerate(scripts):
            runs = Runs(script)
            started.append(runs)
            run = runs.start("ann", endpoint, chat(), message_id="1", price=PRICE)
            run.wait(5)
            comparison = comparison.with_run(place, run)
        return comparison

    yield asked
    for runs in started:
        runs.close()


def test_what_was_answered_is_what_is_kept(answered: Callable[..., Comparison]) -> None:
    comparison = answered(Script(usage=Usage(3, 2)), Script())
    kept = record(comparison, app_version="0.1.0")
    assert (kept.prompt, kept.system, [panel.letter for panel in kept.panels]) == ("Hello", "", ["A", "B"])
    for panel_, run in zip(kept.panels, comparison.runs, strict=True):
        assert run is not None
        assert panel_.result == run.result
        assert [chunk.t_ns for chunk in panel_.chunks] == [chunk.t_ns - run.sent_ns for chunk in run.chunks()]
        assert panel_.price == PRICE
        assert panel_.ended_ns is None


def test_a_kept_recording_tells_the_version_of_the_app_and_the_day_of_its_prices(
    house: Playground, answered: Callable[..., Comparison]
) -> None:
    kept = keep(house, "ann", answered(Script(), Script()))
    written = json.loads(to_json(kept))
    assert written["app_version"] == tomllib.loads(PROJECT.read_text("utf-8"))["project"]["version"]
    assert [panel_["price"]["as_of"] for panel_ in written["panels"]] == ["2026-11-01"] * 2
    assert [panel_.price for panel_ in from_json(to_json(kept)).panels] == [PRICE] * 2


def test_nothing_is_kept_before_every_panel_has_ended(answered: Callable[..., Comparison]) -> None:
    comparison = answered(Script(), Script())
    waiting = replace(comparison, runs=(comparison.runs[0], None))
    assert recordable(comparison)
    assert not recordable(waiting)
    with pytest.raises(BadRequestError, match="B has no finished answer"):
        record(waiting, app_version="0.1.0")


def test_panels_that_went_on_after_the_prompt_are_not_one_recording(answered: Callable[..., Comparison]) -> None:
    comparison, runs = answered(Script(), Script()), Runs(Script())
    longer = replace(chat(), messages=(*chat().messages, Message("assistant", "Hi."), Message("user", "And then?")))
    run = runs.start("ann", SANDBOX, longer, message_id="1")
    run.wait(5)
    runs.close()
    for gone_on in (comparison.with_run(1, run), comparison.with_run(0, run).with_run(1, run)):
        with pytest.raises(BadRequestError, match="one prompt"):
            record(gone_on, app_version="0.1.0")


def test_neither_key_nor_address_gets_into_a_file(answered: Callable[..., Comparison]) -> None:
    error = ConnectError("gateway.example refused; see https://gateway.example:8443/v1/help.", remedy="Ask 10.1.2.3.")
    comparison = answered(Script(words=(), error=error), Script(), endpoint=GATEWAY)
    data = to_json(record(comparison, app_version="0.1.0"))
    assert b"tgp_v1" not in data
    assert b"gateway.example" not in data
    assert from_json(data).panels[0].error == "Gateway refused; see (address)"


def test_a_file_gives_back_what_was_put_in() -> None:
    failed = replace(
        panel("B", texts=()), state="failed", error="Busy (429).", remedy="Wait.", price=None, cost_usd=None, ended_ns=7
    )
    for kept in (recording(), recording(panel("A", texts=(HOSTILE, "", "\x00")), failed)):
        assert replace(from_json(to_json(kept)), id=kept.id) == kept


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no JSON"),
        (b"\x00\xff", "no JSON"),
        (b"[" * 5_000, "no JSON"),
        (b"[]", "no recording"),
        (b'{"format": "together-playground-comparison/1"}', "no recording"),
        (to_json(recording())[:-20], "no JSON"),
        (to_json(recording()).replace(b'"version":1', b'"version":2'), "format 2"),
        (to_json(recording()).replace(b'"version":1', b'"version":"1"'), "version"),
        (to_json(recording()).replace(b"2026-11-25T10:30:00+00:00", b"0001-01-01T00:00:00+14:00"), "recorded_at"),
        (to_json(recording()).replace(b"2026-11-25T10:30:00+00:00", b"2026-11-25T10:30:00"), "recorded_at"),
        (to_json(recording(panel("A"))), "panels"),
        (to_json(recording(*(panel(letter) for letter in "ABCDE"))), "panels"),
        (changed(letter="A"), "panel B, letter"),
        (changed(kind="other"), "panel B, kind"),
        (changed(state="waiting"), "panel B, state"),
        (changed(model="x" * 301), "panel B, model"),
        (changed(model=None), "panel B, model"),
        (changed(usage=None), "panel B, usage"),
        (changed(usage={"prompt_tokens": -1, "completion_tokens": 1}), "panel B, usage, prompt_tokens"),
        (changed(usage={"prompt_tokens": True, "completion_tokens": 1}), "panel B, usage, prompt_tokens"),
        (changed(estimated="no"), "panel B, estimated"),
        (changed(sampling={"temperature": "hot"}), "panel B, sampling, temperature"),
        (changed(sampling={"stop": "END"}), "panel B, sampling, stop"),
        (changed(figures={"cost_usd": "NaN"}), "panel B, figures, cost_usd"),
        (changed(figures={"cost_usd": "-1"}), "panel B, figures, cost_usd"),
        (changed(figures={"cost_usd": "much"}), "panel B, figures, cost_usd"),
        (changed(price={"input_usd_per_mtok": "1", "source": ""}), "panel B, price"),
        (changed(ended_ns=-1), "panel B, ended_ns"),
        (changed(ended_ns=1.5), "panel B, ended_ns"),
        (changed(ended_ns=MAX_TIME_NS + 1), "panel B, ended_ns"),
        (changed(ended_ns=True), "panel B, ended_ns"),
        (changed(chunks=None), "panel B, chunks"),
        (changed(chunks=[[5, "answer", "a"], [4, "answer", "b"]]), "panel B, chunks"),
        (changed(chunks=[[-1, "answer", "a"]]), "panel B, chunks"),
        (changed(chunks=[[10**15, "answer", "a"]]), "panel B, chunks"),
        (changed(chunks=[[1.5, "answer", "a"]]), "panel B, chunks"),
        (changed(chunks=[[True, "answer", "a"]]), "panel B, chunks"),
        (changed(chunks=[[1, "html", "a"]]), "panel B, chunks"),
        (changed(chunks=[[1, "answer"]]), "panel B, chunks"),
        (changed(chunks=[[1, "answer", 7]]), "panel B, chunks"),
    ],
)
def test_a_damaged_foreign_or_newer_file_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        from_json(data)


def test_a_file_beyond_the_bounds_is_refused() -> None:
    data = to_json(recording())
    assert from_json(data, max_bytes=len(data), max_chunks=4)
    with pytest.raises(ConfigError, match="MB"):
        from_json(data, max_bytes=len(data) - 1)
    with pytest.raises(ConfigError, match="pieces"):
        from_json(data, max_chunks=3)


def test_what_a_later_minor_version_adds_is_left_out() -> None:
    read = from_json(changed(mood="fine", sampling={"temperature": 0.5, "magic": 1}))
    assert read.panels[1].sampling == Sampling(temperature=0.5)


def test_a_replay_shows_each_piece_when_it_came() -> None:
    now_ns = [0]
    one, two = Playing.start(recording(), Playhead.start(clock_ns=lambda: now_ns[0])).comparison.runs
    assert one is not None
    assert two is not None
    seen = []
    for now_ns[0] in (59 * MS, 60 * MS, 89 * MS, 90 * MS, 120 * MS, 180 * MS):
        seen.append((one.text(), one.state, two.text(), two.state))
    assert seen == [
        ("", "waiting", "", "waiting"),
        ("One ", "writing", "", "waiting"),
        ("One ", "writing", "", "waiting"),
        ("One ", "writing", "One ", "writing"),
        ("One two ", "done", "One ", "writing"),
        ("One two ", "done", "One two ", "done"),
    ]


@pytest.mark.parametrize("speed", SPEEDS)
def test_at_every_speed_the_figures_are_those_of_the_recording(speed: int) -> None:
    now_ns = [0]
    kept = recording()
    comparison = Playing.start(kept, Playhead.start(speed, clock_ns=lambda: now_ns[0])).comparison
    now_ns[0] = 180 * MS // speed - 1
    assert comparison.live
    now_ns[0] += 1
    assert not comparison.live
    assert [run.result for run in comparison.runs if run is not None] == [panel.result for panel in kept.panels]
    assert [run.elapsed_s() for run in comparison.runs if run is not None] == [0.12, 0.18]


def test_another_speed_goes_on_from_the_same_place() -> None:
    now_ns = [0]
    slow = Playing.start(recording(), Playhead.start(clock_ns=lambda: now_ns[0]))
    now_ns[0] = 100 * MS
    fast = slow.at(4)
    assert fast.playhead.position_ns == 100 * MS
    assert [panel.id for panel in fast.comparison.panels] == [panel.id for panel in slow.comparison.panels]
    now_ns[0] = 120 * MS
    assert fast.playhead.position_ns == 180 * MS
    assert fast.at(1).playhead.position_ns == 0


def test_a_replay_keeps_the_recorded_times_within_50_ms() -> None:
    kept = recording(panel("A", texts=tuple("abcdefgh"), gap_ms=70), panel("B"))
    run = Playing.start(kept, Playhead.start()).comparison.runs[0]
    assert run is not None
    began_ns, came_ns = time.monotonic_ns(), []
    while run.live or len(came_ns) < 8:
        came_ns += [time.monotonic_ns() - began_ns] * (len(run.text()) - len(came_ns))
        time.sleep(0.002)
    late_ns = [at - chunk.t_ns for at, chunk in zip(came_ns, kept.panels[0].chunks, strict=True)]
    assert max(map(abs, late_ns)) < 50 * MS


def test_a_replay_is_not_counted_and_asks_nobody(answered: Callable[..., Comparison]) -> None:
    script = Script(usage=Usage(3, 2))
    runs = Runs(script)
    run = runs.start("ann", GATEWAY, chat(), message_id="1", price=PRICE)
    run.wait(5)
    before = runs.tally("ann")
    comparison = Comparison((Panel("Gateway", "m"), Panel("Gateway", "m")), runs=(run, run))
    replay = Playing.start(record(comparison, app_version="0.1.0"), Playhead(0, from_ns=10**12, clock_ns=lambda: 0))
    assert [again.result for again in replay.comparison.runs if again is not None] == [run.result, run.result]
    assert runs.tally("ann") == before
    assert len(script.sent) == 1
    assert {again.endpoint.api_key for again in replay.comparison.runs if again is not None} == {None}
    runs.close()


def test_kept_recordings_belong_to_their_owner_and_the_oldest_go_first() -> None:
    kept = Recordings(max_each=2)
    first, second, third = recording(), recording(), recording()
    for each in (first, second, third):
        kept.keep("ann", each)
    assert kept.of("ann") == (third, second)
    assert kept.of("bob") == ()


def test_what_one_owner_keeps_is_bounded_in_memory() -> None:
    large = recording(panel("A", texts=("x" * 10_000,)), panel("B"))
    small = recording()
    kept = Recordings(max_bytes_each=large.size_bytes)
    for each in (small, large):
        kept.keep("ann", each)
    assert kept.of("ann") == (large,)
    tight = Recordings(max_bytes_each=1)
    tight.keep("ann", small)
    assert tight.of("ann") == (small,)


def test_what_was_deleted_can_be_put_back() -> None:
    kept = Recordings()
    one = kept.keep("ann", recording())
    assert kept.forget("bob", one.id) is None
    assert kept.forget("ann", one.id) is one
    assert kept.of("ann") == ()
    kept.keep("ann", one)
    assert kept.of("ann") == (one,)


def test_a_panel_without_text_ends_in_a_replay_when_it_ended() -> None:
    now_ns = [0]
    failed = replace(panel("B", texts=()), state="failed", error="Busy (429).", ended_ns=150 * MS)
    stopped = replace(panel("C"), state="stopped", ended_ns=400 * MS)
    assert from_json(changed(ended_ns=MAX_TIME_NS)).panels[1].ended_ns == MAX_TIME_NS
    kept = from_json(to_json(recording(panel("A"), failed, stopped)))
    comparison = Playing.start(kept, Playhead.start(clock_ns=lambda: now_ns[0])).comparison
    seen = []
    for now_ns[0] in (0, 149 * MS, 150 * MS, 399 * MS, 400 * MS):
        seen.append([run.state for run in comparison.runs[1:] if run is not None])
    assert seen == [
        ["waiting", "waiting"],
        ["waiting", "writing"],
        ["failed", "writing"],
        ["failed", "writing"],
        ["failed", "stopped"],
    ]
    assert kept.end_ns == 400 * MS


def test_when_an_answer_ended_is_kept_where_its_text_does_not_tell() -> None:
    go, held = threading.Semaphore(1), threading.Semaphore(0)
    scripts = Script(words=("One ", "two"), go=go), Script(words=("One",), go=held)
    runs = [Runs(script) for script in scripts]
    begun = [each.start("ann", SANDBOX, chat(), message_id="1") for each in runs]
    for run in begun:
        run.stop()
        run.wait(5)
    comparison = Comparison(tuple(Panel("Sandbox", "org/model") for _ in begun), runs=tuple(begun))
    for panel_, run in zip(record(comparison, app_version="0.1.0").panels, begun, strict=True):
        assert run.ended_ns is not None
        assert panel_.state == "stopped"
        assert panel_.end_ns == run.ended_ns - run.sent_ns > 0
    for each in runs:
        each.close()


def test_a_recorded_failure_is_told_again() -> None:
    failed = replace(panel("B", texts=()), state="failed", error="Busy (429).", remedy="Press Again.", cost_usd=None)
    run = Playing.start(recording(panel("A"), failed), Playhead.start()).comparison.runs[1]
    assert run is not None
    assert run.result is not None
    assert isinstance(run.result.error, ServiceError)
    assert (run.state, run.result.error.message, run.result.error.remedy) == ("failed", "Busy (429).", "Press Again.")
