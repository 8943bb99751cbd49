"""What the Tables page says of its figures: how rows were drawn, what embedding takes and costs, how good it is."""

from __future__ import annotations

import csv
import io
import re
import threading
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from services.answers import figures
from services.context import context_of
from services.embedding.prepared import prepare
from services.embedding.tokens import EstimatedTokens
from services.resources import playground
from services.tables.hana import HanaSource
from services.tables.source import ObjectName, SampleRequest
from services.wire.types import EmbeddingResult
from tests.embedding.embeds import Change, Endpoint
from tests.hana_server.running import HanaServer, hana_server
from tests.pages.conftest import Open
from tests.pages.test_asking_rows import owner_of
from tests.pages.test_tables import (
    LEDGER,
    at_tables,
    connected,
    embedded,
    needs_driver,
    picked,
    rerun_until,
    said,
    with_demo,
)
from tests.pages.test_tables_views import asked, shown, workspace

TOKENS = r"[\d,.]+(?: k)?"
RANGE = rf"about {TOKENS} \({TOKENS} to {TOKENS}\) tokens"


@pytest.fixture(scope="module")
def server() -> Iterator[HanaServer]:
    with hana_server() as running:
        yield running


@pytest.fixture
def hundred(opened: Open) -> AppTest:
    """100 of the demo's 1,500 notifications, embedded by the local encoder."""
    test = at_tables(opened)
    test.selectbox(key="tables_rows").set_value(100)
    test.button(key="tables_read").click().run()
    return embedded(test)


def words(test: AppTest) -> str:
    """What the page says, every space an ordinary one and no escapes."""
    return re.sub(r"\s", " ", said(test))


def table_with(test: AppTest, column: str) -> Any:
    return next(table.value for table in test.table if column in table.value)


def line(test: AppTest, start: str) -> str:
    return next(text for text in words(test).split(":small[:gray[") if text.startswith(start))


def drawn(test: AppTest, method: str) -> str:
    test.selectbox(key="tables_rows").set_value(100)
    test.segmented_control(key="tables_method").set_value(method)
    earlier = workspace(test).sample
    test.button(key="tables_read").click().run()
    return words(rerun_until(test, lambda page: workspace(page).sample is not earlier, "read"))


@needs_driver
def test_the_page_says_how_the_rows_of_a_database_were_drawn(opened: Open, server: HanaServer) -> None:
    test = picked(connected(opened, server), LEDGER)
    assert "100 of 2,500 rows, drawn at random by ORDER BY RAND(). Live data" in drawn(test, "random")
    first = drawn(test, "first")
    assert "The first 100 rows of 2,500 as the database gave them, in no order. Live data" in first
    assert "at random" not in first


@needs_driver
def test_the_page_names_tablesample_and_its_share_where_a_large_table_was_drawn_from(
    opened: Open, server: HanaServer
) -> None:
    test, request = at_tables(opened), SampleRequest(ObjectName("SALES", LEDGER), rows=50, method="random")
    source = HanaSource(server.settings(), sorted_rows=100)
    playground().workspaces.take(owner_of(test), request, source.sample(request))
    source.close()
    text = words(test.run())
    assert "50 of 2,500 rows, drawn at random by TABLESAMPLE BERNOULLI (3.531 %), of those 50 by ORDER BY" in text


@needs_driver
def test_the_cap_and_the_licence_that_asks_for_it_stand_under_a_database_s_tables(
    opened: Open, server: HanaServer
) -> None:
    test = connected(opened, server)
    assert "At most 5,000 rows a sample, because the driver's licence forbids mass extraction." in words(test)
    assert "Reading is capped at 5,000 rows; nothing is written." in words(test)


def test_the_word_of_local_vectors_says_that_their_encoder_is_made_for_english(hundred: AppTest) -> None:
    badge = next(mark for mark in hundred.markdown if ":material/memory: Local" in mark.value)
    assert "a small encoder made for English" in badge.proto.help


def test_the_search_is_judged_for_each_pair_of_languages_with_interval_and_chance(opened: Open) -> None:
    test = asked(embedded(with_demo(opened)), "seal is dripping")
    test.session_state["tables_quality"] = True
    found = table_with(test.run(), "By chance")
    pairs = [("English", "English"), ("English", "German"), ("German", "English"), ("German", "German")]
    assert sorted(zip(found["Question"], found["Rows"], strict=True)) == pairs
    for column in ("By meaning", "By words"):
        assert all(re.fullmatch(r"\d\.\d\d \(\d\.\d\d to \d\.\d\d\)", cell) for cell in found[column])
    means = {pair: float(cell[:4]) for pair, cell in zip(pairs, found["By meaning"], strict=True)}
    assert means["English", "English"] > 2 * means["German", "German"]


def test_before_a_run_both_the_sample_and_the_whole_table_have_tokens_and_price(opened: Open) -> None:
    test = at_tables(opened)
    test.selectbox(key="tables_rows").set_value(100)
    test.button(key="tables_read").click().run()
    assert re.match(rf"Sample: 100 rows · [0-9]+ texts to send · {TOKENS} tokens · free", line(test, "Sample:"))
    whole = line(test, "Whole table:")
    assert re.match(rf"Whole table: 1,500 rows · {RANGE} · free · 1\.54 MB as REAL_VECTOR", whole)


