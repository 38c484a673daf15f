"""The tests of smtpshell, a mirror of its tree: tests/session/test_tcp.py is about smtpshell/session/tcp.py."""
