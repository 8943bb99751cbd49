"""One test for each row of the table of default endpoints, and for where rows meet."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from services.routing import Route, route
from services.settings import load

KEY = {"TOGETHER_API_KEY": "tgp_v1_invented-for-this-test"}
NO_AI = {"ENABLE_TOGETHER_AI": "false"}
NO_GPU = {"ENABLE_GPU_ACCELERATION": "false"}
AI = {"ENABLE_TOGETHER_AI": "true"}
LLAMA = "meta-llama/Llama-3.3-70B-Instruct-Turbo"


def routed(
    environ: dict[str, str],
    *,
    local_problem: str | None = None,
    surface: Literal["app", "toolkit"] = "app",
    model: str | None = None,
) -> Route:
    settings = load(Path("/nowhere"), environ)
    found = route(settings, local_problem=local_problem, surface=surface, model=model)
    assert (found.endpoint_name is None) == (found.kind is None) == (found.error is not None)
    assert found.reason.endswith(".")
    assert "invented-for-this-test" not in repr(found)
    return found


@pytest.mark.parametrize("flags", [{}, AI, {"ENABLE_GPU_ACCELERATION": "true"}, AI | {"ENABLE_GPU_ACCELERATION": "1"}])
def test_a_key_and_no_flag_against_it_lead_to_together(flags: dict[str, str]) -> None:
    assert routed(KEY | flags).endpoint_name == "Together"
    assert routed(KEY | flags, surface="toolkit", model=LLAMA).endpoint_name == "Together"


@pytest.mark.parametrize("key", [{}, KEY, {"TOGETHER_API_KEY": "your_api_key_here"}])
@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (NO_AI, "ENABLE_TOGETHER_AI is false"),
        (NO_GPU, "ENABLE_GPU_ACCELERATION is false"),
        (NO_AI | NO_GPU, "ENABLE_TOGETHER_AI and ENABLE_GPU_ACCELERATION are false"),
        (AI | NO_GPU, "ENABLE_GPU_ACCELERATION is false"),
    ],
)
def test_a_false_flag_leads_to_local_key_or_no_key_and_is_named(
    key: dict[str, str], flags: dict[str, str], named: str
) -> None:
    for found in (routed(key | flags), routed(key | flags, surface="toolkit", model=LLAMA)):
        assert (found.endpoint_name, found.kind) == ("Local", "local")
        assert found.reason.startswith(named)


@pytest.mark.parametrize("surface", ["app", "toolkit"])
def test_together_demanded_without_a_key_is_an_error_and_no_substitute(surface: Literal["app", "toolkit"]) -> None:
    found = routed(AI, surface=surface, model=LLAMA)
    assert found.error is not None
    assert "TOGETHER_API_KEY" in found.error.message
    assert "TOGETHER_API_KEY" in found.error.remedy


@pytest.mark.parametrize(
    "bad",
    [
        {"TOGETHER_API_KEY": "your_api_key_here"},
        KEY | {"TOGETHER_BASE_URL": "htp://gateway.example.com/v1"},
        KEY | {"ENABLE_TOGETHER_AI": "fasle"},
        KEY | {"ENABLE_GPU_ACCELERATION": "fasle"},
    ],
)
def test_what_was_meant_for_together_but_cannot_be_read_is_an_error_naming_it(bad: dict[str, str]) -> None:
    found = routed(bad)
    assert found.error is not None
    assert list(bad)[-1] in found.error.message
    assert found.reason == found.error.message


def test_without_a_key_a_bad_address_or_flag_stops_nobody() -> None:
    environ = {"TOGETHER_BASE_URL": "nowhere", "ENABLE_TOGETHER_AI": "fasle"}
    assert routed(environ).endpoint_name == "Local"


@pytest.mark.parametrize("environ", [{}, {"ENABLE_GPU_ACCELERATION": "true"}, {"TOGETHER_API_KEY": "  "}])
def test_nothing_configured_leads_to_local(environ: dict[str, str]) -> None:
    found = routed(environ)
    assert (found.endpoint_name, found.kind) == ("Local", "local")


def test_a_file_that_cannot_be_read_is_named_where_the_key_is_missed(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text('TOGETHER_API_KEY="invented-for-this-test\n')
    found = route(load(tmp_path, {}), local_problem=None)
    assert found.endpoint_name == "Local"
    assert "No key was found (.env cannot be read in line 1)" in found.reason


@pytest.mark.parametrize("environ", [{}, NO_GPU])
def test_where_local_cannot_run_the_sandbox_answers_and_says_why(environ: dict[str, str]) -> None:
    found = routed(environ, local_problem="There is no wheel for this platform.")
    assert (found.endpoint_name, found.kind) == ("Sandbox", "sandbox")
    assert "There is no wheel for this platform" in found.reason


def test_local_trouble_does_not_concern_together() -> None:
    assert routed(KEY, local_problem="There is no wheel for this platform.").endpoint_name == "Together"


def test_the_toolkit_with_nothing_configured_and_a_model_named_gets_the_sandbox() -> None:
    found = routed({}, surface="toolkit", model=LLAMA)
    assert (found.endpoint_name, found.kind) == ("Sandbox", "sandbox")
    assert LLAMA in found.reason


def test_the_toolkit_without_a_model_is_served_as_the_app_is() -> None:
    assert routed({}, surface="toolkit").endpoint_name == "Local"
    assert routed({}, surface="app", model=LLAMA).endpoint_name == "Local"
