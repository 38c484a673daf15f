"""The benches: what is measured, against what, and what the ratio should be."""

from __future__ import annotations

import atexit
import base64
import functools
import hashlib
import io
import json
import os
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from smtpshell.protocol.commands import Noop, Rset
from smtpshell.protocol.connection import Connection
from smtpshell.protocol.content import ContentEncoder
from smtpshell.protocol.events import ReplyReceived
from smtpshell.protocol.receive_buffer import ReceiveBuffer
from smtpshell.protocol.replies import Reply
from smtpshell.session.session import Session
from smtpshell.transcript.syntax import parse, write
from tests.bench.keys import keys
from tests.bench.measure import Measurement, compared, seconds_of
from tests.bench.transactions import transactions

__all__ = ["BENCHES", "FULL", "TINY", "Scale"]

PROJECT = Path(__file__).parent.parent.parent
BLOCK = 65536
# Text as mail has it: 80 columns, a line that begins with a dot among every thirteen.
LINES = b"The quick brown fox jumps over the lazy dog, and then goes home again to rest.\n" * 12 + b".dot\n"
# An attachment as mail has it, what makes messages big: base64 in lines of 76 characters (RFC 2045 6.8).
BASE64 = base64.encodebytes(hashlib.shake_128(b"attachment").digest(57 * 1000))


@dataclass(frozen=True, slots=True)
class Scale:
    """How much of it: octets, replies, rounds."""

    rounds: int
    content: int
    message: int
    piped: int
    replies: int
    round_trips: int
    reply_lines: int
    transcripts: int
    transactions: int
    history_lines: int


FULL = Scale(
    rounds=5,
    content=64 << 20,
    message=256 << 20,
    piped=1 << 30,
    replies=100_000,
    round_trips=2_000,
    reply_lines=10_000,
    transcripts=10_000,
    transactions=500,
    history_lines=50_000,
)
TINY = Scale(
    rounds=1,
    content=100_000,
    message=100_000,
    piped=100_000,
    replies=200,
    round_trips=5,
    reply_lines=50,
    transcripts=20,
    transactions=2,
    history_lines=50,
)


