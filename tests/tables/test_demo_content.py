"""What stands in the demo tables: the same on every machine, plausible, and awkward where real tables are."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import closing

import pytest

from services.errors import ConfigError
from services.tables.demo import DemoSource
from services.tables.demo_vocabulary import BUNDLED, LANGUAGES, suggested, vocabulary
from services.tables.source import ObjectName, Sample, SampleRequest

NAMES = ("ZDEMO_MATERIAL", "ZDEMO_CUSTOMER", "ZDEMO_NOTIFICATION", "OpenNotificationsByPlant")
KINDS = ("short", "symptom", "circumstance", "request")


@pytest.fixture(scope="module")
def tables() -> Iterator[dict[str, Sample]]:
    with closing(DemoSource()) as source:
        yield {name: source.sample(SampleRequest(ObjectName("ZDEMO", name), rows=5_000)) for name in NAMES}


@pytest.fixture(scope="module")
def notifications(tables) -> Sample:
    return tables["ZDEMO_NOTIFICATION"]


@pytest.fixture(scope="module")
def words():
    return vocabulary()


def telling(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", text.casefold()) if len(word) >= 4}


def test_the_content_is_the_same_everywhere(tables):
    content = json.dumps([[name, tables[name].rows] for name in NAMES], default=str, ensure_ascii=False)
    # Vectors and recordings made of these rows stay valid as long as this stands; a change of words changes it.
    assert hashlib.sha256(content.encode()).hexdigest()[:16] == "24ccdc35e064540d"


def test_texts_are_distinct_but_for_a_few_reported_twice(notifications):
    texts = [text for text in notifications.column("LTXT") if text is not None]
    assert 0.95 < len(set(texts)) / len(texts) < 1


def test_thirty_topics_share_the_rows_and_a_quarter_is_german(notifications):
    topics = Counter(notifications.column("TOPIC"))
    assert len(topics) == 30
    assert all(45 <= n <= 55 for n in topics.values())
    assert 0.23 < notifications.column("SPRAS").count("D") / 1_500 < 0.27


def test_a_text_is_in_the_language_its_row_says(notifications, words):
    clauses = {
        language: {
            clause for topic in words.topics for kind in KINDS[1:] for clause in getattr(topic.phrases[language], kind)
        }
        for language in LANGUAGES
    }
    rows = zip(notifications.column("SPRAS"), notifications.column("LTXT"), strict=True)
    for language, text in rows:
        if text is not None:
            other = "D" if language == "E" else "E"
            assert any(clause in text for clause in clauses[language])
            assert not any(clause in text for clause in clauses[other])


def test_texts_are_about_the_topic_of_their_row(notifications, words):
    phrases = {topic.name: topic.phrases for topic in words.topics}
    columns = [notifications.column(name) for name in ("TOPIC", "SPRAS", "QMTXT", "LTXT")]
    for topic, language, short, text in zip(*columns, strict=True):
        assert short in phrases[topic][language].short
        assert text is None or any(clause in text for clause in phrases[topic][language].symptom)


def test_materials_and_customers_of_notifications_exist(tables, notifications):
    assert set(notifications.column("MATNR")) <= set(tables["ZDEMO_MATERIAL"].column("MATNR"))
    assert set(notifications.column("KUNNR")) - {None} <= set(tables["ZDEMO_CUSTOMER"].column("KUNNR"))


def test_values_fit_the_lengths_their_columns_say(tables):
    for sample in tables.values():
        for column in sample.columns:
            if column.type == "NVARCHAR":
                assert max(len(value or "") for value in sample.column(column.name)) <= column.length
            if not column.nullable:
                assert None not in sample.column(column.name)


def test_what_is_awkward_in_real_tables_is_there(tables, notifications):
    materials, customers = tables["ZDEMO_MATERIAL"], tables["ZDEMO_CUSTOMER"]
    assert {"", "X"} == set(materials.column("LVORM"))
    for sample, name in [(materials, "NETPR"), (materials, "LTEXT"), (customers, "NOTE"), (notifications, "LTXT")]:
        assert 0 < sample.column(name).count(None) < len(sample.rows) / 5
    assert None in notifications.column("KUNNR")
    assert None in tables["OpenNotificationsByPlant"].column("CreatedOn")
    assert "00000000" in notifications.column("ERDAT")
    assert 300 < notifications.column("QMDAB").count("00000000") < 700
    assert any("ü" in name for name in customers.column("NAME1"))


def test_nobody_completes_a_notification_before_it_was_made(notifications):
    dates = zip(notifications.column("ERDAT"), notifications.column("QMDAB"), strict=True)
    assert all(made < completed for made, completed in dates if "00000000" not in (made, completed))


def test_no_row_holds_an_address_or_a_web_site(tables):
    content = "\n".join(str(value) for sample in tables.values() for row in sample.rows for value in row)
    assert re.findall(r"\S+@\S+|https?:|www\.|\b\d{3,5}[/-]\d{5,}\b", content) == []


def test_every_topic_has_many_ways_to_be_said_and_none_belongs_to_two(words):
    clauses = []
    for topic, language in itertools.product(words.topics, LANGUAGES):
        assert len(topic.phrases[language].short) >= 5
        for kind in KINDS[1:]:
            assert len(getattr(topic.phrases[language], kind)) >= 10
            clauses += getattr(topic.phrases[language], kind)
    assert len(clauses) == len(set(clauses))
    assert [clause for clause in clauses if not re.fullmatch(r"[A-ZÄÖÜ].*[.?]", clause)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_symptoms_of_a_topic_share_hardly_a_word(words, language):
    overlaps = [
        len(telling(one) & telling(other)) / len(telling(one) | telling(other))
        for topic in words.topics
        for one, other in itertools.combinations(topic.phrases[language].symptom, 2)
    ]
    assert sum(overlaps) / len(overlaps) < 0.02
    assert max(overlaps) <= 0.5


def test_each_topic_is_asked_for_in_both_languages(words):
    asked = Counter((query.topic, query.language) for query in suggested())
    assert asked == {(topic.name, language): 1 for topic in words.topics for language in LANGUAGES}


def test_suggested_queries_share_few_words_or_none_with_the_texts_they_look_for(words):
    phrases = {topic.name: topic.phrases for topic in words.topics}
    shared = []
    for query in suggested():
        told = " ".join(itertools.chain(*(getattr(phrases[query.topic][query.language], kind) for kind in KINDS)))
        shared.append(len(telling(query.text) & telling(told)))
    assert shared.count(0) >= 25
    assert max(shared) <= 3


@pytest.mark.parametrize(
    ("name", "content"),
    [("plant.json", b"{}"), ("plant.json", b"[]"), ("queries.json", b'[{"query": "x"}]'), ("materials.json", b"\xff")],
)
def test_a_broken_file_of_words_is_one_clear_error(tmp_path, name, content):
    shutil.copytree(BUNDLED, tmp_path / "demo")
    (tmp_path / "demo" / name).write_bytes(content)
    read = suggested if name == "queries.json" else vocabulary
    with pytest.raises(ConfigError, match="demo tables"):
        read(tmp_path / "demo")
