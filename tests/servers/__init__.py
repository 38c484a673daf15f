"""Servers nobody here wrote, for the tests to talk to.

`postfix.sh`, `exim.sh` and `dovecot.sh` start one server each in a folder of
its own; `install.sh` fetches them. `real_servers.py` and `aiosmtpd_server.py`
make fixtures of them, which tests/conftest.py offers to every test.
"""
