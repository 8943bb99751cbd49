"""Conversations are kept by owner, shared by his tabs, and what is cleared can be brought back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from services.answers.conversations import Conversation, Setup, Turn, messages
from services.answers.library import Conversations
from services.answers.runs import Run, Runs
from services.errors import AuthError
from tests.answers.scripted import LOCAL, Script, chat


@pytest.fixture
def runs() -> Iterator[Runs]:
    made = Runs(Script())
    yield made
    made.close()


def answered(runs: Runs, number: int, script: Script | None = None) -> Run:
    run = runs.start("ann", LOCAL, chat(), message_id=str(number))
    run.wait(5)
    return run


def turn(runs: Runs, number: int) -> Turn:
    return Turn(f"question {number}", (answered(runs, number),), id=str(number))


def test_another_session_of_the_same_owner_finds_the_conversation(runs: Runs) -> None:
    kept = Conversations()
    kept.update("ann", lambda talk: talk.with_turn(turn(runs, 1)))
    assert [t.text for t in kept.current("ann").turns] == ["question 1"]
    assert kept.current("bob").turns == ()


def test_two_tabs_lose_nothing_of_each_other(runs: Runs) -> None:
    kept = Conversations()
    turns = [turn(runs, number) for number in range(20)]
    tabs = [
        threading.Thread(target=kept.update, args=("ann", lambda talk, added=added: talk.with_turn(added)))
        for added in turns
    ]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert len(kept.current("ann").turns) == 20


def test_what_is_cleared_comes_back_until_more_than_one_new_thing_is_asked(runs: Runs) -> None:
    kept = Conversations()
    kept.update("ann", lambda talk: talk.with_turn(turn(runs, 1)))
    kept.update("ann", lambda talk: replace(talk, setup=Setup(system="short")))
    kept.rewind("ann")
    assert kept.current("ann").turns == ()
    assert kept.current("ann").setup.system == "short"
    assert kept.can_undo("ann")
    kept.undo("ann")
    assert len(kept.current("ann").turns) == 1
    kept.rewind("ann")
    for number in (2, 3):
        assert kept.can_undo("ann")
        kept.update("ann", lambda talk, number=number: talk.with_turn(turn(runs, number)))
    assert not kept.can_undo("ann")


def test_bringing_back_can_itself_be_taken_back(runs: Runs) -> None:
    kept = Conversations()
    for number in (1, 2):
        kept.update("ann", lambda talk, number=number: talk.with_turn(turn(runs, number)))
        kept.rewind("ann") if number == 1 else None
    kept.undo("ann")
    assert [t.id for t in kept.current("ann").turns] == ["1"]
    kept.undo("ann")
    assert [t.id for t in kept.current("ann").turns] == ["2"]


def test_rewinding_to_a_turn_keeps_those_before_it(runs: Runs) -> None:
    kept = Conversations()
    for number in (1, 2, 3):
        kept.update("ann", lambda talk, number=number: talk.with_turn(turn(runs, number)))
    kept.rewind("ann", "2")
    assert [t.id for t in kept.current("ann").turns] == ["1"]
    kept.undo("ann")
    assert [t.id for t in kept.current("ann").turns] == ["1", "2", "3"]


def test_the_owner_not_seen_for_longest_goes_first() -> None:
    kept = Conversations(max_owners=2)
    first = kept.current("ann").id
    second = kept.current("bob").id
    assert kept.current("ann").id == first
    kept.current("cid")
    assert kept.current("ann").id == first
    assert kept.current("bob").id != second


def test_an_answer_asked_again_is_a_version_and_the_newest_is_shown(runs: Runs) -> None:
    twice = turn(runs, 1).answered_again(answered(runs, 2))
    assert (len(twice.runs), twice.shown, twice.run.id) == (2, 1, twice.runs[1].id)


def test_history_alternates_and_ends_with_the_question(runs: Runs) -> None:
    sent, left_out = messages([turn(runs, 1), turn(runs, 2)], "now", system="be short")
    assert [m.role for m in sent] == ["system", "user", "assistant", "user", "assistant", "user"]
    assert (sent[-1].content, left_out) == ("now", 0)


def test_a_turn_without_an_answer_is_no_history() -> None:
    failed = Runs(Script(words=(), error=AuthError("No.")))
    try:
        empty = Turn("lost", (answered(failed, 1),))
    finally:
        failed.close()
    assert [m.content for m in messages([empty], "now")[0]] == ["now"]


def test_a_small_context_keeps_the_newest_turns_and_counts_the_rest(runs: Runs) -> None:
    turns = [turn(runs, number) for number in range(10)]
    sent, left_out = messages(turns, "now", budget_tokens=250)
    assert 0 < left_out < 10
    assert len(sent) == 2 * (10 - left_out) + 1
    assert sent[0].content == f"question {left_out}"


def test_a_question_too_long_for_the_budget_is_still_sent(runs: Runs) -> None:
    sent, left_out = messages([turn(runs, 1)], "word " * 1_000, budget_tokens=50)
    assert (len(sent), left_out) == (1, 1)


def test_a_conversation_is_live_while_its_last_answer_is() -> None:
    go = threading.Semaphore(0)
    slow = Runs(Script(go=go))
    try:
        run = slow.start("ann", LOCAL, chat(), message_id="1")
        assert Conversation((Turn("q", (run,)),)).live
        run.stop()
        run.wait(5)
        assert not Conversation((Turn("q", (run,)),)).live
    finally:
        slow.close()


def test_while_one_tab_changes_another_waits_its_turn(runs: Runs) -> None:
    kept = Conversations()
    one, two = turn(runs, 1), turn(runs, 2)
    other = threading.Thread(target=kept.update, args=("ann", lambda talk: talk.with_turn(two)))

    def slowly(talk: Conversation) -> Conversation:
        other.start()
        other.join(0.2)
        return talk.with_turn(one)

    kept.update("ann", slowly)
    other.join(5)
    assert [t.id for t in kept.current("ann").turns] == ["1", "2"]


def test_bringing_back_keeps_what_was_chosen_meanwhile(runs: Runs) -> None:
    kept = Conversations()
    kept.update("ann", lambda talk: talk.with_turn(turn(runs, 1)))
    kept.rewind("ann")
    kept.update("ann", lambda talk: replace(talk, setup=Setup(system="newer")))
    kept.undo("ann")
    assert (len(kept.current("ann").turns), kept.current("ann").setup.system) == (1, "newer")


def test_nothing_can_be_brought_back_where_nothing_was() -> None:
    kept = Conversations()
    kept.rewind("ann")
    assert not kept.can_undo("ann")


def test_an_edit_deep_in_a_conversation_can_be_taken_back(runs: Runs) -> None:
    kept = Conversations()
    for number in (1, 2, 3, 4):
        kept.update("ann", lambda talk, number=number: talk.with_turn(turn(runs, number)))
    kept.rewind("ann", "4")
    kept.update("ann", lambda talk: talk.with_turn(turn(runs, 5)))
    assert kept.can_undo("ann")


def test_the_version_that_is_shown_is_the_one_that_counts(runs: Runs) -> None:
    twice = turn(runs, 1).answered_again(answered(runs, 2))
    assert replace(twice, shown=0).run is twice.runs[0]


def test_ahead_of_an_unknown_turn_stand_all_of_them(runs: Runs) -> None:
    assert len(Conversation((turn(runs, 1), turn(runs, 2))).before("unknown").turns) == 2


def test_a_turn_of_a_task_is_no_history(runs: Runs) -> None:
    assert [m.content for m in messages([replace(turn(runs, 1), task="label")], "now")[0]] == ["now"]
