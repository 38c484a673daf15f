"""What servers do with every verb and every extension, asked over real sockets and kept true.

`features.py` is the table: what is asked, how, what counts as an answer, and what
each server answers. `columns.py` says who is asked and how each is reached,
`asking.py` asks. `python -m tests.conformance` prints the matrix for the README.
"""
