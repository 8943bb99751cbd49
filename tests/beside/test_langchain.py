"""Our embeddings where LangChain's own classes ask for some."""

from __future__ import annotations

from tests.beside.conftest import ROOT, Run
from tests.beside.test_imports import SERVICES

OURS = "from hana_ai.api.together_ai import get_embeddings"
FOUND = """
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import InMemoryVectorStore
assert isinstance(embeddings, Embeddings)
texts = ["Oil drips from the pump.", "The invoice was paid twice.", "The train is late again."]
store = InMemoryVectorStore.from_texts(texts, embeddings)
(found,) = store.similarity_search("A payment was made two times", k=1)
print(embeddings.route.origin, found.page_content)
"""


def test_a_vector_store_finds_by_meaning_with_the_encoder_on_this_machine(run: Run) -> None:
    done = run(f"{SERVICES}\n{OURS}\nembeddings = get_embeddings()\n{FOUND}", cwd=ROOT)
    assert done.stdout == "local The invoice was paid twice.\n", done.stderr


def test_a_vector_store_finds_a_text_again_over_a_socket_and_asynchronously(run: Run, sandbox_address: str) -> None:
    code = f"""
import asyncio
{SERVICES}
{OURS}
from langchain_core.vectorstores import InMemoryVectorStore
async def found(embeddings):
    store = await InMemoryVectorStore.afrom_texts(["valve", "pump", "train"], embeddings)
    return [text.page_content for text in await store.asimilarity_search("pump", k=1)]
model = "togethercomputer/m2-bert-80M-8k-retrieval"
with get_embeddings(api_key="invented", base_url={sandbox_address!r}, model=model) as embeddings:
    print(embeddings.route.origin, asyncio.run(found(embeddings)))
"""
    done = run(code, cwd=ROOT)
    assert done.stdout == "real ['pump']\n", done.stderr


def test_langchain_hana_gets_floats_and_does_not_take_them_for_hanas_own_model(run: Run) -> None:
    code = f"""
{SERVICES}
{OURS}
from langchain_hana import HanaInternalEmbeddings
from langchain_core.embeddings import Embeddings
embeddings = get_embeddings()
vectors = embeddings.embed_documents(["pump", "valve", "pump"])
assert not isinstance(embeddings, HanaInternalEmbeddings)
print(issubclass(type(embeddings), Embeddings), {{type(number) for vector in vectors for number in vector}})
"""
    done = run(code, cwd=ROOT)
    assert done.stdout == "True {<class 'float'>}\n", done.stderr
