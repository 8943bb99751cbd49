"""Connecting to SAP HANA from the page: by the settings, or by what is typed here, for this session alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import streamlit as st

from components.feedback import plain, show
from components.page_head import grey
from components.state import put, session, value
from services.errors import ServiceError
from services.resources import hana_desk, playground
from services.settings import HanaSettings
from services.tables.desk import Desk

KEY = "hana"


def connected() -> Desk | None:
    """This session's connection, under way or standing; None where nobody asked for one."""
    return session().hana


def connect_place() -> None:
    """What to fill in; the password leaves its field when it was used."""
    configured = playground().settings.hana
    if configured.configured:
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.button("Connect", key=f"{KEY}_settings", type="primary", on_click=_connect, args=(configured,))
            grey(f"As HANA_* is set: {plain(_target(configured))}.")
    with (
        st.expander(
            "Connect with other values" if configured.configured else "Connect", expanded=not configured.configured
        ),
        st.form(f"{KEY}_form", border=False),
    ):
        _fields()
        st.form_submit_button("Connect", key=f"{KEY}_submit", on_click=_submit)
    grey("Read-only. Values stay in this session and are gone with it; a user with SELECT alone is enough.")
    problem = session().hana_problem
    if problem is not None:
        show(problem)


def _fields() -> None:
    where = st.columns([3, 1, 2, 2])
    where[0].text_input("Host", key=f"{KEY}_host", placeholder="….hanacloud.ondemand.com")
    where[1].number_input(
        "Port", 1, 65535, 443, key=f"{KEY}_port", help="443 on HANA Cloud, 3NN13 or 3NN15 on premise."
    )
    where[2].text_input("User", key=f"{KEY}_user", autocomplete="off")
    where[3].text_input("Password", type="password", key=f"{KEY}_password", autocomplete="off")
    with st.expander("TLS, user store and schema"):
        more = st.columns(2)
        more[0].checkbox("encrypt", value=True, key=f"{KEY}_encrypt", help="TLS. HANA Cloud takes nothing else.")
        more[0].checkbox(
            "sslValidateCertificate",
            value=True,
            key=f"{KEY}_validate",
            help="Refuse a certificate that is not trusted.",
        )
        more[1].text_input(
            "sslTrustStore", key=f"{KEY}_trust", help="A file of certificates on the playground's machine."
        )
        more[1].text_input("sslHostNameInCertificate", key=f"{KEY}_named", help="Where it differs from the host.")
        more[0].text_input("User store key", key=f"{KEY}_userkey", help="Instead of host, user and password.")
        more[1].text_input("Schema", key=f"{KEY}_schema", help="Of names without one. Empty: the user's own.")


def _submit() -> None:
    typed = _typed()
    put(f"{KEY}_password", "")
    if not typed.configured:
        session().hana_problem = ServiceError("No host is given.", remedy="Fill in Host, or a user store key.")
        return
    _connect(typed)


def _typed() -> HanaSettings:
    port, trust = value(f"{KEY}_port"), _text("trust")
    return HanaSettings(
        host=_text("host"),
        port=port if isinstance(port, int) else 443,
        user=_text("user"),
        password=str(value(f"{KEY}_password") or ""),
        userkey=_text("userkey"),
        encrypt=value(f"{KEY}_encrypt") is not False,
        ssl_validate_certificate=value(f"{KEY}_validate") is not False,
        trust_store=None if trust is None else Path(trust),
        host_in_certificate=_text("named"),
        schema=_text("schema"),
    )


def _text(name: str) -> str | None:
    typed = str(value(f"{KEY}_{name}") or "").strip()
    return typed or None


def _connect(hana: HanaSettings) -> None:
    here = session()
    here.hana_problem, here.hana_number = None, here.hana_number + 1
    try:
        desk = hana_desk(here.hana_number, replace(hana))
        desk.open()
        desk.reads.wait(_QUICK_S)
    except ServiceError as problem:
        here.hana_problem = problem
        return
    here.hana = desk


def disconnect() -> None:
    here = session()
    if here.hana is not None:
        here.hana.close()
    here.hana = None


def _target(hana: HanaSettings) -> str:
    return f"user store key {hana.userkey}" if hana.userkey is not None else f"{hana.host}:{hana.port}"


_QUICK_S = 0.5
