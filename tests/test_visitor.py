"""A visitor's own key, endpoints and patience: in front of the playground's, and in nobody else's sight."""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from services.answers.gateway import Gateway
from services.answers.resilience import Backoff
from services.diagnostics import diagnostics
from services.endpoints import Endpoint, Patience
from services.errors import ConfigError, DeadlineError, OverloadedError
from services.playground import Playground
from services.reach import Reach
from services.settings import LOCAL, SANDBOX, TOGETHER, load
from services.visitor import MAX_ENDPOINTS, Own, Visitor, at_this_machine, own_endpoint, reach_for
from services.wire.transport import Pool
from tests.faults.server import FaultServer, after_request, says_no

KEY = "tgp_v1_invented-for-visitor-tests"
ALL = Reach(private=True)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Playground]:
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "secrets.toml").write_text(
        '[endpoints.Shared]\nkind = "openai"\nbase_url = "https://shared.example/v1"\n'
    )
    (tmp_path / "no-model.gguf").write_bytes(b"not a model")
    made = Playground(load(tmp_path, {"LOCAL_MODEL_PATH": "no-model.gguf", "PLAYGROUND_DATA_DIR": str(tmp_path)}))
    yield made
    made.close()


def lab(name: str = "lab", address: str = "http://127.0.0.1:9/v1", key: str | None = KEY) -> Endpoint:
    return own_endpoint(name, "openai", address, key, ALL)


def test_his_own_stand_in_front_and_the_others_see_none_of_it(house: Playground) -> None:
    his = Visitor(house, Own(KEY, (lab(),)))
    assert his.endpoint_names()[:3] == (TOGETHER, "lab", "Shared")
    assert his.endpoint("lab").api_key == his.endpoint(TOGETHER).api_key == KEY
    assert his.has_together
    other = Visitor(house)
    assert TOGETHER not in other.endpoint_names()
    assert "lab" not in other.endpoint_names()
    assert not other.has_together
    with pytest.raises(ConfigError, match="no endpoint named lab") as unknown:
        other.endpoint("lab")
    assert "Settings" in unknown.value.remedy


def test_addresses_of_the_app_are_for_those_at_its_machine(house: Playground) -> None:
    his = Visitor(house, Own(KEY, (lab(),)))
    seen = {
        here: [name for name in (TOGETHER, "lab", "Shared") if his.may_see_address(his.endpoint(name), here=here)]
        for here in (True, False)
    }
    assert seen == {True: [TOGETHER, "lab", "Shared"], False: [TOGETHER, "lab"]}
    assert "shared.example" in diagnostics(his, "ann", here=True)
    told = diagnostics(his, "ann", here=False)
    assert "endpoint Shared: openai, no key" in told
    assert "shared.example" not in told


def test_with_his_key_together_answers_him_and_the_reason_names_no_variable(house: Playground) -> None:
    route = Visitor(house, Own(KEY)).route()
    assert route.endpoint_name == TOGETHER
    assert "TOGETHER_API_KEY" not in route.reason
    assert Visitor(house).route().endpoint_name != TOGETHER


def test_his_key_takes_the_place_of_the_one_that_was_set(tmp_path: Path) -> None:
    made = Playground(load(tmp_path, {"TOGETHER_API_KEY": "tgp_v1_set-by-the-operator"}))
    try:
        assert Visitor(made, Own(KEY)).endpoint(TOGETHER).api_key == KEY
        assert Visitor(made).endpoint(TOGETHER).api_key == "tgp_v1_set-by-the-operator"
    finally:
        made.close()


def test_a_switch_of_the_operator_outranks_a_key_of_a_visitor(tmp_path: Path) -> None:
    made = Playground(load(tmp_path, {"ENABLE_TOGETHER_AI": "false"}))
    try:
        his = Visitor(made, Own(KEY))
        assert his.route().endpoint_name in (LOCAL, SANDBOX)
        assert TOGETHER in his.endpoint_names()
    finally:
        made.close()


def test_no_key_goes_to_an_address_that_could_not_be_read(tmp_path: Path) -> None:
    made = Playground(load(tmp_path, {"TOGETHER_BASE_URL": "api.example/v1"}))
    try:
        assert not Visitor(made, Own(KEY)).has_together
        with pytest.raises(ConfigError, match="TOGETHER_BASE_URL"):
            Visitor(made).with_key(KEY)
    finally:
        made.close()


