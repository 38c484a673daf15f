"""The tests of smtpshell, in the shape of its tree: tests/session/test_tcp.py is about session/tcp.py."""
