"""The sending of something long: what is told of it, and what dropping it leaves behind."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from smtpshell.errors import ConnectionLost, ExitStatus
from smtpshell.shell.batch.streams import meter
from smtpshell.shell.display.progress import Dropped, Progress
from tests.session.scripted import Peer, served
from tests.shell.support import Shell

MIB = 1 << 20
# (octets of all, sent, after so many seconds) -> what is told
TOLD = [
    (100 * MIB, 10 * MIB, 0.9, ""),
    (100 * MIB, 10 * MIB, 2.0, "10.0 MiB of 100.0 MiB, 5.0 MiB/s, 0:18 left"),
    (3 << 30, MIB, 2.0, "1.0 MiB of 3.0 GiB, 512.0 KiB/s, 1:42:22 left"),
    (1000, 0, 5.0, "0 octets of 1000 octets, 0 octets/s"),
    (MIB, MIB, 4.0, "1.0 MiB of 1.0 MiB, 256.0 KiB/s"),
    (0, 2 * MIB, 2.0, "2.0 MiB, 1.0 MiB/s"),
    (MIB, 2 * MIB, 2.0, "2.0 MiB of 1.0 MiB, 1.0 MiB/s"),
]


@pytest.mark.parametrize(("total", "sent", "seconds", "text"), TOLD)
def test_told(total: int, sent: int, seconds: float, text: str) -> None:
    """How much, how fast, how long it will take; in the first second nothing."""
    now = [100.0]
    progress = Progress(total, interrupt=lambda: None, clock=lambda: now[0])
    progress.add(sent)
    now[0] += seconds
    assert progress.text == text


def test_it_is_shown_again_and_again(tmp_path: Path) -> None:
    """Also while the server reads nothing; at the end it is taken away."""
    file = tmp_path / "big"
    file.write_bytes(b"x" * 20 * MIB)
    shell, reports, shown = Shell(), list[str](), threading.Event()

    def show(text: str) -> None:
        reports.append(text)
        if text:
            shown.set()

    def script(peer: Peer) -> None:
        peer.say("220 hi\r\n")
        peer.line()
        peer.say("354 go\r\n")
        assert shown.wait(20)
        peer.until(b"\r\n.\r\n")
        peer.say("250 ok\r\n")
        peer.wait_for_close()

    with served(script) as where:
        shell.open(where)
        shell.wait()
        shell.meter = show
        shell.execute(f"/data {file}")
        shell.close()
    assert " of 20.0 MiB, " in "".join(reports)
    assert reports[-1] == ""


def test_too_late_to_drop() -> None:
    """What was sent to its end cannot be dropped; where the last octet ends a message, not behind that."""
    interrupted: list[bool] = []
    whole = Progress(10, interrupt=lambda: interrupted.append(True))
    whole.add(10)
    whole.finish()
    chunk = Progress(10, interrupt=lambda: interrupted.append(True), ends_itself=True)
    chunk.add(9)
    assert chunk.can_be_dropped
    chunk.add(1)
    for progress in (whole, chunk):
        assert not progress.can_be_dropped
        assert not progress.drop()
    assert interrupted == []


def test_dropped() -> None:
    """The sender learns of it at its next block, and at the end where there was none."""
    progress = Progress(2 * MIB, interrupt=lambda: None)
    progress.add(MIB)
    assert progress.drop()
    with pytest.raises(Dropped, match=r"dropped at 1\.0 MiB of 2\.0 MiB: nothing is delivered"):
        progress.add(1)
    with pytest.raises(Dropped):
        progress.finish()


def test_meter(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line is written over and over, no wider than the terminal, and taken away at the end."""
    monkeypatch.setenv("COLUMNS", "10")
    stream = io.StringIO()
    show = meter(stream)
    show("")
    show("1 of 2")
    show("a long text")
    show("")
    show("")
    assert stream.getvalue() == "\r1 of 2\ra long te\r         \r"


