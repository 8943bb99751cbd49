"""The catalogue: which models exist, what became of them, what they cost."""
