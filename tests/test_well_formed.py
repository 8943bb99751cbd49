"""Half a character, as a database or a server may hand one out, stops nothing."""

from __future__ import annotations

import pytest

from services.well_formed import well_formed


@pytest.mark.parametrize(
    ("text", "expected"),
    [("plain", "plain"), ("\ud83d\ude00", "😀"), ("a\udc00\ud800", "a\ufffd\ufffd"), ("\ud800x", "\ufffdx"), ("", "")],
)
def test_surrogates_become_what_utf_8_can_hold(text: str, expected: str) -> None:
    assert well_formed(text) == expected
