"""The protocol core."""
