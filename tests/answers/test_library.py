"""Several conversations of one owner: opened, named, deleted, brought back, and saved for those who asked for it."""

from __future__ import annotations

import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.answers.context import context
from services.answers.conversation_files import from_json, to_json
from services.answers.conversation_store import ConversationStore
from services.answers.conversations import Conversation, Setup, Turn
from services.answers.library import Conversations
from services.answers.runs import Run, Runs
from services.embedding.notes import Hit, Note
from services.endpoints import Endpoint
from services.errors import BadRequestError, ConfigError, StreamInterruptedError, UnavailableError
from services.models.prices import Price
from services.wire.types import ChatRequest, Chunk, CompletionRequest, Message, Sampling, ToolCall
from tests.answers.scripted import LOCAL, TOGETHER, Played, Script, chat

SECRET = "the pump P-204 of plant 1200 leaks"


def answered(source: Any = None, request: Any = None, endpoint: Endpoint = TOGETHER, price: Price | None = None) -> Run:
    runs = Runs(Script() if source is None else source)
    try:
        run = runs.start("ann", endpoint, chat() if request is None else request, message_id="1", price=price)
        run.wait(5)
    finally:
        runs.close()
    return run


def asked(text: str, turn_id: str = "1") -> Callable[[Conversation], Conversation]:
    turn = Turn(text, (answered(),), id=turn_id)
    return lambda talk: talk.with_turn(turn)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "conversations.sqlite"


@pytest.fixture
def live() -> Iterator[Run]:
    runs = Runs(Script(go=threading.Semaphore(0)))
    yield runs.start("ann", LOCAL, chat(), message_id="1")
    runs.close()


def names(kept: Conversations, owner: str = "ann") -> list[str]:
    return [talk.name for talk in kept.all(owner)]


def test_a_conversation_is_named_after_its_first_question_until_it_gets_a_name() -> None:
    kept = Conversations()
    assert names(kept) == ["New conversation"]
    talk = kept.update("ann", asked("Why  does\nthe pump leak, and what could be done about it before winter?"))
    assert names(kept) == ["Why does the pump leak, and what could be done a…"]
    kept.rename("ann", talk.id, "  Pumps  ")
    assert names(kept) == ["Pumps"]
    kept.rename("ann", talk.id, " ")
    assert names(kept)[0].startswith("Why does")


@pytest.mark.parametrize("title", ["x" * 41, "\u202egnp.exe", "a\x00b"])
def test_what_cannot_be_read_is_no_name(title: str) -> None:
    kept = Conversations()
    with pytest.raises(BadRequestError):
        kept.rename("ann", kept.current("ann").id, title)
    assert names(kept) == ["New conversation"]


def test_a_new_conversation_is_asked_as_the_last_one_was_without_its_rows() -> None:
    kept = Conversations()
    rows = context("T", [{"a": 1}])
    kept.update("ann", lambda talk: replace(talk, setup=Setup(model="m", system="short", context=rows)))
    kept.update("ann", asked("one"))
    new = kept.begin("ann")
    assert (new.setup.model, new.setup.system, new.setup.context, new.turns) == ("m", "short", None, ())
    assert names(kept) == ["New conversation", "one"]


def test_an_empty_conversation_is_not_begun_twice_and_not_left_behind() -> None:
    kept = Conversations()
    first = kept.update("ann", asked("one"))
    assert kept.begin("ann") == kept.begin("ann")
    kept.open("ann", first.id)
    assert names(kept) == ["one"]


def test_each_conversation_keeps_its_own_model_and_what_is_open_is_found_again() -> None:
    kept = Conversations()
    first = kept.update("ann", asked("one"))
    kept.update("ann", lambda talk: replace(talk, setup=Setup(model="a")))
    second = kept.begin("ann")
    kept.update("ann", lambda talk: replace(talk, setup=Setup(model="b")))
    kept.update("ann", asked("two", "2"))
    kept.open("ann", first.id)
    assert (kept.current("ann").setup.model, kept.current("ann").number) == ("a", 0)
    kept.open("ann", second.id)
    assert (kept.current("ann").setup.model, kept.current("ann").number) == ("b", 1)


