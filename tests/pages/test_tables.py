"""The Tables page up to the vectors, on the demo tables and over the test server, without a browser."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Iterator

import pytest
from streamlit.runtime.caching import clear_session_resource_cache
from streamlit.testing.v1 import AppTest

from tests.hana_server.running import HanaServer, hana_server
from tests.pages.conftest import Open

needs_driver = pytest.mark.skipif(
    importlib.util.find_spec("hdbcli") is None, reason="NO HANA DRIVER: hdbcli has no wheel for this platform"
)
PAGE = "tables.py"
KEY = "tgp_v1_invented-for-table-tests"
E5 = "intfloat/multilingual-e5-large-instruct"
LEDGER, NOTIFICATIONS, WEIRD, VIEW = "BSEG", "QMEL", 'we"ird', "Lines per document"
PATIENCE_S = 30.0
# AppTest gives all its sessions this one id.
SESSION = "test session id"


@pytest.fixture(scope="module")
def server() -> Iterator[HanaServer]:
    with hana_server(page_rows=50, tables=300) as running:
        yield running


def said(test: AppTest) -> str:
    """Everything the page and the sidebar say."""
    parts = [*test.markdown, *test.error, *test.warning, *test.title, *test.header, *test.sidebar.markdown]
    return "\n".join(str(part.value).replace("\\", "") for part in parts)


def rerun_until(test: AppTest, holds: Callable[[AppTest], bool], what: str) -> AppTest:
    """The page draws itself anew every second where something is under way; a test does it by hand."""
    end_s = time.monotonic() + PATIENCE_S
    while not holds(test.run()):
        assert time.monotonic() < end_s, f"{what}: {said(test)}"
    return test


def at_tables(opened: Open, **env: str) -> AppTest:
    """Without the local model, which nothing here asks and every test would wait for.

    A test has no browser that could say that it runs on this machine, so hosts of this machine are allowed by name.
    """
    return opened(PAGE, LOCAL_MODEL_PATH=__file__, **{"PLAYGROUND_ENDPOINT_HOSTS": "127.0.0.1"} | env)


def with_demo(opened: Open, **env: str) -> AppTest:
    return at_tables(opened, **env).button(key="tables_demo").click().run()


def embedded(test: AppTest) -> AppTest:
    test.button(key="embed_begin").click().run()
    return rerun_until(test, lambda page: "rows by" in said(page), "embedded")


def template(test: AppTest) -> str:
    return next(field.key for field in test.text_input if str(field.key).startswith("embed_template"))


def shown_columns(test: AppTest) -> list[str]:
    return list(test.dataframe[0].value.columns)


def connected(opened: Open, server: HanaServer, **changes: str) -> AppTest:
    return submitted(at_tables(opened), server, **changes)


def submitted(test: AppTest, server: HanaServer, **changes: str) -> AppTest:
    test.segmented_control(key="tables_source").set_value("hana").run()
    typed = {"host": server.host, "user": server.user, "password": server.password} | changes
    for name, text in typed.items():
        test.text_input(key=f"hana_{name}").set_value(text)
    test.number_input(key="hana_port").set_value(server.port)
    test.checkbox(key="hana_encrypt").set_value(False)
    test.button(key="hana_submit").click().run()
    return rerun_until(test, lambda page: "Connecting to" not in said(page), "an answer to the login")


def table_box(test: AppTest) -> str:
    return next(box.key for box in test.selectbox if str(box.key).startswith("tables_table_"))


def picked(test: AppTest, table: str, schema: str = "SALES") -> AppTest:
    test.selectbox(key="tables_schema").set_value(schema).run()
    box = test.selectbox(key=table_box(test))
    label = next(option for option in box.options if option.split(" · ")[0] == table)
    return box.select_index(box.options.index(label)).run()


def test_an_empty_page_offers_the_demo_table_and_reads_all_of_it_at_one_press(opened: Open) -> None:
    test = at_tables(opened)
    assert "No table sample yet" in said(test)
    test.button(key="tables_demo").click().run()
    assert not test.exception
    assert "All 1,500 rows in order of QMNUM. Invented data, nothing live, read 20" in said(test)
    assert len(test.dataframe[0].value) == 1_500


def test_the_answer_column_reaches_the_browser_only_when_asked_for(opened: Open) -> None:
    test = with_demo(opened)
    assert "TOPIC" not in shown_columns(test)
    switch = next(toggle for toggle in test.toggle if toggle.label == "Show the answer column")
    switch.set_value(True).run()
    assert "TOPIC" in shown_columns(test)


def test_only_the_chosen_columns_and_rows_are_read(opened: Open) -> None:
    test = at_tables(opened)
    columns = next(box for box in test.multiselect if box.label == "Columns")
    columns.set_value(["QMNUM", "QMTXT"])
    test.selectbox(key="tables_rows").set_value(100)
    test.segmented_control(key="tables_method").set_value("random")
    test.button(key="tables_read").click().run()
    assert not test.exception, test.exception
    assert (len(test.dataframe[0].value), shown_columns(test)) == (100, ["QMNUM", "QMTXT"])


def test_rows_become_vectors_with_their_word_and_are_kept_for_the_next_time(opened: Open) -> None:
    test = embedded(with_demo(opened))
    assert "1,500 rows by static-minilm-l6-v2-256" in said(test)
    assert "tokens · free" in said(test)
    assert ":material/memory: Local" in said(test)
    assert "Cached" not in said(test)
    test.button(key="tables_read").click().run()
    assert "all its vectors are kept from before, so nothing is sent" in said(test)
    test = embedded(test)
    assert "texts kept from before" in said(test)
    assert "Cached" in said(test)


def test_sample_and_vectors_are_still_there_after_a_visit_to_another_page(opened: Open) -> None:
    test = embedded(with_demo(opened))
    test.text_input(key=template(test)).set_value("{QMTXT}").run()
    test = embedded(test)
    test.switch_page("chat.py").run()
    test.switch_page(PAGE).run()
    assert test.text_input(key=template(test)).value == "{QMTXT}"
    assert "1,500 rows by static-minilm-l6-v2-256" in said(test)
    assert len(test.dataframe[0].value) == 1_500


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [("{QMTXTT}", "QMTXT"), ("no column", "names no column"), ("{QMTXT", "{"), ("", "names no column")],
)
def test_a_template_that_does_not_fit_is_explained_and_nothing_can_be_embedded(
    opened: Open, typed: str, sentence: str
) -> None:
    test = embedded(with_demo(opened))
    test.text_input(key=template(test)).set_value(typed).run()
    assert not test.exception
    assert sentence in test.error[0].value.replace("\\", "")
    assert "embed_begin" not in [button.key for button in test.button]
    assert "rows by" not in said(test)


def test_what_is_sent_of_a_row_is_shown_as_it_is(opened: Open) -> None:
    test = with_demo(opened)
    test.text_input(key=template(test)).set_value("Note {QMNUM}!").run()
    next(field for field in test.number_input if field.label == "Row").set_value(2).run()
    assert test.code[0].value == "Note 000200000102!"
    assert "000200000102 · " in said(test)


def test_a_text_longer_than_the_model_reads_is_marked_and_may_be_refused(opened: Open) -> None:
    test = with_demo(opened)
    assert "of the rows have more than 512 tokens and are cut" in said(test)
    test.selectbox(key="embed_long").set_value(False).run()
    assert "of the rows have more than 512 tokens and are refused" in said(test)
    assert "1 row refused" in said(embedded(test))


def test_vectors_of_the_sandbox_are_simulated_and_cost_nothing(opened: Open) -> None:
    test = with_demo(opened)
    place = test.selectbox(key="encoder_place")
    place.select_index(place.options.index("Sandbox · simulated")).run()
    test = embedded(test)
    assert not test.exception
    assert "simulated, nothing is paid" in said(test)
    assert ":material/science: Simulated" in said(test)


def test_a_run_above_the_cap_asks_first_and_pays_only_what_was_confirmed(opened: Open, sandbox_address: str) -> None:
    test = with_demo(
        opened, TOGETHER_API_KEY=KEY, TOGETHER_BASE_URL=sandbox_address, TOGETHER_DEFAULT_EMBEDDING_MODEL=E5
    )
    place = test.selectbox(key="encoder_place")
    place.select_index(place.options.index("Together")).run()
    assert test.selectbox(key="encoder_model_Together_False").value == E5
    assert "left the serverless offer" in said(test)
    test.number_input(key="embed_cap").set_value(0.0).run()
    test.button(key="embed_begin").click().run()
    assert "above the cap of $0" in test.warning[0].value.replace("\\", "")
    assert "rows by" not in said(test)
    test.button(key="embed_confirm").click().run()
    rerun_until(test, lambda page: "rows by" in said(page) or bool(page.error), "an end")
    assert not test.exception
    assert "rows by" in said(test), said(test)
    assert KEY not in said(test)


@needs_driver
def test_a_wrong_password_is_said_leaves_its_field_and_spares_typing_the_rest_again(
    opened: Open, server: HanaServer
) -> None:
    test = connected(opened, server, password="Wrong-Guess-1")
    assert "refused the user or password. Check the user and the password." in said(test)
    assert test.text_input(key="hana_password").value == ""
    assert test.text_input(key="hana_host").value == server.host
    kept = test.session_state["session"]
    assert (kept.hana, kept.hana_typed.password) == (None, None)
    assert "Wrong-Guess-1" not in repr(kept)
    assert "Tables: demo data" in said(test)


@needs_driver
@pytest.mark.parametrize(
    ("name", "sentence"), [("host", "No host is given."), ("user", "User or password is missing.")]
)
def test_what_is_missing_in_the_form_is_said_before_anybody_is_asked(
    opened: Open, server: HanaServer, name: str, sentence: str
) -> None:
    before = server.connections()
    assert sentence in said(connected(opened, server, **{name: "  "}))
    assert server.connections() == before


@needs_driver
def test_a_name_that_leads_into_this_network_is_not_followed_for_a_visitor_from_elsewhere(
    opened: Open, server: HanaServer
) -> None:
    before = server.connections()
    test = submitted(at_tables(opened, PLAYGROUND_ENDPOINT_HOSTS="*"), server, host="localhost")
    assert "localhost leads to an address that may not be asked from here." in said(test)
    assert server.connections() == before


@needs_driver
def test_a_table_without_rows_is_said_to_have_none(opened: Open, server: HanaServer) -> None:
    test = connected(opened, server)
    test.selectbox(key="tables_schema").set_value("BIG").run()
    box = test.selectbox(key=table_box(test))
    box.select_index(0).run()
    test.segmented_control(key="tables_method").set_value("first")
    test.button(key="tables_read").click().run()
    assert not test.exception
    assert (len(test.dataframe[0].value), test.error) == (0, [])
    assert "no row has a text." in said(test)
    test.button(key="embed_begin").click().run()
    assert "No row has a text to embed." in said(test)


@needs_driver
def test_a_sample_of_a_table_with_hostile_names_stays_data(opened: Open, server: HanaServer) -> None:
    test = picked(connected(opened, server), WEIRD)
    assert "HANA: connected, read-only" in said(test)
    test.button(key="tables_read").click().run()
    assert not test.exception
    assert "x'; DROP TABLE QMEL --" in shown_columns(test)
    assert "Live data, read 20" in said(test)
    test.text_input(key=template(test)).set_value("{a\"b} {x'; DROP TABLE QMEL --}").run()
    assert "2 rows by static-minilm" in said(embedded(test))


@needs_driver
def test_a_search_among_many_tables_says_that_there_are_more(opened: Open, server: HanaServer) -> None:
    test = connected(opened, server)
    test.selectbox(key="tables_schema").set_value("BIG").run()
    box = test.selectbox(key=table_box(test))
    assert len(box.options) == 200
    assert "find the others by name or comment" in box.help
    test.text_input(key="tables_find").set_value("plant 2").run()
    assert [option.split(" · ")[0] for option in test.selectbox(key=table_box(test)).options] == ["T00200"]
    assert not test.button(key="tables_read").disabled
    test.text_input(key="tables_find").set_value("'; DROP %_\\").run()
    assert test.selectbox(key=table_box(test)).options == []
    assert not test.exception


@needs_driver
def test_a_read_that_takes_long_is_cancelled_and_the_next_one_works(opened: Open, server: HanaServer) -> None:
    test = picked(connected(opened, server), NOTIFICATIONS)
    server.hold(matching='FROM "SALES"."QMEL"')
    test.button(key="tables_read").click().run()
    server.wait_until_held(deadline_s=PATIENCE_S)
    assert f"Reading {NOTIFICATIONS} …" in said(test)
    assert test.button(key="tables_read").disabled
    test.button(key="reading_cancel_tables").click().run()
    rerun_until(test, lambda page: "The query was cancelled." in said(page), "cancelled")
    assert not test.error
    test.button(key="tables_read").click().run()
    rerun_until(test, lambda page: len(page.dataframe) > 0, "read")
    assert "Übergröße: Dichtung <b>fehlt</b>" in list(test.dataframe[0].value["QMTXT"])


@needs_driver
def test_a_connection_that_breaks_while_reading_is_said_and_made_anew_by_the_next_read(
    opened: Open, server: HanaServer
) -> None:
    test = picked(connected(opened, server), LEDGER)
    server.kill_after_rows(60, matching='FROM "SALES"."BSEG"')
    test.button(key="tables_read").click().run()
    rerun_until(test, lambda page: bool(page.error), "broken")
    assert "No table sample yet" in said(test)
    test.button(key="tables_read").click().run()
    rerun_until(test, lambda page: len(page.dataframe) > 0, "read")
    assert not test.error


@needs_driver
def test_disconnecting_ends_the_connection_and_keeps_the_sample(opened: Open, server: HanaServer) -> None:
    server.wait_until_open(0, PATIENCE_S)
    test = picked(connected(opened, server), WEIRD)
    test.button(key="tables_read").click().run()
    assert server.open_connections() == 1
    test.button(key="tables_disconnect").click().run()
    server.wait_until_open(0, PATIENCE_S)
    assert "Tables: demo data" in said(test)
    assert len(test.dataframe[0].value) == 2


@needs_driver
def test_a_browser_that_was_gone_for_a_moment_finds_its_connection_again(opened: Open, server: HanaServer) -> None:
    test = picked(connected(opened, server), WEIRD)
    clear_session_resource_cache(SESSION)
    server.wait_until_open(0, PATIENCE_S)
    rerun_until(test, lambda page: "tables_read" in [button.key for button in page.button], "connected")
    test.button(key="tables_read").click().run()
    rerun_until(test, lambda page: len(page.dataframe) > 0, "read")
    assert not test.exception


@needs_driver
def test_a_view_is_counted_only_when_asked(opened: Open, server: HanaServer) -> None:
    test = connected(opened, server)
    test.selectbox(key="tables_schema").set_value("SALES").run()
    box = test.selectbox(key=table_box(test))
    view = next(option for option in box.options if " · view" in option)
    assert "rows" not in view
    box.select_index(box.options.index(view)).run()
    test.button(key="tables_count").click().run()
    rerun_until(test, lambda page: "tables_count" not in [button.key for button in page.button], "counted")
    assert any(" · view · " in option and "row" in option for option in test.selectbox(key=table_box(test)).options)


@needs_driver
def test_the_database_embeds_with_a_model_of_its_own(opened: Open, server: HanaServer) -> None:
    test = picked(connected(opened, server), WEIRD)
    test.button(key="tables_read").click().run()
    place = test.selectbox(key="encoder_place")
    place.select_index(place.options.index("SAP HANA's VECTOR_EMBEDDING")).run()
    rerun_until(test, lambda page: "embed_begin" in [button.key for button in page.button], "its models")
    assert "no price per token" in said(test)
    test = embedded(test)
    assert "2 rows by SAP_NEB.20240715 in SAP HANA" in said(test)
    test.button(key="tables_disconnect").click().run()
    assert "SAP HANA is not connected any more." in said(test)


@needs_driver
def test_a_job_is_paused_and_resumed_and_says_when_the_sample_below_is_another(
    opened: Open, server: HanaServer
) -> None:
    test = picked(connected(opened, server), WEIRD)
    test.button(key="tables_read").click().run()
    place = test.selectbox(key="encoder_place")
    place.select_index(place.options.index("SAP HANA's VECTOR_EMBEDDING")).run()
    rerun_until(test, lambda page: "embed_begin" in [button.key for button in page.button], "its models")
    server.hold(matching="'DOCUMENT'")
    test.button(key="embed_begin").click().run()
    server.wait_until_held(deadline_s=PATIENCE_S)
    assert test.button(key="embed_begin").disabled
    test.button(key="job_pause").click().run()
    assert test.button(key="job_pause").label == "Resume"
    test.button(key="job_pause").click().run()
    assert test.button(key="job_pause").label == "Pause"
    test.segmented_control(key="tables_source").set_value("demo").run()
    test.button(key="tables_read").click().run()
    assert "These are the texts of before" in said(test)
    test.button(key="job_stop").click().run()
    rerun_until(test, lambda page: "job_stop" not in [button.key for button in page.button], "stopped")
    assert not test.exception


def test_settings_connect_at_one_press_and_are_named_where_they_fail(opened: Open) -> None:
    test = at_tables(opened, HANA_HOST="127.0.0.1", HANA_PORT="1", HANA_USER="READER", HANA_PASSWORD="Invented-1")
    test.segmented_control(key="tables_source").set_value("hana").run()
    assert "127.0.0.1:1, as HANA_* is set." in said(test)
    test.button(key="hana_settings").click().run()
    rerun_until(test, lambda page: bool(page.error), "refused")
    assert "Invented-1" not in said(test)
    if importlib.util.find_spec("hdbcli") is not None:
        assert "Nobody listens at 127.0.0.1:1. Check the port (HANA_PORT)" in said(test)


@needs_driver
def test_a_login_that_gets_no_answer_is_left_at_once(opened: Open, server: HanaServer) -> None:
    test = at_tables(opened)
    server.accept_silently()
    test.segmented_control(key="tables_source").set_value("hana").run()
    for name, text in (("host", server.host), ("user", server.user), ("password", server.password)):
        test.text_input(key=f"hana_{name}").set_value(text)
    test.number_input(key="hana_port").set_value(server.port)
    test.checkbox(key="hana_encrypt").set_value(False)
    test.button(key="hana_submit").click().run()
    assert "Connecting to SAP HANA at" in said(test)
    assert "HANA: connecting" in said(test)
    test.button(key="reading_cancel_tables").click().run()
    assert "Connecting was cancelled." in said(test)
    assert "hana_submit" in [button.key for button in test.button]
