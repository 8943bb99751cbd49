"""Measured ratios against peers, and what a first visit weighs and takes; `python -m benchmarks` runs them."""