# ---------------------------------------------------------------- dropped in a conversation


def paste(shell: Shell, file: Path) -> None:
    """Paste content."""
    shell.say("DATA")
    shell.content_paste(file.read_bytes())


def paste_chunk(shell: Shell, file: Path) -> None:
    """Paste the chunk that BDAT announced."""
    shell.execute(f"BDAT {file.stat().st_size} LAST")
    shell.chunk_octets(file.read_bytes())


SENT: dict[str, Callable[[Shell, Path], object]] = {
    "data": lambda shell, file: shell.say(f"/data {file}"),
    "bdat": lambda shell, file: shell.say(f"/bdat {file} --chunk 1m"),
    "bdat at once": lambda shell, file: shell.say(f"/bdat {file} --chunk 1m --pipeline"),
    "send": lambda shell, file: shell.say(f"/send {file} --from a@example.test --to b@example.test"),
    "a paste": paste,
    "a pasted chunk": paste_chunk,
}


@pytest.mark.parametrize("way", SENT)
def test_dropping_delivers_nothing(tmp_path: Path, way: str) -> None:
    """A server that has stopped reading keeps nobody: the sender fails at once, and no message is whole."""
    file = tmp_path / "big"
    file.write_bytes((b"x" * 78 + b"\r\n") * 400_000)
    received: list[bytes] = []
    shell = Shell()

    def script(peer: Peer) -> None:
        peer.say("220 hi\r\n")
        while (line := peer.line()) and not line.startswith((b"DATA", b"BDAT")):
            peer.say("250-x\r\n250 CHUNKING\r\n" if line.startswith(b"EHLO") else "250 ok\r\n")
        if line == b"DATA\r\n":
            peer.say("354 go\r\n")
        assert stopped.wait(20)
        received.append(peer.wait_for_close())

    stopped = threading.Event()
    with served(script) as where:
        shell.open(where)
        shell.wait()

        def drop() -> None:
            while (progress := shell.progress) is None or progress.sent < MIB:
                if stopped.wait(0.01):
                    return
            assert progress.drop()
            stopped.set()

        dropper = threading.Thread(target=drop)
        dropper.start()
        shell.say("EHLO me.example.test", "MAIL FROM:<a@example.test>", "RCPT TO:<b@example.test>")
        SENT[way](shell, file)
        stopped.set()
        dropper.join()
    assert not shell.connected
    assert shell.progress is None
    assert "nothing is delivered; /connect opens another connection" in shell.text
    assert "octets of content, " not in shell.text
    assert shell.exit_status is ExitStatus.EXPECTED
    assert len(received[0]) < file.stat().st_size
    assert not received[0].endswith(b"\r\n.\r\n")
    assert b"LAST" not in received[0]


def test_a_connection_that_is_lost_was_not_dropped(tmp_path: Path) -> None:
    """Where the server hangs up in the middle, that is what is said."""
    file = tmp_path / "big"
    file.write_bytes(b"x" * 10 * MIB)

    def script(peer: Peer) -> None:
        peer.say("220 hi\r\n")
        peer.line()
        peer.say("354 go\r\n")
        peer.socket.recv(65536)

    with served(script) as where:
        shell = Shell()
        shell.open(where)
        shell.wait()
        shell.execute(f"/data {file}")
    assert "nothing is delivered" not in shell.text
    assert shell.exit_status is ExitStatus.CONNECTION
    with pytest.raises(ConnectionLost):
        _ = shell.live


def test_content_without_a_known_size(shell: Shell, tmp_path: Path) -> None:
    """What cannot be rewound is sent as it comes."""
    import os

    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(b"Subject: x\r\n\r\nbody\r\n"))
    writer.start()
    said = shell.say("MAIL FROM:<a@example.test>", "RCPT TO:<teacher@example.test>", f"/data {pipe}")
    writer.join()
    assert "20 octets of content" in said
