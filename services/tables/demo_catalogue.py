"""What the demo tables are called, and the comments, types and keys of their columns, as a HANA catalogue has them."""

from __future__ import annotations

from dataclasses import dataclass

from services.tables.source import Column, ObjectKind, ObjectName

SCHEMA = "ZDEMO"


@dataclass(frozen=True)
class Object:
    """order is the column by which its rows are read; select is what a view is made of, empty for a table."""

    name: ObjectName
    kind: ObjectKind
    comment: str
    columns: tuple[Column, ...]
    order: str
    select: str = ""


def _text(name: str, length: int, comment: str, *, key: bool = False, hidden: bool = False) -> Column:
    return Column(name, "NVARCHAR", length, None, not key, comment, key, text=True, hidden=hidden)


def _long(name: str, comment: str) -> Column:
    return Column(name, "NCLOB", comment=comment, text=True)


def _decimal(name: str, precision: int, scale: int, comment: str) -> Column:
    return Column(name, "DECIMAL", precision, scale, comment=comment)


MATERIAL = Object(
    ObjectName(SCHEMA, "ZDEMO_MATERIAL"),
    "table",
    "Invented materials: pumps, conveyors, office hardware",
    (
        _text("MATNR", 40, "Material number", key=True),
        _text("MAKTX", 40, "Material description"),
        _text("MTART", 4, "Material type"),
        _text("MATKL", 9, "Material group"),
        _text("WERKS", 4, "Plant"),
        _decimal("NETPR", 11, 2, "Net price"),
        _text("WAERS", 5, "Currency key"),
        _decimal("BRGEW", 13, 3, "Gross weight in kg"),
        _text("LVORM", 1, "Deletion flag (X = to be deleted)"),
        _long("LTEXT", "Long text of the material"),
    ),
    "MATNR",
)

CUSTOMER = Object(
    ObjectName(SCHEMA, "ZDEMO_CUSTOMER"),
    "table",
    "Invented companies that buy them",
    (
        _text("KUNNR", 10, "Customer number", key=True),
        _text("NAME1", 35, "Name of the company"),
        _text("ORT01", 35, "City"),
        _text("LAND1", 3, "Country key"),
        _text("BRSCH", 4, "Industry key"),
        _text("NOTE", 1000, "Remark on the customer"),
    ),
    "KUNNR",
)

NOTIFICATION = Object(
    ObjectName(SCHEMA, "ZDEMO_NOTIFICATION"),
    "table",
    "Invented notifications of defects and complaints",
    (
        _text("QMNUM", 12, "Notification number", key=True),
        _text("QMART", 2, "Notification type (M1 maintenance, Q1 complaint, S1 service)"),
        _text("QMTXT", 40, "Short text"),
        _long("LTXT", "Long text"),
        _text("SPRAS", 1, "Language key (E, D)"),
        _text("MATNR", 40, "Material number"),
        _text("KUNNR", 10, "Customer number"),
        _text("WERKS", 4, "Plant"),
        _text("PRIOK", 1, "Priority (1 very high to 4 low)"),
        _text("FECOD", 4, "Defect code"),
        _text("ERDAT", 8, "Date created (YYYYMMDD)"),
        _text("QMDAB", 8, "Date completed (00000000 = still open)"),
        Column("GUID", "VARBINARY", 16, nullable=False, comment="Technical key, 16 bytes"),
        _text("TOPIC", 20, "What it is about: the answer a search is judged by", hidden=True),
    ),
    "QMNUM",
)

_OPEN = """
SELECT n.WERKS AS Plant, n.QMNUM AS Notification, n.QMTXT AS ShortText, n.LTXT AS LongText, n.SPRAS AS Language,
    m.MAKTX AS Material, m.NETPR AS NetPrice, n.PRIOK AS Priority,
    CASE WHEN n.ERDAT <> '00000000'
        THEN substr(n.ERDAT, 1, 4) || '-' || substr(n.ERDAT, 5, 2) || '-' || substr(n.ERDAT, 7, 2) END AS CreatedOn
FROM ZDEMO_NOTIFICATION AS n LEFT JOIN ZDEMO_MATERIAL AS m ON m.MATNR = n.MATNR
WHERE n.QMDAB = '00000000'
"""

OPEN_NOTIFICATIONS = Object(
    ObjectName(SCHEMA, "OpenNotificationsByPlant"),
    "view",
    "Notifications not completed yet, with their material",
    (
        _text("Plant", 4, "Plant"),
        _text("Notification", 12, "Notification number"),
        _text("ShortText", 40, "Short text"),
        _long("LongText", "Long text"),
        _text("Language", 1, "Language key (E, D)"),
        _text("Material", 40, "Material description"),
        _decimal("NetPrice", 11, 2, "Net price of the material"),
        _text("Priority", 1, "Priority (1 very high to 4 low)"),
        Column("CreatedOn", "DATE", comment="Date created"),
    ),
    "Notification",
    _OPEN,
)

TABLES = (CUSTOMER, MATERIAL, NOTIFICATION)
OBJECTS = {each.name: each for each in sorted((*TABLES, OPEN_NOTIFICATIONS), key=lambda each: each.name)}
