"""What a visitor has on the Tables page outlives his page, and nothing of an earlier sample clings to a new one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from services.tables.source import Column, ObjectName, Sample, SampleRequest, TableInfo
from services.workspaces import EncoderChoice, Workspaces

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
ORDERS = SampleRequest(ObjectName("SALES", "ORDERS"))


def sample(name: str = "ORDERS", *, columns: tuple[str, ...] = ("TEXT",), source: str = "invented") -> Sample:
    rows = tuple(tuple(f"a few words of row {n}" for _ in columns) for n in range(3))
    info = TableInfo(ObjectName("SALES", name), "table", rows=3)
    return Sample(source, True, info, tuple(Column(column, "NVARCHAR", text=True) for column in columns), rows, "All.")


def workspaces() -> Workspaces:
    return Workspaces(now=lambda: NOON)


def test_a_sample_is_kept_with_its_day_its_request_and_a_number_of_its_own() -> None:
    kept = workspaces()
    numbers = [kept.take(owner, ORDERS, sample()).number for owner in ("ann", "ann", "bob")]
    assert len(set(numbers)) == 3
    assert (kept.current("ann").read_at, kept.current("ann").request) == (NOON, ORDERS)
    assert kept.current("ann").template == "{TEXT}"


def test_what_one_has_another_does_not_see() -> None:
    kept = workspaces()
    kept.take("ann", ORDERS, sample())
    assert kept.current("bob").sample is None


def test_rows_and_vectors_of_the_earlier_sample_go_with_it() -> None:
    kept = workspaces()
    kept.take("ann", ORDERS, sample())
    kept.update("ann", lambda workspace: replace(workspace, selected=(1,), job="a job"))
    taken = kept.take("ann", ORDERS, sample())
    assert (taken.selected, taken.job) == ((), None)


def test_a_template_of_one_s_own_stays_for_more_rows_of_the_same_table_only() -> None:
    kept = workspaces()
    kept.take("ann", ORDERS, sample())
    kept.update("ann", lambda workspace: workspace.rewritten("Order: {TEXT}", cut_long=False))
    assert kept.take("ann", ORDERS, sample()).template == "Order: {TEXT}"
    assert kept.take("ann", ORDERS, sample("LINES", columns=("NOTE",))).template == "{NOTE}"
    assert kept.current("ann").cut_long is False


def test_a_table_of_the_same_name_in_another_database_is_another_table() -> None:
    kept = workspaces()
    kept.take("ann", ORDERS, sample())
    kept.update("ann", lambda workspace: workspace.rewritten("Order: {TEXT}", cut_long=True))
    assert kept.take("ann", ORDERS, sample(source="elsewhere")).template == "{TEXT}"


def test_vectors_belong_to_texts_and_encoder_and_to_no_others() -> None:
    kept = workspaces()
    kept.take("ann", ORDERS, sample())
    done = kept.update("ann", lambda workspace: replace(workspace, job="a job"))
    assert done.rewritten(done.template, cut_long=done.cut_long).job == "a job"
    assert done.rechosen(EncoderChoice()).job == "a job"
    assert done.rewritten(done.template, cut_long=False).job is None
    assert done.rewritten("{TEXT}!", cut_long=True).job is None
    assert done.rechosen(EncoderChoice("Sandbox")).job is None


def test_of_too_many_visitors_the_one_away_for_longest_is_forgotten() -> None:
    kept = Workspaces(max_owners=2)
    for owner in ("ann", "bob", "cy"):
        kept.take(owner, ORDERS, sample())
    assert kept.current("ann").sample is None
    assert kept.current("cy").sample is not None
