"""The session layer: sockets, TLS, time limits."""
