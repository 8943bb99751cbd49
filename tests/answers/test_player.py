"""The HTML file of a recording, as far as can be seen without a browser."""

from __future__ import annotations

import json
import re
from dataclasses import replace

from services.answers.player import as_html
from services.recording import bundled
from tests.answers.recorded import HOSTILE, panel, recording


def data_of(page: str) -> str:
    found = re.search(r'<script type="application/json" id="recording">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return found[1]


def test_hostile_text_cannot_end_the_element_it_stands_in() -> None:
    page = as_html(recording(panel("A", texts=(HOSTILE,)), panel("B"), prompt=HOSTILE, system=HOSTILE))
    data = data_of(page)
    assert not re.search("[<>&\u2028\u2029]", data)
    assert json.loads(data)["prompt"] == HOSTILE
    assert page.replace(data, "") == as_html(recording()).replace(data_of(as_html(recording())), "")


def test_the_file_names_no_address_to_load_from() -> None:
    page = as_html(recording())
    assert "default-src 'none'" in page
    assert "unsafe" not in page
    assert not re.search(r"https?:|\bsrc=|@import|url\(", page)


def test_figures_are_written_as_everywhere_with_their_meaning() -> None:
    failed = replace(
        panel("B", texts=()), state="failed", error="Busy (429).", remedy="Press Again.", ended_ns=1_500_000_000
    )
    document = json.loads(data_of(as_html(recording(panel("A"), failed))))
    good, bad = document["panels"]
    assert dict(good["figures"])["wait"] == "0.06\u202fs"
    assert dict(good["figures"])["cost"] == "$0.000011"
    assert good["origin"] == "real · Together"
    assert good["price"] == "Price of 2026-11-01: $0.88 in, $1.2 out per million tokens."
    assert {text for label, text in bad["figures"] if label != "state"} == {"–"}
    assert bad["error"] == "Busy (429). Press Again."
    assert (good["end_ms"], bad["end_ms"]) == (120, 1_500)
    assert any(text.startswith("Wait:") for text in document["definitions"])


def test_the_bundled_recording_can_be_read_and_is_said_to_be_local() -> None:
    found = bundled()
    assert found is not None
    assert {each.source.word for each in found.panels} == {"local"}
    assert all(each.state == "done" and each.end_ns > 10**9 for each in found.panels)
    assert "real · local" in as_html(found)
