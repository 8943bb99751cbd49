"""The file of vectors: what is kept stays, whatever happens to the process, the file or the other process."""

from __future__ import annotations

import random
import resource
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from services.embedding.encoders import EncoderId
from services.embedding.vector_store import VectorStore
from services.errors import ConflictError, UnavailableError
from tests.embedding.store_child import BATCH, DIMENSIONS, ENCODER, hash_of

ROOT = Path(__file__).resolve().parents[2]
HASHES = [hash_of("here", n) for n in range(4)]
VECTORS = np.eye(4, 8, dtype=np.float32)
DEADLINE_S = 60


@pytest.fixture
def store(tmp_path: Path) -> Iterator[VectorStore]:
    made = VectorStore(tmp_path / "vectors.db", busy_s=0.1)
    yield made
    made.close()


def child(path: Path, name: str, batches: int, **options: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.embedding.store_child", str(path), name, str(batches)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, **options)  # type: ignore[call-overload,no-any-return]


def kept(store: VectorStore, name: str, numbers: range) -> int:
    """How many are there, each checked to be its own."""
    recalled = store.recall(ENCODER, [hash_of(name, number) for number in numbers])
    for number in numbers:
        row = recalled.vectors.get(hash_of(name, number))
        assert row is None or row.tolist() == [number] * DIMENSIONS
    return len(recalled.vectors)


def test_what_is_kept_comes_back_as_it_was(store: VectorStore, tmp_path: Path) -> None:
    store.keep(ENCODER, HASHES, VECTORS, "served/this")
    store.close()
    again = VectorStore(tmp_path / "vectors.db")
    recalled = again.recall(ENCODER, [*HASHES, hash_of("other", 0)])
    again.close()
    assert (recalled.dimensions, recalled.served, len(recalled.vectors)) == (8, "served/this", 4)
    assert all(np.array_equal(recalled.vectors[hash_], row) for hash_, row in zip(HASHES, VECTORS, strict=True))


@pytest.mark.parametrize(
    "other",
    [
        EncoderId("http://127.0.0.1:2/v1", ENCODER.model),
        EncoderId(ENCODER.place, "invented/other"),
        EncoderId(ENCODER.place, ENCODER.model, '{"document_prefix":"query: "}'),
    ],
)
def test_one_encoders_vectors_are_never_anothers(store: VectorStore, other: EncoderId) -> None:
    store.keep(ENCODER, HASHES, VECTORS)
    assert store.recall(other, HASHES).vectors == {}
    assert store.missing(other, HASHES) == frozenset(HASHES)
    assert store.missing(ENCODER, HASHES) == frozenset()


@pytest.mark.parametrize(("width", "served"), [(9, "served/this"), (8, "served/other")])
def test_vectors_of_a_model_that_changed_are_refused_until_the_old_ones_are_forgotten(
    store: VectorStore, width: int, served: str
) -> None:
    store.keep(ENCODER, HASHES[:2], VECTORS[:2], "served/this")
    changed = np.ones((1, width), np.float32)
    with pytest.raises(ConflictError, match="Forget|have 8 dimensions"):
        store.keep(ENCODER, HASHES[2:3], changed, served)
    assert store.missing(ENCODER, HASHES) == frozenset(HASHES[2:])
    store.forget(ENCODER)
    store.keep(ENCODER, HASHES[2:3], changed, served)
    assert store.missing(ENCODER, HASHES) == {HASHES[0], HASHES[1], HASHES[3]}


def test_only_the_owner_may_read_it_and_no_text_is_in_it(store: VectorStore, tmp_path: Path) -> None:
    (tmp_path / "vectors.db").touch(mode=0o644)
    store.keep(ENCODER, HASHES, VECTORS)
    files = [path for path in tmp_path.iterdir() if path.name.startswith("vectors.db")]
    assert len(files) > 1
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_the_folder_is_made_for_the_owner_alone(tmp_path: Path) -> None:
    store = VectorStore(tmp_path / "new" / "vectors.db")
    store.keep(ENCODER, HASHES, VECTORS)
    store.close()
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_over_the_bound_the_vectors_not_used_for_longest_go(tmp_path: Path) -> None:
    clock = iter(range(0, 10**9, 10_000))
    path = tmp_path / "vectors.db"
    store = VectorStore(path, max_bytes=3_000_000, now_s=lambda: float(next(clock)))
    for batch in range(80):
        numbers = range(batch * 64, batch * 64 + 64)
        rows = np.array(numbers, dtype=np.float32)[:, None] * np.ones(DIMENSIONS, np.float32)
        store.keep(ENCODER, [hash_of("here", number) for number in numbers], rows)
        assert kept(store, "here", range(64)) == 64
    assert kept(store, "here", range(64, 1280)) == 0
    assert kept(store, "here", range(79 * 64, 80 * 64)) == 64
    store.close()
    assert path.stat().st_size < 4_500_000


def test_a_bound_below_one_batch_keeps_nothing_and_ends(tmp_path: Path) -> None:
    store = VectorStore(tmp_path / "vectors.db", max_bytes=1)
    store.keep(ENCODER, HASHES, VECTORS)
    assert store.missing(ENCODER, HASHES) == frozenset(HASHES)
    store.close()


def corrupt_head(path: Path) -> None:
    path.write_bytes(b"no database at all " * 2000)


def anothers(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE customers (name TEXT)")
    connection.close()


def later_version(path: Path) -> None:
    store = VectorStore(path)
    store.keep(ENCODER, HASHES, VECTORS)
    store.close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


@pytest.mark.parametrize("spoil", [corrupt_head, anothers, later_version, Path.mkdir])
def test_a_file_that_is_not_ours_is_refused_and_left_alone(tmp_path: Path, spoil) -> None:
    path = tmp_path / "vectors.db"
    spoil(path)
    before = path.read_bytes() if path.is_file() else None
    store = VectorStore(path)
    with pytest.raises(UnavailableError, match="cannot be used") as caught:
        store.keep(ENCODER, HASHES, VECTORS)
    assert str(tmp_path) not in caught.value.message
    assert (path.read_bytes() if path.is_file() else None) == before


def test_damage_inside_is_refused_or_harmless_but_never_a_wrong_vector(tmp_path: Path) -> None:
    path = tmp_path / "vectors.db"
    done = child(path, "here", 20)
    done.communicate(timeout=DEADLINE_S)
    whole, chance = path.read_bytes(), random.Random(3)
    for _ in range(20):
        at = chance.randrange(100, len(whole) - 4096)
        path.write_bytes(whole[:at] + bytes(4096) + whole[at + 4096 :])
        store = VectorStore(path)
        try:
            recalled = store.recall(ENCODER, [hash_of("here", n) for n in range(20 * BATCH)])
            assert all(np.isfinite(row).all() and row.shape == (DIMENSIONS,) for row in recalled.vectors.values())
        except UnavailableError:
            pass
        finally:
            store.close()


def test_a_row_of_another_length_or_without_finite_numbers_counts_as_not_kept(
    store: VectorStore, tmp_path: Path
) -> None:
    store.keep(ENCODER, HASHES, VECTORS)
    spoiler = sqlite3.connect(tmp_path / "vectors.db", isolation_level=None)
    for hash_, raw in zip(HASHES, (b"", bytes(28), b"\xff" * 32), strict=False):
        spoiler.execute("UPDATE vector SET numbers = ? WHERE hash = ?", (raw, hash_))
    spoiler.close()
    assert set(store.recall(ENCODER, HASHES).vectors) == {HASHES[3]}


def test_a_locked_file_is_told_within_the_wait_and_works_once_it_is_free(store: VectorStore, tmp_path: Path) -> None:
    store.keep(ENCODER, HASHES[:1], VECTORS[:1])
    blocker = sqlite3.connect(tmp_path / "vectors.db", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with pytest.raises(UnavailableError, match="locked"):
        store.keep(ENCODER, HASHES, VECTORS)
    assert store.missing(ENCODER, HASHES) == frozenset(HASHES[1:])
    blocker.execute("ROLLBACK")
    blocker.close()
    store.keep(ENCODER, HASHES, VECTORS)
    assert store.missing(ENCODER, HASHES) == frozenset()


def test_a_full_disk_is_told_and_what_was_kept_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "vectors.db"

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))

    filling = child(path, "here", 500, preexec_fn=limited, stderr=subprocess.PIPE)
    out, err = filling.communicate(timeout=DEADLINE_S)
    assert filling.returncode == 1
    assert "UnavailableError" in err
    done = int(out.split()[-1])
    store = VectorStore(path)
    assert kept(store, "here", range(done * BATCH)) == done * BATCH
    store.close()


def test_two_processes_that_begin_together_keep_everything(tmp_path: Path) -> None:
    path = tmp_path / "vectors.db"
    both = [child(path, name, 40) for name in ("one", "two")]
    for process in both:
        process.communicate(timeout=DEADLINE_S)
    assert [process.returncode for process in both] == [0, 0]
    store = VectorStore(path)
    assert [kept(store, name, range(40 * BATCH)) for name in ("one", "two")] == [40 * BATCH] * 2
    store.close()


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_process_loses_nothing_it_was_told_is_kept(tmp_path: Path, seed: int) -> None:
    path, after = tmp_path / "vectors.db", random.Random(seed).randrange(1, 60)
    process = child(path, "here", 1_000_000)
    assert process.stdout is not None
    told = [int(process.stdout.readline()) for _ in range(after)][-1]
    process.kill()
    told = max([told, *(int(line) for line in process.stdout.read().split())])
    process.wait(DEADLINE_S)
    process.stdout.close()
    store = VectorStore(path)
    assert kept(store, "here", range(told * BATCH)) == told * BATCH
    assert kept(store, "here", range((told + 2) * BATCH)) <= (told + 1) * BATCH
    store.close()


def test_memory_keeps_as_a_file_does_and_makes_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = VectorStore(None)
    store.keep(ENCODER, HASHES, VECTORS)
    assert store.missing(ENCODER, HASHES) == frozenset()
    store.close()
    assert list(tmp_path.iterdir()) == []
