"""The schema SALES: orders and notifications of an invented company as an ERP would keep them, odd names included."""

from __future__ import annotations

from tests.hana_server.content import Field, Object
from tests.hana_server.values import Value

MANDT = Field("MANDT", "NVARCHAR(3)", "Client", key=True, nullable=False)
# 250 words' worth, so that it is longer than a cell shows; the last one has a character beyond U+FFFF.
LONG_TEXT = "Pump 4711 was opened, the seal was dry. " * 250 + "Replaced 🛠"
PAGED_ROWS = 2_500


def _guid(number: int) -> bytes:
    return number.to_bytes(16, "big")


ORDERS = Object(
    "SALES",
    "/BIC/AZTAB2",
    (
        MANDT,
        Field("/BIC/ZORDER", "NVARCHAR(12)", "Order", key=True, nullable=False),
        Field("0MATERIAL", "NVARCHAR(40)", "Material"),
        Field("AMOUNT", "DECIMAL(15,2)", "Amount in local currency"),
        Field("CREATED", "NVARCHAR(8)", "Day of creation"),
    ),
    (
        ("100", "000000004711", "PUMP-01", "1299.90", "20260131"),
        ("100", "000000004712", "SEAL-7", "0.00", "00000000"),
        ("200", "000000004711", None, None, "20260201"),
    ),
    "Orders",
)

NOTIFICATIONS = Object(
    "SALES",
    "QMEL",
    (
        MANDT,
        Field("QMNUM", "NVARCHAR(12)", "Notification", key=True, nullable=False),
        Field("QMTXT", "NVARCHAR(40)", "Short text"),
        Field("LONGTEXT", "NCLOB", "Long text"),
        Field("GUID", "VARBINARY(16)", "Key of the document"),
        Field("PICTURE", "BLOB"),
        Field("ERDAT", "NVARCHAR(8)", "Created on"),
        Field("ERZEIT", "NVARCHAR(6)", "Created at"),
        Field("CHANGED", "TIMESTAMP"),
        Field("PLACE", "ST_POINT", "Where"),
        Field("EMBEDDING", "REAL_VECTOR(3)", "Of the long text"),
    ),
    (
        (
            *("100", "000010000001", "Pump leaks at the seal", LONG_TEXT, _guid(0x4711), b"\x89PNG" * 2_000),
            *("20260131", "235959", "2026-01-31 23:59:59.1234567", "POINT (8.64 49.29)", (0.5, -0.25, 1.0)),
        ),
        (
            *("100", "000010000002", "Übergröße: Dichtung <b>fehlt</b>", "", _guid(1), b""),
            *("00000000", "000000", None, None, (0.0, 0.0, 0.0)),
        ),
        ("100", "000010000003", *([None] * 9)),
        (
            *("200", "000010000001", "日本語 🛠 %_'\"\\", "short", _guid(2**128 - 1), None),
            *("20260202", "120000", "0001-01-01 00:00:00", "POINT (0 0)", None),
        ),
    ),
    "Quality notifications",
)

QUOTES = Object(
    "SALES",
    'we"ird',
    (
        Field("ID", "INTEGER", key=True, nullable=False),
        Field('a"b', "NVARCHAR(20)", 'Says "b"'),
        Field("x'; DROP TABLE QMEL --", "NVARCHAR(20)"),
        Field("what?", "NVARCHAR(20)"),
        Field("a,  FROM (b)", "NVARCHAR(20)"),
        Field("lower", "NVARCHAR(20)"),
        Field("ÄÖ 🛠", "NVARCHAR(20)"),
    ),
    ((1, "one", "two", "three?", "four", "five", "six"), (2, *([None] * 6))),
    "100 % of_it, isn't \\ it?",
)

MATERIALS = Object(
    "SALES",
    "0MATERIAL",
    (
        Field("0MATERIAL", "NVARCHAR(40)", key=True, nullable=False),
        Field("TXTMD", "NVARCHAR(60)", "Description"),
        Field("WEIGHT", "DOUBLE"),
        Field("PRICE", "DECIMAL"),
    ),
    (
        ("PUMP-01", "Centrifugal pump", 12.5, "1299.9"),
        ("SEAL-7", "Shaft seal", float("inf"), "1E-20"),
        ("HOSE-3", "Hose", float("nan"), "-123456789012345678901234567890.1234"),
    ),
)

_DOCUMENTS: tuple[tuple[Value, ...], ...] = tuple(
    ("100", f"{number:010}", f"Line {number} of the ledger", f"{number}.25") for number in range(PAGED_ROWS)
)

LEDGER = Object(
    "SALES",
    "BSEG",
    (
        MANDT,
        Field("BELNR", "NVARCHAR(10)", "Document", key=True, nullable=False),
        Field("SGTXT", "NVARCHAR(50)", "Text"),
        Field("DMBTR", "DECIMAL(15,2)", "Amount"),
    ),
    _DOCUMENTS,
    "Ledger: more rows than one reply carries",
)

OPEN = Object(
    "SALES",
    "OpenNotifications",
    NOTIFICATIONS.fields[:4],
    tuple(row[:4] for row in NOTIFICATIONS.rows),
    "Those nobody has closed",
    "view",
)

MATRIX = Object(
    "SALES",
    "ZMATRIX",
    (
        Field("ID", "INTEGER", key=True, nullable=False),
        Field("CELLS", "ARRAY", "No driver fetches it"),
        Field("AREA", "ST_GEOMETRY"),
        Field("NOTE", "NCLOB", "Every character takes two units, so a cut at an odd number runs through one"),
    ),
    ((1, None, "POLYGON ((0 0, 0 1, 1 1, 0 0))", "🛠" * 3_000),),
)

SALES: tuple[Object, ...] = (
    ORDERS,
    NOTIFICATIONS,
    QUOTES,
    MATERIALS,
    LEDGER,
    Object("SALES", "NOROWS", (Field("ID", "INTEGER", key=True, nullable=False), Field("TEXT", "NVARCHAR(10)"))),
    OPEN,
    MATRIX,
    Object("SALES", "ZOPAQUE", (Field("CELLS", "ARRAY"),), ((None,),)),
    Object("SALES", "SESSION_ROWS", (Field("ID", "INTEGER"),), temporary=True),
    Object("SALES", "ROW_TYPE", (Field("ID", "INTEGER"),), user_defined_type=True),
)
