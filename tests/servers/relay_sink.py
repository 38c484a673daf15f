"""The server behind Dovecot's submission proxy: takes mail for anyone, keeps each message as a file.

Run as `python3 relay_sink.py PORT FOLDER` by dovecot.sh.  A file holds the MAIL
and RCPT lines, an empty line, and the content with transparency undone.
Recipients `reject@...` are refused with 550.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from pathlib import Path

EXTENSIONS = (
    b"PIPELINING",
    b"8BITMIME",
    b"SIZE 10485760",
    b"DSN",
    b"CHUNKING",
    b"VRFY",
    b"ENHANCEDSTATUSCODES",
)
EHLO_REPLY = b"".join(b"250-%b\r\n" % line for line in (b"sink.example.test", *EXTENSIONS)) + b"250 SMTPUTF8\r\n"
OK = b"250 2.0.0 OK\r\n"


class Sink:
    """Answers one connection after another and numbers the messages it keeps."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hold one SMTP conversation, to QUIT or the end of the stream."""
        writer.write(b"220 sink.example.test ESMTP\r\n")
        envelope = content = b""
        while line := await reader.readline():
            verb, _, argument = line.strip().partition(b" ")
            reply = OK
            match verb.upper():
                case b"EHLO":
                    reply = EHLO_REPLY
                case b"MAIL":
                    envelope = line
                case b"RCPT" if b"reject@" in line:
                    reply = b"550 5.1.1 No such user\r\n"
                case b"RCPT":
                    envelope += line
                case b"BDAT":
                    size, *last = argument.split()
                    content += await reader.readexactly(int(size))
                    if last:
                        self._keep(envelope, content)
                        content = b""
                case b"DATA":
                    writer.write(b"354 Go ahead\r\n")
                    self._keep(envelope, await self._read_content(reader))
                case b"RSET":
                    content = b""
                case b"VRFY":
                    reply = b"252 2.5.2 Cannot verify\r\n"
                case b"QUIT":
                    writer.write(b"221 2.0.0 Bye\r\n")
                    break
            writer.write(reply)
            await writer.drain()
        writer.close()

    async def _read_content(self, reader: asyncio.StreamReader) -> bytes:
        content = b""
        while (line := await reader.readline()) not in (b".\r\n", b""):
            content += line.removeprefix(b".")
        return content

    def _keep(self, envelope: bytes, content: bytes) -> None:
        (self._folder / f"{next(self._numbers)}.eml").write_bytes(envelope + b"\r\n" + content)


async def main(port: int, folder: Path) -> None:
    """Listen on loopback until the process is ended."""
    async with await asyncio.start_server(Sink(folder).serve, "127.0.0.1", port) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2])))