@pytest.mark.parametrize("name", ["Shared", "shared", "SHARED", "lab", "LAB"])
def test_a_name_that_is_taken_is_refused_in_one_sentence(house: Playground, name: str) -> None:
    with pytest.raises(ConfigError, match="already"):
        Visitor(house, Own(endpoints=(lab(),))).added(lab(name))


@pytest.mark.parametrize(
    "name", [TOGETHER, "together", LOCAL, SANDBOX, "", "  ", "a\nb", "x" * 41, "a~b", "a,b", "\u202e"]
)
def test_a_name_that_cannot_be_one_is_refused(name: str) -> None:
    with pytest.raises(ConfigError):
        lab(name)


def test_changing_one_keeps_its_place_and_may_keep_its_name(house: Playground) -> None:
    his = Visitor(house, Own(endpoints=(lab("one"), lab("two"), lab("three"))))
    changed = his.added(lab("two", "http://127.0.0.1:10/v1"), instead_of="two")
    assert [endpoint.name for endpoint in changed.endpoints] == ["one", "two", "three"]
    assert changed.endpoints[1].base_url == "http://127.0.0.1:10/v1"
    with pytest.raises(ConfigError, match="already"):
        his.added(lab("three"), instead_of="two")


def test_no_more_than_a_handful_are_kept(house: Playground) -> None:
    full = Own(endpoints=tuple(lab(f"lab {number}") for number in range(MAX_ENDPOINTS)))
    with pytest.raises(ConfigError, match="Remove|already") as refused:
        Visitor(house, full).added(lab("one more"))
    assert refused.value.remedy == "Remove one first."


def test_nothing_that_is_printed_or_pickled_holds_a_key(house: Playground) -> None:
    own = Own(KEY, (lab(),))
    his = Visitor(house, own)
    assert KEY not in f"{own!r} {his!r} {his.endpoint('lab')!r} {his.settings!r} {his.route()!r}"
    with pytest.raises(TypeError):
        pickle.dumps(own)
    for bad in (f"Bearer {KEY}", f"{KEY}\n{KEY}", f"{KEY}é"):
        with pytest.raises(ConfigError) as refused:
            his.with_key(bad)
        told = "".join(traceback.format_exception(refused.value)) + refused.value.remedy
        assert KEY not in told


@pytest.mark.parametrize("typed", ["", "   ", "your_api_key_here", "two words"])
def test_what_cannot_be_a_key_is_not_sent_anywhere(house: Playground, typed: str) -> None:
    with pytest.raises(ConfigError, match="cannot be a key"):
        Visitor(house).with_key(typed)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "lab",
        "ftp://lab.example/v1",
        "https://user:secret@lab.example/v1",
        "https://lab.example/v1?key=secret",
        "http://169.254.169.254/latest",
        "http://[fe80::1]/v1",
        "http://2130706433/v1",
        "http://0x7f.1/v1",
        "http://lab.example/v1",
        "https://lab.example:99999/v1",
        "https://lаb.example/v1",
        "https://lab.example/\nv1",
        "https://[::ffff:169.254.169.254]/v1",
    ],
)
def test_an_address_that_cannot_be_asked_is_refused_in_words_without_its_secrets(address: str) -> None:
    with pytest.raises(ConfigError) as refused:
        lab(address=address)
    assert "secret" not in f"{refused.value.message} {refused.value.remedy}"


def test_of_secrets_the_settings_keep_no_text_to_show(tmp_path: Path) -> None:
    proxy = "http://ann:proxy-word-invented@proxy.example:3128"
    settings = load(tmp_path, {"TOGETHER_API_KEY": KEY, "HTTPS_PROXY": proxy, "HANA_USER": "READER"})
    assert settings.texts == {"HANA_USER": "READER"}


def test_from_elsewhere_nobody_names_this_machine() -> None:
    for address in ("http://127.0.0.1:8000/v1", "https://10.0.0.8/v1", "http://[::1]:8000/v1"):
        with pytest.raises(ConfigError, match="may not be asked"):
            own_endpoint("lab", "openai", address, None, Reach())


def test_an_address_without_a_path_gets_the_usual_one() -> None:
    assert lab(address="http://127.0.0.1:9").base_url == "http://127.0.0.1:9/v1"
    assert lab(address="http://127.0.0.1:9/openai/").base_url == "http://127.0.0.1:9/openai"
    assert lab(key="  ").api_key is None


