"""What each answer is checked for: the checks that are set, and one more."""

from __future__ import annotations

from decimal import Decimal

import streamlit as st

from components import matrix_actions as do
from components.feedback import plain
from components.matrix_actions import KEY
from components.page_head import grey
from components.state import owner, value
from services.matrix.checks import MAX_CHECKS, Check, Contains, Expected, FitsSchema, Matches, NumberWithin
from services.matrix_setups import Setup
from services.resources import playground
from services.workspaces import Workspace

COLUMN, TEXT, ABSENT, PATTERN = "Expected answer in a column", "Contains a text", "Does not contain a text", "Regex"
SCHEMA, NUMBER = "JSON schema", "Number within"
KINDS = (COLUMN, TEXT, ABSENT, PATTERN, SCHEMA, NUMBER)
NEW = f"{KEY}_check"


def checks_box(setup: Setup, workspace: Workspace) -> None:
    grey("Nobody's opinion: each is looked up in the answer. A cell passes when it passes all of them.")
    for number, check in enumerate(setup.checks):
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.markdown(plain(check.label), width="stretch")
            st.button(
                "Remove",
                key=f"{NEW}_remove_{number}",
                type="tertiary",
                icon=":material/close:",
                on_click=do.remove_check,
                args=(check,),
            )
    kind = st.selectbox("Check", KINDS, key=f"{NEW}_kind")
    _fields(kind, workspace)
    with st.container(horizontal=True, gap="small"):
        full = len(setup.checks) >= MAX_CHECKS
        st.button("Add check", key=f"{NEW}_add", icon=":material/add:", disabled=full, on_click=_add)
        _judge_anew(setup)


def _judge_anew(setup: Setup) -> None:
    """Only where answers stand that were judged by others; nobody is asked again for it."""
    job = playground().matrices.current(owner())
    if job is None:
        return
    snapshot = job.snapshot()
    if snapshot.ended and snapshot.checks != setup.checks:
        st.button(
            "Judge the answers by these",
            key=f"{NEW}_anew",
            icon=":material/rule:",
            on_click=do.judge_anew,
            args=(setup.checks,),
        )


def _fields(kind: str, workspace: Workspace) -> None:
    """Of the kind that is chosen; their values are read when Add is pressed."""
    if kind == COLUMN and workspace.sample is not None:
        names = [column.name for column in workspace.sample.columns if column.readable]
        st.selectbox("Column", names, key=f"{NEW}_column_{workspace.number}")
        st.toggle("The answer is this and nothing else", key=f"{NEW}_same")
    elif kind in (TEXT, ABSENT):
        st.text_input("Text", key=f"{NEW}_text", help="Case and white space do not count.")
    elif kind == PATTERN:
        st.text_input("Regular expression", key=f"{NEW}_pattern", placeholder=r"\b[1-4]\b", help="Found anywhere.")
    elif kind == SCHEMA:
        st.text_area(
            "JSON schema", key=f"{NEW}_schema", height=120, placeholder='{"type": "object", "required": ["priority"]}'
        )
    else:
        low, high = st.columns(2)
        low.number_input("From", value=None, key=f"{NEW}_low", placeholder="open")
        high.number_input("To", value=None, key=f"{NEW}_high", placeholder="open")
        grey("Of the first number in the answer.")


def _add() -> None:
    check = _typed(str(value(f"{NEW}_kind")))
    if check is not None:
        do.guarded_check(check)


def _typed(kind: str) -> Check | None:
    """None where no column is there to be expected."""
    if kind == COLUMN:
        column = value(f"{NEW}_column_{playground().workspaces.current(owner()).number}")
        how = "same" if value(f"{NEW}_same") else "contained"
        return Expected(column, how) if isinstance(column, str) else None  # type: ignore[arg-type]
    if kind in (TEXT, ABSENT):
        return Contains(_text("text"), absent=kind == ABSENT)
    if kind == PATTERN:
        return Matches(_text("pattern"))
    if kind == SCHEMA:
        return FitsSchema(_text("schema"))
    return NumberWithin(_number("low"), _number("high"))


def _text(name: str) -> str:
    typed = value(f"{NEW}_{name}")
    return typed if isinstance(typed, str) else ""


def _number(name: str) -> Decimal | None:
    typed = value(f"{NEW}_{name}")
    return Decimal(str(typed)) if isinstance(typed, float | int) else None
