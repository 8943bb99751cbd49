"""The Tables page in a real browser: what a reload keeps, and SAP HANA from the form to the last connection."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Server, opened, settled, unfolded
from tests.hana_server.running import HanaServer, hana_server

needs_driver = pytest.mark.skipif(
    importlib.util.find_spec("hdbcli") is None, reason="NO HANA DRIVER: hdbcli has no wheel for this platform"
)
PATIENCE_S = 40.0


@pytest.fixture
def server() -> Iterator[HanaServer]:
    with hana_server(page_rows=50) as running:
        yield running


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).locator("visible=true").click()


def pick(page: Page, box: str, option: str) -> None:
    unfolded(page, page.get_by_role("combobox", name=box), page.get_by_role("option", name=option).first, press=True)
    settled(page)


def fill_in(page: Page, server: HanaServer) -> None:
    """All but the password."""
    page.get_by_role("radio", name="SAP HANA").click()
    for label, text in (("Host", server.host), ("Port", str(server.port)), ("User", server.user)):
        page.get_by_label(label, exact=True).fill(text)
    press(page, "TLS and more")
    page.get_by_text("encrypt", exact=True).click()
    page.keyboard.press("Escape")


def log_in(page: Page, password: str) -> None:
    page.get_by_label("Password", exact=True).fill(password)
    press(page, "Connect")


def connected(page: Page, app: Server, server: HanaServer) -> None:
    opened(page, app, "/tables")
    fill_in(page, server)
    log_in(page, server.password)
    expect(page.get_by_role("combobox", name="Schema")).to_be_visible()
    settled(page)
    pick(page, "Schema", "SALES")


def read(page: Page, table: str) -> None:
    pick(page, "Table or view", table)
    press(page, "Read sample")


def test_a_reload_finds_the_sample_its_texts_and_its_vectors_again(page: Page, plain: Server) -> None:
    opened(page, plain, "/tables")
    press(page, "Use demo table")
    text = page.get_by_role("textbox", name="Text of a row")
    expect(text).to_have_value("{QMTXT}: {LTXT}")
    text.fill("{QMTXT}")
    text.press("Enter")
    settled(page)
    press(page, "Embed")
    expect(page.get_by_text("1,500 rows by static-minilm")).to_be_visible()
    page.reload()
    settled(page)
    expect(page.get_by_text("1,500 rows by static-minilm")).to_be_visible()
    expect(page.get_by_role("textbox", name="Text of a row")).to_have_value("{QMTXT}")
    expect(page.get_by_test_id("stDataFrame").first).to_be_visible()


@needs_driver
def test_from_a_wrong_password_to_a_table_with_hostile_names_and_no_connection_left_behind(
    context: BrowserContext, plain: Server, server: HanaServer
) -> None:
    page = context.new_page()
    opened(page, plain, "/tables")
    fill_in(page, server)
    log_in(page, "Wrong-Guess-1")
    expect(page.get_by_text("refused the user or password. Check the user and the password.")).to_be_visible()
    expect(page.get_by_label("Password", exact=True)).to_have_value("")
    expect(page.get_by_label("Host", exact=True)).to_have_value(server.host)
    log_in(page, server.password)
    expect(page.get_by_text("HANA: connected, read-only")).to_be_visible()
    pick(page, "Schema", "SALES")
    read(page, 'we"ird')
    expect(page.get_by_role("heading", name='we"ird')).to_be_visible()
    assert server.open_connections() == 1
    stranger = context.browser.new_context().new_page() if context.browser is not None else page
    opened(stranger, plain, "/tables")
    expect(stranger.get_by_text("No table sample yet")).to_be_visible()
    stranger.get_by_role("radio", name="SAP HANA").click()
    expect(stranger.get_by_label("Host", exact=True)).to_have_value("")
    stranger.context.close()
    page.close()
    server.wait_until_open(0, PATIENCE_S)
    assert "Wrong-Guess-1" not in plain.console
    assert server.password not in plain.console


@needs_driver
def test_a_read_that_hangs_is_cancelled_and_one_that_breaks_is_said(
    page: Page, plain: Server, server: HanaServer
) -> None:
    connected(page, plain, server)
    server.hold(matching='FROM "SALES"."QMEL"')
    read(page, "QMEL")
    server.wait_until_held(deadline_s=PATIENCE_S)
    expect(page.get_by_text("Reading QMEL …")).to_be_visible()
    press(page, "Cancel")
    expect(page.get_by_text("The query was cancelled.")).to_be_visible()
    server.kill_after_rows(60, matching='FROM "SALES"."BSEG"')
    read(page, "BSEG")
    expect(page.get_by_test_id("stAlert")).to_be_visible()
    settled(page)
    press(page, "Read sample")
    expect(page.get_by_role("heading", name="BSEG")).to_be_visible()


@needs_driver
def test_a_job_goes_on_while_its_page_is_left_and_ends_when_it_is_stopped(
    page: Page, plain: Server, server: HanaServer
) -> None:
    connected(page, plain, server)
    read(page, "QMEL")
    expect(page.get_by_role("heading", name="QMEL")).to_be_visible()
    pick(page, "Vectors from", "SAP HANA's VECTOR_EMBEDDING")
    expect(page.get_by_text("no price per token")).to_be_visible()
    server.hold(matching="'DOCUMENT'")
    press(page, "Embed")
    server.wait_until_held(deadline_s=PATIENCE_S)
    page.get_by_role("link", name="Compare").click()
    settled(page)
    page.get_by_role("link", name="Tables").click()
    expect(page.get_by_text("1 of 4 rows")).to_be_visible()
    press(page, "Stop")
    expect(page.get_by_text("What came is kept: Embed goes on from there.")).to_be_visible()
    press(page, "Embed")
    expect(page.get_by_text("4 rows by SAP")).to_be_visible()
