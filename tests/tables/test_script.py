"""The way back into SAP HANA is right as text, whatever the names are, and the script does what it says."""

from __future__ import annotations

import os
import re
import sqlite3
import struct
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from services.errors import BadRequestError
from services.tables.parquet import as_parquet
from services.tables.script import (
    VectorTable,
    comment_on_table,
    create_index,
    create_table,
    insert,
    insert_script,
    search,
    sql_script,
    vector_table,
)
from services.tables.source import Cell, Sample
from tests.hana_server.running import HanaServer, hana_server
from tests.tables.rows import ORIGIN, sample, vectors

HOSTILE = [
    "a\rb",
    '"; DROP TABLE "T',
    "a\nb",
    "\u2028--x",
    "'",
    '"""',
    "\\",
    "__KEYS__",
    "Größe",
    "/BIC/AZTAB2",
    "%s{0}",
]


def keyed(name: str = "ZPUMPS", key: str = "ID", kind: str = "NVARCHAR", length: int | None = 10) -> Sample:
    return sample({key: ["a", "b", "c"], "TEXT": ["x", "y", None]}, keys={key: (kind, length)}, name=name)


def table(made: Sample, dimensions: int = 4) -> VectorTable:
    return vector_table(made, dimensions, "static-minilm-l6-v2-256")


def test_the_table_has_the_keys_of_the_object_and_a_vector() -> None:
    made = sample(
        {"MANDT": ["100", "100"], "NO": [1, 2], "TEXT": ["x", "y"]},
        keys={"MANDT": ("NVARCHAR", 3), "NO": ("INTEGER", None)},
    )
    assert create_table(table(made, 256)).split("\n") == [
        'CREATE COLUMN TABLE "ZPUMPS_VECTORS" (',
        '  "MANDT" NVARCHAR(3) NOT NULL,',
        '  "NO" INTEGER NOT NULL,',
        '  "VECTOR" REAL_VECTOR(256) NOT NULL,',
        '  PRIMARY KEY ("MANDT", "NO")',
        ")",
    ]


def test_the_search_compares_by_cosine_and_binds_the_question() -> None:
    assert search(table(keyed()), 5) == (
        'SELECT TOP 5 "ID", COSINE_SIMILARITY("VECTOR", TO_REAL_VECTOR(?)) AS "SCORE"\n'
        'FROM "ZPUMPS_VECTORS" ORDER BY "SCORE" DESC'
    )


def test_the_script_builds_an_index_only_when_somebody_takes_its_marks_away() -> None:
    made = table(keyed())
    lines = sql_script(made).split("\n")
    runs = "\n".join(line for line in lines if not line.startswith("--"))
    assert "CREATE COLUMN TABLE" in runs
    assert "INDEX" not in runs
    unmarked = "\n".join(line.removeprefix("-- ") for line in lines)
    assert f"{create_index(made)};" in unmarked
    assert create_index(made).startswith("CREATE HNSW VECTOR INDEX")


def test_the_script_says_who_runs_it_and_where() -> None:
    text = sql_script(table(keyed()))
    assert "The playground only reads." in text
    assert "SAP HANA Cloud only" in text
    assert all(f"{create(table(keyed()))};" in text for create in (create_table, search))


@pytest.mark.parametrize(
    ("kind", "length", "expected"),
    [
        ("NVARCHAR", 40, "NVARCHAR(40)"),
        ("VARCHAR", None, "NVARCHAR(5000)"),
        ("NVARCHAR", 99_999, "NVARCHAR(5000)"),
        ("NVARCHAR", 0, "NVARCHAR(5000)"),
        ("ALPHANUM", 12, "NVARCHAR(12)"),
        ("VARBINARY", 16, "NVARCHAR(32)"),
        ("BIGINT", 19, "BIGINT"),
        ("date", None, "DATE"),
        ("NCLOB", 10, "NVARCHAR(5000)"),
        ('INTEGER); DROP TABLE "T"; --', None, "NVARCHAR(5000)"),
    ],
)
def test_a_key_has_a_type_that_a_key_can_have(kind: str, length: int | None, expected: str) -> None:
    assert f'"ID" {expected} NOT NULL' in create_table(table(keyed(kind=kind, length=length)))


