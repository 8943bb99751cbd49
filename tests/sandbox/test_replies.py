"""What the simulated models say: facts from the notes or from the prompt, the same each time, never as someone else."""

import pytest

LLAMA = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
MIXTRAL = "mistralai/Mixtral-8x7B-Instruct-v0.1"
DEEPSEEK = "deepseek-ai/DeepSeek-V4-Pro-0813"
CHATS = [
    LLAMA,
    MIXTRAL,
    DEEPSEEK,
    "meta-llama/Llama-2-70b-chat-hf",
    "meta-llama/Llama-2-13b-chat-hf",
    "Qwen/Qwen3.5-9B",
    "openai/gpt-oss-120b",
    "deepseek-ai/DeepSeek-R1",
]
ROWS = "QMNUM QMTXT PRIOK\n1001 pump leaks oil 2\n1002 label wrong 3\n1003 valve leaks water 1"


@pytest.mark.parametrize(
    ("question", "fact"),
    [
        ("What is SAP HANA?", "relational database"),
        ("Which port does HANA Cloud use?", "443"),
        ("What happened to Mixtral?", "2026-04-16"),
        ("What became of Llama-2?", "2024-08-22"),
        ("Explain REAL_VECTOR", "32-bit"),
        ("What is an HNSW index?", "graph"),
        ("How does temperature work?", "next token"),
        ("What does 429 mean?", "rate"),
        ("What is in QMEL?", "notifications"),
        ("What is TTFT?", "first piece of text"),
        ("What does the sandbox do?", "no language model"),
        ("What is a CDS view?", "Core Data Services"),
        ("Explain to a stakeholder what HANA is", "main memory"),
        ("Compare Llama and Mixtral", "2026-04-16"),
    ],
)
@pytest.mark.parametrize("model", CHATS)
def test_a_question_about_the_notes_gets_its_fact(sandbox, model, question, fact):
    assert fact in sandbox.said(model, question, temperature=0, max_tokens=400)


def test_a_question_with_two_subjects_gets_both(sandbox):
    said = sandbox.said(LLAMA, "What is the difference between 429 and 503?", temperature=0)
    assert "Status 429" in said
    assert "Status 503" in said


@pytest.mark.parametrize("model", CHATS)
@pytest.mark.parametrize("question", ["Who are you?", "Which model are you?", "Are you ChatGPT?", "What is your name?"])
def test_asked_who_it_is_it_says_it_is_a_simulation(sandbox, model, question):
    assert "I am a simulation that carries the name" in sandbox.said(model, question)


@pytest.mark.parametrize("question", ["How do I bake bread?", "What is the capital of France?", "Write a sonnet", "?!"])
def test_where_nothing_fits_it_says_what_it_can_answer(sandbox, question):
    said = sandbox.said(LLAMA, question)
    assert "My notes hold nothing on this" in said
    assert "SAP HANA" in said


def test_what_is_beyond_rules_is_said_to_be(sandbox):
    text = "Pump P-100 leaks oil at the shaft seal since Monday morning and has to be stopped."
    assert "more than a simulation can do" in sandbox.said(LLAMA, f"Translate this into French: {text}")


def test_models_lay_the_same_facts_out_differently(sandbox):
    said = {model: sandbox.said(model, "What is SAP HANA?", temperature=0) for model in CHATS}
    assert said[MIXTRAL].splitlines()[2].startswith("1. ")
    assert said[DEEPSEEK].startswith("**")
    assert said["openai/gpt-oss-120b"].startswith("| # | Fact |")
    assert len(set(said.values())) == len(CHATS)


def test_the_same_request_gets_the_same_text(sandbox):
    bodies = [sandbox.chat(LLAMA, "What is HANA?", temperature=0.9, seed=7).json["choices"] for _ in range(3)]
    assert bodies[0][0]["message"] == bodies[1][0]["message"] == bodies[2][0]["message"]


def test_another_seed_can_give_another_text_and_temperature_0_never_does(sandbox):
    def texts(temperature):
        return {sandbox.said(LLAMA, "What is HANA?", seed=seed, temperature=temperature) for seed in range(12)}

    assert len(texts(0.9)) > 1
    assert len(texts(0)) == 1


def test_text_does_not_depend_on_the_process_but_on_its_seed(serve):
    def texts(seed):
        with serve(pace=0, seed=seed) as caller:
            return [caller.said(LLAMA, f"What is HANA? {number}") for number in range(8)]

    assert texts(1) == texts(1)
    assert texts(1) != texts(2)


def test_a_follow_up_is_read_with_the_question_before_it(sandbox):
    messages = [
        {"role": "user", "content": "What is HANA Cloud?"},
        {"role": "assistant", "content": "A database."},
        {"role": "user", "content": "And its ports?"},
    ]
    body = sandbox.post("/v1/chat/completions", model=LLAMA, messages=messages).json
    assert "443" in body["choices"][0]["message"]["content"]


def test_tell_me_more_goes_on_with_the_subject_before_it(sandbox):
    messages = [
        {"role": "user", "content": "What is an HNSW index?"},
        {"role": "assistant", "content": "An index."},
        {"role": "user", "content": "Tell me more."},
    ]
    body = sandbox.post("/v1/chat/completions", model=LLAMA, messages=messages).json
    assert "graph over vectors" in body["choices"][0]["message"]["content"]


PORTS = "Which port does HANA Cloud use?"
ONWARD = {"role": "user", "content": "Your answer was cut off. Go on exactly where it stopped, and add nothing."}


def after(sandbox, said):
    messages = [{"role": "user", "content": PORTS}, {"role": "assistant", "content": said}, ONWARD]
    body = sandbox.post("/v1/chat/completions", model=LLAMA, messages=messages).json
    return body["choices"][0]["message"]["content"]


