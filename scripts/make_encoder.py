"""Rebuilds assets/encoder from its teacher. Needs `pip install "model2vec[distill]"` and the teacher's weights on disk
or a network to fetch them; neither belongs to the project's own requirements, so the tests do not run it.

    python scripts/make_encoder.py sentence-transformers/all-MiniLM-L6-v2 assets/encoder
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

from model2vec import StaticModel
from model2vec.distill import distill

DIMENSIONS = 256
FILES = ("model.safetensors", "tokenizer.json", "config.json")


def main() -> None:
    arguments = argparse.ArgumentParser(description="Distils a sentence encoder into static int8 token vectors.")
    arguments.add_argument("teacher", help="name or folder of a sentence-transformers model")
    arguments.add_argument("folder", type=Path, help="where model.safetensors, tokenizer.json and config.json go")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        whole, small = Path(scratch, "whole"), Path(scratch, "int8")
        distill(model_name=given.teacher, pca_dims=DIMENSIONS, device="cpu").save_pretrained(whole)
        StaticModel.from_pretrained(whole, quantize_to="int8").save_pretrained(small)
        # README and NOTICE of the folder stay; the card that model2vec writes beside its files would replace the first.
        given.folder.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            shutil.copyfile(small / name, given.folder / name)


if __name__ == "__main__":
    main()
