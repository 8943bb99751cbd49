"""Settings: a key and endpoints of one's own, taken, tested, used everywhere, taken back, and shown to nobody."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from components.settings_given import given
from services.endpoints import Endpoint
from services.errors import ConfigError
from services.reach import Reach
from services.resources import listing_of, playground
from services.settings import SANDBOX, TOGETHER, Settings
from services.visitor import Own
from services.wire.types import ChatRequest, Message
from tests.faults.server import FaultServer, Peer, wait_for
from tests.pages.conftest import Open
from tests.pages.test_pages import closed_port, texts

KEY, WRONG = "tgp_v1_invented-for-settings", "tgp_v1_wrong-for-settings"
LAB_KEY = "lab-key-invented"
FORM = "settings_endpoint_form"
DEADLINE_S = 15


def lab(peer: Peer) -> None:
    """Lists two models to whom brings no wrong key; under /none it lists nothing."""
    while True:
        request = peer.request()
        head = request.split(b"\r\n", 1)[0]
        if WRONG.encode() in request:
            said = b'{"error": {"message": "Invalid key ' + WRONG.encode() + b'", "code": "invalid_api_key"}}'
            peer.answer(said, "Content-Type: application/json", status="401 No")
        elif b"/none/" in head or b"/models" not in head:
            peer.answer(b'{"error": {"message": "nothing here"}}', "Content-Type: application/json", status="404 No")
        else:
            peer.answer(b'{"data": [{"id": "acme/tiny"}, {"id": "acme/*bold*"}]}', "Content-Type: application/json")


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer((lab,)) as made:
        yield made


@pytest.fixture
def page(opened: Open, server: FaultServer, tmp_path: Path) -> Callable[..., AppTest]:
    """The page of an app whose Together is the server, which lets visitors name this machine, and starts no child."""
    no_model = tmp_path / "no-model.gguf"
    no_model.write_bytes(b"not a model")
    usual = {
        "TOGETHER_BASE_URL": server.url,
        "PLAYGROUND_ENDPOINT_HOSTS": "127.0.0.1",
        "LOCAL_MODEL_PATH": str(no_model),
        "ENABLE_TOGETHER_AI": "true",
    }

    def run(**env: str) -> AppTest:
        return opened("settings.py", **{**usual, **env})

    return run


def own(test: AppTest) -> Own:
    kept = test.session_state["session"].mine.own
    assert isinstance(kept, Own)
    return kept


def settled(test: AppTest) -> AppTest:
    """Runs the page again until nothing is being tested."""
    end_s = time.monotonic() + DEADLINE_S
    while test.session_state["session"].mine.waiting():
        assert time.monotonic() < end_s
        time.sleep(0.01)
    return test.run()


def press(test: AppTest, label: str, number: int = 0) -> AppTest:
    [button for button in test.button if button.label == label][number].click()
    return test.run()


def use_key(test: AppTest, key: str) -> AppTest:
    test.text_input(key="settings_key_typed").set_value(key)
    return settled(press(test, "Use this key"))


def fill(test: AppTest, **fields: str) -> AppTest:
    number = test.session_state["session"].mine.forms
    for name, value in fields.items():
        test.text_input(key=f"{FORM}_{number}_{name}").set_value(value)
    return test


def add(test: AppTest, name: str, address: str, key: str = "") -> AppTest:
    return settled(press(fill(test, name=name, address=address, key=key), "Add and test"))


def errors(test: AppTest) -> list[str]:
    assert not test.exception
    return [str(error.value) for error in test.error]


def said(test: AppTest) -> str:
    return texts(test) + "\n".join(str(code.value) for code in test.code)


def test_a_key_is_tested_then_used_on_every_page_and_never_shown(page: Callable[..., AppTest]) -> None:
    test = use_key(page(), KEY)
    assert errors(test) == []
    assert "Together took it and lists 2 models" in said(test)
    assert "Your key is set for this session" in texts(test)
    assert own(test).together_key == KEY
    assert test.text_input(key="settings_key_typed").value == ""
    assert KEY not in repr(test) + said(test)
    test.switch_page("chat.py").run()
    assert test.selectbox(key="chat_endpoint").options[0] == TOGETHER
    assert KEY not in repr(test) + said(test)


def test_a_wrong_key_is_not_taken_and_said_in_one_sentence_without_it(page: Callable[..., AppTest]) -> None:
    test = use_key(page(), WRONG)
    [error] = errors(test)
    assert "401" in error
    assert "not taken" in error
    assert WRONG not in repr(test) + said(test)
    assert own(test).together_key is None
    assert errors(use_key(test, KEY)) == []
    assert own(test).together_key == KEY


def test_a_wrong_key_does_not_take_the_place_of_one_that_was_taken(page: Callable[..., AppTest]) -> None:
    test = use_key(use_key(page(), KEY), WRONG)
    assert own(test).together_key == KEY
    assert len(errors(test)) == 1


@pytest.mark.parametrize("typed", ["", "  ", "two words", "Bearer x", "your_api_key_here", "schlüssel"])
def test_what_cannot_be_a_key_is_not_sent(page: Callable[..., AppTest], server: FaultServer, typed: str) -> None:
    test = use_key(page(), typed)
    assert len(errors(test)) == 1
    assert own(test).together_key is None
    assert server.requests == []


def test_a_key_that_could_not_be_tested_is_kept_and_that_is_said(page: Callable[..., AppTest]) -> None:
    test = use_key(page(TOGETHER_BASE_URL=f"http://127.0.0.1:{closed_port()}/v1"), KEY)
    assert own(test).together_key == KEY
    assert "could not be tested" in said(test)


def test_a_key_that_is_removed_is_gone(page: Callable[..., AppTest]) -> None:
    test = press(use_key(page(), KEY), "Remove")
    assert own(test).together_key is None
    test.switch_page("chat.py").run()
    assert TOGETHER not in test.selectbox(key="chat_endpoint").options


def test_an_endpoint_is_tested_and_can_be_picked_with_its_models(
    page: Callable[..., AppTest], server: FaultServer
) -> None:
    test = add(page(), "lab", server.url, LAB_KEY)
    assert errors(test) == []
    assert "It lists 2 models" in said(test)
    assert r"\*bold\*" in said(test)
    assert f"Authorization: Bearer {LAB_KEY}".encode() in server.requests[-1]
    assert LAB_KEY not in repr(test) + said(test)
    test.switch_page("chat.py").run()
    test.selectbox(key="chat_endpoint").set_value("lab").run()
    assert "acme/tiny" in str(test.selectbox(key="chat_model_lab").options)
    assert LAB_KEY not in repr(test) + said(test)


def test_what_is_asked_there_is_asked_with_its_key_and_the_visitors_patience(
    page: Callable[..., AppTest], server: FaultServer
) -> None:
    test = add(page(), "lab", server.url, LAB_KEY)
    test.number_input(key="settings_patience_timeout").set_value(20).run()
    test.switch_page("chat.py").run()
    test.selectbox(key="chat_endpoint").set_value("lab").run()
    test.chat_input[0].set_value("a question of mine").run()
    assert wait_for(lambda: b"POST /v1/chat/completions" in server.requests[-1])
    assert f"Authorization: Bearer {LAB_KEY}".encode() in server.requests[-1]
    talk = playground().conversations.current(test.session_state["session"].fallback_owner)
    assert talk.turns[-1].run.endpoint.patience.total_timeout_s == 20
    assert LAB_KEY not in repr(test.run()) + said(test)


@pytest.mark.parametrize("name", ["chat.py", "completion.py", "compare.py", "tables.py"])
def test_every_page_that_asks_offers_it(page: Callable[..., AppTest], server: FaultServer, name: str) -> None:
    test = add(page(), "lab", server.url)
    test.switch_page(name).run()
    assert not test.exception
    if name == "tables.py":
        press(test, "Use demo table")
    assert any("lab" in str(box.options) for box in test.selectbox), [box.options for box in test.selectbox]


def test_what_one_visitor_added_no_other_sees(page: Callable[..., AppTest], opened: Open, server: FaultServer) -> None:
    add(use_key(page(), KEY), "lab", server.url)
    other = opened("chat.py")
    assert not {"lab", TOGETHER} & set(other.selectbox(key="chat_endpoint").options)
    seen = opened("settings.py")
    assert "none of yours" in str([heading.value for heading in (*seen.header, *seen.subheader)])


@pytest.mark.parametrize(
    ("name", "address", "part"),
    [
        ("lab", "https://elsewhere.example/v1", "may not be asked from here"),
        ("lab", "http://10.0.0.9/v1", "may not be asked from here"),
        ("lab", "http://169.254.169.254/v1", "no model API"),
        ("lab", "", "cannot be used"),
        ("lab", "not an address", "cannot be used"),
        ("", "http://127.0.0.1:9/v1", "1 to 40"),
        ("a~b", "http://127.0.0.1:9/v1", "no \\~"),
        ("Sandbox", "http://127.0.0.1:9/v1", "built-in"),
    ],
)
def test_bad_input_adds_nothing_and_is_said_once(
    page: Callable[..., AppTest], name: str, address: str, part: str
) -> None:
    test = add(page(), name, address, LAB_KEY)
    [error] = errors(test)
    assert part in error
    assert own(test).endpoints == ()
    assert LAB_KEY not in repr(test) + said(test)
    assert test.text_input(key=f"{FORM}_0_address").value == address


def test_a_name_is_given_once(page: Callable[..., AppTest], server: FaultServer) -> None:
    test = add(add(page(), "lab", server.url), "LAB", server.url)
    [error] = errors(test)
    assert "already" in error
    assert len(own(test).endpoints) == 1


def test_a_dead_endpoint_is_kept_and_what_is_wrong_stands_under_it(page: Callable[..., AppTest]) -> None:
    test = add(page(), "dead", f"http://127.0.0.1:{closed_port()}/v1")
    [error] = errors(test)
    assert "refused" in error
    assert [endpoint.name for endpoint in own(test).endpoints] == ["dead"]


def test_one_without_a_list_is_no_failure(page: Callable[..., AppTest], server: FaultServer) -> None:
    test = add(page(), "dedicated", f"http://{server.host}/none/v1")
    assert errors(test) == []
    assert "names no models" in said(test)


def test_one_that_refuses_its_key_says_where_to_mend_it(page: Callable[..., AppTest], server: FaultServer) -> None:
    test = add(page(), "lab", server.url, WRONG)
    [error] = errors(test)
    assert "Press Edit" in error
    assert WRONG not in repr(test) + said(test)


def test_changing_one_keeps_its_key_and_hands_it_to_no_other_host(
    page: Callable[..., AppTest], server: FaultServer
) -> None:
    test = press(add(page(), "lab", server.url, LAB_KEY), "Edit")
    settled(press(fill(test, name="renamed"), "Save and test"))
    assert [(e.name, e.api_key) for e in own(test).endpoints] == [("renamed", LAB_KEY)]
    asked = len(server.requests)
    press(test, "Edit")
    with FaultServer((lab,)) as other:
        settled(press(fill(test, address=other.url), "Save and test"))
        assert "another host" in errors(test)[0]
        assert other.requests == []
    assert own(test).endpoints[0].base_url == server.url
    assert len(server.requests) == asked
    press(test, "Cancel")
    assert errors(test) == []


def test_removing_one_can_be_undone(page: Callable[..., AppTest], server: FaultServer) -> None:
    test = press(add(page(), "lab", server.url, LAB_KEY), "Remove")
    assert own(test).endpoints == ()
    assert "Removed lab" in said(test)
    press(test, "Undo")
    assert own(test).endpoints[0].api_key == LAB_KEY
    assert "Removed lab" not in said(test)


def test_one_that_is_picked_and_removed_is_said_where_the_answer_would_be(
    page: Callable[..., AppTest], server: FaultServer
) -> None:
    test = add(page(), "lab", server.url)
    test.switch_page("chat.py").run()
    test.selectbox(key="chat_endpoint").set_value("lab").run()
    test.switch_page("settings.py").run()
    press(test, "Remove")
    test.switch_page("chat.py").run()
    assert "no endpoint named lab" in texts(test)
    assert not test.exception


def test_where_nobody_may_add_endpoints_there_is_no_form(page: Callable[..., AppTest]) -> None:
    test = page(PLAYGROUND_ENDPOINT_HOSTS="none")
    assert not [button for button in test.button if button.label == "Add and test"]
    assert "lets nobody add endpoints" in said(test)


def test_servers_nearby_are_not_looked_for_by_whom_does_not_sit_here(page: Callable[..., AppTest]) -> None:
    """A run without a browser has no Host header: it may come from anywhere."""
    assert page().session_state["session"].mine.nearby == ()


def test_patience_is_kept_across_pages_and_given_back(page: Callable[..., AppTest]) -> None:
    test = page()
    test.number_input(key="settings_patience_timeout").set_value(20).run()
    test.number_input(key="settings_patience_retries").set_value(0).run()
    assert (own(test).patience.total_timeout_s, own(test).patience.max_attempts) == (20.0, 1)
    test.switch_page("home.py").run()
    test.switch_page("settings.py").run()
    assert test.number_input(key="settings_patience_timeout").value == 20
    assert test.number_input(key="settings_patience_retries").value == 0
    press(test, "Reset")
    assert (own(test).patience.total_timeout_s, own(test).patience.max_attempts) == (None, None)
    assert test.number_input(key="settings_patience_timeout").value is None


def test_what_is_set_up_stands_with_its_source_and_no_secret(page: Callable[..., AppTest]) -> None:
    secrets = ("tgp_v1_of-the-operator", "hana-password-invented", "proxy-password-invented")
    test = page(
        TOGETHER_API_KEY=secrets[0],
        HANA_HOST="hana.example.com",
        HANA_PASSWORD=secrets[1],
        HTTPS_PROXY=f"http://ann:{secrets[2]}@proxy.example:3128",
        TOGETHER_MAX_RETRIES="many",
    )
    rows = test.table[0].value.to_string()
    assert "HANA_HOST" in rows
    assert "from environment" in rows
    assert "TOGETHER_API_KEY" in rows
    assert "TOGETHER\\_MAX\\_RETRIES" in errors(test)[0]
    for secret in secrets:
        assert secret not in rows + repr(test) + said(test)


@pytest.mark.parametrize("here", [True, False])
def test_a_secret_is_said_to_be_set_whatever_the_settings_hold_of_it(here: bool) -> None:
    settings = Settings(sources={"HANA_PASSWORD": ".env"}, texts={"HANA_PASSWORD": "hana-password-invented"})
    assert given(settings, here=here) == [{"Name": "`HANA_PASSWORD`", "Value": "set :gray[from .env]"}]


@pytest.mark.parametrize(
    ("here", "host", "address"), [(True, "`h.example`", "`https://x.example`"), (False, *["set"] * 2)]
)
def test_values_are_for_those_at_the_machine_of_the_app(here: bool, host: str, address: str) -> None:
    rows = given(
        Settings(
            sources={"HANA_HOST": ".env"},
            texts={"HANA_HOST": "h.example"},
            endpoints=(Endpoint("lab", "openai", "https://x.example", LAB_KEY),),
        ),
        here=here,
    )
    assert [row["Value"] for row in rows] == [
        f"{host} :gray[from .env]",
        f"{address}, with a key :gray[from secrets.toml]",
    ]


def test_from_elsewhere_a_visitor_sees_no_address_of_the_app_but_the_one_his_key_goes_to(
    page: Callable[..., AppTest], server: FaultServer
) -> None:
    """A run without a browser has no Host header: it may come from anywhere."""
    test = page(TOGETHER_API_KEY=KEY, HANA_HOST="hana.example.com", HANA_USER="READER")
    shared = Endpoint("Shared", "openai", "https://models.internal.example/secret-in-the-path/v1")
    house = playground()
    house.settings = replace(house.settings, endpoints=(shared,))
    test.run()
    assert not test.exception
    shown = "".join((said(test), *(table.value.to_string() for table in test.table)))
    assert "Shared" in shown
    assert server.url in shown
    for value in ("hana.example.com", "READER", "internal.example", "secret-in-the-path"):
        assert value not in shown


def test_diagnostics_hold_nothing_that_may_not_be_pasted(page: Callable[..., AppTest], server: FaultServer) -> None:
    in_path, name = "secret-in-the-path", "Project Heron"
    test = use_key(page(HANA_PASSWORD="hana-password-invented"), KEY)
    add(test, name, f"http://{server.host}/{in_path}/none/v1", LAB_KEY)
    asked = ChatRequest("acme/tiny", (Message("user", "a question of mine"),))
    runs, owner = playground().runs, test.session_state["session"].fallback_owner
    runs.start(owner, own(test).endpoints[0], asked, message_id="1").wait(DEADLINE_S)
    test.run()
    [text] = [str(code.value) for code in test.code]
    assert "python 3" in text
    assert "errors: not_found 1" in text
    assert f"own 1: openai, http://{server.host}/…, a key" in text
    assert f"{SANDBOX}: built in" in text
    assert "HANA_PASSWORD: from environment" in text
    for private in (KEY, LAB_KEY, in_path, name, "hana-password-invented", "a question of mine", "nothing here"):
        assert private not in text


def test_a_list_that_one_may_see_is_not_lent_to_whom_may_not(page: Callable[..., AppTest], server: FaultServer) -> None:
    page()
    free = Endpoint("lab", "openai", f"http://localhost:{server.port}/v1")
    assert listing_of(free).problem is None
    assert isinstance(listing_of(replace(free, reach=Reach())).problem, ConfigError)


def test_opening_the_page_starts_no_sandbox(page: Callable[..., AppTest]) -> None:
    page()
    assert playground()._sandbox._child is None
