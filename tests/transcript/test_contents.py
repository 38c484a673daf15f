"""Content in a file of its own: of any size, with memory that does not grow with it."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from smtpshell.session.listener import Conversation, Listener

MIB = 1 << 20
SIZE = 64 * MIB
LINE = b"The quick brown fox jumps over the lazy dog, and then goes home to rest.\r\n"

REPLAYING = """
import resource, sys
from smtpshell.session.session import Session
from smtpshell.transcript.replay import replay
from smtpshell.transcript.syntax import read

def peak():
    # Linux counts in KiB, macOS in octets.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

transcripts = [read(path) for path in sys.argv[2:]]
peaks = []
for transcript in transcripts:
    result = replay(transcript, lambda: Session.connect(sys.argv[1]))
    assert result.exit_status == 0, result
    peaks.append(peak())
print(peaks[1] - peaks[0])
"""


class Sink:
    """A server that takes a message and counts its octets; it keeps none of them."""

    def __init__(self) -> None:
        self.counts: list[int] = []

    def __call__(self, conversation: Conversation) -> None:
        """Be the handler of a Listener."""
        conversation.send(b"220 mx\r\n")
        conversation.receive()
        conversation.send(b"354 go\r\n")
        count, end = 0, b""
        while not end.endswith(b"\r\n.\r\n"):
            octets = conversation.receive()
            count += len(octets)
            end = (end + octets)[-5:]
        self.counts.append(count)
        conversation.send(b"250 ok\r\n")
        conversation.receive()


def transcript_of(folder: Path, name: str, size: int) -> tuple[Path, int]:
    """Write so much content, and a transcript that has it beside; give its path and the content's size."""
    block = LINE * (65536 // len(LINE))
    digest, written = hashlib.sha256(), 0
    with (folder / f"{name}.eml").open("wb") as file:
        while written < size:
            file.write(block)
            digest.update(block)
            written += len(block)
    path = folder / f"{name}.smtp"
    content = f"-- content octets={written} sha256={digest.hexdigest()} file={name}.eml"
    path.write_text(f"smtp-transcript: 1\n\nS: 220 mx\nC: DATA\nS: 354 go\n{content}\nC: .\nS: 250 ok\n")
    return path, written


def test_memory_does_not_grow_with_the_content(tmp_path: Path) -> None:
    """A content of 64 MiB takes less than 8 MiB more than one of a single block, and all of it arrives."""
    small, few = transcript_of(tmp_path, "small", 1)
    big, many = transcript_of(tmp_path, "big", SIZE)
    sink = Sink()
    with Listener(sink) as listener:
        program = [sys.executable, "-c", REPLAYING, listener.where, str(small), str(big)]
        done = subprocess.run(
            program, stdout=subprocess.PIPE, check=True, timeout=55, cwd=Path(__file__).parents[2]
        )
    assert sink.counts == [few + 3, many + 3]
    assert int(done.stdout) < 8 * MIB
