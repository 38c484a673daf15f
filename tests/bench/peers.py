"""Programs that run beside a bench as processes of their own; none of them uses smtpshell but the last.

python -m tests.bench.peers sink               an SMTP server that drains content; prints its port
python -m tests.bench.peers raw PORT FILE      sends the file by sendall, 64 KiB at a time
python -m tests.bench.peers session PORT FILE  sends it by Session.send_content()
python -m tests.bench.peers relay PORT         sends what comes on standard input, its line ends made CRLF
python -m tests.bench.peers script SIZE        writes a script that sends so many octets of content
"""

from __future__ import annotations

import socket
import sys
from pathlib import Path

BLOCK = 65536
END = b"\r\n.\r\n"


def sink() -> None:
    """Serve one connection after the other until standard input ends with the process that started us."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(listening.getsockname()[1], flush=True)
        while True:
            accepted, _ = listening.accept()
            with accepted:
                serve(accepted)


def serve(accepted: socket.socket) -> None:
    """Accept every command, and drain content to its end."""
    accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    accepted.sendall(b"220 sink.example.test\r\n")
    lines = accepted.makefile("rb", buffering=0)
    while line := lines.readline():
        verb = line[:4].upper()
        if verb == b"DATA":
            accepted.sendall(b"354 go\r\n")
            drain(accepted)
        accepted.sendall(b"221 bye\r\n" if verb == b"QUIT" else b"250 ok\r\n")
        if verb == b"QUIT":
            return


def drain(accepted: socket.socket) -> None:
    """Read to the end of mail data as fast as can be."""
    buffer = memoryview(bytearray(1 << 20))
    tail = b""
    while tail != END:
        count = accepted.recv_into(buffer)
        if not count:
            return
        tail = (tail + bytes(buffer[max(0, count - len(END)) : count]))[-len(END) :]


def raw(port: int, file: Path) -> None:
    """Send the file as it is."""
    with socket.create_connection(("127.0.0.1", port)) as connection, file.open("rb") as content:
        connection.recv(1000)
        connection.sendall(b"DATA\r\n")
        connection.recv(1000)
        while block := content.read(BLOCK):
            connection.sendall(block)
        connection.sendall(END)
        connection.recv(1000)


def session(port: int, file: Path) -> None:
    """Send the file by a Session, checked, repaired and stuffed."""
    from smtpshell import Session

    with Session.connect(f"127.0.0.1:{port}") as connection, file.open("rb") as content:
        connection.data()
        connection.send_content(content)
        connection.end_content()
        connection.content_reply()


def relay(port: int) -> None:
    """Send a script's content as it comes; what stands behind the lone dot is for smtpshell."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.recv(1000)
        while block := sys.stdin.buffer.read(BLOCK):
            connection.sendall(block.partition(b"\n.\n/")[0].replace(b"\n", b"\r\n"))
        connection.sendall(END)
        connection.recv(1000)


def script(size: int) -> None:
    """Write it to standard output, as fast as somebody reads."""
    lines = (b"x" * 76 + b"\n") * 1000
    sys.stdout.buffer.write(b"MAIL FROM:<a@example.test>\nRCPT TO:<b@example.test>\nDATA\n")
    for _ in range(size // len(lines) + 1):
        sys.stdout.buffer.write(lines)
    sys.stdout.buffer.write(b".\n/expect 250 to CONTENT\nQUIT\n")


if __name__ == "__main__":
    job, *arguments = sys.argv[1:]
    if job == "sink":
        sink()
    elif job == "relay":
        relay(int(arguments[0]))
    elif job == "script":
        script(int(arguments[0]))
    else:
        (raw if job == "raw" else session)(int(arguments[0]), Path(arguments[1]))
