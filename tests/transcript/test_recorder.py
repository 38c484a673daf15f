"""The recorder: what a session said is in the file, private, complete, and free of secrets."""

from __future__ import annotations

import base64
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpshell.errors import TranscriptSyntaxError, UsageError
from smtpshell.protocol.connection import Connection
from smtpshell.protocol.content import ContentEncoder
from smtpshell.protocol.events import ContentSent
from smtpshell.transcript.model import EventLine, Line, Transcript
from smtpshell.transcript.recorder import LONGEST_PIECE, Recorder
from smtpshell.transcript.redaction import Secrets
from smtpshell.transcript.syntax import parse, read, write

PLAIN = base64.b64encode(b"\0student\0s3cret-Pass").decode()


class Taped:
    """A conversation in memory whose every event goes to a recorder, a millisecond apart."""

    def __init__(self, recorder: Recorder) -> None:
        self.connection = Connection()
        self.recorder = recorder
        self.milliseconds = 0

    def client(self, *octets: bytes) -> None:
        """Send octets, in as many pieces as given."""
        for piece in octets:
            self.connection.send_octets(piece)
            self.publish()

    def server(self, octets: bytes) -> None:
        """Receive octets; b"" is the end of the stream."""
        self.connection.receive_data(octets)
        self.publish()

    def publish(self) -> None:
        """Show the recorder what happened."""
        while (event := self.connection.next_event()) is not None:
            self.milliseconds += 1
            self.recorder(event, self.milliseconds / 1000)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Name a file to record to."""
    return tmp_path / "taped.smtp"


def body(path: Path) -> str:
    """Give a recording without its header, having made sure that it reads and writes back."""
    text = path.read_text()
    assert write(parse(text)) == text
    return text.partition("\n\n")[2]


def octets_of(transcript: Transcript, side: str, values: dict[str, bytes] | None = None) -> bytes:
    """Join all that one side said."""
    lines = [entry for entry in transcript.entries if isinstance(entry, Line) and entry.side == side]
    return b"".join(line.octets(values) for line in lines)


def test_a_conversation_is_written_as_it_went(file: Path) -> None:
    """Lines of both sides with their times, what cannot be text escaped, and who closed."""
    with Recorder(file, header={"server": "smtp://127.0.0.1:2525"}) as recorder:
        recorder.write_event("connected to", "127.0.0.1:2525")
        tape = Taped(recorder)
        tape.server(b"220 mx.example.test ESMTP\r\n")
        tape.client(b"EHLO client.example.test\r\n")
        tape.server(b"250-mx.example.test\r\n250 8BITMIME\r\n")
        tape.client(b"NOOP \x1b${x}\r\n")
        tape.server(b"250 \xff ok\n")
        tape.client(b"QUIT\r\n")
        tape.server(b"221 \xe2\x9c\x93\tBye\r\n")
        tape.server(b"")
    assert file.read_text().startswith("smtp-transcript: 1\ndate: 20")
    assert body(file) == (
        "-- connected to 127.0.0.1:2525\n"
        "[0.001] S: 220 mx.example.test ESMTP\n"
        "[0.002] C: EHLO client.example.test\n"
        "[0.003] S: 250-mx.example.test\n"
        "[0.003] S: 250 8BITMIME\n"
        "[0.004] C= NOOP \\x1b$${x}\\r\\n\n"
        "-- finding command-control: a control character stands in the command line\n"
        "[0.005] S= 250 \\xff ok\\n\n"
        "-- finding reply-bare-lf: a reply line ends in a bare LF\n"
        "-- finding reply-8bit: the reply has octets beyond ASCII\n"
        "[0.006] C: QUIT\n"
        "[0.007] S: 221 ✓\tBye\n"
        "-- finding reply-8bit: the reply has octets beyond ASCII\n"
        "-- closed by server\n"
    )


def test_the_end_inside_a_reply_is_kept(file: Path) -> None:
    """Lines of a reply that never ended are written, the cut one without a line end."""
    with Recorder(file) as recorder:
        tape = Taped(recorder)
        tape.server(b"220-mx\r\n220-go")
        tape.server(b"")
    lines = [entry for entry in read(file).entries if isinstance(entry, Line)]
    assert lines == [Line("S", ":", "220-mx", "0.001"), Line("S", "=", "220-go", "0.001")]


def test_octets_before_tls_are_kept_apart(file: Path) -> None:
    """What stood behind the 220 to STARTTLS is an event, then TLS is."""
    with Recorder(file) as recorder:
        tape = Taped(recorder)
        tape.server(b"220 mx\r\n")
        tape.client(b"EHLO c\r\n")
        tape.server(b"250-mx\r\n250 STARTTLS\r\n")
        tape.client(b"STARTTLS\r\n")
        tape.server(b'220 go\r\n250 "evil"\r\n')
        tape.connection.tls_established("TLSv1.3 TLS_AES_256_GCM_SHA384 verified=no")
        tape.publish()
    events = [entry for entry in read(file).entries if isinstance(entry, EventLine)]
    assert EventLine("discarded", r'"250 \x22evil\x22\r\n"') in events
    assert events[-1] == EventLine("tls", "TLSv1.3 TLS_AES_256_GCM_SHA384 verified=no")


BLOCKS = st.lists(st.binary(max_size=30) | st.sampled_from([b"a line\r\n", b".\r\n", b"${x}\r\n", b"\r", b"\n"]))


@given(BLOCKS)
def test_content_is_complete_however_it_is_cut(
    tmp_path_factory: pytest.TempPathFactory, blocks: list[bytes]
) -> None:
    """The octets of content blocks come back from the file, cut anywhere between them."""
    file = tmp_path_factory.mktemp("cut") / "a.smtp"
    with Recorder(file) as recorder:
        for number, block in enumerate(blocks, 1):
            recorder(ContentSent(octets=block, ended=number == len(blocks)), 0.0)
    assert octets_of(read(file), "C") == b"".join(blocks)


def test_lines_are_put_together_across_blocks(file: Path) -> None:
    """A line of content is one line of the file though it went out in three blocks."""
    with Recorder(file) as recorder:
        for block in (b"Subject: h", b"i\r\n\r\n..stuf", b"fed\r\nno end"):
            recorder(ContentSent(octets=block), 0.25)
    assert body(file) == "[0.250] C: Subject: hi\nC: \n[0.250] C: ..stuffed\nC= no end\n"


def test_a_line_without_end_takes_no_memory(file: Path) -> None:
    """A line of a megabyte is written in pieces on its way, and nothing of it is lost."""
    encoder = ContentEncoder(repair=False)
    block = b"0123456789abcdef" * 4096
    with Recorder(file) as recorder:
        for _ in range(16):
            recorder(ContentSent(octets=encoder.encode(block)), 0.0)
            assert len(recorder._pending) <= LONGEST_PIECE
        recorder(ContentSent(octets=encoder.finish(), ended=True), 0.0)
    assert octets_of(read(file), "C") == block * 16 + b"\r\n.\r\n"


def login(tape: Taped, *, echo: bytes) -> None:
    """Say hello, log in with PLAIN and let the server quote something in its refusal."""
    tape.server(b"220 mx\r\n")
    tape.client(b"EHLO c\r\n")
    tape.server(b"250-mx\r\n250 AUTH PLAIN LOGIN\r\n")
    tape.client(f"AUTH PLAIN {PLAIN}\r\n".encode())
    tape.server(b"535 5.7.8 no: " + echo + b"\r\n")


@pytest.mark.parametrize("echo", [PLAIN.encode(), b"s3cret-Pass", base64.b64encode(b"s3cret-Pass")])
def test_no_secret_is_written(file: Path, echo: bytes) -> None:
    """Neither what AUTH sent nor what the server quotes of it, in content neither, cut in two neither."""
    with Recorder(file) as recorder:
        tape = Taped(recorder)
        login(tape, echo=echo)
        tape.client(b"NOOP $s3cret-Pass\r\n")
        tape.server(b"250 ok s3cret-Pass.\r\n")
        recorder(ContentSent(octets=b"my password is s3cret"), 1.0)
        recorder(ContentSent(octets=b"-Pass and " + b"x" * LONGEST_PIECE + b"s3cret-P"), 1.0)
        recorder(ContentSent(octets=b"ass\r\n.\r\n", ended=True), 1.0)
    text = file.read_text()
    for secret in ("s3cret", PLAIN, base64.b64encode(b"s3cret-Pass").decode()):
        assert secret not in text
    assert "C: AUTH PLAIN ${auth}\n" in text
    assert "S: 535 5.7.8 no: ${auth}\n" in text
    assert "C= NOOP \\x24${auth}\\r\\n\n" in text
    client = octets_of(read(file), "C", {"auth": b"s3cret-Pass"})
    assert b"NOOP $s3cret-Pass\r\nmy password is s3cret-Pass and x" in client


def test_secrets_may_be_shared(file: Path) -> None:
    """What somebody else remembers is taken out as well."""
    secrets = Secrets()
    secrets.remember("opensesame")
    with Recorder(file, secrets=secrets) as recorder:
        Taped(recorder).server(b"220 mx opensesame\r\n")
    assert body(file) == "[0.001] S: 220 mx ${auth}\n"


@given(st.lists(st.sampled_from([b"tok3n", b"$", b"{", b"${", b"\\", b"x", b"\xc3", b"\xa9", b"\t"])))
def test_a_line_with_secrets_comes_back(tmp_path_factory: pytest.TempPathFactory, words: list[bytes]) -> None:
    """With the secret given, the octets of a client's line are those sent, whatever stands beside it."""
    file = tmp_path_factory.mktemp("secret") / "a.smtp"
    secrets = Secrets()
    secrets.remember("tok3n")
    octets = b"".join(words) + b"\r\n"
    with Recorder(file, secrets=secrets) as recorder:
        recorder(ContentSent(octets=octets, ended=True), 0.0)
    assert octets_of(read(file), "C", {"auth": b"tok3n"}) == octets
    assert b"tok3n" not in file.read_bytes()