def test_a_reply_that_was_cut_off_goes_on_where_it_stopped(sandbox):
    whole, first = sandbox.said(LLAMA, PORTS), sandbox.said(LLAMA, PORTS, max_tokens=12)
    assert 0 < len(first) < len(whole)
    assert first + after(sandbox, first) == whole


def test_what_was_not_cut_off_does_not_go_on(sandbox):
    whole = sandbox.said(LLAMA, PORTS)
    assert after(sandbox, whole) not in ("", whole)


def test_a_new_question_is_not_mixed_with_the_one_before_it(sandbox):
    messages = [
        {"role": "user", "content": "What is an HNSW index?"},
        {"role": "assistant", "content": "An index."},
        {"role": "user", "content": "What is a token?"},
    ]
    body = sandbox.post("/v1/chat/completions", model=LLAMA, messages=messages, temperature=0).json
    assert body["choices"][0]["message"]["content"].startswith("A token is")


def test_a_german_question_finds_what_it_names(sandbox):
    assert "relational database" in sandbox.said(LLAMA, "Was ist SAP HANA?")


def test_the_length_asked_for_is_kept(sandbox):
    one = sandbox.said(LLAMA, "What is SAP HANA, in one sentence?")
    three = sandbox.said(MIXTRAL, "What is SAP HANA? Give three points.")
    assert one.count(". ") == 0
    assert [line[:2] for line in three.splitlines()] == ["1.", "2.", "3."]


def test_rows_are_counted_by_their_words(sandbox):
    assert sandbox.said(LLAMA, f"How many rows are there?\n{ROWS}") == "The text given has 3 rows."
    assert sandbox.said(LLAMA, f"How many rows mention leaks?\n{ROWS}").startswith("2 of 3 rows")


def test_the_head_of_a_table_is_no_row(sandbox):
    table = "| QMNUM | Text |\n|---|---|\n| 1001 | pump leaks |\n| 1002 | label wrong |"
    assert sandbox.said(LLAMA, f"How many rows are there?\n{table}") == "The text given has 2 rows."


def test_rows_are_listed_as_they_stand(sandbox):
    said = sandbox.said(LLAMA, f"List the notifications:\n{ROWS}")
    assert said.splitlines() == [f"- {row}" for row in ROWS.splitlines()[1:]]


def test_a_question_about_given_text_is_answered_from_it(sandbox):
    text = "The pump P-7 stands in Ulm. The motor was changed in May. The customer wants a new seal."
    said = sandbox.said(LLAMA, f"Where does the pump stand?\n\n{text}\nThe belt is worn.", temperature=0)
    assert "P-7 stands in Ulm" in said
    assert "belt" not in said


def test_text_in_the_system_prompt_serves_as_well(sandbox):
    rows = (
        "Notification 1001: the gripper lost a carton near gate four. " * 3 + "Notification 1002: printer jam in Linz."
    )
    messages = [
        {"role": "system", "content": f"Context: {rows}"},
        {"role": "user", "content": "Where was the printer jam?"},
    ]
    said = sandbox.post("/v1/chat/completions", model=LLAMA, messages=messages).json["choices"][0]["message"]["content"]
    assert "Linz" in said


def test_a_summary_is_shorter_and_made_of_the_texts_own_sentences(sandbox):
    parts = [f"Pump {n} leaks oil at seal {n}." for n in range(12)]
    said = sandbox.said(LLAMA, "Summarise: " + " ".join(parts))
    sentences = said.replace("\n\n", " ").split(". ")
    assert 1 <= len(sentences) <= 5
    assert all(f"{sentence.rstrip('.')}." in parts for sentence in sentences)


def test_a_summary_takes_the_sentence_that_the_others_speak_of_too(sandbox):
    text = "The day was sunny. Oil leaks at the pump. The seal of the pump leaks oil. The customer waits."
    assert sandbox.said(LLAMA, f"Summarise in one sentence: {text}") in (
        "Oil leaks at the pump.",
        "The seal of the pump leaks oil.",
    )


def test_a_question_with_one_subject_is_answered_from_one_note(sandbox):
    said = sandbox.said(DEEPSEEK, "What is SAP HANA?", temperature=0)
    assert "443" not in said
    assert said.count("\n- ") == 3


def test_a_thinking_model_names_what_it_looked_for(sandbox):
    thoughts = sandbox.chat(DEEPSEEK, "Which port does HANA Cloud use?").json["choices"][0]["message"][
        "reasoning_content"
    ]
    assert "port" in thoughts
    assert "Ports of HANA" in thoughts


def test_effort_sets_how_much_it_thinks(sandbox):
    def thoughts(effort):
        answer = sandbox.chat(DEEPSEEK, "What is HANA?", reasoning_effort=effort)
        return len(answer.json["choices"][0]["message"]["reasoning_content"])

    assert thoughts("low") < thoughts("medium") < thoughts("high")


def test_said_words_are_repeated(sandbox):
    assert sandbox.said(LLAMA, "Say OK") == "OK"
    assert sandbox.said(LLAMA, "Say hello. Use only one word.") == "Hello"


def test_line_separators_of_unicode_stand_unescaped_in_the_json(sandbox):
    answer = sandbox.chat(LLAMA, "Say a\u2028b", stream=True)
    assert "\u2028".encode() in answer.body
    assert "".join(choice["text"] for event in answer.events for choice in event["choices"]) == "A\u2028b"


def test_pictures_are_passed_over(sandbox):
    parts = [{"type": "text", "text": "What is TTFT?"}, {"type": "image_url", "image_url": {"url": "data:,"}}]
    body = sandbox.post("/v1/chat/completions", model=LLAMA, messages=[{"role": "user", "content": parts}]).json
    assert "first piece" in body["choices"][0]["message"]["content"]
