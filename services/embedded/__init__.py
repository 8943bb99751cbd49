"""Servers that run beside the app on loopback: Local and the Sandbox."""
