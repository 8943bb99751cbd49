"""The places settings come from: the environment, two .env files and Streamlit's secrets, read into texts."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from dotenv.parser import Binding

SourceName: TypeAlias = Literal["environment", ".env.local", ".env", "secrets.toml", "default"]
FILES: tuple[SourceName, ...] = (".env.local", ".env", "secrets.toml")


@dataclass(frozen=True)
class Problem:
    """message is a whole sentence naming variable and value (of a secret only what is wrong); remedy is another."""

    variable: str
    message: str
    remedy: str


@dataclass(frozen=True)
class Source:
    """One place. texts are its settings by name; tables its TOML tables. Holds secrets: never shown."""

    name: SourceName
    texts: Mapping[str, str] = field(repr=False)
    tables: Mapping[str, Any] = field(default_factory=dict, repr=False)
    problems: tuple[Problem, ...] = ()


def read_sources(root: Path, environ: Mapping[str, str]) -> tuple[Source, ...]:
    """In the order in which the first wins."""
    return (
        Source("environment", environ),
        _env_file(root / ".env.local", ".env.local"),
        _env_file(root / ".env", ".env"),
        _secrets_file(root / ".streamlit" / "secrets.toml"),
    )


def found(sources: tuple[Source, ...], names: tuple[str, ...]) -> tuple[SourceName, str] | None:
    """The first text that is not blank: an empty variable counts as not set."""
    for source in sources:
        for name in names:
            value = source.texts.get(name)
            if value is not None and value.strip():
                return source.name, value
    return None


def _env_file(path: Path, name: SourceName) -> Source:
    content, problems = _read(path, name)
    texts: dict[str, str] = {}
    broken: list[int] = []
    for binding in _bindings(content):
        if binding.error:
            broken.append(_first_line(binding))
        elif binding.key is not None and binding.value is not None:
            texts[binding.key] = binding.value
    if broken:
        # The bad line may be a secret with a stray quote, so it is named by its number alone.
        message = f"{name} cannot be read in line {broken[0]}."
        remedy = "Write each line as NAME=value, the value in a pair of quotes or none."
        problems = (*problems, Problem(name, message, remedy))
    return Source(name, texts, problems=problems)


def _bindings(content: str) -> Iterator[Binding]:
    if content:
        # Most processes have no such file, and a script's start should not pay for its parser.
        from dotenv.parser import parse_stream

        yield from parse_stream(io.StringIO(content))


def _first_line(binding: Binding) -> int:
    """The parser counts from the blank lines before a binding."""
    written = binding.original.string
    blank = written[: len(written) - len(written.lstrip())]
    return binding.original.line + blank.count("\n")


def _secrets_file(path: Path) -> Source:
    content, problems = _read(path, "secrets.toml")
    if not content:
        return Source("secrets.toml", {}, problems=problems)
    import tomllib

    try:
        tables = tomllib.loads(content)
    except (ValueError, RecursionError) as error:
        line = re.search(r"at line (\d+)", str(error))
        place = f"line {line.group(1)}" if line else "its end"
        message = f".streamlit/secrets.toml is not valid TOML: see {place}."
        problems = (*problems, Problem("secrets.toml", message, 'Write NAME = "value", texts in quotes.'))
        tables = {}
    return Source("secrets.toml", dict(_texts(tables)), tables, problems)


def _texts(tables: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in tables.items():
        if isinstance(value, str | int | float):
            yield name, str(value)


def _read(path: Path, name: str) -> tuple[str, tuple[Problem, ...]]:
    try:
        return path.read_text("utf-8-sig"), ()
    except FileNotFoundError:
        return "", ()
    except UnicodeDecodeError:
        return "", (Problem(name, f"{name} is not UTF-8 text.", "Save the file as UTF-8."),)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return "", (Problem(name, f"{name} cannot be read ({reason}).", "Make it a file this user may read."),)
