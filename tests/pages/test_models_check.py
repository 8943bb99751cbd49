"""Check now on the Models page: one token, what it shows, what it does not, and whose figures they are."""

from __future__ import annotations

from services.resources import playground
from services.wire.types import ChatRequest, Message
from tests.pages.conftest import Open
from tests.pages.listing_server import Together, endpoint, listed, priced, serving
from tests.pages.models_page import find, own, rows, said, tick, until_checked


def test_a_check_asks_for_one_token_and_its_wait_is_observed(bare: Open) -> None:
    with serving(Together([priced("acme/one", 1, 2)])) as server:
        test = tick(find(bare("models.py", **server.env), "acme/"), "acme/one")
        assert r"at most \$0.0000" in said(test)
        assert server.asked == []
        test.button(key="models_check").click().run()
        until_checked(test)
        assert "Answered at" in said(test)
        assert [request["max_tokens"] for request in server.asked] == [1]
        (row,) = rows(test)
        assert row["Availability"] == ["Listed only", "Answered"]
        assert (row["n"], row["Wait,\u00a0s"] >= 0) == (1, True)


def test_a_listed_model_that_cannot_be_called_is_shown_as_such(bare: Open) -> None:
    with serving(Together([listed("acme/one")], chat_status=404)) as server:
        test = tick(find(bare("models.py", **server.env), "acme/"), "acme/one")
        test.button(key="models_check").click().run()
        until_checked(test)
        assert "Refused at" in said(test)
        assert "It is listed, and cannot be called." in said(test)
        (row,) = rows(test)
        assert row["Availability"] == ["Listed only", "Refused"]
        assert row["Wait,\u00a0s"] is None


def test_a_busy_server_says_nothing_of_the_model(bare: Open) -> None:
    with serving(Together([listed("acme/one")], chat_status=429)) as server:
        test = tick(find(bare("models.py", **server.env), "acme/"), "acme/one")
        test.button(key="models_check").click().run()
        until_checked(test)
        assert "Not known, asked at" in said(test)
        assert rows(test)[0]["Availability"] == ["Listed only"]


def test_a_check_can_be_stopped_while_the_server_is_silent(bare: Open) -> None:
    with serving(Together([listed("acme/one")])) as server:
        server.go.clear()
        test = tick(find(bare("models.py", **server.env), "acme/"), "acme/one")
        test.button(key="models_check").click().run()
        assert rows(test)[0]["Availability"] == ["Listed only", "Asking"]
        test.button(key="models_check_stop").click().run()
        until_checked(test)
        assert "whether it answers is not known" in said(test)


def test_simulated_models_are_never_observed(bare: Open) -> None:
    test = find(bare("models.py"), "mixtral")
    name = next(row["Model"] for row in rows(test) if row["Endpoint"] == "Sandbox")
    tick(test, name)
    assert "simulated, nothing is paid" in said(test)
    test.button(key="models_check").click().run()
    until_checked(test)
    assert "simulated" in said(test)
    row = next(row for row in rows(test) if row["Model"] == name)
    assert row["Availability"] == ["Simulated", "Answered"]
    assert (row["n"], row["Tokens/s"]) == (None, None)


def test_a_check_that_cannot_be_sent_says_why(bare: Open) -> None:
    with serving(Together([listed("acme/one")])) as server:
        test = tick(find(own(bare("models.py"), server), "acme/"), "acme/one")
        server.go.clear()
        runs = playground().runs
        for number in range(8):
            request = ChatRequest("acme/one", (Message("user", "Hello"),))
            runs.start(
                test.session_state["session"].fallback_owner,
                endpoint("Mine", server),
                request,
                message_id=f"busy.{number}",
            )
        test.button(key="models_check").click().run()
        assert "8 answers are being written for you already" in test.error[0].value
        assert rows(test)[0]["Availability"] == ["Available"]


def test_what_was_seen_of_an_endpoint_is_not_said_of_another_address_under_its_name(bare: Open) -> None:
    with serving(Together([listed("acme/one")])) as first, serving(Together([listed("acme/one")])) as second:
        test = tick(find(own(bare("models.py"), first), "acme/"), "acme/one")
        assert rows(test)[0]["Availability"] == ["Available"]
        test.button(key="models_check").click().run()
        until_checked(test)
        assert (rows(test)[0]["Availability"], rows(test)[0]["n"]) == (["Available", "Answered"], 1)
        own(test, second)
        assert (rows(test)[0]["Availability"], rows(test)[0]["n"]) == (["Available"], None)
        assert "Answered at" not in said(test)
