"""README and the example files name every setting as the code has it, and nothing that is not a setting."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from services.routing import route
from services.settings import SETTINGS, Setting, load

ROOT = Path(__file__).resolve().parents[1]
KEY = "tgp_v1_invented-for-this-test"
EXAMPLES = (".env.example", ".streamlit/secrets.toml.example")
NAMES = {setting.name for setting in SETTINGS}


def table_below(heading: str) -> list[list[str]]:
    """The cells of the first Markdown table under a heading of README, without its head."""
    readme = (ROOT / "README.md").read_text("utf-8")
    assert f"## {heading}\n" in readme, f"README.md has no heading {heading!r}"
    section = readme.split(f"## {heading}\n", 1)[1]
    lines = re.search(r"(^\|.*\n)+", section, re.MULTILINE)
    assert lines is not None
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines.group().splitlines()[2:]]


def shown_default(setting: Setting[object]) -> str:
    if setting.default is None:
        return "–"
    if isinstance(setting.default, bool):
        return f"`{str(setting.default).lower()}`"
    return f"`{setting.default:g}`" if isinstance(setting.default, float) else f"`{setting.default}`"


def uncommented(path: str) -> str:
    """An example file with every assignment and table in force."""
    content = (ROOT / path).read_text("utf-8")
    return re.sub(r"^# (?=[A-Z_]+ ?=|\[|(kind|base_url|api_key|api_key_env) =)", "", content, flags=re.MULTILINE)


def install(root: Path, path: str, content: str) -> None:
    target = root / path.removesuffix(".example")
    target.parent.mkdir(exist_ok=True)
    target.write_text(content, "utf-8")


def test_the_settings_table_of_the_readme_is_the_one_in_the_code() -> None:
    expected = [
        [f"`{s.name}`", s.type, shown_default(s), s.meaning + (" Secret." if s.secret else "")] for s in SETTINGS
    ]
    assert table_below("Settings") == expected


ROUTES: list[tuple[dict[str, str], str | None]] = [
    ({"TOGETHER_API_KEY": KEY}, "Together"),
    ({"TOGETHER_API_KEY": KEY, "ENABLE_TOGETHER_AI": "false"}, "Local"),
    ({"ENABLE_TOGETHER_AI": "true"}, None),
    ({}, "Local"),
    ({}, "Sandbox"),
]


@pytest.mark.parametrize(("number", "environ", "endpoint"), [(n, *case) for n, case in enumerate(ROUTES)])
def test_each_row_of_the_routing_table_is_what_happens(
    number: int, environ: dict[str, str], endpoint: str | None, tmp_path: Path
) -> None:
    rows = table_below("Who answers")
    assert len(rows) == len(ROUTES)
    state, answer = rows[number]
    surface, model = ("toolkit", "some/model") if "toolkit" in state else ("app", None)
    found = route(load(tmp_path, environ), local_problem=None, surface=surface, model=model)  # type: ignore[arg-type]
    assert found.endpoint_name == endpoint
    assert answer.startswith(f"**{endpoint}**" if endpoint is not None else "**an error**")


@pytest.mark.parametrize("path", [*EXAMPLES, "README.md"])
def test_no_name_that_looks_like_a_setting_is_unknown(path: str) -> None:
    content = (ROOT / path).read_text("utf-8")
    assert set(re.findall(r"\b(?:TOGETHER|ENABLE|HANA)_[A-Z_]+\b", content)) <= NAMES


@pytest.mark.parametrize("path", EXAMPLES)
def test_an_example_copied_as_it_is_configures_nothing_and_raises_no_complaint(path: str, tmp_path: Path) -> None:
    install(tmp_path, path, (ROOT / path).read_text("utf-8"))
    assert load(tmp_path, {}) == load(tmp_path / "elsewhere", {})


@pytest.mark.parametrize("path", EXAMPLES)
def test_an_example_holds_every_setting_with_a_value_that_is_accepted(path: str, tmp_path: Path) -> None:
    content = uncommented(path)
    assert set(re.findall(r"^([A-Z_]+) ?=", content, re.MULTILINE)) == NAMES
    install(tmp_path, path, content)
    settings = load(tmp_path, {"VLLM_API_KEY": KEY})
    missing_files = {"LOCAL_MODEL_PATH", "SSL_CERT_FILE", "HANA_SSL_TRUST_STORE"}
    assert {problem.variable for problem in settings.problems} <= missing_files
    assert settings.max_retries == 2


@pytest.mark.parametrize("path", EXAMPLES)
def test_an_example_shows_the_defaults_as_they_are(path: str) -> None:
    content = uncommented(path)
    for setting in SETTINGS:
        if setting.default is not None:
            written = re.search(rf'^{setting.name} ?= ?"?([^"\n]*)', content, re.MULTILINE)
            assert written is not None
            assert f"`{written.group(1)}`" == shown_default(setting)


def test_the_endpoints_of_the_example_are_read(tmp_path: Path) -> None:
    content = uncommented(EXAMPLES[1])
    install(tmp_path, EXAMPLES[1], content)
    named = [endpoint.name for endpoint in load(tmp_path, {"VLLM_API_KEY": KEY}).endpoints]
    assert named == list(tomllib.loads(content)["endpoints"]) == ["ollama", "practice", "vllm"]


def test_every_file_the_readme_points_to_is_there() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", (ROOT / "README.md").read_text("utf-8"))
    local = [target for target in targets if not target.startswith("http")]
    assert local
    assert [target for target in local if not (ROOT / target).exists()] == []
