"""A small database server on loopback that SAP's unmodified driver logs in to and reads from.

It shows what the driver accepts and how this product speaks to the driver. It does not show what a live SAP HANA does:
its answers come from SQLite, for exactly the statements in `statements.py`, and every other statement is refused and
remembered. It runs as a process of its own, because the driver lets no other thread of its process run while a fetch
waits for the rest of a long text. Tests start it with `running.hana_server()`.
"""
