"""What is observed of models comes from real answers only, is bounded, and says on how many it rests."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from services.endpoints import Endpoint
from services.models.observed import Observations, Observed

REAL = Endpoint("Together", "together", "https://api.example/v1", "tgp_v1_invented")
LOCAL = Endpoint("Local", "local", "http://127.0.0.1:1/v1")
SANDBOX = Endpoint("Sandbox", "sandbox", "http://127.0.0.1:2/v1")
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def seen(
    kept: Observations, wait_s: float | None, speed: float | None = None, *, at: Endpoint = REAL, model: str = "m"
) -> Observed | None:
    kept.add(at, model, wait_s=wait_s, writing_per_s=speed, at=NOON)
    return kept.of(at, model)


def test_the_medians_of_what_was_measured_with_their_n() -> None:
    kept = Observations()
    for wait_s, speed in ((0.2, 90.0), (0.4, None), (9.0, 110.0)):
        found = seen(kept, wait_s, speed)
    assert found == Observed(0.4, 3, 100.0, 2, NOON)


def test_simulated_answers_are_never_observed() -> None:
    assert seen(Observations(), 0.2, 90.0, at=SANDBOX) is None
    assert seen(Observations(), 0.2, at=LOCAL) is not None


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -0.1, None])
def test_what_is_no_measurement_is_not_kept(wrong: float | None) -> None:
    assert seen(Observations(), wrong, wrong) is None


def test_a_wait_of_0_is_a_value() -> None:
    found = seen(Observations(), 0.0)
    assert found is not None
    assert (found.wait_s, found.writing_per_s) == (0.0, None)


def test_one_server_under_two_names_is_one_and_two_servers_of_one_name_are_two() -> None:
    kept = Observations()
    seen(kept, 1.0)
    assert kept.of(Endpoint("Mine", "openai", REAL.base_url), "m") is not None
    assert kept.of(Endpoint("Together", "together", "https://other.example/v1"), "m") is None


def test_the_oldest_answers_and_the_longest_silent_models_go_first() -> None:
    kept = Observations(max_models=2, keep=3)
    for wait_s in (100.0, 1.0, 2.0, 3.0):
        found = seen(kept, wait_s, model="a")
    assert found is not None
    assert (found.wait_s, found.wait_n) == (2.0, 3)
    seen(kept, 1.0, model="b")
    seen(kept, 1.0, model="a")
    seen(kept, 1.0, model="c")
    assert kept.of(REAL, "b") is None
    assert kept.of(REAL, "a") is not None


def test_the_newest_is_dated_whatever_order_they_end_in() -> None:
    kept = Observations()
    kept.add(REAL, "m", wait_s=1.0, writing_per_s=None, at=NOON)
    kept.add(REAL, "m", wait_s=1.0, writing_per_s=None, at=NOON - timedelta(hours=1))
    found = kept.of(REAL, "m")
    assert found is not None
    assert found.last_at == NOON


def test_many_threads_lose_no_answer() -> None:
    kept, start = Observations(keep=1_000), threading.Barrier(8)

    def work() -> None:
        start.wait(5)
        for _ in range(50):
            kept.add(REAL, "m", wait_s=1.0, writing_per_s=None, at=NOON)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    found = kept.of(REAL, "m")
    assert found is not None
    assert found.wait_n == 400