def text_of(size: int, lines: bytes = LINES) -> bytes:
    """Give so many octets of text with LF line ends."""
    return (lines * (size // len(lines) + 1))[:size]


@functools.cache
def _compiled() -> str:
    """Make the folder that holds compiled modules while the benches run; give its path."""
    folder = tempfile.TemporaryDirectory(prefix="smtpshell-bench-")
    atexit.register(folder.cleanup)
    return folder.name


def run(*arguments: str, stdin: IO[bytes] | None = None) -> tuple[float, int]:
    """Run Python with these arguments; give the seconds it took and the most memory it held, in octets."""
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONPYCACHEPREFIX": _compiled()}
    # What is installed is compiled once; a setting of the machine's must not have it compiled at each start.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    begin = time.perf_counter()
    command = [sys.executable, *arguments]
    process = subprocess.Popen(command, env=environment, stdin=stdin, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"exit status {process.returncode} from {arguments}")
    # Linux counts in KiB, macOS in octets.
    return seconds, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


@contextmanager
def sink() -> Iterator[int]:
    """Run the draining server; give its port."""
    command = [sys.executable, "-m", "tests.bench.peers", "sink"]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE) as process:
        try:
            yield int((process.stdout or io.BytesIO()).readline())
        finally:
            process.kill()


def start_up(scale: Scale) -> list[Measurement]:
    """Give how long the program takes to say its version, as its console script runs it."""
    script = "import sys; from smtpshell.cli import main; sys.exit(main(['--version']))"
    ours, bare = compared(lambda: run("-c", script)[0], lambda: run("-c", "pass")[0], rounds=scale.rounds * 4)
    return [Measurement(name="start-up, --version", ours=ours, other=bare, against="python -c pass", at_most=2.0)]


def content(scale: Scale) -> list[Measurement]:
    """Give how long the wire form of a message takes, line ends repaired and dots stuffed."""
    found = []
    plain = text_of(scale.content)
    for name, octets in (("LF", plain), ("CRLF", plain.replace(b"\n", b"\r\n")[: scale.content])):
        text, view = octets.decode("ascii"), memoryview(octets)

        def encode(view: memoryview = view) -> None:
            encoder = ContentEncoder()
            for at in range(0, len(view), BLOCK):
                encoder.encode(bytes(view[at : at + BLOCK]))
            encoder.finish()

        def copy(view: memoryview = view) -> None:
            for at in range(0, len(view), BLOCK):
                bytes(view[at : at + BLOCK])

        def by_smtplib(text: str = text) -> None:
            smtplib._quote_periods(smtplib._fix_eols(text).encode("ascii"))  # type: ignore[attr-defined]

        actions: list[Callable[[], object]] = [encode, by_smtplib, copy]
        ours, theirs, memcpy = compared(
            *(lambda action=action: seconds_of(action) for action in actions), rounds=scale.rounds
        )
        what = f"content, {name} to the wire"
        found.append(Measurement(name=what, ours=ours, other=theirs, against="smtplib", at_least=8.0))
        found.append(
            Measurement(name=what, ours=ours, other=memcpy, against="memcpy, 64 KiB at a time", at_most=15.0)
        )
    return found


def sending(scale: Scale) -> list[Measurement]:
    """Give how long a big message takes to be sent, and how much memory the program takes for it."""
    with tempfile.TemporaryDirectory() as folder, sink() as port:
        big, prose, small = (Path(folder) / name for name in ("big", "prose", "small"))
        big.write_bytes(b"Subject: big\n\n" + text_of(scale.message, BASE64))
        prose.write_bytes(b"Subject: prose\n\n" + text_of(scale.message))
        small.write_bytes(text_of(1000))

        def program(file: Path) -> tuple[float, int]:
            url = f"smtp://127.0.0.1:{port}"
            lines = ["MAIL FROM:<a@example.test>", "RCPT TO:<b@example.test>", f"/data {file}", "QUIT"]
            return run("-m", "smtpshell", url, *(word for line in lines for word in ("-c", line)))

        def peer(job: str) -> float:
            return run("-m", "tests.bench.peers", job, str(port), str(big))[0]

        peaks: list[int] = []

        def by_program() -> float:
            seconds, peak = program(big)
            peaks.append(peak)
            return seconds

        by_cli, by_session, with_dots, raw = compared(
            by_program,
            lambda: peer("session"),
            lambda: program(prose)[0],
            lambda: peer("raw"),
            rounds=max(1, scale.rounds - 2),
        )
        _, at_start = program(small)
    mib = 1 << 20
    size = f"{scale.message / mib:g} MiB"
    return [
        Measurement(name=f"send {size}, /data FILE", ours=by_cli, other=raw, against="raw sendall", at_most=3.0),
        Measurement(name=f"send {size} of prose, /data FILE", ours=with_dots, other=raw, against="raw sendall"),
        Measurement(name=f"send {size}, Session", ours=by_session, other=raw, against="raw sendall"),
        Measurement(
            name=f"send {size}, memory over start",
            ours=max(0, max(peaks) - at_start) / mib,
            other=16.0,
            against="16 MiB",
            unit="MiB",
            at_most=1.0,
        ),
    ]


def piped(scale: Scale) -> list[Measurement]:
    """Give how much memory the program takes for content that comes on standard input, and how long it takes."""

    def fed(size: int, *reader: str) -> tuple[float, int]:
        writer = [sys.executable, "-m", "tests.bench.peers", "script", str(size)]
        with subprocess.Popen(writer, cwd=PROJECT, stdout=subprocess.PIPE) as process:
            return run("-m", *reader, stdin=process.stdout)

    with sink() as port:
        program = ("smtpshell", f"smtp://127.0.0.1:{port}", "-")
        _, at_start = fed(1000, *program)
        seconds, peak = fed(scale.piped, *program)
        raw, _ = fed(scale.piped, "tests.bench.peers", "relay", str(port))
    size = f"{scale.piped / (1 << 20):g} MiB"
    return [
        Measurement(name=f"pipe {size} in by DATA", ours=seconds, other=raw, against="raw sendall"),
        Measurement(
            name=f"pipe {size} in by DATA, memory over start",
            ours=max(0, peak - at_start) / (1 << 20),
            other=4.0,
            against="4 MiB",
            unit="MiB",
            at_most=1.0,
        ),
    ]


def replies(scale: Scale) -> list[Measurement]:
    """Give how long reading many replies takes, without loss, and with everything understood and judged."""
    octets = b"250 2.1.5 Recipient <teacher@example.test> accepted\r\n" * scale.replies
    blocks = [octets[at : at + BLOCK] for at in range(0, len(octets), BLOCK)]

    def parse() -> None:
        buffer = ReceiveBuffer()
        for block in blocks:
            buffer.feed(block)
            deque(buffer.replies(), maxlen=0)

    def by_smtplib() -> None:
        client = smtplib.SMTP()
        client.file = io.BufferedReader(io.BytesIO(octets), BLOCK)
        for _ in range(scale.replies):
            client.getreply()

    def understand() -> None:
        connection = Connection()
        connection.receive_data(b"220 mx\r\n")
        for block in blocks:
            connection.send_octets(b"RSET\r\n" * block.count(b"\n"))
            connection.receive_data(block)
            while connection.next_event() is not None:
                pass

    ours, theirs, whole = compared(
        lambda: seconds_of(parse),
        lambda: seconds_of(by_smtplib),
        lambda: seconds_of(understand),
        rounds=scale.rounds,
    )
    name = f"{scale.replies} replies"
    return [
        Measurement(name=f"{name}, parsed", ours=ours, other=theirs, against="smtplib's getreply", at_most=1.0),
        Measurement(name=f"{name}, judged with commands", ours=whole, other=theirs, against="smtplib's getreply"),
    ]


def round_trips(scale: Scale) -> list[Measurement]:
    """Give how long a NOOP and its reply take."""
    with sink() as port, socket.create_connection(("127.0.0.1", port)) as plain:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain.recv(1000)

        def by_socket() -> None:
            for _ in range(scale.round_trips):
                plain.sendall(b"NOOP\r\n")
                plain.recv(1000)

        def by_session() -> float:
            with Session.connect(f"127.0.0.1:{other}") as session:
                session.wait_for_replies()
                return seconds_of(lambda: [session.execute(Noop()) for _ in range(scale.round_trips)])

        with sink() as other:
            ours, raw = compared(by_session, lambda: seconds_of(by_socket), rounds=scale.rounds)
    return [
        Measurement(name=f"{scale.round_trips} NOOPs", ours=ours, other=raw, against="raw socket", at_most=1.3)
    ]


def colours(scale: Scale) -> list[Measurement]:
    """Give how long a long reply takes to be coloured and printed."""
    from smtpshell.shell.configuration.settings import Settings
    from smtpshell.shell.display.render import Renderer, to_ansi
    from smtpshell.transcript.redaction import Secrets

    lines = [
        b"214-2.0.0 line %d of the help that nobody reads\r\n" % number for number in range(scale.reply_lines)
    ]
    reply = Reply.from_lines(*lines, b"214 2.0.0 end\r\n")
    event = ReplyReceived(reply=reply, command=Rset())
    text = reply.raw.decode("ascii")
    reader = "import shutil, sys; shutil.copyfileobj(sys.stdin.buffer, open(sys.argv[1], 'wb'))"
    command = [sys.executable, "-c", reader, os.devnull]
    with subprocess.Popen(command, stdin=subprocess.PIPE, encoding="utf-8") as process:
        screen = process.stdin

        def coloured() -> None:
            renderer = Renderer(Settings(), Secrets())
            print(to_ansi(renderer.render(event, 0.0)), end="", file=screen, flush=True)

        def plain() -> None:
            print(text, end="", file=screen, flush=True)

        ours, other = compared(lambda: seconds_of(coloured), lambda: seconds_of(plain), rounds=scale.rounds * 4)
    name = f"a reply of {scale.reply_lines} lines, coloured"
    return [Measurement(name=name, ours=ours, other=other, against="print", at_most=60.0)]


def transcripts(scale: Scale) -> list[Measurement]:
    """Give how long many transcripts of twenty lines take to be read and written again, each exactly as it was."""
    lines = [
        "smtp-transcript: 1\ntitle: Number %d\n\n[0.004] S: 220 mx.example.test ESMTP\n",
        "C: EHLO client.example.test\nS: 250-mx.example.test\nS: 250-PIPELINING\nS: 250 8BITMIME\n",
        "# In one write.\nC: MAIL FROM:<a%d@example.test>\nC: RCPT TO:<b@example.test>\nC: DATA\n",
        "S: 250 2.1.0 Ok\nS~ 550 5\\.1\\.[0-9] .*\nS: 354 go\nC: Subject: %d\nC: .\nS: 250 2.0.0 Ok\n",
        "C= QUIT\\r\\n\n-- closed by server\n",
    ]
    texts = ["".join(lines).replace("%d", str(number)) for number in range(scale.transcripts)]
    objects = [json.dumps(text.split("\n")) for text in texts]

    def through() -> None:
        for text in texts:
            if write(parse(text)) != text:
                raise RuntimeError(f"this does not come back as it was: {text}")

    def through_json() -> None:
        for text in objects:
            json.dumps(json.loads(text))

    ours, other = compared(
        lambda: seconds_of(through), lambda: seconds_of(through_json), rounds=max(1, scale.rounds - 2)
    )
    name = f"{scale.transcripts} transcripts of 20 lines, read and written"
    return [Measurement(name=name, ours=ours, other=other, against="the lines as JSON")]


BENCHES: dict[str, Callable[[Scale], list[Measurement]]] = {
    "start-up": start_up,
    "content": content,
    "send": sending,
    "pipe": piped,
    "replies": replies,
    "round-trips": round_trips,
    "transactions": lambda scale: transactions(scale.transactions, scale.rounds),
    "keys": lambda scale: keys(scale.history_lines),
    "colours": colours,
    "transcripts": transcripts,
}
"""Name -> bench."""
