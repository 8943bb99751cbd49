"""The service layer: everything that happens without a browser. Streamlit appears in resources.py alone."""

from services.beside_sap import share

share()