HERE = {"Host": "localhost:8501", "Origin": "http://localhost:8501"}


def here(headers: Mapping[str, str], bound_to: str | None = "127.0.0.1", peer: str | None = None) -> bool:
    return at_this_machine(bound_to=bound_to, peer=peer, headers=headers)


@pytest.mark.parametrize(
    "elsewhere",
    [
        here(HERE, bound_to=None),
        here(HERE, bound_to="0.0.0.0"),
        here(HERE, peer="10.0.0.9"),
        here({}),
        here({**HERE, "Host": "play.example"}),
        here({**HERE, "Host": "127.0.0.1.evil.example"}),
        here({**HERE, "Host": "[::1"}),
        here({**HERE, "Origin": "https://play.example"}),
        here({**HERE, "Origin": "null"}),
        here({**HERE, "X-Forwarded-For": "203.0.113.9"}),
        here({**HERE, "X-Forwarded-Proto": "https"}),
    ],
)
def test_one_sign_against_it_is_enough_to_be_elsewhere(elsewhere: bool) -> None:
    assert here(HERE)
    assert not elsewhere


@pytest.mark.parametrize("host", ["127.0.0.1:8501", "[::1]:8501", "localhost"])
def test_this_machine_has_several_names(host: str) -> None:
    assert here({"Host": host})
    assert here({"Host": host, "Origin": f"http://{host}"})


def test_private_networks_are_for_whom_sits_here(tmp_path: Path) -> None:
    assert reach_for(load(tmp_path, {}), here=True).private
    assert not reach_for(load(tmp_path, {}), here=False).private


def test_what_the_operator_allows_holds_at_this_machine_too(tmp_path: Path) -> None:
    settings = load(tmp_path, {"PLAYGROUND_ENDPOINT_HOSTS": "LLM.example, .models.example"})
    assert reach_for(settings, here=True) == Reach(("llm.example", ".models.example"))
    closed = load(tmp_path, {"PLAYGROUND_ENDPOINT_HOSTS": "none"})
    with pytest.raises(ConfigError, match="cannot be added"):
        own_endpoint("lab", "openai", "https://lab.example/v1", None, reach_for(closed, here=True))


@pytest.mark.parametrize("written", ["https://llm.example", "a b", "none, a.example", ",", "*.example", "a/8"])
def test_a_list_of_hosts_that_cannot_be_read_is_a_problem(tmp_path: Path, written: str) -> None:
    settings = load(tmp_path, {"PLAYGROUND_ENDPOINT_HOSTS": written})
    assert settings.problem_with("PLAYGROUND_ENDPOINT_HOSTS") is not None


def test_a_list_that_cannot_be_read_closes_the_door(tmp_path: Path) -> None:
    """It was meant to restrict: to open everything instead would be a guess."""
    settings = load(tmp_path, {"PLAYGROUND_ENDPOINT_HOSTS": "https://llm.example"})
    assert reach_for(settings, here=True) == Reach(())


def test_his_patience_goes_with_everything_he_asks(house: Playground) -> None:
    his = Visitor(house, Own(KEY, (lab(),), Patience(7.0, 1)))
    assert [his.endpoint(name).patience for name in (TOGETHER, "lab", "Shared")] == [Patience(7.0, 1)] * 3
    assert Visitor(house).endpoint("Shared").patience == Patience()


def test_patience_wins_over_what_the_process_was_set_up_with() -> None:
    never_waits = Backoff(max_attempts=3, sleep=lambda *_: False)
    with FaultServer((says_no(503),)) as server, Pool() as pool:
        gateway = Gateway(pool, backoff=never_waits)
        endpoint = Endpoint("lab", "openai", server.url)
        for patience, sends in ((Patience(), 3), (Patience(max_attempts=1), 1), (Patience(max_attempts=5), 5)):
            server.requests.clear()
            with pytest.raises(OverloadedError):
                gateway.models(replace(endpoint, patience=patience))
            assert len(server.requests) == sends


def test_his_time_limit_ends_the_call() -> None:
    with FaultServer((after_request(lambda peer: peer.wait_until_gone()),)) as server, Pool() as pool:
        endpoint = Endpoint("lab", "openai", server.url, patience=Patience(total_timeout_s=0.2))
        with pytest.raises(DeadlineError, match=r"within 0\.2 s"):
            Gateway(pool).models(endpoint)
