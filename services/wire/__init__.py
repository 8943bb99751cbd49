"""One provider's protocol: values, bytes to events, routes and errors."""
