"""How fast it is, measured: one command, medians and ratios in one run.

    python -m tests.bench                 everything, about two minutes
    python -m tests.bench content send    the benches whose names begin so
    python -m tests.bench --tiny          everything at a size that proves only that it runs

Each bench sets smtpshell against something that anybody can have: a bare Python, memcpy, smtplib, a raw socket,
print().  Both sides run in turn (A B A B), the median of each counts, and what is compared with a target is their
ratio: a slow or busy machine is slow for both.  The exit status is 1 where a target was missed.

    measure.py   running in turn, medians, the table
    benches.py   the benches and their targets
    keys.py      the bench of keys, in a terminal
    peers.py     programs that run as processes of their own: servers that answer, a client that only sends

Nothing here is part of the test run, but for tests/test_bench.py, which runs everything at the tiny size.
"""
