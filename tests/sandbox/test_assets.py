"""The data the sandbox lives on: notes in their form, profiles that say they are invented."""

import json
import re

import pytest

from services.embedded.sandbox.models import ASSETS, load_models
from services.embedded.sandbox.notes import load_notes, sentences

NOTES = sorted((ASSETS / "notes").glob("*.md"))


@pytest.mark.parametrize("path", NOTES, ids=lambda path: path.name)
def test_notes_are_titles_with_one_paragraph_of_two_to_five_sentences(path):
    head, *sections = path.read_text(encoding="utf-8").split("\n## ")
    assert re.fullmatch(r"# [^\n]+\n", head)
    for section in sections:
        title, blank, body = section.partition("\n")
        assert title
        assert len(body.strip().splitlines()) == 1
        assert 2 <= len(sentences(body)) <= 5, title


def test_no_two_notes_have_the_same_title():
    titles = [note.title for note in load_notes(ASSETS / "notes").notes]
    assert len(titles) == len(set(titles)) >= 35


def test_the_file_of_models_says_that_its_figures_are_invented():
    data = json.loads((ASSETS / "sandbox" / "models.json").read_text(encoding="utf-8"))
    assert "invented for practice" in data["notice"]


def test_a_misspelt_field_of_a_model_is_refused(tmp_path):
    path = tmp_path / "models.json"
    path.write_text(json.dumps({"note": "", "models": [{"id": "a/b", "contxt_length": 1}]}))
    with pytest.raises(TypeError, match="contxt_length"):
        load_models(path)
