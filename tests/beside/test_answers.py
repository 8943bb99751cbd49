"""Our answers in a process that holds SAP's modules too."""

from __future__ import annotations

from tests.beside.conftest import ROOT, Run
from tests.beside.test_imports import OURS, SAPS, SERVICES

MODEL = "meta-llama/Llama-2-70b-chat-hf"


def test_a_completion_and_vectors_come_over_a_socket_beside_saps_modules(run: Run, sandbox_address: str) -> None:
    code = f"""
import hana_ai.tools.toolkit
{SERVICES}
{OURS}
with get_together_ai_client(api_key="invented", base_url={sandbox_address!r}) as client:
    said = client.generate_completion("The pump", model="Qwen/Qwen3.5-9B", max_tokens=5)
    assert str(said) == said["choices"][0]["text"] != ""
    made = client.generate_embeddings(["pump", "valve"], model="togethercomputer/m2-bert-80M-8k-retrieval")
    print(said["origin"], said["usage"]["completion_tokens"], [type(row["embedding"][0]) for row in made["data"]])
"""
    done = run(code, cwd=ROOT)
    assert done.stdout == "real 5 [<class 'float'>, <class 'float'>]\n", done.stderr


def test_without_a_key_the_sandbox_of_that_environment_answers(run: Run) -> None:
    code = f"""
{SERVICES}
{OURS}
{SAPS}
said = get_together_ai_client().generate_chat_completion("Which pump leaks?", model={MODEL!r}, max_tokens=5)
assert said.text
print(said["origin"], said["model"])
"""
    done = run(code, cwd=ROOT)
    assert done.stdout == f"simulated {MODEL}\n", done.stderr
    (notice,) = (line for line in done.stderr.splitlines() if line.startswith("together_ai:"))
    assert f"Sandbox simulates {MODEL}" in notice


def test_the_encoder_gives_vectors_on_the_versions_that_saps_package_asks_for(run: Run) -> None:
    code = f"""
{SAPS}
{SERVICES}
{OURS}
made = get_together_ai_client().generate_embeddings(["A pump leaks.", "Oil drips from the pump."])
print(made["origin"], len(made["data"]))
"""
    done = run(code, cwd=ROOT)
    assert done.stdout == "local 2\n", done.stderr
