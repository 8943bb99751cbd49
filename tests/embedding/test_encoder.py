"""The bundled encoder: unit vectors, honest blanks, no network, safe from many threads."""

import logging
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from services.embedding.encoder import LocalEncoder, unit
from services.embedding.rows import present
from services.errors import ConfigError

TEXTS = ["The pump leaks oil at the seal.", "Invoice 4711 was paid twice.", "Order late", "die Pumpe ist undicht"]


@pytest.fixture(scope="module")
def encoder() -> LocalEncoder:
    return LocalEncoder()


def test_vectors_are_float32_rows_of_unit_length(encoder):
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (4, encoder.dimensions) == (4, 256)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-6)


def test_texts_without_a_known_word_are_flagged_and_never_divided_by(encoder):
    vectors = encoder.encode(["", "  \n", "pump"])
    assert present(vectors).tolist() == [False, False, True]
    assert np.isfinite(vectors).all()


def test_no_texts_give_no_rows(encoder):
    assert encoder.encode([]).shape == (0, 256)


def test_a_row_depends_on_its_own_text_alone(encoder):
    together = encoder.encode([*TEXTS, "pump " * 5000])
    np.testing.assert_allclose(together[1], encoder.encode([TEXTS[1]])[0], atol=1e-6)


def test_an_unpaired_surrogate_does_not_stop_the_batch(encoder):
    assert present(encoder.encode(["pump \ud800", "seal"])).all()


def test_closer_in_meaning_is_closer_in_angle(encoder):
    leak, liquid, invoice = encoder.encode(
        ["The pump leaks oil", "liquid dripping under the machine", "unpaid invoice"]
    )
    assert leak @ liquid > leak @ invoice + 0.1


def test_many_threads_get_the_same_rows_as_one():
    fresh = LocalEncoder()
    with ThreadPoolExecutor(8) as pool:
        rows = list(pool.map(lambda _: fresh.encode(TEXTS), range(24)))
    assert all(np.array_equal(row, rows[0]) for row in rows)


def test_constructing_one_reads_nothing(tmp_path):
    LocalEncoder(tmp_path / "absent")


def test_an_incomplete_folder_is_named_not_looked_up_on_the_network(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ConfigError, match=r"model\.safetensors, tokenizer\.json"):
        LocalEncoder(tmp_path).encode(["x"])


def test_loading_says_nothing_in_the_log(caplog):
    with caplog.at_level(logging.WARNING):
        LocalEncoder().encode(["pump"])
    assert caplog.records == []


def test_the_module_imports_without_loading_the_encoder_library():
    code = "import sys, services.embedding.notes; sys.exit('model2vec' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_scaling_keeps_zero_rows_and_tiny_ones_finite():
    rows = unit(np.array([[0.0, 0.0], [3.0, 4.0], [1e-30, 0.0]]))
    np.testing.assert_allclose(rows, [[0, 0], [0.6, 0.8], [1, 0]], atol=1e-6)
