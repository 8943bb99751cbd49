"""The demo tables, read as any other source is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from services.tables.demo import DemoSource
from services.tables.source import ObjectName, SampleRequest

MATERIAL = ObjectName("ZDEMO", "ZDEMO_MATERIAL")
CUSTOMER = ObjectName("ZDEMO", "ZDEMO_CUSTOMER")
NOTIFICATION = ObjectName("ZDEMO", "ZDEMO_NOTIFICATION")
OPEN = ObjectName("ZDEMO", "OpenNotificationsByPlant")


@pytest.fixture(scope="module")
def source() -> Iterator[DemoSource]:
    source = DemoSource()
    yield source
    source.close()


def test_there_are_three_tables_and_a_view_of_mixed_case(source):
    found = source.objects("ZDEMO")
    assert source.schemas() == ("ZDEMO",)
    assert [(info.object, info.kind, info.rows) for info in found.objects] == [
        (OPEN, "view", None),
        (CUSTOMER, "table", 120),
        (MATERIAL, "table", 120),
        (NOTIFICATION, "table", 1_500),
    ]


def test_all_rows_come_in_order_of_their_key(source):
    sample = source.sample(SampleRequest(NOTIFICATION, rows=5_000))
    assert sample.how == "All 1,500 rows in order of QMNUM."
    assert (len(sample.rows), sample.total) == (1_500, 1_500)
    assert list(sample.keys) == sorted(sample.keys)