def test_the_file_is_private(file: Path) -> None:
    """A new file is its owner's alone whatever the umask; a replaced one becomes so."""
    old = os.umask(0)
    try:
        Recorder(file).close()
    finally:
        os.umask(old)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o644)
    Recorder(file, force=True).close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_an_existing_file_is_refused(file: Path) -> None:
    """Nothing is overwritten unasked."""
    file.write_text("mine")
    with pytest.raises(UsageError, match=r"taped.smtp: this file exists; .*--force.*--append"):
        Recorder(file)
    with pytest.raises(TranscriptSyntaxError, match="expected smtp-transcript: 1"):
        Recorder(file, append=True)
    assert file.read_text() == "mine"


def test_append_goes_on_at_the_end(file: Path) -> None:
    """A recording goes on behind the old one, a line that was cut short ended first."""
    file.write_text("smtp-transcript: 1\ntitle: old\n\nS: 220 mx\nC: NOO")
    with Recorder(file, append=True) as recorder:
        recorder.write_event("connected to", "/run/lmtp")
    assert body(file) == "S: 220 mx\nC: NOO\n-- connected to /run/lmtp\n"
    file.write_text("smtp-transcript: 1\n\nS: 220 mx\nC")
    with Recorder(file, append=True) as recorder:
        recorder.write_event("cut")
    assert body(file) == "S: 220 mx\n# cut short: C\n-- cut\n"
    with Recorder(file.with_name("new.smtp"), append=True, header={"title": "new"}):
        pass
    assert "title: new\n" in file.with_name("new.smtp").read_text()


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """A folder that is not there is one clear line."""
    with pytest.raises(UsageError, match=r"none/a.smtp: cannot record there: No such file"):
        Recorder(tmp_path / "none" / "a.smtp")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, which is Linux")
