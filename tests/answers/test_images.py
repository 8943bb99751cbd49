"""Pictures are read from their bytes, bounded, sent as parts, and leave no bytes in what is shown or exported."""

from __future__ import annotations

import io
import json
import struct
import zlib
from dataclasses import replace
from datetime import UTC, datetime

import PIL.Image
import pytest

from services.answers.conversation_files import from_json, to_json
from services.answers.conversations import Conversation, Turn, messages
from services.answers.exports import as_json, as_markdown
from services.answers.images import Image, image, shortened
from services.answers.runs import Run, Runs
from services.answers.snippets import python_code
from services.errors import BadRequestError, ConfigError
from services.wire.types import ChatRequest, Message
from tests.answers.scripted import TOGETHER, Script


def picture(kind: str = "PNG", size: tuple[int, int] = (8, 6)) -> bytes:
    out = io.BytesIO()
    PIL.Image.new("RGB", size, "teal").save(out, kind)
    return out.getvalue()


def bomb() -> bytes:
    """A small PNG file that says of itself that it is huge."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_what_a_picture_is_stands_in_its_bytes_not_in_its_name(kind: str) -> None:
    read = image("pump.txt", picture(kind))
    assert (read.media_type, read.width, read.height) == (f"image/{kind.lower()}", 8, 6)
    assert read.note.startswith(f"pump.txt ({kind}, 8 × 6, ")
    assert read.url.startswith(f"data:image/{kind.lower()};base64,")


HOSTILE = {
    "empty": b"",
    "text": b"not a picture",
    "vector": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "page": b"<html><img src=http://e.example></html>",
    "bitmap": picture("BMP"),
    "cut": picture(size=(300, 300))[:120],
    "cut jpeg": picture("JPEG", (300, 300))[:400],
    "head alone": b"\x89PNG\r\n\x1a\n",
    "bomb": bomb(),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_what_is_damaged_or_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(BadRequestError, match=r"damaged|pixels"):
        image("x.png", data)


def test_size_and_pixels_are_bounded_and_the_reason_is_said() -> None:
    with pytest.raises(BadRequestError, match="has 0.3 MB; an image may have 0.25 MB"):
        image("x.png", picture() + b"\0" * 300_000, max_bytes=250_000)
    with pytest.raises(BadRequestError, match="8 × 6 pixels"):
        image("x.png", picture(), max_pixels=47)
    assert image("x.png", picture(), max_pixels=48, max_bytes=len(picture())).width == 8


@pytest.mark.parametrize(
    ("name", "shown"), [("", "The image"), ("\n\t", "The image"), ("a\u202eb\n", "a b"), ("x" * 200, "x" * 80)]
)
def test_a_name_is_one_short_line(name: str, shown: str) -> None:
    assert image(name, picture()).name == shown


def answered(request: ChatRequest) -> Run:
    runs = Runs(Script())
    try:
        run = runs.start("ann", TOGETHER, request, message_id="1")
        run.wait(5)
    finally:
        runs.close()
    return run


@pytest.fixture
def talk() -> tuple[Conversation, Image]:
    shot = image("pump.png", picture())
    sent, _ = messages((), "What is this?", images=(shot,))
    return Conversation((Turn("What is this?", (answered(ChatRequest("m", sent)),), images=(shot,)),)), shot


def test_a_picture_is_sent_with_its_question_and_again_with_the_next_one(talk: tuple[Conversation, Image]) -> None:
    made, shot = talk
    sent, _ = messages(made.turns, "And its colour?")
    parts = sent[0].content
    assert parts == (
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": shot.url}},
    )
    assert sent[-1].content == "And its colour?"


def test_a_model_that_sees_nothing_gets_the_names_of_earlier_pictures(talk: tuple[Conversation, Image]) -> None:
    sent, _ = messages(talk[0].turns, "Go on", sees=False)
    assert sent[0].content == "What is this?\n[image left out: pump.png]"


def test_exports_and_code_name_a_picture_and_hold_none_of_its_bytes(talk: tuple[Conversation, Image]) -> None:
    made, shot = talk
    now = datetime(2026, 11, 24, tzinfo=UTC)
    bytes_in_text = shot.url.partition(",")[2][:40]
    text, data = as_markdown(made, now=now), as_json(made, now=now).decode()
    assert f"With the image {shot.note}, which is no part of this file" in text
    assert json.loads(data)["turns"][0]["images"] == [shot.note]
    request = made.turns[0].run.request
    code = python_code(TOGETHER, shortened(request))
    for written in (text, data, code):
        assert bytes_in_text not in written
    assert "data:image/png;base64,…" in code
    assert shot.url in json.dumps(request.messages[0].content)  # type: ignore[union-attr]


def test_a_link_in_a_part_stays_as_it_is() -> None:
    part = {"type": "image_url", "image_url": {"url": "https://e.example/x.png"}}
    request = ChatRequest("m", (Message("user", (part,)),))
    assert shortened(request) == request


def test_a_saved_conversation_holds_each_picture_once_and_gives_it_back(talk: tuple[Conversation, Image]) -> None:
    made, shot = talk
    twice = replace(made, turns=(*made.turns, replace(made.turns[0], id="2")))
    data = to_json(twice)
    assert data.count(shot.url.encode()) == 1
    back = from_json(data)
    assert back.turns[1].images == (shot,)
    assert back.turns[0].run.request == made.turns[0].run.request


@pytest.mark.parametrize(
    "url", ["data:image/svg+xml;base64,PHN2Zz4=", "https://e.example/x.png", "data:image/png;base64,%"]
)
def test_a_saved_picture_that_is_none_is_a_damage(talk: tuple[Conversation, Image], url: str) -> None:
    made, shot = talk
    with pytest.raises(ConfigError):
        from_json(to_json(made).replace(shot.url.encode(), url.encode()))
