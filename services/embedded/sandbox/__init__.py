"""Sandbox: a server that speaks Together's wire format with simulated models."""