def test_an_answer_joins_the_conversation_it_was_asked_in_whatever_is_open_meanwhile() -> None:
    kept = Conversations()
    first = kept.update("ann", asked("one"))
    kept.begin("ann")
    kept.update("ann", asked("still one", "2"), first.id)
    assert kept.current("ann").turns == ()
    assert [len(talk.turns) for talk in kept.all("ann")] == [0, 2]


def test_nothing_of_another_owner_can_be_opened_renamed_or_deleted() -> None:
    kept = Conversations()
    hers = kept.update("ann", asked("one"))
    for act in (kept.open, kept.delete, lambda owner, talk_id: kept.rename(owner, talk_id, "mine")):
        with pytest.raises(ConfigError):
            act("bob", hers.id)
    assert (names(kept), names(kept, "bob")) == (["one"], ["New conversation"])


def test_what_is_deleted_can_be_put_back_where_it_stood_and_once_only() -> None:
    kept = Conversations()
    first = kept.update("ann", asked("one"))
    kept.begin("ann")
    kept.update("ann", asked("two", "2"))
    kept.delete("ann", first.id)
    assert names(kept) == ["two"]
    gone = kept.deleted("ann")
    assert gone is not None
    assert gone.name == "one"
    kept.put_back("ann")
    assert (names(kept), kept.current("ann").id, kept.deleted("ann")) == (["two", "one"], first.id, None)
    kept.put_back("ann")
    assert names(kept) == ["two", "one"]


def test_deleting_the_only_one_leaves_an_empty_one_and_putting_back_leaves_only_it() -> None:
    kept = Conversations()
    talk = kept.update("ann", asked("one"))
    kept.delete("ann", talk.id)
    assert names(kept) == ["New conversation"]
    assert kept.current("ann").number != talk.number or kept.current("ann").id != talk.id
    kept.put_back("ann")
    assert names(kept) == ["one"]


def test_more_conversations_than_are_kept_are_refused_and_none_is_lost() -> None:
    kept = Conversations(max_each=2)
    for number in ("1", "2"):
        kept.begin("ann")
        kept.update("ann", asked(number, number))
    with pytest.raises(BadRequestError, match="2 conversations are kept already"):
        kept.begin("ann")
    assert names(kept) == ["2", "1"]


def test_what_is_asked_in_place_of_what_was_taken_back_is_not_taken_for_the_same() -> None:
    kept = Conversations()
    talk = kept.update("ann", asked("one"))
    kept.rewind("ann")
    assert (kept.current("ann").id, kept.current("ann").branch != talk.branch) == (talk.id, True)


def everything() -> Conversation:
    """A conversation with one of each that can stand in it."""
    rows = context("PM.NOTIFICATIONS", [{"NO": 1, "TEXT": SECRET}])
    price = Price(Decimal("0.5"), Decimal("1.5"), source="list")
    first = answered(
        Played(
            Chunk(5, "reasoning", "Hm."), Chunk(2 * 10**9, "answer", "Yes."), tool_calls=(ToolCall("1", "f", "{}"),)
        ),
        ChatRequest("m", (Message("system", "short"), Message("user", "q")), Sampling(seed=0, stop=("END",))),
        price=price,
    )
    cut = answered(Script(error=StreamInterruptedError("It broke.")))
    label = answered(request=CompletionRequest("l", "a =>", Sampling(max_tokens=8)), endpoint=LOCAL)
    hit = Hit(Note("Pumps", "Leaks", "A seal wears."), 0.9)
    turns = (
        Turn(SECRET, (first, cut), shown=1, notes=(hit,), left_out=2, context=rows, id="1"),
        Turn("Oil drips.", (label,), task="label", id="2"),
    )
    return Conversation(turns, Setup("Together", "m", "short", Sampling(temperature=0.0), None, rows), title="Pumps")