@pytest.mark.parametrize(
    ("length", "scale", "expected"),
    [(15, 2, "DECIMAL(15, 2)"), (38, 0, "DECIMAL(38, 0)"), (None, None, "DECIMAL"), (34, None, "DECIMAL")],
)
def test_a_decimal_key_keeps_its_digits(length: int | None, scale: int | None, expected: str) -> None:
    made = keyed()
    key, *others = made.columns
    made = replace(made, columns=(replace(key, type="DECIMAL", length=length, scale=scale), *others))
    assert f'"ID" {expected} NOT NULL' in create_table(table(made))


@pytest.mark.parametrize(
    "columns",
    [
        {"TEXT": ["x", "y"]},
        {"MANDT": ["100", "100"], "TEXT": ["x", "y"]},
        {"MANDT": ["100", None], "TEXT": ["x", "y"]},
    ],
)
def test_rows_without_a_unique_key_go_by_their_number_and_that_is_said(columns: dict[str, list[Cell]]) -> None:
    made = table(sample(columns, keys={"MANDT": ("NVARCHAR", 3)}))
    assert '"sample_row" INTEGER NOT NULL' in create_table(made)
    assert "by their number in the sample" in sql_script(made)


def test_names_that_are_taken_are_not_used_twice() -> None:
    made = sample({"VECTOR": ["a"], "Score": ["b"]}, keys={"VECTOR": ("NVARCHAR", 5), "Score": ("NVARCHAR", 5)})
    assert '"VECTOR_2" REAL_VECTOR(4)' in create_table(table(made))
    assert 'AS "SCORE_2"' in search(table(made))
    assert "VECTOR = 'vector_2'" in insert_script(table(made))


@pytest.mark.parametrize("name", ["T" * 127, "Ö" * 300])
def test_names_are_at_most_127_characters(name: str) -> None:
    made = table(keyed(name))
    assert len(made.name) == len(made.index) == 127
    assert made.name.endswith("_VECTORS")
    assert made.name != made.index


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_a_name(name: str) -> None:
    made = table(keyed(name, key=name))
    quoted = '"' + name.replace('"', '""') + '"'
    made = replace(made, encoder=f"{made.encoder} {name}")
    statements = (create_table(made), insert(made), search(made), create_index(made), comment_on_table(made))
    for statement in statements:
        # Without what stands in quotation marks nothing of a name is left, and no mark stays open.
        bare = re.sub(r"""'(?:[^']|'')*'|"(?:[^"]|"")*\"""", "", statement)
        assert re.fullmatch(r"[A-Z0-9_,()?\n ]*", bare.replace("FROM", ""))
    assert quoted in create_table(made)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_comment_does_not_end_early(name: str) -> None:
    text = sql_script(table(keyed(name, key="ID")))
    comments = [line for line in text.split("\n") if line.startswith("--")]
    assert all(line.isprintable() for line in comments)
    # Four lines of what to know come first, whatever the name they hold.
    assert [line.startswith("--") for line in text.split("\n")[:5]] == [True] * 4 + [False]


@pytest.mark.parametrize("name", HOSTILE)
def test_the_python_script_holds_any_name_as_text(name: str) -> None:
    made = table(keyed(name, key=name))
    values: dict[str, object] = {"__name__": "read"}
    exec(compile(insert_script(made), "insert_vectors.py", "exec"), values)
    assert values["INSERT"] == insert(made)
    assert values["CREATE"] == create_table(made)
    assert values["KEYS"] == values["TEXTS"] == [name]


def test_the_python_script_packs_vectors_as_the_database_reads_them(tmp_path: Path) -> None:
    made = sample({"NO": [7, 8, 9], "TEXT": ["x", "y", "z"]}, keys={"NO": ("INTEGER", None)})
    path = tmp_path / "rows.parquet"
    path.write_bytes(as_parquet(made, vectors(3), ORIGIN))
    values: dict[str, object] = {"__name__": "read"}
    exec(compile(insert_script(table(made)), "insert_vectors.py", "exec"), values)
    batches = values["batches"]
    assert callable(batches)
    assert list(batches(str(path))) == [
        [(7, struct.pack("<I4f", 4, 1, 2, 3, 4)), (9, struct.pack("<I4f", 4, 9, 10, 11, 12))]
    ]
    fvecs = values["fvecs"]
    assert callable(fvecs)
    with pytest.raises(ValueError, match="3 dimensions, not 4"):
        fvecs([1, 2, 3])


