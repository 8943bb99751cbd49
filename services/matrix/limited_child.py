"""The program that judges by expressions and schemas of other people's making: killed by its own watchdog in time.

One request per line of standard input, one reply per line of standard output, both JSON. It stands alone: the process
that runs it imports nothing of the project.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import re
import sys
from typing import Any

_MAX_MEMORY_BYTES = 1 << 30
_SHOWN_CHARACTERS = 160
_FENCE = "```"

Reply = tuple[bool | None, str]


def judged(request: dict[str, Any]) -> Reply:
    """Passed or not and why; None where the rule itself is wrong. text None: only the rule is looked at."""
    judge = _by_pattern if request["kind"] == "pattern" else _by_schema
    try:
        return judge(request["rule"], request["text"])
    except RecursionError:
        return None, "It is nested too deeply to be judged."
    except MemoryError:
        return None, "It takes too much memory to be judged."


def _by_pattern(pattern: str, text: str | None) -> Reply:
    try:
        compiled = re.compile(pattern)
    except (re.error, OverflowError) as error:
        return None, f"The pattern is no regular expression: {_short(str(error))}."
    if text is None:
        return True, ""
    found = compiled.search(text)
    if found is None:
        return False, "The pattern is found nowhere."
    return True, f"Found: {_short(found[0])}"


def _by_schema(rule: str, text: str | None) -> Reply:
    try:
        import jsonschema  # type: ignore[import-untyped]
        import referencing.exceptions
    except ModuleNotFoundError as missing:
        return None, f"The package {missing.name} is not installed, so no schema can be judged by."
    try:
        schema = json.loads(rule)
        if not isinstance(schema, dict | bool):
            return None, "The schema is no JSON object."
        kind = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
        kind.check_schema(schema)
    except ValueError as error:
        return None, f"The schema is no JSON: {_short(str(error))}."
    except jsonschema.SchemaError as error:
        return None, f"The schema is no JSON schema: {_short(error.message)}."
    if text is None:
        return True, ""
    value, problem = _json_in(text)
    if problem:
        return False, problem
    try:
        # An empty registry: a reference to another place is never fetched.
        misfit = jsonschema.exceptions.best_match(kind(schema, registry=referencing.Registry()).iter_errors(value))
    except referencing.exceptions.Unresolvable as missing:
        return None, f"The schema refers to {_short(str(missing.ref))}, which is not in it."
    except re.error as wrong:
        return None, f"A pattern in the schema is no regular expression: {_short(str(wrong))}."
    return (True, "It fits.") if misfit is None else (False, f"At {misfit.json_path}: {_short(misfit.message)}")


def _json_in(text: str) -> tuple[Any, str]:
    """The value of the answer or of the one fenced block in it, and what kept it from being read."""
    problem = ""
    for candidate in (text, *_fenced(text)):
        try:
            return json.loads(candidate, parse_constant=_refused), ""
        except ValueError as error:
            problem = f"The answer is no JSON: {_short(str(error))}."
    return None, problem


def _fenced(text: str) -> list[str]:
    parts = text.split(_FENCE)
    if len(parts) != 3:
        return []
    language, newline, inside = parts[1].partition("\n")
    return [inside if newline and language.strip().isalnum() else parts[1]]


def _refused(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON value")


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _SHOWN_CHARACTERS else f"{flat[:_SHOWN_CHARACTERS]}…"


def _bound_memory() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY_BYTES, _MAX_MEMORY_BYTES))


def main(limit_s: float) -> None:
    _bound_memory()
    with open(os.devnull, "wb") as nowhere:
        for line in sys.stdin.buffer:
            request = json.loads(line)
            if request["kind"] == "schema":
                # Loading it takes longer than judging by it, and is not the judging.
                with contextlib.suppress(ModuleNotFoundError):
                    import jsonschema  # noqa: F401
            # The timer stands in C beside the interpreter: it fires while an expression holds it.
            faulthandler.dump_traceback_later(limit_s, exit=True, file=nowhere)
            passed, reason = judged(request)
            faulthandler.cancel_dump_traceback_later()
            sys.stdout.buffer.write(json.dumps({"passed": passed, "reason": reason}).encode() + b"\n")
            sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(float(sys.argv[1]))
