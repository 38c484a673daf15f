"""Lines sent together, and content in chunks."""

from __future__ import annotations

from pathlib import Path

import pytest

from smtpshell.errors import ExitStatus
from smtpshell.shell.batch import script
from smtpshell.shell.mail.sending import chunk_plan
from tests.session.scripted import Peer, served
from tests.shell.support import Shell

GROUP = ["MAIL FROM:<student@example.test>", "RCPT TO:<teacher@example.test>", "RCPT TO:<nobody@example.test>"]


def delivered(shell: Shell) -> list[bytes]:
    """Give the contents the teacher got."""
    assert shell.practice is not None
    return [message.content for message in shell.practice.mailboxes.mailbox("teacher").messages]


def test_lines_in_one_write() -> None:
    """What /pipeline collects goes out at once, and each reply says what it answers, a refusal too."""
    heard: list[bytes] = []

    def serve(peer: Peer) -> None:
        peer.say("220 mx\r\n")
        heard.append(peer.socket.recv(65536))
        peer.say("250 a\r\n5")
        peer.say("50 no\r\n250 c\r\n")
        peer.wait_for_close()

    with served(serve) as where:
        shell = Shell()
        shell.open(where)
        shell.wait()
        shell.say("/pipeline")
        assert shell.prompt == "pipeline> "
        said = shell.say("MAIL FROM:<a@b>", "rcpt to:<c@d> x=y", "//x", "/end")
        shell.close()
    assert heard == [b"MAIL FROM:<a@b>\r\nrcpt to:<c@d> x=y\r\n/x\r\n"]
    order = ["  to MAIL FROM:<a@b>", "250 a", "  to RCPT TO:<c@d> x=y", "550 no", "  to /X", "250 c"]
    assert [line for line in said.splitlines() if line in order] == order


def test_a_group_as_arguments(shell: Shell) -> None:
    """Given as arguments the lines go out at once; one that is typed later is no part of it."""
    said = shell.say('/pipeline "MAIL FROM:<student@example.test>" RSET', "NOOP")
    assert [line for line in said.splitlines() if line.startswith("  to")] == [
        "  to MAIL FROM:<student@example.test>",
        "  to RSET",
    ]


def test_a_group_in_a_script(shell: Shell) -> None:
    """A script pipelines up to DATA, and the content follows the 354."""
    script.run_lines(shell, ["/pipeline", *GROUP, "DATA", "/end", "Subject: x", "", ".y", ".", "QUIT"])
    assert delivered(shell) == [b"Subject: x\r\n\r\n.y\r\n"]
    assert shell.exit_status == ExitStatus.NEGATIVE


def test_secrets_are_not_told(shell: Shell) -> None:
    """What a reply to AUTH answers is told without the initial response."""
    said = shell.say('/pipeline "AUTH PLAIN AHN0dWRlbnQAZmlyc3QtbGVzc29u" NOOP')
    assert "  to AUTH\n235 " in said
    assert "AHN0" not in said


def test_groups_that_are_none(shell: Shell) -> None:
    """/end without /pipeline, and a script that ends inside a group, are told."""
    assert "nothing was collected; /pipeline begins" in shell.say("/end")
    script.run_lines(shell, [])
    script.run_lines(shell, ["/pipeline", "NOOP"])
    assert "the input ended inside /pipeline; nothing was sent" in shell.text
    shell.say("/drop")
    assert shell.group is None


PLANS = [
    (0, 10, [(0, True)]),
    (9, 10, [(9, True)]),
    (10, 10, [(10, True)]),
    (11, 10, [(10, False), (1, True)]),
    (20, 10, [(10, False), (10, True)]),
]


@pytest.mark.parametrize(("total", "size", "plan"), PLANS)
def test_chunk_plan(total: int, size: int, plan: list[tuple[int, bool]]) -> None:
    """Chunks are full but the last; nothing at all is one empty last chunk (RFC 3030 2)."""
    assert list(chunk_plan(total, size)) == plan


@pytest.mark.parametrize("options", ["", "--chunk 64k", "--chunk 100k --pipeline"])
def test_chunks(shell: Shell, tmp_path: Path, options: str) -> None:
    """However a file is cut, its octets arrive as they are."""
    content = bytes(range(256)) * 1000 + b".\r\n"
    file = tmp_path / "m.eml"
    file.write_bytes(content)
    said = shell.say("MAIL FROM:<student@example.test> BODY=BINARYMIME", GROUP[1], f"/bdat {file} {options}")
    assert "256003 octets in " in said
    assert delivered(shell) == [content]


@pytest.mark.parametrize("options", ["", " --pipeline"])
def test_refused_chunk(tmp_path: Path, options: str) -> None:
    """At the first refusal no more chunks are sent, and what helps is said (RFC 3030 2)."""
    file = tmp_path / "m.eml"
    # More than any socket's buffers hold: the refusal is there before the last chunk can go out.
    file.write_bytes(b"x" * 24_000_000)
    heard: list[bytes] = []

    def serve(peer: Peer) -> None:
        peer.say("220 mx\r\n")
        peer.answer("250-mx\r\n250-PIPELINING\r\n250 CHUNKING", "250 ok", "250 ok")
        # The chunks have no line end in them: each line is one command, what it ended before it.
        while line := peer.line():
            heard.append(line)
            if line.endswith(b"\r\n"):
                peer.say("452 full\r\n")

    with served(serve) as where:
        shell = Shell()
        shell.open(where)
        said = shell.say("EHLO client.example.test", *GROUP[:2], f"/bdat {file} --chunk 100k{options}")
        shell.close()
    assert "chunk 1 of 235 was refused: say RSET before the next transaction" in said
    assert b"LAST" not in b"".join(heard)
    if not options:
        assert heard == [b"BDAT 102400\r\n", b"x" * 102400]