def test_a_conversation_comes_back_as_it_was_without_key_and_address() -> None:
    made = everything()
    data = to_json(made)
    back = from_json(data)
    assert (back.id, back.title, back.setup) == (made.id, "Pumps", made.setup)
    for turn, before in zip(back.turns, made.turns, strict=True):
        assert replace(turn, runs=()) == replace(before, runs=())
        for run, original in zip(turn.runs, before.runs, strict=True):
            old, new = original.result, run.result
            assert old is not None
            assert new is not None
            assert (run.id, run.request, run.price, run.started_at) == (
                original.id,
                original.request,
                original.price,
                original.started_at,
            )
            assert (run.text(), run.text("reasoning"), run.live) == (original.text(), original.text("reasoning"), False)
            assert replace(new, error=None, answer=old.answer) == replace(old, error=None)
            assert (new.answer.choices[0].tool_calls, new.answer.model) == (
                old.answer.choices[0].tool_calls,
                old.answer.model,
            )
            assert run.endpoint == Endpoint(original.endpoint.name, original.endpoint.kind, "")
    assert str(back.turns[0].run.result.error) == "It broke."  # type: ignore[union-attr]
    assert b"invented" not in data
    assert b"api.example" not in data


def test_what_is_repeated_in_every_request_is_written_once() -> None:
    long = "word " * 10_000
    requests = [ChatRequest("m", (Message("user", long), Message("user", str(n)))) for n in range(10)]
    turns = tuple(Turn(str(n), (answered(request=request),), id=str(n)) for n, request in enumerate(requests))
    assert len(to_json(Conversation(turns))) < 2 * len(long)


def test_an_answer_that_is_still_being_written_is_not_saved(live: Run) -> None:
    turns = (Turn("one", (live,)), Turn("two", (answered(), live), shown=1))
    back = from_json(to_json(Conversation(turns)))
    assert [(turn.text, len(turn.runs), turn.shown) for turn in back.turns] == [("two", 1, 0)]


def test_nothing_is_written_before_somebody_asks_for_it(path: Path) -> None:
    kept = Conversations(ConversationStore(path))
    kept.update("ann", asked(SECRET))
    assert not kept.saved("ann")
    assert not path.parent.exists()


def test_who_asked_for_it_finds_all_again_after_a_restart_and_nobody_else_does(path: Path) -> None:
    kept = Conversations(ConversationStore(path))
    kept.update("ann", asked("one"))
    kept.set_saved("ann", True)
    kept.begin("ann")
    kept.update("ann", asked("two", "2"))
    kept.rename("ann", kept.current("ann").id, "Second")
    kept.update("bob", asked("his"))
    again = Conversations(ConversationStore(path))
    assert again.saved("ann")
    assert (names(again), again.current("ann").name) == (["Second", "one"], "Second")
    assert [talk.number for talk in again.all("ann")] == [1, 0]
    assert (names(again, "bob"), again.saved("bob")) == (["New conversation"], False)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"ann" not in path.read_bytes()