def test_after_a_run_the_whole_table_has_a_time_too(hundred: AppTest) -> None:
    whole = line(hundred, "Whole table:")
    assert re.match(rf"Whole table: 1,500 rows · {RANGE} · free · about [\d.]+ s · 1\.54 MB as REAL", whole)


def all_but_first_wait_for(gate: threading.Event) -> Change:
    def change(sent: Sequence[str], result: EmbeddingResult) -> EmbeddingResult:
        if "text 0" not in sent:
            gate.wait(30)
        return result

    return change


def test_a_job_under_way_says_rows_speed_tokens_cost_and_time_left(opened: Open) -> None:
    test, gate = with_demo(opened), threading.Event()
    texts = prepare([f"text {n}" for n in range(400)], EstimatedTokens())
    endpoint = Endpoint(change=all_but_first_wait_for(gate))
    job = playground().embeddings.start(
        owner_of(test), texts, endpoint.encoder(batch=100, concurrency=1), usd_per_mtok=Decimal(50)
    )
    try:
        rerun_until(test, lambda _: job.snapshot().rows_done > 0, "a first batch")
        told = re.sub(r"\s", " ", test.run().get("progress")[0].proto.text).replace("\\", "")
    finally:
        gate.set()
    assert re.fullmatch(r"100 of 400 rows · [\d,.k]+ rows/s · 200 tokens · ≈? ?\$0\.01\d* · about [\d.]+ s left", told)


def test_groups_are_named_by_their_terms_on_the_page_with_their_sizes(hundred: AppTest) -> None:
    legend = next(text.value for text in hundred.markdown if "-badge[●" in text.value)
    names = re.findall(r"-badge\[[●■◆✚] ([^\]]*\w[^\]]*) · (\d+)\]", legend)
    assert len(names) >= 2
    assert all(name != "other" for name, _ in names)
    assert sum(int(size) for _, size in names) <= 100


def test_the_tokens_of_a_selection_are_those_of_what_is_sent_here_and_in_chat(hundred: AppTest) -> None:
    asked(hundred, "seal is dripping")
    hundred.button(key="tables_search_meaning_add").click().run()
    chosen = workspace(hundred)
    tokens = figures.tokens(context_of(chosen.sample, chosen.selected, ["QMTXT", "LTXT"]).tokens)
    counted = re.sub(r"\s", " ", f"about {tokens} tokens")
    assert f"{counted} · at most 50 rows, 8,000 tokens" in words(hundred)
    hundred.button(key="tables_selection_chat").click().run()
    assert counted in words(hundred.switch_page("chat.py").run())


def test_compared_encoders_say_how_fast_how_dear_how_large_and_how_many_rows_they_cut(hundred: AppTest) -> None:
    shown(hundred, "Compare encoders")
    box = hundred.multiselect(key="encoders_chosen")
    box.select(next(option for option in box.options if "simulated" in option)).run()
    hundred.button(key="encoders_begin").click().run()
    rerun_until(hundred, lambda now: "Overlap@10" in said(now), "compared")
    found = table_with(hundred, "Storage")
    assert all(re.fullmatch(r"\d+ of 100", cell) for cell in found["Rows cut"])
    assert all(re.fullmatch(r"[\d.]+\s(kB|MB)", cell) for cell in found["Storage"])
    assert all(re.fullmatch(r"kept|[\d,.]+", cell) for cell in found["Rows/s"])
    assert sorted(found["Cost"]) == ["kept", "simulated"]
    assert list(found["State"]) == ["done", "done"]


def _files() -> None:
    import streamlit as st
    from streamlit.runtime import get_instance

    from components.state import owner
    from components.tables_export import take_away
    from services.exploring import ground_of
    from services.resources import playground

    ground = ground_of(playground(), owner())
    assert ground is not None
    take_away(ground)
    st.session_state["files"] = get_instance().media_file_mgr


def taken_away(page: AppTest, name: str) -> bytes:
    """What the browser gets for a press of that button."""
    test = AppTest.from_function(_files)
    test.session_state["session"] = page.session_state["session"]
    test.run()
    assert not test.exception
    button = next(button for button in test.get("download_button") if button.key == f"tables_export_{name}")
    files = test.session_state["files"]
    file = files.read_file(files.execute_deferred(button.proto.deferred_file_id).rsplit("/", 1)[-1].split(".")[0])
    assert file is not None
    return bytes(file.content)


def test_the_parquet_file_of_the_page_opens_with_rows_groups_scores_and_vectors(
    hundred: AppTest, tmp_path: Path
) -> None:
    asked(hundred, "seal is dripping")
    path = tmp_path / "rows.parquet"
    path.write_bytes(taken_away(hundred, "parquet"))
    rows = duckdb.read_parquet(str(path))
    assert {"QMNUM", "group", "group_terms", "question", "score"} <= set(rows.columns)
    assert "TOPIC" not in rows.columns
    vectors = [name for name in rows.columns if "vector" in name.lower()]
    assert rows.aggregate(f'count(*), min(len("{vectors[0]}"))').fetchall() == [(100, 256)]


def test_the_csv_file_of_the_page_opens_with_rows_groups_and_scores(hundred: AppTest) -> None:
    asked(hundred, "seal is dripping")
    rows = list(csv.DictReader(io.StringIO(taken_away(hundred, "csv").decode("utf-8-sig"))))
    assert len({row["QMNUM"] for row in rows}) == len(rows) == 100
    assert all(row["group_terms"] and -1 <= float(row["score"]) <= 1 for row in rows)
    assert "TOPIC" not in rows[0]
