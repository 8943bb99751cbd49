"""What whoever runs the app has set up, to read and not to change here; values are for those at its own machine."""

from __future__ import annotations

import streamlit as st

from components.feedback import plain
from components.hana_form import connected
from components.page_head import grey
from components.settings_block import block, code
from components.visitor import here as at_the_machine
from services.resources import playground
from services.settings import SETTINGS, Settings
from services.tables.connection import where


def hana_block() -> None:
    configured, desk = playground().settings.hana, connected()
    status = "set up" if configured.configured else "not set up"
    if desk is not None:
        status = "connecting …" if desk.connecting else "connected, read-only"
    with block("SAP HANA", status):
        if configured.configured:
            place = f"{plain(where(configured))}, as" if at_the_machine() else "As"
            st.markdown(f"{place} HANA\\_\\* is set. Its password is never shown.")
        else:
            st.markdown("No HANA is set up; the demo tables are always there.")
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            if st.button("Open Tables", key="settings_tables", icon=":material/table:"):
                st.switch_page("tables.py")
            grey("Connecting, with these or with values of your own, is done there.")


def given_block() -> None:
    settings = playground().settings
    rows = given(settings, here=at_the_machine())
    bad = len(settings.problems)
    status = f"{bad} cannot be used" if bad else f"{len(rows)} set" if rows else "nothing set"
    with block("From the environment", status, tone="red" if bad else "gray"):
        for problem in settings.problems:
            st.error(f"{plain(problem.message)} {plain(problem.remedy)}", icon=":material/error:")
        for warning in settings.warnings:
            grey(plain(warning))
        if rows:
            st.table(rows, border="horizontal", hide_index=True)
        grey("Whoever runs the app sets these, in the environment or its files; they are read when it starts.")


def given(settings: Settings, *, here: bool) -> list[dict[str, str]]:
    """Name, value and source of each setting in force, as Markdown; of a secret that it is set.

    here: the visitor sits at the machine of the app. From elsewhere every value is as a secret is: hosts, users and
    paths say more of a network than its visitors need.
    """
    rows = []
    for setting in SETTINGS:
        source = settings.source_of(setting.name)
        if source != "default":
            shown = code(settings.texts.get(setting.name, "")) if here and not setting.secret else "set"
            rows.append({"Name": f"`{setting.name}`", "Value": f"{shown} :gray[from {source}]"})
    for endpoint in settings.endpoints:
        key = ", with a key" if endpoint.api_key is not None else ""
        name, shown = code(f"endpoints.{endpoint.name}"), code(endpoint.base_url) if here else "set"
        rows.append({"Name": name, "Value": f"{shown}{key} :gray[from secrets.toml]"})
    return rows
