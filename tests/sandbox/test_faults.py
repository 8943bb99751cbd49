"""Each fault does to a client what it is named after, and the counts tell how streams ended."""

import http.client
import time
from dataclasses import replace

import pytest

LLAMA = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
BODY = {"messages": [{"role": "user", "content": "What is a token?"}]}


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 408, 409, 422, 429, 500, 502, 503, 504, 524])
@pytest.mark.parametrize("stream", [False, True])
def test_a_status_is_answered_with_togethers_body(sandbox, status, stream):
    answer = sandbox.chat(f"{LLAMA}:fault-{status}", stream=stream)
    assert answer.status == status
    assert answer.json["error"]["message"]


def test_429_says_how_long_to_wait_unless_asked_not_to(sandbox):
    told, bare = sandbox.chat(f"{LLAMA}:fault-429"), sandbox.chat(f"{LLAMA}:fault-429-bare")
    assert told.headers["x-ratelimit-reset"] == "2"
    assert (told.status, bare.status) == (429, 429)
    assert not {"x-ratelimit-reset", "retry-after"} & bare.headers.keys()


def test_the_header_asks_for_a_fault_as_the_suffix_does(sandbox):
    headers = {"X-Sandbox-Fault": "503"}
    assert sandbox.call("POST", "/v1/chat/completions", {"model": LLAMA, **BODY}, headers=headers).status == 503
    assert sandbox.call("GET", "/v1/models", headers=headers).status == 503


def test_embeddings_can_fail_too(sandbox):
    model = "intfloat/multilingual-e5-large-instruct"
    assert sandbox.post("/v1/embeddings", model=f"{model}:fault-429", input="x").status == 429
    assert sandbox.post("/v1/embeddings", model=f"{model}:fault-html", input="x").status == 529


def test_once_refuses_every_other_request(sandbox):
    model = "openai/gpt-oss-120b:fault-503-once"
    assert [sandbox.chat(model).status for _ in range(4)] == [503, 200, 503, 200]


def test_an_unknown_fault_is_refused_with_the_names_of_those_there_are(sandbox):
    answer = sandbox.chat(f"{LLAMA}:fault-nonsense")
    assert answer.status == 400
    assert "crawl" in answer.json["error"]["message"]


def test_html_comes_with_529(sandbox):
    answer = sandbox.chat(f"{LLAMA}:fault-html")
    assert (answer.status, answer.headers["content-type"]) == (529, "text/html; charset=utf-8")
    assert answer.body.startswith(b"<!DOCTYPE html>")


def test_cut_ends_the_stream_in_good_order_but_without_done(sandbox):
    body = sandbox.chat(f"{LLAMA}:fault-cut", stream=True).body
    assert body.startswith(b"data: {")
    assert body.endswith(b"}\n\n")
    assert b"[DONE]" not in body
    assert b'"finish_reason":"' not in body


@pytest.mark.parametrize(("fault", "stream"), [("drop", True), ("drop", False), ("cut", False)])
def test_a_broken_connection_leaves_the_answer_incomplete(sandbox, fault, stream):
    with pytest.raises(http.client.IncompleteRead):
        sandbox.chat(f"{LLAMA}:fault-{fault}", stream=stream)


def test_error_is_an_event_in_the_middle_of_a_stream(sandbox):
    body = sandbox.chat(f"{LLAMA}:fault-error", stream=True).body
    assert body.endswith(
        b'data: {"error":{"message":"The engine stopped.","type":"server_error","param":null,"code":null}}\n\n'
    )
    assert body.count(b"data: ") > 1
    assert sandbox.chat(f"{LLAMA}:fault-error").json["error"]["message"] == "The engine stopped."


def test_odd_bytes_mean_the_same(sandbox):
    odd = sandbox.chat(f"{LLAMA}:fault-odd", stream=True)
    assert b": keep-alive\r\n\r\ndata: {" in odd.body
    plain = odd.body.replace(b": keep-alive\r\n\r\n", b"").replace(b"\r\n", b"\n")
    texts = [choice["text"] for event in replace(odd, body=plain).events for choice in event["choices"]]
    assert "".join(texts) == sandbox.said(LLAMA, "What is a token?")


def stream_of(caller, model, **more):
    connection = caller.send("POST", "/v1/chat/completions", {"model": model, "stream": True, **BODY, **more})
    return connection, connection.getresponse()


def hang_ups_of(counts, model):
    return [hang_up for hang_up in counts["hang_ups"] if hang_up["model"] == model]


@pytest.mark.parametrize(("fault", "has_text"), [("silent", False), ("stall", True), ("crawl", True)])
def test_a_stream_that_waits_notices_at_once_that_the_client_left(sandbox, fault, has_text):
    model = f"{LLAMA}:fault-{fault}"
    connection, answer = stream_of(sandbox, model)
    assert answer.status == 200
    assert not has_text or answer.readline().startswith(b"data: ")
    before_s = time.monotonic()
    answer.close()
    connection.close()
    counts = sandbox.counts_once(lambda counts: hang_ups_of(counts, model))
    noticed = hang_ups_of(counts, model)[-1]
    assert 0 <= noticed["at_s"] - before_s < 0.5
    assert (noticed["steps_sent"] > 0) == has_text


def test_crawl_sends_one_event_a_second_whatever_the_pace(sandbox):
    connection, answer = stream_of(sandbox, f"{LLAMA}:fault-crawl")
    answer.readline(), answer.readline()
    start_s = time.monotonic()
    answer.readline()
    assert 0.8 < time.monotonic() - start_s < 3
    answer.close()
    connection.close()


def test_hang_sends_no_head(sandbox):
    model = f"{LLAMA}:fault-hang"
    connection = sandbox.send("POST", "/v1/chat/completions", {"model": model, **BODY})
    sandbox.counts_once(lambda counts: counts["answers"]["open"] >= 1)
    connection.close()
    sandbox.counts_once(lambda counts: hang_ups_of(counts, model))


def test_a_whole_answer_notices_too_that_the_client_left(sandbox):
    model = f"{LLAMA}:fault-crawl"
    before = len(hang_ups_of(sandbox.counts(), model))
    connection = sandbox.send("POST", "/v1/chat/completions", {"model": model, **BODY})
    sandbox.counts_once(lambda counts: counts["answers"]["open"] >= 1)
    connection.close()
    sandbox.counts_once(lambda counts: len(hang_ups_of(counts, model)) > before)


def test_requests_are_counted_by_path(serve):
    with serve(pace=0) as caller:
        caller.chat(LLAMA)
        caller.chat(LLAMA, stream=True)
        caller.call("GET", "/nowhere")
        counts = caller.counts()
    assert counts["requests"] == {"/v1/chat/completions": 2, "other": 1, "/sandbox/requests": 1}
    assert counts["answers"] == {"open": 0, "finished": 2, "hung_up": 0, "dropped": 0}