def test_a_full_disk_ends_the_recording_and_nothing_else() -> None:
    """It is said once, and later events are taken without a word."""
    said: list[str] = []
    with Recorder("/dev/full", force=True, on_failure=said.append) as recorder:
        tape = Taped(recorder)
        tape.server(b"220 mx\r\n")
        tape.client(b"QUIT\r\n")
    assert said == [recorder.failed]
    assert recorder.failed == "/dev/full: No space left on device; nothing more is recorded"


RECORDING = """
import sys
from smtpshell.protocol.connection import Connection
from smtpshell.transcript.recorder import Recorder

connection, recorder = Connection(), Recorder(sys.argv[1])
steps = [(b"", b"220 mx\\r\\n"), (b"EHLO c\\r\\n", b"250 mx\\r\\n"), (b"MAIL FROM:<>\\r\\n", b"250 ok\\r\\n"),
         (b"RCPT TO:<a@b>\\r\\n", b"250 ok\\r\\n"), (b"DATA\\r\\n", b"354 go\\r\\n"), (b"half a li", b""),
         (b"ne\\r\\n.\\r\\n", b"250 taken\\r\\n")]
for sent, received in steps:
    connection.send_octets(sent)
    if received:
        connection.receive_data(received)
    while (event := connection.next_event()) is not None:
        recorder(event, 0.0)
    print("done", flush=True)
    sys.stdin.readline()
"""


ALL = ["S: 220 mx", "C: EHLO c", "S: 250 mx", "C: MAIL FROM:<>", "S: 250 ok", "C: RCPT TO:<a@b>", "S: 250 ok"]
KILLED: Iterable[tuple[int, list[str]]] = [
    (1, ALL[:1]),
    (3, ALL[:5]),
    (6, [*ALL, "C: DATA", "S: 354 go"]),
    (7, [*ALL, "C: DATA", "S: 354 go", "C: half a line", "S: 250 taken"]),
]


@pytest.mark.parametrize(("steps", "kept"), KILLED)
def test_killed_at_any_moment_the_file_is_whole(file: Path, steps: int, kept: list[str]) -> None:
    """After kill -9 all that was observed is in the file, but for the unfinished line of content."""
    program = [sys.executable, "-c", RECORDING, str(file)]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        for step in range(steps):
            if step:
                print(file=process.stdin, flush=True)
            assert process.stdout.readline() == "done\n"
        process.send_signal(signal.SIGKILL)
        process.stdin.close()
    transcript = read(file)
    assert transcript.repair == ""
    lines = [entry for entry in transcript.entries if isinstance(entry, Line) and entry.text != "."]
    assert [f"{line.side}: {line.text}" for line in lines] == kept
