"""What users run as it stands, in an empty environment and an empty folder, from the installed wheel."""

from __future__ import annotations

import importlib.util
import re
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.faults.server import WHOLE_STREAM, FaultServer, streams, wait_for
from tests.toolkit.conftest import Run

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("streamlit", "pandas", "sqlalchemy", "plotly", "numpy", "model2vec")
# Each is needed by some calls or some folders, and would cost every start.
LATER = ("dotenv", "tomllib", "difflib", "services.models", "services.embedded", "services.answers.timing")

COMPLETION = """
from hana_ai.api.together_ai import get_together_ai_client
client = get_together_ai_client()
print(client.generate_completion(prompt="Explain SAP HANA in one sentence", model="meta-llama/Llama-2-70b-chat-hf", max_tokens=100))
"""  # noqa: E501

CHAT = """
from hana_ai.api.together_ai import get_together_ai_client
client = get_together_ai_client()
response = client.generate_chat_completion(messages=[{"role": "user", "content": "What is SAP HANA?"}]); print(response["choices"][0]["message"]["content"])
"""  # noqa: E501


def refuses(base_url: str) -> bool:
    address = urlsplit(base_url)
    with socket.socket() as knocking:
        return knocking.connect_ex((address.hostname, address.port)) != 0


def test_a_named_model_without_a_key_is_simulated_and_said_once_on_stderr(wheel_folder: Path, run: Run) -> None:
    done = run(
        COMPLETION + 'client.generate_completion("And again", "meta-llama/Llama-2-70b-chat-hf", 5)', wheel_folder
    )
    assert done.returncode == 0, done.stderr
    assert "HANA" in done.stdout
    assert "{" not in done.stdout
    (notice,) = done.stderr.splitlines()
    assert "Sandbox simulates meta-llama/Llama-2-70b-chat-hf" in notice


def readme_block() -> str:
    (block,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    return str(block)


@pytest.mark.parametrize("code", [COMPLETION, CHAT, readme_block()])
def test_with_a_key_the_same_lines_reach_together(code: str, run: Run, wheel_folder: Path, tmp_path: Path) -> None:
    with FaultServer((streams(WHOLE_STREAM),)) as server:
        (tmp_path / ".env").write_text(f"TOGETHER_API_KEY=invented\nTOGETHER_BASE_URL={server.url}\n")
        done = run(code, wheel_folder)
    assert (done.returncode, done.stdout, done.stderr) == (0, "Hello there\n", "")


@pytest.mark.local_model
@pytest.mark.skipif(importlib.util.find_spec("xllamacpp") is None, reason="LOCAL MODEL NOT TESTED: xllamacpp missing")
def test_without_a_key_and_a_model_the_local_model_answers_chats_and_completions(wheel_folder: Path, run: Run) -> None:
    more = f"""
import sys
said = client.generate_completion("SAP HANA is a", max_tokens=4)
heavy = [name for name in {HEAVY!r} if name in sys.modules]
print(said["origin"], said["model"], said["usage"]["completion_tokens"], heavy)
print(sorted({{model["origin"] for model in client.get_available_models()}}))
with open(".env", "w") as file:
    file.write("ENABLE_TOGETHER_AI=false")
instead = get_together_ai_client().generate_completion("SAP HANA is a", model="Qwen/Qwen3.5-9B", max_tokens=1)
print(instead["origin"], instead["model"])
"""
    done = run(CHAT + more, wheel_folder)
    assert done.returncode == 0, done.stderr
    *answer, completed, origins, instead = done.stdout.splitlines()
    assert "".join(answer).strip()
    assert completed == "local SmolLM2-135M-Instruct 4 []"
    assert origins == "['local', 'simulated']"
    assert instead == "local SmolLM2-135M-Instruct"
    notices = done.stderr.splitlines()
    assert "small model on this machine answers" in notices[0]
    assert "SmolLM2-135M-Instruct answers in place of Qwen/Qwen3.5-9B." in notices[-1]
    assert len(notices) == 3


def test_a_first_chat_loads_nothing_that_it_does_not_need(sandbox_address: str, wheel_folder: Path, run: Run) -> None:
    code = f"""
import sys
from hana_ai.api.together_ai import get_together_ai_client
client = get_together_ai_client(api_key="invented", base_url={sandbox_address!r})
assert client.generate_chat_completion("Which pump leaks?", model="Qwen/Qwen3.5-9B").text
print([name for name in {HEAVY + LATER!r} if name in sys.modules])
"""
    done = run(code, wheel_folder)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_a_script_that_closes_nothing_ends_and_leaves_no_child(wheel_folder: Path, run: Run) -> None:
    code = """
from hana_ai.api.together_ai import get_together_ai_client
stream = get_together_ai_client().stream_chat_completion("What is SAP HANA?", model="openai/gpt-oss-120b")
next(stream)
from services.toolkit.servers import shared_servers
print(shared_servers(None).sandbox.child().base_url)
"""
    done = run(code, wheel_folder)
    assert done.returncode == 0, done.stderr
    assert wait_for(lambda: refuses(done.stdout.strip()))


def test_two_clients_of_a_process_share_one_server(wheel_folder: Path, run: Run) -> None:
    code = """
from hana_ai.api.together_ai import get_together_ai_client
from services.toolkit.servers import shared_servers
for _ in range(2):
    with get_together_ai_client() as client:
        client.generate_embeddings("pump", model="togethercomputer/m2-bert-80M-8k-retrieval")
    print(shared_servers(None).sandbox.child().pid)
"""
    done = run(code, wheel_folder)
    assert len(set(done.stdout.split())) == 1, done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_settings_are_read_from_the_working_directory_of_an_installed_package(
    wheel_folder: Path, run: Run, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("ENABLE_TOGETHER_AI=true\n")
    done = run("from hana_ai.api.together_ai import get_together_ai_client\nget_together_ai_client()", wheel_folder)
    assert "TOGETHER_API_KEY is not set" in done.stderr
    assert "Set TOGETHER_API_KEY, or take ENABLE_TOGETHER_AI out." in done.stderr
