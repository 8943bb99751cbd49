"""Prompts under a name: variables are filled in once, and a file is taken whole or not at all, with the reason."""

from __future__ import annotations

import threading
from typing import Any

import orjson
import pytest

from services.answers.prompts import Prompt, Prompts, from_json, to_json
from services.errors import BadRequestError, ConfigError


def test_variables_stand_in_the_order_of_the_text_each_once() -> None:
    text = "{{b}} {{ a }} {{b}} {{größe_2}} {{1}} {{}} {{a b}} { {c} } {{{d}}} {{" + "x" * 41 + "}}"
    assert Prompt("t", text).variables == ("b", "a", "größe_2", "d")


def test_what_is_filled_in_stays_as_it_is() -> None:
    prompt = Prompt("t", "Say {{a}} to {{ b }}, {{a}}. {{1}} \\1 {0} %s")
    said = prompt.filled({"a": "{{b}} \\g<0>", "b": "\\1", "c": "unused"})
    assert said == "Say {{b}} \\g<0> to \\1, {{b}} \\g<0>. {{1}} \\1 {0} %s"


def test_what_is_not_filled_in_is_named() -> None:
    with pytest.raises(BadRequestError, match="a, c"):
        Prompt("t", "{{a}} {{b}} {{c}}").filled({"a": " ", "b": "x"})


def test_a_saved_prompt_takes_the_place_of_its_name_and_is_the_owners_alone() -> None:
    kept = Prompts()
    kept.save("ann", " Pumps ", "one")
    kept.save("ann", "Pumps", "two")
    kept.save("ann", "Alarms", "three")
    assert [(each.title, each.text) for each in kept.of("ann")] == [("Alarms", "three"), ("Pumps", "two")]
    assert kept.of("bob") == ()
    assert kept.forget("bob", kept.of("ann")[0].id) is None
    assert len(kept.of("ann")) == 2


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("", "text"),
        ("x" * 41, "text"),
        ("a\u202eb", "text"),
        ("t", " \n"),
        ("t", "x" * 20_001),
        ("t", " ".join(f"{{{{v{number}}}}}" for number in range(21))),
    ],
)
def test_what_cannot_be_kept_is_refused(title: str, text: str) -> None:
    kept = Prompts()
    with pytest.raises(BadRequestError):
        kept.save("ann", title, text)
    assert kept.of("ann") == ()


def test_no_more_than_so_many_are_kept_and_one_of_their_names_can_still_be_saved() -> None:
    kept = Prompts(max_each=2)
    for title in ("a", "b"):
        kept.save("ann", title, "x")
    with pytest.raises(BadRequestError, match="At most 2"):
        kept.save("ann", "c", "x")
    kept.save("ann", "b", "y")
    with pytest.raises(BadRequestError):
        kept.add("ann", [Prompt("d", "x")])
    assert [each.text for each in kept.of("ann")] == ["x", "y"]


def test_what_is_deleted_can_be_put_back() -> None:
    kept = Prompts()
    made = kept.save("ann", "a", "x")
    gone = kept.forget("ann", made.id)
    assert gone == made
    assert kept.add("ann", [made]) == 1
    assert kept.of("ann") == (made,)


def test_a_file_gives_back_what_was_written_and_adds_nothing_twice() -> None:
    kept = Prompts()
    kept.save("ann", "Pumps", "Why {{what}}?")
    kept.save("ann", "Ümlaut", "\u2028 “x”")
    read = from_json(to_json(kept.of("ann")))
    assert [(each.title, each.text) for each in read] == [(each.title, each.text) for each in kept.of("ann")]
    assert kept.add("ann", read) == 0
    assert kept.add("bob", read) == 2


def test_a_name_that_is_taken_gets_a_number_and_nothing_is_lost() -> None:
    kept = Prompts()
    kept.save("ann", "Pumps", "mine")
    kept.save("ann", "x" * 40, "mine")
    assert kept.add("ann", [Prompt("Pumps", "theirs"), Prompt("x" * 40, "theirs"), Prompt("Pumps", "third")]) == 3
    found = {each.title: each.text for each in kept.of("ann")}
    assert found["Pumps"] == "mine"
    assert (found["Pumps (2)"], found["Pumps (3)"], found["x" * 36 + " (2)"]) == ("theirs", "third", "theirs")
    assert kept.add("ann", [Prompt("Pumps", "theirs")]) == 0


def written(**changed: Any) -> bytes:
    document = {"format": "together-playground-prompts", "version": 1, "prompts": [{"title": "a", "text": "x"}]}
    return orjson.dumps({**document, **changed})


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no JSON: line 1"),
        (b'{"format": ', "no JSON: line 1, column"),
        (b"\xff\xfe", "no JSON"),
        (b"[]", "no prompts of this playground"),
        (b"null", "no prompts of this playground"),
        (b"[" * 3_000, "no JSON"),
        (written(format="other"), "no prompts of this playground"),
        (written(version=2), "another version"),
        (written(version=True), "another version"),
        (written(prompts=None), "list of 1 to 50"),
        (written(prompts=[]), "list of 1 to 50"),
        (written(prompts=[{"title": "a", "text": "x"}] * 51), "list of 1 to 50"),
        (
            written(prompts=[{"title": "a", "text": "x"}, {"title": "b"}]),
            "Prompt 2 in the file has no title",
        ),
        (written(prompts=[{"title": "a", "text": 3}]), "Prompt 1"),
        (written(prompts=["a"]), "Prompt 1"),
        (written(prompts=[{"title": "", "text": "x"}]), "Prompt 1 in the file: A name has"),
        (written(prompts=[{"title": "a", "text": "x" * 20_001}]), "Prompt 1 in the file: The prompt has 20,001"),
        (written(more="x" * 2_000_000), "more than 2 MB"),
    ],
)
def test_a_damaged_file_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason.replace("(", r"\(")):
        from_json(data)


def test_many_savers_at_once_lose_nothing() -> None:
    kept = Prompts()
    threads = [threading.Thread(target=kept.save, args=("ann", f"t{number}", "x")) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept.of("ann")) == 20
