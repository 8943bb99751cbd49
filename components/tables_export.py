"""What can be taken away: the way back into SAP HANA as a script, and the rows with what was found, as files."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import streamlit as st

from components.feedback import show
from components.page_head import grey
from components.state import owner
from services.errors import ServiceError
from services.exploring import Ground
from services.resources import groups_of, meaning_of, playground
from services.tables.files import Extra, Origin, as_csv
from services.tables.parquet import as_parquet
from services.tables.script import VectorTable, insert_script, sql_script, vector_table

KEY = "tables_export"


def take_away(ground: Ground) -> None:
    st.subheader("Rows and vectors", anchor=False)
    _files(ground)
    st.subheader("Back to SAP HANA", anchor=False)
    grey("The app itself only reads. The scripts are for somebody who may write: read them, then run them.")
    try:
        table = vector_table(ground.visible, ground.embedded.dimensions, ground.embedded.encoder)
    except ServiceError as problem:
        show(problem)
        return
    _script(table)


def _files(ground: Ground) -> None:
    now = datetime.now(UTC)
    embedded = ground.embedded
    origin = Origin(embedded.encoder, embedded.word, now, embedded.served)
    extra = _found(ground)
    name = f"{_file_name(ground)}-{now:%Y%m%d-%H%M}"
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.download_button(
            "Rows and vectors, Parquet",
            data=partial(as_parquet, ground.visible, embedded.row_vectors(), origin, extra),
            file_name=f"{name}.parquet",
            mime="application/vnd.apache.parquet",
            key=f"{KEY}_parquet",
            icon=":material/download:",
            on_click="ignore",
        )
        st.download_button(
            "Rows, groups and scores, CSV",
            data=partial(as_csv, ground.visible, origin, extra),
            file_name=f"{name}.csv",
            mime="text/csv",
            key=f"{KEY}_csv",
            icon=":material/download:",
            on_click="ignore",
        )
    grey(
        f"{len(ground.sample.rows):,} rows with their group and, where a question stands, their score by meaning. "
        "In the CSV a text that a spreadsheet would take for a formula has a quote in front. Hidden columns stay here."
    )


def _found(ground: Ground) -> Extra:
    """Of each row its group, its score to the question that stands, and whether it is selected."""
    groups = groups_of(ground.id, None, ground.embedded, ground.texts)
    labels = {cluster.number: cluster.label for cluster in groups.clusters}
    chosen = set(playground().workspaces.current(owner()).selected)
    extra: dict[str, list[str | int | float | bool | None]] = {
        "group": [number + 1 if number >= 0 else None for number in groups.of.tolist()],
        "group_terms": [labels.get(number) for number in groups.of.tolist()],
        "selected": [row in chosen for row in range(len(ground.sample.rows))],
    }
    asked = playground().explorations.current(owner(), ground.id).asked
    vector = None if asked is None else asked.value
    if asked is not None and vector is not None and vector.any():
        rows = range(len(ground.sample.rows))
        hits = meaning_of(ground.embedded.id, ground.embedded).find(vector, len(rows))
        scores = {hit.row: hit.score for hit in hits}
        extra["question"] = [asked.text for _ in rows]
        extra["score"] = [scores.get(row) for row in rows]
    return extra


def _script(table: VectorTable) -> None:
    sql, python = sql_script(table), insert_script(table)
    for title, text, file, mime in (
        ("SQL: table, index and search", sql, "vectors.sql", "application/sql"),
        ("Python: puts the rows of the Parquet file in", python, "insert_vectors.py", "text/x-python"),
    ):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.markdown(f"**{title}**", width="content")
            st.download_button(
                f"Download {file}",
                data=text,
                file_name=file,
                mime=mime,
                key=f"{KEY}_{file}",
                icon=":material/download:",
                type="tertiary",
                on_click="ignore",
            )
        st.code(text, language=None, wrap_lines=True)


def _file_name(ground: Ground) -> str:
    """Of the table's name what every file system takes."""
    name = "".join(
        letter if letter.isascii() and letter.isalnum() else "_" for letter in ground.sample.info.object.name
    )
    return name[:60] if name else "rows"
