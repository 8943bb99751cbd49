"""What stands under the table: one model's details, a chart, or the cost of a workload. Only the chosen one is made."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from components.models_chart import chart
from components.models_detail import detail
from components.models_list import KEY, Gathered
from components.models_workload import workload
from services.models.browsing import Entry

DETAILS, CHART, WORKLOAD = "Details", "Chart", "Workload"


def views(here: Gathered, shown: Sequence[Entry], ticked: Sequence[Entry]) -> None:
    """shown are the rows of the table, ticked the chosen ones, in the order of ticking."""
    view = st.radio(
        "View",
        (DETAILS, CHART, WORKLOAD),
        horizontal=True,
        key=f"{KEY}_view",
        label_visibility="collapsed",
        bind="query-params",
    )
    if view == CHART:
        chart(shown, ticked)
    elif view == WORKLOAD:
        workload(ticked)
    else:
        detail(here, ticked)
