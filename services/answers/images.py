"""Pictures that go along with a question: read from what was uploaded, bounded, and never fetched from anywhere."""

from __future__ import annotations

import base64
import io
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import PIL.Image

from services.answers.runs import Request
from services.errors import BadRequestError
from services.wire.json_text import repaired
from services.wire.types import ChatRequest, Json, Message

MAX_BYTES, MAX_PIXELS, MAX_PER_MESSAGE = 4_000_000, 25_000_000, 4
MEDIA_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif"}
SUFFIXES = ("png", "jpg", "jpeg", "webp", "gif")
_NAME_CHARACTERS = 80
_LEFT_OUT = "…"


@dataclass(frozen=True)
class Image:
    """data is the file as it was uploaded, with whatever it says of place and camera; width and height in pixels."""

    name: str
    media_type: str
    data: bytes = field(repr=False)
    width: int
    height: int

    @cached_property
    def url(self) -> str:
        return f"data:{self.media_type};base64,{base64.b64encode(self.data).decode()}"

    @property
    def note(self) -> str:
        """pump.png (PNG, 640 × 480, 34 kB)"""
        kind = self.media_type.partition("/")[2].upper()
        size = (
            f"{len(self.data) / 1e6:.1f} MB" if len(self.data) >= 1e6 else f"{max(1, round(len(self.data) / 1e3))} kB"
        )
        return f"{self.name} ({kind}, {self.width:,} × {self.height:,}, {size})"


def image(name: str, data: bytes, *, max_bytes: int = MAX_BYTES, max_pixels: int = MAX_PIXELS) -> Image:
    """What the bytes are is read from them, whatever the name says.

    Raises BadRequestError for a file that is too large, damaged, or no picture of a kind that models read.
    """
    shown = _shown(name)
    if len(data) > max_bytes:
        raise BadRequestError(
            f"{shown} has {len(data) / 1e6:.1f} MB; an image may have {max_bytes / 1e6:g} MB.",
            remedy="Make it smaller and attach it again.",
        )
    media_type, width, height = _looked_at(shown, data, max_pixels)
    return Image(shown, media_type, data, width, height)


def content(text: str, images: Sequence[Image], *, sees: bool = True) -> str | tuple[Json, ...]:
    """A message's content. Where nobody sees images, their names stand in their place."""
    if not images:
        return text
    if not sees:
        return "\n".join([text, *(f"[image left out: {each.name}]" for each in images)])
    parts = [{"type": "image_url", "image_url": {"url": each.url}} for each in images]
    return ({"type": "text", "text": text}, *parts)


def shortened(request: Request) -> Request:
    """The request with every picture's bytes left out: for eyes and files, not to be sent."""
    if not isinstance(request, ChatRequest):
        return request
    return replace(request, messages=tuple(_short_message(message) for message in request.messages))


def _short_message(message: Message) -> Message:
    if not isinstance(message.content, tuple):
        return message
    return replace(message, content=tuple(_short_part(part) for part in message.content))


def _short_part(part: Json) -> Json:
    address: Any = part.get("image_url")
    url = address.get("url") if isinstance(address, Mapping) else None
    if not isinstance(url, str) or not url.startswith("data:"):
        return part
    return {**part, "image_url": {"url": f"{url.partition(',')[0]},{_LEFT_OUT}"}}


def _looked_at(name: str, data: bytes, max_pixels: int) -> tuple[str, int, int]:
    """(media type, width, height), after the first frame was decoded: a damaged file would fail at the model."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with PIL.Image.open(io.BytesIO(data), formats=tuple(MEDIA_TYPES)) as opened:
                width, height = opened.size
                kind = str(opened.format)
                if width * height <= max_pixels:
                    opened.load()
    except (OSError, SyntaxError, ValueError, EOFError, PIL.Image.DecompressionBombError):
        raise BadRequestError(
            f"{name} is damaged, or no PNG, JPEG, WebP or GIF.", remedy="Attach a picture of one of these kinds."
        ) from None
    if width * height > max_pixels:
        raise BadRequestError(
            f"{name} has {width:,} × {height:,} pixels; an image may have {max_pixels / 1e6:g} million.",
            remedy="Make it smaller and attach it again.",
        )
    return MEDIA_TYPES[kind], width, height


def _shown(name: str) -> str:
    """On one line, and short."""
    seen = "".join(sign if sign.isprintable() else " " for sign in repaired(name)).strip()
    return seen[-_NAME_CHARACTERS:] if seen else "The image"
