"""Rows of a table times models: one prompt template, filled row by row, asked of up to four models, and judged."""
