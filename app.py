"""The server: `streamlit run app.py` and `uvicorn app:app` start the same one."""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from services.playground import Playground
from services.server import OwnerCookie, SafeHeaders, routes, serving


def opened() -> Playground:
    """Imported late: Streamlit's caches look for the running server when they are declared."""
    from services.resources import playground

    return playground()


app = st.App(
    Path(__file__).resolve().parent / "pages" / "shell.py",
    lifespan=serving(opened),
    routes=routes(),
    # Streamlit sends its scripts uncompressed; packed, the first load of a page weighs less than half.
    middleware=[Middleware(SafeHeaders), Middleware(OwnerCookie), Middleware(GZipMiddleware, compresslevel=5)],
)
