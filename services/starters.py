"""First things to ask, for each kind of endpoint: what is known to work there."""

from __future__ import annotations

from dataclasses import dataclass

from services.embedded.local import tasks
from services.endpoints import Kind


@dataclass(frozen=True)
class Starter:
    """title is the button, text what is sent, task one of Local's tasks or None."""

    id: str
    title: str
    text: str
    task: str | None = None


_GENERAL = (
    Starter("cds", "Explain CDS views to a buyer", "Explain in three sentences what a CDS view is, for a buyer."),
    Starter(
        "query",
        "Write a query",
        "Write a SQL query for SAP HANA that counts the notifications per plant in table QMEL for the last 30 days.",
    ),
    Starter("choose", "Pick a model size", "When is a small open model enough, and when not? Answer as a short list."),
)
_SANDBOX = (
    Starter("ports", "Which port does HANA Cloud use?", "Which port does SAP HANA Cloud use, and which on premise?"),
    Starter("mixtral", "What became of Mixtral?", "What became of Mixtral 8x7B and Llama 2 on Together?"),
    Starter("vector", "Vectors in HANA", "How does SAP HANA store vectors and compare them?"),
)


def starters(kind: Kind) -> tuple[Starter, ...]:
    """Three of them."""
    if kind == "local":
        return tuple(Starter(task.id, task.title, task.example, task.id) for task in tasks.TASKS)
    return _SANDBOX if kind == "sandbox" else _GENERAL
