"""Line-ups under names of one's own: who answers and how is kept, what was asked is not, and nothing goes unsaid."""

from __future__ import annotations

import threading

import pytest

from services.answers.comparisons import FollowUp, Panel
from services.answers.line_ups import MAX_KEPT, MAX_TITLE, LineUps
from services.errors import BadRequestError
from services.wire.types import Sampling

OWNER = "ann"
PAIR = Panel("Local", "small", Sampling(temperature=0.0)), Panel("Sandbox", "large")


def titles(kept: LineUps, owner: str = OWNER) -> list[str]:
    return [each.title for each in kept.of(owner)]


def test_a_line_up_keeps_models_and_own_settings_and_no_question() -> None:
    kept = LineUps()
    asked = Panel("Sandbox", "large", follow_up=FollowUp("Secret?", (("Before?", "Yes."),)))
    kept.save(OWNER, "Mine", (PAIR[0], asked))
    (saved,) = kept.of(OWNER)
    assert [(panel.endpoint, panel.model, panel.sampling) for panel in saved.panels] == [
        ("Local", "small", Sampling(temperature=0.0)),
        ("Sandbox", "large", None),
    ]
    assert "Secret" not in repr(saved)


def test_panels_of_a_line_up_are_new_each_time_it_is_opened() -> None:
    saved, _ = LineUps().save(OWNER, "Mine", PAIR)
    ids = [panel.id for panels in (PAIR, saved.fresh(), saved.fresh()) for panel in panels]
    assert len(set(ids)) == 6


def test_the_same_name_replaces_and_says_so() -> None:
    kept = LineUps()
    assert kept.save(OWNER, "Mine", PAIR)[1] is False
    saved, replaced = kept.save(OWNER, "  Mine ", PAIR[::-1])
    assert replaced
    assert kept.of(OWNER) == (saved,)


def test_names_stand_in_order_and_belong_to_their_owner() -> None:
    kept = LineUps()
    for title in ("beta", "Alpha", "alpha"):
        kept.save(OWNER, title, PAIR)
    kept.save("bob", "his", PAIR)
    assert (titles(kept), titles(kept, "bob"), titles(kept, "eve")) == (["Alpha", "alpha", "beta"], ["his"], [])


@pytest.mark.parametrize(
    "title", ["x", "x" * MAX_TITLE, "mine — schnell 🏎️", "میخواهم", "👩‍🔬", "a  b\tc", "<b>**", "e\u0301" * MAX_TITLE]
)
def test_a_name_that_can_be_read_is_kept(title: str) -> None:
    kept = LineUps()
    kept.save(OWNER, title, PAIR)
    assert len(titles(kept)) == 1


@pytest.mark.parametrize("title", ["", " \t\n", "x" * (MAX_TITLE + 1), "x" * 1_000_000])
def test_a_name_of_another_length_is_refused_in_one_sentence(title: str) -> None:
    kept = LineUps()
    with pytest.raises(BadRequestError, match=r"^A name has 1 to 40 characters\.$"):
        kept.save(OWNER, title, PAIR)
    assert titles(kept) == []


@pytest.mark.parametrize(
    "title", ["a\0b", "a\x1b[31m", "\u200b\u200b", "abc\u202egnp", "a\u2066b", "a\ud800", "\ue000"]
)
def test_a_name_that_cannot_be_seen_as_it_is_gets_refused(title: str) -> None:
    with pytest.raises(BadRequestError, match="can be seen"):
        LineUps().save(OWNER, title, PAIR)


def test_composed_and_decomposed_letters_are_one_name() -> None:
    kept = LineUps()
    kept.save(OWNER, "Käse", PAIR)
    assert kept.save(OWNER, "Ka\u0308se", PAIR)[1]


def test_one_more_than_there_is_room_for_is_refused_and_loses_nothing() -> None:
    kept = LineUps()
    for number in range(MAX_KEPT):
        kept.save(OWNER, f"n{number:02}", PAIR)
    with pytest.raises(BadRequestError, match="20 line-ups are kept already"):
        kept.save(OWNER, "one more", PAIR)
    assert kept.save(OWNER, "n07", PAIR)[1]
    assert titles(kept) == [f"n{number:02}" for number in range(MAX_KEPT)]


@pytest.mark.parametrize("count", [0, 1, 5])
def test_two_to_four_panels_are_a_line_up(count: int) -> None:
    with pytest.raises(BadRequestError, match="2 to 4"):
        LineUps().save(OWNER, "Mine", (PAIR[0],) * count)


def test_a_huge_model_id_is_not_kept() -> None:
    kept = LineUps()
    with pytest.raises(BadRequestError, match="too large"):
        kept.save(OWNER, "Mine", (PAIR[0], Panel("Sandbox", "x" * 100_000)))
    assert titles(kept) == []


def test_what_was_deleted_can_be_put_back_where_it_stood() -> None:
    kept = LineUps()
    for title in ("a", "b", "c"):
        kept.save(OWNER, title, PAIR)
    before = kept.of(OWNER)
    gone = kept.forget(OWNER, before[1].id)
    assert gone == before[1]
    assert titles(kept) == ["a", "c"]
    assert kept.forget(OWNER, before[1].id) is None
    kept.put_back(OWNER, gone)
    assert kept.of(OWNER) == before


def test_what_is_put_back_takes_nobodys_place() -> None:
    kept = LineUps(max_each=2)
    gone, _ = kept.save(OWNER, "a", PAIR)
    kept.forget(OWNER, gone.id)
    kept.save(OWNER, "a", PAIR[::-1])
    with pytest.raises(BadRequestError, match="“a” was saved anew"):
        kept.put_back(OWNER, gone)
    other, _ = kept.save(OWNER, "b", PAIR)
    kept.forget(OWNER, other.id)
    kept.save(OWNER, "c", PAIR)
    with pytest.raises(BadRequestError, match="2 line-ups are kept already"):
        kept.put_back(OWNER, other)
    assert titles(kept) == ["a", "c"]


def test_two_tabs_that_save_at_once_lose_nothing() -> None:
    kept, start = LineUps(), threading.Barrier(4)

    def save(tab: int) -> None:
        start.wait(10)
        for number in range(5):
            kept.save(OWNER, f"{tab}.{number}", PAIR)

    tabs = [threading.Thread(target=save, args=(tab,)) for tab in range(4)]
    for each in tabs:
        each.start()
    for each in tabs:
        each.join(10)
    assert len(titles(kept)) == 20


def test_the_owner_not_seen_for_longest_makes_room() -> None:
    kept = LineUps(max_owners=2)
    for owner in ("a", "b", "c"):
        kept.save(owner, "Mine", PAIR)
    assert [titles(kept, owner) for owner in ("c", "b")] == [["Mine"], ["Mine"]]
    assert titles(kept, "a") == []
