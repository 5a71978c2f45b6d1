"""Stand-ins for the places that research asks, from their documented shapes, and a server that behaves badly on demand."""