@pytest.mark.parametrize("dimensions", [0, -1, 65_001])
def test_vectors_that_the_database_cannot_hold_are_refused(dimensions: int) -> None:
    with pytest.raises(BadRequestError, match="dimensions"):
        table(keyed(), dimensions)


def numbered(n: int) -> Sample:
    columns: dict[str, list[Cell]] = {
        "ID": [f"Ö{i}" for i in range(n)],
        "NO": list(range(n)),
        "TEXT": ["x"] * n,
    }
    return sample(columns, keys={"ID": ("NVARCHAR", 10), "NO": ("INTEGER", None)})


def loaded(made: Sample, folder: Path) -> tuple[Callable[[list[str]], None], Path]:
    """The script's main over a SQLite file in place of the database, with the table made."""
    (folder / "rows.parquet").write_bytes(as_parquet(made, vectors(len(made.rows)), ORIGIN))
    database = folder / "database"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute('CREATE TABLE "ZPUMPS_VECTORS" ("ID" TEXT PRIMARY KEY, "NO" INTEGER, "VECTOR" BLOB)')
    values: dict[str, Any] = {"__name__": "read"}
    exec(compile(insert_script(table(made)), "insert_vectors.py", "exec"), values)
    values["connect"] = lambda: sqlite3.connect(database)
    return values["main"], database


def kept(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute('SELECT COUNT(*) FROM "ZPUMPS_VECTORS"').fetchone()[0])


def test_the_script_commits_all_batches(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main, database = loaded(numbered(2_500), tmp_path)
    main([str(tmp_path / "rows.parquet")])
    assert kept(database) == 2_499
    assert capsys.readouterr().out == "2499 rows inserted\n"


def test_a_row_refused_in_a_later_batch_leaves_none_of_the_earlier_ones(tmp_path: Path) -> None:
    main, database = loaded(numbered(2_500), tmp_path)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("""INSERT INTO "ZPUMPS_VECTORS" VALUES ('Ö2000', 0, NULL)""")
    with pytest.raises(sqlite3.IntegrityError):
        main([str(tmp_path / "rows.parquet")])
    assert kept(database) == 1


def test_no_secret_and_no_address_is_in_the_script() -> None:
    text = insert_script(table(keyed()))
    assert "getpass.getpass" in text
    assert not re.search(r"password=['\"]", text)


def run(script: str, folder: Path, server: HanaServer, *arguments: str) -> subprocess.CompletedProcess[str]:
    """As its reader would: in a process of its own, with the address in the environment."""
    path = folder / "insert_vectors.py"
    path.write_text(script, "utf-8")
    login = {"HANA_HOST": server.host, "HANA_PORT": str(server.port), "HANA_USER": server.user}
    environment = {**os.environ, **login, "HANA_PASSWORD": server.password, "HANA_ENCRYPT": "false"}
    command = [sys.executable, str(path), str(folder / "rows.parquet"), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_the_real_driver_inserts_every_row_that_has_a_vector(tmp_path: Path) -> None:
    made, given = numbered(2_100), vectors(2_100)
    (tmp_path / "rows.parquet").write_bytes(as_parquet(made, given, ORIGIN))
    with hana_server(probes=True) as server:
        done = run(insert_script(table(made)), tmp_path, server, "--create")
        received = server.received()
    assert (done.stdout, done.stderr) == ("2099 rows inserted\n", "")
    create, *inserted = [one for one in received if not one.sql.startswith("SET")]
    assert create.sql.startswith('CREATE COLUMN TABLE "ZPUMPS_VECTORS"')
    assert [one.parameters[:2] for one in inserted] == [(f"Ö{i}", i) for i in range(2_100) if i != 1]
    assert [bytes.fromhex(str(one.parameters[2])) for one in inserted] == [
        struct.pack("<I4f", 4, *row) for i, row in enumerate(given.tolist()) if i != 1
    ]


def test_a_refused_statement_ends_the_script_with_nothing_said_of_the_password(tmp_path: Path) -> None:
    made = numbered(3)
    (tmp_path / "rows.parquet").write_bytes(as_parquet(made, vectors(3), ORIGIN))
    with hana_server(probes=True) as server:
        server.fail(301, "unique constraint violated", matching="INSERT")
        done = run(insert_script(table(made)), tmp_path, server)
    assert done.returncode != 0
    assert "unique constraint violated" in done.stderr
    assert "inserted" not in done.stdout
    assert server.password not in done.stderr
