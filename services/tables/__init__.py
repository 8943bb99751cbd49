"""Tables: where samples come from."""
