"""Content kept in a file beside the transcript: ``-- content octets=N sha256=H file=NAME``.

The file holds the octets as they went over the wire, like everything in a transcript.  It may be of any size:
it is read block by block.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from smtpshell.errors import UsageError

__all__ = ["BLOCK", "beside", "blocks_beside"]

BLOCK: Final = 65536
"""Octets read at once."""

_CONTENT = re.compile(r"octets=([0-9]+)(?: sha256=([0-9a-f]{64}))?(?: file=(.*))?")


def beside(transcript_path: str, line: int, argument: str) -> bytes:
    """Give the octets that a "content" event stands for, all at once; as blocks_beside()."""
    return b"".join(blocks_beside(transcript_path, line, argument))


def blocks_beside(transcript_path: str, line: int, argument: str) -> Iterator[bytes]:
    """Give the octets that a "content" event stands for, block by block; ``argument`` is the event's.

    Raises UsageError, before the first block, where they were not kept, cannot be read, or are not those recorded.
    """
    where = f"{transcript_path}:{line}"
    found = _CONTENT.fullmatch(argument)
    if found is None or not found[3]:
        raise UsageError(
            f"{where}: only the size of this content was kept", hint="put it back, as C: lines or file="
        )
    file = Path(transcript_path).parent / found[3]
    try:
        size, digest = 0, hashlib.sha256()
        for block in _blocks(file):
            size += len(block)
            digest.update(block)
    except OSError as error:
        raise UsageError(f"{where}: {file}: {error.strerror}", hint="the content belongs there") from None
    if size != int(found[1]) or digest.hexdigest() != (found[2] or digest.hexdigest()):
        raise UsageError(f"{where}: {file} does not hold the content recorded", hint="its size or hash differs")
    yield from _blocks(file)


def _blocks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while block := opened.read(BLOCK):
            yield block
