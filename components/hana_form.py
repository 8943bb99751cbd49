"""Connecting to SAP HANA from the page: by the settings, or by what is typed here, for this session alone."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.feedback import plain, show
from components.page_head import grey
from components.state import begin, put, session, value
from components.visitor import here as at_the_machine
from components.visitor import reach
from services.errors import ConfigError, ServiceError
from services.hana_reach import checked
from services.resources import hana_desk, playground
from services.settings import HanaSettings
from services.tables.connection import where
from services.tables.desk import Desk

KEY = "hana"


def connected() -> Desk | None:
    """This session's way to SAP HANA, be it under way or standing; None where nobody asked for one.

    It is another one, not yet connected, where the browser was gone for a moment.
    """
    here = session()
    return None if here.hana is None else _desk(here.hana_number, here.hana)


def _desk(number: int, hana: HanaSettings) -> Desk:
    return hana_desk(number, hana, None if hana.from_settings else reach())


def disconnect(problem: ServiceError | None = None) -> None:
    """problem is why, if not by choice."""
    desk, here = connected(), session()
    here.hana, here.hana_problem = None, problem
    if desk is not None:
        desk.release()


def connect_place() -> None:
    """What to fill in; the password leaves its field when it was used."""
    configured = playground().settings.hana
    if configured.configured:
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.button("Connect", key=f"{KEY}_settings", type="primary", on_click=_connect, args=(configured,))
            grey(f"{plain(where(configured))}, as HANA\\_\\* is set.")
            with st.popover("Other values"), st.container(width=640):
                _form("secondary")
    else:
        _form("primary")
    grey("Only read, never written to: a user with SELECT alone is enough. What is typed is gone with this session.")
    problem = session().hana_problem
    if problem is not None:
        show(problem)


def _form(kind: str) -> None:
    with st.form(f"{KEY}_form", border=False):
        _target()
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.form_submit_button(
                "Connect",
                key=f"{KEY}_submit",
                type="primary" if kind == "primary" else "secondary",
                icon=":material/link:",
                on_click=_submit,
            )
            with st.popover("TLS and more"), st.container(width=600):
                _more()


def _target() -> None:
    typed = session().hana_typed
    fields = st.columns([3, 1, 1.6, 1.6])
    fields[0].text_input(
        "Host", key=begin(f"{KEY}_host", _shown(typed.host)), placeholder="….hanacloud.ondemand.com", autocomplete="off"
    )
    fields[1].number_input(
        "Port",
        1,
        65535,
        key=begin(f"{KEY}_port", typed.port),
        help="443 on HANA Cloud; 3NN13 or 3NN15 on premise, where NN is the instance.",
    )
    fields[2].text_input("User", key=begin(f"{KEY}_user", _shown(typed.user)), autocomplete="off")
    fields[3].text_input("Password", type="password", key=begin(f"{KEY}_password", ""), autocomplete="off")


def _more() -> None:
    """Under the names that the driver's documentation uses."""
    typed, (left, right) = session().hana_typed, st.columns(2)
    left.checkbox(
        "encrypt",
        key=begin(f"{KEY}_encrypt", typed.encrypt),
        help="TLS. HANA Cloud takes nothing else; on premise it is often off.",
    )
    right.checkbox(
        "sslValidateCertificate",
        key=begin(f"{KEY}_validate", typed.ssl_validate_certificate),
        help="Refuse a server whose certificate is not trusted.",
    )
    left.text_input(
        "sslHostNameInCertificate",
        key=begin(f"{KEY}_named", _shown(typed.host_in_certificate)),
        help="The name the certificate is issued for, where it is not the host.",
    )
    right.text_input(
        "Schema", key=begin(f"{KEY}_schema", _shown(typed.schema)), help="The one to begin with. Empty: the user's own."
    )
    if at_the_machine():
        _of_this_machine(left, right)


def _of_this_machine(left: DeltaGenerator, right: DeltaGenerator) -> None:
    """A file and a store of logins that belong to whoever sits at it, not to every visitor."""
    typed = session().hana_typed
    left.text_input(
        "sslTrustStore",
        key=begin(f"{KEY}_trust", _shown(typed.trust_store)),
        help="Certificates to trust: a PEM file on this machine.",
    )
    right.text_input(
        "User store key",
        key=begin(f"{KEY}_userkey", _shown(typed.userkey)),
        help="Of hdbuserstore on this machine, instead of host, user and password.",
    )


def _shown(typed: str | Path | None) -> str:
    return "" if typed is None else str(typed)


def _submit() -> None:
    here, typed = session(), _typed()
    here.hana_typed = replace(typed, password=None)
    put(f"{KEY}_password", "")
    try:
        _connect(checked(typed, reach(), here=at_the_machine()))
    except ConfigError as problem:
        here.hana_problem = problem


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
    return typed if typed else None


def _connect(hana: HanaSettings) -> None:
    """Asks before the page is drawn, so that all of it speaks of one state; the page tells what stands in the way."""
    here = session()
    here.hana, here.hana_number, here.hana_problem = hana, here.hana_number + 1, None
    with suppress(ServiceError):
        _desk(here.hana_number, hana).schemas()
