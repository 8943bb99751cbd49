"""Settings in a real browser: what runs on this machine is noticed, but not for whom comes through a proxy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from services.probing import USUAL_PORTS
from tests.browser.conftest import Server, opened, settled, setup_button, unfolded
from tests.faults.server import FaultServer, answers

KEY = "tgp_v1_invented-for-the-settings-page"
LISTS = answers(b'{"data": [{"id": "acme/tiny"}]}', "Content-Type: application/json")


@pytest.fixture
def neighbour() -> Iterator[tuple[str, FaultServer]]:
    """A server at a usual port that is free here, under the name of that port."""
    for name, port in USUAL_PORTS:
        try:
            server = FaultServer((LISTS,), port=port)
        except OSError:
            continue
        with server:
            yield name, server
        return
    pytest.skip("Every usual port is taken on this machine.")


def test_a_server_that_runs_here_is_noticed_and_added_in_one_click(
    page: Page, plain: Server, neighbour: tuple[str, FaultServer]
) -> None:
    name, server = neighbour
    opened(page, plain, "/settings")
    page.get_by_role("button", name=f"Add {name}").click()
    expect(page.get_by_text("It lists 1 model: acme/tiny.")).to_be_visible()
    expect(page.get_by_role("button", name=f"Add {name}")).to_have_count(0)
    assert all(b"Authorization" not in request for request in server.requests)
    page.get_by_role("link", name="Chat", exact=True).click()
    settled(page)
    box = page.get_by_role("combobox", name="Endpoint")
    unfolded(page, setup_button(page), box)
    unfolded(page, box, page.get_by_role("option", name=name))


def test_through_a_proxy_nothing_is_looked_for_and_this_machine_cannot_be_named(
    context: BrowserContext, plain: Server, neighbour: tuple[str, FaultServer]
) -> None:
    name, server = neighbour
    context.set_extra_http_headers({"X-Forwarded-For": "203.0.113.9"})
    page = opened(context.new_page(), plain, "/settings")
    expect(page.get_by_text("used from another machine, or through a proxy")).to_be_visible()
    page.get_by_text("Add an endpoint").click()
    page.get_by_label("Name", exact=True).fill("lab")
    page.get_by_label("Address", exact=True).fill(server.url)
    page.get_by_role("button", name="Add and test").click()
    expect(page.get_by_text("may not be asked from here")).to_be_visible()
    expect(page.get_by_role("button", name=f"Add {name}")).to_have_count(0)
    assert server.requests == []


def test_a_key_leaves_its_field_and_stands_nowhere_on_the_page(page: Page, plain: Server) -> None:
    opened(page, plain, "/settings")
    field = page.get_by_label("Key", exact=True).first
    field.fill(f"{KEY} {KEY}")
    page.get_by_role("button", name="Use this key").click()
    expect(page.get_by_text("This cannot be a key")).to_be_visible()
    expect(field).to_have_value("")
    assert KEY not in page.content()
    assert KEY not in plain.console
    assert KEY not in page.url
