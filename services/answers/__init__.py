"""One answer's life, from request to finished text with its figures."""
