"""Repeating a comparison: how often and under which ceiling, how far it is, and Stop."""

from __future__ import annotations

from decimal import Decimal

import streamlit as st

from components.compare_actions import resolve
from components.feedback import plain, show
from components.page_head import grey
from components.repeat_result import repeat_result
from components.state import owner, session, value
from services.answers import figures
from services.answers.comparisons import Comparison
from services.answers.repeats import Plan, Snapshot
from services.errors import ServiceError
from services.repeating import COUNTS, DEFAULT_CEILING_USD, bound_usd, plan_of
from services.resources import playground

KEY = "repeat"
EVERY_S = 1.0


def repeat(comparison: Comparison) -> None:
    """The section under the panels. Nothing in a blind round: it would tell who stands where."""
    if comparison.hidden:
        return
    job = playground().repeats.current(owner())
    snapshot = None if job is None else job.snapshot()
    live = snapshot is not None and snapshot.live
    st.header("Repeat", anchor=False)
    with st.container(border=True, gap="small"):
        _settings(disabled=live)
        if live:
            _progress()
        else:
            _begin(comparison)
    problem = session().repeat_problem
    if problem is not None:
        show(problem)
    if snapshot is not None and snapshot.samples and not live:
        repeat_result(snapshot)


def _settings(*, disabled: bool) -> None:
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        st.segmented_control(
            "Rounds",
            COUNTS,
            default=COUNTS[1],
            required=True,
            format_func=lambda count: f":gray[{count}]",
            key=f"{KEY}_rounds",
            disabled=disabled,
            help="5 give a median with a rough interval, 20 are for a claim.",
        )
        st.number_input(
            "Ceiling, $",
            min_value=0.0,
            value=DEFAULT_CEILING_USD,
            step=0.1,
            format="%.2f",
            key=f"{KEY}_ceiling",
            width=130,
            disabled=disabled,
            help="No call is sent that could bring the cost above it. Empty: no ceiling.",
        )
        st.toggle(
            "Unique prompts",
            value=True,
            key=f"{KEY}_nonce",
            disabled=disabled,
            help="Each prompt begins with a random mark such as [3f9a01bc], so that no server answers from its cache.",
        )


def _begin(comparison: Comparison) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button(
            "Run repeats",
            key=f"{KEY}_run",
            icon=":material/repeat:",
            disabled=comparison.live or not comparison.prompt.strip(),
            on_click=_start,
        )
        grey(_forecast(comparison))
    grey("One call at a time, in random order within each round, after one uncounted call to each model.")


def _forecast(comparison: Comparison) -> str:
    try:
        plan = _plan(comparison)
    except ServiceError as problem:
        return plain(problem.message)
    calls = plan.rounds * len(plan.asked)
    return f"{calls} calls · {_bound(plan)}".replace("$", r"\$")


def _bound(plan: Plan) -> str:
    if all(asked.simulated for asked in plan.asked):
        return "simulated"
    bound = bound_usd(plan)
    if bound is None:
        return "price unknown"
    if plan.ceiling_usd is not None and bound > plan.ceiling_usd:
        return f"up to {figures.money(bound)}, stops before {figures.money(plan.ceiling_usd)}"
    return "free" if bound == 0 else f"at most {figures.money(bound)}"


def _plan(comparison: Comparison) -> Plan:
    rounds, ceiling = value(f"{KEY}_rounds"), value(f"{KEY}_ceiling")
    return plan_of(
        comparison,
        resolve,
        rounds=rounds if isinstance(rounds, int) else COUNTS[1],
        nonce=value(f"{KEY}_nonce") is not False,
        ceiling_usd=Decimal(str(ceiling)) if isinstance(ceiling, float) else None,
    )


def _start() -> None:
    session().repeat_problem = None
    comparison = playground().comparisons.current(owner())
    if comparison is None:
        return
    try:
        playground().repeats.start(owner(), _plan(comparison))
    except ServiceError as problem:
        session().repeat_problem = problem


def _stop() -> None:
    job = playground().repeats.current(owner())
    if job is not None:
        job.stop()


@st.fragment(run_every=EVERY_S)
def _progress() -> None:
    """Draws how far it is; one full rerun when the job has ended."""
    job = playground().repeats.current(owner())
    snapshot = None if job is None else job.snapshot()
    if snapshot is None or not snapshot.live:
        st.rerun()
    st.progress(len(snapshot.samples) / snapshot.calls, text=_how_far(snapshot).replace("$", r"\$"))
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button("Stop", key=f"{KEY}_stop", icon=":material/stop:", on_click=_stop)
        grey("Goes on when you leave the page. Other questions asked meanwhile would disturb the figures.")


def _how_far(snapshot: Snapshot) -> str:
    if snapshot.stage == "warming up":
        return "Warming up: one uncounted call to each model."
    parts = [f"{snapshot.rounds_done} of {snapshot.plan.rounds} rounds"]
    if snapshot.left_s is not None:
        parts.append(f"about {_about(snapshot.left_s)} left")
    failed = sum(sample.failed for sample in snapshot.samples)
    if failed:
        parts.append(f"{failed} {'call' if failed == 1 else 'calls'} failed")
    if not all(asked.simulated for asked in snapshot.plan.asked):
        parts.append(f"{figures.money(snapshot.spent_usd)} spent" if snapshot.spent_usd else "free")
    return " · ".join(parts)


def _about(left_s: float) -> str:
    """Whole seconds: an estimate has no decimals."""
    whole = max(1, round(left_s))
    return f"{whole}{figures.NARROW}s" if whole < 100 else figures.seconds(whole)
