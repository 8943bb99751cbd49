"""Files to take along: one button for each form in which something can be had."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Literal, Protocol

import streamlit as st

_FORMS = {"md": ("Markdown", "text/markdown"), "csv": ("CSV", "text/csv"), "json": ("JSON", "application/json")}


class Make(Protocol):
    """Writes the file; now is when it was asked for, in UTC."""

    def __call__(self, *, now: datetime) -> str | bytes: ...


def export_buttons(
    key: str,
    stem: str,
    makes: Mapping[str, Make],
    *,
    label: str = "{}",
    disabled: bool = False,
    width: Literal["content", "stretch"] = "content",
) -> None:
    """makes by suffix: md, csv, json. label has {} where the form is named; stem is what the file's name begins with.

    A file is written when it is asked for, not when its button is drawn.
    """
    drawn_at = datetime.now(UTC)
    for suffix, make in makes.items():
        name, mime = _FORMS[suffix]
        st.download_button(
            label.format(name),
            data=partial(_written, make),
            file_name=f"{stem}-{drawn_at:%Y%m%d-%H%M}.{suffix}",
            mime=mime,
            key=f"{key}_{suffix}",
            icon=":material/download:",
            disabled=disabled,
            on_click="ignore",
            width=width,
        )


def _written(make: Make) -> str | bytes:
    return make(now=datetime.now(UTC))
