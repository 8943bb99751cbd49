"""GET /v1/models, and who may read it."""

import pytest

MISSION = (
    "meta-llama/Llama-2-70b-chat-hf",
    "meta-llama/Llama-2-13b-chat-hf",
    "mistralai/Mixtral-8x7B-Instruct-v0.1",
    "togethercomputer/m2-bert-80M-8k-retrieval",
)
ALWAYS = {"id", "object", "created", "type", "running", "display_name", "config", "pricing"}
PRICES = {"hourly", "input", "output", "base", "finetune", "image_pixel", "transcribe", "image", "video"}


@pytest.fixture(scope="module")
def listed(sandbox):
    return {entry["id"]: entry for entry in sandbox.call("GET", "/v1/models").json}


def test_models_come_as_a_bare_array(sandbox):
    assert isinstance(sandbox.call("GET", "/v1/models").json, list)


def test_every_entry_has_the_fields_together_always_sends(listed):
    for entry in listed.values():
        assert entry.keys() >= ALWAYS
        assert entry["pricing"].keys() >= PRICES


@pytest.mark.parametrize("model", MISSION)
def test_models_that_left_can_be_practised_with_under_their_own_ids(listed, sandbox, model):
    assert model in listed
    if listed[model]["type"] == "chat":
        assert sandbox.chat(model).status == 200
    else:
        assert sandbox.post("/v1/embeddings", model=model, input="a pump").status == 200


def test_every_entry_says_that_it_is_simulated(listed):
    for entry in listed.values():
        assert entry["simulated"] is True
        assert entry["display_name"].endswith(" (simulated)")
        assert "invented for practice" in entry["note"]


def test_prices_carry_binary_noise_as_on_the_real_list(listed):
    prices = [price for entry in listed.values() for price in entry["pricing"].values()]
    assert any(price != round(price, 6) for price in prices)
    assert all(0 <= price < 10 for price in prices)


def test_some_entries_lack_a_context_length_and_some_a_date(listed):
    assert [entry["id"] for entry in listed.values() if "context_length" not in entry]
    assert [entry["id"] for entry in listed.values() if entry["created"] == 0]


def test_a_listed_model_may_refuse_a_call(listed, sandbox):
    dead = "meta-llama/Meta-Llama-3.1-405B-Instruct-Turbo"
    assert dead in listed
    answer = sandbox.chat(dead)
    assert answer.status == 400
    assert answer.json["error"]["code"] == "model_not_available"
    assert f"Unable to access non-serverless model {dead}." in answer.json["error"]["message"]


def test_without_a_key_the_two_bodies_of_401_differ(sandbox):
    listing = sandbox.call("GET", "/v1/models", key=None)
    chat = sandbox.call("POST", "/v1/chat/completions", {}, key=None)
    assert (listing.status, chat.status) == (401, 401)
    assert listing.json == {"error": {"message": "Unauthorized"}}
    assert chat.json["error"]["code"] == "invalid_api_key"
    assert chat.json.keys() == {"id", "error"}


def test_standing_alone_any_key_will_do(sandbox):
    assert sandbox.call("GET", "/v1/models", key="whatever").status == 200


def test_with_a_key_of_its_own_no_other_is_let_in(serve):
    with serve(api_key="right", pace=0) as caller:
        assert caller.call("GET", "/v1/models", key="right").status == 200
        assert caller.call("GET", "/v1/models", key="wrong").status == 401
        assert caller.call("GET", "/sandbox/requests", key="wrong").status == 401


@pytest.mark.parametrize("header", [{"Origin": "http://elsewhere.example"}, {"Sec-Fetch-Site": "same-origin"}])
def test_a_page_of_a_browser_is_turned_away(sandbox, header):
    answer = sandbox.call("GET", "/v1/models", headers=header)
    assert answer.status == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_browsers_preflight_gets_no_permission(sandbox):
    headers = {"Origin": "http://elsewhere.example", "Access-Control-Request-Method": "POST"}
    answer = sandbox.call("OPTIONS", "/v1/chat/completions", headers=headers, key=None)
    assert answer.status == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]
