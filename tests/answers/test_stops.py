"""Stop sequences typed on one line, with what a line cannot hold."""

from __future__ import annotations

import pytest

from services.answers.stops import stops_read, stops_written


@pytest.mark.parametrize(
    ("text", "stops"),
    [
        ("", ()),
        (" , ,", ()),
        ("END", ("END",)),
        ("###, END", ("###", "END")),
        (r"\n", ("\n",)),
        (r"\n\n, ;", ("\n\n", ";")),
        (r"a\,b", ("a,b",)),
        (r"\\n", (r"\n",)),
        (r"\ Human:", (" Human:",)),
        (r"Human:\ ", ("Human: ",)),
        (r"\ ", (" ",)),
        ("a, a, b", ("a", "b")),
        ("\\", ("\\",)),
        (r"\q", ("q",)),
        ("停, 😀", ("停", "😀")),
    ],
)
def test_what_is_typed_is_read_as(text: str, stops: tuple[str, ...]) -> None:
    assert stops_read(text) == stops


@pytest.mark.parametrize(
    "stops",
    [
        ("\n",),
        ("\t",),
        ("\r\n",),
        (" ",),
        ("  ",),
        (" x ",),
        (",",),
        ("\\",),
        ("\\n",),
        ("a,b", "c\\", "d"),
        ("\u00a0",),
        ("\u2028x\u2028",),
        (" \n ",),
        ("x \\",),
    ],
)
def test_what_is_written_is_read_back(stops: tuple[str, ...]) -> None:
    assert stops_read(stops_written(stops)) == stops
    assert "\n" not in stops_written(stops)
