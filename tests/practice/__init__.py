"""The practice server: conversations it must hold, and clients nobody here wrote."""