def bytes_of(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


def test_what_is_deleted_is_gone_from_the_disk_and_can_still_be_put_back(path: Path) -> None:
    kept = Conversations(ConversationStore(path))
    kept.set_saved("ann", True)
    talk = kept.update("ann", asked(SECRET * 500))
    kept.begin("ann")
    kept.update("ann", asked("another", "2"))
    assert SECRET.encode() in bytes_of(path.parent)
    before = path.stat().st_size
    kept.delete("ann", talk.id)
    assert SECRET.encode() not in bytes_of(path.parent)
    assert path.stat().st_size < before
    assert names(Conversations(ConversationStore(path))) == ["another"]
    kept.put_back("ann")
    assert len(Conversations(ConversationStore(path)).all("ann")) == 2


def test_what_is_cleared_or_edited_away_leaves_the_disk_too(path: Path) -> None:
    kept = Conversations(ConversationStore(path))
    kept.set_saved("ann", True)
    kept.update("ann", asked("first"))
    kept.update("ann", asked(SECRET * 500, "2"))
    kept.rewind("ann", "2")
    assert SECRET.encode() not in bytes_of(path.parent)
    kept.undo("ann")
    assert SECRET.encode() in bytes_of(path.parent)
    kept.rewind("ann")
    assert SECRET.encode() not in bytes_of(path.parent)


def test_who_no_longer_wants_it_leaves_nothing_on_disk_and_loses_nothing(path: Path) -> None:
    kept = Conversations(ConversationStore(path))
    kept.set_saved("ann", True)
    kept.update("ann", asked(SECRET))
    kept.set_saved("bob", True)
    kept.update("bob", asked("his", "2"))
    kept.set_saved("ann", False)
    assert SECRET.encode() not in bytes_of(path.parent)
    assert names(kept) == [SECRET]
    assert not Conversations(ConversationStore(path)).saved("ann")
    assert names(Conversations(ConversationStore(path)), "bob") == ["his"]
    kept.update("ann", asked(SECRET, "3"))
    assert SECRET.encode() not in bytes_of(path.parent)


def test_a_damaged_conversation_is_left_out_and_the_others_are_found(path: Path) -> None:
    kept = Conversations(ConversationStore(path))
    kept.set_saved("ann", True)
    first = kept.update("ann", asked("one"))
    kept.begin("ann")
    kept.update("ann", asked("two", "2"))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE conversation SET document = ? WHERE id = ?", (b'{"format": 1}', first.id))
    connection.close()
    assert names(Conversations(ConversationStore(path))) == ["two"]


DAMAGES: list[Callable[[dict[str, Any]], Any]] = [
    lambda d: d.update(turns=3),
    lambda d: d["turns"][0].update(shown=9),
    lambda d: d["turns"][0].update(text=None),
    lambda d: d["turns"][0]["runs"][0].update(messages=[["user", 99]]),
    lambda d: d["turns"][0]["runs"][0].update(messages=[["user", -1]]),
    lambda d: d["turns"][0]["runs"][0].update(messages=[["root", 0]]),
    lambda d: d["turns"][0]["runs"][0].update(kind="bank"),
    lambda d: d["turns"][0]["runs"][0].update(state="writing"),
    lambda d: d["turns"][0]["runs"][0]["timing"].update(wait_s="soon"),
    lambda d: d["turns"][0].update(notes=[["a"]]),
    lambda d: d.update(setup=None),
    lambda d: d.update(texts=None),
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damage_is_seen(damage: Callable[[dict[str, Any]], Any]) -> None:
    document = orjson.loads(to_json(everything()))
    damage(document)
    with pytest.raises(ConfigError):
        from_json(orjson.dumps(document))


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"\xff", b"null"])
def test_what_is_no_conversation_is_refused(data: bytes) -> None:
    with pytest.raises(ConfigError):
        from_json(data)


def test_a_file_of_another_program_is_left_alone_and_said(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (a)")
    connection.close()
    kept = Conversations(ConversationStore(path))
    kept.update("ann", asked("one"))
    assert "holds no conversations" in str(kept.problem("ann"))
    with pytest.raises(UnavailableError):
        kept.set_saved("ann", True)
    assert not kept.saved("ann")
    assert names(kept) == ["one"]


def test_a_disk_that_fails_later_stops_no_conversation_and_is_said_until_it_is_mended(path: Path) -> None:
    kept = Conversations(ConversationStore(path, busy_s=0.05))
    kept.set_saved("ann", True)
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN EXCLUSIVE")
    kept.update("ann", asked("one"))
    assert "locked" in str(kept.problem("ann"))
    assert names(kept) == ["one"]
    blocker.close()
    kept.update("ann", asked("two", "2"))
    assert kept.problem("ann") is None
    assert len(Conversations(ConversationStore(path)).current("ann").turns) == 2


def test_a_full_file_takes_no_more_and_says_so(path: Path) -> None:
    kept = Conversations(ConversationStore(path, max_bytes=40_000))
    kept.set_saved("ann", True)
    kept.update("ann", asked("x" * 60_000))
    assert "has reached" in str(kept.problem("ann"))


def test_saving_from_many_threads_ends_with_what_stands_in_memory(path: Path) -> None:
    kept = Conversations(ConversationStore(path))
    kept.set_saved("ann", True)
    changes = [asked(str(number), str(number)) for number in range(12)]
    threads = [threading.Thread(target=kept.update, args=("ann", change)) for change in changes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept.problem("ann") is None
    assert len(Conversations(ConversationStore(path)).current("ann").turns) == 12


def test_an_owner_with_a_strange_name_is_an_owner_like_any_other(path: Path) -> None:
    kept = Conversations(ConversationStore(path))
    owner = "'; DROP TABLE conversation; --"
    kept.set_saved(owner, True)
    kept.update(owner, asked("one"))
    assert names(Conversations(ConversationStore(path)), owner) == ["one"]
