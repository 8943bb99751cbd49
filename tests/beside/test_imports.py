"""SAP's modules and ours in one process, in every order and from every place a checkout can stand on the path."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.beside.conftest import HANA_AI, ROOT, Run

OURS = "from hana_ai.api.together_ai import get_together_ai_client"
SERVICES = "import services"
SAPS = "import hana_ai.vectorstore.embedding_service"
# What a fresh installation of hana-ai can import; the rest of it asks for packages that it does not bring.
SAPS_MODULES = (
    *("vectorstore.embedding_service", "vectorstore.hana_vector_engine", "vectorstore.corrective_retriever"),
    *("agents.hana_sql_agent", "agents.context_agent", "iagents.context_agent", "retrieval"),
    *("smart_dataframe", "client.mcp_client", "tools.toolkit"),
)
ALL_SAPS = "\n".join(f"import hana_ai.{module}" for module in SAPS_MODULES)
WHOLE = f"""
import sys
import hana_ai
assert hana_ai.__version__ == {HANA_AI!r}
assert hana_ai.__file__.startswith(sys.prefix), hana_ai.__file__
assert sys.modules["hana_ai.vectorstore.embedding_service"].__file__.startswith(sys.prefix)
assert get_together_ai_client.__module__ == "services.toolkit.client"
print("whole")
"""


@pytest.mark.parametrize("placed", ["working directory", "in front", "behind"])
@pytest.mark.parametrize("order", [(SERVICES, OURS, SAPS), (SERVICES, SAPS, OURS), (SAPS, SERVICES, OURS)])
def test_from_a_checkout_both_import_in_any_order(
    order: tuple[str, ...], placed: str, run: Run, saps_folder: Path
) -> None:
    code = "\n".join((*order, WHOLE))
    if placed == "working directory":
        done = run(code, cwd=ROOT)
    else:
        done = run(code, *((ROOT, saps_folder) if placed == "in front" else (saps_folder, ROOT)))
    assert done.stdout == "whole\n", done.stderr


@pytest.mark.parametrize("order", [(ALL_SAPS, SERVICES, OURS), (SERVICES, OURS, ALL_SAPS)])
def test_every_module_of_saps_that_imports_alone_imports_beside_ours(order: tuple[str, ...], run: Run) -> None:
    done = run("\n".join((*order, WHOLE)), cwd=ROOT)
    assert done.stdout.endswith("whole\n"), done.stderr


def test_ours_imported_alone_loads_nothing_of_saps(run: Run) -> None:
    code = f"""
{SERVICES}
{OURS}
import sys
print(sorted(name for name in sys.modules if name.startswith(("hana_ai", "hana_ml", "langchain", "hdbcli"))))
"""
    done = run(code, cwd=ROOT)
    assert done.stdout == "['hana_ai', 'hana_ai.api', 'hana_ai.api.together_ai']\n", done.stderr


def test_what_neither_has_is_still_missing(run: Run) -> None:
    done = run(f"{SERVICES}\nimport hana_ai.no_such_module", cwd=ROOT)
    assert "No module named 'hana_ai.no_such_module'" in done.stderr
