"""Postfix and Exim in one shell: two servers compared live, TLS and delivery included."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.real_servers import RealServer, wait_for_message
from tests.shell.support import Shell


@pytest.fixture
def shell(postfix: RealServer, exim: RealServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    """Be connected to both."""
    monkeypatch.setenv("COLUMNS", "100")
    shell = Shell()
    shell.say("/set timeout 20")
    for server in (postfix, exim):
        shell.say(f"/connect 127.0.0.1:{server.smtp_port} --name {server.name}")
    yield shell
    shell.close()


def rows(said: str) -> dict[str, str]:
    """Give the lines by what stands in the first column, those without it by the second."""
    lines = [line for line in said.splitlines() if " | " in line or line.endswith(" |")]
    return {(line[2:].partition("|")[0].strip() or line.partition("|")[2].strip()): line for line in lines}


def test_what_they_offer(shell: Shell) -> None:
    """Keywords are compared with each other, whatever their order, and what only one has is marked."""
    offered = rows(shell.say("/each EHLO client.example.test"))
    assert offered["250-PIPELINING"].startswith("  ")
    assert offered["250-STARTTLS"].startswith("  ")
    assert offered["250-ENHANCEDSTATUSCODES"].startswith("! ")
    assert offered["250-PRDR"].startswith("! ")
    assert "PRDR" in offered["250-PRDR"].partition("|")[2]


def test_a_message_to_both(shell: Shell, postfix: RealServer, exim: RealServer) -> None:
    """TLS at each, one envelope and one message for both; each delivers it."""
    said = shell.say("/each /starttls")
    assert said.count("-- tls TLSv1.3") == 2
    shell.say("/each", "MAIL FROM:<sender@example.test>")
    for server in (postfix, exim):
        shell.say(f"/each --only {server.name} RCPT TO:<{server.valid_recipient}>")
    said = shell.say("RCPT TO:<nobody@example.test>")
    assert said.count("550") >= 2
    shell.say("DATA")
    assert shell.prompt == "each 2 data> "
    shell.content_paste(b"Subject: to both of them\r\n\r\n.dot\r\n")
    shell.end_content()
    shell.say("QUIT")
    assert not any(each.connected for each in shell.conversations)
    for server in (postfix, exim):
        assert b"\n.dot" in wait_for_message(server.mailbox_dir, b"Subject: to both of them")


def test_one_goes_the_other_stays(shell: Shell) -> None:
    """After the QUIT of one the other answers as before."""
    shell.say("/each EHLO client.example.test", "/each --only postfix QUIT")
    assert shell.say("/each NOOP").splitlines()[1].strip() == "250 OK"
    listed = shell.say("/sessions").splitlines()
    assert [line.strip() for line in listed if line.strip() == "closed"] == ["closed"]
